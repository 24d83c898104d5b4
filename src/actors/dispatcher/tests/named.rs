//! Whom an escalation step names.

use super::reports::{owner, person};
use super::world::{World, incident, machine, rule, subject};
use crate::channels::NoticeKind;
use watchroom_domain::*;

/// Nobody is told but by a step that names Bob, who sees no machine; the rule is of whoever has this role.
fn bob(of: Role, mail: &str) -> World {
    let world = World::furnished();
    world.keeper("node-07", "Ada", "");
    owner(&world);
    person(&world, "maker", "maker@example.org", of);
    person(&world, "bob", mail, Role::Member);
    world.record(body::OwnerSet { thing: Thing::Rule(rule().rule), owner: Some(subject("maker")) });
    world
}

fn escalate(world: &World) {
    world.fire("hot");
    let (to, at_us) = (vec![subject("bob")], world.clock.now());
    world.record(body::AlertEscalated { incident: incident("hot"), step: 0, to, at_us });
}

fn answer(world: &World) -> (DeliveryStatus, String) {
    let to_bob = world.deliveries().into_iter().find(|d| d.recipient == subject("bob")).unwrap();
    assert_eq!(to_bob.kind, Some(NoticeKind::Escalated));
    (to_bob.status, to_bob.answer)
}

#[tokio::test]
async fn who_is_named_by_somebody_who_could_share_the_machine_hears_of_it_and_of_its_end() {
    let world = bob(Role::Administrator, "bob@example.org");
    escalate(&world);
    world.run_until_done(1).await;
    world.resolve("hot");
    world.run_until_done(2).await;
    assert_eq!(world.addresses(), ["bob@example.org"; 2]);
    let kinds: Vec<_> = world.channel.notices().iter().map(|n| n.kind).collect();
    assert_eq!(kinds, [NoticeKind::Escalated, NoticeKind::Resolved]);
}

#[tokio::test]
async fn who_is_named_hears_the_end_though_both_wait() {
    let world = bob(Role::Administrator, "bob@example.org");
    escalate(&world);
    world.resolve("hot");
    world.run_until_done(2).await;
    let kinds: Vec<_> = world.channel.notices().iter().map(|n| n.kind).collect();
    assert_eq!(kinds, [NoticeKind::Escalated, NoticeKind::Resolved]);
}

#[tokio::test]
async fn who_is_named_and_may_not_be_told_leaves_a_dead_letter_that_says_why() {
    let world = bob(Role::Operator, "bob@example.org");
    escalate(&world);
    world.run_until_done(1).await;
    assert_eq!(answer(&world), (DeliveryStatus::Dead, "may not see the machine".to_owned()));
    let world = bob(Role::Administrator, "bob@example.org");
    world.record(body::PersonSuspended { person: subject("bob") });
    escalate(&world);
    world.run_until_done(1).await;
    assert_eq!(answer(&world), (DeliveryStatus::Dead, "account suspended".to_owned()));
    let world = bob(Role::Administrator, "");
    escalate(&world);
    world.run_until_done(1).await;
    assert_eq!(answer(&world), (DeliveryStatus::Dead, "no address".to_owned()));
    assert_eq!(world.channel.attempts(), 0);
}

#[tokio::test]
async fn a_step_admits_to_that_alert_only_once_it_is_taken() {
    let world = bob(Role::Administrator, "bob@example.org");
    world.subscribe("bob", "bob@example.org", Severity::Warning, Scope::Everywhere);
    // An address that is known to be Bob's.
    let (person, mail) = (subject("bob"), "bob@example.org".to_owned());
    world.record(body::MailConfirmed { person, mail, address: None });
    world.fire("other");
    escalate(&world);
    world.run_until_done(1).await;
    world.resolve("other");
    world.resolve("hot");
    world.run_until_done(2).await;
    let told: Vec<_> = world.channel.notices().iter().map(|n| n.incident).collect();
    assert_eq!(told, [Some(incident("hot")); 2]);
    assert!(world.views.with(|s| s.machines.contains_key(&machine("node-07"))));
}
