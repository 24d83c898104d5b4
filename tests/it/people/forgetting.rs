//! Forgetting a password, and another mail address.

use super::{Room, fields};
use crate::web::inside::{PASSPHRASE, in_system};
use watchroom_domain::Registration;

const ANOTHER: &str = "another passphrase altogether";

/// A room in which Bob has an account with a confirmed address.
async fn with_bob() -> (Room, crate::harness::http::Http) {
    let mut room = Room::new(Registration::Open).await;
    let mut bob = room.inside.web.stranger();
    bob.post("/register", &fields("bob", "bob@example.org")).await;
    let (_, link) = room.letter("confirm", "bob@example.org").await;
    bob.post(&link, &[]).await;
    (room, bob)
}

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

#[test]
fn another_mail_address_holds_once_its_letter_was_opened() {
    in_system(async {
        let (mut room, mut bob) = with_bob().await;
        let typed =
            [("name", "Robert"), ("mail", "new@example.org"), ("sex", "other"), ("language", "zh-CN")];
        assert_eq!(bob.post("/account/profile", &typed).await.location(), "/account/profile");
        let page = bob.get("/account/profile").await.body;
        assert!(page.contains("value=\"bob@example.org\"") && page.contains("new@example.org"), "{page}");
        assert!(page.contains("个人资料"), "the account's language stands above the browser's");
        let (_, link) = room.letter("confirm", "new@example.org").await;
        bob.post(&link, &[]).await;
        let page = bob.get("/account/profile").await.body;
        assert!(page.contains("value=\"new@example.org\"") && !page.contains("bob@example.org"), "{page}");
        assert!(page.contains("value=\"Robert\""));
        let wrong = bob.post("/account/profile", &[("name", "Robert"), ("phone", "call me")]).await;
        assert!(wrong.status == 422 && wrong.body.contains("value=\"call me\""), "{}", wrong.body);
        bob.post("/preferences", &[("lang", "en"), ("back", "/account")]).await;
        assert!(bob.get("/account/profile").await.body.contains("Profile"));
        room.inside.hub.stop().await;
    });
}
