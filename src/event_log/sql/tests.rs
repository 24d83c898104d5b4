//! A database that fails, and then works again.

use super::reserve::beside;
use super::*;
use crate::clock::SystemClock;
use crate::event_log::codec::Keyring;
use crate::event_log::{EventLog, LogError, MasterKey, Recorder, Verdict, first_head};
use sea_orm::ConnectionTrait as _;
use std::path::Path;
use std::sync::Arc;
use watchroom_domain::{By, EventId, Meta, NewEvent, body};

struct Given {
    log: EventLog,
    writer: DatabaseConnection,
    url: String,
    _folder: tempfile::TempDir,
}

impl Given {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SystemClock);
        let file = folder.path().join("log.db");
        let url = format!("sqlite://{}", file.display());
        let address = Address::parse(&url, None).unwrap();
        let store = open(&address, &first_head(clock.as_ref())).await.unwrap();
        let writer = store.writer.connection();
        let recorder = Recorder { node: "one".into(), clock, known: Default::default() };
        let keys = Keyring::new(Some(MasterKey::new("test", [7; 32])));
        Self { log: EventLog::over(Box::new(store), keys, Some(recorder)), writer, url, _folder: folder }
    }

    async fn run(&self, sql: &str) {
        self.writer.execute_unprepared(sql).await.unwrap();
    }

    async fn append(&self, expected: u64) -> Result<(), LogError> {
        let program = "x".repeat(20_000);
        let event: watchroom_domain::Event = body::HubStarted { node: "one".into(), program }.into();
        let new = NewEvent {
            id: EventId(Uuid::from_u128(u128::from(expected))),
            stream: event.stream(),
            expected: Some(expected),
            ts_us: 1,
            meta: Meta::by(By::Hub),
            event,
        };
        let outcome = self.log.append(vec![vec![new]]).await?.remove(0);
        outcome.map(|_| ()).map_err(|conflict| LogError::Database(conflict.to_string()))
    }
}

/// SQLite ends the transaction by itself on such failures, which the driver does not notice.
#[tokio::test]
async fn a_transaction_that_the_database_ended_by_itself_is_not_the_last_one() {
    let given = Given::new().await;
    given.log.keep_reserve().await.unwrap();
    given.append(0).await.unwrap();
    given
        .run(
            "CREATE TEMP TRIGGER full BEFORE INSERT ON events
             BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END",
        )
        .await;
    let error = given.append(1).await.unwrap_err();
    assert!(error.to_string().contains("full"), "{error}");
    given.run("DROP TRIGGER full").await;
    let reserve = beside(Path::new(given.url.strip_prefix("sqlite://").unwrap()), ".reserve");
    assert!(!reserve.exists(), "what was kept back is there for the next batch");
    given.log.keep_reserve().await.unwrap();
    assert_eq!(reserve.metadata().unwrap().len(), 16 << 20);
    // One that is undone, then one that counts.
    assert!(matches!(given.append(7).await, Err(LogError::Database(_))));
    given.append(1).await.unwrap();
    let outside = EventLog::open_read_only(&given.url, None).await.unwrap();
    assert_eq!(outside.head().await.unwrap(), 2, "what is acknowledged is durable");
    let verdict = outside.verify(|_| ()).await.unwrap();
    assert!(matches!(verdict, Verdict::Sound { head: 2, .. }), "{verdict:?}");
}
