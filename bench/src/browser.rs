//! A headless Chromium, driven through chromedriver.

use anyhow::{Context as _, Result, bail, ensure};
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;
use url::Url;

/// Time for the driver to begin.
const PATIENCE: Duration = Duration::from_secs(60);
/// Those from `--disable-quic` on keep it from talking to anybody but the hub.
const FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// A running browser. Both it and its driver end when this is closed.
pub struct Browser {
    client: Client,
    _driver: Child,
    _profile: TempDir,
}

impl Browser {
    /// Starts it; an error that says so where there is none.
    pub async fn start() -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .env("HOME", profile.path())
            .env_remove("XDG_CONFIG_HOME")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("chromedriver cannot be started; Debian's package is chromium-driver")?;
        let mut lines = BufReader::new(driver.stdout.take().context("no output")?).lines();
        let port: u16 = loop {
            let line = timeout(PATIENCE, lines.next_line()).await.context("chromedriver says nothing")??;
            let Some(line) = line else { bail!("chromedriver has ended") };
            if let Some(port) = line.strip_suffix('.').and_then(|l| l.rsplit_once("on port ")?.1.parse().ok())
            {
                break port;
            }
        };
        let data = format!("--user-data-dir={}", profile.path().display());
        let flags: Vec<&str> = FLAGS.into_iter().chain([data.as_str()]).collect();
        // Debian's `chromium` is a shell script that does not pass every flag on; the program lies beside it.
        let debian = "/usr/lib/chromium/chromium";
        let binary = if Path::new(debian).exists() { debian } else { "chromium" };
        let wanted = json!({"browserName": "chrome", "acceptInsecureCerts": true,
            "goog:chromeOptions": {"args": flags, "binary": binary}});
        let Value::Object(wanted) = wanted else { bail!("an object was written") };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wanted.into_iter().collect::<Capabilities>());
        let client = builder.connect(&format!("http://127.0.0.1:{port}")).await?;
        Ok(Self { client, _driver: driver, _profile: profile })
    }

    /// Goes to a page.
    pub async fn goto(&self, address: &str) -> Result<()> {
        Ok(self.client.goto(address).await?)
    }

    /// Gets a cookie of this site. By the developer tools: the driver's own command wants a domain, which a
    /// cookie that belongs to one host alone must not have.
    pub async fn cookie(&self, site: &str, name: &str, value: &str) -> Result<()> {
        let cookie = json!({"name": name, "value": value, "url": site, "path": "/", "secure": true,
            "httpOnly": true});
        let set =
            self.client.issue_cmd(DevTools(json!({"cmd": "Network.setCookie", "params": cookie}))).await?;
        ensure!(set["success"] != json!(false), "the cookie is refused: {set}");
        Ok(())
    }

    /// Runs a script as the body of a function and gives what it returns.
    pub async fn eval(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// Ends it.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }
}

/// A command to the developer tools, which the WebDriver standard does not have.
#[derive(Debug)]
struct DevTools(Value);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> std::result::Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.0.to_string()))
    }
}
