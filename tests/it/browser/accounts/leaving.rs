//! A password that was forgotten, and an account that is to be.

use super::Screen;
use crate::people::{Room, fields};
use crate::web::inside::{PASSPHRASE, in_system};
use watchroom::event_log::Verdict;
use watchroom::texts::Lang;
use watchroom_domain::{Registration, SubjectId};

const MAIL: &str = "bob@example.org";
const ANOTHER: &str = "another passphrase altogether";

/// Bob has an account with a confirmed address.
async fn bob(room: &mut Room, lang: Lang) -> SubjectId {
    let mut bob = room.inside.web.stranger();
    bob.post("/preferences", &[("lang", lang.tag()), ("back", "/register")]).await;
    assert_eq!(bob.post("/register", &fields("bob", MAIL)).await.status, 303);
    let (_, link) = room.letter("confirm", MAIL).await;
    assert_eq!(bob.post(&link, &[]).await.status, 303);
    room.inside.hub.core.views.with(|state| state.person_by_login("bob").unwrap().person)
}

/// Bob is signed in at the desk, and has forgotten the password where he is now.
async fn reset(room: &mut Room, desk: &Screen, here: &Screen) {
    desk.sign_in("bob").await;
    desk.goto("/account").await;
    desk.browser.see("#doors").await;
    here.goto("/login").await;
    here.click("login-forgot").await;
    here.picture("forgot").await;
    here.fill(&[("who", "BOB")]).await;
    here.click("forgot-do").await;
    here.sees("forgot-asked").await;
    here.picture("asked").await;
    let (mail, link) = room.letter("reset", MAIL).await;
    let subject = if here.lang == Lang::En { "Set another password" } else { "重设密码" };
    assert_eq!(mail.subject(), format!("[Watchroom] {subject}"));
    here.goto(&link).await;
    here.fill(&[("password", ANOTHER), ("again", "another passphrase altogethr")]).await;
    here.click("reset-do").await;
    here.sees("refusal-password_again").await;
    here.picture("reset-wrong").await;
    here.fill(&[("password", ANOTHER), ("again", ANOTHER)]).await;
    here.click("reset-do").await;
    here.sees("login-title").await;
    // Whoever is signed in elsewhere is asked who they are, on the page that is open there.
    desk.sees("login-title").await;
    here.show_password("bob", PASSPHRASE).await;
    here.browser.see(".notice[data-state=crit]").await;
    here.picture("login-wrong").await;
    here.show_password("bob", ANOTHER).await;
    here.comes_to("/machines").await;
    here.goto(&link).await;
    here.sees("reset-over-title").await;
    here.picture("reset-over").await;
}

async fn leave(room: &Room, here: &Screen, person: SubjectId) {
    here.goto("/account").await;
    here.click("leave-link").await;
    here.sees("leave-lost").await;
    here.picture("leave").await;
    here.fill(&[("current", PASSPHRASE)]).await;
    here.click("leave-do").await;
    here.browser.see("#h-current .wrong-text").await;
    here.fill(&[("current", ANOTHER)]).await;
    here.click("leave-do").await;
    here.sees("notice-left").await;
    here.picture("left").await;
    here.show_password("bob", ANOTHER).await;
    here.browser.see(".notice[data-state=crit]").await;
    // What stands in the log of Bob cannot be read any more, and the log still holds.
    here.sign_in("ada").await;
    for path in ["/people", "/audit", "/log"] {
        here.goto(path).await;
        here.browser.see("#page h1").await;
        let text = here.browser.text().await;
        assert!(!text.contains("Bob") && !text.contains(MAIL), "{path} still says who it was: {text}");
    }
    here.picture("log-without").await;
    let core = &room.inside.hub.core;
    assert!(core.log.not_forgotten(&[person]).await.unwrap().is_empty());
    let verdict = core.log.verify(|_| ()).await.unwrap();
    assert!(matches!(verdict, Verdict::Sound { .. }), "{verdict:?}");
}

async fn journey(lang: Lang) {
    let mut room = Room::new(Registration::Open).await;
    let person = bob(&mut room, lang).await;
    let at = room.inside.hub.public_url.clone();
    let (desk, here) = (Screen::new(&at, lang, "leaving").await, Screen::new(&at, lang, "leaving").await);
    reset(&mut room, &desk, &here).await;
    leave(&room, &here, person).await;
    desk.close().await;
    here.close().await;
    room.inside.hub.stop().await;
}

#[test]
fn a_browser_resets_a_password_and_is_forgotten() {
    in_system(journey(Lang::En));
}

#[test]
fn a_browser_resets_a_password_and_is_forgotten_in_chinese() {
    in_system(journey(Lang::ZhCn));
}
