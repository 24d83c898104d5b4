//! The event log: one contract for every database, and what is each one's own.

mod away;
mod browse;
mod contract;
mod encrypted;
mod rates;
mod readers;
mod servers;
mod sqlite;
mod tamper;
mod unfit;

use crate::harness::databases::{self, Kind};
use crate::harness::wait::until;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;
use uuid::Uuid;
use watchroom::clock::Clock;
use watchroom::event_log::{Address, EventLog, LogError, LogOptions, MasterKey};
use watchroom_domain::*;

/// Where a log is kept, and the time there.
pub(crate) struct Place {
    address: Address,
    directory: Option<TempDir>,
    database: Option<databases::Database>,
    clock: Arc<SetClock>,
}

pub(crate) struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now_us(&self) -> Micros {
        self.0.load(Ordering::SeqCst)
    }
}

const START_US: Micros = 1_790_000_000_000_000;

impl Place {
    fn memory() -> Self {
        let clock = Arc::new(SetClock(AtomicI64::new(START_US)));
        Self { address: address("memory:"), directory: None, database: None, clock }
    }

    fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/log 100%.db", directory.path().display());
        Self { address: address(&url), directory: Some(directory), ..Self::memory() }
    }

    async fn postgres() -> Self {
        Self::on(databases::Database::shared(Kind::Postgres).await)
    }

    async fn mariadb() -> Self {
        Self::on(databases::Database::shared(Kind::MariaDb).await)
    }

    fn on(database: databases::Database) -> Self {
        Self { address: database.address(), database: Some(database), ..Self::memory() }
    }

    /// The server's database.
    fn server(&self) -> &databases::Database {
        self.database.as_ref().unwrap()
    }

    fn options(&self, node: &str) -> LogOptions {
        LogOptions {
            node: node.into(),
            master_key: MasterKey::new("test-2026", [7; 32]),
            clock: self.clock.clone(),
        }
    }

    async fn open(&self) -> EventLog {
        EventLog::open(self.address.clone(), self.options("one")).await.unwrap()
    }

    async fn refused(&self) -> LogError {
        EventLog::open(self.address.clone(), self.options("one")).await.unwrap_err()
    }

    fn file(&self) -> std::path::PathBuf {
        self.directory.as_ref().unwrap().path().join("log 100%.db")
    }

    fn kind(&self) -> Option<Kind> {
        self.database.as_ref().map(|database| database.kind)
    }

    /// As somebody does who means to change what was recorded.
    async fn drop_triggers(&self) {
        let dropped: Vec<String> = match self.kind() {
            None => watchroom_migrations::sqlite_triggers().map(|(name, _)| name.to_owned()).collect(),
            Some(Kind::MariaDb) => {
                watchroom_migrations::mariadb_triggers().map(|trigger| trigger.name.to_owned()).collect()
            }
            Some(Kind::Postgres) => {
                let triggers = watchroom_migrations::postgres_triggers();
                triggers.map(|trigger| format!("{} ON {}", trigger.name, trigger.table)).collect()
            }
        };
        for trigger in dropped {
            self.run(&format!("DROP TRIGGER {trigger}")).await.unwrap();
        }
    }

    /// A connection as any program could open one.
    async fn raw(&self) -> DatabaseConnection {
        if let Some(database) = &self.database {
            return database.raw().await;
        }
        let mut options = sea_orm::ConnectOptions::new("sqlite://x");
        let file = self.file();
        options.max_connections(1).sqlx_logging(false);
        options.map_sqlx_sqlite_opts(move |o| o.filename(&file));
        Database::connect(options).await.unwrap()
    }

    async fn run(&self, sql: &str) -> Result<u64, String> {
        let db = self.raw().await;
        let done = db.execute_unprepared(sql).await;
        db.close().await.unwrap();
        done.map(|d| d.rows_affected()).map_err(|e| e.to_string())
    }
}

fn address(url: &str) -> Address {
    Address::parse(url, None).unwrap()
}

fn id() -> EventId {
    EventId(Uuid::now_v7())
}

fn machine(name: &str) -> MachineId {
    MachineId::derived(&[name])
}

/// An event of a stream at a version.
fn event(event: impl Into<Event>, expected: u64, ts_us: Micros) -> NewEvent {
    let event = event.into();
    let (stream, meta) = (event.stream(), Meta::by(By::Hub));
    NewEvent { id: id(), stream, expected: Some(expected), ts_us, meta, event }
}

fn started(expected: u64) -> NewEvent {
    event(body::HubStarted { node: "one".into(), program: "test".into() }, expected, START_US)
}

fn registered(name: &str, expected: u64) -> NewEvent {
    let details = MachineDetails { name: name.into(), ..MachineDetails::default() };
    event(body::MachineRegistered { machine: machine(name), details }, expected, START_US)
}

fn keeper_set(name: &str, keeper: SubjectId, person: &str, expected: u64) -> NewEvent {
    let machine = machine(name);
    let (name, mail) = (person.to_owned(), "ada@example.org".to_owned());
    event(
        body::KeeperSet { machine, keeper, name, phone: "+44 20 7946 0000".into(), mail },
        expected,
        START_US,
    )
}

fn frame(name: &str, seq: u64, ts_us: Micros) -> NewEvent {
    let machine = machine(name);
    let samples =
        (1..=5).map(|series| Sample { series, observed_us: ts_us, value: 0.5 + series as f64 }).collect();
    let frame =
        Frame { producer: machine.0, epoch: 1, seq, sent_us: ts_us, offset_us: 0, late: false, dropped: 0 };
    NewEvent {
        id: id(),
        stream: telemetry_stream(machine),
        expected: None,
        ts_us,
        meta: Meta { frame: Some(frame), ..Meta::by(By::Agent(machine)) },
        event: Event::Telemetry(Telemetry { machine, samples }),
    }
}

/// Each test once for every database that can hold the log.
macro_rules! on_every_store {
    ($($test:ident),* $(,)?) => {
        mod memory {
            $( #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() { super::$test(crate::log::Place::memory()).await } )*
        }
        crate::log::on_every_database!($($test),*);
    };
}

/// Each test once for every database that keeps the log.
macro_rules! on_every_database {
    ($($test:ident),* $(,)?) => {
        mod in_sqlite {
            $( #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() { super::$test(crate::log::Place::sqlite()).await } )*
        }
        crate::log::on_every_server!($($test),*);
    };
}

/// Each test once for every database server.
macro_rules! on_every_server {
    ($($test:ident),* $(,)?) => {
        mod in_postgres {
            $( #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() { super::$test(crate::log::Place::postgres().await).await } )*
        }
        mod in_mariadb {
            $( #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() { super::$test(crate::log::Place::mariadb().await).await } )*
        }
    };
}
pub(crate) use {on_every_database, on_every_server, on_every_store};

/// The registry in words names every kind that is in the code, with its version.
#[test]
fn every_kind_is_described() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let code = std::fs::read_to_string(root.join("crates/domain/src/event.rs")).unwrap();
    let words = std::fs::read_to_string(root.join("docs/events.md")).unwrap();
    let kinds = code.lines().filter_map(|line| {
        let (kind, rest) = line.trim().split_once(" v ")?;
        let (version, rest) = rest.split_once(' ')?;
        let name = rest.split_once(" {")?.0;
        kind.parse::<u16>().ok()?;
        Some(format!("| {kind} | {version} | {name} |"))
    });
    let missing: Vec<String> = kinds.filter(|row| !words.contains(row.as_str())).collect();
    assert!(missing.is_empty(), "docs/events.md lacks {missing:?}");
    assert!(words.contains("| 30 | 1 | Telemetry |"));
}
