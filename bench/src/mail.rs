//! From a reading's arrival to the mail server's acceptance of the mail about it.

use crate::Sizes;
use crate::fleet::{Fleet, hub, new_event, open_log, record};
use crate::line::Line;
use crate::report::{Aim, Figure, median, quantile};
use crate::smtp::Sink;
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;
use watchroom::clock::{Clock as _, SystemClock};
use watchroom_domain::Event;

/// Time for a mail to come.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two alarms: the channel sends ten mails a second for long, and waiting for that is not what is
/// measured.
const PAUSE: Duration = Duration::from_millis(120);
/// The rule that speaks at once.
const RULE: u128 = 0xbe_0000;
/// Milliseconds that are aimed at: the middle, and 99 of 100.
const AIMS_MS: [f64; 2] = [10.0, 50.0];

/// One alarm a machine, one after the other.
pub async fn measure(program: &Path, sizes: &Sizes) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let fleet = Fleet::new(program, folder.path(), sizes.alarms).await?;
    let mut sink = Sink::start().await?;
    set_up(&fleet, sink.port).await?;
    let server = hub(program, folder.path(), "serve").await?;
    let address = SocketAddr::from(([127, 0, 0, 1], server.port("socket_port")?));
    let mut lines = Vec::new();
    for n in 0..fleet.len() {
        let mut line = Line::open(address, fleet.config(n), 1).await?;
        line.send(frame(1, 20.0).as_bytes()).await?;
        line.answers(1).await?;
        lines.push(line);
    }
    // The first mail pays for the line to the server.
    let mut begun = HashMap::new();
    let mut waits = Vec::new();
    for (n, line) in lines.iter_mut().enumerate() {
        let next = Instant::now() + PAUSE;
        begun.insert(format!("node-{n:05}"), SystemClock.now_us());
        line.send(frame(2, 99.0).as_bytes()).await?;
        line.answers(1).await?;
        if n == 0 {
            take(&mut sink, &mut begun).await?;
        }
        tokio::time::sleep_until(next).await;
        while let Ok(mail) = sink.mails.try_recv() {
            waits.extend(wait_ms(&mail.text, mail.at_us, &mut begun));
        }
    }
    while !begun.is_empty() {
        waits.push(take(&mut sink, &mut begun).await?);
    }
    sleep(PAUSE).await;
    server.stop().await?;
    let name = |part: &str| format!("a reading to its mail accepted, {part} of {}", waits.len());
    let largest = quantile(&waits, 1.0);
    Ok(vec![
        Figure::of_runs(name("the middle"), "ms", vec![median(&waits)]).aim(Aim::AtMost(AIMS_MS[0])),
        Figure::of_runs(name("99%"), "ms", vec![quantile(&waits, 0.99)])
            .aim(Aim::AtMost(AIMS_MS[1]))
            .note(format!("longest {largest:.1} ms")),
    ])
}

async fn take(sink: &mut Sink, begun: &mut HashMap<String, i64>) -> Result<f64> {
    loop {
        let mail = timeout(PATIENCE, sink.mails.recv()).await.context("a mail does not come")?;
        let mail = mail.context("the mail server has ended")?;
        if let Some(wait_ms) = wait_ms(&mail.text, mail.at_us, begun) {
            return Ok(wait_ms);
        }
    }
}

/// How long a machine's mail took; none for one that nobody waits for.
fn wait_ms(mail: &str, at_us: i64, begun: &mut HashMap<String, i64>) -> Option<f64> {
    let at = mail.find("node-")?;
    let since_us = begun.remove(mail.get(at..at + 10)?)?;
    Some((at_us - since_us) as f64 / 1e3)
}

fn frame(seq: u64, value: f64) -> String {
    let now_us = SystemClock.now_us();
    format!(
        "{{\"type\":\"samples\",\"seq\":{seq},\"sent_us\":{now_us},\"samples\":[{{\"metric\":\"bench_percent\",\"value\":{value}}}]}}\n"
    )
}

/// A rule that speaks at once, the mail server, and somebody for each machine.
async fn set_up(fleet: &Fleet, port: u16) -> Result<()> {
    let log = open_log(&fleet.folder).await?;
    let now = SystemClock.now_us();
    let rule = json!({"rule": Uuid::from_u128(RULE), "name": "Bench", "scope": {"of": "everywhere"},
        "condition": {"when": "threshold", "metric": "bench_percent", "compare": "above", "fire": 90.0,
            "clear": 80.0, "for_us": 0},
        "severity": "critical", "enabled": true});
    let channel = json!({"channel": "email", "settings": {"host": "127.0.0.1", "port": port,
        "security": "none", "from": "watch@example.org"}});
    let mut groups = vec![
        vec![new_event(event(40, json!({"rule": rule}))?, Some(0), now)],
        vec![new_event(event(70, channel)?, Some(0), now)],
    ];
    for (n, machine) in fleet.machines.iter().enumerate() {
        let subscribed = json!({"subscription": Uuid::from_u128(n as u128 + 1),
            "subject": Uuid::from_u128(n as u128 + 1_000_000), "channel": "email",
            "address": format!("keeper-{n}@example.org"), "at_least": "warning",
            "scope": {"of": "machine", "machine": machine}});
        let event = event(71, subscribed)?;
        groups.push(vec![new_event(event, Some(0), now)]);
    }
    record(&log, groups).await?;
    Ok(log.close().await?)
}

/// An event of version 1, as it lies in the log.
fn event(kind: u16, body: Value) -> Result<Event> {
    Ok(Event::from_json(kind, 1, body.to_string().as_bytes())?)
}
