//! What was told, as pages say it: by which channel, about what, and every attempt.

use super::inside::{Inside, in_system, named, rule, series};
use crate::harness::wait::{PATIENCE, until};
use serde_json::Map;
use std::sync::Arc;
use watchroom::clock::Clock as _;
use watchroom_domain::*;

fn attempt(channel: &str, cause: Position, n: u32, kind: NoticeKind) -> body::DeliveryAttempted {
    let recipient = SubjectId::derived(&["grace"]);
    body::DeliveryAttempted {
        delivery: DeliveryId::of(cause, channel, recipient),
        channel: channel.to_owned(),
        incident: None,
        cause,
        recipient,
        attempt: n,
        outcome: DeliveryOutcome::Accepted,
        answer: format!("try {n}"),
        took_us: 1_000,
        kind: Some(kind),
        subscription: None,
        reference: None,
    }
}

#[test]
fn an_alert_names_every_channel_that_told_of_it() {
    in_system(async {
        let mut inside = Inside::start().await;
        let mut owner = inside.owner().await;
        for channel in ["telegram", "webhook"] {
            let (channel, settings) = (channel.to_owned(), Map::new());
            inside.tell(Command::ConfigureChannel { channel, settings }).await;
        }
        let machine = inside.machine(named("node-07")).await;
        inside
            .tell(Command::AddRule { rule: rule("Too hot", "temperature_c", 88.0, Severity::Critical) })
            .await;
        let now = inside.clock.now_us();
        inside.read(machine, now, &[(series("temperature_c", &[]), 91.5)]).await;
        let incident = until("an alert", PATIENCE, async || {
            inside.hub.core.views.with(|s| s.incidents.values().find(|i| i.has_fired()).map(|i| i.incident))
        })
        .await;
        let cause = inside.hub.core.views.ask(|m| m.history.incident(incident).unwrap().fired_pos);
        for channel in ["telegram", "webhook"] {
            let told = attempt(channel, cause, 1, NoticeKind::Fired);
            let told = body::DeliveryAttempted { incident: Some(incident), ..told };
            inside.tell(Command::RecordAttempt(told)).await;
        }
        let page = owner.get(&format!("/alerts/{incident}")).await.body;
        for words in ["Telegram to somebody: accepted", "Webhook to somebody: accepted"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        inside.hub.stop().await;
    });
}

#[test]
fn a_delivery_is_titled_by_its_kind() {
    in_system(async {
        let inside = Inside::start().await;
        let mut owner = inside.owner().await;
        for (n, kind) in
            [NoticeKind::Digest, NoticeKind::ChannelDown, NoticeKind::Test].into_iter().enumerate()
        {
            inside.tell(Command::RecordAttempt(attempt("email", n as Position + 1, 1, kind))).await;
        }
        let page = owner.get("/deliveries").await.body;
        for title in ["What quiet hours held back", "A channel that does not work", "Test"] {
            assert!(page.contains(&format!(">{title}<")), "{title}: {page}");
        }
        inside.hub.stop().await;
    });
}

#[test]
fn every_attempt_is_found_behind_whatever_else_went_through_the_channel() {
    in_system(async {
        let inside = Inside::start().await;
        let mut owner = inside.owner().await;
        let cause = inside.position();
        inside.tell(Command::RecordAttempt(attempt("email", cause, 1, NoticeKind::Test))).await;
        let inside = Arc::new(inside);
        for part in 0..51 {
            let others = (0..100).map(|n| {
                let other = attempt("email", 1_000_000 + part * 100 + n, 1, NoticeKind::Test);
                inside.tell(Command::RecordAttempt(other))
            });
            futures_util::future::join_all(others).await;
        }
        let last = attempt("email", cause, 2, NoticeKind::Test);
        let delivery = last.delivery;
        inside.tell(Command::RecordAttempt(last)).await;
        let page = owner.get(&format!("/deliveries/{cause}/{delivery}")).await.body;
        assert!(page.contains("try 1") && page.contains("try 2"), "{page}");
        assert!(!page.contains("Not every attempt is shown"));
    });
}

#[test]
fn a_test_goes_into_ones_own_chat_only() {
    in_system(async {
        let inside = Inside::start().await;
        let mut owner = inside.owner().await;
        let (channel, settings) = ("telegram".to_owned(), Map::new());
        inside.tell(Command::ConfigureChannel { channel, settings }).await;
        let page = owner.get("/channels/telegram").await.body;
        assert!(page.contains("A test goes to a chat of your own; none is linked yet."), "{page}");
        assert_eq!(owner.post("/channels/telegram/test", &[("to", "4711")]).await.status, 403);
        inside.hub.stop().await;
    });
}
