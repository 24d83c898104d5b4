//! How long the console takes to answer, with a long history behind it.

use crate::fleet::hub;
use crate::people::{COOKIE, register, sign_in};
use crate::report::{Aim, Figure, median, quantile};
use crate::{Sizes, start};
use anyhow::{Context as _, Result, ensure};
use std::path::Path;
use std::time::{Duration, Instant};

/// Milliseconds that are aimed at, in the middle of all pages.
const AIM_MS: f64 = 20.0;
/// Longest wait for one page.
const PATIENCE: Duration = Duration::from_secs(60);
/// Pages of the console; `{machine}` stands for one of the machines.
const PAGES: &[&str] = &[
    "/machines",
    "/machines/{machine}",
    "/machines/{machine}/edit",
    "/alerts",
    "/rules",
    "/checks",
    "/silences",
    "/channels",
    "/deliveries",
    "/people",
    "/groups",
    "/audit",
    "/log",
    "/account",
    "/regions/machines",
    "/regions/activity",
    "/api/machines/{machine}/series?metric=cpu_percent&from_us={from}&to_us={to}",
];

/// Every page some times, one after the other on one connection, beside the shortest answer that there is.
pub async fn measure(program: &Path, sizes: &Sizes) -> Result<Vec<Figure>> {
    let passing = tempfile::tempdir()?;
    let folder = start::history(program, sizes, passing.path()).await?;
    let people = folder.join("people");
    if !people.exists() {
        register(&folder, sizes.people).await?;
        std::fs::write(people, [])?;
    }
    let secret = sign_in(&folder).await?;
    let authority = reqwest::Certificate::from_pem(&std::fs::read(folder.join("ca.pem"))?)?;
    let client = reqwest::Client::builder()
        .add_root_certificate(authority)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()?;
    let server = hub(program, &folder, "serve").await?;
    let base = format!("https://localhost:{}", server.port("console_port")?);
    let ask = async |path: &str| {
        let begun = Instant::now();
        let request = client.get(format!("{base}{path}")).header("cookie", format!("{COOKIE}={secret}"));
        let response = request.send().await?;
        let status = response.status();
        let body = response.bytes().await?;
        ensure!(status.is_success(), "{path} answers {status}");
        Ok((begun.elapsed().as_secs_f64() * 1e3, body))
    };
    let list = String::from_utf8(ask("/machines").await?.1.to_vec())?;
    let machine =
        list.split("href=\"/machines/").filter_map(|rest| rest.get(..36)).find(|id| !id.contains('"'));
    let machine = machine.context("no machine on its page")?;
    let now_us = watchroom::clock::Clock::now_us(&watchroom::clock::SystemClock);
    let (from, to) = ((now_us - 3_600_000_000).to_string(), now_us.to_string());
    let (mut all, mut figures) = (Vec::new(), Vec::new());
    for page in PAGES {
        let path = page.replace("{machine}", machine).replace("{from}", &from).replace("{to}", &to);
        // The first one finds nothing prepared.
        let (first, body) = ask(&path).await?;
        let mut waits = Vec::new();
        for _ in 0..sizes.asked {
            waits.push(ask(&path).await?.0);
        }
        all.extend(waits.iter().copied());
        let name = page.split('?').next().unwrap_or(page);
        let note =
            format!("99% {:.1} ms, first {first:.1} ms, {} KiB", quantile(&waits, 0.99), body.len() >> 10);
        figures.push(Figure::of_runs(format!("answer of {name}"), "ms", vec![median(&waits)]).note(note));
    }
    let mut raw = Vec::new();
    for _ in 0..sizes.asked {
        raw.push(ask("/healthz").await?.0);
    }
    server.stop().await?;
    let name = format!(
        "answer of the console, {} events and {} people, middle of all pages",
        sizes.history, sizes.people
    );
    let whole = Figure::of_runs(name, "ms", vec![median(&all)]);
    let whole = whole.aim(Aim::AtMost(AIM_MS)).beside("/healthz on the same connection", median(&raw));
    figures.insert(0, whole.note(format!("99% {:.1} ms", quantile(&all, 0.99))));
    Ok(figures)
}
