//! A database server that goes away and comes back.

use super::*;
use databases::Server;
use sea_orm::{ConnectionTrait as _, Statement, TransactionTrait as _};
use std::time::Duration;
use watchroom::event_log::Verdict;

async fn a_log_goes_on_after_its_server_was_away(kind: Kind) {
    let mut server = Server::start(kind, &[]).await;
    let place = Place::on(server.database().await);
    let log = place.open().await;
    log.append(vec![vec![started(0)]]).await.unwrap()[0].as_ref().unwrap();
    let mut cursor = log.claim_cursor("mail", 0).await.unwrap();
    server.stop();
    let error = log.append(vec![vec![started(1)]]).await.unwrap_err();
    assert!(matches!(error, LogError::Database(_)), "{error}");
    server.launch();
    server.ready().await;
    assert_eq!(log.append(vec![vec![started(1)]]).await.unwrap()[0].as_ref().unwrap()[0].pos, 2);
    log.advance_cursor(&mut cursor, 2).await.unwrap();
    assert!(matches!(log.verify(|_| ()).await.unwrap(), Verdict::Sound { head: 2, .. }));
    // The lock was taken again with the new connection.
    let second = EventLog::open(place.address.clone(), place.options("two")).await.unwrap_err();
    assert!(matches!(second, LogError::InUse(_)), "{second}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    a_log_goes_on_after_its_server_was_away(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_mariadb() {
    a_log_goes_on_after_its_server_was_away(Kind::MariaDb).await;
}

/// How often somebody waits for the lock of another transaction.
async fn waiting(admin: &sea_orm::DatabaseConnection) -> Option<()> {
    let count = match admin.get_database_backend() {
        sea_orm::DbBackend::Postgres => {
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%log_head%'"
        }
        // Not of `innodb_trx`: whoever reads that oftener than every 100 ms sees the same old answer again.
        _ => {
            "SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM information_schema.GLOBAL_STATUS \
             WHERE VARIABLE_NAME = 'INNODB_ROW_LOCK_CURRENT_WAITS'"
        }
    };
    let row = admin.query_one_raw(Statement::from_string(admin.get_database_backend(), count)).await;
    let count: i64 = row.unwrap().unwrap().try_get_by_index(0).unwrap();
    (count > 0).then_some(())
}

/// A server that hangs in the middle of a batch: whoever appends hears of it, nothing is recorded twice, and
/// recording goes on over a new connection.
async fn a_server_that_hangs_is_not_waited_for_without_end(kind: Kind) {
    let server = Server::start(kind, &[]).await;
    let place = Place::on(server.database().await);
    let log = place.open().await;
    log.append(vec![vec![started(0)]]).await.unwrap()[0].as_ref().unwrap();
    let (beside, eye) = (place.server().raw().await, place.server().admin().await);
    let holding = beside.begin().await.unwrap();
    holding.execute_unprepared("SELECT * FROM log_head FOR UPDATE").await.unwrap();
    let appending = tokio::spawn({
        let log = log.clone();
        async move { log.append(vec![vec![started(1)]]).await }
    });
    until("the batch to wait", Duration::from_secs(20), async || waiting(&eye).await).await;
    server.freeze();
    let appended = tokio::time::timeout(Duration::from_secs(120), appending).await;
    let error = appended.expect("an answer within its time").unwrap().unwrap_err();
    assert!(matches!(&error, LogError::Database(why) if why.contains("not answered for 15 s")), "{error}");
    // Whoever reads is not kept waiting either.
    assert!(log.read(0, 10).await.is_err());
    server.thaw();
    drop(holding);
    beside.close().await.unwrap();
    assert_eq!(log.append(vec![vec![started(1)]]).await.unwrap()[0].as_ref().unwrap()[0].pos, 2);
    assert_eq!(log.read(0, 10).await.unwrap().len(), 2, "nothing twice");
    assert!(matches!(log.verify(|_| ()).await.unwrap(), Verdict::Sound { head: 2, .. }));
    let second = EventLog::open(place.address.clone(), place.options("two")).await.unwrap_err();
    assert!(matches!(second, LogError::InUse(_)), "{second}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hanging_on_postgres() {
    a_server_that_hangs_is_not_waited_for_without_end(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hanging_on_mariadb() {
    a_server_that_hangs_is_not_waited_for_without_end(Kind::MariaDb).await;
}
