//! People who are signed in already; passwords are another figure.

use crate::fleet::{fresh_id, new_event, open_log, record};
use anyhow::Result;
use serde_json::{Value, json};
use std::path::Path;
use uuid::Uuid;
use watchroom::clock::{Clock as _, SystemClock};
use watchroom_domain::{Event, NewEvent};
use watchroom_wire::tls::{hex, sha256};

/// The name of the session's cookie.
pub const COOKIE: &str = "__Host-watchroom";

fn event(kind: u16, body: &Value, before: u64) -> Result<NewEvent> {
    let event = Event::from_json(kind, 1, body.to_string().as_bytes())?;
    Ok(new_event(event, Some(before), SystemClock.now_us()))
}

/// An owner who is signed in, in the log of this folder; gives the cookie's secret.
pub async fn sign_in(folder: &Path) -> Result<String> {
    let log = open_log(folder).await?;
    let now = SystemClock.now_us();
    let (person, session, secret) = (fresh_id(now), fresh_id(now), fresh_id(now).to_string());
    let registered = json!({"person": person, "login": format!("bench-{person}"), "display_name": "Bench",
        "mail": "", "role": "owner", "password_phc": "none"});
    let opened = json!({"session": session, "person": person, "token_sha256": hex(&sha256(secret.as_bytes())),
        "expires_us": now + 86_400_000_000, "address": "127.0.0.1"});
    record(&log, vec![vec![event(60, &registered, 0)?], vec![event(62, &opened, 1)?]]).await?;
    log.close().await?;
    Ok(secret)
}

/// So many people with accounts, in groups of twenty.
pub async fn register(folder: &Path, count: usize) -> Result<()> {
    let log = open_log(folder).await?;
    let now = SystemClock.now_us();
    let (mut groups, mut group, mut inside) = (Vec::new(), Uuid::nil(), 0);
    for n in 0..count {
        if n % 20 == 0 {
            (group, inside) = (fresh_id(now), 0);
            let added = json!({"group": group, "name": format!("Group {group}")});
            groups.push(vec![event(91, &added, 0)?]);
        }
        inside += 1;
        let person = fresh_id(now);
        let registered = json!({"person": person, "login": format!("p-{person}"), "display_name": format!("Person {n}"),
            "mail": format!("p{n}@example.org"), "role": "member", "password_phc": "none"});
        let joined = json!({"group": group, "person": person});
        groups.push(vec![event(60, &registered, 0)?]);
        groups.push(vec![event(94, &joined, inside)?]);
    }
    record(&log, groups).await?;
    Ok(log.close().await?)
}
