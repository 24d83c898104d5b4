//! Invitations, as asked for.

use super::roster::{ROLES, group_choices};
use super::{person_name, role};
use crate::views::Models;
use crate::web::Shared;
use crate::web::context::Visitor;
use crate::web::deeds::invitations::{link, may_give, word_of};
use crate::web::list::{Asked, Dir, Spec};
use crate::web::view::{Choice, InvitationRow, Invitations};
use watchroom_domain::{Invitation, InvitationOutcome, Registration};

/// What the list of invitations can be asked for.
pub const INVITATIONS: Spec = Spec {
    path: "/invitations",
    filters: &["q", "state"],
    words: &[("state", &["open", "over", "used", "withdrawn"])],
    sorts: &[("made", Dir::Down), ("mail", Dir::Up), ("until", Dir::Up)],
};

/// The invitations with an empty form.
pub fn invitations(web: &Shared, models: &Models, visitor: &Visitor, asked: &Asked) -> Invitations {
    let (state, l) = (&models.state, visitor.l);
    let words = asked.words();
    let wanted = asked.filter("state");
    let fits = |i: &&Invitation| {
        words.iter().all(|word| i.mail.to_lowercase().contains(word))
            && (wanted.is_empty() || word_of(i, l.now_us) == wanted)
    };
    let mut found: Vec<&Invitation> = state.accounts.invitations.values().filter(fits).collect();
    found.sort_by(|a, b| {
        let order = match asked.sort() {
            "mail" => a.mail.to_lowercase().cmp(&b.mail.to_lowercase()),
            "until" => a.expires_us.cmp(&b.expires_us),
            _ => a.made_us.cmp(&b.made_us),
        };
        asked.directed(order).then(a.invitation.cmp(&b.invitation))
    });
    let (shown, turn) = asked.cut(found);
    let column = |key, sort| asked.column(&l, key, sort);
    let own = visitor.signed.as_ref().map(|s| s.role);
    let roles = ROLES.iter().filter(|(_, r)| Some(*r) <= own);
    Invitations {
        l,
        q: asked.filter("q").to_owned(),
        state: wanted.to_owned(),
        columns: vec![
            column("invitation-made-at", "made"),
            column("field-mail", "mail"),
            column("invitation-until", "until"),
        ],
        rows: shown.into_iter().map(|i| row(web, models, visitor, i)).collect(),
        total: state.accounts.invitations.len(),
        turn,
        closed: state.accounts.registration == Registration::Closed,
        by_mail: state.sends_letters(),
        roles: roles.map(|(word, r)| Choice { value: (*word).to_owned(), text: role(&l, *r) }).collect(),
        groups: group_choices(state, None),
        ..Invitations::default()
    }
}

fn row(web: &Shared, models: &Models, visitor: &Visitor, i: &Invitation) -> InvitationRow {
    let (state, l) = (&models.state, visitor.l);
    let word = word_of(i, l.now_us);
    let groups = i.groups.iter().filter_map(|id| state.access.groups.get(id));
    InvitationRow {
        id: i.invitation.to_string(),
        mail: i.mail.clone(),
        role: role(&l, i.role),
        groups: groups.map(|g| g.name.clone()).collect(),
        state: word,
        used_by: match i.outcome {
            InvitationOutcome::Used { person, .. } => {
                Some((person.to_string(), person_name(state, visitor, person)))
            }
            _ => None,
        },
        by: i.by.map_or_else(|| l.t("by-hub"), |by| person_name(state, visitor, by)),
        made_us: i.made_us,
        expires_us: i.expires_us,
        link: link(web, visitor, i).unwrap_or_default(),
        mine: may_give(visitor, i) && matches!(word, "open" | "over"),
    }
}
