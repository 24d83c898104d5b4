//! Who may do what through the API: every operation, for every role and every way to stand to the thing.

use super::client::{Client, client_of, of_json, owned};
use crate::harness::wait::{PATIENCE, until};
use crate::web::inside::{Inside, in_system, named, rule, series};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use watchroom::clock::Clock as _;
use watchroom::web::{Door, ROUTES, Route};
use watchroom_domain::*;

/// Who asks, in the order of the columns: nobody, each role, and of members one who has no part in the things,
/// one who operates them and one who owns them; last, the owner's token that may only read.
const ASKERS: [&str; 9] =
    ["nobody", "viewer", "outsider", "operates", "owns", "operator", "administrator", "owner", "reads"];

/// `+` is carried out or refused for what it asks, `-` may not, `0` finds nothing there, `!` is not known.
const TABLE: &str = "
GET    /api/v1/machines                                    ! + + + + + + + +
POST   /api/v1/machines                                    ! - + + + + + + -
GET    /api/v1/machines/{machine}                          ! + 0 + + + + + +
PUT    /api/v1/machines/{machine}                          ! - 0 - + - + + -
PATCH  /api/v1/machines/{machine}                          ! - 0 - + - + + -
DELETE /api/v1/machines/{machine}                          ! - 0 - + - + + -
GET    /api/v1/machines/{machine}/join-tokens              ! - 0 - + - + + -
POST   /api/v1/machines/{machine}/join-tokens              ! - 0 - + - + + -
POST   /api/v1/machines/{machine}/revoke                   ! - 0 - + - + + -
GET    /api/v1/machines/{machine}/values                   ! + 0 + + + + + +
GET    /api/v1/machines/{machine}/series                   ! + 0 + + + + + +
GET    /api/v1/machines/{machine}/access                   ! - 0 - + - + + -
PUT    /api/v1/machines/{machine}/owner                    ! - 0 - + - + + -
PUT    /api/v1/machines/{machine}/shares/people/{person}   ! - 0 - + - + + -
DELETE /api/v1/machines/{machine}/shares/people/{person}   ! - 0 - + - + + -
PUT    /api/v1/machines/{machine}/shares/groups/{group}    ! - 0 - + - + + -
DELETE /api/v1/machines/{machine}/shares/groups/{group}    ! - 0 - + - + + -
GET    /api/v1/checks                                      ! + + + + + + + +
POST   /api/v1/checks                                      ! - + + + + + + -
GET    /api/v1/checks/{check}                              ! + 0 + + + + + +
PUT    /api/v1/checks/{check}                              ! - 0 - + - + + -
DELETE /api/v1/checks/{check}                              ! - 0 - + - + + -
GET    /api/v1/alerts                                      ! + + + + + + + +
GET    /api/v1/alerts/{alert}                              ! + 0 + + + + + +
POST   /api/v1/alerts/{alert}/acknowledge                  ! - 0 + + + + + -
POST   /api/v1/alerts/{alert}/snooze                       ! - 0 + + + + + -
GET    /api/v1/silences                                    ! + + + + + + + +
POST   /api/v1/silences                                    ! - + + + + + + -
GET    /api/v1/silences/{silence}                          ! + 0 + + + + + +
DELETE /api/v1/silences/{silence}                          ! - 0 + + + + + -
GET    /api/v1/rules                                       ! + + + + + + + +
POST   /api/v1/rules                                       ! - + + + + + + -
GET    /api/v1/rules/{rule}                                ! + 0 + + + + + +
PUT    /api/v1/rules/{rule}                                ! - 0 + + - + + -
PATCH  /api/v1/rules/{rule}                                ! - 0 + + - + + -
DELETE /api/v1/rules/{rule}                                ! - 0 - + - + + -
GET    /api/v1/rules/{rule}/access                         ! - 0 - + - + + -
PUT    /api/v1/rules/{rule}/owner                          ! - 0 - + - + + -
PUT    /api/v1/rules/{rule}/shares/people/{person}         ! - 0 - + - + + -
DELETE /api/v1/rules/{rule}/shares/people/{person}         ! - 0 - + - + + -
PUT    /api/v1/rules/{rule}/shares/groups/{group}          ! - 0 - + - + + -
DELETE /api/v1/rules/{rule}/shares/groups/{group}          ! - 0 - + - + + -
GET    /api/v1/channels                                    ! - - - - - + + -
GET    /api/v1/channels/{channel}                          ! - - - - - + + -
PUT    /api/v1/channels/{channel}                          ! - - - - - + + -
POST   /api/v1/channels/{channel}/test                     ! - - - - - + + -
GET    /api/v1/subscriptions                               ! - - - - - + + -
POST   /api/v1/subscriptions                               ! - - - - - + + -
GET    /api/v1/subscriptions/{subscription}                ! - - - - - + + -
PUT    /api/v1/subscriptions/{subscription}                ! - - - - - + + -
DELETE /api/v1/subscriptions/{subscription}                ! - - - - - + + -
GET    /api/v1/deliveries                                  ! - - - - - + + -
GET    /api/v1/deliveries/{cause}/{delivery}               ! - - - - - 0 0 -
POST   /api/v1/deliveries/{cause}/{delivery}/send-again    ! - - - - - 0 0 -
GET    /api/v1/people                                      ! - - - - - + + -
GET    /api/v1/people/{person}                             ! - - - - - + + -
PUT    /api/v1/people/{person}/role                        ! - - - - - + + -
POST   /api/v1/people/{person}/suspend                     ! - - - - - + + -
POST   /api/v1/people/{person}/restore                     ! - - - - - + + -
GET    /api/v1/groups                                      ! - - - - - + + -
POST   /api/v1/groups                                      ! - - - - - + + -
GET    /api/v1/groups/{group}                              ! - - - - - + + -
PUT    /api/v1/groups/{group}                              ! - - - - - + + -
DELETE /api/v1/groups/{group}                              ! - - - - - + + -
PUT    /api/v1/groups/{group}/members/{person}             ! - - - - - + + -
DELETE /api/v1/groups/{group}/members/{person}             ! - - - - - + + -
GET    /api/v1/account                                     ! + + + + + + + +
GET    /api/v1/tokens                                      ! + + + + + + + +
POST   /api/v1/tokens                                      ! - - - - - - - -
GET    /api/v1/tokens/{token}                              ! 0 0 0 0 0 0 0 0
DELETE /api/v1/tokens/{token}                              ! - - - - - - - -
GET    /api/v1/events                                      ! - - - - - + + -
GET    /api/v1/events/{position}                           ! - - - - - + + -
GET    /api/v1/hub                                         ! + + + + + + + +
";

