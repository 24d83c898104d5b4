use super::*;
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const LIMIT: Duration = Duration::from_secs(20);

fn http(url: String, contains: &str) -> CheckTarget {
    let (contains, status) = (contains.to_owned(), None);
    CheckTarget::Http { url, status, contains, follow_redirects: false, any_certificate: false }
}

/// Reads the head of a request and answers it with these bytes; then waits for the other side, or hangs up.
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: &[u8], hang_up: bool) {
    if asked(&mut stream).await.is_err() {
        return;
    }
    let _ = stream.write_all(bytes).await;
    let _ = stream.flush().await;
    if hang_up {
        let _ = stream.shutdown().await;
    } else {
        let _ = stream.read_u8().await;
    }
}

/// Reads the head of a request.
async fn asked(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(())
}

/// A server without TLS that answers every request so.
async fn server(bytes: &'static [u8], hang_up: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, bytes, hang_up));
        }
    });
    address
}

/// A server with a certificate of its own making that ends in so many days.
async fn tls_server(days: i64) -> SocketAddr {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    #[allow(clippy::disallowed_methods, reason = "a server of a test")]
    let now = SystemTime::now();
    let day = Duration::from_secs(86_400);
    params.not_before = (now - 400 * day).into();
    let rest = days.unsigned_abs() as u32 * day;
    params.not_after = if days < 0 { now - rest } else { now + rest }.into();
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
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    answer(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true).await;
                }
            });
        }
    });
    address
}

async fn run(target: &CheckTarget) -> Finding {
    CheckRunner::new(2).run(target, LIMIT).await
}

