//! Whoever guesses waits; nobody keeps somebody else out.

use super::second_step::{code, turn_on};
use super::with_password;
use crate::harness::http::Http;
use crate::web::inside::{Inside, PASSPHRASE, in_system};
use watchroom::clock::Clock as _;
use watchroom_domain::{Role, SECOND_FACTOR_STEP_US, SECOND_US};

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
