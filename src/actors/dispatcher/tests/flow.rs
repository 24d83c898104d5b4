//! What becomes of deliveries when things go wrong.

use super::world::{World, status};
use crate::actors::dispatcher::Condition;
use crate::channels::SendError;
use crate::channels::memory::Behaviour;
use crate::clock::{Clock, SystemClock};
use serde_json::{Map, Value};
use watchroom_domain::*;

fn later() -> Behaviour {
    Behaviour::Fail(SendError::Later("451 message put off".to_owned()))
}

#[tokio::test]
async fn an_attempt_is_recorded_with_its_cause_its_answer_and_how_long_it_took() {
    let world = World::furnished();
    let dispatcher = world.start();
    let cause = world.fire("hot");
    world.done(1).await;
    dispatcher.stop().await;
    let attempts = world.attempts();
    assert_eq!(attempts.len(), 1);
    let attempt = &attempts[0];
    assert_eq!((attempt.cause, attempt.attempt), (cause, 1));
    assert_eq!((&attempt.outcome, attempt.answer.as_str()), (&DeliveryOutcome::Accepted, "kept"));
    assert!((0..30 * SECOND_US).contains(&attempt.took_us), "{}", attempt.took_us);
    assert!(!world.channel.notices()[0].again);
    assert!(world.bookmarks.pos() >= world.last_cause());
}

#[tokio::test]
async fn what_fails_is_tried_again_until_it_is_accepted() {
    let world = World::furnished();
    world.channel.behave_next([later(), later()]);
    world.fire("hot");
    world.run_until_done(1).await;
    let outcomes: Vec<_> = world.attempts().into_iter().map(|a| (a.attempt, a.outcome)).collect();
    assert!(matches!(
        outcomes[..],
        [
            (1, DeliveryOutcome::Retry { .. }),
            (2, DeliveryOutcome::Retry { .. }),
            (3, DeliveryOutcome::Accepted)
        ]
    ));
    assert_eq!(world.parked_items().await, []);
}

#[tokio::test]
async fn what_is_refused_is_a_dead_letter_at_once() {
    let world = World::furnished();
    world.channel.behave_next([Behaviour::Fail(SendError::Refused("550 recipient refused".to_owned()))]);
    world.fire("hot");
    world.run_until_done(1).await;
    let attempts = world.attempts();
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0].outcome, DeliveryOutcome::Dead);
    assert_eq!(attempts[0].answer, "550 recipient refused");
}

#[tokio::test]
async fn what_is_older_than_its_expiry_is_given_up_after_one_more_attempt() {
    let world = World::furnished();
    world.channel.behave(later());
    world.fire_as("hot", Severity::Critical, SystemClock.now_us() - 2 * HOUR_US);
    world.run_until_done(1).await;
    let attempts = world.attempts();
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0].outcome, DeliveryOutcome::Dead);
    assert_eq!(attempts[0].answer, "given up: 451 message put off");
}

#[tokio::test]
async fn what_can_never_be_sent_is_given_up_without_a_channel() {
    let world = World::new();
    world.machine("node-07", "Ada", "ada@example.org");
    world.fire_as("hot", Severity::Critical, SystemClock.now_us() - 2 * HOUR_US);
    world.run_until_done(1).await;
    assert_eq!(world.attempts()[0].answer, "given up: could not be sent in time");
}

#[tokio::test]
async fn a_critical_one_whose_answer_was_lost_is_sent_again_and_says_so() {
    let world = World::furnished();
    world.channel.behave_next([Behaviour::AcceptSilently, later()]);
    let dispatcher = world.start();
    world.fire("hot");
    world.done(1).await;
    dispatcher.stop().await;
    let again: Vec<_> = world.channel.notices().iter().map(|n| n.again).collect();
    assert_eq!(again, [false, true]);
    let said = |n: usize| world.channel.notices()[n].sentences[0].contains("may have this already");
    assert!(!said(0) && said(1));
    assert_eq!(world.attempts()[0].answer, "no answer: answer lost");
}

#[tokio::test]
async fn a_warning_whose_answer_was_lost_waits_its_longest() {
    let mut world = World::furnished();
    world.backoff.cap_us = 5 * MINUTE_US;
    world.channel.behave_next([Behaviour::AcceptSilently]);
    let dispatcher = world.start();
    world.fire_as("warm", Severity::Warning, SystemClock.now_us());
    world.state(|state| !state.deliveries.is_empty()).await;
    dispatcher.stop().await;
    let DeliveryOutcome::Retry { next_us } = world.attempts()[0].outcome else { panic!("no retry") };
    let wait = next_us - SystemClock.now_us();
    assert!(wait > 4 * MINUTE_US && wait <= 5 * MINUTE_US, "{wait}");
    let parked = world.parked_items().await;
    assert_eq!((parked.len(), parked[0].attempts, parked[0].next_us), (1, 1, next_us));
    assert_eq!(parked[0].error, "no answer: answer lost");
    // After a restart it is still known that it may have arrived.
    world.backoff.cap_us = 1;
    let dispatcher = world.start();
    world.configure();
    world.done(1).await;
    dispatcher.stop().await;
    assert!(world.channel.notices()[1].again);
}

