//! From a closed hub to an account behind two steps.

use super::Screen;
use crate::people::{Room, code};
use crate::web::inside::{PASSPHRASE, in_system};
use watchroom::clock::Clock as _;
use watchroom::texts::Lang;
use watchroom_domain::{RECOVERY_CODES, Registration, Role, SECOND_FACTOR_STEP_US};

const MAIL: &str = "bob@example.org";

/// Nobody can register until the owner says so.
async fn open_the_hub(screen: &Screen) {
    screen.goto("/register").await;
    screen.sees("join-closed-title").await;
    screen.sign_in("ada").await;
    // It stands among the places; a phone folds them.
    if screen.lang == Lang::ZhCn {
        screen.browser.click(".more-open").await;
        screen.browser.click("#more a[href='/settings']").await;
    } else {
        screen.click("rail-settings").await;
    }
    screen.sees("access-title").await;
    screen.picture("settings").await;
    screen.browser.click("input[name=registration][value=open]").await;
    screen.click("save").await;
    screen.sees("notice-saved").await;
    screen.sign_out().await;
}

async fn register(screen: &Screen, room: &mut Room) {
    screen.click("login-register").await;
    screen.picture("register").await;
    let fields = [("login", "ADA"), ("name", "Bob 小明"), ("mail", MAIL), ("phone", "+41 44 000 00 00")];
    let passwords = [("password", PASSPHRASE), ("again", PASSPHRASE)];
    screen.fill(&fields).await;
    screen.fill(&passwords).await;
    screen.click("join-do").await;
    // What is wrong stands beside its field, and nothing but the passwords has to be typed once more.
    let wrong = screen.browser.see("#h-login .wrong-text").await.text().await.unwrap();
    assert_eq!(wrong.trim_start_matches("↑ "), screen.t("refusal-login_taken"));
    let kept = screen.browser.eval("return document.querySelector('#f-name').value").await;
    assert_eq!(kept, "Bob 小明");
    screen.picture("register-wrong").await;
    screen.fill(&[("login", "bob")]).await;
    screen.fill(&passwords).await;
    screen.click("join-do").await;
    screen.sees("waiting-title").await;
    screen.picture("waiting").await;
    screen.goto("/machines").await;
    screen.comes_to("/account/confirm").await;
    let (mail, link) = room.letter("confirm", MAIL).await;
    let subject =
        if screen.lang == Lang::En { "Confirm your mail address" } else { "请确认您的邮箱地址" };
    assert_eq!(mail.subject(), format!("[Watchroom] {subject}"));
    screen.goto(&link).await;
    screen.picture("confirm").await;
    screen.click("confirm-do").await;
    screen.sees("notice-mail-confirmed").await;
    screen.picture("first-sight").await;
    room.inside.hub.core.views.with(|state| {
        let bob = state.person_by_login("bob").unwrap();
        assert!(bob.role == Role::Member && bob.profile.mail_confirmed);
    });
}

/// Gives the secret that the app keeps, and the recovery codes.
async fn set_up_two_steps(screen: &Screen, room: &Room) -> (String, Vec<String>) {
    screen.goto("/account").await;
    screen.click("doors-two-step-set-up").await;
    screen.browser.see("svg.qr").await;
    screen.picture("two-step").await;
    let shown = screen.browser.see("code.num").await.text().await.unwrap();
    let secret = shown.replace(char::is_whitespace, "");
    let now = code(&secret, room.inside.clock.now_us());
    screen.fill(&[("code", &now), ("current", "not the password")]).await;
    screen.click("two-step-do").await;
    screen.browser.see("#h-current .wrong-text").await;
    screen.picture("two-step-wrong").await;
    screen.fill(&[("code", &now), ("current", PASSPHRASE)]).await;
    screen.click("two-step-do").await;
    screen.sees("recovery-title").await;
    screen.picture("recovery").await;
    let listed = "return [...document.querySelectorAll('#recovery code')].map(code => code.textContent)";
    let codes: Vec<String> = serde_json::from_value(screen.browser.eval(listed).await).unwrap();
    assert_eq!(codes.len(), RECOVERY_CODES);
    screen.click("recovery-done").await;
    screen.sees("doors-two-step-on").await;
    (secret, codes)
}

async fn sign_in_by(screen: &Screen, code: &str) {
    screen.sign_out().await;
    screen.show_password("bob", PASSPHRASE).await;
    screen.sees("code-title").await;
    // The password alone opens nothing.
    screen.goto("/machines").await;
    screen.sees("login-title").await;
    screen.goto("/login/code").await;
    screen.fill(&[("code", "000000")]).await;
    screen.click("login-do").await;
    screen.sees("refusal-code_wrong").await;
    screen.picture("code-wrong").await;
    screen.fill(&[("code", code)]).await;
    screen.click("login-do").await;
    screen.comes_to("/machines").await;
}

async fn journey(lang: Lang) {
    let mut room = Room::new(Registration::Closed).await;
    let screen = Screen::new(&room.inside.hub.public_url, lang, "joining").await;
    open_the_hub(&screen).await;
    register(&screen, &mut room).await;
    let (secret, recovery) = set_up_two_steps(&screen, &room).await;
    // A code is good once: the next one is shown half a minute later.
    room.inside.clock.late(-SECOND_FACTOR_STEP_US);
    let now = code(&secret, room.inside.clock.now_us());
    sign_in_by(&screen, &now).await;
    sign_in_by(&screen, &recovery[0]).await;
    screen.goto("/account/two-step").await;
    let left = lang.t_with("recovery-left", &[("n", &(RECOVERY_CODES - 1))]);
    screen.browser.see_text(&left).await;
    screen.picture("two-step-on").await;
    screen.close().await;
    room.inside.hub.stop().await;
}

#[test]
fn a_browser_registers_confirms_and_signs_in_by_two_steps() {
    in_system(journey(Lang::En));
}

#[test]
fn a_browser_registers_confirms_and_signs_in_by_two_steps_in_chinese() {
    in_system(journey(Lang::ZhCn));
}
