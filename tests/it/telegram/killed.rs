//! The far side is down for a while, and the hub is killed meanwhile.

use super::{ADA, code_of};
use crate::harness::bot_api::{BotApi, TOKEN};
use crate::harness::wait::{PATIENCE, until};
use crate::hub::TestHub;
use crate::socket::client::Agent;

#[tokio::test]
async fn nothing_is_lost_or_doubled_when_the_hub_is_killed_while_telegram_is_away() {
    let mut api = BotApi::start().await;
    api.person(ADA, "Ada", "en");
    let mut hub = TestHub::owned().await;
    hub.rule("Oven", "oven_c", "90").await;
    let kept = hub.web.post("/channels/telegram", &[("token", TOKEN), ("api_url", &api.url())]).await;
    assert_eq!(kept.status, 303, "{}", kept.body);
    let code = code_of(&hub.web.post("/account/telegram", &[]).await);
    api.say(ADA, ADA, &format!("/start {code}"));
    api.message("hello", ADA, |m| m.text.starts_with("Linked.")).await;
    let agent = Agent::join(&mut hub, "oven-1").await;

    hub.expect("is not heard at the moment");
    api.down().await;
    agent.open(&hub, 1).await.record(1, "oven_c", 95.0).await;
    until("an attempt on record", PATIENCE, async || {
        hub.events("DeliveryAttempted").iter().any(|e| e["outcome"]["as"] == "retry").then_some(())
    })
    .await;
    hub.kill();
    api.up().await;
    hub.restart().await;
    let shown = api.message("the alarm", ADA, |m| m.text.contains("oven-1")).await;

    // A press that was answered counts once, whatever becomes of the hub right behind it.
    let press = api.press(ADA, shown.id, ADA, "Acknowledge");
    assert_eq!(api.answered(&press).await, "Acknowledged.");
    hub.kill();
    hub.restart().await;
    agent.open(&hub, 1).await.record(2, "oven_c", 40.0).await;
    let end = api.message("the end", ADA, |m| m.text.contains("Resolved") && m.reply_to.is_some()).await;
    assert_eq!(end.reply_to, Some(shown.id));
    assert_eq!(hub.events("AlertAcknowledged").len(), 1);
    assert_eq!(api.posted(ADA).iter().filter(|m| m.text.starts_with("Linked.")).count(), 1);
    let alarms: Vec<_> = api.posted(ADA).into_iter().filter(|m| m.reply_to.is_none()).collect();
    assert_eq!(alarms.len(), 2, "hello and the alarm: {alarms:#?}");
    hub.assert_sound();
}
