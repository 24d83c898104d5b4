//! A database server that goes away and comes back.

use super::*;
use databases::Server;
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
