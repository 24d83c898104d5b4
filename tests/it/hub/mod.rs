//! The real program from outside: started, set up over HTTPS as an owner would, killed, started again.

mod program;
mod servers;

use crate::harness::child::Child;
use crate::harness::databases::{self, Database};
use crate::harness::http::{Answer, Http};
use crate::harness::smtp::{PASSWORD, SmtpServer, USER};
use crate::harness::wait::PATIENCE;
use serde_json::Value;
use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};
use tempfile::TempDir;
use watchroom_wire::tls::{hex, sha256};

const PASSPHRASE: &str = "correct horse battery staple";
pub const OWNER_MAIL: &str = "owner@example.org";

/// The program, as the tests build it.
pub fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_watchroom"));
    command.args(arguments).env_remove("WATCHROOM_LOG");
    command
}

/// Settings that a test needs besides the usual ones, as lines of TOML.
#[derive(Default)]
pub struct More {
    /// Lines of the area `hub`.
    pub hub: String,
    /// Lines of the area `console`.
    pub console: String,
    /// Other areas.
    pub areas: String,
}

/// A hub in a process of its own, with a data folder of its own. What it warns of and nobody expected fails
/// the test.
pub struct TestHub {
    folder: TempDir,
    data: PathBuf,
    child: Child,
    pub console: SocketAddr,
    pub socket: SocketAddr,
    pub authority_sha256: String,
    pub setup: Option<String>,
    pub web: Http,
    expected: Vec<&'static str>,
    /// Goes after the hub has.
    pub database: Option<Database>,
}

impl TestHub {
    /// A hub that has never been started before. Its ports are its own for as long as it lives, killed
    /// or not: they lie below those that the kernel gives to whoever connects.
    pub async fn start() -> Self {
        Box::pin(Self::start_on(None)).await
    }

    /// The same, with its log in this database of a server, or else in SQLite.
    pub async fn start_on(database: Option<Database>) -> Self {
        Box::pin(Self::start_anew(&More::default(), database)).await
    }

    /// The same with more settings than it needs.
    pub async fn start_with(more: &More) -> Self {
        Box::pin(Self::start_anew(more, None)).await
    }

    async fn start_anew(more: &More, database: Option<Database>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (console, socket) = (free_port(), free_port());
        let server = database.as_ref().map(|database| database.settings(folder.path())).unwrap_or_default();
        let data = folder.path().join("data");
        let areas = format!("{}{server}", more.areas);
        let more = &More { areas, hub: more.hub.clone(), console: more.console.clone() };
        write_settings(folder.path(), &data, (console, socket), more);
        let (child, said) = launch(folder.path()).await;
        let ca_pem = std::fs::read_to_string(folder.path().join("data/ca.pem")).unwrap();
        assert_eq!(said["console_port"], console.port());
        assert_eq!(said["socket_port"], socket.port());
        Self {
            web: Http::new(console, &ca_pem),
            authority_sha256: said["authority_sha256"].as_str().unwrap().to_owned(),
            setup: said["setup"].as_str().map(str::to_owned),
            folder,
            data,
            child,
            console,
            socket,
            expected: Vec::new(),
            database,
        }
    }

    /// A hub with an owner, who is signed in.
    pub async fn owned() -> Self {
        Box::pin(Self::owned_on(None)).await
    }

    /// The same, with its log in this database of a server, or else in SQLite.
    pub async fn owned_on(database: Option<Database>) -> Self {
        let mut hub = Box::pin(Self::start_on(database)).await;
        hub.set_up().await;
        hub
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill();
        self.judge_log();
    }

    /// Ends it as a service manager would.
    pub async fn stop(&mut self) -> ExitStatus {
        self.child.terminate();
        let status = self.child.exit(PATIENCE).await;
        self.judge_log();
        status
    }

    /// Starts it again, where it was.
    pub async fn restart(&mut self) {
        let (child, said) = launch(self.folder.path()).await;
        assert_eq!(said["authority_sha256"], self.authority_sha256);
        self.setup = said["setup"].as_str().map(str::to_owned);
        self.child = child;
    }

    /// A line of the log with these words in it is no surprise.
    pub fn expect(&mut self, words: &'static str) {
        self.expected.push(words);
    }

