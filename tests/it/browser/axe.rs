//! Every page of a filled hub under axe-core, in both themes: no finding that is serious or critical.

use super::guests::Guests;
use super::pages::{View, pages};
use super::scene::Scene;
use super::tour::{settled, sign_in};
use crate::harness::browser::{Browser, DESKTOP, PHONE, Scheme, Size};
use crate::web::inside::in_system;

/// It comes with the tools that the console's script is bundled with; no page loads it.
const AXE: &str = include_str!(concat!(env!("OUT_DIR"), "/npm/node_modules/axe-core/axe.min.js"));

/// What is wrong, one line a finding.
const FINDINGS: &str = "
    return axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, impact, help, nodes }) =>
            `${id} (${impact}): ${help}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | ')}`)
        .join('\\n'));
";

pub(super) async fn findings(browser: &Browser, name: &str, size: Size, scheme: Scheme) -> Option<String> {
    browser.look(size, scheme).await;
    settled(browser, name).await;
    let found = browser.eval(&format!("{AXE}\n{FINDINGS}")).await;
    let found = found.as_str().expect("a text").to_owned();
    (!found.is_empty()).then(|| format!("{name} at {} in {scheme:?}:\n{found}", size.width))
}

/// What is wrong with these pages on a desk in both themes, and on a phone.
async fn look_through(browser: &Browser, at: &str, views: &[View]) -> Vec<String> {
    let mut wrong = Vec::new();
    for view in views {
        view.open(browser, at).await;
        for (size, scheme) in [(DESKTOP, Scheme::Light), (DESKTOP, Scheme::Dark), (PHONE, Scheme::Light)] {
            wrong.extend(findings(browser, view.name, size, scheme).await);
        }
    }
    wrong
}

#[test]
fn a_browser_finds_every_page_accessible_in_both_themes() {
    in_system(async {
        let mut scene = Scene::new().await;
        let guests = Guests::new(&mut scene).await;
        let browser = Browser::start().await;
        let at = scene.inside.hub.public_url.clone();
        let mut wrong = look_through(&browser, &at, &guests.pages()).await;
        sign_in(&browser, &at).await;
        for view in pages(&scene) {
            scene.beat().await;
            wrong.extend(look_through(&browser, &at, &[view]).await);
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
        browser.close().await;
        scene.inside.hub.stop().await;
    });
}
