//! Whose a thing is, and with whom it is shared.

use super::person_name;
use super::roster::{group_choices, right_key, thing_link};
use crate::web::context::Visitor;
use crate::web::view::{Errors, ShareRow, ShareTyped, Sharing};
use watchroom_domain::{Action, Grantee, Right, State as Control, Thing};

/// Owner and shares of a thing; what is wrong stands beside what was typed.
pub fn sharing(
    state: &Control,
    visitor: &Visitor,
    thing: Thing,
    typed: ShareTyped,
    errors: Errors,
) -> Sharing {
    let l = visitor.l;
    let me = visitor.signed.as_ref().map(|s| s.person);
    let access = state.access.things.get(&thing);
    let owner = access.and_then(|a| a.owner);
    let may_share = state.may_on(&visitor.principal(), Right::Manage, thing);
    let all = visitor.may(Action::ManagePeople);
    let named = |with: &Grantee| match with {
        Grantee::Person(id) => (format!("person:{id}"), person_name(state, visitor, *id), false),
        Grantee::Group(id) => {
            let name = state.access.groups.get(id).map_or_else(|| l.t("somebody"), |g| g.name.clone());
            (format!("group:{id}"), name, true)
        }
    };
    let shares = access.filter(|_| may_share).into_iter().flat_map(|a| &a.shares);
    let mut shares: Vec<_> = shares
        .map(|(with, right)| {
            let (value, name, group) = named(with);
            ShareRow { value, name, group, right: l.t(right_key(*right)) }
        })
        .collect();
    shares.sort_by_key(|s| (!s.group, s.name.to_lowercase()));
    Sharing {
        l,
        base: match thing {
            Thing::Machine(id) => format!("/machines/{id}"),
            Thing::Rule(id) => format!("/rules/{id}"),
        },
        name: thing_link(state, visitor, thing).map(|(_, name)| name).unwrap_or_default(),
        owner: owner.map(|person| person_name(state, visitor, person)),
        mine: owner.is_some() && owner == me,
        shares,
        may_share,
        may_free: all && may_share,
        groups: if may_share { group_choices(state, me.filter(|_| !all)) } else { Vec::new() },
        typed,
        errors,
    }
}
