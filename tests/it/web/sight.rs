//! What each visitor sees: nothing of what is not theirs, on no page, in no region, curve or message.

use super::inside::{Inside, in_system, named, rule, series};
use crate::harness::http::Http;
use crate::harness::live::Live;
use crate::harness::wait::{PATIENCE, until};
use std::collections::BTreeSet;
use watchroom::clock::Clock as _;
use watchroom::web::{Door, ROUTES};
use watchroom_domain::*;

const PEOPLE: [(&str, Role); 6] = [
    ("viewer", Role::Viewer),
    ("member", Role::Member),
    ("empty", Role::Member),
    ("operator", Role::Operator),
    ("admin", Role::Administrator),
    ("owner", Role::Owner),
];

fn person(name: &str) -> SubjectId {
    SubjectId::derived(&[name])
}

/// A hub with a machine of the member's, and one with all that belongs to it that is not.
struct Two {
    inside: Inside,
    own: MachineId,
    hidden: MachineId,
}

impl Two {
    async fn new() -> Self {
        let mut inside = Inside::with_people(&PEOPLE).await;
        let [own, hidden] = ["own-box", "hidden-box"].map(|name| MachineId::derived(&[name]));
        for (machine, name) in [(own, "own-box"), (hidden, "hidden-box")] {
            let mail = format!("{name}@keepers.example");
            let keeper = Keeper {
                subject: SubjectId::derived(&["keeper", name]),
                name: "Grace".to_owned(),
                phone: "+49 30 1234567".to_owned(),
                mail,
            };
            let details = MachineDetails { tags: vec![format!("{name}-tag")], ..named(name) };
            inside.tell(Command::RegisterMachine { machine, details, keeper }).await;
        }
        inside.tell(Command::SetOwner { thing: Thing::Machine(own), owner: Some(person("member")) }).await;
        inside
            .tell(Command::ChangeMachine {
                machine: own,
                details: MachineDetails { parent: Some(hidden), ..named("own-box") },
                keeper: Keeper {
                    subject: SubjectId::derived(&["keeper", "own-box"]),
                    name: "Grace".to_owned(),
                    phone: "+49 30 1234567".to_owned(),
                    mail: "own-box@keepers.example".to_owned(),
                },
            })
            .await;
        for (machine, name) in [(own, "own rule"), (hidden, "hidden rule")] {
            let rule = rule(name, "temperature_c", 80.0, Severity::Warning);
            inside.tell(Command::AddRule { rule: Rule { scope: Scope::Machine { machine }, ..rule } }).await;
        }
        inside.tell(Command::AddCheck { check: check(hidden) }).await;
        let now = inside.clock.now_us();
        for machine in [own, hidden] {
            let key = series(if machine == own { "temperature_c" } else { "hidden_metric" }, &[]);
            inside
                .read(machine, now, &[(series("temperature_c", &[("sensor", "x")]), 91.5), (key, 91.0)])
                .await;
        }
        let views = inside.hub.core.views.clone();
        until("two alerts", PATIENCE, async || {
            let both = |m| views.with(|s| s.incidents.values().any(|i| i.machine == m && i.has_fired()));
            [own, hidden].into_iter().all(both).then_some(())
        })
        .await;
        let silence = Command::BeginSilence {
            silence: SilenceId::derived(&["hidden"]),
            scope: Scope::Machine { machine: hidden },
            rule: None,
            until_us: now + HOUR_US,
            reason: "hidden reason".to_owned(),
        };
        inside.tell(silence).await;
        let incident = |m| views.with(|s| s.incidents.values().find(|i| i.machine == m).map(|i| i.incident));
        let take = Command::Acknowledge { incident: incident(own).unwrap() };
        use watchroom::actors::handle::Submit as _;
        inside.hub.core.registry.submit(Envelope::new(By::Person(person("operator")), take)).await.unwrap();
        Self { inside, own, hidden }
    }
}

fn check(machine: MachineId) -> Check {
    Check {
        check: CheckId::derived(&["hidden"]),
        machine,
        name: "hidden check".to_owned(),
        run_by: RunBy::Hub,
        target: CheckTarget::Tcp { address: "hidden.example:1".to_owned() },
        interval_us: MINUTE_US,
        timeout_us: SECOND_US,
        enabled: false,
    }
}

/// Every page and region that names no single thing.
fn everywhere<'a>() -> impl Iterator<Item = &'a str> {
    let named = |pattern: &str| pattern.contains('{');
    let own = ROUTES.iter().filter(move |r| r.method == "GET" && !named(r.pattern) && r.pattern != "/live");
    own.filter(|r| matches!(r.door, Door::May(_) | Door::On(..))).map(|r| r.pattern)
}

