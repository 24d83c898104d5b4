//! A right that is lost is lost at once on whatever is open: by whichever way it was had, and however it ends.

use super::{id, with_password};
use crate::harness::http::Http;
use crate::harness::live::{Live, Said};
use crate::web::inside::{Inside, PASSPHRASE, in_system, named, series};
use std::collections::BTreeSet;
use watchroom::clock::Clock as _;
use watchroom_domain::*;

const PEOPLE: [(&str, Role); 3] = [("root", Role::Owner), ("bob", Role::Member), ("eve", Role::Member)];

/// Whether the feed tells of the other machine, while it goes on telling of the own one.
async fn tells(inside: &mut Inside, feed: &mut Live, own: MachineId, other: MachineId, round: u32) -> bool {
    let now = inside.clock.now_us();
    for machine in [other, own] {
        inside.read(machine, now, &[(series("load_1m", &[]), f64::from(round))]).await;
    }
    let mut heard = BTreeSet::new();
    loop {
        let said = feed.until("values").await;
        heard.insert(said["machine"].as_str().unwrap().to_owned());
        if said["machine"] == own.to_string() && said["values"]["load_1m"] == f64::from(round) {
            return heard.contains(&other.to_string());
        }
    }
}

#[test]
fn a_feed_and_the_pages_lose_a_machine_with_the_share_the_group_the_role_and_the_owner() {
    in_system(async {
        let mut inside = Inside::with_people(&PEOPLE).await;
        let own = inside.machine(named("own-box")).await;
        let other = inside.machine(named("other-box")).await;
        let (bob, group) = (id("bob"), GroupId::derived(&["lab"]));
        let thing = Thing::Machine(other);
        let (person, lab) = (Grantee::Person(bob), Grantee::Group(group));
        inside.tell(Command::SetOwner { thing: Thing::Machine(own), owner: Some(bob) }).await;
        inside.tell(Command::AddGroup { group, name: "Lab".to_owned() }).await;
        inside.tell(Command::Share { thing, with: lab, right: Right::Operate }).await;
        let role = |role| Command::SetRole { person: bob, role };
        let ways = [
            (
                "share",
                Command::Share { thing, with: person, right: Right::See },
                Command::Unshare { thing, with: person },
            ),
            ("group", Command::JoinGroup { group, person: bob }, Command::LeaveGroup { group, person: bob }),
            ("role", role(Role::Operator), role(Role::Member)),
            ("viewer", role(Role::Viewer), role(Role::Member)),
            (
                "owner",
                Command::SetOwner { thing, owner: Some(bob) },
                Command::SetOwner { thing, owner: Some(id("eve")) },
            ),
            ("group that ends", Command::JoinGroup { group, person: bob }, Command::RemoveGroup { group }),
        ];
        let mut visitor = inside.signed_in("bob").await;
        let mut feed = Live::of(&visitor, inside.position()).await;
        assert!(!tells(&mut inside, &mut feed, own, other, 1).await);
        let page = format!("/machines/{other}");
        for (n, (way, give, take)) in (1..).zip(ways) {
            inside.tell(give).await;
            assert!(tells(&mut inside, &mut feed, own, other, 10 * n).await, "{way} gives it");
            assert_eq!(visitor.get(&page).await.status, 200, "{way}");
            inside.tell(take).await;
            assert!(!tells(&mut inside, &mut feed, own, other, 10 * n + 1).await, "{way} took it away");
            assert_eq!(visitor.get(&page).await.status, 404, "{way}");
        }
        inside.hub.stop().await;
    });
}

async fn elsewhere(inside: &Inside) -> (Http, Live) {
    let mut visitor = inside.web.stranger();
    visitor.post("/login", &[("login", "bob"), ("password", PASSPHRASE)]).await;
    let mut feed = Live::of(&visitor, inside.position()).await;
    feed.until("states").await;
    (visitor, feed)
}

async fn is_over(feed: &mut Live, how: &str) {
    assert_eq!(feed.until("gone").await["code"], "signed_out", "{how}");
    assert_eq!(feed.next().await, Said::End, "{how}");
}

#[test]
fn the_feed_of_a_session_ends_with_it_however_that_ends() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut bob = with_password(&inside, "bob").await;
        let mut root = inside.signed_in("root").await;

        let (_, mut feed) = elsewhere(&inside).await;
        let page = bob.get("/account").await.body;
        assert!(page.contains("Last seen"), "{page}");
        let session = page.split("name=\"session\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        bob.post("/account/sessions/close", &[("session", session)]).await;
        is_over(&mut feed, "closed from another browser").await;

        let (_, mut feed) = elsewhere(&inside).await;
        bob.post("/account/sessions/close-others", &[]).await;
        is_over(&mut feed, "all others closed").await;

        let (_, mut feed) = elsewhere(&inside).await;
        let typed = [("current", PASSPHRASE), ("password", PASSPHRASE), ("again", PASSPHRASE)];
        assert_eq!(bob.post("/account/password", &typed).await.status, 303);
        is_over(&mut feed, "the password was changed").await;

        let (_, mut feed) = elsewhere(&inside).await;
        root.post(&format!("/people/{}/suspend", id("bob")), &[]).await;
        is_over(&mut feed, "suspended").await;
        root.post(&format!("/people/{}/restore", id("bob")), &[]).await;

        let (_, mut feed) = elsewhere(&inside).await;
        root.post(&format!("/people/{}/forget", id("bob")), &[]).await;
        is_over(&mut feed, "sent away").await;
        inside.hub.stop().await;
    });
}

#[test]
fn a_token_ends_with_its_time_and_it_is_shown_when_it_was_last_used() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        inside.clock.stop();
        let mut bob = inside.signed_in("bob").await;
        let made = bob.post("/account/tokens", &[("name", "script"), ("days", "7"), ("read", "true")]).await;
        let secret = made.body.split(">wrt_").nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert!(bob.get("/account/tokens").await.body.contains("Not used since"));
        let (bearer, mut program) = (format!("Bearer wrt_{secret}"), inside.web.stranger());
        let mut ask =
            async || program.send("GET", "/api/v1/account", &[("Authorization", &bearer)], "").await.status;
        assert_eq!(ask().await, 200);
        assert!(bob.get("/account/tokens").await.body.contains("Last used"));
        inside.clock.forward(7 * 24 * HOUR_US - 1);
        assert_eq!(ask().await, 200);
        inside.clock.forward(1);
        assert_eq!(ask().await, 401, "its time is over");
        inside.hub.stop().await;
    });
}
