//! Recording and verifying, beside SQLite that gets the same rows ready made.

use crate::Sizes;
use crate::fleet::{Fleet, fresh_id, hub, open_log};
use crate::history::Historian;
use crate::process::processor;
use crate::report::{Figure, median};
use anyhow::Result;
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};
use std::path::Path;
use std::time::{Duration, Instant};
use watchroom::clock::{Clock as _, SystemClock};

/// Machines that send.
const MACHINES: usize = 100;
/// Samples of each frame.
const SAMPLES: usize = 40;
/// Frames of one transaction.
const AT_ONCE: usize = 500;

/// One way after the other, again and again, so that both meet the same machine.
pub async fn measure(program: &Path, sizes: &Sizes) -> Result<Vec<Figure>> {
    let (ours, raw) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let fleet = Fleet::new(program, ours.path(), MACHINES).await?;
    hub(program, raw.path(), "serve").await?.stop().await?;
    let log = open_log(ours.path()).await?;
    let mut historian = Historian::begin(&log, &fleet.machines, SystemClock.now_us()).await?;
    let (mut events, mut rows, mut costs) = (Vec::new(), Vec::new(), Vec::new());
    let mut sqlite = Raw::open(raw.path())?;
    for _ in 0..sizes.runs {
        let before = processor(std::process::id())?;
        let took = append(&mut historian, sizes.frames).await?;
        costs.push((processor(std::process::id())? - before).as_secs_f64() * 1e6 / sizes.frames as f64);
        events.push(sizes.frames as f64 / took.as_secs_f64());
        let made = newest(ours.path(), sizes.frames)?;
        rows.push(sizes.frames as f64 / sqlite.insert(&made)?.as_secs_f64());
    }
    let begun = Instant::now();
    let verdict = log.verify(|_| ()).await?;
    let verified = log.head().await? as f64 / begun.elapsed().as_secs_f64();
    anyhow::ensure!(format!("{verdict:?}").starts_with("Sound"), "{verdict:?}");
    log.close().await?;
    let raw = median(&rows);
    Ok(vec![
        Figure::of_runs(format!("frames of {SAMPLES} samples recorded, {AT_ONCE} at once"), "1/s", events)
            .beside("SQLite, the same rows ready made", raw)
            .note(format!("{:.1} µs of processor time each", median(&costs))),
        Figure::once("events verified", "1/s", verified),
    ])
}

async fn append(historian: &mut Historian<'_>, frames: usize) -> Result<Duration> {
    let now_us = SystemClock.now_us();
    let mut batches = Vec::new();
    for batch in 0..frames / AT_ONCE {
        let some =
            (0..AT_ONCE).map(|n| vec![historian.frame((batch * AT_ONCE + n) % MACHINES, SAMPLES, now_us)]);
        batches.push(some.collect::<Vec<_>>());
    }
    let begun = Instant::now();
    for batch in batches {
        historian.record(batch).await?;
    }
    Ok(begun.elapsed())
}

/// The newest rows, as they lie there.
fn newest(folder: &Path, count: usize) -> Result<Vec<Vec<Value>>> {
    let database = Connection::open(folder.join("watchroom.db"))?;
    let mut statement = database.prepare(
        "SELECT stream, ver, kind, kver, id, ts_us, key_id, leaf, meta, body FROM events ORDER BY pos DESC LIMIT ?",
    )?;
    let rows = statement.query_map([count as i64], |row| (0..10).map(|n| row.get(n)).collect())?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// SQLite by itself, with the tables, indexes, triggers and settings of a log.
struct Raw {
    database: Connection,
    next: i64,
    batch: i64,
}

impl Raw {
    fn open(folder: &Path) -> Result<Self> {
        let database = Connection::open(folder.join("watchroom.db"))?;
        for (name, value) in [("journal_mode", "WAL"), ("synchronous", "FULL"), ("secure_delete", "ON")] {
            database.pragma_update_and_check(None, name, value, |_| Ok(())).or_else(|error| match error {
                rusqlite::Error::QueryReturnedNoRows => Ok(()),
                other => Err(other),
            })?;
        }
        database.pragma_update(None, "recursive_triggers", "ON")?;
        let head = "SELECT next_pos, next_batch FROM log_head";
        let (next, batch) = database.query_row(head, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Self { database, next, batch })
    }

    fn insert(&mut self, rows: &[Vec<Value>]) -> Result<Duration> {
        let begun = Instant::now();
        for some in rows.chunks(AT_ONCE) {
            self.transaction(some)?;
        }
        Ok(begun.elapsed())
    }

    fn transaction(&mut self, rows: &[Vec<Value>]) -> Result<()> {
        let first = self.next;
        let tx = self.database.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        {
            let mut event =
                tx.prepare_cached("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
            let mut producer = tx.prepare_cached(
                "INSERT INTO producers VALUES (?, 1, ?, ?) ON CONFLICT (producer) DO UPDATE SET \
                 epoch = excluded.epoch, last_seq = excluded.last_seq, last_pos = excluded.last_pos",
            )?;
            for row in rows {
                let pos = Value::Integer(self.next);
                event.execute(params_from_iter(std::iter::once(&pos).chain(row)))?;
                self.next += 1;
            }
            for n in 0..MACHINES {
                producer.execute(params![(n as u128).to_be_bytes(), self.next, self.next])?;
            }
            let hash = fresh_id(SystemClock.now_us()).as_bytes().repeat(2);
            tx.prepare_cached("INSERT INTO log_batches VALUES (?, ?, ?, 'raw', ?, ?, ?, ?)")?.execute(
                params![self.batch, first, rows.len() as i64, self.batch, SystemClock.now_us(), hash, hash],
            )?;
            tx.prepare_cached("UPDATE log_head SET next_pos = ?, next_batch = ?, chain = ?")?
                .execute(params![self.next, self.batch + 1, hash])?;
        }
        tx.commit()?;
        self.batch += 1;
        Ok(())
    }
}
