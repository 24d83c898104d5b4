//! Checks that the hub runs, of machines that have no agent.

use super::{Form, until_page_says};
use crate::hub::TestHub;
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A server whose certificate ended four and a half days ago.
async fn expired() -> SocketAddr {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    #[allow(clippy::disallowed_methods, reason = "the server's own clock")]
    let now = SystemTime::now();
    params.not_before = (now - Duration::from_secs(100 * 86_400)).into();
    params.not_after = (now - Duration::from_secs(4 * 86_400 + 43_200)).into();
    let certificate = params.self_signed(&key).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let (acceptor, listener) =
        (TlsAcceptor::from(Arc::new(config)), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A peer that wants nothing but the certificate hangs up.
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.shutdown().await;
            }
        }
    });
    address
}

#[tokio::test]
async fn a_switch_without_an_agent_is_watched_by_its_certificate() {
    let mut hub = TestHub::owned().await;
    let (server, switch) = (expired().await, hub.machine("switch-1").await);
    let list = hub.web.get("/machines").await.body;
    assert!(list.contains("waiting for its agent"), "{list}");
    let address = server.to_string();
    let form =
        Form { machine: &switch, name: "Admin page", kind: "certificate", address: &address, run_by: "hub" };
    form.add(&mut hub).await;
    let page = until_page_says(&mut hub, "/checks", "ended 4 days ago").await;
    assert!(page.contains("Admin page") && page.contains("switch-1") && page.contains("fails"), "{page}");
    // Two of the default rules have something to say.
    until_page_says(&mut hub, "/alerts", "Certificate days left").await;
    let list = until_page_says(&mut hub, "/machines", "its check fails").await;
    assert!(!list.contains("waiting for its agent"), "it waits for nobody");
    let page = hub.web.get(&format!("/machines/{switch}")).await.body;
    assert!(!page.contains("Nothing heard of it yet") && page.contains("Admin page"), "{page}");
    assert!(!page.contains("No temperature sensor"), "there is no agent that could have one");
    let fired = hub.events("AlertFired");
    assert!(fired.iter().all(|e| e["machine"] == switch.as_str()) && fired.len() == 2, "{fired:?}");
}

#[tokio::test]
async fn what_is_refused_is_said_in_the_form_and_what_is_removed_is_gone() {
    let mut hub = TestHub::owned().await;
    let machine = hub.machine("switch-1").await;
    let empty = hub.web.get("/checks").await.body;
    assert!(empty.contains("Nothing is checked yet") && empty.contains("/checks/new"), "{empty}");
    let fields = [("machine", machine.as_str()), ("name", "Page"), ("kind", "http"), ("run_by", "hub")];
    let rest = [("address", "ftp://example.org"), ("interval", "60"), ("timeout", "5"), ("enabled", "true")];
    let answer = hub.web.post("/checks/new", &[&fields[..], &rest[..]].concat()).await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("An address begins with"), "{}", answer.body);
    assert!(answer.body.contains("ftp://example.org"), "what was typed is kept: {}", answer.body);
    let off = [("address", "http://192.0.2.1/"), ("interval", "60"), ("timeout", "5")];
    let answer = hub.web.post("/checks/new", &[&fields[..], &off[..]].concat()).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let id = hub.events("CheckAdded")[0]["check"]["check"].as_str().unwrap().to_owned();
    let form = hub.web.get(&format!("/checks/{id}/edit")).await;
    assert!(form.status == 200 && form.body.contains("http://192.0.2.1/"), "{}", form.body);
    let removed = hub.web.post(&format!("/checks/{id}/remove"), &[]).await;
    assert_eq!(removed.status, 303);
    assert!(hub.web.get("/checks").await.body.contains("Nothing is checked yet"));
    assert_eq!(hub.events("CheckRemoved").len(), 1);
}
