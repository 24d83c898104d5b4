//! Forgetting a password, and another mail address.

use super::with_bob;
use crate::web::inside::{PASSPHRASE, in_system};

const ANOTHER: &str = "another passphrase altogether";

#[test]
fn a_forgotten_password_is_set_by_the_letter_and_every_session_ends() {
    in_system(async {
        let (mut room, mut bob) = with_bob().await;
        let mut stranger = room.inside.web.stranger();
        assert!(stranger.get("/login").await.body.contains("href=\"/forgot\""));
        let asked = stranger.post("/forgot", &[("who", "Bob@Example.org")]).await;
        assert_eq!(asked.status, 200);
        let (mail, link) = room.letter("reset", "bob@example.org").await;
        assert_eq!(mail.subject(), "[Watchroom] Set another password");
        assert!(!mail.text.unwrap().contains(PASSPHRASE));
        assert!(stranger.get(&link).await.body.contains("bob"));
        let answer = stranger.post(&link, &[("password", ANOTHER), ("again", ANOTHER)]).await;
        assert_eq!((answer.status, answer.location()), (303, "/login"), "{}", answer.body);
        assert_eq!(stranger.get(&link).await.status, 404, "once");
        assert_eq!(bob.get("/machines").await.location(), "/login?next=/machines");
        assert!(room.signs_in("bob", PASSPHRASE).await.is_none());
        assert!(room.signs_in("bob", ANOTHER).await.is_some());
        room.inside.hub.stop().await;
    });
}

#[test]
fn the_answer_is_the_same_whoever_exists_and_one_address_cannot_go_on_asking() {
    in_system(async {
        let (mut room, _bob) = with_bob().await;
        let mut stranger = room.inside.web.stranger();
        let known = stranger.post("/forgot", &[("who", "bob")]).await;
        room.letter("reset", "bob@example.org").await;
        // The owner's address was never confirmed, so that nothing goes there.
        for who in ["nobody", "ada", "ada@example.org", ""] {
            let other = stranger.post("/forgot", &[("who", who)]).await;
            assert_eq!((other.status, &other.body), (known.status, &known.body), "{who}");
        }
        let mut last = 0;
        for _ in 0..10 {
            last = stranger.post("/forgot", &[("who", "nobody")]).await.status;
        }
        assert_eq!(last, 429);
        let letters = room.server.mails().await.iter().filter(|m| m.subject().contains("another password"));
        assert_eq!(letters.count(), 1);
        room.inside.hub.stop().await;
    });
}
