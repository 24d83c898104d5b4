//! Given what happened, when people act on alerts, then this is recorded.

use crate::story::*;
use watchroom_domain::alert::{AlertCommand, Hold, ResolveReason};
use watchroom_domain::*;

const OWNER: fn() -> By = || By::Person(person(0));

fn silent(name: &str, scope: Scope) -> Rule {
    Rule {
        rule: RuleId::derived(&[name]),
        name: name.to_owned(),
        scope,
        condition: Condition::Silent { for_us: MINUTE_US },
        severity: Severity::Warning,
        enabled: true,
        escalation: Vec::new(),
        personal: false,
    }
}

/// Machine 0 is silent by a rule, and nobody has acknowledged it.
fn fired() -> (Story, IncidentId) {
    let rule = silent("Quiet", Scope::Everywhere);
    let story = Story::settled().given(OWNER(), Command::AddRule { rule: rule.clone() });
    let (key, cause, value) = ((rule.rule, machine(0), None), story.state.position, 60.0);
    let open = AlertCommand::Open { key, since_us: NOW_US, value, cause };
    let fire = AlertCommand::Fire { key, at_us: NOW_US + MINUTE_US, value, cause };
    let story = story.given(By::Hub, Command::Alert(open)).given(By::Hub, Command::Alert(fire));
    let incident = story.state.open_incident(key).unwrap().incident;
    (story, incident)
}

fn silence(until_us: Micros, reason: &str) -> Command {
    Command::BeginSilence {
        silence: SilenceId::derived(&["s"]),
        scope: Scope::Everywhere,
        rule: None,
        until_us,
        reason: reason.to_owned(),
    }
}

const END: Command = Command::EndSilence { silence: SilenceId(uuid::Uuid::nil()) };

#[test]
fn a_silence_wants_a_reason_and_an_end_that_comes() {
    let story = Story::settled();
    for (command, then) in [
        (silence(NOW_US + HOUR_US, " "), "reason_missing"),
        (silence(NOW_US, "fan swap"), "bad_until"),
        (silence(NOW_US + 400 * 24 * HOUR_US, "fan swap"), "bad_until"),
        (silence(NOW_US + HOUR_US, "fan swap"), "SilenceBegun"),
        (END, "not_open"),
    ] {
        assert_eq!(story.then(OWNER(), command.clone()), [then], "{command:?}");
        assert_eq!(story.then(By::Agent(machine(0)), command), ["forbidden"]);
    }
}

#[test]
fn what_a_silence_takes_its_end_gives_back() {
    let (story, incident) = fired();
    let begin = silence(NOW_US + HOUR_US, "fan swap");
    assert_eq!(story.then(OWNER(), begin.clone()), ["SilenceBegun", "AlertHeld"]);
    let held = story.given(OWNER(), begin.clone());
    assert_eq!(held.then(OWNER(), begin), ["exists"]);
    let of = SilenceId::derived(&["s"]);
    assert_eq!(held.state.incidents[&incident].held, Some(Hold::Silence { silence: of }));
    let early = AlertCommand::EndSilence { silence: of, at_us: NOW_US + HOUR_US - 1, cause: 1 };
    assert_eq!(held.then(By::Hub, Command::Alert(early)), [""; 0]);
    let due = AlertCommand::EndSilence { silence: of, at_us: NOW_US + HOUR_US, cause: 1 };
    assert_eq!(held.then(By::Hub, Command::Alert(due.clone())), ["SilenceEnded", "AlertReleased"]);
    let over = held.clone().given(By::Hub, Command::Alert(due.clone()));
    assert_eq!(over.then(By::Hub, Command::Alert(due)), [""; 0], "a replay is silent");
    let taken = held.given(OWNER(), Command::Acknowledge { incident });
    assert_eq!(
        taken.then(OWNER(), Command::EndSilence { silence: of }),
        ["SilenceEnded"],
        "somebody is on it"
    );
}

#[test]
fn nobody_puts_off_what_is_over_or_into_the_past() {
    let (story, incident) = fired();
    let snooze = |until_us| Command::Snooze { incident, until_us };
    assert_eq!(story.then(OWNER(), snooze(NOW_US)), ["bad_until"]);
    assert_eq!(story.then(OWNER(), snooze(NOW_US + 31 * 24 * HOUR_US)), ["bad_until"]);
    assert_eq!(story.then(OWNER(), snooze(NOW_US + HOUR_US)), ["AlertSnoozed"]);
    let put_off = story.given(OWNER(), snooze(NOW_US + HOUR_US));
    assert_eq!(put_off.then(OWNER(), snooze(NOW_US + HOUR_US)), [""; 0], "no effect twice");
    assert_eq!(put_off.then(OWNER(), snooze(NOW_US + 2 * HOUR_US)), ["AlertSnoozed"]);
    assert_eq!(put_off.then(OWNER(), snooze(NOW_US + MINUTE_US)), ["AlertSnoozed"], "sooner after all");
    let over = put_off.given(OWNER(), Command::RemoveMachine { machine: machine(0) });
    assert_eq!(over.then(OWNER(), snooze(NOW_US + HOUR_US)), ["not_open"]);
}

#[test]
fn a_step_names_people_who_are_there_each_later_than_the_one_before() {
    let story = Story::settled();
    let step = |minutes: i64, to: Vec<SubjectId>| EscalationStep { after_us: minutes * MINUTE_US, to };
    let with = |escalation| Command::AddRule { rule: Rule { escalation, ..silent("q", Scope::Everywhere) } };
    for (steps, then) in [
        (vec![step(5, vec![person(0)]), step(10, vec![person(0)])], "RuleAdded"),
        (vec![step(10, vec![person(0)]), step(10, vec![person(0)])], "bad_escalation"),
        (vec![step(5, vec![])], "bad_escalation"),
        (vec![step(5, vec![person(9)])], "bad_escalation"),
        (vec![step(0, vec![person(0)])], "bad_escalation"),
    ] {
        assert_eq!(story.then(OWNER(), with(steps.clone())), [then], "{steps:?}");
    }
}

