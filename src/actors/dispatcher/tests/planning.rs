//! Who is told.

use super::world::{World, machine, subject};
use watchroom_domain::*;

#[tokio::test]
async fn the_keeper_and_whoever_subscribed_are_told_each_address_once() {
    let world = World::furnished();
    world.subscribe("grace", "grace@example.org", Severity::Critical, Scope::Everywhere);
    world.subscribe("again", "ADA@example.org ", Severity::Warning, Scope::Everywhere);
    world.subscribe("gpu", "gpu@example.org", Severity::Warning, Scope::Tag { tag: "gpu".to_owned() });
    world.subscribe("cpu", "cpu@example.org", Severity::Warning, Scope::Tag { tag: "cpu".to_owned() });
    world.subscribe(
        "other",
        "other@example.org",
        Severity::Warning,
        Scope::Machine { machine: machine("node-08") },
    );
    world.fire("hot");
    world.run_until_done(3).await;
    let mut told = world.addresses();
    told.sort();
    assert_eq!(told, ["ada@example.org", "gpu@example.org", "grace@example.org"]);
}

#[tokio::test]
async fn who_wants_only_what_is_critical_hears_no_warning() {
    let world = World::furnished();
    world.subscribe("grace", "grace@example.org", Severity::Critical, Scope::Everywhere);
    world.fire_as("warm", Severity::Warning, 1);
    world.run_until_done(1).await;
    assert_eq!(world.addresses(), ["ada@example.org"]);
}

#[tokio::test]
async fn a_keeper_without_a_mail_address_gets_none() {
    let world = World::furnished();
    world.keeper("node-07", "Ada", "");
    world.subscribe("grace", "grace@example.org", Severity::Warning, Scope::Everywhere);
    world.fire("hot");
    world.run_until_done(1).await;
    assert_eq!(world.addresses(), ["grace@example.org"]);
}

#[tokio::test]
async fn two_addresses_of_one_person_are_two_deliveries() {
    let world = World::furnished();
    world.subscribe("Ada", "ada@home.example", Severity::Warning, Scope::Everywhere);
    world.fire("hot");
    world.run_until_done(2).await;
    assert_eq!(world.arrived().len(), 2);
}

#[tokio::test]
async fn the_end_is_told_to_those_who_were_told_of_the_beginning() {
    let world = World::furnished();
    world.fire("hot");
    world.run_until_done(1).await;
    world.subscribe("grace", "grace@example.org", Severity::Warning, Scope::Everywhere);
    world.resolve("hot");
    world.run_until_done(2).await;
    assert_eq!(world.addresses(), ["ada@example.org", "ada@example.org"]);
}

#[tokio::test]
async fn the_keeper_of_a_machine_that_was_removed_hears_that_it_is_over() {
    let world = World::furnished();
    let dispatcher = world.start();
    world.fire("hot");
    world.done(1).await;
    world.resolve("hot");
    world.record(body::MachineRemoved { machine: machine("node-07") });
    world.done(2).await;
    dispatcher.stop().await;
    assert_eq!(world.addresses(), ["ada@example.org", "ada@example.org"]);
}

#[tokio::test]
async fn who_unsubscribes_while_it_waits_is_not_told_and_it_does_not_wait_for_ever() {
    let world = World::new();
    world.machine("node-07", "Ada", "");
    let subscription = world.subscribe("grace", "grace@example.org", Severity::Warning, Scope::Everywhere);
    world.fire("hot");
    let dispatcher = world.start();
    super::world::status(&dispatcher, |status| status.waiting == 1).await;
    world.record(body::Unsubscribed { subscription });
    world.configure();
    world.done(1).await;
    dispatcher.stop().await;
    assert_eq!(world.channel.attempts(), 0);
    let delivery = &world.deliveries()[0];
    assert_eq!((delivery.status, delivery.answer.as_str()), (DeliveryStatus::Dead, "recipient gone"));
}

#[tokio::test]
async fn a_corrected_address_is_used_at_the_next_attempt() {
    let world = World::new();
    world.machine("node-07", "Ada", "tpyo@example.org");
    world.record(body::RuleAdded { rule: super::world::rule() });
    let dispatcher = world.start();
    world.fire("hot");
    super::world::status(&dispatcher, |status| status.waiting == 1).await;
    world.keeper("node-07", "Ada", "ada@example.org");
    world.configure();
    world.done(1).await;
    dispatcher.stop().await;
    assert_eq!(world.addresses(), ["ada@example.org"]);
}

#[tokio::test]
async fn a_test_goes_the_real_way_to_the_address_that_was_asked_for() {
    let world = World::furnished();
    let (channel, address) = ("email".to_owned(), "me@example.org".to_owned());
    world.record(body::TestRequested { channel, subject: subject("me"), address });
    let elsewhere = ("telegram".to_owned(), "1234".to_owned());
    world.record(body::TestRequested { channel: elsewhere.0, subject: subject("me"), address: elsewhere.1 });
    world.fire("hot");
    world.run_until_done(2).await;
    let mut told = world.addresses();
    told.sort();
    assert_eq!(told, ["ada@example.org", "me@example.org"]);
    let attempt = &world.attempts().into_iter().find(|a| a.incident.is_none()).unwrap();
    assert_eq!((attempt.outcome.clone(), attempt.attempt), (DeliveryOutcome::Accepted, 1));
}

/// Eve has an account with this address, and sees no machine.
fn eve(world: &World, mail: &str) {
    world.record(body::PersonRegistered {
        person: subject("eve"),
        login: "eve".to_owned(),
        display_name: "Eve".to_owned(),
        mail: mail.to_owned(),
        role: Role::Member,
        password_phc: String::new(),
        way: None,
        address: None,
    });
}

#[tokio::test]
async fn whoever_only_claims_an_address_takes_nothing_from_whoever_has_it() {
    let world = World::furnished();
    eve(&world, "boss@example.org");
    // As logs from before have it: both stand under the key of the account that claims the address.
    world.subscribe("eve", "boss@example.org", Severity::Warning, Scope::Everywhere);
    world.keeper("node-07", "eve", "boss.too@example.org");
    world.record(body::PersonSuspended { person: subject("eve") });
    world.fire("hot");
    world.run_until_done(2).await;
    let mut told = world.addresses();
    told.sort();
    assert_eq!(told, ["boss.too@example.org", "boss@example.org"]);
}

#[tokio::test]
async fn whose_address_is_confirmed_hears_of_machines_that_they_see_only() {
    let world = World::furnished();
    eve(&world, "eve@example.org");
    world.record(body::MailConfirmed {
        person: subject("eve"),
        mail: "eve@example.org".to_owned(),
        address: None,
    });
    world.subscribe("eve", "Eve@example.org", Severity::Warning, Scope::Everywhere);
    world.fire("hot");
    world.run_until_done(1).await;
    assert_eq!(world.addresses(), ["ada@example.org"]);
}
