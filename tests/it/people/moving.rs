//! Another mail address and another password: what is asked for first, who is told, what follows and what ends.

use super::second_step::{code, turn_on};
use super::{id, with_bob, with_password};
use crate::harness::http::{FORM, Http};
use crate::harness::wait::PATIENCE;
use crate::web::inside::{Inside, PASSPHRASE, in_system};
use watchroom::clock::Clock as _;
use watchroom_domain::*;

const ANOTHER: &str = "another passphrase altogether";
const WRONG: &str = "not the password at all";

fn mail<'a>(to: &'a str, current: &'a str) -> [(&'a str, &'a str); 3] {
    [("name", "Bob B."), ("mail", to), ("current", current)]
}

#[test]
fn another_mail_address_holds_once_its_letter_was_opened() {
    in_system(async {
        let (mut room, mut bob) = with_bob().await;
        let typed = [
            ("name", "Robert"),
            ("mail", "new@example.org"),
            ("sex", "other"),
            ("language", "zh-CN"),
            ("current", PASSPHRASE),
        ];
        assert_eq!(bob.post("/account/profile", &typed).await.location(), "/account/profile");
        let page = bob.get("/account/profile").await.body;
        assert!(page.contains("value=\"bob@example.org\"") && page.contains("new@example.org"), "{page}");
        assert!(page.contains("个人资料"), "the account's language stands above the browser's");
        let (_, link) = room.letter("confirm", "new@example.org").await;
        bob.post(&link, &[]).await;
        let page = bob.get("/account/profile").await.body;
        assert!(page.contains("value=\"new@example.org\"") && !page.contains("bob@example.org"), "{page}");
        assert!(page.contains("value=\"Robert\""));
        let wrong = bob
            .post(
                "/account/profile",
                &[("name", "Robert"), ("mail", "new@example.org"), ("phone", "call me")],
            )
            .await;
        assert!(wrong.status == 422 && wrong.body.contains("value=\"call me\""), "{}", wrong.body);
        bob.post("/preferences", &[("lang", "en"), ("back", "/account")]).await;
        assert!(bob.get("/account/profile").await.body.contains("Profile"));
        room.inside.hub.stop().await;
    });
}

#[test]
fn another_address_asks_for_the_password_tells_the_one_before_and_what_is_told_follows() {
    in_system(async {
        let (mut room, mut bob) = with_bob().await;
        let person = room.inside.hub.core.views.with(|s| s.person_by_login("bob").unwrap().person);
        let subscription = SubscriptionId::derived(&["bob"]);
        let subscribe = Command::Subscribe {
            subscription,
            subject: person,
            channel: "email".to_owned(),
            address: "bob@example.org".to_owned(),
            at_least: Severity::Warning,
            scope: Scope::Everywhere,
            quiet: None,
        };
        room.inside.tell(subscribe).await;
        let views = room.inside.hub.core.views.clone();
        let goes_to = || views.with(|s| s.subscriptions[&subscription].address.clone());
        for current in ["", WRONG] {
            let refused = bob.post("/account/profile", &mail("new@example.org", current)).await;
            assert!(
                refused.status == 422 && refused.body.contains("not your present password"),
                "{}",
                refused.body
            );
            let typed = refused.body.contains("value=\"new@example.org\"");
            assert!(typed && refused.body.contains("id=\"f-current\""), "what was typed is kept");
        }
        assert!(views.with(|s| s.accounts.confirmations.is_empty()), "nothing has begun");
        let done = bob.post("/account/profile", &mail("new@example.org", PASSPHRASE)).await;
        assert_eq!(done.status, 303, "{}", done.body);
        let is_told = |m: &crate::harness::smtp::Mail| {
            m.to == ["bob@example.org"] && m.subject().contains("Another mail address")
        };
        let told = room.server.mail("word to the address before", PATIENCE, is_told).await;
        let text = told.text.unwrap();
        assert!(text.contains("/forgot") && !text.contains("new@example.org"), "{text}");

        let (_, link) = room.letter("confirm", "new@example.org").await;
        let mut stranger = room.inside.web.stranger();
        let shown = stranger.get(&link).await.body;
        assert!(shown.contains("Sign in to it here") && !shown.contains("new@example.org"), "{shown}");
        assert!(stranger.post(&link, &[]).await.body.contains("Sign in to it here"));
        let other = room.owner.get(&link).await.body;
        assert!(other.contains("another account than the one"), "{other}");
        assert_eq!(goes_to(), "bob@example.org", "nothing moves before it is confirmed");
        assert_eq!(bob.post(&link, &[]).await.status, 303);
        assert_eq!(goes_to(), "new@example.org");
        room.inside.hub.stop().await;
    });
}

#[test]
fn an_address_that_waits_can_be_given_up() {
    in_system(async {
        let (mut room, mut bob) = with_bob().await;
        bob.post("/account/profile", &mail("mistyped@example.org", PASSPHRASE)).await;
        let (_, link) = room.letter("confirm", "mistyped@example.org").await;
        let page = bob.get("/account/profile").await.body;
        assert!(page.contains("Keep bob@example.org"), "{page}");
        assert_eq!(bob.post("/account/mail/keep", &[]).await.location(), "/account/profile");
        assert_eq!(bob.post(&link, &[]).await.status, 404);
        assert!(!bob.get("/account/profile").await.body.contains("mistyped@example.org"));
        room.inside.hub.stop().await;
    });
}

