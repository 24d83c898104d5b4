//! People, their roles and their groups.

use super::{role, rule_name};
use crate::views::Models;
use crate::web::context::Visitor;
use crate::web::list::{Asked, Dir, Spec};
use crate::web::view::{
    Choice, Errors, GroupPage, GroupRow, Groups, Lowering, People, PersonPage, PersonRow, RoleChoice,
    SessionRow,
};
use watchroom_domain::{
    Grantee, Group, Micros, Person, Right, Role, SessionId, State as Control, SubjectId, Thing,
};

/// What the list of people can be asked for.
pub const PEOPLE: Spec = Spec {
    path: "/people",
    filters: &["q", "role", "state", "group"],
    words: &[
        ("role", &["viewer", "member", "operator", "administrator", "owner"]),
        ("state", &["open", "suspended"]),
    ],
    sorts: &[("name", Dir::Up), ("login", Dir::Up), ("role", Dir::Down), ("seen", Dir::Down)],
};
/// What the list of groups can be asked for.
pub const GROUPS: Spec = Spec {
    path: "/groups",
    filters: &["q"],
    words: &[],
    sorts: &[("name", Dir::Up), ("members", Dir::Down), ("shared", Dir::Down)],
};
/// Things of one person that are listed.
const THINGS: usize = 200;
/// Roles, from the one that may least.
pub(super) const ROLES: [(&str, Role); 5] = [
    ("viewer", Role::Viewer),
    ("member", Role::Member),
    ("operator", Role::Operator),
    ("administrator", Role::Administrator),
    ("owner", Role::Owner),
];

/// The role of a form's word.
pub fn role_of(word: &str) -> Option<Role> {
    ROLES.iter().find(|(known, _)| *known == word).map(|(_, role)| *role)
}

fn word_of(role: Role) -> &'static str {
    ROLES.iter().find(|(_, known)| *known == role).map_or("", |(word, _)| word)
}

/// Everybody with an account, as asked for.
pub fn people(models: &Models, visitor: &Visitor, asked: &Asked) -> People {
    let (state, l) = (&models.state, visitor.l);
    let words = asked.words();
    let fits = |p: &&Person| {
        let says = |word: &String| {
            [&p.login, &p.display_name, &p.mail].into_iter().any(|t| t.to_lowercase().contains(word))
        };
        let group = asked.filter("group");
        words.iter().all(says)
            && (asked.filter("role").is_empty() || word_of(p.role) == asked.filter("role"))
            && match asked.filter("state") {
                "open" => !p.suspended,
                "suspended" => p.suspended,
                _ => true,
            }
            && (group.is_empty() || in_group(state, p.person, group))
    };
    let mut found: Vec<&Person> = state.people.values().filter(fits).collect();
    let name = |p: &Person| p.display_name.to_lowercase();
    found.sort_by(|a, b| {
        let order = match asked.sort() {
            "login" => a.login.to_lowercase().cmp(&b.login.to_lowercase()),
            "role" => a.role.cmp(&b.role),
            "seen" => models.history.seen(a.person).cmp(&models.history.seen(b.person)),
            _ => name(a).cmp(&name(b)),
        };
        asked.directed(order).then_with(|| name(a).cmp(&name(b)))
    });
    let (shown, turn) = asked.cut(found);
    let column = |key, sort| asked.column(&l, key, sort);
    People {
        l,
        q: asked.filter("q").to_owned(),
        role: asked.filter("role").to_owned(),
        state: asked.filter("state").to_owned(),
        group: asked.filter("group").to_owned(),
        roles: ROLES
            .iter()
            .rev()
            .map(|(word, r)| Choice { value: (*word).to_owned(), text: role(&l, *r) })
            .collect(),
        groups: group_choices(state, None),
        columns: vec![
            column("column-person", "name"),
            column("field-login", "login"),
            column("column-role", "role"),
            column("column-groups", ""),
            column("column-active", "seen"),
        ],
        rows: shown.into_iter().map(|p| person_row(models, visitor, p)).collect(),
        total: state.people.len(),
        turn,
    }
}

fn in_group(state: &Control, person: SubjectId, group: &str) -> bool {
    let known = group.parse().ok().and_then(|id| state.access.groups.get(&id));
    known.is_some_and(|g| g.members.contains(&person))
}

