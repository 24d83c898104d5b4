//! Recorded events in words: what happened, to what, by whom, and from where.

use super::{person_name, role, roster, rule_name, thing_link};
use crate::views::Models;
use crate::web::context::Visitor;
use crate::web::view::{Act, Choice, Linked};
use watchroom_domain::{By, Event, Grantee, Joining, RecordedEvent, State as Control, Thing, Via};

/// Kinds of acts to choose from, each with the kinds of events that it means.
const ACTS: &[(&str, &[(u16, u16)])] = &[
    ("sessions", &[(5, 5), (61, 63), (74, 76), (96, 97), (111, 111), (133, 133)]),
    ("people", &[(60, 60), (64, 69), (91, 95), (98, 110), (112, 119)]),
    ("machines", &[(10, 14), (20, 23), (32, 34)]),
    ("sharing", &[(15, 17)]),
    ("rules", &[(40, 44)]),
    ("alerts", &[(53, 53), (55, 55), (57, 57), (77, 77), (90, 90)]),
    ("channels", &[(70, 73), (81, 81), (86, 86)]),
    ("hub", &[(1, 4), (6, 9), (120, 124)]),
];

/// Kinds of acts to choose from.
pub fn act_choices(visitor: &Visitor) -> Vec<Choice> {
    let named = ACTS.iter().map(|(word, _)| (*word, visitor.l.t(&format!("acts-{word}"))));
    named.map(|(word, text)| Choice { value: word.to_owned(), text }).collect()
}

/// Numbers of the kinds that a kind of acts means; none for a word that is not one.
pub fn kinds_of(word: &str) -> Vec<u16> {
    let ranges = ACTS.iter().find(|(known, _)| *known == word).map_or(&[][..], |(_, ranges)| ranges);
    let within = |kind: u16| ranges.iter().any(|(from, to)| (*from..=*to).contains(&kind));
    Event::KINDS.iter().map(|(kind, _)| *kind).filter(|kind| within(*kind)).collect()
}

/// Kinds of events to choose from, by number.
pub fn kind_choices(visitor: &Visitor) -> Vec<Choice> {
    let choice = |(kind, name): &(u16, &str)| Choice {
        value: kind.to_string(),
        text: visitor.l.t2("log-kind", "kind", kind.to_string(), "text", kind_title(visitor, name)),
    };
    let mut kinds: Vec<_> = Event::KINDS.to_vec();
    kinds.sort_unstable();
    kinds.iter().map(choice).collect()
}

/// A kind's name in the reader's language; one that nobody has translated stays what it is in the log.
fn kind_title(visitor: &Visitor, name: &str) -> String {
    let key = format!("kind-{name}");
    if visitor.l.lang.has(&key) { visitor.l.t(&key) } else { name.to_owned() }
}

/// One event as a line.
pub fn act(models: &Models, visitor: &Visitor, event: &RecordedEvent) -> Act {
    let state = &models.state;
    let forgotten = matches!(event.event, Event::Forgotten { .. });
    let name = Event::KINDS.iter().find(|(kind, _)| *kind == event.event.kind().kind);
    let name = name.map_or_else(|| event.event.name(), |(_, name)| name);
    Act {
        pos: event.pos,
        at_us: event.ts_us,
        kind: event.event.kind().kind,
        name: name.to_owned(),
        what: kind_title(visitor, name),
        thing: stream_name(models, visitor, &event.stream),
        detail: if forgotten { visitor.l.t("log-forgotten") } else { detail(state, visitor, &event.event) },
        who: who(state, visitor, event.meta.by),
        from: origin(models, visitor, event),
        stream: event.stream.clone(),
    }
}

fn who(state: &Control, visitor: &Visitor, by: By) -> Linked {
    let l = visitor.l;
    match by {
        By::Hub => Linked::plain(l.t("by-hub")),
        By::Stranger => Linked::plain(l.t("by-stranger")),
        By::Agent(machine) => {
            let link = thing_link(state, visitor, Thing::Machine(machine));
            let (href, name) = link.unwrap_or_else(|| (String::new(), machine.to_string()));
            Linked { href, text: l.t1("by-agent", "machine", name) }
        }
        By::Person(person) => {
            let href = state.people.get(&person).map(|p| format!("/people/{}", p.person));
            Linked { href: href.unwrap_or_default(), text: person_name(state, visitor, person) }
        }
    }
}

