//! Evidence: taken for a machine's own open incidents, bounded and clean; and collectors that fail.

use crate::story::*;
use watchroom_domain::*;

fn agent() -> By {
    By::Agent(machine(0))
}

fn process(name: &str) -> Process {
    Process {
        pid: 1,
        name: name.to_owned(),
        user: Some("ada".to_owned()),
        cpu_percent: 12.5,
        memory_bytes: 1,
    }
}

/// Machine 0 with an open incident.
fn alerted() -> (Story, IncidentId) {
    let story = Story::settled().given(agent(), samples(0, 1, 1, 99.0));
    let rule = RuleId::derived(&["default", "Temperature high"]);
    let (key, cause) = ((rule, machine(0), Some(1)), story.state.position);
    let open = alert::AlertCommand::Open { key, since_us: NOW_US, value: 99.0, cause };
    let story = story.given(By::Hub, Command::Alert(open));
    let incident = story.state.open_incident(key).unwrap().incident;
    (story, incident)
}

fn evidence(incident: IncidentId, processes: Vec<Process>) -> Command {
    Command::RecordEvidence { machine: machine(0), incident, processes }
}

#[test]
fn it_is_recorded_for_the_machines_own_open_incidents_and_a_few_times_only() {
    let (story, incident) = alerted();
    let some = || evidence(incident, vec![process("train.py")]);
    assert_eq!(story.then(agent(), some()), ["EvidenceRecorded"]);
    let other = story.clone().given(By::Hub, register(1, "node-1"));
    let other = other.given(By::Person(person(0)), issue(1, 1, 1)).given(By::Stranger, join(1, 1));
    let foreign = Command::RecordEvidence { machine: machine(1), incident, processes: vec![process("x")] };
    assert_eq!(other.then(By::Agent(machine(1)), foreign), ["not_asked"]);
    assert_eq!(other.then(By::Agent(machine(1)), some()), ["forbidden"]);
    let unknown = IncidentId::derived(&["another"]);
    assert_eq!(story.then(agent(), evidence(unknown, vec![process("x")])), [""; 0], "over, or never was");
    let mut story = story;
    for _ in 0..MAX_EVIDENCE {
        story = story.given(agent(), some());
    }
    assert_eq!(story.then(agent(), some()), [""; 0]);
    assert_eq!(story.folded(), story.state);
}

#[test]
fn what_an_agent_calls_things_is_cut_and_cleaned() {
    let (story, incident) = alerted();
    let hostile =
        Process { user: Some("\u{1b}".to_owned()), ..process(&format!(" a\nb{}", "ü".repeat(200))) };
    let broken = Process { cpu_percent: f64::NAN, ..process("nan") };
    let events = story.when(agent(), evidence(incident, vec![hostile, broken])).unwrap();
    let [Event::EvidenceRecorded(e)] = events.as_slice() else { panic!("{events:?}") };
    let [one] = e.processes.as_slice() else { panic!("{e:?}") };
    assert!(one.name.starts_with("abü") && one.name.chars().count() == 64 && one.user.is_none(), "{one:?}");
    let many = |n| evidence(incident, vec![process("x"); n]);
    assert_eq!(story.then(agent(), many(0)), ["bad_count"]);
    assert_eq!(story.then(agent(), many(MAX_PROCESSES)), ["EvidenceRecorded"]);
    assert_eq!(story.then(agent(), many(MAX_PROCESSES + 1)), ["bad_count"]);
}

#[test]
fn it_is_encrypted_under_a_key_of_its_machine() {
    let (story, incident) = alerted();
    let events = story.when(agent(), evidence(incident, vec![process("x")])).unwrap();
    assert_eq!(events[0].subject(), Some(SubjectId::derived(&["machine", &machine(0).to_string()])));
}

#[test]
fn the_largest_are_named_first_and_five_at_most() {
    let of = |pid, cpu_percent, memory_bytes| Process { pid, cpu_percent, memory_bytes, ..process("x") };
    let all: Vec<_> = (0..8).map(|n| of(n, f64::from(n), 100 - u64::from(n))).collect();
    assert!(top_by_cpu(&all).iter().map(|p| p.pid).eq([7, 6, 5, 4, 3]));
    assert!(top_by_memory(&all).iter().map(|p| p.pid).eq([0, 1, 2, 3, 4]));
}

fn collector(seq: u64, late: bool, values: &[(&str, f64)]) -> Command {
    let key = |name: &str| {
        let labels = Labels::from([("collector".to_owned(), name.to_owned())]);
        SeriesKey { metric: "collector_failed".to_owned(), labels }
    };
    let samples = values.iter().enumerate();
    let samples = samples.map(|(n, (name, value))| (key(name), NOW_US + n as Micros, *value)).collect();
    Command::RecordSamples { machine: machine(0), frame: Frame { late, ..frame(0, 1, seq) }, samples }
}

#[test]
fn a_collector_that_fails_is_told_when_it_begins_and_when_it_ends() {
    let told = |story: &Story, command| {
        let told = story.then(agent(), command).into_iter();
        told.filter(|name| name.starts_with("Collector")).collect::<Vec<_>>()
    };
    let story = Story::settled();
    assert_eq!(told(&story, collector(1, false, &[("gpu", 0.0)])), [""; 0], "well from the start");
    assert_eq!(told(&story, collector(1, true, &[("gpu", 1.0)])), [""; 0], "long ago");
    assert_eq!(
        told(&story, collector(1, false, &[("gpu", 1.0), ("gpu", 0.0)])),
        [""; 0],
        "the newest counts"
    );
    let story = story.given(agent(), collector(1, false, &[("gpu", 1.0), ("disks", 0.0)]));
    assert_eq!(told(&story, collector(2, false, &[("gpu", 1.0)])), [""; 0], "that is known");
    assert_eq!(
        told(&story, collector(2, false, &[("gpu", 0.0), ("disks", 1.0)])),
        ["CollectorFailed", "CollectorRecovered"]
    );
    let names: Vec<_> = (0..200).map(|n| format!("c{n}")).collect();
    let flood: Vec<_> = names.iter().map(|name| (name.as_str(), 1.0)).collect();
    assert_eq!(told(&story, collector(2, false, &flood)).len(), 63, "so many are known and no more");
}
