//! The code after the password, against a real hub, with an authenticator app of the test's own.

use super::{id, with_password};
use crate::harness::http::{Answer, Http};
use crate::web::inside::{Inside, PASSPHRASE, in_system};
use ring::hmac;
use watchroom::clock::Clock as _;
use watchroom_domain::*;

const PEOPLE: [(&str, Role); 3] =
    [("root", Role::Owner), ("admin", Role::Administrator), ("bob", Role::Member)];

/// What the app shows.
pub fn code(secret: &str, now_us: Micros) -> String {
    let digits = secret.bytes().map(|c| if c.is_ascii_digit() { c - b'2' + 26 } else { c - b'A' });
    let bits: Vec<u8> = digits.flat_map(|d| (0..5).map(move |i| d >> (4 - i) & 1)).collect();
    let key: Vec<u8> = bits.chunks(8).map(|byte| byte.iter().fold(0, |v, bit| v << 1 | bit)).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = hmac::sign(&key, &(now_us as u64 / 30_000_000).to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 15);
    let four: [u8; 4] = tag.as_ref()[at..at + 4].try_into().unwrap();
    format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split_once(from).unwrap_or_else(|| panic!("no {from} in {text}")).1.split_once(to).unwrap().0
}

/// Turns it on; the secret and the recovery codes.
pub async fn turn_on(inside: &Inside, visitor: &mut Http) -> (String, Vec<String>) {
    turn_on_at(visitor, inside.clock.now_us()).await
}

/// The same, where it is this late.
pub async fn turn_on_at(visitor: &mut Http, now_us: Micros) -> (String, Vec<String>) {
    let page = visitor.get("/account/two-step").await.body;
    assert!(page.contains("class=\"qr\"") && !page.contains("style="), "{page}");
    let secret = between(&page, "name=\"secret\" value=\"", "\"").to_owned();
    let now = code(&secret, now_us);
    let wrong = [("secret", &*secret), ("code", "000000"), ("current", PASSPHRASE)];
    let refused = visitor.post("/account/two-step", &wrong).await;
    assert!(refused.status == 422 && refused.body.contains(&secret), "the same secret is shown again");
    let fields = [("secret", &*secret), ("code", &now), ("current", PASSPHRASE)];
    let done = visitor.post("/account/two-step", &fields).await;
    assert_eq!(done.status, 200, "{}", done.body);
    let list = between(&done.body, "<ul class=\"plain-list num\">", "</ul>");
    let codes = list.split("<code>").skip(1).map(|c| c.split_once('<').unwrap().0.to_owned());
    (secret, codes.collect())
}

async fn password(inside: &Inside) -> Http {
    let mut visitor = inside.web.stranger();
    let fields = [("login", "bob"), ("password", PASSPHRASE), ("next", "/rules")];
    assert_eq!(visitor.post("/login", &fields).await.location(), "/login/code");
    visitor
}

async fn show(visitor: &mut Http, code: &str) -> Answer {
    visitor.post("/login/code", &[("code", code)]).await
}

#[test]
fn the_password_opens_nothing_without_the_code_and_each_code_once() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut bob = with_password(&inside, "bob").await;
        inside.clock.stop();
        let (secret, recovery) = turn_on(&inside, &mut bob).await;
        assert_eq!(recovery.len(), RECOVERY_CODES);
        inside.clock.forward(SECOND_FACTOR_STEP_US);

        let mut visitor = password(&inside).await;
        assert_eq!(visitor.get("/machines").await.status, 303, "the password alone opens nothing");
        assert_eq!(visitor.get("/login/code").await.status, 200);
        let wrong = show(&mut visitor, "000000").await;
        assert!(wrong.status == 422 && wrong.body.contains("wrong or was used already"), "{}", wrong.body);
        let now = code(&secret, inside.clock.now_us());
        let right = show(&mut visitor, &now).await;
        assert_eq!((right.status, right.location()), (303, "/rules"), "{}", right.body);
        assert_eq!(visitor.get("/machines").await.status, 200);
        assert!(!visitor.cookies().contains_key("__Host-halfway"));

        let mut again = password(&inside).await;
        assert_eq!(show(&mut again, &now).await.status, 422, "it works once");
        assert_eq!(show(&mut again, &recovery[0].to_uppercase()).await.status, 303);
        let mut lost = password(&inside).await;
        assert_eq!(show(&mut lost, &recovery[0]).await.status, 422, "so does a recovery code");
        inside.clock.forward(5 * MINUTE_US);
        assert_eq!(lost.get("/login/code").await.location(), "/login", "five minutes are over");
        inside.hub.stop().await;
    });
}

#[test]
fn guessing_codes_has_to_wait_and_begins_again() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut bob = with_password(&inside, "bob").await;
        inside.clock.stop();
        turn_on(&inside, &mut bob).await;
        inside.clock.forward(SECOND_FACTOR_STEP_US);
        let mut guesser = password(&inside).await;
        for _ in 0..5 {
            assert_eq!(show(&mut guesser, "000000").await.status, 422);
        }
        assert_eq!(
            show(&mut guesser, "000000").await.location(),
            "/login",
            "the password is asked for again"
        );
        let mut guesser = password(&inside).await;
        assert_eq!(show(&mut guesser, "000000").await.status, 429);
        inside.hub.stop().await;
    });
}

#[test]
fn it_is_turned_off_with_password_and_code_or_by_an_administrator() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut bob = with_password(&inside, "bob").await;
        inside.clock.stop();
        let (secret, _) = turn_on(&inside, &mut bob).await;
        inside.clock.forward(SECOND_FACTOR_STEP_US);
        let now = code(&secret, inside.clock.now_us());
        let off = |password, code| [("current", password), ("code", code)];
        assert_eq!(bob.post("/account/two-step/off", &off("wrong password", &now)).await.status, 422);
        assert_eq!(bob.post("/account/two-step/off", &off(PASSPHRASE, "000000")).await.status, 422);
        assert_eq!(bob.post("/account/two-step/off", &off(PASSPHRASE, &now)).await.location(), "/account");
        turn_on(&inside, &mut bob).await;
        let mut admin = inside.signed_in("admin").await;
        let path = format!("/people/{}", id("bob"));
        assert!(admin.get(&path).await.body.contains("Turn off two-step sign-in"));
        assert_eq!(admin.post(&format!("{path}/two-step/off"), &[]).await.location(), path);
        with_password(&inside, "bob").await;
        inside.hub.stop().await;
    });
}