#[tokio::test]
async fn a_page_is_judged_by_its_status_and_by_a_text_in_it() {
    let at = server(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nall is well", false).await;
    let url = format!("http://{at}/health");
    let found = run(&http(url.clone(), "is well")).await;
    assert!(found.up && found.status_code == Some(200) && found.duration_ms > 0.0, "{found:?}");
    assert!(run(&http(url.clone(), "")).await.up);
    let found = run(&http(url.clone(), "on fire")).await;
    assert!(!found.up && found.status_code == Some(200), "{found:?}");
    for (status, up) in [(Some(200), true), (Some(204), false)] {
        let CheckTarget::Http { url, contains, .. } = http(url.clone(), "") else { unreachable!() };
        let target =
            CheckTarget::Http { url, status, contains, follow_redirects: false, any_certificate: false };
        assert_eq!(run(&target).await.up, up, "{status:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_followed_only_where_that_was_asked_for() {
    let end = server(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false).await;
    let head = format!("HTTP/1.1 302 Found\r\nLocation: http://{end}/\r\nContent-Length: 0\r\n\r\n");
    let start = server(head.leak().as_bytes(), false).await;
    let found = run(&http(format!("http://{start}/"), "")).await;
    assert!(!found.up && found.status_code == Some(302), "{found:?}");
    let (url, status, contains) = (format!("http://{start}/"), None, String::new());
    let target = CheckTarget::Http { url, status, contains, follow_redirects: true, any_certificate: false };
    let found = run(&target).await;
    assert!(found.up && found.status_code == Some(200), "{found:?}");
}

#[tokio::test]
async fn a_server_that_lies_about_the_length_is_not_believed() {
    // It promises more than it sends, and hangs up.
    let short = server(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nhello", true).await;
    assert!(run(&http(format!("http://{short}/"), "hello")).await.up, "the text is there");
    let found = run(&http(format!("http://{short}/"), "goodbye")).await;
    assert!(!found.up && found.status_code == Some(200), "{found:?}");
    // It promises what nobody can hold, and sends without end.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        asked(&mut stream).await.unwrap();
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\n";
        let _ = stream.write_all(head).await;
        while stream.write_all(&[b'x'; 65_536]).await.is_ok() {}
    });
    let found = run(&http(format!("http://{address}/"), "needle")).await;
    assert!(!found.up && found.why.as_deref().is_some_and(|w| w.contains("256 KiB")), "{found:?}");
}

#[tokio::test]
async fn a_slow_server_is_waited_for_no_longer_than_the_limit() {
    let silent = server(b"", false).await;
    let dripping = server(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx", false).await;
    for at in [silent, dripping] {
        let target = http(format!("http://{at}/"), "never");
        let found = CheckRunner::new(1).run(&target, Duration::from_millis(300)).await;
        assert_eq!((found.up, found.why.as_deref()), (false, Some("it took too long")));
    }
}

#[tokio::test]
async fn a_port_that_is_open_is_told_from_one_that_is_not() {
    let at = server(b"", false).await;
    assert!(run(&CheckTarget::Tcp { address: at.to_string() }).await.up);
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    assert!(!run(&CheckTarget::Tcp { address: closed.to_string() }).await.up);
    assert!(!run(&CheckTarget::Tcp { address: "no-such-host.invalid:1".to_owned() }).await.up);
}

#[tokio::test]
async fn a_certificate_is_read_whoever_signed_it_and_even_when_it_is_over() {
    for (days, up) in [(30, true), (-5, false)] {
        let at = tls_server(days).await;
        let target = |server_name: &str| CheckTarget::Certificate {
            address: at.to_string(),
            server_name: server_name.to_owned(),
        };
        for found in [run(&target("")).await, run(&target("localhost")).await] {
            let left = found.certificate_days.unwrap();
            assert!(found.up == up && (left - days as f64).abs() < 0.01, "{found:?}");
        }
        // A page behind it is not trusted, unless that was asked for; the certificate is told all the same.
        let (url, status) = (format!("https://localhost:{}/", at.port()), None);
        for any_certificate in [false, true] {
            let (url, contains) = (url.clone(), String::new());
            let target =
                CheckTarget::Http { url, status, contains, follow_redirects: false, any_certificate };
            let found = run(&target).await;
            assert_eq!(found.up, any_certificate, "{found:?}");
            let left = found.certificate_days.unwrap_or_else(|| panic!("{found:?}"));
            assert!((left - days as f64).abs() < 0.01, "{found:?}");
        }
    }
    let plain = server(b"no TLS here\r\n", true).await;
    let found =
        run(&CheckTarget::Certificate { address: plain.to_string(), server_name: String::new() }).await;
    assert!(!found.up && found.certificate_days.is_none(), "{found:?}");
}

#[test]
fn what_was_found_becomes_samples() {
    let found = Finding {
        up: true,
        duration_ms: 12.345,
        status_code: Some(204),
        certificate_days: Some(-1.239),
        why: None,
    };
    let expected = [
        ("check_up", 1.0),
        ("check_duration_ms", 12.3),
        ("check_status_code", 204.0),
        ("certificate_days", -1.24),
    ];
    assert_eq!(found.samples(), expected);
    let found = Finding { up: false, status_code: None, certificate_days: None, ..found };
    assert_eq!(found.samples(), [("check_up", 0.0), ("check_duration_ms", 12.3)]);
}

#[tokio::test]
async fn the_list_is_followed_and_what_left_it_is_run_no_more() {
    use watchroom_wire::AssignedCheck;
    let up = server(b"", false).await;
    let check = |id: &str| AssignedCheck {
        id: id.to_owned(),
        target: CheckTarget::Tcp { address: up.to_string() },
        interval_us: 1,
        timeout_us: 1,
    };
    let (found, mut findings) = tokio::sync::mpsc::unbounded_channel();
    let (list, lists) = tokio::sync::watch::channel(vec![check("one")]);
    let report = Arc::new(move |id: &str, finding: &Finding| {
        let _ = found.send((id.to_owned(), finding.up));
    });
    let running = tokio::spawn(run_checks(lists, 2, report));
    assert_eq!(findings.recv().await, Some(("one".to_owned(), true)));
    list.send_replace(vec![check("two")]);
    assert_eq!(findings.recv().await, Some(("two".to_owned(), true)));
    drop(list);
    running.await.unwrap();
    assert_eq!(findings.recv().await, None, "everything has ended with the list");
}
