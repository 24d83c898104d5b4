//! Registering and being invited.

use super::{Room, fields};
use crate::web::inside::{Inside, PASSPHRASE, in_system};
use watchroom_domain::{Registration, Role, Sex};

#[test]
fn somebody_registers_confirms_by_the_letter_and_signs_in() {
    in_system(async {
        let mut room = Room::new(Registration::Open).await;
        let mut bob = room.inside.web.stranger();
        assert!(bob.get("/login").await.body.contains("href=\"/register\""));
        assert_eq!(bob.get("/register").await.status, 200);
        let answer = bob.post("/register", &fields("bob", "bob@example.org")).await;
        assert_eq!((answer.status, answer.location()), (303, "/account/confirm"), "{}", answer.body);
        for path in ["/machines", "/account", "/account/profile", "/people"] {
            let answer = bob.get(path).await;
            assert_eq!((answer.status, answer.location()), (303, "/account/confirm"), "{path}");
        }
        assert_eq!(bob.post("/machines/new", &[("name", "mine")]).await.status, 403);
        assert!(bob.get("/account/confirm").await.body.contains("bob@example.org"));

        let (mail, link) = room.letter("confirm", "bob@example.org").await;
        assert_eq!(mail.subject(), "[Watchroom] Confirm your mail address");
        let mut elsewhere = room.inside.web.stranger();
        assert_eq!(elsewhere.get(&link).await.status, 200);
        assert_eq!(bob.get("/machines").await.status, 303, "looking at the link confirms nothing");
        let answer = elsewhere.post(&link, &[]).await;
        assert_eq!((answer.status, answer.location()), (303, "/login"));
        assert_eq!(elsewhere.post(&link, &[]).await.status, 404, "once");
        assert_eq!(bob.get("/machines").await.status, 200);
        assert!(room.signs_in("BOB", PASSPHRASE).await.is_some());
        room.inside.hub.core.views.with(|state| {
            let bob = state.person_by_login("bob").unwrap();
            assert_eq!((bob.role, bob.profile.sex), (Role::Member, Some(Sex::Male)));
        });
        room.inside.hub.stop().await;
    });
}

#[test]
fn a_letter_is_sent_again_and_the_one_before_ends() {
    in_system(async {
        let mut room = Room::new(Registration::Open).await;
        let mut bob = room.inside.web.stranger();
        bob.post("/preferences", &[("lang", "zh-CN"), ("back", "/register")]).await;
        bob.post("/register", &fields("bob", "bob@example.org")).await;
        let (mail, first) = room.letter("confirm", "bob@example.org").await;
        assert_eq!(mail.subject(), "[Watchroom] 请确认您的邮箱地址");
        assert_eq!(bob.post("/account/confirm", &[]).await.location(), "/account/confirm");
        let mut second = first.clone();
        while second == first {
            second = room.letter("confirm", "bob@example.org").await.1;
            actix_rt::task::yield_now().await;
        }
        assert_eq!(bob.post(&first, &[]).await.status, 404);
        assert_eq!(bob.post(&second, &[]).await.location(), "/machines");
        room.inside.hub.stop().await;
    });
}

#[test]
fn what_is_wrong_stands_beside_its_field_and_what_was_typed_stays() {
    in_system(async {
        let room = Room::new(Registration::Open).await;
        let mut bob = room.inside.web.stranger();
        let taken = bob.post("/register", &fields("ADA", "bob@example.org")).await;
        assert_eq!(taken.status, 422);
        assert!(taken.body.contains("Somebody has this login name"), "{}", taken.body);
        for kept in
            ["value=\"ADA\"", "value=\"bob@example.org\"", "+41 44 000 00 00", "value=\"male\" selected"]
        {
            assert!(taken.body.contains(kept), "{kept}");
        }
        assert!(!taken.body.contains(PASSPHRASE));
        let short =
            [("login", "bob"), ("mail", "bob@example.org"), ("password", "short"), ("again", "short")];
        assert!(bob.post("/register", &short).await.body.contains("At least 12 characters"));
        let nowhere = bob.post("/register", &fields("bob", "")).await;
        assert!(nowhere.body.contains("A mail address is needed"), "{}", nowhere.body);
        let mut last = 0;
        for _ in 0..20 {
            last = bob.post("/register", &fields("ADA", "bob@example.org")).await.status;
        }
        assert_eq!(last, 429, "one address cannot go on for ever");
        room.inside.hub.stop().await;
    });
}

