//! What is held, and what comes back: quiet hours, dead letters, addresses that move and go.

use super::world::{World, incident, machine, subject};
use crate::channels::memory::{Behaviour, DESCRIPTOR};
use crate::channels::{NoticeKind, SendError};
use std::time::Duration;
use watchroom_domain::alert::ResolveReason;
use watchroom_domain::*;

/// 2026-01-15T23:30:00 in Zurich: a quiet night until seven.
const NIGHT_US: Micros = 1_768_516_200 * SECOND_US;
const MORNING_US: Micros = NIGHT_US + 7 * HOUR_US + 30 * MINUTE_US;

fn night() -> QuietHours {
    QuietHours {
        from: 22 * 60,
        to: 7 * 60,
        days: 0b111_1111,
        time_zone: "Europe/Zurich".to_owned(),
        critical_breaks_through: true,
    }
}

/// Nobody but Grace is told, and her nights are quiet.
fn asleep() -> World {
    let world = World::furnished();
    world.keeper("node-07", "Ada", "");
    let grace = world.subscribe("grace", "grace@example.org", Severity::Warning, Scope::Everywhere);
    let (at_least, scope) = (Severity::Warning, Scope::Everywhere);
    world.record(body::SubscriptionChanged { subscription: grace, at_least, scope, quiet: Some(night()) });
    world.clock.set(NIGHT_US);
    world
}

/// The clock shows another time, and everybody looks at it.
fn later(world: &World, now_us: Micros) {
    world.clock.set(now_us);
    world.record_at(body::HubAway { from_us: now_us, to_us: now_us }, now_us);
}

fn kinds(world: &World) -> Vec<NoticeKind> {
    world.channel.notices().iter().map(|notice| notice.kind).collect()
}

async fn digested(world: &World, notices: usize) {
    world
        .state(|s| {
            let held = s.deliveries.values().filter(|d| d.status == DeliveryStatus::Digested).count();
            let told =
                |d: &Delivery| d.kind == Some(NoticeKind::Digest) && d.status == DeliveryStatus::Accepted;
            held == notices && s.deliveries.values().any(told)
        })
        .await;
}

#[tokio::test]
async fn quiet_hours_hold_what_comes_and_tell_it_all_in_one_at_their_end() {
    let world = asleep();
    let dispatcher = world.start();
    world.fire_as("warm", Severity::Warning, NIGHT_US);
    world.fire_as("full", Severity::Warning, NIGHT_US + 1);
    world.resolve("warm");
    super::world::status(&dispatcher, |s| s.waiting == 3).await;
    world.fire_as("hot", Severity::Critical, NIGHT_US + 2);
    world.done(1).await;
    assert_eq!(kinds(&world), [NoticeKind::Fired], "what is critical breaks through, nothing else does");
    later(&world, MORNING_US);
    digested(&world, 3).await;
    dispatcher.stop().await;
    assert_eq!(kinds(&world), [NoticeKind::Fired, NoticeKind::Digest]);
    let digest = &world.channel.notices()[1];
    assert_eq!(digest.headline, "3 notices were held back; still open: 1");
    assert_eq!(digest.facts.len(), 2, "{:?}", digest.facts);
    assert!(digest.facts[0].1.contains("– from 2026-01-15"), "{:?}", digest.facts);
    assert_eq!(world.parked_items().await, []);
}

