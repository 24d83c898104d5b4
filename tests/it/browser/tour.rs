//! Every page at every size, light and dark, in both languages: nothing runs over its edge, nothing is
//! said on the console, and pictures are left to be looked at.

use super::scene::{HOT, SILENT, Scene};
use crate::harness::browser::{Browser, DESKTOP, PHONE, Scheme, Size};
use crate::harness::wait::{PATIENCE, until};
use crate::web::inside::{PASSPHRASE, in_system};

const TABLET: Size = Size { width: 820, height: 1180 };
const LAPTOP: Size = Size { width: 1440, height: 900 };
const WALL: Size = Size { width: 1920, height: 1080 };
const SIZES: [Size; 4] = [PHONE, TABLET, LAPTOP, WALL];
const SCHEMES: [Scheme; 2] = [Scheme::Light, Scheme::Dark];

/// Wider than its window: a page that has to be pushed sideways. Names what sticks out.
const TOO_WIDE: &str = "
    const wide = document.documentElement.scrollWidth - innerWidth;
    if (wide <= 0) return '';
    const out = [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth);
    return wide + ' px: ' + out.slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(' | ');
";

/// Whether every curve is drawn and the live line is open.
const READY: &str = "
    const line = document.querySelector('[data-live]');
    const curves = [...document.querySelectorAll('[data-chart]')];
    return document.readyState === 'complete' && (!line || line.dataset.live === 'on')
        && curves.every(curve => curve.querySelector('canvas'));
";

pub(super) fn pages(scene: &Scene) -> Vec<(&'static str, String)> {
    let (hot, silent) = (scene.machines[HOT], scene.machines[SILENT]);
    let (never, rule, alert) = (scene.never, scene.rule, scene.incident);
    let [mary, linus] = ["mary", "linus"].map(|name| watchroom_domain::SubjectId::derived(&[name]));
    let named = [
        ("machines", "/machines".to_owned()),
        ("machines-none", "/machines?q=nothing-like-it".to_owned()),
        ("machine", format!("/machines/{hot}")),
        ("machine-silent", format!("/machines/{silent}?range=6h")),
        ("machine-never", format!("/machines/{never}")),
        ("machine-new", "/machines/new".to_owned()),
        ("machine-edit", format!("/machines/{hot}/edit")),
        ("enrol", format!("/machines/{never}/enrol")),
        ("alerts", "/alerts".to_owned()),
        ("alert", format!("/alerts/{alert}")),
        ("silences", format!("/silences?machine={hot}")),
        ("rules", "/rules".to_owned()),
        ("hub-rule", format!("/rules/{}/edit", watchroom_domain::Rule::HUB_VIEW)),
        ("rule", format!("/rules/{rule}/edit")),
        ("checks", "/checks".to_owned()),
        ("check-new", "/checks/new".to_owned()),
        ("mail", "/channels/email".to_owned()),
        ("channels", "/channels".to_owned()),
        ("webhook", "/channels/webhook".to_owned()),
        ("deliveries", "/deliveries".to_owned()),
        ("machines-sorted", "/machines?tag=gpu&sort=temperature&dir=desc".to_owned()),
        ("people", "/people".to_owned()),
        ("people-none", "/people?q=nobody-like-it".to_owned()),
        ("person", format!("/people/{mary}")),
        ("person-suspended", format!("/people/{linus}")),
        ("groups", "/groups".to_owned()),
        ("group", format!("/groups/{}", scene.group)),
        ("audit", "/audit".to_owned()),
        ("audit-none", format!("/audit?person={linus}")),
        ("log", "/log".to_owned()),
        ("log-telemetry", "/log?telemetry=on&follow=on".to_owned()),
        ("log-event", "/log/1".to_owned()),
        ("account", "/account".to_owned()),
        ("walls", "/walls".to_owned()),
    ];
    named.into()
}

pub(super) async fn sign_in(browser: &Browser, at: &str) {
    browser.goto(&format!("{at}/login")).await;
    browser.fill("#f-login", "ada").await;
    browser.fill("#f-password", PASSPHRASE).await;
    browser.click_text("Sign in").await;
    browser.see("#r-activity").await;
}

pub(super) async fn settled(browser: &Browser, name: &str) {
    until(&format!("{name} to be drawn"), PATIENCE, async || {
        (browser.eval(READY).await == true).then_some(())
    })
    .await;
}

async fn picture(browser: &Browser, name: &str, size: Size, scheme: Scheme) {
    browser.look(size, scheme).await;
    settled(browser, name).await;
    let wide = browser.eval(TOO_WIDE).await;
    assert_eq!(wide, "", "{name} at {size:?}");
    browser.screenshot(name, size, scheme).await;
}

async fn pictures(browser: &Browser, name: &str) {
    for size in SIZES {
        for scheme in SCHEMES {
            picture(browser, name, size, scheme).await;
        }
    }
}

#[test]
fn a_browser_shows_every_page_at_every_size_in_both_themes() {
    in_system(async {
        let mut scene = Scene::new().await;
        let browser = Browser::start().await;
        let at = scene.inside.hub.public_url.clone();
        browser.goto(&format!("{at}/login")).await;
        pictures(&browser, "login").await;
        sign_in(&browser, &at).await;
        for (name, path) in pages(&scene) {
            if name == "alert" {
                scene.acknowledge().await;
            }
            scene.beat().await;
            browser.look(DESKTOP, Scheme::Light).await;
            browser.goto(&format!("{at}{path}")).await;
            pictures(&browser, name).await;
        }
        browser.languages("zh-CN,zh").await;
        for (name, path) in pages(&scene) {
            scene.beat().await;
            browser.goto(&format!("{at}{path}")).await;
            let name = format!("zh-{name}");
            picture(&browser, &name, PHONE, Scheme::Dark).await;
            picture(&browser, &name, LAPTOP, Scheme::Light).await;
            let keys = browser.text().await;
            assert!(!keys.contains('⟨'), "a text of {name} is not in the catalogue: {keys}");
        }
        browser.assert_quiet().await;
        browser.close().await;
        scene.inside.hub.stop().await;
    });
}
