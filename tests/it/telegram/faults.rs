//! What Telegram does to bots.

use super::{ADA, Room};
use crate::harness::bot_api::Fault;
use crate::harness::wait::{PATIENCE, until};
use crate::web::inside::{in_system, named};
use std::time::Duration;
use watchroom_domain::*;

const GROUP: i64 = -77;
const SUPERGROUP: i64 = -1_000_077;

#[test]
fn a_chat_that_wants_to_wait_is_waited_for_and_a_line_lost_is_told_again_with_a_mark() {
    in_system(async {
        let (mut room, machine) = Room::linked().await;
        room.api.flood(ADA, Duration::from_secs(2));
        room.read(machine, 91.5).await;
        room.told(ADA, "91.5 °C").await;
        assert!(
            room.api.impatient() <= 1,
            "only the first call can come too early: {}",
            room.api.impatient()
        );

        room.api.fault("sendmessage", Fault::Dropped);
        room.read(machine, 70.0).await;
        room.told(ADA, "back at 70 °C").await;
        room.so("the doubt on record", |s| s.deliveries.values().any(|d| d.answer.starts_with("no answer")))
            .await;
        room.hub.hub.stop().await;
    });
}

#[test]
fn a_critical_alarm_whose_answer_was_lost_comes_again_and_says_so() {
    in_system(async {
        let (mut room, machine) = Room::linked().await;
        room.api.fault("sendmessage", Fault::Dropped);
        room.read(machine, 91.5).await;
        room.told(ADA, "You may have this already").await;
        let posted: Vec<_> = room.api.posted(ADA).into_iter().filter(|m| m.text.contains("91.5")).collect();
        assert_eq!(posted.len(), 2, "{posted:#?}");
        room.hub.hub.stop().await;
    });
}

#[test]
fn a_gateway_out_of_order_delays_a_message_and_loses_none() {
    in_system(async {
        let (mut room, machine) = Room::linked().await;
        room.api.fault("sendmessage", Fault::BadGateway);
        room.api.fault("getupdates", Fault::BadGatewayPage);
        room.read(machine, 91.5).await;
        room.told(ADA, "91.5 °C").await;
        assert_eq!(room.api.posted(ADA).iter().filter(|m| m.text.contains("91.5")).count(), 1);
        room.hub.hub.stop().await;
    });
}

#[test]
fn a_group_that_has_moved_is_followed_and_that_is_recorded() {
    in_system(async {
        let (mut room, machine) = Room::linked().await;
        room.api.group(GROUP, "Room 2");
        room.link(GROUP, ADA).await;
        room.api.migrate(GROUP, SUPERGROUP, false);
        room.read(machine, 91.5).await;
        room.told(SUPERGROUP, "91.5 °C").await;
        let moved = SUPERGROUP.to_string();
        room.so("the new address", |s| {
            s.destination("telegram", &moved).is_some_and(|d| d.group)
                && s.subscriptions.values().any(|s| s.address == moved)
        })
        .await;
        room.hub.hub.stop().await;
    });
}

#[test]
fn a_bot_that_was_blocked_is_told_nothing_more_and_the_account_page_says_so() {
    in_system(async {
        let (mut room, machine) = Room::linked().await;
        room.api.block(ADA, true);
        room.read(machine, 91.5).await;
        room.so("the end of it", |s| s.subscriptions.values().any(|s| s.disabled.is_some())).await;
        let page = room.owner.get("/account").await;
        assert!(page.body.contains("No alerts come here"), "{}", page.body);
        room.api.block(ADA, false);
        room.link(ADA, ADA).await;
        room.read(machine, 70.0).await;
        room.so("the end of the first incident", |s| !s.incidents.values().any(Incident::has_fired)).await;
        room.read(machine, 92.5).await;
        room.told(ADA, "92.5 °C").await;
        room.hub.hub.stop().await;
    });
}

#[test]
fn a_group_in_which_the_bot_may_not_write_is_told_nothing_more_and_its_owner_hears_of_it() {
    in_system(async {
        let (mut room, machine) = Room::linked().await;
        room.api.group(GROUP, "Room 2");
        room.link(GROUP, ADA).await;
        room.api.mute(GROUP, true);
        room.read(machine, 91.5).await;
        let muted = |s: &Subscription| s.disabled.as_deref() == Some("400 may not write to this chat");
        room.so("the end of it", |s| s.subscriptions.values().any(muted)).await;
        room.told(ADA, "91.5 °C").await;
        room.told(ADA, "takes nothing any more").await;
        room.hub.hub.stop().await;
    });
}

#[test]
fn another_program_with_the_token_is_said_and_a_webhook_is_taken_away() {
    in_system(async {
        let mut room = Room::new().await;
        room.api.rival(true);
        until("the account page to say so", PATIENCE, async || {
            room.owner.get("/account").await.body.contains("Another program uses this bot").then_some(())
        })
        .await;
        let page = room.owner.get("/channels/telegram").await;
        assert!(page.body.contains("Another program uses this bot"), "{}", page.body);
        let concerns = room.hub.hub.core.health.concerns();
        assert!(concerns.iter().any(|(part, _)| *part == "telegram"), "{concerns:?}");
        room.api.rival(false);
        room.api.set_webhook("https://elsewhere.example.org/hook");
        // Other settings, the same bot: it begins anew.
        let mut settings = room.settings();
        settings.insert("language".into(), "zh-CN".into());
        room.hub.tell(Command::ConfigureChannel { channel: "telegram".to_owned(), settings }).await;
        room.api.until("the webhook to go", || room.api.webhook().is_empty().then_some(())).await;
        room.api.person(666, "Eve", "en");
        room.api.say(666, 666, "hello");
        room.told(666, "这个机器人").await;
        room.hub.hub.stop().await;
    });
}

#[test]
fn what_could_not_be_sent_for_a_while_comes_once_and_says_that_it_is_late() {
    in_system(async {
        let (mut room, machine) = Room::linked().await;
        let other = room.hub.machine(named("node-08")).await;
        room.hub.clock.stop();
        room.api.down().await;
        room.read(machine, 91.5).await;
        room.so("an attempt", |s| s.deliveries.values().any(|d| d.attempts > 0)).await;
        room.read(other, 92.5).await;
        let fired = |s: &State| s.incidents.values().filter(|i| i.has_fired()).count();
        room.so("another incident", |s| fired(s) == 2).await;
        // Late already when the far side is back, and then time for another attempt.
        room.hub.clock.forward(10 * MINUTE_US);
        room.api.up().await;
        room.hub.clock.forward(HOUR_US);
        // Something happens, so that everybody looks at the clock.
        room.read(machine, 93.5).await;
        let shown = room.told(ADA, "node-07").await;
        assert!(shown.text.contains("This comes late"), "{shown:#?}");
        room.told(ADA, "node-08").await;
        assert_eq!(room.api.notified(ADA).len(), 3, "each once, and hello");
        // The end comes behind the beginning, as a reply to it.
        let begin = room.told(ADA, "node-07").await;
        room.read(machine, 70.0).await;
        room.api.message("the end", ADA, |m| m.reply_to == Some(begin.id)).await;
        room.hub.hub.stop().await;
    });
}