    /// Panics when an ended hub has said more than it should.
    fn judge_log(&mut self) {
        let log = self.child.whole_log();
        assert!(!log.iter().any(|line| line.contains(databases::SECRET)), "the password is in its log");
        let surprises = surprises(&log, &self.expected);
        assert!(surprises.is_empty(), "the hub warned of: {surprises:#?}");
    }

    pub fn settings_file(&self) -> PathBuf {
        self.folder.path().join("hub.toml")
    }

    pub fn data_dir(&self) -> PathBuf {
        self.data.clone()
    }

    /// From the next start on it works in this data folder, and with these settings besides.
    pub fn move_to(&mut self, data: PathBuf, more: &More) {
        write_settings(self.folder.path(), &data, (self.console, self.socket), more);
        self.data = data;
    }

    /// A path beside the data folder.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Sends it a signal, such as `HUP`.
    pub fn signal(&self, name: &str) {
        let process = self.child.id().to_string();
        let sent = Command::new("sh").args(["-c", "kill -\"$0\" \"$1\"", name, &process]).status();
        assert!(sent.unwrap().success());
    }

    pub fn ca_pem(&self) -> String {
        std::fs::read_to_string(self.data_dir().join("ca.pem")).unwrap()
    }

    /// Runs another command of the program with this hub's settings.
    pub fn run(&self, arguments: &[&str]) -> Output {
        program(arguments).arg("--config").arg(self.settings_file()).output().unwrap()
    }