struct Room {
    inside: Inside,
    clients: BTreeMap<&'static str, Client>,
    alert: String,
    machine: MachineId,
    made: usize,
}

fn person(name: &str) -> SubjectId {
    SubjectId::derived(&[name])
}

/// Gives a thing to one member, and lets another one operate it.
fn shared(thing: Thing) -> Vec<Command> {
    let with = Grantee::Person(person("member"));
    vec![
        Command::SetOwner { thing, owner: Some(person("operates")) },
        Command::Share { thing, with, right: Right::Operate },
        Command::SetOwner { thing, owner: Some(person("owns")) },
    ]
}

impl Room {
    async fn new() -> Self {
        let people = [
            ("viewer", Role::Viewer),
            ("outsider", Role::Member),
            ("member", Role::Member),
            ("operates", Role::Member),
            ("owns", Role::Member),
            ("operator", Role::Operator),
            ("administrator", Role::Administrator),
            ("owner", Role::Owner),
            ("somebody", Role::Member),
        ];
        let mut inside = Inside::with_people(&people).await;
        let mut clients = BTreeMap::from([("nobody", Client::new(inside.web.stranger(), "wrt_nobody"))]);
        for name in ASKERS.into_iter().filter(|name| !["nobody", "reads"].contains(name)) {
            clients.insert(name, client_of(&inside, name, &TokenScope::ALL).await);
        }
        clients.insert("operates", client_of(&inside, "member", &TokenScope::ALL).await);
        clients.insert("reads", client_of(&inside, "owner", &[TokenScope::Read]).await);
        let machine = inside.machine(named("with an alert")).await;
        for command in shared(Thing::Machine(machine)) {
            inside.tell(command).await;
        }
        inside
            .tell(Command::AddRule { rule: rule("Too hot", "temperature_c", 88.0, Severity::Critical) })
            .await;
        let now = inside.clock.now_us();
        inside.read(machine, now, &[(series("temperature_c", &[]), 91.5)]).await;
        let alert = until("an alert", PATIENCE, async || {
            let views = &inside.hub.core.views;
            views.with(|s| s.incidents.values().find(|i| i.has_fired()).map(|i| i.incident.to_string()))
        })
        .await;
        Self { inside, clients, alert, machine, made: 0 }
    }

