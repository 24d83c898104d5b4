//! Text that somebody typed, or an agent sent, in order to become more than text.

use super::inside::{Inside, in_system, named, rule, series};
use crate::harness::wait::{PATIENCE, until};
use watchroom::clock::Clock as _;
use watchroom_domain::*;

const NAMES: [&str; 3] =
    ["<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "{{7*7}}${7*7}&lt;b&gt;"];
/// Refused in a name; an agent sends it, and a note may hold it.
const TURNED: &str = "\u{202e}gnihctaw\u{2066}";

#[test]
fn what_is_typed_or_sent_stays_text_on_every_page() {
    in_system(async {
        let mut inside = Inside::start().await;
        let mut owner = inside.owner().await;
        let mut machines = Vec::new();
        for name in NAMES {
            let details = MachineDetails {
                place: name.to_owned(),
                model: name.to_owned(),
                note: format!("{name}\n{TURNED}"),
                tags: vec!["hostile".to_owned()],
                ..named(name)
            };
            machines.push(inside.machine(details).await);
        }
        inside
            .tell(Command::AddRule { rule: rule(NAMES[0], "temperature_c", 88.0, Severity::Warning) })
            .await;
        let now = inside.clock.now_us();
        for machine in &machines {
            let sensor =
                series("temperature_c", &[("sensor", NAMES[1]), ("chip", NAMES[0]), ("core", TURNED)]);
            inside.read(*machine, now, &[(sensor, 91.5)]).await;
        }
        let incidents = until("alerts", PATIENCE, async || {
            let views = &inside.hub.core.views;
            let found: Vec<_> =
                views.with(|s| s.incidents.values().filter(|i| i.has_fired()).map(|i| i.incident).collect());
            (found.len() == NAMES.len()).then_some(found)
        })
        .await;
        let mut paths: Vec<String> = [
            "/machines",
            "/alerts",
            "/rules",
            "/rules/new",
            "/channels",
            "/channels/email",
            "/channels/webhook",
            "/deliveries",
            "/account",
            "/regions/activity",
        ]
        .map(str::to_owned)
        .into();
        for machine in &machines {
            paths.extend(["", "/edit", "/enrol"].map(|part| format!("/machines/{machine}{part}")));
        }
        paths.extend(incidents.iter().map(|incident| format!("/alerts/{incident}")));
        paths.push("/machines?q=%3Cscript%3Ealert(1)".to_owned());
        let rule = RuleId::derived(&[NAMES[0]]);
        paths.push(format!("/rules/{rule}/edit"));
        for path in &paths {
            let page = owner.get(path).await;
            assert_eq!(page.status, 200, "{path}");
            for told in ["<script>alert", "<img src=x", "onerror=alert(1)>\"", "&amp;lt;script"] {
                assert!(!page.body.contains(told), "{path} holds {told}");
            }
        }
        let list = owner.get("/machines").await.body;
        assert!(list.contains("&#60;script&#62;") || list.contains("&lt;script&gt;"), "it is shown as text");
        inside.hub.stop().await;
    });
}

#[test]
fn a_form_that_is_refused_gives_back_what_was_typed_as_text() {
    in_system(async {
        let inside = Inside::start().await;
        let mut owner = inside.owner().await;
        let long = "W".repeat(5_000);
        for (name, says) in [(&*long, "At most 64 characters"), ("", "Give the machine a name")] {
            let fields = [("name", name), ("place", NAMES[1]), ("note", "</textarea><script>alert(2)")];
            let page = owner.post("/machines/new", &fields).await;
            assert!(page.status == 422 && page.body.contains(says), "{}", page.body);
            assert!(!page.body.contains("<img src=x") && !page.body.contains("<script>alert"));
        }
        inside.hub.stop().await;
    });
}