#[tokio::test]
async fn nothing_is_lost_while_the_channel_is_not_set_up_or_wrongly() {
    let world = World::new();
    world.machine("node-07", "Ada", "ada@example.org");
    world.record(body::RuleAdded { rule: super::world::rule() });
    let dispatcher = world.start();
    world.fire("hot");
    status(&dispatcher, |s| s.waiting == 1 && s.condition == Condition::NotSetUp).await;
    let fault = Map::from_iter([("fault".to_owned(), Value::from(true))]);
    world.record(body::ChannelConfigured { channel: "email".to_owned(), settings: fault });
    status(&dispatcher, |s| matches!(&s.condition, Condition::Faulty(f) if f[0].code == "bad_host")).await;
    dispatcher.stop().await;
    assert_eq!(world.parked_items().await[0].error, "channel not set up");
    assert_eq!(world.channel.attempts(), 0);

    let dispatcher = world.start();
    status(&dispatcher, |s| s.waiting == 1).await;
    world.configure();
    world.done(1).await;
    status(&dispatcher, |s| s.waiting == 0 && s.condition == Condition::Ready).await;
    dispatcher.stop().await;
    let notices = world.channel.notices();
    assert_eq!(notices.len(), 1);
    // It was never tried before, so it cannot have arrived.
    assert!(!notices[0].again);
    assert_eq!(world.parked_items().await, []);
}

#[tokio::test]
async fn a_server_that_is_away_is_asked_by_one_at_a_time_and_gets_everything_when_it_is_back() {
    let world = World::furnished();
    world.channel.behave(later());
    let dispatcher = world.start();
    for n in 0..20 {
        world.fire(&n.to_string());
    }
    status(&dispatcher, |s| s.condition == Condition::Away).await;
    let first = world.channel.attempts();
    assert!(first <= 20, "{first} attempts at a server that is away");
    world.channel.behave(Behaviour::Accept);
    world.done(20).await;
    dispatcher.stop().await;
    assert_eq!(world.arrived().len(), 20);
}

#[tokio::test]
async fn never_more_are_under_way_than_allowed() {
    let mut world = World::furnished();
    world.limits.in_flight = 3;
    world.channel.behave(Behaviour::Hang);
    let dispatcher = world.start();
    for n in 0..10 {
        world.fire(&n.to_string());
    }
    status(&dispatcher, |s| s.in_flight == 3 && s.waiting == 10).await;
    assert_eq!(world.channel.attempts(), 3);
}

#[tokio::test]
async fn a_full_queue_leaves_the_rest_in_the_log_and_still_hears_of_new_settings() {
    let mut world = World::new();
    world.limits.waiting = 2;
    world.machine("node-07", "Ada", "ada@example.org");
    world.record(body::RuleAdded { rule: super::world::rule() });
    let dispatcher = world.start();
    for n in 0..1_200 {
        world.fire(&n.to_string());
    }
    status(&dispatcher, |s| s.waiting >= 2).await;
    world.configure();
    world.done(1_200).await;
    dispatcher.stop().await;
    assert_eq!(world.arrived().len(), 1_200);
    assert_eq!(world.parked_items().await, []);
}

#[tokio::test]
async fn what_cannot_be_delivered_does_not_keep_new_alarms_from_being_read() {
    let mut world = World::furnished();
    world.limits.waiting = 2;
    world.backoff = Backoff { base_us: HOUR_US, cap_us: HOUR_US, expiry_us: 3 * HOUR_US };
    world.channel.behave(later());
    let dispatcher = world.start();
    for n in 0..5 {
        world.fire(&n.to_string());
    }
    world.state(|state| state.deliveries.len() == 5).await;
    world.channel.behave(Behaviour::Accept);
    world.fire("new");
    world.done(1).await;
    status(&dispatcher, |s| s.waiting <= 5).await;
    let told = world.channel.notices();
    assert_eq!(told.first().unwrap().incident, Some(super::world::incident("new")), "the new one goes first");
}

#[tokio::test]
async fn a_fault_in_the_channel_does_no_harm_to_the_rest() {
    let world = World::furnished();
    world.keeper("node-07", "", "ada@example.org");
    let dispatcher = world.start();
    world.channel.behave_next([Behaviour::Panic]);
    world.fire("hot");
    world.done(1).await;
    dispatcher.stop().await;
    assert_eq!(world.attempts()[0].answer, "no answer: internal fault");
    assert_eq!(world.arrived().len(), 1);
}