#[test]
fn closed_says_whom_to_ask_and_records_nothing() {
    in_system(async {
        let inside = Inside::start().await;
        let mut owner = inside.owner().await;
        let mut bob = inside.web.stranger();
        let before = inside.position();
        assert!(bob.get("/register").await.body.contains("Nobody can register here"));
        assert!(
            bob.post("/register", &fields("bob", "bob@example.org"))
                .await
                .body
                .contains("Ask whoever runs it")
        );
        assert!(!bob.get("/login").await.body.contains("href=\"/register\""));
        assert_eq!(inside.position(), before);
        let open = [("registration", "open"), ("role", "member")];
        let refused = owner.post("/settings/access", &open).await;
        assert!(refused.status == 422 && refused.body.contains("cannot send mail yet"), "{}", refused.body);
        let invitation = [("registration", "invitation"), ("role", "viewer")];
        assert_eq!(owner.post("/settings/access", &invitation).await.status, 303);
        assert!(bob.get("/register").await.body.contains("By invitation only"));
        assert!(owner.get("/settings").await.body.contains("console.session_hours"));
        inside.hub.stop().await;
    });
}

#[test]
fn somebody_is_invited_by_mail_and_makes_an_account() {
    in_system(async {
        let mut room = Room::new(Registration::Invitation).await;
        let typed = [("mail", "bob@example.org"), ("role", "operator"), ("days", "3"), ("language", "en")];
        assert_eq!(room.owner.post("/invitations", &typed).await.location(), "/invitations");
        let twice = room.owner.post("/invitations", &typed).await;
        assert!(twice.status == 422 && twice.body.contains("has an invitation already"), "{}", twice.body);
        let (mail, link) = room.letter("invitation", "bob@example.org").await;
        assert_eq!(mail.subject(), "[Watchroom] You are invited");
        assert!(room.owner.get("/invitations").await.body.contains(&link), "the link stands there to copy");

        let mut bob = room.inside.web.stranger();
        let form = bob.get(&link).await;
        assert!(
            form.status == 200 && form.body.contains("operator") && form.body.contains("bob@example.org")
        );
        let answer = bob.post(&link, &fields("bob", "bob@example.org")).await;
        assert_eq!((answer.status, answer.location()), (303, "/machines"), "{}", answer.body);
        assert_eq!(bob.get("/machines").await.status, 200);
        assert_eq!(bob.get(&link).await.status, 404, "once");
        let mut eve = room.inside.web.stranger();
        assert_eq!(eve.post(&link, &fields("eve", "eve@example.org")).await.status, 404);
        let page = room.owner.get("/invitations").await.body;
        assert!(page.contains("Bob B.") && !page.contains(&link));
        room.inside.hub.core.views.with(|state| {
            let bob = state.person_by_login("bob").unwrap();
            assert!(bob.role == Role::Operator && bob.profile.mail_confirmed);
        });
        room.inside.hub.stop().await;
    });
}

#[test]
fn an_invitation_is_handed_over_as_a_link_renewed_and_withdrawn() {
    in_system(async {
        let mut room = Room::new(Registration::Invitation).await;
        room.owner.post("/invitations", &[("role", "member"), ("days", "1"), ("language", "en")]).await;
        let link = |body: &str| {
            let start = format!("{}/invitation/", room.inside.hub.public_url);
            let at = body.find(&start)? + room.inside.hub.public_url.len();
            body[at..].split(['<', '"']).next().map(str::to_owned)
        };
        let first = link(&room.owner.get("/invitations").await.body).unwrap();
        let id = room.inside.hub.core.views.with(|s| s.accounts.invitations.keys().next().copied().unwrap());
        room.owner.post(&format!("/invitations/{id}/again"), &[]).await;
        let second = link(&room.owner.get("/invitations").await.body).unwrap();
        let mut bob = room.inside.web.stranger();
        assert_eq!((bob.get(&first).await.status, bob.get(&second).await.status), (404, 200));
        room.owner.post(&format!("/invitations/{id}/withdraw"), &[]).await;
        assert_eq!(bob.get(&second).await.status, 404);
        assert_eq!(link(&room.owner.get("/invitations").await.body), None);
        let over = room.owner.post(&format!("/invitations/{id}/again"), &[]).await;
        assert!(over.status == 422 && over.body.contains("used or taken back already"), "{}", over.body);
        room.inside.hub.stop().await;
    });
}
