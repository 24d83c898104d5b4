//! Every route, for everybody who might knock.

use super::inside::{Inside, in_system, named, rule, series};
use crate::harness::http::{Answer, FORM, Http};
use crate::harness::live::Live;
use crate::harness::wait::{PATIENCE, until};
use watchroom::clock::Clock as _;
use watchroom::web::{Door, Route, assets};
use watchroom_domain::*;

/// What is not the API, which has tests of its own.
fn routes() -> impl Iterator<Item = &'static Route> {
    watchroom::web::ROUTES.iter().filter(|route| !route.pattern.starts_with("/api/v1"))
}

const UNKNOWN: &str = "01999999-0000-7000-8000-000000000000";

/// Something of everything that a path can name.
struct Room {
    inside: Inside,
    owner: Http,
    machine: String,
    rule: String,
    check: String,
    incident: String,
    subscription: String,
    person: String,
    group: String,
}

/// A check that is there to be looked at, and never run.
fn check(machine: MachineId) -> Check {
    Check {
        check: CheckId::derived(&["a check"]),
        machine,
        name: "A check".to_owned(),
        run_by: RunBy::Hub,
        target: CheckTarget::Tcp { address: "192.0.2.1:1".to_owned() },
        interval_us: MINUTE_US,
        timeout_us: SECOND_US,
        enabled: false,
    }
}

impl Room {
    async fn new() -> Self {
        let mut inside = Inside::start().await;
        let owner = inside.owner().await;
        let machine = inside.machine(named("node-07")).await;
        let rule = rule("Too hot", "temperature_c", 88.0, Severity::Critical);
        inside.tell(Command::AddRule { rule: rule.clone() }).await;
        let check = check(machine);
        inside.tell(Command::AddCheck { check: check.clone() }).await;
        let now = inside.clock.now_us();
        inside.read(machine, now, &[(series("temperature_c", &[]), 91.5)]).await;
        let views = &inside.hub.core.views;
        let incident = until("an alert", PATIENCE, async || {
            views.with(|s| s.incidents.values().find(|i| i.has_fired()).map(|i| i.incident.to_string()))
        })
        .await;
        let person = views.with(|s| s.people.keys().next().unwrap().to_string());
        let group = GroupId::derived(&["a group"]);
        inside.tell(Command::AddGroup { group, name: "A group".to_owned() }).await;
        let group = group.to_string();
        let subscription = views.with(|s| s.subscriptions.keys().next().unwrap().to_string());
        let (machine, rule, check) = (machine.to_string(), rule.rule.to_string(), check.check.to_string());
        Self { inside, owner, machine, rule, check, incident, subscription, person, group }
    }

    /// A path of the route that names something there is.
    fn path(&self, route: &Route) -> String {
        let id = match route.pattern.split('/').nth(1).unwrap() {
            "alerts" => &self.incident,
            "rules" => &self.rule,
            "checks" => &self.check,
            "subscriptions" => &self.subscription,
            "people" => &self.person,
            "groups" => &self.group,
            _ => &self.machine,
        };
        let path = route
            .pattern
            .replace("{id}", id)
            .replace("{secret}", "a-secret")
            .replace("{cause}", "1")
            .replace("{pos}", "1");
        if path.starts_with("/channels") {
            return path.replace("{name}", "webhook");
        }
        match path.as_str() {
            "/assets/{hash}/{name}" => assets::CSS.to_owned(),
            "/audit/export" => "/audit/export?format=csv".to_owned(),
            path if path.ends_with("/series") => format!("{path}?metric=temperature_c&from_us=0&to_us=1"),
            path if path.ends_with("/live") => format!("{path}?after=0"),
            path => path.to_owned(),
        }
    }

    /// Asks as a page of the console would.
    async fn ask(&self, visitor: &mut Http, route: &Route) -> Answer {
        let origin = visitor.origin();
        let headers = [("Origin", origin.as_str()), FORM];
        let answer = visitor.send(route.method, &self.path(route), &headers, "").await;
        assert_guarded(&format!("{} {}", route.method, route.pattern), &answer);
        answer
    }
}

/// What every answer carries, whatever it is about.
fn assert_guarded(what: &str, answer: &Answer) {
    let policy = answer.header("Content-Security-Policy").unwrap_or_default();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{what}: {policy}");
    assert!(answer.header("Strict-Transport-Security").is_some(), "{what}");
    assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"), "{what}");
}

/// What somebody gets who has not signed in.
fn for_a_stranger(route: &Route) -> u16 {
    let page = (route.pattern == "/api/docs"
        || !["/regions", "/api"].iter().any(|part| route.pattern.starts_with(part)))
        && !["/live", "/board"].iter().any(|end| route.pattern.ends_with(end));
    match (route.door, route.method, route.pattern) {
        (Door::May(_) | Door::On(..), "GET", _) if page => 303,
        (Door::May(_) | Door::On(..), ..) => 401,
        // Without a token in the settings there is nothing to scrape, and a link that nobody made leads nowhere.
        (Door::Scraper, ..) => 404,
        (Door::Open, _, "/reset/{secret}" | "/invitation/{secret}" | "/confirm/{secret}") => 404,
        (Door::Open, _, pattern) if pattern.starts_with("/wall/") => 404,
        // There is an owner, so the link leads to the form to sign in, and makes nothing any more.
        (Door::Open, "GET", "/setup/{secret}") => 303,
        (Door::Open, "POST", "/setup/{secret}") => 404,
        (Door::Open, "POST", "/login") => 422,
        // Nobody can register as long as the owner has not opened the hub.
        (Door::Open, "POST", "/register") => 403,
        // The answer is the same whoever exists.
        (Door::Open, "POST", "/forgot") => 200,
        // Without the right password before, there is no code to ask for.
        (Door::Open, "GET", "/login/code") => 303,
        (Door::Open, "POST", _) => 303,
        (Door::Open, ..) => 200,
    }
}

