//! How fast each database records, beside its raw limit in the same run. Not part of the tests;
//! `docs/performance.md` says how it is run.

use super::*;
use databases::Server;
use sea_orm::{DatabaseBackend, Statement, TransactionTrait, Value};
use std::time::Instant;
use watchroom::event_log::Verdict;

const BATCHES: u64 = 120;
const BATCH: u64 = 500;
const MACHINES: u64 = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn rates_of_every_database() {
    let folder = std::env::var_os("WATCHROOM_TEST_SERVERS").unwrap_or_else(|| "/tmp".into());
    let directory = tempfile::tempdir_in(folder).unwrap();
    let url = format!("sqlite://{}/log 100%.db", directory.path().display());
    let sqlite = Place { address: address(&url), directory: Some(directory), ..Place::memory() };
    rates("SQLite", &sqlite).await;
    for kind in [Kind::Postgres, Kind::MariaDb] {
        let server = Server::start(kind, &[]).await;
        rates(&format!("{kind:?}"), &Place::on(server.database().await)).await;
    }
}

/// Frames of 40 samples, each a group of its own.
fn batch(number: u64) -> Vec<Vec<NewEvent>> {
    let one = |n: u64| {
        let (machine, seq) = (n % MACHINES, n / MACHINES + 1);
        let mut new = frame(&machine.to_string(), seq, START_US + n as i64);
        if let Event::Telemetry(telemetry) = &mut new.event {
            telemetry.samples = (1..=40)
                .map(|series| Sample {
                    series,
                    observed_us: START_US + n as i64,
                    value: (n + u64::from(series)) as f64 / 8.0,
                })
                .collect();
        }
        vec![new]
    };
    (number * BATCH..(number + 1) * BATCH).map(one).collect()
}

fn per_second(events: u64, begun: Instant) -> f64 {
    (events as f64 / begun.elapsed().as_secs_f64()).round()
}

async fn rates(name: &str, place: &Place) {
    let log = place.open().await;
    log.append(batch(0)).await.unwrap();
    let mut waiting: Vec<_> = (1..=BATCHES).map(batch).collect();
    let begun = Instant::now();
    for groups in waiting.drain(..) {
        assert!(log.append(groups).await.unwrap().iter().all(Result::is_ok));
    }
    let through = per_second(BATCHES * BATCH, begun);
    let raw = raw(place).await;
    let mut single = Vec::new();
    for n in 0..200 {
        let begun = Instant::now();
        log.append(vec![vec![started(n)]]).await.unwrap()[0].as_ref().unwrap();
        single.push(begun.elapsed());
    }
    single.sort_unstable();
    let begun = Instant::now();
    let mut after = 0;
    while let Some(last) = log.read(after, 1_000).await.unwrap().last() {
        after = last.pos;
    }
    let read = per_second(after, begun);
    let begun = Instant::now();
    assert!(matches!(log.verify(|_| ()).await.unwrap(), Verdict::Sound { .. }));
    let verified = per_second(after, begun);
    let bytes = log.storage().await.unwrap().database_bytes / after;
    #[allow(clippy::print_stdout, reason = "figures are for whoever asked for them")]
    {
        println!(
            "{name}: {through}/s through the log, {raw}/s raw; one alone {:?} (99%: {:?}); read {read}/s, verified \
         {verified}/s; {bytes} bytes an event, the raw table's among them",
            single[100], single[198]
        );
    }
}

const COLUMNS: usize = 11;

/// The same rows, made ready, into a table of the same form, as fast as statements go.
async fn raw(place: &Place) -> f64 {
    let db = place.raw().await;
    let (key, id, bytes, backend) = match place.kind() {
        None => ("BIGINT", "BLOB", "BLOB", DatabaseBackend::Sqlite),
        Some(Kind::Postgres) => ("BIGINT", "BYTEA", "BYTEA", DatabaseBackend::Postgres),
        Some(Kind::MariaDb) => ("BIGINT", "BINARY(16)", "LONGBLOB", DatabaseBackend::MySql),
    };
    if backend == DatabaseBackend::Sqlite {
        db.execute_unprepared("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL").await.unwrap();
    }
    db.execute_unprepared(&format!(
        "CREATE TABLE raw_events (pos {key} PRIMARY KEY, stream {key} NOT NULL, ver {key}, kind {key} NOT NULL, \
         kver {key} NOT NULL, id {id} NOT NULL, ts_us {key} NOT NULL, key_id {id}, leaf {bytes} NOT NULL, \
         meta {bytes} NOT NULL, body {bytes} NOT NULL)"
    ))
    .await
    .unwrap();
    db.execute_unprepared("CREATE INDEX raw_stream ON raw_events (stream, pos)").await.unwrap();
    let statement = statement(backend);
    let values: Vec<Vec<Value>> = (0..BATCHES * BATCH).map(row).collect();
    let begun = Instant::now();
    for batch in values.chunks(BATCH as usize) {
        let tx = db.begin().await.unwrap();
        for rows in batch.chunks(250) {
            let values: Vec<Value> = rows.iter().flatten().cloned().collect();
            tx.execute_raw(Statement::from_sql_and_values(backend, statement.clone(), values)).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    let rate = per_second(BATCHES * BATCH, begun);
    db.close().await.unwrap();
    rate
}

fn row(n: u64) -> Vec<Value> {
    let number = |n: u64| Value::from(i64::try_from(n).unwrap());
    let bytes = |length: usize| Value::from(vec![(n % 251) as u8; length]);
    vec![
        number(n + 1),
        number(n % MACHINES),
        Value::from(None::<i64>),
        number(30),
        number(1),
        bytes(16),
        number(n),
        Value::from(None::<Vec<u8>>),
        bytes(8),
        bytes(150),
        bytes(330),
    ]
}

fn statement(backend: DatabaseBackend) -> String {
    let place = |row: usize, column: usize| match backend {
        DatabaseBackend::Postgres => format!("${}", row * COLUMNS + column + 1),
        _ => "?".to_owned(),
    };
    let row = |row: usize| {
        let places: Vec<String> = (0..COLUMNS).map(|column| place(row, column)).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..250).map(row).collect();
    format!("INSERT INTO raw_events VALUES {}", rows.join(", "))
}
