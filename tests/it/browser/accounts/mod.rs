//! How people come to accounts, use them and leave them, as they go through it in a browser, in both languages.

mod inviting;
mod joining;
mod leaving;
mod sharing;

use super::axe::findings;
use super::pages::assert_unbroken;
use crate::harness::browser::{Browser, DESKTOP, PHONE, Scheme, Size};
use crate::harness::wait::{PATIENCE, until};
use crate::web::inside::PASSPHRASE;
use watchroom::texts::Lang;

/// What somebody has before them: one browser, which speaks one language.
pub struct Screen {
    pub browser: Browser,
    pub lang: Lang,
    at: String,
    name: &'static str,
}

impl Screen {
    /// The English are at a desk, the Chinese read on their phones at night.
    pub async fn new(at: &str, lang: Lang, name: &'static str) -> Self {
        let browser = Browser::start().await;
        browser.look(Self::look(lang).0, Self::look(lang).1).await;
        browser.languages(if lang == Lang::En { "en" } else { "zh-CN,zh" }).await;
        Self { browser, lang, at: at.to_owned(), name }
    }

    fn look(lang: Lang) -> (Size, Scheme) {
        if lang == Lang::En { (DESKTOP, Scheme::Light) } else { (PHONE, Scheme::Dark) }
    }

    pub async fn goto(&self, path: &str) {
        self.browser.goto(&format!("{}{path}", self.at)).await;
    }

    /// Where it is, without the host.
    pub async fn path(&self) -> String {
        self.browser.address().await.strip_prefix(&self.at).expect("a page of the hub").to_owned()
    }

    /// Waits until it has come to a path.
    pub async fn comes_to(&self, path: &str) {
        until(&format!("the browser to come to {path}"), PATIENCE, async || {
            (self.browser.address().await == format!("{}{path}", self.at)).then_some(())
        })
        .await;
    }

    /// The text of a key, as this person reads it.
    pub fn t(&self, key: &str) -> String {
        self.lang.t(key)
    }

    /// Waits for the text of a key.
    pub async fn sees(&self, key: &str) {
        self.browser.see_text(&self.t(key)).await;
    }

    /// Clicks what is called by the text of a key.
    pub async fn click(&self, key: &str) {
        self.browser.click_text(&self.t(key)).await;
    }

    /// Types into fields, each by its name.
    pub async fn fill(&self, fields: &[(&str, &str)]) {
        for (name, value) in fields {
            self.browser.fill(&format!("#f-{name}"), value).await;
        }
    }

    /// Leaves a picture of what is there now.
    pub async fn picture(&self, step: &str) {
        let (size, scheme) = Self::look(self.lang);
        let wide = self.browser.eval("return document.documentElement.scrollWidth > innerWidth").await;
        assert_eq!(wide, false, "{step} runs over the edge");
        for other in [Scheme::Dark, Scheme::Light] {
            let wrong = findings(&self.browser, step, size, other).await;
            assert!(wrong.is_none(), "{wrong:?}");
        }
        let name = format!("{}-{step}-{}", self.name, self.lang.tag());
        self.browser.screenshot_whole(&name, size, scheme).await;
        self.browser.look(size, scheme).await;
        let text = self.browser.text().await;
        assert!(!text.contains('⟨'), "a text of {step} is not in the catalogue: {text}");
    }

    /// Shows name and password; whether that is enough is for the caller to see.
    pub async fn show_password(&self, login: &str, password: &str) {
        self.goto("/login").await;
        self.fill(&[("login", login), ("password", password)]).await;
        self.click("login-do").await;
    }

    /// Signs somebody in who has no second step.
    pub async fn sign_in(&self, login: &str) {
        self.show_password(login, PASSPHRASE).await;
        self.comes_to("/machines").await;
    }

    pub async fn sign_out(&self) {
        self.goto("/account").await;
        self.click("sign-out").await;
        self.sees("login-title").await;
    }

    /// Fails when a script threw or a policy was broken; that the hub has refused something is no fault.
    pub async fn close(self) {
        assert_unbroken(&self.browser).await;
        self.browser.close().await;
    }
}
