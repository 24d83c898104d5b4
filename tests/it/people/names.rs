//! What people may be called, and by which way it is said that they came.

use super::{Room, fields, with_bob, with_password};
use crate::web::inside::{Inside, PASSPHRASE, in_system};
use watchroom_domain::{Registration, Role};

#[test]
fn nobody_registers_as_a_look_alike_and_names_from_before_go_on_working() {
    in_system(async {
        let room = Room::new(Registration::Open).await;
        let mut eve = room.inside.web.stranger();
        // Cyrillic letters that look like those of "ada".
        for login in ["\u{430}d\u{430}", "a\u{200b}da", "\u{ff41}da", "李伟明", "-ada", "a b c"] {
            let refused = eve.post("/register", &fields(login, "eve@example.org")).await;
            assert!(refused.status == 422 && refused.body.contains("3 to 32 letters (a to z)"), "{login}");
            assert!(
                refused.body.contains("aria-invalid=\"true\"") && refused.body.contains(login),
                "{login}"
            );
        }
        assert_eq!(eve.post("/register", &fields("Ada", "eve@example.org")).await.status, 422, "taken");
        room.inside.hub.stop().await;
        let inside = Inside::with_people(&[("jürgen", Role::Owner)]).await;
        let mut known = with_password(&inside, "jürgen").await;
        known.post("/logout", &[]).await;
        let again = known.post("/login", &[("login", "JÜRGEN"), ("password", PASSPHRASE)]).await;
        assert_eq!(again.location(), "/machines");
        inside.hub.stop().await;
    });
}

#[test]
fn a_name_hides_nothing_and_may_be_in_any_script() {
    in_system(async {
        let (room, mut bob) = with_bob().await;
        let page = async |bob: &mut crate::harness::http::Http, name: &str| {
            bob.post("/account/profile", &[("name", name), ("mail", "bob@example.org")]).await
        };
        for name in ["Ada Lovelace\u{200b}", "\u{202e}adA", "\u{3164}", "Ada\u{2066}"] {
            let refused = page(&mut bob, name).await;
            assert!(refused.status == 422 && refused.body.contains("Invisible characters"), "{name:?}");
        }
        assert!(page(&mut bob, &"长".repeat(65)).await.body.contains("At most 64 characters"));
        assert_eq!(page(&mut bob, &"长".repeat(64)).await.status, 303);
        assert_eq!(page(&mut bob, "  李伟 \u{3000} 👩\u{200d}🔬 ").await.status, 303);
        let name =
            room.inside.hub.core.views.with(|s| s.person_by_login("bob").unwrap().display_name.clone());
        assert_eq!(name, "李伟 👩\u{200d}🔬");
        room.inside.hub.stop().await;
    });
}

#[test]
fn it_is_said_how_somebody_came_to_an_account() {
    in_system(async {
        let (mut room, _bob) = with_bob().await;
        let typed = [("mail", "eve@example.org"), ("role", "viewer"), ("days", "3"), ("language", "en")];
        room.owner.post("/invitations", &typed).await;
        let (_, link) = room.letter("invitation", "eve@example.org").await;
        let mut eve = room.inside.web.stranger();
        assert_eq!(eve.post(&link, &fields("eve", "eve@example.org")).await.status, 303);
        let column = room.owner.get("/machines").await.body;
        for said in ["made the first account", "made an account by an invitation", "made an account<"] {
            assert_eq!(column.matches(said).count(), 1, "{said}: {column}");
        }
        let audit = room.owner.get("/audit?act=people").await.body;
        for said in ["by the link for the first account", "by registering", "by an invitation"] {
            assert!(audit.contains(said), "{said}: {audit}");
        }
        room.inside.hub.stop().await;
    });
}
