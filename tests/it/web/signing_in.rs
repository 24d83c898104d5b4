//! The first account, signing in and out, and guessing.

use super::inside::{Inside, PASSPHRASE, in_system};
use crate::harness::http::Answer;
use watchroom_domain::SECOND_US;

const SESSION: &str = "__Host-watchroom";

/// Cookies that hold or say something about a person are for this very host, TLS and no script.
fn assert_kept_safe(answer: &Answer) {
    let cookies: Vec<_> =
        answer.headers("Set-Cookie").filter(|cookie| cookie.starts_with("__Host-")).collect();
    assert!(!cookies.is_empty());
    for cookie in cookies {
        for part in ["HttpOnly", "Secure", "SameSite=", "Path=/"] {
            assert!(cookie.contains(part), "{part} lacks: {cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
}

#[test]
fn the_link_makes_one_account_and_is_dead_afterwards() {
    in_system(async {
        let inside = Inside::start().await;
        let mut visitor = inside.web.stranger();
        let fields = [("login", "mallory"), ("password", PASSPHRASE), ("again", PASSPHRASE)];
        for wrong in ["/setup/wrong", "/setup/"] {
            assert_eq!(visitor.get(wrong).await.status, 404);
            assert_eq!(visitor.post(wrong, &fields).await.status, 404);
        }
        let link = inside.setup_path();
        assert_eq!(visitor.get(&link).await.status, 200);
        let short = visitor.post(&link, &[("login", "ada"), ("password", "short"), ("again", "short")]).await;
        assert!(short.status == 422 && short.body.contains("At least 12 characters"), "{}", short.body);
        assert!(short.body.contains("value=\"ada\""), "what was typed is kept");
        let mut owner = inside.owner().await;
        assert_eq!(owner.get("/machines").await.status, 200);
        assert_eq!((visitor.get(&link).await.location(), inside.hub.setup_link()), ("/login", None));
        let before = inside.position();
        assert_eq!(visitor.post(&link, &fields).await.location(), "/login", "pressed twice");
        assert_eq!(inside.position(), before);
        inside.hub.stop().await;
    });
}

#[test]
fn a_wrong_name_reads_like_a_wrong_password_and_guessing_has_to_wait() {
    in_system(async {
        let inside = Inside::start().await;
        inside.owner().await;
        inside.clock.stop();
        let mut guesser = inside.web.stranger();
        let mut guess = async |login: &str, password: &str| {
            guesser.post("/login", &[("login", login), ("password", password), ("next", "/rules")]).await
        };
        let wrong_name = guess("somebody", PASSPHRASE).await;
        let wrong_password = guess("ada", "not the password at all").await;
        assert_eq!(wrong_name.status, 422);
        assert_eq!(wrong_name.body.replace("somebody", "ada"), wrong_password.body);
        for _ in 0..4 {
            assert_eq!(guess("ada", "not the password at all").await.status, 422);
        }
        let sixth = guess("ada", PASSPHRASE).await;
        assert_eq!((sixth.status, sixth.header("Retry-After")), (429, Some("1")));
        assert!(sixth.body.contains("Too many tries"), "{}", sixth.body);
        inside.clock.forward(SECOND_US);
        let right = guess("ada", PASSPHRASE).await;
        assert_eq!((right.status, right.location()), (303, "/rules"));
        assert_kept_safe(&right);
        inside.hub.stop().await;
    });
}

#[test]
fn who_signs_out_or_changes_the_password_ends_what_was_open() {
    in_system(async {
        let inside = Inside::start().await;
        let mut owner = inside.owner().await;
        let mut elsewhere = inside.web.stranger();
        let signed_in = elsewhere.post("/login", &[("login", "ada"), ("password", PASSPHRASE)]).await;
        assert_kept_safe(&signed_in);
        let another = "another correct horse";
        let fields = [("current", PASSPHRASE), ("password", another), ("again", another)];
        let changed = owner.post("/account/password", &fields).await;
        assert_eq!((changed.status, changed.location()), (303, "/account"), "{}", changed.body);
        assert_kept_safe(&changed);
        assert!(owner.get("/account").await.body.contains("The password was changed"));
        assert!(!owner.get("/account").await.body.contains("The password was changed"), "it is said once");
        assert_eq!(elsewhere.get("/machines").await.status, 303, "the other session has ended");

        let kept = owner.cookies()[SESSION].clone();
        assert_eq!(owner.post("/logout", &[]).await.location(), "/login");
        assert!(!owner.cookies().contains_key(SESSION));
        owner.cookies().insert(SESSION.to_owned(), kept);
        assert_eq!(owner.get("/machines").await.status, 303, "a cookie that was kept opens nothing");
        inside.hub.stop().await;
    });
}

#[test]
fn after_signing_in_the_way_leads_nowhere_else() {
    in_system(async {
        let inside = Inside::start().await;
        inside.owner().await;
        for next in ["https://evil.example/", "//evil.example", "/\\evil.example"] {
            let mut visitor = inside.web.stranger();
            let fields = [("login", "ada"), ("password", PASSPHRASE), ("next", next)];
            assert_eq!(visitor.post("/login", &fields).await.location(), "/machines");
        }
        inside.hub.stop().await;
    });
}