/// Groups to choose from: all, or those that somebody is in.
pub fn group_choices(state: &Control, of: Option<SubjectId>) -> Vec<Choice> {
    let within = |g: &&Group| of.is_none_or(|person| g.members.contains(&person));
    let groups = state.access.groups.values().filter(within);
    let mut choices: Vec<_> =
        groups.map(|g| Choice { value: g.group.to_string(), text: g.name.clone() }).collect();
    choices.sort_by_key(|c| c.text.to_lowercase());
    choices
}

fn person_row(models: &Models, visitor: &Visitor, person: &Person) -> PersonRow {
    let groups = models.state.access.groups.values().filter(|g| g.members.contains(&person.person));
    PersonRow {
        id: person.person.to_string(),
        name: person.display_name.clone(),
        login: person.login.clone(),
        role: role(&visitor.l, person.role),
        groups: groups.map(|g| (g.group.to_string(), g.name.clone())).collect(),
        seen_us: models.history.seen(person.person),
        suspended: person.suspended,
        picture: models.state.portraits.get(&person.person).copied(),
        me: visitor.signed.as_ref().is_some_and(|s| s.person == person.person),
    }
}

/// One person; `lowering` is a role that would take something away, about which is to be asked.
pub fn person_page(
    models: &Models,
    visitor: &Visitor,
    person: &Person,
    lowering: Option<Role>,
    errors: Errors,
) -> PersonPage {
    let (state, l) = (&models.state, visitor.l);
    let reader = visitor.signed.as_ref().map(|s| s.role);
    let row = person_row(models, visitor, person);
    let fixed = match (row.me, person.role) {
        (true, _) => "person-fixed-own",
        (_, Role::Owner) if reader != Some(Role::Owner) => "person-fixed-owner",
        _ => "",
    };
    let own = |thing: &Thing| state.access.owner(*thing) == Some(person.person);
    let machines = state.machines.values().filter(|m| own(&Thing::Machine(m.machine)));
    let rules = state.rules.values().filter(|r| own(&Thing::Rule(r.rule)));
    PersonPage {
        l,
        role: word_of(person.role),
        mail: person.mail.clone(),
        registered_us: person.registered_us,
        roles: if fixed.is_empty() { role_choices(visitor, reader) } else { Vec::new() },
        fixed,
        lowering: lowering.map(|to| self::lowering(state, visitor, person, to)),
        machines: by_name(machines.map(|m| (m.machine.to_string(), m.details.name.clone())).collect()),
        rules: by_name(rules.map(|r| (r.rule.to_string(), rule_name(&l, r))).collect()),
        sessions: sessions(state, person.person, l.now_us),
        two_step: state.second_factors.contains_key(&person.person),
        tokens: state.api_tokens.values().filter(|t| t.person == person.person).count(),
        errors,
        row,
    }
}

fn by_name(mut things: Vec<(String, String)>) -> Vec<(String, String)> {
    things.sort_by_key(|(_, name)| name.to_lowercase());
    things.truncate(THINGS);
    things
}

/// Roles that somebody with this role may give, from the one that may most.
fn role_choices(visitor: &Visitor, reader: Option<Role>) -> Vec<RoleChoice> {
    let allowed = ROLES.iter().rev().filter(|(_, r)| *r != Role::Owner || reader == Some(Role::Owner));
    let l = &visitor.l;
    allowed
        .map(|(word, r)| RoleChoice { word, name: role(l, *r), about: l.t(&format!("role-about-{word}")) })
        .collect()
}

fn lowering(state: &Control, visitor: &Visitor, person: &Person, to: Role) -> Lowering {
    let count = |role: Role, least: Right| {
        let right = |id| state.access.right(person.person, role, Thing::Machine(id));
        state.machines.keys().filter(|id| right(**id) >= Some(least)).count()
    };
    let both = |least| (count(person.role, least), count(to, least));
    Lowering {
        role: word_of(to).to_owned(),
        name: role(&visitor.l, to),
        sees: both(Right::See),
        operates: both(Right::Operate),
    }
}

