//! Who comes to the hub: somebody who has just registered, somebody who has forgotten a password, people who were
//! invited; and what they see before they are in.

use super::pages::Act::{Click, Fill, See};
use super::pages::View;
use super::scene::Scene;
use crate::people::{fields, id, letter, turn_on, with_password};
use crate::web::inside::PASSPHRASE;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use std::io::Cursor;
use watchroom::actors::handle::Submit as _;
use watchroom_domain::{
    AccountCommand, By, Check, CheckId, CheckTarget, Command, Envelope, MINUTE_US, Registration, Role, RunBy,
    SECOND_US,
};

/// The links that came by mail.
pub struct Guests {
    confirm: String,
    reset: String,
    invitation: String,
}

impl Guests {
    /// Opens the hub of a scene, and has people come.
    pub async fn new(scene: &mut Scene) -> Self {
        let (registration, role) = (Registration::Open, Role::Member);
        scene.inside.tell(Command::Account(AccountCommand::ConfigureAccess { registration, role })).await;
        for mail in ["invited@example.org", "taken@example.org", ""] {
            let typed = [("mail", mail), ("role", "operator"), ("days", "7"), ("language", "en")];
            assert_eq!(scene.owner.post("/invitations", &typed).await.status, 303);
        }
        scene.inside.tell(Command::AddCheck { check: check(scene) }).await;
        let mut grace = with_password(&scene.inside, "grace").await;
        turn_on(&scene.inside, &mut grace).await;
        show_a_face(scene, "mary").await;
        let mut new = scene.inside.web.stranger();
        new.post("/register", &fields("bela", "bela@example.org")).await;
        let mut forgetful = scene.inside.web.stranger();
        forgetful.post("/register", &fields("dora", "dora@example.org")).await;
        let link = Self::letter(scene, "confirm", "dora@example.org").await;
        forgetful.post(&link, &[]).await;
        forgetful.post("/forgot", &[("who", "dora")]).await;
        Self {
            confirm: Self::letter(scene, "confirm", "bela@example.org").await,
            reset: Self::letter(scene, "reset", "dora@example.org").await,
            invitation: Self::letter(scene, "invitation", "invited@example.org").await,
        }
    }

    async fn letter(scene: &mut Scene, kind: &str, to: &str) -> String {
        letter(&mut scene.server, &scene.inside.hub.public_url, kind, to).await.1
    }

    pub fn pages(&self) -> Vec<View> {
        let at = |name, path: &str| View::after(name, path, &[]);
        vec![
            at("login", "/login"),
            at("register", "/register"),
            at("forgot", "/forgot"),
            at("reset", &self.reset),
            at("reset-over", "/reset/none"),
            at("invitation", &self.invitation),
            at("invitation-over", "/invitation/none"),
            at("confirm", &self.confirm),
            at("confirm-over", "/confirm/none"),
            at("stranger-not-found", "/nothing-like-it"),
            at("wall-over", "/wall/none"),
            View::after(
                "code",
                "/login",
                &[
                    Fill("#f-login", "grace"),
                    Fill("#f-password", PASSPHRASE),
                    Click(".btn.primary"),
                    See("#f-code"),
                ],
            ),
            View::after(
                "forgot-asked",
                "/forgot",
                &[Fill("#f-who", "nobody"), Click(".btn.primary"), See("[role=status]")],
            ),
            View::after(
                "register-wrong",
                "/register",
                &[
                    Fill("#f-login", "ada"),
                    Fill("#f-name", "Another Ada"),
                    Fill("#f-mail", "another@example.org"),
                    Fill("#f-password", PASSPHRASE),
                    Fill("#f-again", PASSPHRASE),
                    Click(".btn.primary"),
                    See(".wrong-text"),
                ],
            ),
            View::after(
                "login-wrong",
                "/login",
                &[
                    Fill("#f-login", "ada"),
                    Fill("#f-password", "not the password"),
                    Click(".btn.primary"),
                    See(".notice"),
                ],
            ),
        ]
    }
}

/// One that finds nothing at its address.
fn check(scene: &Scene) -> Check {
    Check {
        check: CheckId::derived(&["guests"]),
        machine: scene.machines[0],
        name: "Where guests sign in".to_owned(),
        run_by: RunBy::Hub,
        target: CheckTarget::Tcp { address: "127.0.0.1:9".to_owned() },
        interval_us: 10 * MINUTE_US,
        timeout_us: SECOND_US,
        enabled: true,
    }
}

/// Somebody has a picture: a head and shoulders, as far as two circles go.
async fn show_a_face(scene: &Scene, name: &str) {
    let face = RgbImage::from_fn(256, 256, |x, y| {
        let within = |cx: f64, cy: f64, r: f64| (f64::from(x) - cx).hypot(f64::from(y) - cy) < r;
        match (within(128.0, 100.0, 52.0), within(128.0, 250.0, 96.0)) {
            (true, _) => Rgb([236, 196, 164]),
            (_, true) => Rgb([62, 84, 132]),
            _ => Rgb([186, 208, 196]),
        }
    });
    let mut jpeg = Cursor::new(Vec::new());
    DynamicImage::from(face).write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
    let command = Command::SetPortrait { jpeg: STANDARD.encode(jpeg.into_inner()) };
    let submitted = Envelope::new(By::Person(id(name)), command);
    scene.inside.hub.core.registry.submit(submitted).await.unwrap();
}
