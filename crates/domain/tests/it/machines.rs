//! Machines, tokens and keys.

use crate::story::*;
use watchroom_domain::alert::AlertCommand;
use watchroom_domain::*;

const OWNER: fn() -> By = || By::Person(person(0));

fn agent(n: u8) -> By {
    By::Agent(machine(n))
}

#[test]
fn a_machine_has_a_name_of_its_own() {
    let story = Story::settled();
    assert_eq!(story.then(OWNER(), register(1, "NODE-0 ")), ["name_taken"]);
    assert_eq!(story.then(OWNER(), register(1, "  ")), ["name_missing"]);
    assert_eq!(story.then(OWNER(), register(0, "node-1")), ["exists"]);
    assert_eq!(story.then(OWNER(), register(1, "a\u{7}b")), ["control_character"]);
    assert_eq!(story.then(OWNER(), register(1, &"x".repeat(65))), ["too_long"]);
    assert_eq!(story.then(OWNER(), register(1, "node-1")), ["MachineRegistered"]);
}

#[test]
fn what_is_so_already_is_not_recorded_again() {
    let details = MachineDetails { name: " node-0 ".to_owned(), ..MachineDetails::default() };
    let same = Command::ChangeMachine { machine: machine(0), details: details.clone(), keeper: keeper("") };
    let story = Story::settled();
    assert_eq!(story.then(OWNER(), same), [""; 0]);
    let kept = Command::ChangeMachine { machine: machine(0), details, keeper: keeper("ada@example.org") };
    let story = story.given(OWNER(), kept.clone());
    assert_eq!(story.then(OWNER(), kept), [""; 0]);
    let details = MachineDetails { name: "node-0".to_owned(), ..MachineDetails::default() };
    let gone = Command::ChangeMachine { machine: machine(0), details, keeper: keeper("") };
    assert_eq!(story.then(OWNER(), gone), ["KeeperCleared"]);
}

#[test]
fn a_token_serves_as_often_as_it_says_and_until_it_ends() {
    let story = Story::settled();
    assert_eq!(story.then(By::Stranger, join(0, 1)), ["token_unknown"], "it was used");
    let mut story = story.given(OWNER(), issue(1, 0, 2)).given(By::Stranger, join(1, 1));
    assert_eq!(story.then(By::Stranger, join(1, 2)), ["AgentEnrolled"], "once more");
    let wrong = Command::Join { token: token(1), secret_sha256: "another".to_owned(), identity: identity(2) };
    assert_eq!(story.then(By::Stranger, wrong), ["token_unknown"]);
    story.now = NOW_US + 24 * HOUR_US;
    assert_eq!(story.then(By::Stranger, join(1, 2)), ["token_expired"]);
    assert_eq!(story.then(OWNER(), issue(2, 0, 0)), ["bad_uses"]);
    assert_eq!(story.then(OWNER(), issue(2, 9, 1)), ["not_found"]);
}

#[test]
fn a_newer_token_ends_the_one_before_and_so_does_a_revocation() {
    let story = Story::settled().given(OWNER(), issue(1, 0, 1)).given(OWNER(), issue(2, 0, 1));
    assert_eq!(story.then(By::Stranger, join(1, 1)), ["token_unknown"]);
    assert_eq!(story.then(By::Stranger, join(2, 1)), ["AgentEnrolled"]);
    let story = story.given(OWNER(), Command::RevokeAgent { machine: machine(0) });
    assert_eq!(story.then(By::Stranger, join(2, 1)), ["token_unknown"]);
}

#[test]
fn only_a_key_that_was_given_out_opens_and_a_revoked_one_never_again() {
    let story = Story::settled();
    assert_eq!(story.then(agent(0), connect(0, 0)), ["AgentConnected"]);
    assert_eq!(story.then(agent(0), connect(0, 1)), ["revoked"]);
    let story = story.given(OWNER(), Command::RevokeAgent { machine: machine(0) });
    assert_eq!(story.then(agent(0), connect(0, 0)), ["forbidden"]);
    assert_eq!(story.then(agent(0), samples(0, 1, 1, 1.0)), ["forbidden"]);
    let story = story.given(OWNER(), issue(1, 0, 1)).given(By::Stranger, join(1, 1));
    assert_eq!(story.then(agent(0), connect(0, 0)), ["revoked"], "the machine has an agent, but another");
    assert_eq!(story.then(agent(0), connect(0, 1)), ["AgentConnected"]);
    let by_old_key = Envelope::of_agent(machine(0), key(0).into(), samples(0, 1, 1, 1.0));
    assert_eq!(story.state.decide(&by_old_key, story.now).unwrap_err().code, "revoked");
    let by_no_key = Envelope::new(agent(0), samples(0, 1, 1, 1.0));
    assert!(story.state.decide(&by_no_key, story.now).is_err());
}

