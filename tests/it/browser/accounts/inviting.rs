//! Somebody is invited, comes, shows a face, and looks after where they are signed in.

use super::Screen;
use crate::harness::wait::{PATIENCE, until};
use crate::people::Room;
use crate::web::inside::{PASSPHRASE, in_system};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use watchroom::texts::Lang;
use watchroom_domain::{Registration, Role};

const MAIL: &str = "grace@example.org";

/// The owner invites; gives the path of the link in the letter.
async fn invite(room: &mut Room, owner: &Screen) -> String {
    owner.sign_in("ada").await;
    owner.goto("/people").await;
    owner.click("invitations-title").await;
    owner.sees("invitations-empty").await;
    owner.fill(&[("mail", MAIL)]).await;
    owner.browser.click("#f-role option[value=operator]").await;
    owner.browser.click(&format!("#f-language option[value={}]", owner.lang.tag())).await;
    owner.click("invite-do").await;
    owner.sees("notice-invited").await;
    owner.picture("invited").await;
    let (mail, link) = room.letter("invitation", MAIL).await;
    let subject = if owner.lang == Lang::En { "You are invited" } else { "邀请" };
    assert!(mail.subject().contains(subject), "{}", mail.subject());
    link
}

async fn accept(room: &Room, guest: &Screen, link: &str) {
    guest.goto(link).await;
    guest.picture("invitation").await;
    let fields =
        [("login", "grace"), ("name", "Grace Hopper"), ("password", PASSPHRASE), ("again", PASSPHRASE)];
    guest.fill(&fields).await;
    guest.click("join-do").await;
    guest.sees("notice-welcome").await;
    let role = room.inside.hub.core.views.with(|state| state.person_by_login("grace").unwrap().role);
    assert_eq!(role, Role::Operator);
    guest.goto(link).await;
    guest.sees("join-over-title").await;
    guest.picture("invitation-over").await;
}

/// A picture of a landscape, of which the middle becomes the face.
async fn show_a_face(room: &Room, guest: &Screen) {
    let folder = room.inside.secrets();
    let bad = folder.join("face.txt");
    std::fs::write(&bad, "no picture at all").unwrap();
    guest.goto("/account#picture").await;
    guest.browser.attach("#f-picture", &bad).await;
    guest.click("picture-do").await;
    guest.browser.see("#h-picture .wrong-text").await;
    guest.picture("picture-wrong").await;
    let face = folder.join("face.png");
    let colours = RgbImage::from_fn(640, 400, |x, y| Rgb([(x / 3) as u8, (y / 2) as u8, 160]));
    DynamicImage::from(colours).save_with_format(&face, ImageFormat::Png).unwrap();
    guest.browser.attach("#f-picture", &face).await;
    guest.click("picture-do").await;
    guest.sees("notice-picture").await;
    let drawn = "const [shown, mine] = document.querySelectorAll('#picture img.ava, .me img.ava');
        return mine && shown.naturalWidth > 0 && mine.naturalWidth > 0";
    until("the face on the page and beside the name", PATIENCE, async || {
        (guest.browser.eval(drawn).await == true).then_some(())
    })
    .await;
    guest.picture("account").await;
}

/// Signed in at a desk too, which is ended from here.
async fn end_the_desk(guest: &Screen, desk: &Screen) {
    desk.sign_in("grace").await;
    desk.browser.see("[data-live=on]").await;
    guest.goto("/account").await;
    guest.picture("sessions").await;
    guest.browser.click("form[action='/account/sessions/close'] button").await;
    guest.sees("notice-session-closed").await;
    desk.sees("login-title").await;
    guest.goto("/account").await;
    let others = "return document.querySelectorAll(\"form[action='/account/sessions/close']\").length";
    assert_eq!(guest.browser.eval(others).await, 0);
}

async fn journey(lang: Lang) {
    let mut room = Room::new(Registration::Invitation).await;
    let at = room.inside.hub.public_url.clone();
    let (owner, guest) = (Screen::new(&at, lang, "inviting").await, Screen::new(&at, lang, "inviting").await);
    let link = invite(&mut room, &owner).await;
    accept(&room, &guest, &link).await;
    owner.goto("/invitations").await;
    owner.sees("invitation-used").await;
    show_a_face(&room, &guest).await;
    owner.sign_out().await;
    end_the_desk(&guest, &owner).await;
    owner.close().await;
    guest.close().await;
    room.inside.hub.stop().await;
}

#[test]
fn a_browser_accepts_an_invitation_and_shows_a_face() {
    in_system(journey(Lang::En));
}

#[test]
fn a_browser_accepts_an_invitation_and_shows_a_face_in_chinese() {
    in_system(journey(Lang::ZhCn));
}