    async fn tell_all(&self, commands: impl IntoIterator<Item = Command>) {
        for command in commands {
            self.inside.tell(command).await;
        }
    }

    /// Makes what a part of a path names, anew each time, for a request may take it away.
    async fn thing(&mut self, part: &str) -> String {
        self.made += 1;
        let name = format!("thing {}", self.made);
        match part {
            "machine" => {
                let machine = self.inside.machine(named(&name)).await;
                self.tell_all(shared(Thing::Machine(machine))).await;
                machine.to_string()
            }
            "rule" => {
                let scope = Scope::Machine { machine: self.machine };
                let rule = Rule { scope, ..rule(&name, "load_1m", 99.0, Severity::Warning) };
                let id = rule.rule;
                self.tell_all([Command::AddRule { rule }].into_iter().chain(shared(Thing::Rule(id)))).await;
                id.to_string()
            }
            "check" => {
                let check = Check {
                    check: CheckId::derived(&[&name]),
                    machine: self.machine,
                    name,
                    run_by: RunBy::Hub,
                    target: CheckTarget::Tcp { address: "192.0.2.1:1".to_owned() },
                    interval_us: MINUTE_US,
                    timeout_us: SECOND_US,
                    enabled: false,
                };
                let id = check.check.to_string();
                self.tell_all([Command::AddCheck { check }]).await;
                id
            }
            "silence" => {
                let silence = SilenceId::derived(&[&name]);
                let scope = Scope::Machine { machine: self.machine };
                let until_us = self.inside.clock.now_us() + HOUR_US;
                let rule = Some(RuleId::derived(&["another"]));
                let rule = rule.filter(|id| self.inside.hub.core.views.with(|s| s.rules.contains_key(id)));
                let reason = name;
                self.tell_all([Command::BeginSilence { silence, scope, rule, until_us, reason }]).await;
                silence.to_string()
            }
            "group" => {
                let group = GroupId::derived(&[&name]);
                self.tell_all([Command::AddGroup { group, name }]).await;
                group.to_string()
            }
            "subscription" => {
                let subscription = SubscriptionId::derived(&[&name]);
                let command = Command::Subscribe {
                    subscription,
                    subject: SubjectId::derived(&[&name]),
                    channel: "email".to_owned(),
                    address: format!("{}@example.org", self.made),
                    at_least: Severity::Warning,
                    scope: Scope::Everywhere,
                    quiet: None,
                };
                self.tell_all([command]).await;
                subscription.to_string()
            }
            "alert" => self.alert.clone(),
            "person" => person("somebody").to_string(),
            "channel" => "email".to_owned(),
            "cause" | "position" => "1".to_owned(),
            other => SubjectId::derived(&[other]).to_string(),
        }
    }

    /// A path that names something there is, joined or shared where the request takes that away.
    async fn path(&mut self, route: &Route) -> String {
        let mut path = String::new();
        for part in route.pattern.split('/').skip(1) {
            let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
            path.push('/');
            match name {
                Some(name) => path.push_str(&self.thing(name).await),
                None => path.push_str(part),
            }
        }
        if route.method == "DELETE" && (path.contains("/shares/") || path.contains("/members/")) {
            let owner = self.clients.get_mut("owner").unwrap();
            owner.send("PUT", &path, &[], Some(&json!({"right": "see"}))).await;
        }
        if path.ends_with("/series") { format!("{path}?metric=temperature_c") } else { path }
    }

    async fn ask(&mut self, name: &str, route: &Route) -> char {
        let path = self.path(route).await;
        let client = self.clients.get_mut(name).unwrap();
        let body = body(route);
        let answer = client.send(route.method, &path, &[], body.as_ref()).await;
        match answer.status {
            200..300 | 409 | 422 => '+',
            401 => '!',
            403 => '-',
            404 => '0',
            other => panic!("{other} for {name} at {route:?}: {}", answer.body),
        }
    }
}