#[test]
fn a_renewed_key_ends_the_one_before_when_it_is_first_used() {
    let renew = |n| Command::RenewAgent { machine: machine(0), identity: identity(n) };
    let story = Story::settled().given(agent(0), renew(1));
    assert_eq!(story.then(agent(0), connect(0, 0)), ["AgentConnected"], "the answer may be lost");
    let story = story.given(agent(0), connect(0, 0)).given(agent(0), renew(2)).given(agent(0), renew(3));
    assert_eq!(story.then(agent(0), connect(0, 0)), ["AgentConnected"], "however often");
    let story = story.given(agent(0), connect(0, 3));
    assert_eq!(story.then(agent(0), connect(0, 0)), ["revoked"]);
}

#[test]
fn a_machine_that_is_removed_leaves_nothing_that_speaks_for_it() {
    let story = Story::settled().given(OWNER(), issue(1, 0, 1));
    let story = story.given(OWNER(), Command::RemoveMachine { machine: machine(0) });
    assert_eq!(story.then(By::Stranger, join(1, 1)), ["token_unknown"]);
    assert_eq!(story.then(agent(0), connect(0, 0)), ["forbidden"]);
    assert_eq!(story.then(agent(0), samples(0, 1, 1, 1.0)), ["forbidden"]);
    assert_eq!(story.then(OWNER(), Command::RemoveMachine { machine: machine(0) }), ["not_found"]);
}

#[test]
fn no_connection_outlives_the_hub_that_held_it() {
    let story = Story::settled().given(agent(0), connect(0, 0));
    let start = Command::StartHub { node: "n".to_owned(), program: "p".to_owned() };
    assert_eq!(story.then(By::Hub, start.clone()), ["HubStarted", "AgentDisconnected"]);
    let story = story.given(By::Hub, start.clone());
    assert_eq!(story.then(By::Hub, start), ["HubStarted"]);
}

#[test]
fn the_version_that_an_agent_gives_is_cut_and_made_harmless() {
    let (machine, key_sha256) = (machine(0), key(0));
    let agent_version = format!("a\u{1b}[2J\n{}", "x".repeat(100));
    let hostile =
        Command::ConnectAgent { machine, key_sha256, agent_version, protocol: 1, features: Vec::new() };
    let story = Story::settled().given(agent(0), hostile);
    let version = &story.state.machines[&machine].agent_version;
    assert!(version.chars().count() == 64 && !version.chars().any(char::is_control), "{version:?}");
}

#[test]
fn an_incident_ends_with_what_it_was_about() {
    let details = |tags: &[&str]| MachineDetails {
        name: "node-0".to_owned(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ..MachineDetails::default()
    };
    let change =
        |tags| Command::ChangeMachine { machine: machine(0), details: details(tags), keeper: keeper("") };
    let rule = Rule {
        rule: RuleId::derived(&["gpu"]),
        name: "Quiet".to_owned(),
        scope: Scope::Tag { tag: "gpu".to_owned() },
        condition: Condition::Silent { for_us: MINUTE_US },
        severity: Severity::Warning,
        enabled: true,
        escalation: Vec::new(),
        personal: false,
    };
    let story = Story::settled().given(OWNER(), change(&["gpu"]));
    let story = story.given(OWNER(), Command::AddRule { rule: rule.clone() });
    let (key, cause, value) = ((rule.rule, machine(0), None), story.state.position, 60.0);
    let open = Command::Alert(AlertCommand::Open { key, since_us: NOW_US, value, cause });
    let fire = Command::Alert(AlertCommand::Fire { key, at_us: NOW_US + MINUTE_US, value, cause });
    let early = Command::Alert(AlertCommand::Fire { key, at_us: NOW_US + MINUTE_US - 1, value, cause });
    let pending = story.given(By::Hub, open);
    assert_eq!(pending.then(By::Hub, early), [""; 0], "not yet for a minute");
    let fired = pending.clone().given(By::Hub, fire);
    let off = Rule { enabled: false, ..rule.clone() };
    for (command, name) in [
        (change(&["cpu"]), "MachineChanged"),
        (Command::RemoveMachine { machine: machine(0) }, "MachineRemoved"),
        (Command::RevokeAgent { machine: machine(0) }, "AgentRevoked"),
        (Command::ChangeRule { rule: off }, "RuleChanged"),
        (Command::RemoveRule { rule: rule.rule }, "RuleRemoved"),
    ] {
        assert_eq!(pending.then(OWNER(), command.clone()), ["AlertDropped", name]);
        assert_eq!(fired.then(OWNER(), command), ["AlertResolved", name]);
    }
    assert_eq!(fired.then(OWNER(), change(&["gpu", "cpu"])), ["MachineChanged"]);
    let renamed = Rule { name: "Silent".to_owned(), ..rule };
    assert_eq!(fired.then(OWNER(), Command::ChangeRule { rule: renamed }), ["RuleChanged"]);
}
