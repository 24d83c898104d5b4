//! Who comes through which door: every route, for every role and every way to stand to the thing that it
//! names. A route without a row fails.

mod table;

use super::inside::{Inside, in_system, named, rule, series};
use crate::harness::http::{FORM, Http};
use crate::harness::wait::{PATIENCE, until};
use std::collections::BTreeMap;
use table::TABLE;
use watchroom::actors::handle::Submit as _;
use watchroom::clock::Clock as _;
use watchroom::web::{Door, ROUTES, Route, assets};
use watchroom_domain::*;

/// Who asks, in the order of the table's columns: nobody, a session that has ended, one of somebody who is
/// suspended, and each role; of members one who has no part in the things, one who sees them, one who operates
/// them, and one who owns them.
const VISITORS: [&str; 11] = [
    "nobody",
    "ended",
    "suspended",
    "viewer",
    "outsider",
    "sees",
    "operates",
    "owns",
    "operator",
    "admin",
    "owner",
];

fn person(name: &str) -> SubjectId {
    SubjectId::derived(&[name])
}

/// A chat of the one who owns things.
fn chat() -> Event {
    let linked = body::DestinationLinked {
        subscription: SubscriptionId::derived(&["a chat"]),
        subject: person("owns"),
        person: person("owns"),
        channel: "telegram".to_owned(),
        address: "7".to_owned(),
        group: false,
        title: "a chat".to_owned(),
        language: "en".to_owned(),
    };
    linked.into()
}

/// Gives something to its owner and shares it.
fn shared(thing: Thing) -> Vec<Command> {
    let to = |name, right| Command::Share { thing, with: Grantee::Person(person(name)), right };
    let owner = Command::SetOwner { thing, owner: Some(person("owns")) };
    vec![owner, to("sees", Right::See), to("operates", Right::Operate)]
}

fn subscribe(subscription: SubscriptionId, n: usize) -> Command {
    Command::Subscribe {
        subscription,
        subject: SubjectId(subscription.0),
        channel: "email".to_owned(),
        address: format!("{n}@example.org"),
        at_least: Severity::Warning,
        scope: Scope::Everywhere,
        quiet: None,
    }
}

/// An invitation, on a hub that takes people in by invitation.
fn invited(name: String, expires_us: Micros) -> (Vec<Command>, String) {
    let invitation = InvitationId::derived(&[&name]);
    let link = LetterLink { letter: LetterId::derived(&[&name]), secret_sha256: name, expires_us };
    let access =
        AccountCommand::ConfigureAccess { registration: Registration::Invitation, role: Role::Member };
    let invite = AccountCommand::Invite {
        invitation,
        mail: String::new(),
        role: Role::Viewer,
        groups: Default::default(),
        language: String::new(),
        link,
    };
    (vec![Command::Account(access), Command::Account(invite)], invitation.to_string())
}

struct Room {
    inside: Inside,
    visitors: BTreeMap<&'static str, Http>,
    machine: MachineId,
    incident: String,
    /// Things made so far, for names that nobody had.
    made: usize,
}

