//! Lists with and without a hand on the keyboard: what is typed stands in the address, a column sorts, and the
//! log that is followed grows by itself.

use super::scene::Scene;
use super::tour::sign_in;
use crate::harness::browser::{Browser, DESKTOP, PHONE, Scheme};
use crate::harness::wait::{PATIENCE, until};
use crate::web::inside::in_system;
use watchroom_domain::{Command, GroupId};

/// How busy the machines of the list are, in percent; -1 for one that was never heard of.
async fn shares(browser: &Browser) -> Vec<f64> {
    let shown = "return [...document.querySelectorAll('.machines tbody tr')]
        .map(row => parseFloat(row.querySelector('[data-value=cpu_percent]')?.textContent ?? '-1'))";
    let shown = browser.eval(shown).await;
    shown.as_array().unwrap().iter().map(|share| share.as_f64().expect("a number")).collect()
}

#[test]
fn a_browser_keeps_what_a_list_shows_in_its_address() {
    in_system(async {
        let scene = Scene::new().await;
        let browser = Browser::start().await;
        let at = scene.inside.hub.public_url.clone();
        browser.look(DESKTOP, Scheme::Light).await;
        sign_in(&browser, &at).await;
        browser.goto(&format!("{at}/machines")).await;
        browser.fill("#filter", "fileserver").await;
        until("the address to say it", PATIENCE, async || {
            browser.address().await.contains("q=fileserver").then_some(())
        })
        .await;
        browser.reload().await;
        let rows = browser.eval("return document.querySelectorAll('.machines tbody tr').length").await;
        assert_eq!(rows, 1, "the list is the same when it is loaded anew");
        browser.goto(&format!("{at}/machines")).await;
        browser.click("th a[href*='sort=cpu']").await;
        browser.see("th[aria-sort=descending] a[href*='sort=cpu']").await;
        let busy = shares(&browser).await;
        assert!(
            busy.is_sorted_by(|a, b| a >= b),
            "the busiest first, and last what was never read: {busy:?}"
        );
        browser.click("th a[href*='sort=cpu']").await;
        browser.see("th[aria-sort=ascending] a[href*='sort=cpu']").await;
        let idle = shares(&browser).await;
        let read: Vec<_> = idle.iter().copied().take_while(|share| *share >= 0.0).collect();
        assert!(read.is_sorted() && read.len() == idle.len() - 1, "still last what was never read: {idle:?}");
        // A phone has no heads of columns: it is sorted by choosing.
        browser.look(PHONE, Scheme::Dark).await;
        browser.goto(&format!("{at}/people?sort=login&dir=desc")).await;
        let login = "return document.querySelector('.people [data-l]').textContent";
        assert_eq!(browser.eval(login).await, "mary");
        let shown = "return getComputedStyle(document.querySelector('.sorter')).display !== 'none'";
        assert_eq!(browser.eval(shown).await, true);
        browser.click(".more-open").await;
        browser.click("#more a[href='/audit']").await;
        browser.see("#page a[href^='/audit/export']").await;
        browser.assert_quiet().await;
        browser.close().await;
        scene.inside.hub.stop().await;
    });
}

#[test]
fn a_browser_follows_the_log_live() {
    in_system(async {
        let scene = Scene::new().await;
        let browser = Browser::start().await;
        let at = scene.inside.hub.public_url.clone();
        browser.look(DESKTOP, Scheme::Light).await;
        sign_in(&browser, &at).await;
        browser.goto(&format!("{at}/log")).await;
        browser.click_text("Follow live").await;
        browser.see("[data-region=log]").await;
        browser.see("[data-live=on]").await;
        browser.eval("window.marked = true").await;
        let group = GroupId::derived(&["made meanwhile"]);
        scene.inside.tell(Command::AddGroup { group, name: "Made meanwhile".to_owned() }).await;
        browser.see_text("Made meanwhile").await;
        assert_eq!(
            browser.eval("return window.marked === true").await,
            true,
            "without loading the page anew"
        );
        browser.assert_quiet().await;
        browser.close().await;
        scene.inside.hub.stop().await;
    });
}