fn sessions(state: &Control, person: SubjectId, now_us: Micros) -> Vec<SessionRow> {
    let open = state.sessions.values().filter(|s| s.person == person && s.expires_us > now_us);
    let mut rows: Vec<_> =
        open.map(|s| SessionRow { opened_us: opened_us(s.session), expires_us: s.expires_us }).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.opened_us));
    rows
}

/// When a session was opened: its identifier says it.
fn opened_us(session: SessionId) -> Micros {
    let (seconds, nanos) = session.0.get_timestamp().map_or((0, 0), |at| at.to_unix());
    Micros::try_from(seconds).unwrap_or_default() * 1_000_000 + Micros::from(nanos / 1_000)
}

/// All groups, as asked for.
pub fn groups(models: &Models, visitor: &Visitor, asked: &Asked, name: String, errors: Errors) -> Groups {
    let state = &models.state;
    let words = asked.words();
    let all = state.access.groups.values();
    let named = all.filter(|g| words.iter().all(|w| g.name.to_lowercase().contains(w)));
    let mut rows: Vec<GroupRow> = named.map(|g| group_row(state, g)).collect();
    rows.sort_by(|a, b| {
        let by_name = || a.name.to_lowercase().cmp(&b.name.to_lowercase());
        let order = match asked.sort() {
            "members" => a.members.cmp(&b.members),
            "shared" => a.shared.cmp(&b.shared),
            _ => by_name(),
        };
        asked.directed(order).then_with(by_name)
    });
    let (rows, turn) = asked.cut(rows);
    let column = |key, sort| asked.column(&visitor.l, key, sort);
    Groups {
        l: visitor.l,
        q: asked.filter("q").to_owned(),
        columns: vec![
            column("column-group", "name"),
            column("column-members", "members"),
            column("column-shared", "shared"),
        ],
        rows,
        total: state.access.groups.len(),
        turn,
        name,
        errors,
    }
}

fn group_row(state: &Control, group: &Group) -> GroupRow {
    let with = Grantee::Group(group.group);
    GroupRow {
        id: group.group.to_string(),
        name: group.name.clone(),
        members: group.members.len(),
        shared: state.access.things.values().filter(|a| a.shares.contains_key(&with)).count(),
    }
}

/// One group; `typed` is the login name that was typed, if one was.
pub fn group_page(models: &Models, visitor: &Visitor, group: &Group) -> GroupPage {
    let (state, l) = (&models.state, visitor.l);
    let known = group.members.iter().filter_map(|id| state.people.get(id));
    let mut members: Vec<_> = known.map(|p| person_row(models, visitor, p)).collect();
    members.sort_by_key(|m| m.name.to_lowercase());
    let others = state.people.values().filter(|p| !group.members.contains(&p.person));
    let mut others: Vec<_> =
        others.map(|p| Choice { value: p.login.clone(), text: p.display_name.clone() }).collect();
    others.sort_by_key(|c| c.text.to_lowercase());
    let with = Grantee::Group(group.group);
    let shared = state.access.things.iter().filter_map(|(t, a)| Some((*t, *a.shares.get(&with)?)));
    let mut things: Vec<_> = shared
        .filter_map(|(thing, right)| {
            let (path, name) = thing_link(state, visitor, thing)?;
            Some((path, name, l.t(right_key(right))))
        })
        .collect();
    things.sort_by_key(|(_, name, _)| name.to_lowercase());
    things.truncate(THINGS);
    let row = group_row(state, group);
    GroupPage { l, name: row.name.clone(), row, members, others, things, ..GroupPage::default() }
}

/// A thing's page and its name.
pub fn thing_link(state: &Control, visitor: &Visitor, thing: Thing) -> Option<(String, String)> {
    match thing {
        Thing::Machine(id) => {
            let machine = state.machines.get(&id)?;
            Some((format!("/machines/{id}"), machine.details.name.clone()))
        }
        Thing::Rule(id) => {
            let rule = state.rules.get(&id)?;
            Some((format!("/rules/{id}/edit"), rule_name(&visitor.l, rule)))
        }
    }
}

/// The key of a right's name.
pub fn right_key(right: Right) -> &'static str {
    match right {
        Right::See => "right-see",
        Right::Operate => "right-operate",
        Right::Manage => "right-manage",
    }
}