#[test]
fn a_step_names_nobody_who_could_not_be_shown_the_machine() {
    let mut story = Story::settled();
    for (n, role) in [(1, Role::Operator), (2, Role::Member), (3, Role::Viewer)] {
        story.people(n, role);
    }
    let step = |who: u8| vec![EscalationStep { after_us: MINUTE_US, to: vec![person(who)] }];
    let rule = |scope: Scope, who: u8| Rule { escalation: step(who), ..silent("q", scope) };
    let (one, operator) = (Scope::Machine { machine: machine(0) }, By::Person(person(1)));
    let add = |scope: &Scope, who| Command::AddRule { rule: rule(scope.clone(), who) };
    for scope in [one.clone(), Scope::Everywhere] {
        // The owner could share every machine; an operator who does not manage this one could not.
        assert_eq!(story.then(OWNER(), add(&scope, 2)), ["RuleAdded"]);
        assert_eq!(story.then(operator, add(&scope, 2)), ["escalation_unseen"]);
        assert_eq!(story.then(operator, add(&scope, 3)), ["RuleAdded"]);
    }
    // Whoever changes a rule of somebody else's does not lend it the own rights.
    let made = story.clone().given(operator, add(&one, 3));
    let change = |who| Command::ChangeRule { rule: rule(one.clone(), who) };
    assert_eq!(made.then(OWNER(), change(2)), ["escalation_unseen"]);
    assert!(!made.state.rule_tells_of(silent("q", one.clone()).rule, machine(0)));
    let (thing, with) = (Thing::Machine(machine(0)), Grantee::Person(person(2)));
    let shared = made.given(OWNER(), Command::Share { thing, with, right: Right::See });
    assert_eq!(shared.then(OWNER(), change(2)), ["RuleChanged"]);
    let kept = story.given(OWNER(), add(&one, 2));
    assert!(kept.state.rule_tells_of(silent("q", one).rule, machine(0)));
}

#[test]
fn the_hubs_own_rule_stays_and_no_other_is_like_it() {
    let story = Story::settled();
    let own = story.state.rules[&Rule::HUB_VIEW].clone();
    assert_eq!(story.then(OWNER(), Command::RemoveRule { rule: own.rule }), ["hub_rule"]);
    let silent = Condition::Silent { for_us: HOUR_US };
    let other = Rule { condition: silent, ..own.clone() };
    assert_eq!(story.then(OWNER(), Command::ChangeRule { rule: other }), ["hub_rule"]);
    let second = Rule { rule: RuleId::derived(&["second"]), ..own.clone() };
    assert_eq!(story.then(OWNER(), Command::AddRule { rule: second }), ["hub_rule"]);
    let off = Rule { enabled: false, ..own };
    assert_eq!(story.then(OWNER(), Command::ChangeRule { rule: off }), ["RuleChanged"]);
}

#[test]
fn a_hub_from_before_the_hubs_own_rule_gets_it_when_it_starts() {
    let mut story = Story::settled();
    story.state.rules.remove(&Rule::HUB_VIEW);
    let start = Command::StartHub { node: "n".to_owned(), program: "p".to_owned() };
    assert_eq!(story.then(By::Hub, start), ["HubStarted", "RuleAdded"]);
}

#[test]
fn a_rule_from_the_start_is_named_by_a_key_until_it_is_renamed() {
    for rule in default_rules() {
        assert!(rule.name_key().is_some_and(|key| key.starts_with("default-")), "{}", rule.name);
        assert_eq!(Rule { name: "Mine".to_owned(), ..rule }.name_key(), None);
    }
    assert_eq!(silent("Agent silent", Scope::Everywhere).name_key(), None, "somebody's own");
}

#[test]
fn a_flapping_alert_ends_only_when_it_is_calm() {
    let rule = silent("Quiet", Scope::Everywhere);
    let mut story = Story::settled().given(OWNER(), Command::AddRule { rule: rule.clone() });
    let key = (rule.rule, machine(0), None);
    let mut fired = Vec::new();
    for n in 0..3 {
        let (since_us, cause) = (NOW_US + n * MINUTE_US, story.state.position);
        let open = AlertCommand::Open { key, since_us, value: 1.0, cause };
        story = story.given(By::Hub, Command::Alert(open));
        let fire = AlertCommand::Fire { key, at_us: since_us + MINUTE_US, value: 1.0, cause };
        fired.push(story.then(By::Hub, Command::Alert(fire.clone())));
        story = story.given(By::Hub, Command::Alert(fire));
        let (at_us, value, cause) = (since_us + MINUTE_US, None, story.state.position);
        let reason = ResolveReason::HeardAgain;
        let end = AlertCommand::Resolve { key, at_us, value, cause, reason };
        let then = if n < 2 { vec!["AlertResolved"] } else { vec![] };
        assert_eq!(story.then(By::Hub, Command::Alert(end.clone())), then);
        story = story.given(By::Hub, Command::Alert(end));
    }
    assert_eq!(fired, [vec!["AlertFired"], vec!["AlertFired"], vec!["AlertFired", "AlertFlapping"]]);
    let (cause, reason) = (story.state.position, ResolveReason::Calm);
    let calm = AlertCommand::Resolve { key, at_us: NOW_US + HOUR_US, value: None, cause, reason };
    assert_eq!(story.then(By::Hub, Command::Alert(calm)), ["AlertResolved"]);
}