    /// Everything in the log, as `log cat` prints it.
    pub fn log(&self) -> Vec<Value> {
        let output = self.run(&["log", "cat", "--json"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Bodies of one kind of event, oldest first.
    pub fn events(&self, name: &str) -> Vec<Value> {
        self.log().into_iter().filter(|e| e["event"] == name).map(|mut e| e["body"].take()).collect()
    }

    /// What `log verify` says, and how it ends.
    pub fn verify(&self) -> (Option<i32>, Value) {
        let output = self.run(&["log", "verify", "--json"]);
        (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
    }

    /// Panics unless the chain is whole; gives the head's position.
    pub fn assert_sound(&self) -> u64 {
        let (code, verdict) = self.verify();
        assert_eq!((code, &verdict["sound"]), (Some(0), &Value::Bool(true)), "{verdict}");
        verdict["head"].as_u64().unwrap()
    }

    /// Follows the link that makes the first account.
    pub async fn set_up(&mut self) {
        let link = self.setup.clone().expect("there is no owner yet");
        let path = link.strip_prefix(&format!("https://{}", self.console)).expect("a link to the console");
        let fields = [
            ("login", "owner"),
            ("name", "The owner"),
            ("mail", OWNER_MAIL),
            ("password", PASSPHRASE),
            ("again", PASSPHRASE),
        ];
        let answer = self.web.post(path, &fields).await;
        assert_eq!((answer.status, answer.location()), (303, "/machines"), "{}", answer.body);
    }

    /// Registers a machine; gives its identifier.
    pub async fn machine(&mut self, name: &str) -> String {
        let answer = self.web.post("/machines/new", &[("name", name)]).await;
        let id = answer.location().strip_prefix("/machines/").and_then(|rest| rest.strip_suffix("/enrol"));
        id.unwrap_or_else(|| panic!("{}", answer.location())).to_owned()
    }

    /// A join token for a machine, as the page shows it.
    pub async fn token(&mut self, machine: &str) -> String {
        let answer = self.web.post(&format!("/machines/{machine}/enrol"), &[]).await;
        let from = answer.body.find("wr1-").unwrap_or_else(|| panic!("no token: {}", answer.body));
        let token = &answer.body[from..];
        let end = token.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
        token[..end.unwrap_or(token.len())].to_owned()
    }

    /// Ends all keys of a machine's agent.
    pub async fn revoke(&mut self, machine: &str) {
        done(&self.web.post(&format!("/machines/{machine}/revoke"), &[]).await);
    }

    /// Adds a rule that fires above a value of a metric, as soon as it is seen there.
    pub async fn rule(&mut self, name: &str, metric: &str, above: &str) {
        let fields = [
            ("name", name),
            ("kind", "threshold"),
            ("metric", metric),
            ("compare", "above"),
            ("fire", above),
            ("for", "0"),
            ("for_unit", "s"),
            ("scope", "everywhere"),
            ("severity", "critical"),
            ("enabled", "true"),
        ];
        done(&self.web.post("/rules/new", &fields).await);
    }

    /// Mail goes to this server.
    pub async fn mail_by(&mut self, server: &SmtpServer) {
        let (port, ca_file) = (server.port.to_string(), server.certs.ca_file());
        let fields = [
            ("host", "localhost"),
            ("port", port.as_str()),
            ("security", "starttls"),
            ("user", USER),
            ("password_kind", "typed"),
            ("password", PASSWORD),
            ("from", "watch@example.org"),
            ("ca_file", ca_file.to_str().unwrap()),
        ];
        done(&self.web.post("/mail", &fields).await);
    }
}

impl Drop for TestHub {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.kill();
        }
    }
}

/// A form was taken.
fn done(answer: &Answer) {
    assert_eq!(answer.status, 303, "{}", answer.body);
}

fn write_settings(folder: &Path, data: &Path, (console, socket): (SocketAddr, SocketAddr), more: &More) {
    let More { hub, console: of_console, areas } = more;
    let secrets = std::env::temp_dir();
    let settings = format!(
        "[hub]\ndata_dir = {data:?}\ntime_zone = \"UTC\"\n{hub}\n[console]\nlisten = \"{console}\"\n{of_console}\n\
         [socket]\nlisten = \"{socket}\"\n[secrets]\nfolders = [{secrets:?}]\n{areas}\n",
    );
    std::fs::write(folder.join("hub.toml"), settings).unwrap();
}

async fn launch(folder: &Path) -> (Child, Value) {
    let mut command = program(&["serve", "--json", "--config"]);
    let mut child = Child::spawn("hub", command.arg(folder.join("hub.toml")));
    let said = child.line("what was started", PATIENCE, |line| serde_json::from_str(line).ok()).await;
    (child, said)
}

/// A port that nobody listens on, below the range of the kernel's own choice.
fn free_port() -> SocketAddr {
    let mut tries = (0..500).map(|n| 20_000 + (RandomState::new().hash_one(n) % 12_000) as u16);
    let free = tries.find_map(|port| {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        TcpListener::bind(address).is_ok().then_some(address)
    });
    free.expect("a free port")
}

/// Lines that nobody hopes for: warnings, errors, and what is no line of the log at all.
fn surprises(log: &[String], expected: &[&str]) -> Vec<String> {
    let surprising = |line: &&String| {
        let level = serde_json::from_str::<Value>(line).map(|line| line["level"].clone());
        let calm = level.is_ok_and(|level| ["INFO", "DEBUG", "TRACE"].iter().any(|known| level == *known));
        !calm && !expected.iter().any(|words| line.contains(words))
    };
    log.iter().filter(surprising).cloned().collect()
}

#[test]
fn only_what_is_calm_or_expected_is_no_surprise() {
    let log = ["{\"level\":\"INFO\"}", "{\"level\":\"WARN\"}", "thread panicked", "{\"level\":\"ERROR\"}"];
    let log: Vec<String> = log.map(str::to_owned).into();
    assert_eq!(surprises(&log, &["panicked"]), [log[1].clone(), log[3].clone()]);
}

#[tokio::test]
async fn a_hub_is_set_up_and_remembers_after_it_was_killed() {
    let mut hub = TestHub::owned().await;
    assert_eq!(
        hex(&sha256(&rustls_pki_der(&hub.ca_pem()))),
        hub.authority_sha256,
        "the fingerprint is that of the authority"
    );
    let machine = hub.machine("node-01").await;
    hub.kill();
    hub.restart().await;
    assert_eq!(hub.setup, None, "the link works once");
    let page = hub.web.get(&format!("/machines/{machine}")).await;
    assert!(page.status == 200 && page.body.contains("node-01"), "the session and the machine are there");
    hub.assert_sound();
}

fn rustls_pki_der(pem: &str) -> Vec<u8> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
}
