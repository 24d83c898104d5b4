//! The hub with its log on a database server.

use super::{TestHub, program};
use crate::harness::databases::{Database, Kind, SECRET};
use crate::socket::client::Agent;

async fn remembers_after_it_was_killed(kind: Kind) {
    let mut hub = TestHub::owned_on(Some(Database::shared(kind).await)).await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let mut line = agent.open(&hub, 1).await;
    for seq in 1..=40 {
        line.record(seq, "cpu_percent", seq as f64).await;
    }
    hub.kill();
    hub.restart().await;
    assert_eq!(hub.setup, None, "the link works once");
    let page = hub.web.get(&format!("/machines/{}", agent.machine)).await;
    assert!(page.status == 200 && page.body.contains("node-01"), "the session and the machine are there");
    assert_eq!(agent.open(&hub, 1).await.last_seq(), 40);
    assert!(!hub.data_dir().join("watchroom.db").exists());
    assert_eq!(hub.events("Telemetry").len(), 40);
    hub.assert_sound();
    assert_eq!(hub.stop().await.code(), Some(0));
}

#[tokio::test]
async fn on_postgres_a_hub_remembers_after_it_was_killed() {
    Box::pin(remembers_after_it_was_killed(Kind::Postgres)).await;
}

#[tokio::test]
async fn on_mariadb_a_hub_remembers_after_it_was_killed() {
    Box::pin(remembers_after_it_was_killed(Kind::MariaDb)).await;
}

async fn a_second_hub_elsewhere_is_refused(kind: Kind) {
    let hub = TestHub::start_on(Some(Database::shared(kind).await)).await;
    let database = hub.database.as_ref().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("second.toml");
    let place = format!(
        "[hub]\ndata_dir = {:?}\n[console]\nlisten = \"127.0.0.1:0\"\n[socket]\nlisten = \"127.0.0.1:0\"\n",
        folder.path().join("data")
    );
    std::fs::write(&settings, place + &database.settings(folder.path())).unwrap();
    let second = program(&["serve", "--json", "--config"]).arg(&settings).output().unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(3), "{said}");
    assert!(said.contains("in use by another hub") && !said.contains(SECRET), "{said}");
    let checked = program(&["config", "check", "--config"]).arg(&settings).output().unwrap();
    let said = String::from_utf8(checked.stdout).unwrap();
    assert!(said.contains("database w") && said.contains(" at 127.0.0.1:"), "{said}");
    std::fs::remove_file(folder.path().join("password")).unwrap();
    let checked = program(&["config", "check", "--config"]).arg(&settings).output().unwrap();
    assert_eq!(checked.status.code(), Some(1));
    assert!(String::from_utf8(checked.stderr).unwrap().contains("database.password"));
}

#[tokio::test]
async fn on_postgres_a_second_hub_elsewhere_is_refused() {
    Box::pin(a_second_hub_elsewhere_is_refused(Kind::Postgres)).await;
}

#[tokio::test]
async fn on_mariadb_a_second_hub_elsewhere_is_refused() {
    Box::pin(a_second_hub_elsewhere_is_refused(Kind::MariaDb)).await;
}
