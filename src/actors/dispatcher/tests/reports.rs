//! A channel that does not work is reported, and told of by the others.

use super::world::{EMAIL, TARGETS, World, subject};
use crate::channels::memory::Behaviour;
use crate::channels::{NoticeKind, SendError};
use watchroom_domain::*;

fn later() -> Behaviour {
    Behaviour::Fail(SendError::Later("451 message put off".to_owned()))
}

pub(super) fn owner(world: &World) {
    person(world, "boss", "boss@example.org", Role::Owner);
}

pub(super) fn person(world: &World, name: &str, mail: &str, role: Role) {
    world.record(body::PersonRegistered {
        person: subject(name),
        login: name.to_owned(),
        display_name: name.to_owned(),
        mail: mail.to_owned(),
        role,
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
    world.record(body::ChannelWentDown {
        channel: channel.clone(),
        trouble,
        since_us: world.clock.now(),
        targets: Vec::new(),
    });
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
    world.record(body::ChannelWentDown { channel, trouble, since_us: 1, targets: Vec::new() });
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

#[tokio::test]
async fn what_is_still_so_is_told_late_by_a_channel_that_was_down_itself_and_what_is_over_is_not() {
    for still in [true, false] {
        let mut world = World::furnished();
        world.backoff.expiry_us = 72 * HOUR_US;
        owner(&world);
        let (trouble, since_us, targets) = (ChannelTrouble::Away, world.clock.now(), Vec::new());
        let down = |channel: &str| body::ChannelWentDown {
            channel: channel.to_owned(),
            trouble,
            since_us,
            targets: targets.clone(),
        };
        world.record(down(EMAIL));
        world.record_at(down("telegram"), world.clock.now() - 3 * HOUR_US);
        if !still {
            world.record(body::ChannelCameBack { channel: "telegram".to_owned(), down_us: HOUR_US });
        }
        world.run_until_done(if still { 1 } else { 2 }).await;
        let told = world.channel.notices().iter().filter(|n| n.kind == NoticeKind::ChannelDown).count();
        assert_eq!(told, usize::from(still));
        let given_up = world.deliveries().iter().filter(|d| d.status == DeliveryStatus::Superseded).count();
        assert_eq!(given_up, usize::from(!still));
    }
}

#[tokio::test]
async fn programs_that_want_everything_hear_of_the_hub_and_of_its_channels() {
    let mut world = World::furnished();
    world.descriptor = &TARGETS;
    world.subscribe("all", "ops", Severity::Critical, Scope::Everywhere);
    world.subscribe("gpu", "gpu", Severity::Warning, Scope::Tag { tag: "gpu".to_owned() });
    let (channel, trouble) = ("telegram".to_owned(), ChannelTrouble::Away);
    world.record(body::ChannelWentDown {
        channel: channel.clone(),
        trouble,
        since_us: 1,
        targets: Vec::new(),
    });
    world.run_until_done(1).await;
    world.record(body::ChannelCameBack { channel, down_us: HOUR_US });
    let (part, trouble) = (HubPart::Disk, HubTrouble::LittleRoom);
    world.record(body::HubTroubled { part, trouble });
    world.run_until_done(3).await;
    world.record(body::HubRecovered { part, lasted_us: HOUR_US });
    world.run_until_done(4).await;
    assert_eq!(world.addresses(), ["ops"; 4]);
}

#[tokio::test]
async fn one_target_that_fails_is_named_and_the_channel_is_not_called_away() {
    let mut world = World::furnished();
    world.descriptor = &TARGETS;
    world.backoff = Backoff { base_us: SECOND_US, cap_us: SECOND_US, expiry_us: HOUR_US };
    world.keeper("node-07", "Ada", "");
    world.subscribe("ops", "Ops", Severity::Warning, Scope::Everywhere);
    world.limits.in_flight = 1;
    let now = world.clock.now();
    world.clock.set(now);
    let dispatcher = world.start();
    world.fire("hot");
    world.done(1).await;
    world.subscribe("ding", "Ding", Severity::Critical, Scope::Everywhere);
    world.record(body::Unsubscribed { subscription: SubscriptionId::derived(&["ops", "Ops"]) });
    world.channel.behave(later());
    for n in 0..3 {
        world.fire(&n.to_string());
    }
    world.state(|s| s.deliveries.values().filter(|d| d.status == DeliveryStatus::Waiting).count() == 3).await;
    look(&world, now + MINUTE_US);
    look(&world, now + 3 * MINUTE_US);
    world.state(|s| s.channels_down.get(EMAIL).is_some_and(|d| d.0 == ChannelTrouble::Partly)).await;
    assert_eq!(world.views.with(|s| s.targets_down[EMAIL].clone()), ["Ding"]);
    super::world::status(&dispatcher, |s| s.condition == crate::actors::dispatcher::Condition::Ready).await;
    world.channel.behave(Behaviour::Accept);
    look(&world, now + 6 * MINUTE_US);
    world.state(|s| s.channels_down.is_empty()).await;
    dispatcher.stop().await;
}

#[tokio::test]
async fn a_target_that_works_is_told_which_ones_do_not() {
    let mut world = World::furnished();
    world.descriptor = &TARGETS;
    world.subscribe("ops", "Ops", Severity::Warning, Scope::Everywhere);
    world.subscribe("ding", "Ding", Severity::Warning, Scope::Everywhere);
    let (channel, targets) = (EMAIL.to_owned(), vec!["Ding".to_owned()]);
    let trouble = ChannelTrouble::Partly;
    world.record(body::ChannelWentDown { channel, trouble, since_us: 1, targets });
    world.run_until_done(1).await;
    assert_eq!(world.addresses(), ["Ops"]);
    let headline = &world.channel.notices()[0].headline;
    assert!(headline.starts_with("Nothing gets through to Ding by mail since "), "{headline}");
}
