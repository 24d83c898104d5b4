//! A database server over TLS: which certificate is good enough.

use super::*;
use crate::harness::certs::Certs;
use databases::{SECRET, Server};
use std::path::Path;

async fn only_a_certificate_that_fits_is_trusted(kind: Kind) {
    let (certs, others) = (Certs::of(&["localhost"]), Certs::of(&["localhost"]));
    let [certificate, key] = [certs.cert_file(), certs.key_file()].map(|path| path.display().to_string());
    let options = match kind {
        Kind::Postgres => {
            certs.give_to("postgres");
            let file = |name: &str, path: &str| ["-c".to_owned(), format!("ssl_{name}_file={path}")];
            [["-c".to_owned(), "ssl=on".to_owned()], file("cert", &certificate), file("key", &key)].concat()
        }
        Kind::MariaDb => {
            certs.give_to("mysql");
            vec![format!("--ssl-cert={certificate}"), format!("--ssl-key={key}")]
        }
    };
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let server = Server::start(kind, &options).await;
    let database = server.database().await;
    if kind == Kind::MariaDb {
        database.as_admin("ALTER USER {} REQUIRE SSL").await;
    }
    let open = async |host: &str, mode: &str, root: &Path| {
        let url = database.url().replace("127.0.0.1", host);
        let url = format!("{url}?sslmode={mode}&sslrootcert={}", root.display());
        let place = Place::memory();
        EventLog::open(Address::parse(&url, Some(SECRET)).unwrap(), place.options("one")).await
    };
    let mut recorded = 0;
    let (own, other) = (certs.ca_file(), others.ca_file());
    for (host, mode, root, trusted) in [
        ("localhost", "verify-full", &own, true),
        ("127.0.0.1", "verify-full", &own, false),
        ("127.0.0.1", "verify-ca", &own, true),
        ("localhost", "verify-full", &other, false),
        ("localhost", "verify-ca", &other, false),
        ("localhost", "require", &other, true),
    ] {
        match open(host, mode, root).await {
            Ok(log) => {
                assert!(trusted, "{host} {mode} {}", root.display());
                log.append(vec![vec![started(recorded)]]).await.unwrap()[0].as_ref().unwrap();
                recorded += 1;
                if kind == Kind::Postgres {
                    database
                        .as_admin(
                            "DO $$ BEGIN IF EXISTS (SELECT FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                             WHERE usename = '{}' AND NOT ssl) THEN RAISE 'in plain'; END IF; END $$",
                        )
                        .await;
                }
                log.close().await.unwrap();
            }
            Err(error) => assert!(!trusted, "{host} {mode}: {error}"),
        }
    }
    assert_eq!(recorded, 3);
    if kind == Kind::MariaDb {
        assert!(open("localhost", "disable", &own).await.is_err(), "the server wants TLS");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    only_a_certificate_that_fits_is_trusted(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_mariadb() {
    only_a_certificate_that_fits_is_trusted(Kind::MariaDb).await;
}
