//! A channel that does not work is reported, and told of by the others.

use super::world::{World, subject};
use crate::channels::memory::Behaviour;
use crate::channels::{NoticeKind, SendError};
use watchroom_domain::*;

fn later() -> Behaviour {
    Behaviour::Fail(SendError::Later("451 message put off".to_owned()))
}

fn owner(world: &World) {
    world.record(body::PersonRegistered {
        person: subject("boss"),
        login: "boss".to_owned(),
        display_name: "Boss".to_owned(),
        mail: "boss@example.org".to_owned(),
        role: Role::Owner,
        password_phc: String::new(),
        way: None,
        address: None,
    });
}

fn look(world: &World, now_us: Micros) {
    world.clock.set(now_us);
    world.record_at(body::HubAway { from_us: now_us, to_us: now_us }, now_us);
}

#[tokio::test]
async fn a_channel_that_is_away_for_a_minute_is_reported_once_and_so_is_its_return() {
    let mut world = World::furnished();
    world.backoff = Backoff { base_us: SECOND_US, cap_us: SECOND_US, expiry_us: HOUR_US };
    world.channel.behave(later());
    let now = world.clock.now();
    world.clock.set(now);
    let dispatcher = world.start();
    for n in 0..4 {
        world.fire(&n.to_string());
    }
    super::world::status(&dispatcher, |s| s.condition == crate::actors::dispatcher::Condition::Away).await;
    assert!(world.views.with(|s| s.channels_down.is_empty()));
    look(&world, now + 2 * MINUTE_US);
    world.state(|s| s.channels_down.get("email").is_some_and(|down| down.0 == ChannelTrouble::Away)).await;
    world.channel.behave(Behaviour::Accept);
    look(&world, now + 4 * MINUTE_US);
    world.state(|s| s.channels_down.is_empty()).await;
    world.done(4).await;
    dispatcher.stop().await;
    let reports = world.count(|e| matches!(e, Event::ChannelWentDown(_) | Event::ChannelCameBack(_)));
    assert_eq!(reports, 2);
}

#[tokio::test]
async fn that_another_channel_is_down_is_told_to_the_owner_ahead_of_everything_else() {
    let world = World::furnished();
    owner(&world);
    for n in 0..3 {
        world.fire(&n.to_string());
    }
    let (channel, trouble) = ("telegram".to_owned(), ChannelTrouble::Away);
    world.record(body::ChannelWentDown { channel: channel.clone(), trouble, since_us: world.clock.now() });
    world.run_until_done(4).await;
    let first = &world.channel.notices()[0];
    assert_eq!((first.kind, first.address.as_str()), (NoticeKind::ChannelDown, "boss@example.org"));
    assert!(first.headline.contains("Telegram"), "{}", first.headline);
    world.record(body::ChannelCameBack { channel, down_us: HOUR_US });
    world.run_until_done(5).await;
    assert_eq!(world.channel.notices().last().unwrap().kind, NoticeKind::ChannelBack);
}

#[tokio::test]
async fn a_blocked_address_elsewhere_is_told_to_its_owner_and_to_whoever_is_responsible() {
    let world = World::furnished();
    owner(&world);
    world.subscribe("grace", "grace@example.org", Severity::Critical, Scope::Everywhere);
    let (subscription, channel) = (SubscriptionId::derived(&["chat"]), "telegram".to_owned());
    let (subject, reason) = (subject("grace"), "403 blocked".to_owned());
    world.record(body::SubscriptionDisabled { subscription, subject, channel, reason });
    world.run_until_done(2).await;
    let mut told = world.addresses();
    told.sort();
    assert_eq!(told, ["boss@example.org", "grace@example.org"]);
}

#[tokio::test]
async fn a_channel_that_is_not_set_up_keeps_no_news_of_others() {
    let world = World::new();
    owner(&world);
    let (channel, trouble) = ("telegram".to_owned(), ChannelTrouble::Away);
    world.record(body::ChannelWentDown { channel, trouble, since_us: 1 });
    let dispatcher = world.start();
    world.machine("node-07", "Ada", "ada@example.org");
    world.fire("hot");
    super::world::status(&dispatcher, |s| s.waiting == 1).await;
    dispatcher.stop().await;
}

#[tokio::test]
async fn trouble_of_the_hub_itself_is_told_to_the_owner_in_words_that_say_what_to_do() {
    let world = World::furnished();
    owner(&world);
    world.fire("hot");
    let (part, trouble) = (HubPart::Disk, HubTrouble::LittleRoom);
    world.record(body::HubTroubled { part, trouble });
    world.run_until_done(2).await;
    let first = &world.channel.notices()[0];
    assert_eq!((first.kind, first.address.as_str()), (NoticeKind::HubTroubled, "boss@example.org"));
    assert!(first.sentences.iter().any(|s| s.contains("Make room")), "{:?}", first.sentences);
    world.record(body::HubRecovered { part, lasted_us: HOUR_US });
    world.run_until_done(3).await;
    let last = world.channel.notices().pop().unwrap();
    assert_eq!(last.kind, NoticeKind::HubRecovered);
    assert!(last.headline.contains("well again after"), "{}", last.headline);
}
