//! Checks: who may add them, who may say what they found, and what becomes of them.

use crate::story::*;
use watchroom_domain::*;

fn id(n: u8) -> CheckId {
    CheckId::derived(&["check", &n.to_string()])
}

fn owner() -> By {
    By::Person(person(0))
}

fn tcp(n: u8, name: &str, run_by: RunBy) -> Check {
    Check {
        check: id(n),
        machine: machine(1),
        name: name.to_owned(),
        run_by,
        target: CheckTarget::Tcp { address: "db.example.org:5432".to_owned() },
        interval_us: MINUTE_US,
        timeout_us: 10 * SECOND_US,
        enabled: true,
    }
}

fn by_agent(n: u8) -> RunBy {
    RunBy::Agent { machine: machine(n) }
}

/// Machine 0 has an agent; machine 1 has none, and a check run by the hub (1) and one by machine 0's agent (2).
fn settled() -> Story {
    Story::settled()
        .given(By::Hub, register(1, "switch"))
        .given(owner(), Command::AddCheck { check: tcp(1, "from the hub", RunBy::Hub) })
        .given(owner(), Command::AddCheck { check: tcp(2, "from inside", by_agent(0)) })
}

fn found(n: u8, frame: Option<Frame>, values: &[(&str, f64)]) -> Command {
    let samples = values.iter().map(|(metric, value)| (series(metric), NOW_US, *value)).collect();
    Command::RecordCheck { check: id(n), frame, samples, why: None }
}

#[test]
fn what_was_found_is_said_of_the_machine_that_the_check_is_of() {
    let story = settled();
    let events =
        story.when(By::Hub, found(1, None, &[("check_up", 0.0), ("check_duration_ms", 12.5)])).unwrap();
    let [
        Event::SeriesDefined(a),
        Event::SeriesDefined(_),
        Event::Telemetry(telemetry),
        Event::CheckFailed(_),
    ] = events.as_slice()
    else {
        panic!("{events:?}")
    };
    assert_eq!((telemetry.machine, telemetry.samples.len()), (machine(1), 2));
    assert_eq!(a.def.key.labels, Labels::from([("check".to_owned(), "from the hub".to_owned())]));
    let story = story.given(By::Agent(machine(0)), found(2, Some(frame(0, 1, 1)), &[("check_up", 1.0)]));
    assert_eq!(story.state.producers[&machine(0).0], (1, 1), "it is one of the agent's frames");
    assert_eq!(
        story.then(By::Agent(machine(0)), found(2, Some(frame(0, 1, 1)), &[("check_up", 0.0)])),
        [""; 0]
    );
    let def = story.state.series.values().find(|d| d.machine == machine(1)).unwrap();
    assert_eq!(story.state.check_of(machine(1), &def.key).map(|c| c.check), Some(id(2)));
}

#[test]
fn an_agent_says_nothing_about_checks_that_are_not_its_own() {
    let story = settled().given(owner(), issue(1, 1, 1)).given(By::Stranger, join(1, 1));
    let own = |n| Some(frame(n, 1, 1));
    let up = [("check_up", 1.0)];
    for (by, command, expected) in [
        (By::Agent(machine(0)), found(1, own(0), &up), "not_assigned"),
        (By::Agent(machine(1)), found(2, own(1), &up), "not_assigned"),
        (By::Agent(machine(0)), found(9, own(0), &up), "not_assigned"),
        (By::Agent(machine(0)), found(2, own(1), &up), "forbidden"),
        (By::Agent(machine(0)), found(2, None, &up), "forbidden"),
        (owner(), found(1, None, &up), "forbidden"),
        (By::Hub, found(2, None, &up), "not_assigned"),
        (By::Agent(machine(0)), found(2, own(0), &[("cpu_percent", 1.0)]), "bad_metric"),
        (By::Agent(machine(0)), found(2, own(0), &[]), "bad_count"),
        (By::Agent(machine(0)), found(2, own(0), &[("check_up", f64::NAN)]), "bad_value"),
    ] {
        assert_eq!(story.then(by, command.clone()), [expected], "{command:?}");
    }
    // Nor as if they were samples of its own machine.
    let mut forged = series("check_up");
    forged.labels.insert("check".to_owned(), "from the hub".to_owned());
    let (machine, frame) = (machine(1), frame(1, 1, 1));
    let command = Command::RecordSamples { machine, frame, samples: vec![(forged, NOW_US, 1.0)] };
    assert_eq!(story.then(By::Agent(machine), command), ["not_assigned"]);
}

