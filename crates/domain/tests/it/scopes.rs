//! Which machines a rule, a silence or a subscription is for, as people type it.

use crate::story::*;
use watchroom_domain::*;

const OWNER: fn() -> By = || By::Person(person(0));

fn tag(tag: &str) -> Scope {
    Scope::Tag { tag: tag.to_owned() }
}

fn rule(scope: Scope) -> Rule {
    Rule {
        rule: RuleId::derived(&["quiet"]),
        name: "Quiet".to_owned(),
        scope,
        condition: Condition::Silent { for_us: MINUTE_US },
        severity: Severity::Warning,
        enabled: true,
        escalation: Vec::new(),
        personal: false,
    }
}

fn subscribe(name: &str, scope: Scope) -> Command {
    Command::Subscribe {
        subscription: SubscriptionId::derived(&[name]),
        subject: person(0),
        channel: "email".to_owned(),
        address: "owner@example.org".to_owned(),
        at_least: Severity::Warning,
        scope,
        quiet: None,
    }
}

/// Every command that names a scope.
fn all(scope: &Scope) -> Vec<Command> {
    let silence = Command::BeginSilence {
        silence: SilenceId::derived(&["s"]),
        scope: scope.clone(),
        rule: None,
        until_us: NOW_US + HOUR_US,
        reason: "fan swap".to_owned(),
    };
    let change = Command::ChangeSubscription {
        subscription: SubscriptionId::derived(&["before"]),
        at_least: Severity::Critical,
        scope: scope.clone(),
        quiet: None,
    };
    let add = Command::AddRule { rule: rule(scope.clone()) };
    vec![add, silence, subscribe("new", scope.clone()), change]
}

fn settled() -> Story {
    Story::settled().given(OWNER(), subscribe("before", Scope::Everywhere))
}

#[test]
fn a_tag_is_recorded_as_machines_have_it_however_it_was_typed() {
    let mut story = settled();
    for command in all(&tag(" GPU ")) {
        story = story.given(OWNER(), command);
    }
    let kept = [
        &story.state.rules[&RuleId::derived(&["quiet"])].scope,
        &story.state.silences[&SilenceId::derived(&["s"])].scope,
        &story.state.subscriptions[&SubscriptionId::derived(&["new"])].scope,
        &story.state.subscriptions[&SubscriptionId::derived(&["before"])].scope,
    ];
    assert_eq!(kept, [&tag("gpu"); 4]);
    assert_eq!(story.then(OWNER(), subscribe("again", tag("Gpu"))), ["subscribed"]);
}

#[test]
fn a_scope_that_means_no_machine_is_refused_everywhere() {
    for (scope, code) in [
        (tag(" "), "tag_missing"),
        (tag(&"x".repeat(33)), "too_long"),
        (tag("a\u{7}b"), "control_character"),
        (Scope::Machine { machine: machine(9) }, "not_found"),
    ] {
        for command in all(&scope) {
            assert_eq!(settled().then(OWNER(), command.clone()), [code], "{command:?}");
        }
    }
}

#[test]
fn what_is_for_a_machine_that_was_removed_can_still_be_switched_off() {
    let scope = Scope::Machine { machine: machine(0) };
    let story = settled()
        .given(OWNER(), Command::AddRule { rule: rule(scope.clone()) })
        .given(OWNER(), Command::RemoveMachine { machine: machine(0) });
    let off = Rule { enabled: false, ..rule(scope) };
    assert_eq!(story.then(OWNER(), Command::ChangeRule { rule: off }), ["RuleChanged"]);
}

#[test]
fn a_tag_that_was_recorded_as_typed_means_the_machines_that_have_it() {
    let mut story = settled();
    let details = MachineDetails {
        name: "node-0".to_owned(),
        tags: vec!["gpu".to_owned(), "ü".to_owned()],
        ..MachineDetails::default()
    };
    story = story.given(OWNER(), Command::ChangeMachine { machine: machine(0), details, keeper: keeper("") });
    let known = &story.state.machines[&machine(0)];
    for typed in ["gpu", "GPU", " Gpu ", "Ü"] {
        assert!(tag(typed).covers(known), "{typed:?}");
    }
    for typed in ["", "gp", "gpus"] {
        assert!(!tag(typed).covers(known), "{typed:?}");
    }
}