/// A body that fits as far as the asker's right is looked at.
fn body(route: &Route) -> Option<Value> {
    let what = (route.method, route.pattern.trim_start_matches("/api/v1/"));
    Some(match what {
        ("PATCH", _) => json!({}),
        ("PUT", pattern) if pattern.contains("/shares/") => json!({"right": "see"}),
        ("PUT", pattern) if pattern.ends_with("/owner") => json!({"person": null}),
        ("PUT", "people/{person}/role") => json!({"role": "viewer"}),
        ("PUT", "machines/{machine}") => json!({"name": uuid::Uuid::now_v7().to_string()}),
        ("PUT", "rules/{rule}") => json!({"name": "x", "scope": {"of": "everywhere"}, "severity": "warning",
            "condition": {"when": "silent", "for_s": 60}}),
        ("PUT", "checks/{check}") => json!({"machine": MachineId::derived(&["with an alert"]).to_string(),
            "name": uuid::Uuid::now_v7().to_string(), "run_by": {"by": "hub"},
            "target": {"kind": "tcp", "address": "192.0.2.1:1"}}),
        ("PUT", "subscriptions/{subscription}") => {
            json!({"at_least": "warning", "scope": {"of": "everywhere"}})
        }
        ("PUT", "channels/{channel}") => json!({"settings": {}}),
        ("PUT", "groups/{group}") => json!({"name": uuid::Uuid::now_v7().to_string()}),
        ("POST", "alerts/{alert}/snooze") => json!({"until": "2001-01-01T00:00:00Z"}),
        ("POST", "channels/{channel}/test") => json!({"to": "x@example.org"}),
        ("POST", "tokens") => json!({"name": "x", "scopes": ["read"], "expires_at": "2001-01-01T00:00:00Z"}),
        ("POST", pattern) if !pattern.contains('{') => json!({}),
        _ => return None,
    })
}

#[test]
fn every_operation_is_for_whom_it_should_be_and_for_nobody_else() {
    in_system(async {
        let mut table = BTreeMap::new();
        for line in TABLE.lines().filter(|line| !line.is_empty()) {
            let mut words = line.split_whitespace();
            let route = (words.next().unwrap(), words.next().unwrap());
            let row: Vec<char> = words.map(|word| word.chars().next().unwrap()).collect();
            assert_eq!(row.len(), ASKERS.len(), "{line}");
            assert!(table.insert(route, row).is_none(), "twice: {line}");
        }
        let (mut room, mut wrong) = (Room::new().await, Vec::new());
        for route in ROUTES.iter().filter(|r| r.pattern.starts_with("/api/v1/") && r.door != Door::Open) {
            let Some(row) = table.remove(&(route.method, route.pattern)) else {
                wrong.push(format!("{} {} has no row", route.method, route.pattern));
                continue;
            };
            for (name, wanted) in ASKERS.into_iter().zip(row) {
                let found = room.ask(name, route).await;
                if found != wanted {
                    wrong.push(format!("{} {} {name}: {found}, not {wanted}", route.method, route.pattern));
                }
            }
        }
        wrong.extend(table.keys().map(|route| format!("{route:?} is no operation")));
        assert!(wrong.is_empty(), "{wrong:#?}");
        room.inside.hub.stop().await;
    });
}

#[test]
fn lists_hold_what_the_asker_sees_and_nothing_else() {
    in_system(async {
        let (inside, mut owner) = owned().await;
        let mut member = client_of(&inside, "member", &TokenScope::ALL).await;
        let (own, _) = member.make("/api/v1/machines", json!({"name": "own"})).await;
        let (other, _) = owner.make("/api/v1/machines", json!({"name": "other"})).await;
        let check = |machine: &Value| {
            json!({"machine": machine["id"], "name": "c", "run_by": {"by": "hub"},
                "target": {"kind": "tcp", "address": "192.0.2.1:1"}, "enabled": false})
        };
        owner.make("/api/v1/checks", check(&other)).await;
        let silence = json!({"scope": {"of": "machine", "machine": other["id"]}, "reason": "x",
            "until": jiff::Timestamp::from_microsecond(inside.clock.now_us() + HOUR_US).unwrap().to_string()});
        owner.make("/api/v1/silences", silence).await;
        assert_eq!(member.read("/api/v1/machines").await["items"], json!([own]));
        for path in ["/api/v1/checks", "/api/v1/silences", "/api/v1/alerts"] {
            assert_eq!(member.read(path).await["items"], json!([]), "{path}");
        }
        // What a body names and its sender does not see is as if it were not there.
        let parent = json!({"name": "child", "parent": other["id"]});
        let refused = member.post("/api/v1/machines", parent).await;
        let unknown = json!({"name": "child", "parent": uuid::Uuid::now_v7().to_string()});
        let absent = member.post("/api/v1/machines", unknown).await;
        assert_eq!(refused.status, absent.status, "{} {}", refused.body, absent.body);
        let refused = member.post("/api/v1/checks", check(&other)).await;
        assert_eq!(of_json(&refused)["code"], "no_machine");
        inside.hub.stop().await;
    });
}
