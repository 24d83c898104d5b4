//! Servers that would lose what was acknowledged are refused, with what to change.

use super::*;
use databases::Server;

async fn refusal(place: &Place) -> String {
    match place.refused().await {
        LogError::Unfit(why) => {
            assert!(!why.contains(databases::SECRET), "{why}");
            why
        }
        error => panic!("{error}"),
    }
}

async fn refuses(server: &Server, words: &str) {
    let why = refusal(&Place::on(server.database().await)).await;
    assert!(why.contains(words), "{why}");
}

#[tokio::test]
async fn a_postgres_that_does_not_sync_is_refused() {
    refuses(&Server::start(Kind::Postgres, &["-c", "fsync=off"]).await, "set fsync = on").await;
    let torn = Server::start(Kind::Postgres, &["-c", "full_page_writes=off"]).await;
    refuses(&torn, "set full_page_writes = on").await;
}

#[tokio::test]
async fn a_postgres_database_of_the_wrong_kind_is_refused() {
    let place = Place::postgres().await;
    place.server().as_admin("ALTER DATABASE {} SET synchronous_commit = off").await;
    assert!(refusal(&place).await.contains("SET synchronous_commit = on"));
    place.server().as_admin("ALTER DATABASE {} RESET synchronous_commit").await;
    place.server().as_admin("ALTER DATABASE {} SET default_transaction_read_only = on").await;
    assert!(refusal(&place).await.contains("read-only"));
}

#[tokio::test]
async fn a_postgres_standby_is_refused() {
    let mut server = Server::start(Kind::Postgres, &["-c", "wal_level=replica"]).await;
    let place = Place::on(server.database().await);
    place.open().await.close().await.unwrap();
    server.stop();
    std::fs::write(server.data().join("standby.signal"), "").unwrap();
    server.launch();
    server.ready().await;
    let why = refusal(&place).await;
    assert!(why.contains("name the primary"), "{why}");
    let reader = EventLog::open_read_only(place.address.clone(), None).await.unwrap();
    assert_eq!(reader.head().await.unwrap(), 0, "what only reads may read there");
}

#[tokio::test]
async fn a_mariadb_that_does_not_sync_is_refused() {
    let server = Server::start(Kind::MariaDb, &["--innodb-doublewrite=OFF"]).await;
    refuses(&server, "set innodb_doublewrite = ON").await;
    let place = Place::on(server.database().await);
    for (setting, words) in [
        ("innodb_flush_log_at_trx_commit = 2", "set innodb_flush_log_at_trx_commit = 1"),
        ("innodb_flush_log_at_trx_commit = 0", "set innodb_flush_log_at_trx_commit = 1"),
    ] {
        place.server().as_admin(&format!("SET GLOBAL {setting}")).await;
        assert!(refusal(&place).await.contains(words));
    }
}

#[tokio::test]
async fn a_mariadb_with_a_binary_log_or_small_packets_is_looked_at_twice() {
    let server = Server::start(Kind::MariaDb, &["--log-bin", "--sync-binlog=0"]).await;
    let place = Place::on(server.database().await);
    assert!(refusal(&place).await.contains("set sync_binlog = 1"));
    place.server().as_admin("SET GLOBAL sync_binlog = 1").await;
    place.server().as_admin("SET GLOBAL max_allowed_packet = 1048576").await;
    assert!(refusal(&place).await.contains("max_allowed_packet"));
}

#[tokio::test]
async fn an_account_that_may_drop_is_refused_with_the_statement_that_helps() {
    let place = Place::mariadb().await;
    place.server().as_admin("GRANT ALL PRIVILEGES ON {}.* TO {}").await;
    let why = refusal(&place).await;
    let statement = why.split(": REVOKE").nth(1).and_then(|rest| rest.split(';').next()).unwrap();
    place.server().as_admin(&format!("REVOKE{statement}")).await;
    place.open().await.close().await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_is_told_without_a_word_of_it() {
    for place in [Place::postgres().await, Place::mariadb().await] {
        let url = place.server().url();
        let wrong = Address::parse(&url, Some("Spinnenbein")).unwrap();
        let error = EventLog::open(wrong, place.options("one")).await.unwrap_err().to_string();
        assert!(error.contains("database") && !error.contains("Spinnenbein"), "{error}");
    }
}