#[test]
fn only_administrators_say_what_is_checked() {
    let story = settled();
    let add = || Command::AddCheck { check: tcp(3, "third", RunBy::Hub) };
    for by in [By::Stranger, By::Agent(machine(0)), By::Person(person(7))] {
        assert_eq!(story.then(by, add()), ["forbidden"]);
        assert_eq!(story.then(by, Command::RemoveCheck { check: id(1) }), ["forbidden"]);
    }
    assert_eq!(story.then(owner(), add()), ["CheckAdded"]);
    assert_eq!(story.then(owner(), Command::RemoveCheck { check: id(9) }), ["not_found"]);
}

#[test]
fn a_check_that_cannot_work_is_refused_for_what_is_wrong() {
    let story = settled();
    let http = |url: &str| CheckTarget::Http {
        url: url.to_owned(),
        status: None,
        contains: String::new(),
        follow_redirects: false,
        any_certificate: false,
    };
    let tls = |address: &str, name: &str| {
        let (address, server_name) = (address.to_owned(), name.to_owned());
        CheckTarget::Certificate { address, server_name }
    };
    let to = |address: &str| CheckTarget::Tcp { address: address.to_owned() };
    let with = |target| Check { target, ..tcp(3, "third", RunBy::Hub) };
    let spaced = |interval_us, timeout_us| Check { interval_us, timeout_us, ..tcp(3, "third", RunBy::Hub) };
    for (check, code) in [
        (with(http("https://example.org/health?x=1")), "CheckAdded"),
        (with(http("http://[2001:db8::1]:8080/")), "CheckAdded"),
        (with(http("ftp://example.org/")), "bad_address"),
        (with(http("https://")), "bad_address"),
        (with(http("https://user:secret@example.org/")), "bad_address"),
        (with(http("https://example.org/a b")), "bad_address"),
        (with(http("https://exämple.org/")), "bad_address"),
        (with(http(&format!("https://example.org/{}", "x".repeat(500)))), "too_long"),
        (with(to("[::1]:22")), "CheckAdded"),
        (with(to("db.example.org")), "bad_address"),
        (with(to("db.example.org:0")), "bad_address"),
        (with(to("::1:22")), "bad_address"),
        (with(to("http://db:80")), "bad_address"),
        (with(tls("example.org:443", "www.example.org")), "CheckAdded"),
        (with(tls("example.org:443", "a b")), "bad_address"),
        (spaced(9 * SECOND_US, SECOND_US), "bad_interval"),
        (spaced(31 * MINUTE_US, SECOND_US), "bad_interval"),
        (spaced(10 * SECOND_US, 11 * SECOND_US), "bad_timeout"),
        (spaced(MINUTE_US, 0), "bad_timeout"),
        (tcp(3, " ", RunBy::Hub), "name_missing"),
        (tcp(3, "from the hub", RunBy::Hub), "check_name_taken"),
        (tcp(3, &"ü".repeat(65), RunBy::Hub), "too_long"),
        (tcp(3, &"\u{10348}".repeat(64), RunBy::Hub), "too_long"),
        (tcp(3, "a\u{7}b", RunBy::Hub), "control_character"),
        (tcp(3, "third", by_agent(9)), "bad_choice"),
        (Check { machine: machine(9), ..tcp(3, "third", RunBy::Hub) }, "bad_choice"),
        (tcp(1, "third", RunBy::Hub), "too_many"),
    ] {
        assert_eq!(story.then(owner(), Command::AddCheck { check: check.clone() }), [code], "{check:?}");
    }
}

#[test]
fn one_agent_runs_no_more_checks_than_fit_into_a_line() {
    let mut story = settled();
    for n in 3..2 + MAX_CHECKS_BY_AGENT as u8 {
        story = story.given(owner(), Command::AddCheck { check: tcp(n, &format!("check {n}"), by_agent(0)) });
    }
    let more = |run_by| Command::AddCheck { check: tcp(200, "more", run_by) };
    assert_eq!(story.then(owner(), more(by_agent(0))), ["too_many"]);
    assert_eq!(story.then(owner(), more(RunBy::Hub)), ["CheckAdded"]);
}