#[test]
fn a_stranger_comes_through_open_doors_only() {
    in_system(async {
        let room = Room::new().await;
        let mut forger = room.inside.web.stranger();
        let forged = ("__Host-watchroom".to_owned(), "B".repeat(43));
        for route in routes() {
            let wanted = for_a_stranger(route);
            for forging in [false, true] {
                forger.cookies().clear();
                forger.cookies().extend(forging.then(|| forged.clone()));
                let answer = room.ask(&mut forger, route).await;
                assert_eq!(answer.status, wanted, "{route:?} with a forged cookie: {forging}");
                if wanted == 303 && matches!(route.door, Door::May(_) | Door::On(..)) {
                    assert!(answer.location().starts_with("/login"), "{route:?}: {}", answer.location());
                    assert!(!answer.body.contains("node-07"), "{route:?}");
                }
            }
        }
        room.inside.hub.stop().await;
    });
}

#[test]
fn nothing_is_sent_from_another_site() {
    in_system(async {
        let mut room = Room::new().await;
        let before = room.inside.position();
        let own = room.owner.origin();
        for route in routes().filter(|route| route.method == "POST") {
            for origin in
                [None, Some("https://evil.example"), Some("null"), Some(&*own.replace("127", "128"))]
            {
                let origin = origin.map(|origin| ("Origin", origin));
                let headers: Vec<_> = origin.into_iter().chain([FORM]).collect();
                let path = room.path(route);
                let answer = room.owner.send("POST", &path, &headers, "").await;
                assert_eq!(answer.status, 403, "{route:?} from {origin:?}");
                assert_guarded(route.pattern, &answer);
            }
        }
        assert_eq!(room.inside.position(), before, "nothing was recorded");
        for (visitor, origin, status) in [
            (&room.owner, Some("https://evil.example"), 403),
            (&room.owner, None, 403),
            (&room.inside.web, Some(&*own), 401),
        ] {
            assert_eq!(Live::open(visitor, 0, origin).await.err(), Some(status), "the feed from {origin:?}");
        }
        room.inside.hub.stop().await;
    });
}

#[test]
fn looking_changes_nothing_and_what_is_not_there_is_not_found() {
    in_system(async {
        let mut room = Room::new().await;
        let before = room.inside.position();
        let (known, owner) = (room.machine.clone(), &mut room.owner.stranger());
        owner.cookies().extend(room.owner.cookies().clone());
        for route in routes().filter(|route| route.method == "GET" && !route.pattern.ends_with("/live")) {
            let answer = room.ask(owner, route).await;
            let leads = ["/", "/login", "/login/code", "/setup/{secret}", "/mail", "/account/confirm"];
            let leads = leads.contains(&route.pattern);
            let begins =
                ["/metrics", "/reset/", "/invitation/", "/confirm/", "/deliveries/", "/wall/", "/walls/"];
            // Nobody has a picture yet either.
            let closed = begins.iter().any(|begin| route.pattern.starts_with(begin))
                || route.pattern.ends_with("/picture");
            let expected = match (leads, closed) {
                (true, _) => 303,
                (_, true) => 404,
                _ => 200,
            };
            assert_eq!(answer.status, expected, "{route:?}: {}", answer.body);
            if !route.pattern.contains("{id}") {
                continue;
            }
            for other in [UNKNOWN, "1", "..%2f", "%3Cscript%3E"] {
                let path = room.path(route);
                let ids = [&known, &room.rule, &room.check, &room.incident, &room.person, &room.group];
                let path = ids.iter().fold(path, |path, id| path.replace(id.as_str(), other));
                assert_eq!(owner.get(&path).await.status, 404, "{path}");
            }
        }
        for path in ["/nothing", "/machines/new/new", "/assets/0/app.js", "/.git/config"] {
            let answer = owner.get(path).await;
            assert_eq!(answer.status, 404, "{path}");
            assert_guarded(path, &answer);
        }
        for path in ["machines/ID/revoke", "machines/ID/remove", "machines/ID/enrol", "rules/ID/remove"] {
            let path = format!("/{}", path.replace("ID", UNKNOWN));
            assert_eq!(owner.post(&path, &[]).await.status, 404, "{path}");
        }
        assert_eq!(room.inside.position(), before, "nothing was recorded");
        room.inside.hub.stop().await;
    });
}

#[test]
fn a_form_that_is_too_long_is_refused() {
    in_system(async {
        let mut room = Room::new().await;
        let long = format!("name={}", "a".repeat(70_000));
        let own = room.owner.origin();
        for path in [
            "/login",
            "/machines/new",
            "/rules/new",
            "/channels/webhook",
            "/channels/email/subscriptions",
            "/account/password",
        ] {
            let answer = room.owner.send("POST", path, &[("Origin", &own), FORM], &long).await;
            assert_eq!(answer.status, 413, "{path}");
            assert_guarded(path, &answer);
        }
        room.inside.hub.stop().await;
    });
}
