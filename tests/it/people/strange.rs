//! What people and others type that nobody expected, and forms that are handed in twice.

use super::{Room, fields};
use crate::web::inside::{Inside, PASSPHRASE, in_system};
use watchroom_domain::{HOUR_US, Registration};

#[test]
fn a_form_that_is_handed_in_twice_makes_one_account_and_no_error() {
    in_system(async {
        let mut room = Room::new(Registration::Open).await;
        let (mut first, mut second) = (room.inside.web.stranger(), room.inside.web.stranger());
        let typed = fields("bob", "bob@example.org");
        assert_eq!(first.post("/register", &typed).await.location(), "/account/confirm");
        let twice = second.post("/register", &typed).await;
        assert_eq!((twice.status, twice.location()), (303, "/account/confirm"), "{}", twice.body);
        assert_eq!(second.get("/account/confirm").await.status, 200);
        let mut other: Vec<_> = typed.clone();
        other.retain(|(name, _)| !["password", "again"].contains(name));
        other.extend([("password", "quite another passphrase"), ("again", "quite another passphrase")]);
        let refused = room.inside.web.stranger().post("/register", &other).await;
        assert!(refused.status == 422 && refused.body.contains("Somebody has this login name"));

        let by = [("mail", ""), ("role", "member"), ("days", "3"), ("language", "en")];
        room.owner.post("/invitations", &by).await;
        let page = room.owner.get("/invitations").await.body;
        let start = format!("{}/invitation/", room.inside.hub.public_url);
        let secret = page.split(&start).nth(1).unwrap().split(['"', '<', ' ']).next().unwrap();
        let link = format!("/invitation/{secret}");
        let typed = fields("eve", "eve@example.org");
        // Twice at the same moment, and once more behind that.
        let (mut first, mut second) = (room.inside.web.stranger(), room.inside.web.stranger());
        let both = tokio::join!(first.post(&link, &typed), second.post(&link, &typed));
        let third = room.inside.web.stranger().post(&link, &typed).await;
        for answer in [both.0, both.1, third] {
            assert_eq!((answer.status, answer.location()), (303, "/machines"), "{}", answer.body);
        }
        let people = room.inside.hub.core.views.with(|s| s.people.len());
        assert_eq!(people, 3);
        room.inside.hub.stop().await;
    });
}

#[test]
fn letters_reach_addresses_with_signs_capitals_and_letters_of_other_scripts() {
    in_system(async {
        let mut room = Room::new(Registration::Open).await;
        for (login, typed, there) in [
            ("plus", "Bob+tag@Example.ORG", "Bob+tag@Example.ORG"),
            ("idn", "bob@bücher.example", "bob@xn--bcher-kva.example"),
            ("chinese", "li@例子.测试", "li@xn--fsqu00a.xn--0zwm56d"),
        ] {
            let mut visitor = room.inside.web.stranger();
            let answer = visitor.post("/register", &fields(login, typed)).await;
            assert_eq!(answer.status, 303, "{typed}: {}", answer.body);
            let (_, link) = room.letter("confirm", there).await;
            assert_eq!(visitor.post(&link, &[]).await.status, 303, "{typed}");
        }
        for wrong in [
            "bob",
            "bob@",
            "@example.org",
            "a b@example.org",
            "bob@example.org,eve@example.org",
            "bob@a\u{200b}b.org",
            "bücher@example.org",
        ] {
            let refused = room.inside.web.stranger().post("/register", &fields("x-wrong", wrong)).await;
            assert_ne!(refused.status, 303, "{wrong:?}");
        }
        room.inside.hub.stop().await;
    });
}

#[test]
fn what_is_far_too_long_is_refused_beside_its_field() {
    in_system(async {
        let room = Room::new(Registration::Open).await;
        let long = "x".repeat(5_000);
        for (field, said) in
            [("login", "3 to 32"), ("name", "At most 64"), ("phone", "At most 40"), ("mail", "At most 254")]
        {
            let mut typed = fields("bob", "bob@example.org");
            typed.retain(|(name, _)| *name != field);
            typed.push((field, &long));
            let refused = room.inside.web.stranger().post("/register", &typed).await;
            assert!(refused.status == 422 && refused.body.contains(said), "{field}: {}", refused.body);
        }
        let mut visitor = room.inside.web.stranger();
        for (login, password) in [(&*long, PASSPHRASE), ("ada", &*long)] {
            let answer = visitor.post("/login", &[("login", login), ("password", password)]).await;
            assert_eq!(answer.status, 422);
        }
        let huge = "x".repeat(1 << 20);
        assert_eq!(visitor.post("/login", &[("login", &*huge), ("password", "x")]).await.status, 413);
        room.inside.hub.stop().await;
    });
}

#[test]
fn a_link_that_is_over_says_so_and_what_to_do() {
    in_system(async {
        let mut room = Room::new(Registration::Open).await;
        let mut bob = room.inside.web.stranger();
        bob.post("/register", &fields("bob", "bob@example.org")).await;
        let (_, link) = room.letter("confirm", "bob@example.org").await;
        bob.post(&link, &[]).await;
        bob.post("/forgot", &[("who", "bob")]).await;
        let (_, reset) = room.letter("reset", "bob@example.org").await;
        room.inside.clock.stop();
        room.inside.clock.forward(HOUR_US);
        for path in [&*reset, "/reset/nonsense", &*link, "/confirm/nonsense", "/invitation/nonsense"] {
            let shown = bob.get(path).await;
            assert!(shown.status == 404 && shown.body.contains("is over"), "{path}: {}", shown.body);
            let typed = fields("bob", "bob@example.org");
            let posted = room.inside.web.stranger().post(path, &typed).await;
            assert!(posted.status == 404 && posted.body.contains("is over"), "{path}: {}", posted.body);
        }
        let old = [("password", PASSPHRASE), ("again", PASSPHRASE)];
        assert_eq!(bob.post(&reset, &old).await.status, 404);
        room.inside.hub.stop().await;
    });
}

#[test]
fn the_link_of_the_first_account_can_be_pressed_twice() {
    in_system(async {
        let inside = Inside::start().await;
        let path = inside.setup_path();
        inside.owner().await;
        let typed = [("login", "ada"), ("password", PASSPHRASE), ("again", PASSPHRASE)];
        let mut again = inside.web.stranger();
        assert_eq!(again.post(&path, &typed).await.location(), "/login");
        assert_eq!(again.post("/setup/wrong", &typed).await.status, 404);
        inside.hub.stop().await;
    });
}
