//! From the first link to a resolved alert, as its owner goes through it.

use crate::harness::browser::Browser;
use crate::harness::child::Child;
use crate::harness::smtp::{Mail, PASSWORD, SmtpServer, USER};
use crate::harness::wait::{PATIENCE, until};
use crate::hub::{TestHub, program};

const PASSPHRASE: &str = "a few words only I know";
const OWNER: &str = "ada@example.org";
const KEEPER: &str = "grace@example.org";

struct Journey {
    hub: TestHub,
    browser: Browser,
    server: SmtpServer,
}

impl Journey {
    fn address(&self, path: &str) -> String {
        format!("https://{}{path}", self.hub.console)
    }

    async fn goto(&self, path: &str) {
        self.browser.goto(&self.address(path)).await;
    }

    /// Marks the page that is open, so that one that was loaded anew is told from it.
    async fn mark(&self) {
        self.browser.eval("window.marked = true").await;
    }

    async fn assert_not_reloaded(&self) {
        assert_eq!(
            self.browser.eval("return window.marked === true").await,
            true,
            "the page was loaded anew"
        );
    }

    async fn follow_the_link(&self) {
        let link = self.hub.setup.clone().unwrap();
        self.browser.goto(&link).await;
        for (field, value) in [
            ("#f-login", "ada"),
            ("#f-name", "Ada Lovelace"),
            ("#f-mail", OWNER),
            ("#f-password", PASSPHRASE),
            ("#f-again", PASSPHRASE),
        ] {
            self.browser.fill(field, value).await;
        }
        self.browser.click_text("Make the account and go in").await;
        self.browser.see_text("No machine is watched yet").await;
        // Whoever finds the link later gets nowhere with it.
        let path = link.replace(&self.address(""), "");
        let mut finder = self.hub.web.stranger();
        assert_eq!(finder.get(&path).await.location(), "/login");
        assert_eq!(finder.post(&path, &[("login", "mallory")]).await.location(), "/login");
    }

    /// Registers a machine and gives the token of the command that the page shows.
    async fn register(&self) -> String {
        self.browser.click_text("Add machine").await;
        self.browser.fill("#f-name", "node-07").await;
        self.browser.fill("#f-keeper_name", "Grace Hopper").await;
        self.browser.fill("#f-keeper_mail", KEEPER).await;
        self.browser.click_text("Add and get the command").await;
        self.browser.click_text("Make a token").await;
        let command = self.browser.see(".command code").await.text().await.unwrap();
        command.strip_prefix("watchroom-agent --join ").expect("the command to run").to_owned()
    }

    async fn join(&self, token: &str) -> Child {
        self.browser.see_text("Waiting for the agent").await;
        self.mark().await;
        let state = self.hub.data_dir().join("another-machine");
        let mut command = program(&["agent", "--join", token, "--interval", "1", "--state"]);
        let agent = Child::spawn("agent", command.arg(state));
        self.browser.see_text("Connected at").await;
        self.assert_not_reloaded().await;
        self.browser.click_text("See its curves").await;
        self.browser.see("#cpu_percent canvas").await;
        agent
    }

    async fn set_up_mail(&mut self) {
        self.browser.click_text("Channels").await;
        self.browser.click_text("Mail").await;
        self.browser.click_text("typed here").await;
        self.browser.click_text("The mail server has a certificate of its own authority").await;
        let (port, ca_file) = (self.server.port.to_string(), self.server.certs.ca_file());
        for (field, value) in [
            ("#f-host", "localhost"),
            ("#f-port", &port),
            ("#f-from", "watch@example.org"),
            ("#f-user", USER),
            ("[name=password]", PASSWORD),
            ("#f-ca_file", ca_file.to_str().unwrap()),
        ] {
            self.browser.fill(field, value).await;
        }
        self.browser.click_text("Save").await;
        self.browser.see_text("Goes out through localhost").await;
        self.browser.click_text("Send test").await;
        self.browser.see_text(&format!("Mail to {OWNER}: accepted after")).await;
        let test = self.server.mail("the test", PATIENCE, |mail| mail.to == [OWNER]).await;
        assert_eq!(test.subject(), "[Watchroom] Test");
    }

