//! From a reading that an agent sends to the frame of the browser that shows it.

use crate::Sizes;
use crate::browser::Browser;
use crate::fleet::{Fleet, hub};
use crate::line::Line;
use crate::people::{COOKIE, sign_in};
use crate::report::{Aim, Figure, median, quantile};
use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::time::sleep;
use watchroom::clock::{Clock as _, SystemClock};

/// Between two readings.
const PAUSE: Duration = Duration::from_millis(150);
/// Milliseconds that are aimed at.
const AIM_MS: f64 = 100.0;

/// Notes each value with the time after the frame in which it was painted.
const WATCH: &str = r#"
    const shown = [...document.querySelectorAll("[data-machine][data-value]")]
        .find((e) => e.dataset.value.split(" ")[0] === "cpu_percent");
    if (!shown) return false;
    window.seen = [];
    new MutationObserver(() => {
        const value = Number(shown.dataset.now);
        requestAnimationFrame(() => setTimeout(() => {
            window.seen.push([value, performance.timeOrigin + performance.now()]);
        }));
    }).observe(shown, { childList: true, characterData: true, subtree: true });
    return document.querySelector("[data-live]")?.dataset.live === "on";
"#;

/// One reading after the other, on the page of all machines.
pub async fn measure(program: &Path, sizes: &Sizes) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let fleet = Fleet::new(program, folder.path(), 1).await?;
    let secret = sign_in(folder.path()).await?;
    let server = hub(program, folder.path(), "serve").await?;
    let console = format!("https://localhost:{}", server.port("console_port")?);
    let address = SocketAddr::from(([127, 0, 0, 1], server.port("socket_port")?));
    let mut line = Line::open(address, fleet.config(0), 1).await?;
    say(&mut line, 1, 15.0).await?;
    let browser = Browser::start().await?;
    browser.cookie(&console, COOKIE, &secret).await?;
    browser.goto(&console).await?;
    let mut tries = 0;
    while browser.eval(WATCH).await? != json!(true) {
        tries += 1;
        ensure!(tries < 100, "the page does not show the machine");
        sleep(PAUSE).await;
    }
    let mut sent = Vec::new();
    for n in 0..sizes.readings {
        let value = 20.0 + (n % 60) as f64;
        sent.push((value, SystemClock.now_us() as f64 / 1e3));
        say(&mut line, n as u64 + 2, value).await?;
        sleep(PAUSE).await;
    }
    sleep(PAUSE).await;
    let seen = browser.eval("return window.seen").await?;
    browser.close().await?;
    server.stop().await?;
    let seen: Vec<(f64, f64)> = seen
        .as_array()
        .context("nothing was seen")?
        .iter()
        .filter_map(|pair| pair[0].as_f64().zip(pair[1].as_f64()))
        .collect();
    let waits: Vec<f64> = sent
        .iter()
        .filter_map(|(value, at_ms)| {
            seen.iter().find(|(v, t)| v == value && t >= at_ms).map(|(_, t)| t - at_ms)
        })
        .collect();
    ensure!(waits.len() * 10 >= sent.len() * 9, "only {} of {} were seen", waits.len(), sent.len());
    let note = format!("90% {:.0} ms, longest {:.0} ms", quantile(&waits, 0.9), quantile(&waits, 1.0));
    Ok(vec![
        Figure::of_runs(
            format!("a reading to the browser's pixel, the middle of {}", waits.len()),
            "ms",
            vec![median(&waits)],
        )
        .aim(Aim::AtMost(AIM_MS))
        .note(note),
    ])
}

async fn say(line: &mut Line, seq: u64, value: f64) -> Result<()> {
    let now_us = SystemClock.now_us();
    let frame = format!(
        "{{\"type\":\"samples\",\"seq\":{seq},\"sent_us\":{now_us},\"samples\":[{{\"metric\":\"cpu_percent\",\"value\":{value}}}]}}\n"
    );
    line.send(frame.as_bytes()).await?;
    line.answers(1).await
}
