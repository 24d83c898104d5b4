//! Whoever leaves is forgotten: nobody can read what was recorded of them, and the log still holds.

use super::{id, with_password};
use crate::harness::http::Http;
use crate::harness::wait::{PATIENCE, until};
use crate::web::inside::{Inside, PASSPHRASE, in_system};
use watchroom::actors::registry::load_state;
use watchroom::event_log::Verdict;
use watchroom_domain::*;

const PEOPLE: [(&str, Role); 3] =
    [("root", Role::Owner), ("admin", Role::Administrator), ("bob", Role::Member)];

/// Waits for the key to be destroyed, and looks at the log as a later start would read it.
async fn assert_forgotten(inside: &Inside, name: &str) {
    let core = &inside.hub.core;
    let stream = format!("person/{}", id(name));
    let personal = |event: &Event| event.subject().is_some();
    let events = until("the key's end", PATIENCE, async || {
        let events = core.log.read_stream(&stream, 0, 100).await.unwrap();
        let gone = core.log.not_forgotten(&[id(name)]).await.unwrap().is_empty();
        (gone && events.iter().all(|recorded| !personal(&recorded.event))).then_some(events)
    })
    .await;
    let read = load_state(&core.log, None).await.unwrap();
    let known = core.views.with(Clone::clone);
    assert!(!known.people.contains_key(&id(name)) && known.forgotten.contains(&id(name)));
    assert_eq!((read.people, read.sessions, read.access), (known.people, known.sessions, known.access));
    assert!(events.iter().any(|recorded| matches!(recorded.event, Event::Forgotten { .. })));
    let verdict = core.log.verify(|_| ()).await.unwrap();
    assert!(matches!(verdict, Verdict::Sound { .. }), "{verdict:?}");
}

async fn leave(visitor: &mut Http, password: &str) -> (u16, String) {
    let answer = visitor.post("/account/leave", &[("current", password)]).await;
    (answer.status, answer.body)
}

#[test]
fn whoever_leaves_shows_the_password_and_is_forgotten() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut bob = with_password(&inside, "bob").await;
        let page = bob.get("/account/leave").await.body;
        assert!(page.contains("What is lost"), "{page}");
        let (status, body) = leave(&mut bob, "not the password at all").await;
        assert!(status == 422 && body.contains("This is not your present password"), "{body}");
        let kept = bob.cookies().clone();
        assert_eq!(leave(&mut bob, PASSPHRASE).await.0, 303);
        assert!(bob.get("/login").await.body.contains("Your account has ended"));
        *bob.cookies() = kept;
        assert_eq!(bob.get("/machines").await.status, 303, "a cookie that was kept opens nothing");
        assert_forgotten(&inside, "bob").await;
        let mut admin = inside.signed_in("admin").await;
        for page in ["/people", "/audit", "/log", "/machines"] {
            let body = admin.get(page).await.body;
            assert!(!body.contains("Person bob") && !body.contains("bob@people.example"), "{page}");
        }
        inside.hub.stop().await;
    });
}

#[test]
fn an_administrator_sends_somebody_away_but_no_owner_and_the_last_owner_stays() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut admin = inside.signed_in("admin").await;
        let path = |name: &str| format!("/people/{}/forget", id(name));
        let refused = admin.post(&path("root"), &[]).await;
        assert!(refused.status == 422 && refused.body.contains("Only an owner"), "{}", refused.body);
        let done = admin.post(&path("bob"), &[]).await;
        assert_eq!((done.status, done.location()), (303, "/people"), "{}", done.body);
        assert_forgotten(&inside, "bob").await;
        let mut root = with_password(&inside, "root").await;
        let (status, body) = leave(&mut root, PASSPHRASE).await;
        assert!(status == 422 && body.contains("You are the only owner"), "{body}");
        inside.hub.stop().await;
    });
}

#[test]
fn a_hub_that_ended_in_between_forgets_when_it_starts() {
    in_system(async {
        let left = body::PersonForgotten { person: id("bob") };
        let inside = Inside::with_people_and(&PEOPLE, vec![left.into()]).await;
        assert_forgotten(&inside, "bob").await;
        inside.hub.stop().await;
    });
}
