use super::*;
use crate::clock::SystemClock;
use crate::event_log::{LogOptions, MasterKey};
use clap::Parser;
use serde_json::Value;
use std::sync::Arc;
use watchroom_domain::*;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    action: LogAction,
}

fn new(event: impl Into<Event>, expected: Option<u64>) -> NewEvent {
    let event = event.into();
    let (id, stream) = (EventId::derived(&[&event.stream()]), event.stream());
    NewEvent { id, stream, expected, ts_us: 1_790_000_000_000_000, meta: Meta::by(By::Hub), event }
}

/// A machine with a bell in its name, its keeper, an account, and one frame.
async fn log() -> EventLog {
    let options = LogOptions {
        node: "one".into(),
        master_key: MasterKey::new("test", [7; 32]),
        clock: Arc::new(SystemClock),
    };
    let log = EventLog::open("memory:", options).await.unwrap();
    let (machine, keeper) = (MachineId::derived(&["m"]), SubjectId::derived(&["ada"]));
    let details = MachineDetails { name: "rack\u{7}\u{9b}2J".into(), ..MachineDetails::default() };
    let (name, phone, mail) = ("Ada Lovelace".into(), "020".into(), "ada@example.org".into());
    let key = SeriesKey { metric: "cpu_percent".into(), labels: Labels::from([("core".into(), "0".into())]) };
    let sample = Sample { series: 1, observed_us: 5, value: 12.5 };
    let person = body::PersonRegistered {
        person: keeper,
        login: "ada".into(),
        display_name: "Ada".into(),
        mail: "ada@example.org".into(),
        role: Role::Owner,
        password_phc: "$argon2id$secret".into(),
        way: None,
        address: None,
    };
    let group = vec![
        new(body::MachineRegistered { machine, details }, Some(0)),
        new(body::KeeperSet { machine, keeper, name, phone, mail }, Some(1)),
        new(person, Some(0)),
        new(body::SeriesDefined { def: SeriesDef { series: 1, machine, key } }, Some(0)),
        new(Event::Telemetry(Telemetry { machine, samples: vec![sample] }), None),
    ];
    log.append(vec![group]).await.unwrap()[0].as_ref().unwrap();
    log
}

async fn run_on(log: &EventLog, arguments: &str) -> Result<String, Failure> {
    let words = ["log"].into_iter().chain(arguments.split(' '));
    let action = Arguments::try_parse_from(words).map_err(|e| Failure::usage(e.to_string()))?.action;
    let mut out = Vec::new();
    match execute(log, &action, &mut out).await {
        Err(Ended::Failed(failure)) => Err(failure),
        _ => Ok(String::from_utf8(out).unwrap()),
    }
}

async fn json(log: &EventLog, arguments: &str) -> Vec<Value> {
    let text = run_on(log, arguments).await.unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_sound_log_is_told_with_its_chain() {
    let log = log().await;
    let text = run_on(&log, "verify").await.unwrap();
    assert!(text.starts_with("The log is sound: 5 events in 1 batches.\nChain: "), "{text}");
    let found = json(&log, "verify --json").await.remove(0);
    assert_eq!((&found["sound"], &found["head"]), (&Value::from(true), &Value::from(5)));
    assert!(text.contains(found["chain"].as_str().unwrap()));
}

#[tokio::test]
async fn cat_prints_from_to_and_one_stream() {
    let log = log().await;
    let positions = async |arguments: &str| -> Vec<u64> {
        json(&log, arguments).await.iter().map(|e| e["pos"].as_u64().unwrap()).collect()
    };
    assert_eq!(positions("cat --json").await, [1, 2, 3, 4, 5]);
    assert_eq!(positions("cat --json --from 2 --to 3").await, [2, 3]);
    assert_eq!(positions("cat --json --from 9").await, [0u64; 0]);
    let stream = format!("machine/{}", MachineId::derived(&["m"]));
    assert_eq!(positions(&format!("cat --json --stream {stream}")).await, [1, 2]);
    assert_eq!(positions("tail --json -n 2").await, [4, 5]);
    assert_eq!(positions("tail --json --lines 99").await, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn personal_text_is_printed_only_when_asked_for_and_password_hashes_never() {
    let log = log().await;
    for arguments in ["cat", "cat --json", "tail"] {
        let text = run_on(&log, arguments).await.unwrap();
        let subject = SubjectId::derived(&["ada"]);
        assert!(text.contains(&format!("«subject {subject}»")), "{text}");
        for personal in ["Ada", "ada@", "020", "\"ada\"", "argon2id"] {
            assert!(!text.contains(personal), "{personal} in {text}");
        }
    }
    let text = run_on(&log, "cat --reveal").await.unwrap();
    assert!(text.contains("Ada Lovelace") && text.contains("ada@example.org"));
    assert!(!text.contains("argon2id"));
}

#[tokio::test]
async fn telemetry_is_printed_with_the_names_of_its_series() {
    let log = log().await;
    let text = run_on(&log, "tail -n 1").await.unwrap();
    assert!(text.ends_with("Telemetry cpu_percent{core=0}=12.5\n"), "{text}");
    let sample = json(&log, "tail -n 1 --json").await.remove(0)["body"]["samples"][0].clone();
    assert_eq!((&sample["metric"], &sample["labels"]["core"]), (&"cpu_percent".into(), &"0".into()));
}

#[tokio::test]
async fn nothing_reaches_the_terminal_that_it_would_obey() {
    let text = run_on(&log().await, "cat").await.unwrap();
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    assert!(text.contains("\\u{9b}2J"), "{text}");
}

#[tokio::test]
async fn whoever_stops_reading_is_no_failure() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let action = Arguments::try_parse_from(["log", "cat"]).unwrap().action;
    let ended = execute(&log().await, &action, &mut Closed).await;
    assert!(matches!(ended, Err(Ended::NobodyReads)));
}
