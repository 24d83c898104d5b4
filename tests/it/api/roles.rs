//! Who may do what through the API: every operation, for every role and every way to stand to the thing.

mod table;

use super::client::{Client, ask, client_of, of_json, owned};
use crate::harness::http::Answer;
use crate::web::inside::{Inside, in_system};
use crate::web::things::{Things, chat, person, rows};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use table::{ASKERS, BY_SESSION, SIGNED_IN, TABLE};
use watchroom::clock::Clock as _;
use watchroom::web::{Door, ROUTES, Route};
use watchroom_domain::*;

struct Room {
    inside: Inside,
    clients: BTreeMap<&'static str, Client>,
    things: Things,
}

impl Room {
    async fn new() -> Self {
        let people = [
            ("viewer", Role::Viewer),
            ("outsider", Role::Member),
            ("sees", Role::Member),
            ("operates", Role::Member),
            ("owns", Role::Member),
            ("operator", Role::Operator),
            ("administrator", Role::Administrator),
            ("owner", Role::Owner),
            ("somebody", Role::Member),
            ("leaves first", Role::Member),
            ("leaves next", Role::Member),
        ];
        let mut inside = Inside::with_people_and(&people, vec![chat()]).await;
        let mut clients = BTreeMap::from([("nobody", Client::new(inside.web.stranger(), "wrt_nobody"))]);
        for name in ASKERS.into_iter().filter(|name| !["nobody", "reads"].contains(name)) {
            clients.insert(name, client_of(&inside, name, &TokenScope::ALL).await);
        }
        clients.insert("reads", client_of(&inside, "owner", &[TokenScope::Read]).await);
        let things = Things::begin(&mut inside).await;
        Self { inside, clients, things }
    }

    /// Makes what a part of a path names, anew each time, for a request may take it away.
    async fn thing(&mut self, part: &str, route: &Route) -> String {
        match part {
            "person" if route.method == "DELETE" && route.pattern.ends_with("{person}") => {
                let there =
                    |name: &&str| self.inside.hub.core.views.with(|s| s.people.contains_key(&person(name)));
                let leaves = ["leaves first", "leaves next"].into_iter().find(there);
                let other = route.pattern.contains("/shares/") || route.pattern.contains("/members/");
                person(if other { "somebody" } else { leaves.unwrap_or("leaves next") }).to_string()
            }
            "person" => person("somebody").to_string(),
            "channel" => "email".to_owned(),
            "cause" | "position" => "1".to_owned(),
            what => self.things.make(&self.inside, what).await,
        }
    }

    /// A path that names something there is, joined or shared where the request takes that away.
    async fn path(&mut self, route: &Route) -> String {
        let mut path = String::new();
        for part in route.pattern.split('/').skip(1) {
            let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
            path.push('/');
            match name {
                Some(name) => path.push_str(&self.thing(name, route).await),
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
        sign(&answer, name, route)
    }

    /// The same by a session, as one of the console's own pages would ask.
    async fn ask_by_session(&mut self, name: &str, route: &Route) -> char {
        let path = self.path(route).await;
        let mut visitor = self.inside.signed_in(name).await;
        let picture = [("Content-Type", "image/png")];
        let kind: &[_] = if route.pattern.ends_with("/picture") { &picture } else { &[] };
        let answer = ask(&mut visitor, (route.method, &path), kind, body(route).as_ref()).await;
        sign(&answer, name, route)
    }
}

/// What became of a request, as a sign of the table.
fn sign(answer: &Answer, name: &str, route: &Route) -> char {
    match answer.status {
        200..300 | 409 | 422 => '+',
        // So many tries from one address.
        429 => '+',
        401 => '!',
        403 => '-',
        404 => '0',
        other => panic!("{other} for {name} at {route:?}: {}", answer.body),
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
        ("PUT", "settings/access") => json!({"registration": "invitation", "role": "member"}),
        ("PUT", "account/password") => {
            json!({"current_password": "wrong", "password": "long enough for this"})
        }
        ("POST", "account/leave") => json!({"current_password": "wrong"}),
        ("POST", "two-step") => json!({"secret": "x", "code": "x", "current_password": "wrong"}),
        ("POST", "two-step/off") => json!({"code": "x", "current_password": "wrong"}),
        ("POST", "sessions") => json!({"login": "nobody", "password": "wrong"}),
        ("POST", "registrations") => json!({"login": "new", "password": "long enough for this"}),
        ("POST", "password-resets") => json!({"who": "nobody"}),
        ("POST", "password-resets/complete") => json!({"secret": "x", "password": "long enough for this"}),
        ("POST", "mail-confirmations") => json!({"secret": "x"}),
        ("POST", "invitations") => json!({"role": "viewer"}),
        ("POST", "tokens") => json!({"name": "x", "scopes": ["read"], "expires_at": "2001-01-01T00:00:00Z"}),
        ("POST", pattern) if pattern.ends_with("/shares") => json!({"login": "nobody", "right": "see"}),
        ("POST", pattern) if !pattern.contains('{') => json!({}),
        _ => return None,
    })
}

#[test]
fn every_operation_is_for_whom_it_should_be_and_for_nobody_else() {
    in_system(async {
        let mut table = rows(TABLE, ASKERS.len());
        let (mut room, mut wrong) = (Room::new().await, Vec::new());
        for route in operations() {
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

/// Every operation. The document itself is for everybody.
fn operations() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|r| r.pattern.starts_with("/api/v1/") && r.pattern != "/api/v1/openapi.json")
}

#[test]
fn what_no_token_may_do_sessions_may_as_far_as_their_people_may() {
    in_system(async {
        let mut table = rows(BY_SESSION, SIGNED_IN.len());
        let (mut room, mut wrong) = (Room::new().await, Vec::new());
        let no_token = |door| matches!(door, Door::May(action) if TokenScope::of(action).is_none());
        for route in operations().filter(|route| no_token(route.door)) {
            let Some(row) = table.remove(&(route.method, route.pattern)) else {
                wrong.push(format!("{} {} has no row", route.method, route.pattern));
                continue;
            };
            for (name, wanted) in SIGNED_IN.into_iter().zip(row) {
                let found = room.ask_by_session(name, route).await;
                if found != wanted {
                    wrong.push(format!("{} {} {name}: {found}, not {wanted}", route.method, route.pattern));
                }
            }
        }
        wrong.extend(table.keys().map(|route| format!("{route:?} needs no session")));
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