    /// A rule made elsewhere fires at once; the open list of alerts shows it by itself.
    async fn fire(&mut self) -> Mail {
        self.goto("/alerts").await;
        self.browser.see_text("All quiet").await;
        self.browser.see("[data-live=on]").await;
        self.mark().await;
        let signed_in = self.hub.web.post("/login", &[("login", "ada"), ("password", PASSPHRASE)]).await;
        assert_eq!(signed_in.status, 303, "{}", signed_in.body);
        self.hub.rule("Memory is used", "memory_used_percent", "0").await;
        self.browser.see("#r-alerts .alert[data-state=crit]").await;
        self.browser.see("#r-activity .alert[data-state=crit]").await;
        until("the count beside the alerts", PATIENCE, async || {
            let count = self.browser.see("[data-open-count]").await.text().await.ok()?;
            (count == "1").then_some(())
        })
        .await;
        self.assert_not_reloaded().await;
        let about = |mail: &Mail| mail.subject() == "[Watchroom] node-07: Memory is used";
        let told = self.server.mail("mail to the owner", PATIENCE, |m| about(m) && m.to == [OWNER]).await;
        self.server.mail("mail to the keeper", PATIENCE, |m| about(m) && m.to == [KEEPER]).await;
        told
    }

    /// Acknowledges on the alert's page, to which the mail leads; gives its path.
    async fn acknowledge(&self, mail: &Mail) -> String {
        assert_eq!(mail.header("Auto-Submitted"), Some("auto-generated"));
        assert!(mail.header("Message-ID").is_some_and(|id| id.starts_with('<')));
        let (text, html) = (mail.text.as_ref().unwrap(), mail.html.as_ref().unwrap());
        let from = text.find("/alerts/").unwrap_or_else(|| panic!("no link in {text}"));
        let path: String = text[from..].chars().take_while(|c| !c.is_whitespace()).collect();
        assert!(html.contains(&path), "{html}");
        self.goto(&path).await;
        self.browser.click("#r-alert .btn.primary").await;
        self.browser.see_text("Acknowledged. Everybody can see that you are on it.").await;
        let timeline = until("the whole timeline", PATIENCE, async || {
            let text = self.browser.see(".timeline").await.text().await.ok()?;
            text.contains("Ada Lovelace acknowledged").then_some(text)
        })
        .await;
        let steps =
            ["past the threshold", "over 0%: alert opened", "Mail to Ada Lovelace: accepted after", " ms"];
        for step in steps {
            // A number and its unit never stand on two lines.
            assert!(timeline.replace('\u{a0}', " ").contains(step), "{step} is not in {timeline}");
        }
        path
    }

    /// Removes the rule, which ends its alert.
    async fn remove_the_rule(&mut self, alert: &str, first: &Mail) {
        self.goto("/rules").await;
        let edit = "//li[.//span[text()='Memory is used']]//a[text()='Edit']";
        self.browser
            .eval(&format!("document.evaluate(\"{edit}\", document, null, 9).singleNodeValue.click()"))
            .await;
        self.browser.see("#f-fire").await;
        self.browser.click_text("Remove").await;
        self.browser.click_text("Remove Memory is used").await;
        self.browser.see_text("Removed.").await;
        self.browser.see_no_text("Memory is used").await;
        self.goto(alert).await;
        self.browser.see_text("the rule was removed").await;
        let over = |mail: &Mail| mail.text.as_ref().is_some_and(|text| text.starts_with("Resolved"));
        let last = self.server.mail("the end", PATIENCE, |mail| over(mail) && mail.to == [OWNER]).await;
        assert_eq!(last.subject(), first.subject());
        assert_ne!(last.header("Message-ID"), first.header("Message-ID"));
        assert!(last.header("References").is_some());
        assert_eq!(last.header("References"), first.header("References"), "both are of one thread");
    }
}

#[tokio::test]
async fn a_browser_goes_from_the_first_link_to_a_resolved_alert() {
    let (hub, browser, server) = (TestHub::start().await, Browser::start().await, SmtpServer::start().await);
    let mut journey = Journey { hub, browser, server };
    journey.follow_the_link().await;
    let token = journey.register().await;
    let mut agent = journey.join(&token).await;
    journey.set_up_mail().await;
    let mail = journey.fire().await;
    let alert = journey.acknowledge(&mail).await;
    journey.remove_the_rule(&alert, &mail).await;
    journey.browser.assert_quiet().await;
    journey.browser.close().await;
    agent.terminate();
    assert!(agent.exit(PATIENCE).await.success());
}