#[test]
fn what_is_open_ends_with_the_check_and_nothing_else_does() {
    let story = settled().given(By::Hub, found(1, None, &[("check_up", 0.0)]));
    let rule = RuleId::derived(&["default", "Check failed"]);
    let series = story.state.series.last();
    let key = (rule, machine(1), Some(series));
    let cause = story.state.position;
    let story = story
        .given(
            By::Hub,
            Command::Alert(alert::AlertCommand::Open { key, since_us: NOW_US, value: 0.0, cause }),
        )
        .given(By::Hub, Command::Alert(alert::AlertCommand::Fire { key, at_us: NOW_US, value: 0.0, cause }));
    assert!(story.state.open_incident(key).is_some_and(Incident::has_fired));
    let faster = Check { interval_us: 10 * SECOND_US, ..tcp(1, "from the hub", RunBy::Hub) };
    assert_eq!(story.then(owner(), Command::ChangeCheck { check: faster.clone() }), ["CheckChanged"]);
    for check in [
        tcp(1, "renamed", RunBy::Hub),
        Check { enabled: false, ..faster.clone() },
        Check { target: CheckTarget::Tcp { address: "other:1".to_owned() }, ..faster },
    ] {
        let ended = ["AlertResolved", "CheckChanged"];
        assert_eq!(story.then(owner(), Command::ChangeCheck { check }), ended);
    }
    assert_eq!(story.then(owner(), Command::RemoveCheck { check: id(1) }), ["AlertResolved", "CheckRemoved"]);
    assert_eq!(story.then(owner(), Command::RemoveCheck { check: id(2) }), ["CheckRemoved"]);
}

#[test]
fn the_checks_of_a_machine_go_with_it_and_those_that_its_agent_runs_wait() {
    let story = settled();
    let gone = ["CheckRemoved", "CheckRemoved", "MachineRemoved"];
    assert_eq!(story.then(owner(), Command::RemoveMachine { machine: machine(1) }), gone);
    let story = story.given(owner(), Command::RemoveMachine { machine: machine(0) });
    let left = &story.state.checks[&id(2)];
    assert!(!left.enabled && left.run_by == RunBy::Hub);
    assert_eq!(story.folded(), story.state);
}

fn failed(why: &str) -> Command {
    let samples = vec![(series("check_up"), NOW_US, 0.0)];
    Command::RecordCheck { check: id(1), frame: None, samples, why: Some(why.to_owned()) }
}

#[test]
fn why_a_check_fails_is_recorded_when_it_begins_and_when_it_changes_but_not_all_the_time() {
    let mut story = settled();
    assert!(story.then(By::Hub, failed("refused")).contains(&"CheckFailed"));
    story = story.given(By::Hub, failed("refused"));
    for why in ["refused", "it took too long"] {
        assert!(!story.then(By::Hub, failed(why)).contains(&"CheckFailed"), "{why}");
    }
    story.now += MINUTE_US;
    assert!(!story.then(By::Hub, failed("refused")).contains(&"CheckFailed"));
    let hostile = format!("the status\n is \u{202e}500 {}", "x".repeat(500));
    story = story.given(By::Hub, failed(&hostile));
    let why = &story.folded().check_failures[&id(1)].why;
    assert!(why.starts_with("the status is 500 x") && why.chars().count() == 200, "{why}");
    let well = || found(1, None, &[("check_up", 1.0)]);
    assert!(story.then(By::Hub, well()).contains(&"CheckRecovered"));
    story = story.given(By::Hub, well());
    assert!(!story.then(By::Hub, well()).contains(&"CheckRecovered"));
    assert!(story.folded().check_failures.is_empty());
}

#[test]
fn what_a_removed_machine_found_out_about_another_one_ends() {
    let story = settled().given(By::Agent(machine(0)), found(2, Some(frame(0, 1, 1)), &[("check_up", 0.0)]));
    let rule = RuleId::derived(&["default", "Check failed"]);
    let key = (rule, machine(1), Some(story.state.series.last()));
    let cause = story.state.position;
    let open = alert::AlertCommand::Open { key, since_us: NOW_US, value: 0.0, cause };
    let fire = alert::AlertCommand::Fire { key, at_us: NOW_US, value: 0.0, cause };
    let story = story.given(By::Hub, Command::Alert(open)).given(By::Hub, Command::Alert(fire));
    assert!(story.state.open_incident(key).is_some_and(Incident::has_fired));
    let story = story.given(owner(), Command::RemoveMachine { machine: machine(0) });
    assert!(story.state.open_incident(key).is_none(), "nobody looks at it any more");
}
