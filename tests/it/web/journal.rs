//! The audit and the log browser, as those find them who may read the log.

use super::inside::{Inside, in_system, named};
use crate::harness::http::Http;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use watchroom::actors::handle::Submit as _;
use watchroom::clock::Clock as _;
use watchroom_domain::*;

const PEOPLE: [(&str, Role); 3] =
    [("root", Role::Owner), ("admin", Role::Administrator), ("ada", Role::Operator)];

fn id(name: &str) -> SubjectId {
    SubjectId::derived(&[name])
}

/// The middle of a page.
async fn page(visitor: &mut Http, path: &str) -> String {
    let answer = visitor.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let (_, rest) = answer.body.split_once("<main").unwrap();
    rest.split_once("</main>").unwrap().0.to_owned()
}

fn rows(page: &str) -> usize {
    page.matches("<tr id=\"e-").count()
}

async fn acts(inside: &Inside, ada: &mut Http) -> String {
    let fields = [("name", "=HYPERLINK(1)"), ("place", "<b>room</b>")];
    let made = ada.post("/machines/new", &fields).await;
    let machine = made.location().trim_start_matches("/machines/").trim_end_matches("/enrol").to_owned();
    inside.machine(named("by-the-hub")).await;
    machine
}

#[test]
fn the_audit_says_who_did_what_to_what_and_from_where() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut ada = inside.signed_in("ada").await;
        let machine = acts(&inside, &mut ada).await;
        // By the very form to sign in, the address is known.
        let mut root = inside.signed_in("root").await;
        let all = page(&mut root, "/audit").await;
        assert!(all.contains("Person ada") && all.contains("machine added"), "{all}");
        assert!(all.contains(&format!("/machines/{machine}")), "the thing is a link");
        assert!(!all.contains("by-the-hub"), "what no person did is not here");
        assert_eq!(rows(&page(&mut root, &format!("/audit?person={}&kind=machines", id("ada"))).await), 1);
        assert_eq!(rows(&page(&mut root, &format!("/audit?person={}", id("admin"))).await), 0);
        let about = page(&mut root, &format!("/audit?stream=machine/{machine}")).await;
        assert_eq!(rows(&about), 1);
        assert!(about.contains("=HYPERLINK(1)") && about.contains("About everything"));
        assert_eq!(rows(&page(&mut root, "/audit?from=2200-01-01T00:00").await), 0);
        assert!(rows(&page(&mut root, "/audit?to=2200-01-01T00:00").await) > 1);
        for nonsense in ["before=-1", "stream=%00"] {
            page(&mut root, &format!("/audit?{nonsense}")).await;
        }
        let mut operator = inside.signed_in("ada").await;
        assert_eq!(operator.get("/audit").await.status, 403);
        assert_eq!(operator.get("/audit/export?format=csv").await.status, 403);
        inside.hub.stop().await;
    });
}

#[test]
fn sessions_say_from_where_somebody_acted() {
    in_system(async {
        let inside = Inside::start().await;
        let mut owner = inside.owner().await;
        owner.post("/groups", &[("name", "Lab")]).await;
        let shown = page(&mut owner, "/audit?kind=people").await;
        assert!(shown.contains("group made") && shown.contains("127.0.0.1"), "{shown}");
        inside.hub.stop().await;
    });
}

#[test]
fn the_export_holds_the_same_and_no_formula() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut ada = inside.signed_in("ada").await;
        acts(&inside, &mut ada).await;
        for n in 0..700 {
            let command =
                Command::AddGroup { group: GroupId::derived(&[&n.to_string()]), name: format!("g{n}") };
            let by = Envelope::new(By::Person(id("root")), command);
            inside.hub.core.registry.submit(by).await.unwrap();
        }
        let mut root = inside.signed_in("root").await;
        let csv = root.get("/audit/export?format=csv").await;
        assert_eq!(csv.header("Content-Type"), Some("text/csv; charset=utf-8"));
        assert!(csv.header("Content-Disposition").unwrap().contains("watchroom-audit.csv"));
        assert!(csv.body.contains("\"'=HYPERLINK(1)\"") && !csv.body.contains("\"=HYPERLINK"), "defused");
        assert!(csv.body.contains("\"g0\"") && csv.body.contains("\"g699\""), "more than one chunk");
        let lines = root.get(&format!("/audit/export?format=jsonl&person={}", id("ada"))).await.body;
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(lines.iter().all(|line| line["who"] == "Person ada"));
        assert!(lines.iter().any(|line| line["event"] == "MachineRegistered"));
        assert_eq!(root.get("/audit/export?format=xlsx").await.status, 400);
        inside.hub.stop().await;
    });
}

