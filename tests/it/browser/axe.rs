//! Every page of a filled hub under axe-core, in both themes: no finding that is serious or critical.

use super::scene::Scene;
use super::tour::{pages, settled, sign_in};
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

async fn findings(browser: &Browser, name: &str, size: Size, scheme: Scheme) -> Option<String> {
    browser.look(size, scheme).await;
    settled(browser, name).await;
    let found = browser.eval(&format!("{AXE}\n{FINDINGS}")).await;
    let found = found.as_str().expect("a text").to_owned();
    (!found.is_empty()).then(|| format!("{name} at {} in {scheme:?}:\n{found}", size.width))
}

#[test]
fn a_browser_finds_every_page_accessible_in_both_themes() {
    in_system(async {
        let mut scene = Scene::new().await;
        let browser = Browser::start().await;
        let at = scene.inside.hub.public_url.clone();
        let mut wrong = Vec::new();
        browser.goto(&format!("{at}/login")).await;
        for scheme in [Scheme::Light, Scheme::Dark] {
            wrong.extend(findings(&browser, "login", DESKTOP, scheme).await);
        }
        sign_in(&browser, &at).await;
        for (name, path) in pages(&scene) {
            scene.beat().await;
            browser.goto(&format!("{at}{path}")).await;
            for (size, scheme) in [(DESKTOP, Scheme::Light), (DESKTOP, Scheme::Dark), (PHONE, Scheme::Light)]
            {
                wrong.extend(findings(&browser, name, size, scheme).await);
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
        browser.close().await;
        scene.inside.hub.stop().await;
    });
}
