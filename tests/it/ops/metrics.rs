//! What Prometheus reads, judged by its own tool.

use crate::hub::{More, TestHub};
use crate::socket::client::{Agent, now_us, say};
use crate::web::inside::{Inside, in_system, named, series};
use serde_json::json;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;
use watchroom::clock::Clock as _;
use watchroom::settings::load;

const TOKEN: &str = "0123456789abcdef-prometheus";

async fn scrape(hub: &mut TestHub, token: Option<&str>) -> (u16, String) {
    let line = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<_> = line.iter().map(|line| ("Authorization", line.as_str())).collect();
    let answer = hub.web.stranger().send("GET", "/metrics", &headers, "").await;
    (answer.status, answer.body)
}

/// What `promtool check metrics` says of a text.
fn judge(text: &str) -> Result<(), String> {
    let mut tool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool, of the Debian package prometheus");
    tool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = tool.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&said).into_owned()) }
}

#[tokio::test]
async fn without_a_token_in_the_settings_there_is_no_such_page() {
    let mut hub = TestHub::owned().await;
    assert_eq!(hub.web.get("/metrics").await.status, 404);
    assert_eq!(scrape(&mut hub, Some("")).await.0, 404);
    assert_eq!(scrape(&mut hub, None).await.0, 404);
}

#[tokio::test]
async fn prometheus_reads_the_hub_and_every_machine() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
    let areas = format!("[metrics]\ntoken = \"file:{}\"", file.display());
    let mut hub = TestHub::start_with(&More { areas, ..More::default() }).await;
    hub.set_up().await;
    let agent = Agent::join(&mut hub, "Rack \"7\" \\ north").await;
    let mut line = agent.open(&hub, 1).await;
    line.record(1, "cpu_percent", 50.0).await;
    line.record(2, "temperature_c", 91.5).await;
    let hostile = json!({"type": "samples", "seq": 3, "sent_us": now_us(), "observed_us": now_us(), "samples": [
        {"metric": "disk_used_bytes", "labels": {"disk": "a\"} 1 \\", "machine": "another"}, "value": 7.0},
    ]});
    assert_eq!(line.ask(hostile).await["type"], "ack");
    say(&mut line.socket, json!({"type": "nonsense"})).await;
    line.socket.read().await.unwrap();

    for token in [None, Some(""), Some("0123456789abcdef-prometheuz"), Some("0123456789abcdef")] {
        assert_eq!(scrape(&mut hub, token).await.0, 401, "{token:?}");
    }
    assert_eq!(hub.web.get("/metrics").await.status, 401, "being signed in is another thing");
    let (status, text) = scrape(&mut hub, Some(TOKEN)).await;
    assert_eq!(status, 200);
    judge(&text).unwrap_or_else(|why| panic!("{why}\n{text}"));
    let machine = format!("machine=\"Rack \\\"7\\\" \\\\ north\",machine_id=\"{}\"", agent.machine);
    for expected in [
        format!("watchroom_machine_cpu_ratio{{{machine}}} 0.5\n"),
        format!("watchroom_machine_temperature_celsius{{{machine}}} 91.5\n"),
        format!(
            "watchroom_machine_disk_used_bytes{{{machine},disk=\"a\\\"}} 1 \\\\\",label_machine=\"another\"}} 7\n"
        ),
        format!("watchroom_agent_connected{{{machine}}} 1\n"),
        "watchroom_events_total{kind=\"Telemetry\"} 3\n".to_owned(),
        "watchroom_socket_refused_total{code=\"unknown_type\"} 1\n".to_owned(),
        "watchroom_agents_connected 1\n".to_owned(),
        "watchroom_reader_lag_events{reader=\"alerter\"}".to_owned(),
        "watchroom_batch_duration_seconds_bucket{le=\"+Inf\"}".to_owned(),
        "watchroom_values_left_out 0\n".to_owned(),
    ] {
        assert!(text.contains(&expected), "{expected} is not in\n{text}");
    }
    assert!(judge("# HELP a b\n# TYPE a gauge\na{x=\"1\"\n").is_err(), "the judge sees what is wrong");
}

/// Prints what it measures; a busy machine would make an assertion on time a lie.
#[test]
fn five_hundred_machines_with_a_hundred_series_each_are_one_answer() {
    in_system(async {
        let mut inside = Inside::start().await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, TOKEN).unwrap();
        let token = ("WATCHROOM__METRICS__TOKEN".to_owned(), format!("file:{}", file.display()));
        inside
            .hub
            .reloader
            .reads_by(Arc::new(move || load(None, std::slice::from_ref(&token)).map_err(|e| e.to_string())));
        let done = inside.hub.reloader.reload().await.unwrap();
        assert!(done.applied.contains(&"metrics.token".to_owned()), "{done:?}");
        let now = inside.clock.now_us();
        for number in 0..500 {
            let machine = inside.machine(named(&format!("node-{number}"))).await;
            let values: Vec<_> = (0..100)
                .map(|core| (series("cpu_core_percent", &[("core", &core.to_string())]), f64::from(core)))
                .collect();
            inside.read(machine, now, &values).await;
        }
        let header = format!("Bearer {TOKEN}");
        let begun = Instant::now();
        let mut visitor = inside.web.stranger();
        let answer = visitor.send("GET", "/metrics", &[("Authorization", &header)], "").await;
        eprintln!("{} bytes in {:?}", answer.body.len(), begun.elapsed());
        let lines = answer.body.lines().filter(|line| line.starts_with("watchroom_machine_cpu_core_ratio{"));
        assert_eq!(lines.count(), 50_000);
        judge(&answer.body).unwrap();
        inside.hub.stop().await;
    });
}