#[test]
fn nobody_sees_anything_of_a_machine_that_is_not_theirs() {
    in_system(async {
        let two = Two::new().await;
        for name in ["member", "empty"] {
            let mut visitor = two.inside.signed_in(name).await;
            let more = ["/machines?q=hidden-box", "/regions/machines?q=box", "/alerts?show=all"];
            let own = format!("/machines/{}", two.own);
            let forms = [own.clone(), format!("{own}/edit"), format!("/checks/new?machine={}", two.own)];
            let forms = forms.iter().map(String::as_str).filter(|_| name == "member");
            for path in everywhere().chain(more).chain(forms) {
                let answer = visitor.get(path).await;
                let text = answer.body.replace(&two.hidden.to_string(), "hidden id");
                let text = if path.ends_with("/edit") || path.starts_with("/machines?") {
                    // The form keeps what it hangs on; a filter is shown as it was typed.
                    text.replace("hidden id", "")
                        .replace("value=\"hidden-box\"", "")
                        .replace("“hidden-box”", "")
                } else {
                    text
                };
                let text = text
                    .replace("type=\"hidden\"", "")
                    .replace("aria-hidden", "")
                    .replace("q=hidden-box", "");
                for word in [
                    "hidden-box",
                    "hidden rule",
                    "hidden check",
                    "hidden reason",
                    "hidden_metric",
                    "hidden id",
                    "hidden.example",
                ] {
                    let around = text.find(word).map(|at| text[at.saturating_sub(200)..at + 40].to_owned());
                    assert!(around.is_none(), "{word} for {name} at {path}: {around:?}");
                }
            }
            for path in ["/regions/activity", "/regions/alerts", "/regions/checks"] {
                let answer = visitor.get(&format!("{path}?machine={}", two.hidden)).await;
                assert_eq!(answer.status, 404, "{path}");
            }
        }
        let mut member = two.inside.signed_in("member").await;
        let page = member.get("/machines").await.body;
        assert!(page.contains("own-box") && page.contains("Grace"));
        assert!(member.get("/alerts").await.body.contains("own-box"));
        assert!(member.get("/rules").await.body.contains("own rule"));
        let mut operator = two.inside.signed_in("operator").await;
        for (path, word) in [
            ("/machines", "hidden-box"),
            ("/rules", "hidden rule"),
            ("/checks", "hidden check"),
            ("/silences", "hidden reason"),
        ] {
            assert!(operator.get(path).await.body.contains(word), "{path}");
        }
        two.inside.hub.stop().await;
    });
}

#[test]
fn a_viewer_reads_about_machines_and_nothing_about_people() {
    in_system(async {
        let two = Two::new().await;
        let mut viewer = two.inside.signed_in("viewer").await;
        let incident = |m| {
            two.inside
                .hub
                .core
                .views
                .with(|s| s.incidents.values().find(|i| i.machine == m).unwrap().incident)
        };
        let more = [format!("/machines/{}", two.own), format!("/alerts/{}", incident(two.own))];
        for path in everywhere().chain(more.iter().map(String::as_str)) {
            let body = viewer.get(path).await.body;
            for word in ["1234567", "keepers.example", "Person operator", "Person admin"] {
                assert!(!body.contains(word), "{word} at {path}");
            }
        }
        assert!(viewer.get(&more[0]).await.body.contains("Grace"));
        let mut member = two.inside.signed_in("member").await;
        let page = member.get(&more[1]).await.body;
        assert!(page.contains("Person operator"), "a member sees who took care of the alert");
        two.inside.hub.stop().await;
    });
}

#[test]
fn the_feed_says_nothing_of_other_machines_and_a_right_that_is_lost_is_lost_on_it_at_once() {
    in_system(async {
        let mut two = Two::new().await;
        let share = |with| (Thing::Machine(two.hidden), Grantee::Person(person(with)));
        let (thing, with) = share("member");
        let member = two.inside.signed_in("member").await;
        let mut feed = Live::of(&member, two.inside.position()).await;
        let said = feed.until("states").await.to_string();
        assert!(!said.contains(&two.hidden.to_string()), "{said}");
        // Each round: a value of the other machine, then one of the own; only what is seen comes.
        for (round, shared) in [(1, false), (2, true), (3, false)] {
            let command = match round {
                2 => Some(Command::Share { thing, with, right: Right::See }),
                3 => Some(Command::Unshare { thing, with }),
                _ => None,
            };
            if let Some(command) = command {
                two.inside.tell(command).await;
            }
            let now = two.inside.clock.now_us();
            for machine in [two.hidden, two.own] {
                two.inside.read(machine, now, &[(series("load_1m", &[]), f64::from(round))]).await;
            }
            let mut heard = BTreeSet::new();
            loop {
                let said = feed.until("values").await;
                heard.insert(said["machine"].as_str().unwrap().to_owned());
                if said["machine"] == two.own.to_string() && said["values"]["load_1m"] == f64::from(round) {
                    break;
                }
            }
            assert_eq!(heard.contains(&two.hidden.to_string()), shared, "round {round}");
        }
        two.inside.tell(Command::SuspendPerson { person: person("member") }).await;
        assert_eq!(feed.until("gone").await["code"], "signed_out");
        two.inside.hub.stop().await;
    });
}

/// The local paths that a page leads to.
fn links(page: &str) -> BTreeSet<String> {
    let behind = page.split("href=\"/").skip(1).filter_map(|rest| rest.split('"').next());
    let paths =
        behind.map(|path| format!("/{}", path.replace("&amp;", "&").split('#').next().unwrap_or_default()));
    paths.filter(|path| !path.starts_with("/assets")).collect()
}

async fn crawl(visitor: &mut Http, who: &str) -> BTreeSet<String> {
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut next: Vec<String> = vec!["/machines".to_owned()];
    while let Some(path) = next.pop() {
        let answer = visitor.get(&path).await;
        assert!(
            [200, 303].contains(&answer.status),
            "{who}: a link leads to {path}, which is {}",
            answer.status
        );
        for link in links(&answer.body) {
            if known.insert(link.clone()) {
                next.push(link);
            }
        }
    }
    known
}

#[test]
fn no_page_leads_where_its_reader_may_not_go() {
    in_system(async {
        let two = Two::new().await;
        for (name, role) in PEOPLE {
            let mut visitor = two.inside.signed_in(name).await;
            let found = crawl(&mut visitor, name).await;
            assert!(found.contains("/alerts") && found.contains("/account"), "{name}");
            assert_eq!(found.contains("/channels"), role >= Role::Administrator, "{name}");
            let edits = found.contains(&format!("/machines/{}/edit", two.own));
            assert_eq!(edits, role >= Role::Administrator || name == "member", "{name}");
        }
        two.inside.hub.stop().await;
    });
}
