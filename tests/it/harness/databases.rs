//! Real database servers: one of each kind for a whole test run, with a database for each test, and such
//! that a test has to itself, to stop and to start again.

use super::wait::until;
use sea_orm::{ConnectOptions, ConnectionTrait, Database as Orm, DatabaseConnection};
use std::fs::{DirBuilder, File};
use std::hash::{BuildHasher, RandomState};
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;
use watchroom::event_log::Address;
use watchroom_wire::tls::{hex, sha256};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/harness/database_server.sh");
/// How databases and accounts are made, in the words that users are told.
const MANUAL: &str = include_str!("../../../docs/databases.md");
const ADMIN_PASSWORD: &str = "admin-secret";
/// Password of the hub's account; held against whatever a hub says.
pub const SECRET: &str = "Kreuzspinne-im-Garten";
/// How long a server may take to be made and started on a machine that does much else.
const SLOW: Duration = Duration::from_secs(90);
/// Room below which servers do not lie in memory.
const MEMORY_BYTES: u64 = 3 << 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Postgres,
    MariaDb,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MariaDb => "mariadb",
        }
    }

    /// The statements that a user is told to run, with these names in them.
    fn statements(self, name: &str) -> Vec<String> {
        let heading = match self {
            Self::Postgres => "## PostgreSQL",
            Self::MariaDb => "## MariaDB",
        };
        let chapter = &MANUAL[MANUAL.find(heading).unwrap()..];
        let block = chapter.split("```sql\n").nth(1).unwrap().split("```").next().unwrap();
        let block = block.replace("watchroom", name).replace("a long password", SECRET);
        // The server of the tests is asked over TCP and resolves no names.
        let block = block.replace("'localhost'", "'%'");
        block.split(';').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect()
    }
}

/// Where a server is.
#[derive(Clone)]
struct Place {
    kind: Kind,
    port: u16,
}

impl Place {
    async fn admin(&self, database: &str) -> Option<DatabaseConnection> {
        let url = match self.kind {
            Kind::Postgres => format!("postgres://admin:{ADMIN_PASSWORD}@127.0.0.1:{}/{database}", self.port),
            Kind::MariaDb => format!("mysql://admin:{ADMIN_PASSWORD}@127.0.0.1:{}/", self.port),
        };
        connect(&url).await.ok()
    }

    async fn ready(&self) {
        until("the database server", SLOW, async || self.answer().await).await;
    }

    async fn answer(&self) -> Option<()> {
        // Before it is there, a try would be repeated by the driver.
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        std::net::TcpStream::connect(address).ok()?;
        let admin = self.admin("postgres").await?;
        admin.close().await.ok()
    }
}

async fn connect(url: &str) -> Result<DatabaseConnection, sea_orm::DbErr> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false).acquire_timeout(Duration::from_secs(20));
    Box::pin(Orm::connect(options)).await
}

/// A database with an account of its own, which has the rights that the manual gives it; gone with its test.
pub struct Database {
    pub kind: Kind,
    name: String,
    server: Place,
}

impl Database {
    /// On the server that all tests of a run share.
    pub async fn shared(kind: Kind) -> Self {
        Self::on(shared(kind).await).await
    }

    async fn on(server: Place) -> Self {
        let name = format!("w{}", Uuid::now_v7().simple());
        let admin = server.admin("postgres").await.expect("the server is there");
        for statement in server.kind.statements(&name) {
            admin.execute_unprepared(&statement).await.unwrap_or_else(|e| panic!("{statement}: {e}"));
        }
        admin.close().await.unwrap();
        Self { kind: server.kind, name, server }
    }

    pub fn url(&self) -> String {
        let (scheme, name, port) = (self.kind.word(), &self.name, self.server.port);
        format!("{scheme}://{name}@127.0.0.1:{port}/{name}")
    }

    pub fn address(&self) -> Address {
        Address::parse(&self.url(), Some(SECRET)).unwrap()
    }

