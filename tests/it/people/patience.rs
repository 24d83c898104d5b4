//! Whoever guesses waits; nobody keeps somebody else out.

use super::second_step::{code, turn_on};
use super::with_password;
use crate::harness::http::Http;
use crate::web::inside::{Inside, PASSPHRASE, in_system};
use watchroom::clock::Clock as _;
use watchroom_domain::{HOUR_US, Role, SECOND_FACTOR_STEP_US, SECOND_US};

const WRONG: &str = "not the password at all";

async fn login(visitor: &mut Http, password: &str) -> u16 {
    visitor.post("/login", &[("login", "bob"), ("password", password)]).await.status
}

#[test]
fn a_browser_that_is_known_gets_in_while_others_fail_and_waits_for_its_own_failures() {
    in_system(async {
        let inside = Inside::with_people(&[("bob", Role::Member)]).await;
        let mut bob = with_password(&inside, "bob").await;
        assert!(bob.cookies().contains_key("__Host-known"));
        bob.post("/logout", &[]).await;
        inside.clock.stop();
        let mut eve = inside.web.stranger();
        for _ in 0..5 {
            assert_eq!(login(&mut eve, WRONG).await, 422);
        }
        assert_eq!(login(&mut eve, PASSPHRASE).await, 429, "whoever is not known waits");
        assert_eq!(login(&mut bob, PASSPHRASE).await, 303, "the same address, and a browser that is known");
        bob.post("/logout", &[]).await;
        for _ in 0..5 {
            assert_eq!(login(&mut bob, WRONG).await, 422);
        }
        assert_eq!(login(&mut bob, PASSPHRASE).await, 429, "it guesses no better than others");
        inside.clock.forward(SECOND_US);
        assert_eq!(login(&mut bob, PASSPHRASE).await, 303, "and waits no longer");
        let known = bob.cookies()["__Host-known"].clone();
        eve.cookies().insert("__Host-known".to_owned(), known.replace(&known[..4], "AAAA"));
        inside.clock.forward(-SECOND_US);
        assert_eq!(login(&mut eve, PASSPHRASE).await, 429, "nobody makes such a cookie");
        inside.hub.stop().await;
    });
}

#[test]
fn codes_that_somebody_else_guesses_keep_nobody_out_of_a_browser_that_is_known() {
    in_system(async {
        let inside = Inside::with_people(&[("bob", Role::Member)]).await;
        let mut bob = with_password(&inside, "bob").await;
        inside.clock.stop();
        let (secret, recovery) = turn_on(&inside, &mut bob).await;
        bob.post("/logout", &[]).await;
        inside.clock.forward(SECOND_FACTOR_STEP_US);
        let mut eve = inside.web.stranger();
        login(&mut eve, PASSPHRASE).await;
        for _ in 0..5 {
            assert_eq!(eve.post("/login/code", &[("code", "000000")]).await.status, 422);
        }
        login(&mut eve, PASSPHRASE).await;
        let late = eve.post("/login/code", &[("code", &recovery[0])]).await;
        assert_eq!(
            (late.status, late.header("Retry-After")),
            (429, Some("1")),
            "recovery codes are codes too"
        );
        assert!(late.body.contains("Too many tries") && late.body.contains("name=\"code\""), "{}", late.body);
        login(&mut bob, PASSPHRASE).await;
        let now = code(&secret, inside.clock.now_us());
        assert_eq!(bob.post("/login/code", &[("code", &now)]).await.status, 303);
        inside.hub.stop().await;
    });
}

#[test]
fn another_password_or_second_step_makes_every_browser_unknown_but_the_one_in_which_it_was_changed() {
    in_system(async {
        let inside = Inside::with_people(&[("bob", Role::Member)]).await;
        let mut bob = with_password(&inside, "bob").await;
        // Somebody who has the password signs in too, and has a known browser then.
        let mut thief = inside.web.stranger();
        assert_eq!(login(&mut thief, PASSPHRASE).await, 303);
        inside.clock.stop();
        let new = "a much better passphrase";
        let fields = [("current", PASSPHRASE), ("password", new), ("again", new)];
        assert_eq!(bob.post("/account/password", &fields).await.status, 303);
        guess_until_all_wait(&inside).await;
        assert_eq!(login(&mut thief, new).await, 429, "with another password it is unknown");
        bob.post("/logout", &[]).await;
        assert_eq!(login(&mut bob, new).await, 303, "the browser in which it was changed is not");

        inside.clock.forward(HOUR_US);
        thief.post("/logout", &[]).await;
        assert_eq!(login(&mut thief, new).await, 303);
        let page = bob.get("/account/two-step").await.body;
        let secret =
            page.split_once("name=\"secret\" value=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
        let now = code(&secret, inside.clock.now_us());
        let fields = [("secret", &*secret), ("code", &now), ("current", new)];
        assert_eq!(bob.post("/account/two-step", &fields).await.status, 200);
        guess_until_all_wait(&inside).await;
        bob.post("/logout", &[]).await;
        assert_eq!(login(&mut bob, new).await, 303, "the browser in which it was turned on is known");
        thief.post("/logout", &[]).await;
        assert_eq!(login(&mut thief, new).await, 429, "any other is not");

        inside.clock.forward(HOUR_US);
        let now = code(&secret, inside.clock.now_us());
        assert_eq!(login(&mut bob, new).await, 303);
        assert_eq!(bob.post("/login/code", &[("code", &now)]).await.location(), "/machines");
        let elsewhere = bob.cookies()["__Host-known"].clone();
        inside.clock.forward(SECOND_FACTOR_STEP_US);
        let now = code(&secret, inside.clock.now_us());
        let off = [("current", new), ("code", &*now)];
        assert_eq!(bob.post("/account/two-step/off", &off).await.location(), "/account");
        guess_until_all_wait(&inside).await;
        thief.cookies().insert("__Host-known".to_owned(), elsewhere);
        assert_eq!(login(&mut thief, new).await, 429, "nor is one from before it was turned off");
        bob.post("/logout", &[]).await;
        assert_eq!(login(&mut bob, new).await, 303);
        inside.hub.stop().await;
    });
}

/// Guesses at Bob's account from this address, until whoever is not known has to wait.
async fn guess_until_all_wait(inside: &Inside) {
    let mut eve = inside.web.stranger();
    for _ in 0..5 {
        login(&mut eve, WRONG).await;
    }
    assert_eq!(login(&mut eve, WRONG).await, 429);
}
