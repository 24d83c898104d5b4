//! Every page at every size, light and dark, in both languages: nothing runs over its edge, nothing is
//! said on the console, and pictures are left to be looked at.

use super::guests::Guests;
use super::pages::{View, assert_complete, assert_light, assert_unbroken, pages};
use super::scene::Scene;
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
    return document.readyState === 'complete' && !document.querySelector('.htmx-request') && (!line || line.dataset.live === 'on')
        && curves.every(curve => curve.querySelector('canvas'));
";

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
    browser.screenshot_whole(name, size, scheme).await;
}

async fn pictures(browser: &Browser, name: &str) {
    for size in SIZES {
        for scheme in SCHEMES {
            picture(browser, name, size, scheme).await;
        }
    }
}

/// What is seen at every size in English, and on a phone and a laptop in Chinese.
async fn show(browser: &Browser, at: &str, views: &[View], chinese: bool) {
    for view in views {
        browser.look(DESKTOP, Scheme::Light).await;
        view.open(browser, at).await;
        settled(browser, view.name).await;
        assert_light(browser, view.name).await;
        if !chinese {
            pictures(browser, view.name).await;
            continue;
        }
        let name = format!("zh-{}", view.name);
        picture(browser, &name, PHONE, Scheme::Dark).await;
        picture(browser, &name, LAPTOP, Scheme::Light).await;
        let keys = browser.text().await;
        assert!(!keys.contains('⟨'), "a text of {name} is not in the catalogue: {keys}");
    }
}

#[test]
fn a_browser_shows_every_page_at_every_size_in_both_themes() {
    in_system(async {
        let mut scene = Scene::new().await;
        let guests = Guests::new(&mut scene).await;
        assert_complete(&[pages(&scene), guests.pages()].concat());
        scene.acknowledge().await;
        let browser = Browser::start().await;
        let at = scene.inside.hub.public_url.clone();
        sign_in(&browser, &at).await;
        for (language, chinese) in [("en", false), ("zh-CN,zh", true)] {
            browser.languages(language).await;
            for view in pages(&scene) {
                scene.beat().await;
                show(&browser, &at, &[view], chinese).await;
            }
        }
        assert_unbroken(&browser).await;
        browser.close().await;
        scene.inside.hub.stop().await;
    });
}

#[test]
fn a_browser_shows_what_strangers_see_at_every_size_in_both_themes() {
    in_system(async {
        let mut scene = Scene::new().await;
        let guests = Guests::new(&mut scene).await;
        let browser = Browser::start().await;
        let at = scene.inside.hub.public_url.clone();
        for (language, chinese) in [("en", false), ("zh-CN,zh", true)] {
            browser.languages(language).await;
            show(&browser, &at, &guests.pages(), chinese).await;
        }
        assert_unbroken(&browser).await;
        browser.close().await;
        scene.inside.hub.stop().await;
    });
}