#[tokio::test]
async fn a_restart_in_the_night_or_at_its_end_neither_loses_nor_repeats_a_digest() {
    let world = asleep();
    let dispatcher = world.start();
    world.fire_as("warm", Severity::Warning, NIGHT_US);
    super::world::status(&dispatcher, |s| s.waiting == 1).await;
    dispatcher.stop().await;
    assert_eq!(world.parked_items().await[0].error, "quiet hours");
    assert_eq!(world.channel.attempts(), 0);
    let dispatcher = world.start();
    super::world::status(&dispatcher, |s| s.waiting == 1).await;
    later(&world, MORNING_US);
    digested(&world, 1).await;
    dispatcher.stop().await;
    let dispatcher = world.start();
    world.fire_as("hot", Severity::Critical, MORNING_US);
    world.done(3).await;
    dispatcher.stop().await;
    assert_eq!(kinds(&world), [NoticeKind::Digest, NoticeKind::Fired]);
    // It never went out before, so it cannot have come already.
    assert!(!world.channel.notices()[0].again);
    assert_eq!(world.channel.notices()[0].headline, "1 notice was held back; still open: 1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_at_any_step_of_a_digest_loses_nothing() {
    let scene = || {
        let world = asleep();
        world.fire_as("warm", Severity::Warning, NIGHT_US);
        world.fire_as("full", Severity::Warning, NIGHT_US + 1);
        world.resolve("warm");
        later(&world, MORNING_US);
        world
    };
    // Three are held and one digest tells them.
    let deliveries = 4;
    for at in 1.. {
        let world = scene();
        world.fate.end_at(at);
        let crashed = world.run_until_ended(deliveries, false).await;
        world.fate.end_at(0);
        world.run_until_done(deliveries).await;
        let statuses: Vec<_> = world.deliveries().iter().map(|d| d.status).collect();
        let count = |status| statuses.iter().filter(|s| **s == status).count();
        assert_eq!(count(DeliveryStatus::Digested), 3, "crash at step {at}: {statuses:?}");
        assert_eq!(count(DeliveryStatus::Accepted), 1, "crash at step {at}: {statuses:?}");
        let told = kinds(&world);
        assert!(told.iter().all(|kind| *kind == NoticeKind::Digest), "crash at step {at}: {told:?}");
        assert!((1..=2).contains(&told.len()), "crash at step {at}: {told:?}");
        if !crashed {
            assert!(at > 6, "only {at} steps");
            return;
        }
    }
}

#[tokio::test]
async fn an_end_after_the_night_is_told_though_only_the_digest_told_of_its_beginning() {
    let world = asleep();
    let dispatcher = world.start();
    world.fire_as("warm", Severity::Warning, NIGHT_US);
    super::world::status(&dispatcher, |s| s.waiting == 1).await;
    later(&world, MORNING_US);
    world.resolve("warm");
    world.done(3).await;
    dispatcher.stop().await;
    assert_eq!(kinds(&world), [NoticeKind::Digest, NoticeKind::Resolved]);
}

#[tokio::test]
async fn a_dead_letter_that_somebody_wants_sent_again_is_sent_again() {
    let world = World::furnished();
    world.channel.behave_next([Behaviour::Fail(SendError::Refused("550 recipient refused".to_owned()))]);
    let dispatcher = world.start();
    let cause = world.fire("hot");
    world.done(1).await;
    let delivery = world.deliveries()[0].delivery;
    let revive = Command::ReviveDelivery { delivery, cause };
    let now = world.clock.now();
    let refused = |by| {
        let envelope = Envelope::new(by, revive.clone());
        world.views.with(|state| state.decide(&envelope, now))
    };
    assert_eq!(refused(By::Stranger).unwrap_err().code, "forbidden");
    for event in refused(By::Hub).unwrap() {
        world.record(event);
    }
    world.state(|s| s.deliveries.values().all(|d| d.status == DeliveryStatus::Accepted)).await;
    dispatcher.stop().await;
    assert_eq!(world.attempts().iter().map(|a| a.attempt).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(refused(By::Hub).unwrap_err().code, "not_dead");
    assert_eq!(world.parked_items().await, []);
}

#[tokio::test]
async fn what_the_far_side_asks_to_wait_for_waits_and_does_not_count_against_it() {
    let world = World::furnished();
    let wait =
        SendError::Wait { answer: "429 too many".to_owned(), wait: Duration::from_secs(1_800), whole: false };
    world.channel.behave_next([Behaviour::Fail(wait)]);
    let dispatcher = world.start();
    world.fire("hot");
    world.state(|s| s.deliveries.len() == 1).await;
    let DeliveryOutcome::Retry { next_us } = world.attempts()[0].outcome else { panic!("no retry") };
    assert!(next_us - world.clock.now() > 1_700 * SECOND_US);
    // Others go on.
    world.subscribe("grace", "grace@example.org", Severity::Warning, Scope::Everywhere);
    world.keeper("node-07", "Ada", "");
    world.fire("full");
    world.done(1).await;
    dispatcher.stop().await;
    assert_eq!(world.addresses(), ["grace@example.org"]);
}

#[tokio::test]
async fn an_address_that_is_gone_ends_its_subscription_and_one_that_moved_is_followed() {
    let world = World::furnished();
    world.keeper("node-07", "Ada", "");
    let grace = world.subscribe("grace", "old@example.org", Severity::Warning, Scope::Everywhere);
    let moved = SendError::Moved { answer: "400 moved".to_owned(), to: "new@example.org".to_owned() };
    world.channel.behave_next([Behaviour::Fail(moved)]);
    let dispatcher = world.start();
    world.fire("hot");
    world.done(1).await;
    assert_eq!(world.addresses(), ["new@example.org"]);
    world.channel.behave_next([Behaviour::Fail(SendError::Gone("403 blocked".to_owned()))]);
    world.fire("full");
    world.state(|s| s.subscriptions[&grace].disabled.as_deref() == Some("403 blocked")).await;
    world.fire("warm");
    world.done(2).await;
    dispatcher.stop().await;
    assert_eq!(world.channel.attempts(), 3, "nothing more is sent to an address that is gone");
}

#[tokio::test]
async fn what_is_over_before_it_could_be_told_is_told_once_and_marked_late() {
    let world = World::new();
    world.machine("node-07", "Ada", "ada@example.org");
    world.record(body::RuleAdded { rule: super::world::rule() });
    let now = world.clock.now();
    let dispatcher = world.start();
    world.fire_as("warm", Severity::Warning, now - HOUR_US / 2);
    super::world::status(&dispatcher, |s| s.waiting == 1).await;
    let (incident, at_us) = (incident("warm"), now - HOUR_US / 4);
    let (value, cause, reason) = (None, 1, ResolveReason::HeardAgain);
    world.record(body::AlertResolved { incident, at_us, value, cause, reason });
    world.state(|s| s.deliveries.values().any(|d| d.status == DeliveryStatus::Superseded)).await;
    world.configure();
    world.done(2).await;
    dispatcher.stop().await;
    assert_eq!(kinds(&world), [NoticeKind::Resolved]);
    let told = &world.channel.notices()[0];
    assert!(told.late && told.sentences[1].starts_with("It was so from "), "{:?}", told.sentences);
}

#[tokio::test]
async fn what_is_held_or_flaps_or_escalates_is_told_as_such() {
    let mut world = World::furnished();
    world.descriptor = &DESCRIPTOR;
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
    let dispatcher = world.start();
    world.fire_quietly("hot");
    let (hot, at_us) = (incident("hot"), world.clock.now());
    world.record(body::AlertReleased { incident: hot, at_us });
    world.done(1).await;
    let to = vec![subject("boss")];
    world.record(body::AlertEscalated { incident: hot, step: 0, to, at_us });
    world.done(2).await;
    world.record(body::AlertAcknowledged { incident: hot, by: subject("boss") });
    world.done(4).await;
    world.resolve("hot");
    world.done(8).await;
    dispatcher.stop().await;
    let mut told: Vec<_> = world.channel.notices().into_iter().map(|n| (n.address, n.kind)).collect();
    told[2..4].sort_by(|a, b| a.0.cmp(&b.0));
    told[4..].sort_by(|a, b| a.0.cmp(&b.0));
    let (ada, boss) = ("ada@example.org".to_owned(), "boss@example.org".to_owned());
    let expected = [
        (ada.clone(), NoticeKind::Released),
        (boss.clone(), NoticeKind::Escalated),
        (ada.clone(), NoticeKind::Changed),
        (boss.clone(), NoticeKind::Changed),
        (ada.clone(), NoticeKind::Resolved),
        (ada, NoticeKind::Changed),
        (boss.clone(), NoticeKind::Resolved),
        (boss, NoticeKind::Changed),
    ];
    assert_eq!(told, expected);
    let _ = machine("node-07");
}

#[tokio::test]
async fn what_changes_while_it_is_being_sent_is_changed_behind_it() {
    let mut world = World::furnished();
    world.descriptor = &DESCRIPTOR;
    // The far side shows it at once and takes its time to say so.
    world.channel.behave_next([Behaviour::AcceptSilently]);
    let dispatcher = world.start();
    world.fire("hot");
    world.channel.wait_for(1).await;
    world.record(body::AlertAcknowledged { incident: incident("hot"), by: subject("boss") });
    world.done(2).await;
    dispatcher.stop().await;
    assert_eq!(kinds(&world).last(), Some(&NoticeKind::Changed));
}

#[tokio::test]
async fn a_keeper_sleeps_by_the_quiet_hours_of_the_same_address() {
    for (scope, at_least) in [
        (Scope::Everywhere, Severity::Warning),
        (Scope::Machine { machine: machine("node-08") }, Severity::Warning),
        (Scope::Everywhere, Severity::Critical),
    ] {
        let world = World::furnished();
        let ada = world.subscribe("ada", "Ada@example.org", at_least, scope.clone());
        world.record(body::SubscriptionChanged { subscription: ada, at_least, scope, quiet: Some(night()) });
        world.clock.set(NIGHT_US);
        let dispatcher = world.start();
        world.fire_as("warm", Severity::Warning, NIGHT_US);
        super::world::status(&dispatcher, |s| s.waiting == 1).await;
        world.fire_as("hot", Severity::Critical, NIGHT_US + 2);
        world.done(1).await;
        assert_eq!(kinds(&world), [NoticeKind::Fired], "what is critical breaks through");
        later(&world, MORNING_US);
        digested(&world, 1).await;
        world.resolve("warm");
        world.done(4).await;
        dispatcher.stop().await;
        assert_eq!(kinds(&world), [NoticeKind::Fired, NoticeKind::Digest, NoticeKind::Resolved]);
        assert_eq!(world.channel.notices()[1].facts.len(), 1, "the digest names it");
    }
}
