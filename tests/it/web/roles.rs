//! Who comes through which door: every route, for every role and every way to stand to the thing that it
//! names. A route without a row fails.

mod table;

use super::inside::{Inside, in_system};
use super::things::{Things, chat, person, rows};
use crate::harness::http::{FORM, Http};
use std::collections::BTreeMap;
use table::TABLE;
use watchroom::actors::handle::Submit as _;
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

struct Room {
    inside: Inside,
    visitors: BTreeMap<&'static str, Http>,
    things: Things,
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
        let things = Things::begin(&mut inside).await;
        let views = inside.hub.core.views.clone();
        let mut visitors = BTreeMap::from([("nobody", inside.web.stranger())]);
        for (name, _) in people {
            visitors.insert(name, inside.signed_in(name).await);
        }
        inside.tell(Command::SuspendPerson { person: person("suspended") }).await;
        let ended =
            views.with(|s| s.sessions.values().find(|s| s.person == person("ended")).map(|s| s.session));
        let close = Command::CloseSession { session: ended.unwrap() };
        inside.hub.core.registry.submit(Envelope::new(By::Person(person("ended")), close)).await.unwrap();
        Self { inside, visitors, things }
    }

    /// Somebody who is nobody's visitor; whoever is sent away for good is not there a second time.
    fn somebody(&self, route: &Route) -> String {
        let there = |name: &&str| self.inside.hub.core.views.with(|s| s.people.contains_key(&person(name)));
        let leaves = ["leaves first", "leaves next"].into_iter().find(there).unwrap_or("leaves next");
        person(if route.pattern.ends_with("/forget") { leaves } else { "spare" }).to_string()
    }

    /// Makes what a path names, anew where the request may take it away.
    async fn thing(&mut self, route: &Route) -> String {
        let what = match route.pattern.split('/').nth(1).unwrap() {
            "people" => return self.somebody(route),
            "account" => "chat",
            "api" | "regions" => "machine",
            several => several.trim_end_matches('s'),
        };
        self.things.make(&self.inside, what).await
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
        let mut table = rows(TABLE, VISITORS.len());
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
