//! A wall display on the screens that it may hang on: nothing runs over an edge, all of it is read from four
//! metres, and it says in a word that its link has ended.

use super::scene::Scene;
use crate::harness::browser::{Browser, PHONE, Scheme, Size};
use crate::harness::wait::{PATIENCE, until};
use crate::web::inside::in_system;

const HD: Size = Size { width: 1920, height: 1080 };
const UHD: Size = Size { width: 3840, height: 2160 };

/// What sticks out of the window at its right, and on a large screen at its foot.
const OUT: &str = "
    const large = innerWidth > 1000;
    const wide = document.documentElement.scrollWidth > innerWidth;
    const high = large && document.documentElement.scrollHeight > innerHeight + 1;
    if (!wide && !high) return '';
    return `${document.documentElement.scrollWidth} x ${document.documentElement.scrollHeight}`;
";

/// Texts that are smaller than 16 per mille of the screen's height, which is what a screen of 65 inches needs at
/// four metres.
const TOO_SMALL: &str = "
    const texts = [...document.querySelectorAll('.wall *')].filter(e => e.offsetParent && !e.matches('.vh')
        && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()));
    const share = e => parseFloat(getComputedStyle(e).fontSize) / innerHeight * 1000;
    return texts.filter(e => share(e) < 16).map(e => `${share(e).toFixed(1)}: ${e.outerHTML.slice(0, 200)}`).join(' | ');
";

#[test]
fn a_browser_on_the_wall_shows_the_machines_until_its_link_ends() {
    in_system(async {
        let mut scene = Scene::new().await;
        scene.beat().await;
        let answer = scene.owner.post("/walls", &[("name", "GPU lab")]).await;
        let at = answer.body.find("/wall/").expect("the link is shown");
        let path: String = answer.body[at..].chars().take_while(|c| !"\"<&".contains(*c)).collect();
        let browser = Browser::start().await;
        let hub = scene.inside.hub.public_url.clone();
        for (theme, scheme) in [("", Scheme::Dark), ("?theme=light", Scheme::Light)] {
            browser.goto(&format!("{hub}{path}{theme}")).await;
            for (size, name) in [(HD, "wall"), (UHD, "wall-uhd"), (PHONE, "wall-phone")] {
                browser.look(size, scheme).await;
                until("the live line", PATIENCE, async || {
                    let on = "return document.querySelector('[data-live]')?.dataset.live === 'on'";
                    (browser.eval(on).await == true).then_some(())
                })
                .await;
                assert_eq!(browser.eval(OUT).await, "", "{name} {theme}");
                if size.width > 1_000 {
                    assert_eq!(browser.eval(TOO_SMALL).await, "", "{name} {theme}");
                }
                browser.screenshot(name, size, scheme).await;
            }
        }
        let id = scene.inside.hub.core.views.with(|s| s.walls.keys().next().copied().unwrap());
        scene.owner.post(&format!("/walls/{id}/revoke"), &[]).await;
        browser.see_text("This display has ended").await;
        browser.close().await;
        scene.inside.hub.stop().await;
    });
}