const UNREADABLE: [(&str, &str); 5] = [
    ("person=garbage", "There is nobody like that."),
    ("kind=bogus", "There is no such kind."),
    ("from=2026-13-45", "This is no time."),
    ("to=yesterday", "This is no time."),
    ("person=garbage&kind=groups&from=2020-01-01T00:00", "There is nobody like that."),
];

#[test]
fn what_cannot_be_read_never_means_everything() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut ada = inside.signed_in("ada").await;
        acts(&inside, &mut ada).await;
        let mut root = inside.signed_in("root").await;
        for (query, said) in UNREADABLE {
            for list in ["/audit", "/log"] {
                let shown = page(&mut root, &format!("{list}?{query}")).await;
                assert_eq!((rows(&shown), shown.matches(said).count()), (0, 1), "{list}?{query}: {shown}");
                assert!(!shown.contains("rel=\"next\""), "{list}?{query}");
            }
            let file = root.get(&format!("/audit/export?format=csv&{query}")).await;
            assert_eq!(file.status, 400, "{query}");
            assert!(file.body.contains(said) && !file.body.contains("machine added"), "{}", file.body);
            assert_eq!(file.header("Content-Type"), Some("text/plain; charset=utf-8"));
        }
        // Somebody of whom nothing stands in the log is somebody.
        let nobody = format!("/audit/export?format=jsonl&person={}", SubjectId::derived(&["nobody"]));
        assert_eq!(root.get(&nobody).await.body, "");
        inside.hub.stop().await;
    });
}

#[test]
fn a_word_that_no_list_knows_shows_nothing_and_says_so() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        inside.machine(named("node-01")).await;
        let mut root = inside.signed_in("root").await;
        for (known, unknown, row) in [
            ("/people", "role=bogus", "Person ada"),
            ("/people?state=open", "state=bogus", "Person ada"),
            ("/machines", "state=bogus", "<tr id=\"m-"),
            ("/rules?state=on", "state=bogus", "id=\"rule-"),
            ("/rules?severity=critical", "severity=bogus", "id=\"rule-"),
        ] {
            assert!(page(&mut root, known).await.contains(row), "{known}");
            let path = format!("{}?{unknown}", known.split('?').next().unwrap());
            let shown = page(&mut root, &path).await;
            assert!(!shown.contains(row) && shown.contains("This choice is not known"), "{path}: {shown}");
        }
        for path in ["/alerts?show=bogus", "/alerts?severity=bogus", "/deliveries?state=x"] {
            assert!(page(&mut root, path).await.contains("This choice is not known"), "{path}");
        }
        inside.hub.stop().await;
    });
}

/// Notes of the hub's own that make long lines in a file.
fn long_notes(count: usize) -> Vec<Event> {
    let note = |n: usize| body::SettingsReloaded {
        applied: vec![format!("{n} {}", "x".repeat(20_000))],
        waiting: Vec::new(),
    };
    (0..count).map(|n| note(n).into()).collect()
}

#[test]
fn who_loses_the_right_gets_no_more_of_a_file_that_is_under_way() {
    in_system(async {
        let count = 4_000;
        let inside = Inside::with_people_and(&PEOPLE, long_notes(count)).await;
        let admin = inside.signed_in("admin").await;
        let mut stream = admin.connect().await;
        let request = format!(
            "GET /audit/export?format=jsonl&kind=hub HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nConnection: close\r\n\r\n",
            admin.origin().replace("https://", ""),
            admin.cookie_line()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut read = vec![0; 100_000];
        stream.read_exact(&mut read).await.unwrap();
        assert!(read.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&read[..200]));
        inside.tell(Command::SuspendPerson { person: id("admin") }).await;
        // It is broken off: neither the last chunk comes nor the rest of the lines.
        let _ = stream.read_to_end(&mut read).await;
        let lines = read.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"{")).count();
        assert!(lines < count - 500, "{lines} of {count}");
        assert!(!read.ends_with(b"\r\n0\r\n\r\n"));
        inside.hub.stop().await;
    });
}

