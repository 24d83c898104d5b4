//! The database's server dies and comes back under load: the hub stays, and keeps what it promised.

use super::*;
use crate::harness::databases::Server;

const OUTAGES: u64 = 3;

#[tokio::test]
async fn nothing_is_lost_when_postgres_dies_and_comes_back() {
    Box::pin(nothing_is_lost(Kind::Postgres)).await;
}

#[tokio::test]
async fn nothing_is_lost_when_mariadb_dies_and_comes_back() {
    Box::pin(nothing_is_lost(Kind::MariaDb)).await;
}

async fn nothing_is_lost(kind: Kind) {
    let mut mail = SmtpServer::start().await;
    let mut server = Server::start(kind, &[]).await;
    let mut hub = TestHub::owned_on(Some(server.database().await)).await;
    // That the log cannot be written to is what it is to say, each part in its own words.
    for words in ["recorded", "recording", "log", "cursor", "database", "connection", "error"] {
        hub.expect(words);
    }
    hub.mail_by(&mail).await;
    hub.rule("Oven", METRIC, &LIMIT.to_string()).await;
    let progress = Progress::default();
    let mut drivers = Vec::new();
    for n in 0..AGENTS {
        let agent = Agent::join(&mut hub, &format!("oven-{n}")).await;
        drivers.push(tokio::spawn(Driver::new(agent, hub.socket, progress.clone()).run_on()));
    }
    for outage in 0..OUTAGES {
        progress.advance(50 + 97 * outage).await;
        server.stop();
        server.launch();
        server.ready().await;
    }
    progress.advance(200).await;
    progress.finish();
    let mut ledger = BTreeMap::new();
    for driver in drivers {
        let (machine, acknowledged) = driver.await.unwrap();
        ledger.insert(machine, acknowledged);
    }
    everything_holds(&mut hub, &mut mail, &ledger, OUTAGES).await;
}