impl Room {
    async fn new() -> Self {
        let people = [
            ("ended", Role::Owner),
            ("suspended", Role::Operator),
            ("viewer", Role::Viewer),
            ("outsider", Role::Member),
            ("sees", Role::Member),
            ("operates", Role::Member),
            ("owns", Role::Member),
            ("operator", Role::Operator),
            ("admin", Role::Administrator),
            ("owner", Role::Owner),
            ("spare", Role::Member),
            ("leaves first", Role::Member),
            ("leaves next", Role::Member),
        ];
        let mut inside = Inside::with_people_and(&people, vec![chat()]).await;
        let machine = inside.machine(named("node-07")).await;
        for command in shared(Thing::Machine(machine)) {
            inside.tell(command).await;
        }
        inside
            .tell(Command::AddRule { rule: rule("Too hot", "temperature_c", 88.0, Severity::Critical) })
            .await;
        let now = inside.clock.now_us();
        inside.read(machine, now, &[(series("temperature_c", &[]), 91.5)]).await;
        let views = inside.hub.core.views.clone();
        let incident = until("an alert", PATIENCE, async || {
            views.with(|s| s.incidents.values().find(|i| i.has_fired()).map(|i| i.incident.to_string()))
        })
        .await;
        let mut visitors = BTreeMap::from([("nobody", inside.web.stranger())]);
        for (name, _) in people {
            visitors.insert(name, inside.signed_in(name).await);
        }
        inside.tell(Command::SuspendPerson { person: person("suspended") }).await;
        let ended =
            views.with(|s| s.sessions.values().find(|s| s.person == person("ended")).map(|s| s.session));
        let close = Command::CloseSession { session: ended.unwrap() };
        inside.hub.core.registry.submit(Envelope::new(By::Person(person("ended")), close)).await.unwrap();
        Self { inside, visitors, machine, incident, made: 0 }
    }

    /// Somebody who is nobody's visitor; whoever is sent away for good is not there a second time.
    fn somebody(&self, route: &Route) -> String {
        let there = |name: &&str| self.inside.hub.core.views.with(|s| s.people.contains_key(&person(name)));
        let leaves = ["leaves first", "leaves next"].into_iter().find(there).unwrap_or("leaves next");
        person(if route.pattern.ends_with("/forget") { leaves } else { "spare" }).to_string()
    }

    /// Makes what a path names, anew where the request may take it away.
    async fn thing(&mut self, route: &Route) -> String {
        self.made += 1;
        let name = format!("thing {}", self.made);
        let (commands, id) = match route.pattern.split('/').nth(1).unwrap() {
            "alerts" => return self.incident.clone(),
            "silences" => {
                let silence = SilenceId::derived(&[&name]);
                let scope = Scope::Machine { machine: self.machine };
                let until_us = self.inside.clock.now_us() + HOUR_US;
                let (rule, reason) = (Some(RuleId::derived(&["Too hot"])), name);
                (vec![Command::BeginSilence { silence, scope, rule, until_us, reason }], silence.to_string())
            }
            "rules" => {
                let scope = Scope::Machine { machine: self.machine };
                let rule = Rule { scope, ..rule(&name, "load_1m", 99.0, Severity::Warning) };
                let id = rule.rule;
                (
                    std::iter::once(Command::AddRule { rule }).chain(shared(Thing::Rule(id))).collect(),
                    id.to_string(),
                )
            }
            "checks" => {
                let target = CheckTarget::Tcp { address: "192.0.2.1:1".to_owned() };
                let check = Check {
                    check: CheckId::derived(&[&name]),
                    machine: self.machine,
                    name,
                    run_by: RunBy::Hub,
                    target,
                    interval_us: MINUTE_US,
                    timeout_us: SECOND_US,
                    enabled: false,
                };
                let id = check.check.to_string();
                // A machine has no more than a few checks.
                let old = self.inside.hub.core.views.with(|s| s.checks.keys().copied().collect::<Vec<_>>());
                let old = old.into_iter().map(|check| Command::RemoveCheck { check });
                (old.chain([Command::AddCheck { check }]).collect(), id)
            }
            "subscriptions" => {
                let subscription = SubscriptionId::derived(&[&name]);
                (vec![subscribe(subscription, self.made)], subscription.to_string())
            }
            "walls" => {
                let link = WallLinkId::derived(&[&name]);
                let secret_sha256 = format!("{:064}", self.made);
                (vec![Command::IssueWallLink { link, name, secret_sha256, tag: None }], link.to_string())
            }
            "invitations" => invited(name, self.inside.clock.now_us() + HOUR_US),
            "people" => return self.somebody(route),
            "groups" => {
                let group = GroupId::derived(&[&name]);
                (vec![Command::AddGroup { group, name }], group.to_string())
            }
            "account" => return SubscriptionId::derived(&["a chat"]).to_string(),
            _ => {
                let machine = self.inside.machine(named(&name)).await;
                (shared(Thing::Machine(machine)), machine.to_string())
            }
        };
        for command in commands {
            self.inside.tell(command).await;
        }
        id
    }

