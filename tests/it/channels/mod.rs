//! What every channel holds to, and what email does besides, against a real SMTP server.

mod contract;
mod email;
mod hub;
mod outage;
mod telegram;
mod webhook;

use std::sync::Arc;
use watchroom::channels::secret::Secrets;
use watchroom::channels::{Notice, NoticeKind, Place, Stage};
use watchroom::clock::SystemClock;
use watchroom_domain::{DeliveryId, IncidentId, Severity};

pub fn place() -> Place {
    Place { clock: Arc::new(SystemClock), secrets: Secrets::within(vec![std::env::temp_dir()], Vec::new()) }
}

/// A notice of an incident that fired; `number` tells deliveries apart.
pub fn notice(number: u32) -> Notice {
    Notice {
        delivery: DeliveryId::derived(&[&number.to_string()]),
        kind: NoticeKind::Fired,
        incident: Some(IncidentId::derived(&["incident"])),
        severity: Severity::Critical,
        stage: Stage::Open,
        again: false,
        language: "en",
        address: "ada@example.org".to_owned(),
        name: "Ada Lovelace".to_owned(),
        subject: "[Watchroom] node-07: Temperature high".to_owned(),
        state: "Firing".to_owned(),
        headline: "node-07: temperature (coretemp, Core 0) at 91.5 °C, over 88 °C for 1 min".to_owned(),
        sentences: vec!["It has been so since 12:03:11.".to_owned()],
        facts: vec![("Machine".to_owned(), "node-07".to_owned()), ("Place".to_owned(), "Room 2".to_owned())],
        link: Some((
            "https://watch.example.org/alerts/1".to_owned(),
            "Look at it and acknowledge".to_owned(),
        )),
        footer: "You get this because you keep node-07.".to_owned(),
        at_us: 1_772_000_000_000_000,
        late: false,
        thread: None,
        actions: Vec::new(),
        picture: None,
        about: None,
    }
}