    /// A connection of the hub's account, as any program could open one.
    pub async fn raw(&self) -> DatabaseConnection {
        let url = self.url().replace("mariadb://", "mysql://").replace('@', &format!(":{SECRET}@"));
        connect(&url).await.unwrap()
    }

    /// A connection of the server's administrator.
    pub async fn admin(&self) -> DatabaseConnection {
        self.server.admin(&self.name).await.unwrap()
    }

    /// Runs a statement as the server's administrator, in this database.
    pub async fn as_admin(&self, statement: &str) {
        let admin = self.server.admin(&self.name).await.unwrap();
        let statement = statement.replace("{}", &self.name);
        admin.execute_unprepared(&statement).await.unwrap_or_else(|e| panic!("{statement}: {e}"));
        admin.close().await.unwrap();
    }

    /// Lines for a file of settings; the password stands in a file beside it.
    pub fn settings(&self, folder: &Path) -> String {
        let file = folder.join("password");
        std::fs::write(&file, format!("{SECRET}\n")).unwrap();
        format!("[database]\nurl = {:?}\npassword = \"file:{}\"\n", self.url(), file.display())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // A thread of its own, for this one may be the runtime's. A server that is gone took it along.
        let cleaning = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let Some(admin) = server.admin("postgres").await else { return };
                let force = if server.kind == Kind::Postgres { " WITH (FORCE)" } else { "" };
                let user = if server.kind == Kind::Postgres { "ROLE" } else { "USER" };
                for statement in [format!("DROP DATABASE {name}{force}"), format!("DROP {user} {name}")] {
                    let _ = admin.execute_unprepared(&statement).await;
                }
            });
        });
        let _ = cleaning.join();
    }
}

/// A server that a test has to itself.
pub struct Server {
    place: Place,
    options: Vec<String>,
    folder: TempDir,
    child: Option<Child>,
}

impl Server {
    pub async fn start(kind: Kind, options: &[&str]) -> Self {
        let folder = tempfile::tempdir_in(base()).unwrap();
        // Another user works in it.
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        let mut server = Self { place: Place { kind, port: free_port() }, options, folder, child: None };
        // A port that was free a moment ago may be somebody else's by now: then it ends at once.
        for _ in 0..3 {
            server.launch();
            if server.answers().await {
                return server;
            }
            server.child = None;
            server.place.port = free_port();
        }
        panic!("the database server ends: {:?}", std::fs::read_to_string(server.folder.path().join("log")));
    }

    /// Waits until it answers; false when it ends instead.
    async fn answers(&mut self) -> bool {
        let (place, child) = (self.place.clone(), self.child.as_mut().unwrap());
        until("the database server, or its end", SLOW, async || match child.try_wait().unwrap() {
            Some(_) => Some(false),
            None => place.answer().await.map(|()| true),
        })
        .await
    }

    /// Where it keeps its data.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("server/data")
    }

    pub async fn database(&self) -> Database {
        Database::on(self.place.clone()).await
    }

    /// Ends it at once, without a word to anybody.
    pub fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        // PostgreSQL leaves no shared memory behind on this one, which is no more polite to its clients.
        let signal = if self.place.kind == Kind::Postgres { "-QUIT" } else { "-KILL" };
        assert!(kill(signal, &child.id().to_string()), "the server has ended already");
        child.wait().unwrap();
    }

    /// Stops all its processes where they are, as a machine that hangs does: it answers nothing any more, and
    /// breaks nothing off.
    pub fn freeze(&self) {
        self.signal_all("-STOP");
    }

    /// Lets them go on.
    pub fn thaw(&self) {
        self.signal_all("-CONT");
    }

    fn signal_all(&self, signal: &str) {
        let first = self.child.as_ref().unwrap().id().to_string();
        // The first one is stopped first, so that it begins no other meanwhile.
        kill(signal, &first);
        for process in std::fs::read_dir("/proc").unwrap().flatten() {
            let Ok(stat) = std::fs::read_to_string(process.path().join("stat")) else { continue };
            let parent = stat.rsplit(')').next().unwrap().split_whitespace().nth(1);
            if parent == Some(first.as_str()) {
                kill(signal, process.file_name().to_str().unwrap());
            }
        }
    }

    /// Starts it, without waiting for it.
    pub fn launch(&mut self) {
        let (folder, port) = (self.folder.path().join("server"), self.place.port.to_string());
        let log = File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let mut command = Command::new(SCRIPT);
        command.args(["run", self.place.kind.word()]).arg(folder).arg(port).args(&self.options);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.child = Some(command.spawn().unwrap());
    }

    /// Waits until it answers.
    pub async fn ready(&self) {
        self.place.ready().await;
    }
}