#[test]
fn an_owner_is_reminded_of_the_mail_address_until_it_is_confirmed() {
    in_system(async {
        let (mut room, mut bob) = with_bob().await;
        assert!(room.owner.get("/machines").await.body.contains("Confirm your mail address"));
        assert!(!bob.get("/machines").await.body.contains("Confirm your mail address"));
        let page = room.owner.get("/alerts?show=all").await.body;
        assert!(
            page.contains("Remind me in a week") && page.contains("value=\"/alerts?show=all\""),
            "{page}"
        );
        room.owner.cookies().insert("__Host-lang".to_owned(), "zh-CN".to_owned());
        assert!(room.owner.get("/machines").await.body.contains("一周后再提醒"));
        room.owner.cookies().remove("__Host-lang");
        let foreign = [FORM, ("Origin", "https://evil.example")];
        let forged = room.owner.send("POST", "/account/reminder/later", &foreign, "back=/").await;
        assert_eq!(forged.status, 403);
        assert!(room.owner.get("/machines").await.body.contains("Confirm your mail address"));
        let aside = room.owner.post("/account/reminder/later", &[("back", "/alerts?show=all")]).await;
        assert_eq!((aside.status, aside.location()), (303, "/alerts?show=all"));
        let cookie = aside.headers("Set-Cookie").find(|cookie| cookie.starts_with("__Host-later=")).unwrap();
        for held in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=604800"] {
            assert!(cookie.contains(held), "{cookie}");
        }
        assert!(!room.owner.get("/machines").await.body.contains("Confirm your mail address"));
        let account = room.owner.get("/account").await.body;
        assert!(account.contains("Confirm your mail address"), "in the account it stays");
        assert!(!account.contains("Remind me in a week"), "{account}");
        let id = room.owner.cookies().insert("__Host-later".to_owned(), id("bob").to_string()).unwrap();
        let page = room.owner.get("/machines").await.body;
        assert!(
            page.contains("Confirm your mail address"),
            "what one put aside is not put aside for another"
        );
        room.owner.cookies().insert("__Host-later".to_owned(), id);
        let refused = room.owner.post("/machines/new", &[("name", "")]).await.body;
        assert!(!refused.contains("Remind me in a week"), "{refused}");
        assert_eq!(room.owner.post("/account/confirm", &[]).await.status, 303);
        let (_, link) = room.letter("confirm", "ada@example.org").await;
        assert_eq!(room.owner.post(&link, &[]).await.status, 303);
        assert!(!room.owner.get("/machines").await.body.contains("Confirm your mail address"));
        room.inside.hub.stop().await;
    });
}

fn change<'a>(current: &'a str, to: &'a str) -> [(&'a str, &'a str); 3] {
    [("current", current), ("password", to), ("again", to)]
}

#[test]
fn guessing_the_present_password_waits_in_the_form_and_in_that_session_only() {
    in_system(async {
        let inside = Inside::with_people(&[("bob", Role::Member)]).await;
        let mut bob = with_password(&inside, "bob").await;
        let mut elsewhere = inside.web.stranger();
        elsewhere.post("/login", &[("login", "bob"), ("password", PASSPHRASE)]).await;
        inside.clock.stop();
        for _ in 0..5 {
            let wrong = bob.post("/account/password", &change(WRONG, ANOTHER)).await;
            assert!(wrong.status == 422 && wrong.body.contains("f-current"), "{}", wrong.body);
        }
        for (path, typed) in [
            ("/account/password", &change(PASSPHRASE, ANOTHER)[..]),
            ("/account/leave", &change(PASSPHRASE, "")[..1]),
        ] {
            let late = bob.post(path, typed).await;
            assert_eq!((late.status, late.header("Retry-After")), (429, Some("1")), "{path}");
            assert!(
                late.body.contains("Too many tries") && late.body.contains("name=\"current\""),
                "{}",
                late.body
            );
        }
        let done = elsewhere.post("/account/password", &change(PASSPHRASE, ANOTHER)).await;
        assert_eq!((done.status, done.location()), (303, "/account"), "{}", done.body);
        inside.hub.stop().await;
    });
}

async fn sign_in(visitor: &mut Http, password: &str) -> String {
    visitor.post("/login", &[("login", "bob"), ("password", password)]).await.location().to_owned()
}

#[test]
fn with_a_second_step_another_password_ends_everything_and_asks_for_the_code() {
    in_system(async {
        let inside = Inside::with_people(&[("bob", Role::Member)]).await;
        let mut bob = with_password(&inside, "bob").await;
        inside.clock.stop();
        let (secret, _) = turn_on(&inside, &mut bob).await;
        let made = bob.post("/account/tokens", &[("name", "script"), ("days", "30"), ("read", "true")]).await;
        assert_eq!(made.status, 200);
        inside.clock.forward(SECOND_FACTOR_STEP_US);
        let mut elsewhere = inside.web.stranger();
        assert_eq!(sign_in(&mut elsewhere, PASSPHRASE).await, "/login/code");
        let now = code(&secret, inside.clock.now_us());
        assert_eq!(elsewhere.post("/login/code", &[("code", &now)]).await.status, 303);

        let changed = bob.post("/account/password", &change(PASSPHRASE, ANOTHER)).await;
        assert_eq!((changed.status, changed.location()), (303, "/login/code"), "{}", changed.body);
        let left = inside.hub.core.views.with(|s| (s.sessions.len(), s.api_tokens.len()));
        assert_eq!(left, (0, 0), "sessions and tokens have ended, this one's too");
        inside.clock.forward(SECOND_FACTOR_STEP_US);
        let now = code(&secret, inside.clock.now_us());
        let done = bob.post("/login/code", &[("code", &now)]).await;
        assert_eq!((done.status, done.location()), (303, "/account"));
        assert!(bob.get("/account").await.body.contains("The password was changed"));
        assert_eq!(elsewhere.get("/machines").await.status, 303);
        assert_eq!(
            inside.hub.core.views.with(|s| s.sessions.values().filter(|s| s.person == id("bob")).count()),
            1
        );
        inside.hub.stop().await;
    });
}
