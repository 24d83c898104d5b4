//! What people do about alerts in the console: put off, silence, escalate, say what hangs on what.

use super::inside::{Inside, in_system, named, rule, series};
use crate::harness::wait::{PATIENCE, until};
use watchroom::clock::Clock as _;
use watchroom_domain::alert::Hold;
use watchroom_domain::*;

/// A hub on which a machine is too hot.
async fn hot() -> (Inside, MachineId, IncidentId) {
    let mut inside = Inside::start().await;
    let machine = inside.machine(named("node-07")).await;
    inside.tell(Command::AddRule { rule: rule("Too hot", "temperature_c", 88.0, Severity::Critical) }).await;
    let now = inside.clock.now_us();
    inside.read(machine, now, &[(series("temperature_c", &[]), 91.5)]).await;
    let incident = until("an alert", PATIENCE, async || {
        inside.hub.core.views.with(|s| s.incidents.values().find(|i| i.has_fired()).map(|i| i.incident))
    })
    .await;
    (inside, machine, incident)
}

#[test]
fn an_alert_is_put_off_and_its_page_says_until_when() {
    in_system(async {
        let (inside, _, incident) = hot().await;
        let mut owner = inside.owner().await;
        let path = format!("/alerts/{incident}/snooze");
        for until in ["yesterday", "2001-01-01T10:00"] {
            let again = owner.post(&path, &[("span", "until"), ("until", until)]).await;
            assert_eq!(again.status, 422);
            assert!(again.body.contains(&format!("name=\"until\" value=\"{until}\"")), "{}", again.body);
            assert!(again.body.contains("within 30 days"), "{}", again.body);
        }
        assert_eq!(owner.post(&path, &[("span", "8h"), ("back", "/alerts")]).await.status, 303);
        let held = inside.hub.core.views.with(|s| s.incidents[&incident].held.clone());
        assert!(matches!(held, Some(Hold::Snooze { .. })), "{held:?}");
        let page = owner.get(&format!("/alerts/{incident}")).await.body;
        assert!(page.contains("Put off until") && page.contains("put it off until"), "{page}");
        inside.tell(Command::RemoveRule { rule: RuleId::derived(&["Too hot"]) }).await;
        assert_eq!(owner.post(&path, &[("span", "8h")]).await.status, 303, "it is over, which is as well");
        inside.hub.stop().await;
    });
}

#[test]
fn a_silence_wants_an_end_and_a_reason_and_is_ended_early() {
    in_system(async {
        let (inside, machine, incident) = hot().await;
        let mut owner = inside.owner().await;
        let machine = machine.to_string();
        let fields = |span: &'static str, reason: &'static str| {
            [("scope", "machine"), ("machine", machine.as_str()), ("span", span), ("reason", reason)]
        };
        for (span, reason) in [("8h", ""), ("", "fan swap"), ("until", "fan swap")] {
            let answer = owner.post("/silences", &fields(span, reason)).await;
            assert_eq!(answer.status, 422, "{span} {reason}");
        }
        assert_eq!(owner.post("/silences", &fields("8h", "fan swap")).await.status, 303);
        let page = owner.get("/silences").await.body;
        assert!(page.contains("fan swap") && page.contains("holds 1 alert"), "{page}");
        let alert = owner.get(&format!("/alerts/{incident}")).await.body;
        assert!(alert.contains("Not told, silenced until") && alert.contains("fan swap"), "{alert}");
        let silence = inside.hub.core.views.with(|s| *s.silences.keys().next().unwrap());
        assert_eq!(owner.post(&format!("/silences/{silence}/end"), &[]).await.status, 303);
        assert_eq!(
            inside.hub.core.views.with(|s| (s.silences.len(), s.incidents[&incident].held.clone())),
            (0, None)
        );
        assert!(owner.get("/silences").await.body.contains("Nothing is silenced"));
        inside.hub.stop().await;
    });
}

#[test]
fn a_rule_gets_its_steps_and_a_machine_its_parent() {
    in_system(async {
        let inside = Inside::start().await;
        let mut owner = inside.owner().await;
        let switch = inside.machine(named("switch-2")).await.to_string();
        let person = inside.hub.core.views.with(|s| *s.people.keys().next().unwrap());
        let (id, nobody) = (person.to_string(), "01999999-0000-7000-8000-000000000000");
        let fields = |to: &'static str| {
            [
                ("name", "Hot"),
                ("kind", "threshold"),
                ("metric", "temperature_c"),
                ("fire", "90"),
                ("for", "1"),
                ("for_unit", "min"),
                ("scope", "everywhere"),
                ("step0_after", "15"),
                ("step0_unit", "min"),
                ("step0_to", to),
            ]
        };
        let to = Box::leak(id.into_boxed_str());
        assert_eq!(owner.post("/rules/new", &fields(nobody)).await.status, 422, "nobody has this account");
        assert_eq!(owner.post("/rules/new", &fields(to)).await.status, 303);
        let steps = inside
            .hub
            .core
            .views
            .with(|s| s.rules.values().find(|r| r.name == "Hot").map(|r| r.escalation.clone()).unwrap());
        assert_eq!(steps, [EscalationStep { after_us: 15 * MINUTE_US, to: vec![person] }]);

        let fields = [("name", "node-08"), ("parent", switch.as_str())];
        assert_eq!(owner.post("/machines/new", &fields).await.status, 303);
        let edit = format!("/machines/{switch}/edit");
        let circle = owner.post(&edit, &[("name", "switch-2"), ("parent", switch.as_str())]).await;
        assert_eq!(circle.status, 422);
        assert!(circle.body.contains("depends on this one"));
        inside.hub.stop().await;
    });
}