/// Whether there was such a process.
fn kill(signal: &str, process: &str) -> bool {
    Command::new("sh").args(["-c", "kill \"$0\" \"$1\"", signal, process]).status().unwrap().success()
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.thaw();
        }
        self.stop();
    }
}

/// The folder in which all servers lie: in memory where there is plenty, for what is tested is the hub;
/// `WATCHROOM_TEST_SERVERS` names another, such as one on a disk that is to be measured.
fn base() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let roomy = free_bytes(memory).is_some_and(|free| free > MEMORY_BYTES);
    let root = if roomy { memory.to_owned() } else { std::env::temp_dir() };
    let name = hex(&sha256(env!("CARGO_MANIFEST_DIR").as_bytes())[..4]);
    let root = std::env::var_os("WATCHROOM_TEST_SERVERS").map_or(root, PathBuf::from);
    let base = root.join(format!("watchroom-tests-{name}"));
    DirBuilder::new().recursive(true).mode(0o755).create(&base).unwrap();
    base
}

fn free_bytes(path: &Path) -> Option<u64> {
    rustix::fs::statvfs(path).ok().map(|fs| fs.f_bavail.saturating_mul(fs.f_frsize))
}

/// The server of the run, started by whoever comes first. It ends by itself soon after the last test has, by
/// the lock that every test holds as long as its process lives.
async fn shared(kind: Kind) -> Place {
    let folder = base().join(kind.word());
    let lock = |suffix: &str| {
        let path = folder.with_extension(suffix);
        File::options().write(true).create(true).truncate(false).open(path).unwrap()
    };
    let starting = lock("start");
    let waiting = starting.try_clone().unwrap();
    tokio::task::spawn_blocking(move || waiting.lock()).await.unwrap().unwrap();
    let users = lock("users");
    users.lock_shared().unwrap();
    let port_file = folder.join("port");
    let known = std::fs::read_to_string(&port_file).ok().and_then(|port| port.parse().ok());
    let alive = |port: &u16| std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let place = match known.filter(alive) {
        Some(port) => Place { kind, port },
        None => {
            let place = Place { kind, port: free_port() };
            // What is there was left by a machine that lost its power.
            let _ = std::fs::remove_dir_all(&folder);
            launch_shared(&place, &folder);
            place.ready().await;
            let mut file = File::create(&port_file).unwrap();
            file.write_all(place.port.to_string().as_bytes()).unwrap();
            place
        }
    };
    // Held until the process ends, whatever becomes of it.
    std::mem::forget(users);
    place
}

/// The server outlives this process, and ends by itself when nobody uses it any more.
#[allow(clippy::zombie_processes)]
fn launch_shared(place: &Place, folder: &Path) {
    let log = File::create(folder.with_extension("log")).unwrap();
    let mut command = Command::new("setsid");
    command.arg(SCRIPT).args(["share", place.kind.word()]).arg(folder).arg(place.port.to_string());
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
}

/// A port that nobody listens on, below the range of the kernel's own choice.
fn free_port() -> u16 {
    let mut tries = (0..500).map(|n| 20_000 + (RandomState::new().hash_one(n) % 12_000) as u16);
    let free = tries.find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    free.expect("a free port")
}
