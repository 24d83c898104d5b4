//! A webhook's target is away for a while, and the hub goes and comes back meanwhile.

use super::hub::{Room, accepted, in_system, tell};
use crate::harness::hook::Hook;
use crate::harness::wait::{PATIENCE, until};
use serde_json::{Value, json};
use watchroom_domain::*;

async fn hooked(room: &Room, hub: &watchroom::hub::Hub, hook: &Hook) {
    std::fs::write(room.folder.path().join("key"), "whsec-of-a-test").unwrap();
    let settings = json!({
        "targets": [{
            "name": "ops",
            "template": "plain",
            "url": hook.url(),
            "secret": format!("file:{}", room.folder.path().join("key").display()),
        }],
        "allowed": "127.0.0.0/8, ::1",
        "ca_file": hook.certs.ca_file(),
    });
    let Value::Object(settings) = settings else { unreachable!() };
    tell(hub, Command::ConfigureChannel { channel: "webhook".to_owned(), settings }).await;
    let subscribe = Command::Subscribe {
        subscription: SubscriptionId::derived(&["ops"]),
        subject: SubjectId::derived(&["ops"]),
        channel: "webhook".to_owned(),
        address: "ops".to_owned(),
        at_least: Severity::Warning,
        scope: Scope::Everywhere,
        quiet: None,
    };
    tell(hub, subscribe).await;
}

#[test]
fn a_target_that_was_away_gets_everything_once_and_in_order_though_the_hub_was_away_too() {
    in_system(async {
        let mut room = Room::new().await;
        let mut hook = Hook::start().await;
        let hub = room.hub().await;
        room.furnish(&hub).await;
        hooked(&room, &hub, &hook).await;
        hook.down().await;
        room.read(&hub, 91.5).await;
        until("an attempt at the target", PATIENCE, async || {
            let tried = |d: &Delivery| d.channel == "webhook" && d.attempts > 0;
            hub.core.views.with(|s| s.deliveries.values().any(tried).then_some(()))
        })
        .await;
        room.read(&hub, 70.0).await;
        accepted(&hub, 2).await;
        hub.stop().await;
        hook.up().await;
        let hub = room.hub().await;
        hook.came(2).await;
        accepted(&hub, 4).await;
        hub.stop().await;
        let requests = hook.requests();
        let said: Vec<Value> = requests.iter().map(|r| serde_json::from_str(&r.body).unwrap()).collect();
        let kinds: Vec<_> = said.iter().map(|body| body["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["fired", "resolved"]);
        assert_eq!(said[0]["incident"], said[1]["incident"]);
        assert_eq!(requests[0].path, "/hook");
        assert_ne!(requests[0].headers["idempotency-key"], requests[1].headers["idempotency-key"]);
    });
}
