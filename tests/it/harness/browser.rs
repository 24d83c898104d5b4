//! A headless Chromium, driven as a person would: by what is on the page.

use super::child::Child;
use super::wait::{Last, PATIENCE, until};
use fantoccini::elements::Element;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use url::Url;

/// `--disable-quic` and the ones below it keep Chromium from talking to anybody but the hub.
const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// How often chromedriver is started until it has found a port.
const STARTS: usize = 5;

/// The colours that the person prefers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scheme {
    Light,
    Dark,
}

/// The size of the window's inside, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

pub const PHONE: Size = Size { width: 390, height: 844 };
pub const DESKTOP: Size = Size { width: 1280, height: 800 };

pub struct Browser {
    client: Client,
    /// Ended after the browser, by the order of the fields.
    _driver: Child,
    profile: TempDir,
}

impl Browser {
    pub async fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let (driver, port) = driver(profile.path()).await;
        let data = format!("--user-data-dir={}", profile.path().display());
        let flags: Vec<&str> = FLAGS.into_iter().chain([data.as_str()]).collect();
        let Value::Object(wanted) = json!({
            "browserName": "chrome",
            "acceptInsecureCerts": true,
            "goog:chromeOptions": {"args": flags, "binary": binary()},
            "goog:loggingPrefs": {"browser": "ALL"},
        }) else {
            unreachable!("an object was written")
        };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wanted.into_iter().collect::<Capabilities>());
        let client = builder.connect(&format!("http://127.0.0.1:{port}")).await.unwrap();
        Self { client, _driver: driver, profile }
    }

    pub async fn goto(&self, address: &str) {
        self.client.goto(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
    }

    pub async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    pub async fn address(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    /// Waits until an element is on the page.
    pub async fn see(&self, css: &str) -> Element {
        let what = format!("an element {css}");
        self.find(&what, Locator::Css(css)).await
    }

    /// Waits until a text can be read on the page.
    pub async fn see_text(&self, text: &str) {
        let mut last = Last::default();
        until(&format!("the text {text:?}"), PATIENCE, async || {
            last.0 = self.text().await;
            last.0.contains(text).then_some(())
        })
        .await;
    }

    /// Waits until an element is no longer on the page.
    pub async fn see_no(&self, css: &str) {
        until(&format!("an element {css} to go"), PATIENCE, async || {
            self.client.find_all(Locator::Css(css)).await.ok()?.is_empty().then_some(())
        })
        .await;
    }

    /// Waits until a text can no longer be read on the page.
    pub async fn see_no_text(&self, text: &str) {
        until(&format!("the text {text:?} to go"), PATIENCE, async || {
            (!self.text().await.contains(text)).then_some(())
        })
        .await;
    }

    /// All text of the page as it is shown; empty while the page changes.
    pub async fn text(&self) -> String {
        match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Clears a field and types into it.
    pub async fn fill(&self, css: &str, value: &str) {
        until(&format!("a field {css} to fill"), PATIENCE, async || {
            let field = self.client.find(Locator::Css(css)).await.ok()?;
            field.clear().await.ok()?;
            field.send_keys(value).await.ok()
        })
        .await;
    }

    /// Chooses a file for a form to send.
    pub async fn attach(&self, css: &str, file: &Path) {
        self.see(css).await.send_keys(file.to_str().expect("a path in UTF-8")).await.unwrap();
    }

    /// Clicks an element once it is there and nothing lies over it.
    pub async fn click(&self, css: &str) {
        self.click_at(&format!("an element {css} to click"), Locator::Css(css)).await;
    }

    /// Clicks the link or button that reads `text`.
    pub async fn click_text(&self, text: &str) {
        assert!(!text.contains('"'), "a text in double quotes cannot be looked for");
        let named = format!(
            "//*[(self::a or self::button or self::summary or self::label) and normalize-space()=\"{text}\"]"
        );
        self.click_at(&format!("a button or link {text:?}"), Locator::XPath(&named)).await;
    }

    /// Runs a script as the body of a function and gives what it returns.
    pub async fn eval(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// What the console has said since the last call, errors and broken policies only.
    pub async fn console_errors(&self) -> Vec<String> {
        let entries = self.post("se/log", json!({"type": "browser"})).await;
        let entries = entries.as_array().cloned().unwrap_or_default();
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        severe.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Fails when a script threw, a policy was broken or a file of the page was missing.
    pub async fn assert_quiet(&self) {
        let errors = self.console_errors().await;
        assert!(errors.is_empty(), "the browser's console says:\n{}", errors.join("\n"));
    }

    /// Shows pages at a size and in the colours that the person prefers.
    pub async fn look(&self, size: Size, scheme: Scheme) {
        let Size { width, height } = size;
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        let scheme = if scheme == Scheme::Dark { "dark" } else { "light" };
        let colours = json!({"name": "prefers-color-scheme", "value": scheme});
        // A picture taken while something fades shows neither what was nor what is.
        let motion = json!({"name": "prefers-reduced-motion", "value": "reduce"});
        let media = json!({"features": [colours, motion]});
        self.devtools("Emulation.setEmulatedMedia", media).await;
    }

    /// Which languages the browser asks for from the next page on, as in `zh-CN,zh;q=0.9`.
    pub async fn languages(&self, accepted: &str) {
        let agent = self.eval("return navigator.userAgent").await;
        let identity = json!({"userAgent": agent, "acceptLanguage": accepted});
        self.devtools("Emulation.setUserAgentOverride", identity).await;
    }

    /// Writes `NAME-WIDTH-SCHEME.png` of what the window shows, and gives its path.
    ///
    /// The folder is `WATCHROOM_SCREENSHOTS`, or else `screenshots` in the build folder.
    pub async fn screenshot(&self, name: &str, size: Size, scheme: Scheme) -> PathBuf {
        self.look(size, scheme).await;
        self.picture(name, size, scheme).await
    }

    /// As [`Self::screenshot`], but as high as the whole page.
    pub async fn screenshot_whole(&self, name: &str, size: Size, scheme: Scheme) -> PathBuf {
        self.look(size, scheme).await;
        let height = self.eval("return document.documentElement.scrollHeight").await;
        let height = u32::try_from(height.as_u64().unwrap()).unwrap().max(size.height);
        self.screenshot(name, Size { height, ..size }, scheme).await
    }

    async fn picture(&self, name: &str, size: Size, scheme: Scheme) -> PathBuf {
        let folder = std::env::var_os("WATCHROOM_SCREENSHOTS").map_or_else(
            || PathBuf::from(concat!(env!("CARGO_TARGET_TMPDIR"), "/../screenshots")),
            PathBuf::from,
        );
        fs::create_dir_all(&folder).unwrap();
        let file = format!("{name}-{}-{scheme:?}.png", size.width).to_lowercase();
        let path = folder.canonicalize().unwrap().join(file);
        fs::write(&path, self.client.screenshot().await.unwrap()).unwrap();
        path
    }

    /// Sends a command of the developer tools' protocol.
    pub async fn devtools(&self, command: &str, params: Value) -> Value {
        self.post("goog/cdp/execute", json!({"cmd": command, "params": params})).await
    }

    /// Ends the session. Without it the browser is killed when this is dropped.
    pub async fn close(self) {
        self.client.clone().close().await.unwrap();
    }

    /// Where this browser keeps its files; every process of it names this folder.
    pub fn profile_path(&self) -> PathBuf {
        self.profile.path().to_owned()
    }

    async fn find(&self, what: &str, locator: Locator<'_>) -> Element {
        until(what, PATIENCE, async || self.client.find(locator).await.ok()).await
    }

    /// A click that the page's own movement made miss is tried again, with what is clicked in the middle, where
    /// no bar lies over it.
    async fn click_at(&self, what: &str, locator: Locator<'_>) {
        let mut last = Last::default();
        until(what, PATIENCE, async || match self.client.find(locator).await {
            Ok(found) => match found.clone().click().await {
                Ok(()) => Some(()),
                Err(error) => {
                    last.0 = error.to_string();
                    let script = "arguments[0].scrollIntoView({block: 'center'})";
                    let _ = self.client.execute(script, vec![json!(found)]).await;
                    None
                }
            },
            Err(_) => {
                last.0 = self.text().await;
                None
            }
        })
        .await;
    }

    async fn post(&self, path: &'static str, body: Value) -> Value {
        self.client.issue_cmd(Post { path, body }).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

impl Drop for Browser {
    /// Killing chromedriver leaves Chromium running, and a test that failed has not closed it: every
    /// process that was given this profile is ended.
    fn drop(&mut self) {
        let profile = self.profile.path().display().to_string();
        for process in fs::read_dir("/proc").unwrap().flatten() {
            let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&line).contains(&profile) {
                let id = process.file_name();
                let kill = Command::new("sh").args(["-c", "kill -9 \"$0\" 2>/dev/null"]).arg(id).status();
                // One that is gone in the meantime is what was wanted.
                let _ = kill;
            }
        }
    }
}

/// A chromedriver, and its port. It chooses one for IPv4 and takes the same for IPv6, where another program may have
/// it already: it ends then, and another one is started.
async fn driver(home: &Path) -> (Child, u16) {
    for _ in 0..STARTS {
        let mut command = Command::new("chromedriver");
        // Crash reports and caches go where they are removed with the profile.
        command.arg("--port=0").env("HOME", home).env_remove("XDG_CONFIG_HOME");
        let mut driver = Child::spawn("chromedriver", &mut command);
        let pick = |line: &str| line.strip_suffix('.')?.rsplit_once("on port ")?.1.parse::<u16>().ok();
        if let Some(port) = driver.line_if_any("the port", PATIENCE, pick).await {
            return (driver, port);
        }
        let log = driver.whole_log().join("\n");
        assert!(log.contains("Address already in use"), "chromedriver ended: {log}");
    }
    panic!("chromedriver found no port");
}

/// Debian's `chromium` is a shell script that does not pass every flag on; the program lies beside it.
fn binary() -> &'static str {
    let debian = "/usr/lib/chromium/chromium";
    if fs::exists(debian).unwrap_or_default() { debian } else { "chromium" }
}

/// A command of chromedriver that the WebDriver standard does not have.
#[derive(Debug)]
struct Post {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Post {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