    async fn path(&mut self, route: &Route) -> String {
        let mut path =
            route.pattern.replace("{secret}", "a-secret").replace("{cause}", "1").replace("{pos}", "1");
        if path.contains("{id}") {
            path = path.replace("{id}", &self.thing(route).await);
        }
        if path.starts_with("/channels") {
            path = path.replace("{name}", "webhook");
        }
        match route.pattern {
            "/assets/{hash}/{name}" => assets::CSS.to_owned(),
            "/log/{pos}" => "/log/1".to_owned(),
            pattern if pattern.ends_with("/live") => format!("{path}?after=0"),
            pattern if pattern.ends_with("/series") => {
                format!("{path}?metric=temperature_c&from_us=0&to_us=1")
            }
            _ => path,
        }
    }

    /// What becomes of a request, as a sign of the table.
    async fn ask(&mut self, name: &'static str, route: &Route) -> char {
        let path = self.path(route).await;
        let body = if route.pattern.ends_with("/enabled") { "enabled=true" } else { "" };
        let visitor = self.visitors.get_mut(name).unwrap();
        let origin = visitor.origin();
        let before = visitor.cookies().clone();
        let answer = visitor.send(route.method, &path, &[("Origin", &origin), FORM], body).await;
        let signed_out = route.pattern == "/logout";
        if signed_out && before.contains_key("__Host-watchroom") && !["ended", "suspended"].contains(&name) {
            self.inside.sign_in(visitor, name).await;
        } else {
            *visitor.cookies() = before;
        }
        match answer.status {
            303 if answer.location().starts_with("/login") => '>',
            200 | 303 | 400 | 422 => '+',
            // So many tries from one address.
            429 if ["/login", "/forgot"].contains(&route.pattern) => '+',
            401 => '!',
            403 => '-',
            404 => '0',
            other => panic!("{other} for {name} at {route:?}: {}", answer.body),
        }
    }
}

#[test]
fn every_route_opens_for_whom_it_should_and_for_nobody_else() {
    in_system(async {
        let mut table = BTreeMap::new();
        for line in TABLE.lines().filter(|line| !line.is_empty()) {
            let mut words = line.split_whitespace();
            let route = (words.next().unwrap(), words.next().unwrap());
            let row: Vec<char> = words.map(|word| word.chars().next().unwrap()).collect();
            assert_eq!(row.len(), VISITORS.len(), "{line}");
            assert!(table.insert(route, row).is_none(), "twice: {line}");
        }
        let mut room = Room::new().await;
        let mut wrong = Vec::new();
        // The API has a table of its own, with tokens too.
        for route in ROUTES.iter().filter(|route| !route.pattern.starts_with("/api/v1")) {
            let Some(row) = table.remove(&(route.method, route.pattern)) else {
                wrong.push(format!("{} {} has no row", route.method, route.pattern));
                continue;
            };
            for (name, wanted) in VISITORS.into_iter().zip(row) {
                let found = room.ask(name, route).await;
                if found != wanted {
                    wrong.push(format!(
                        "{} {} {name}: {found} instead of {wanted}",
                        route.method, route.pattern
                    ));
                }
            }
        }
        wrong.extend(table.keys().map(|route| format!("{route:?} is no route")));
        assert!(wrong.is_empty(), "{wrong:#?}");
        room.inside.hub.stop().await;
    });
}

#[test]
fn doors_of_things_ask_for_the_thing() {
    for route in
        ROUTES.iter().filter(|route| route.pattern.contains("{id}") && !route.pattern.contains("{cause}"))
    {
        assert!(matches!(route.door, Door::On(..)), "{route:?} names something and asks nobody about it");
    }
}
