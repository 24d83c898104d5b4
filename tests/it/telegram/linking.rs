//! How a chat becomes somebody's, and ceases to be.

use super::{ADA, Room};
use crate::harness::wait::{PATIENCE, until};
use crate::web::inside::in_system;
use watchroom_domain::*;

const EVE: i64 = 666;

#[test]
fn a_code_links_one_chat_once_and_stop_unlinks_it() {
    in_system(async {
        let mut room = Room::new().await;
        until("the account page to offer it", PATIENCE, async || {
            room.owner.get("/account").await.body.contains("Link Telegram").then_some(())
        })
        .await;
        until("the bot to be known", PATIENCE, async || room.hub.hub.telegram().borrow().bot.clone()).await;
        let answer = room.owner.post("/account/telegram", &[]).await;
        assert!(answer.body.contains("https://t.me/watchroom_test_bot?start="), "{}", answer.body);
        let code = super::code_of(&answer);
        room.api.say(ADA, ADA, &format!("/start {code}"));
        room.told(ADA, "Linked.").await;
        assert!(room.api.commands("zh").to_string().contains("graph"));

        // Used up, and never good for anybody else.
        room.api.person(EVE, "Eve", "en");
        room.api.say(EVE, EVE, &format!("/start {code}"));
        room.told(EVE, "unknown, used up or expired").await;
        let text =
            room.recorded(|e| e.to_json().is_some_and(|b| String::from_utf8_lossy(&b).contains(&code))).await;
        assert_eq!(text, 0, "the code itself stands nowhere");

        let page = room.owner.get("/account").await;
        assert!(page.body.contains("Alerts come here."), "{}", page.body);
        room.api.say(ADA, ADA, "/stop");
        room.told(ADA, "Unlinked.").await;
        let (chats, wishes) = room.hub.hub.core.views.with(|s| {
            (s.destinations.len(), s.subscriptions.values().filter(|s| s.channel == "telegram").count())
        });
        assert_eq!((chats, wishes), (0, 0));
        room.hub.hub.stop().await;
    });
}

#[test]
fn an_expired_code_is_refused_and_the_account_page_unlinks() {
    in_system(async {
        let mut room = Room::new().await;
        let code = room.code().await;
        // A minute more than its life.
        room.hub.clock.late(-LINK_CODE_LIFE_US - MINUTE_US);
        room.api.say(ADA, ADA, &format!("/start {code}"));
        room.told(ADA, "unknown, used up or expired").await;
        room.link(ADA, ADA).await;
        let id = room.hub.hub.core.views.with(|s| s.destinations.keys().next().copied()).unwrap();
        let answer = room.owner.post(&format!("/account/telegram/{id}/unlink"), &[]).await;
        assert_eq!((answer.status, answer.location()), (303, "/account"));
        assert_eq!(room.hub.hub.core.views.with(|s| s.destinations.len()), 0);
        room.hub.hub.stop().await;
    });
}

#[test]
fn strangers_get_a_short_word_and_only_now_and_then() {
    in_system(async {
        let mut room = Room::new().await;
        room.api.person(EVE, "Eve", "en");
        for n in 0..12 {
            room.api.say(EVE, EVE, if n % 2 == 0 { "/status" } else { "/start AAAABBBBCCCCDDDD" });
        }
        // Behind all of these, somebody else is answered.
        room.link(ADA, ADA).await;
        let said = room.api.posted(EVE);
        assert!((1..=8).contains(&said.len()), "{}", said.len());
        assert!(said.iter().all(|m| !m.text.contains("Machines")));
        room.hub.hub.stop().await;
    });
}