#[test]
fn the_log_is_browsed_by_stream_kind_person_and_time() {
    in_system(async {
        let mut inside = Inside::with_people(&PEOPLE).await;
        let mut ada = inside.signed_in("ada").await;
        let machine = acts(&inside, &mut ada).await;
        let read: MachineId = machine.parse().unwrap();
        let now = inside.clock.now_us();
        inside.read(read, now, &[(super::inside::series("temperature_c", &[]), 71.5)]).await;
        let mut root = inside.signed_in("root").await;
        let all = page(&mut root, "/log").await;
        assert!(all.contains("MachineRegistered") && !all.contains(">Telemetry<"), "{all}");
        assert!(page(&mut root, "/log?telemetry=on").await.contains(">Telemetry<"));
        assert_eq!(rows(&page(&mut root, &format!("/log?stream=machine/{machine}&kind=10")).await), 1);
        assert_eq!(rows(&page(&mut root, &format!("/log?kind=10&person={}", id("ada"))).await), 1);
        assert_eq!(rows(&page(&mut root, "/log?kind=10").await), 2);
        assert_eq!(rows(&page(&mut root, "/log?kind=30").await), 1, "readings where they are asked for");
        assert_eq!(rows(&page(&mut root, "/log?stream=nothing").await), 0);
        assert!(page(&mut root, "/log?follow=on").await.contains("data-region=\"log\""));
        assert!(!page(&mut root, "/log").await.contains("data-region=\"log\""));
        let mut operator = inside.signed_in("ada").await;
        assert_eq!(operator.get("/log").await.status, 403);
        assert_eq!(operator.get("/log/1").await.status, 403);
        inside.hub.stop().await;
    });
}

#[test]
fn older_events_are_reached_by_turning_and_none_is_shown_twice() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        for n in 0..120 {
            inside
                .tell(Command::AddGroup { group: GroupId::derived(&[&n.to_string()]), name: format!("g{n}") })
                .await;
        }
        let mut root = inside.signed_in("root").await;
        let (mut path, mut seen) = ("/log?kind=91".to_owned(), 0);
        loop {
            let page = page(&mut root, &path).await;
            seen += rows(&page);
            let older = page.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
            let Some(older) = older else { break };
            path = older.replace("&#38;", "&").replace("&amp;", "&");
        }
        assert_eq!(seen, 120);
        inside.hub.stop().await;
    });
}

#[test]
fn an_event_shows_what_it_says_and_never_a_secret() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut ada = inside.signed_in("ada").await;
        acts(&inside, &mut ada).await;
        let mut root = inside.signed_in("root").await;
        let first = page(&mut root, "/log/1").await;
        assert!(first.contains("PersonRegistered") && first.contains("Person root"), "{first}");
        assert!(first.contains("(hidden)") && first.contains("password_phc"), "a password's hash is hidden");
        let log = page(&mut root, "/log?kind=10").await;
        let pos = log.split("data-row=\"/log/").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let newest = page(&mut root, &format!("/log/{pos}")).await;
        assert!(newest.contains("by-the-hub"));
        let before = page(&mut root, &format!("/log?kind=10&person={}", id("ada"))).await;
        let pos = before.split("data-row=\"/log/").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let hostile = page(&mut root, &format!("/log/{pos}")).await;
        assert!(hostile.contains("&#60;b&#62;room") && !hostile.contains("<b>room"), "{hostile}");
        for nothing in ["/log/0", "/log/99999999", "/log/x", "/log/-1"] {
            assert_eq!(root.get(nothing).await.status, 404, "{nothing}");
        }
        inside.hub.stop().await;
    });
}

#[test]
fn what_was_forgotten_is_said_to_be_forgotten() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut root = inside.signed_in("root").await;
        assert!(page(&mut root, "/log/3").await.contains("Person ada"));
        inside.hub.core.log.forget(id("ada")).await.unwrap();
        let shown = page(&mut root, "/log/3").await;
        assert!(shown.contains("has been forgotten") && !shown.contains("ada@people.example"), "{shown}");
        assert!(page(&mut root, "/log").await.contains("forgotten"));
        inside.hub.stop().await;
    });
}