/// From where somebody did it: the address of then, with the name of the token.
fn origin(models: &Models, visitor: &Visitor, event: &RecordedEvent) -> String {
    let l = visitor.l;
    match &event.event {
        Event::SessionOpened(e) => return e.address.clone(),
        Event::SessionMoved(e) => return e.address.clone(),
        _ => {}
    }
    let known = models.history.address(event).unwrap_or_default();
    match (event.meta.by, event.meta.via) {
        (_, Some(Via::Session(_))) | (By::Stranger, None) => known.to_owned(),
        (_, Some(Via::Token(token))) => {
            let token = match models.state.api_tokens.get(&token) {
                Some(token) => l.t1("via-token", "name", &token.name),
                None => l.t("via-token-gone"),
            };
            if known.is_empty() { token } else { l.t2("machine-and", "machine", known, "text", token) }
        }
        (By::Person(_), None) => l.t("via-chat"),
        _ => String::new(),
    }
}

/// What a stream is about, with its page where it has one.
pub fn stream_name(models: &Models, visitor: &Visitor, stream: &str) -> Linked {
    let (state, l) = (&models.state, visitor.l);
    let gone = || Linked::plain(l.t("thing-gone"));
    let Some((kind, id)) = stream.split_once('/') else { return Linked::default() };
    let linked = match kind {
        "machine" | "telemetry" | "series" => {
            id.parse().ok().and_then(|id| thing_link(state, visitor, Thing::Machine(id)))
        }
        "rule" => id.parse().ok().and_then(|id| thing_link(state, visitor, Thing::Rule(id))),
        "person" => {
            let person = id.parse().ok().and_then(|id| state.people.get(&id));
            person.map(|p| (format!("/people/{}", p.person), p.display_name.clone()))
        }
        "group" => {
            let group = id.parse().ok().and_then(|id| state.access.groups.get(&id));
            group.map(|g| (format!("/groups/{}", g.group), g.name.clone()))
        }
        "check" => {
            let check = id.parse().ok().and_then(|id| state.checks.get(&id));
            check.map(|c| (format!("/checks/{}/edit", c.check), c.name.clone()))
        }
        "incident" => {
            let record = id.parse().ok().and_then(|id| models.history.incident(id));
            record.map(|r| {
                let rule = r.rule_then.as_ref().map(|rule| rule_name(&l, rule)).unwrap_or_default();
                let text = l.t2("machine-and", "machine", &r.machine_name, "text", rule);
                (format!("/alerts/{}", r.incident), text)
            })
        }
        "channel" => {
            let key = format!("channel-{id}");
            l.lang.has(&key).then(|| (format!("/channels/{id}"), l.t(&key)))
        }
        _ => return Linked::default(),
    };
    linked.map_or_else(gone, |(href, text)| Linked { href, text })
}

/// What a line says beside the kind and the thing.
fn detail(state: &Control, visitor: &Visitor, event: &Event) -> String {
    let l = visitor.l;
    let person = |id| person_name(state, visitor, id);
    let grantee = |with: &Grantee| match with {
        Grantee::Person(id) => person(*id),
        Grantee::Group(id) => {
            state.access.groups.get(id).map_or_else(|| l.t("thing-gone"), |g| g.name.clone())
        }
    };
    match event {
        Event::PersonRegistered(e) => match e.way {
            Some(way) => l.t2("machine-and", "machine", role(&l, e.role), "text", l.t(way_key(way))),
            None => role(&l, e.role),
        },
        Event::RoleChanged(e) => role(&l, e.role),
        Event::OwnerSet(e) => e.owner.map_or_else(|| l.t("sharing-nobody"), person),
        Event::Shared(e) => {
            l.t2("detail-shared", "name", grantee(&e.with), "right", l.t(roster::right_key(e.right)))
        }
        Event::Unshared(e) => grantee(&e.with),
        Event::GroupAdded(e) => e.name.clone(),
        Event::GroupRenamed(e) => e.name.clone(),
        Event::GroupJoined(e) => person(e.person),
        Event::GroupLeft(e) => person(e.person),
        Event::MachineRegistered(e) => e.details.name.clone(),
        Event::MachineChanged(e) => e.details.name.clone(),
        Event::CheckRemoved(e) => e.name.clone(),
        Event::RuleAdded(e) => rule_name(&l, &e.rule),
        Event::RuleChanged(e) => {
            let on = if e.rule.enabled { "on" } else { "off" };
            l.t2("machine-and", "machine", rule_name(&l, &e.rule), "text", l.t(on))
        }
        Event::SilenceBegun(e) => {
            let scope = super::scope_text(state, visitor, &e.scope).text(&l);
            if e.reason.is_empty() { scope } else { l.t2("machine-and", "machine", scope, "text", &e.reason) }
        }
        Event::ApiTokenIssued(e) => e.name.clone(),
        Event::SettingsReloaded(e) => e.applied.join(", "),
        Event::AgentDisconnected(e) => e.reason.clone(),
        Event::DeliveryAttempted(e) => e.answer.clone(),
        _ => String::new(),
    }
}

/// By which way somebody came to an account, for people.
fn way_key(way: Joining) -> &'static str {
    match way {
        Joining::Setup => "way-setup",
        Joining::Open => "way-open",
        Joining::Invitation => "way-invitation",
    }
}
