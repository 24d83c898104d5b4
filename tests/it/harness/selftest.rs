//! The harness held to its own promises: a tool that cannot fail shows nothing.

mod browser {
    use crate::harness::browser::{Browser, DESKTOP, PHONE, Scheme, Size};
    use std::fs;
    use std::path::Path;

    const PAGE: &str = "<!doctype html><html><head>\
        <meta name='viewport' content='width=device-width'>\
        <style>body{background:#fff} @media (prefers-color-scheme: dark){body{background:#000}}</style>\
        </head><body><h1>Watch 值班</h1><input id='name'>\
        <button id='ask'>Greet</button><p id='out'></p>\
        <script>ask.onclick=()=>{out.textContent='Hello '+document.getElementById('name').value}</script>\
        </body></html>";

    fn page(folder: &Path, html: &str) -> String {
        let file = folder.join("page.html");
        fs::write(&file, html).unwrap();
        format!("file://{}", file.display())
    }

    /// Width and height as a PNG's header says them.
    fn png_size(path: &Path) -> Size {
        let bytes = fs::read(path).unwrap();
        assert_eq!(bytes[..8], *b"\x89PNG\r\n\x1a\n");
        let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        Size { width: number(16), height: number(20) }
    }

    #[tokio::test]
    async fn a_page_is_filled_clicked_and_pictured() {
        let folder = tempfile::tempdir().unwrap();
        let browser = Browser::start().await;
        browser.goto(&page(folder.path(), PAGE)).await;
        assert!(browser.address().await.ends_with("page.html"));
        for (name, by_text) in [("Ada", true), ("Grace", false)] {
            browser.fill("#name", name).await;
            if by_text {
                browser.click_text("Greet").await
            } else {
                browser.click("#ask").await
            }
            browser.see_text(&format!("Hello {name}")).await;
        }
        browser.see_no_text("Hello Ada").await;
        browser.see("#out").await;
        for (size, scheme, background) in
            [(PHONE, Scheme::Dark, "rgb(0, 0, 0)"), (DESKTOP, Scheme::Light, "rgb(255, 255, 255)")]
        {
            let picture = browser.screenshot("selftest", size, scheme).await;
            assert_eq!(png_size(&picture), size);
            let shown = browser.eval("return getComputedStyle(document.body).backgroundColor").await;
            assert_eq!(shown, background);
            assert_eq!(browser.eval("return innerWidth").await, size.width);
        }
        browser.eval("document.body.style.height = '3000px'").await;
        let whole = browser.screenshot_whole("selftest-whole", PHONE, Scheme::Light).await;
        assert!(png_size(&whole).height >= 3000);
        browser.languages("zh-CN,zh").await;
        browser.reload().await;
        assert_eq!(browser.eval("return navigator.language").await, "zh-CN");
        browser.assert_quiet().await;
        browser.close().await;
    }

    #[tokio::test]
    async fn a_broken_policy_is_an_error_on_the_console() {
        let folder = tempfile::tempdir().unwrap();
        let strict =
            "<meta http-equiv='Content-Security-Policy' content=\"script-src 'none'\"><script>1</script>";
        let browser = Browser::start().await;
        browser.goto(&page(folder.path(), strict)).await;
        let errors = browser.console_errors().await;
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].contains("Content Security Policy"), "{errors:?}");
        browser.assert_quiet().await;
        browser.close().await;
    }

    #[tokio::test]
    async fn nothing_is_left_running_when_a_test_fails_to_close() {
        let browser = Browser::start().await;
        browser.goto("data:text/html,<p>open</p>").await;
        let mark = browser.profile_path();
        assert!(running(&mark) > 0);
        drop(browser);
        crate::harness::wait::until("the end of every process", crate::harness::wait::PATIENCE, async || {
            (running(&mark) == 0).then_some(())
        })
        .await;
    }

    fn running(mark: &Path) -> usize {
        let mark = mark.display().to_string();
        let lines =
            fs::read_dir("/proc").unwrap().flatten().map(|process| fs::read(process.path().join("cmdline")));
        lines.flatten().filter(|line| String::from_utf8_lossy(line).contains(&mark)).count()
    }
}

mod smtp {
    use crate::harness::smtp::{PASSWORD, Security, SmtpServer, USER};
    use crate::harness::wait::{PATIENCE, within};
    use lettre::message::MultiPart;
    use lettre::transport::smtp::Error;
    use lettre::transport::smtp::authentication::Credentials;
    use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
    use lettre::transport::smtp::response::Response;
    use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
    use std::fs;

    fn tls(server: &SmtpServer) -> TlsParameters {
        let root = Certificate::from_pem(&fs::read(server.certs.ca_file()).unwrap()).unwrap();
        TlsParameters::builder("localhost".to_owned()).add_root_certificate(root).build().unwrap()
    }

    async fn send(server: &SmtpServer, tls: Tls, password: Option<&str>) -> Result<Response, Error> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("localhost");
        let mut builder = builder.port(server.port).tls(tls);
        if let Some(password) = password {
            builder = builder.credentials(Credentials::new(USER.to_owned(), password.to_owned()));
        }
        let bodies = MultiPart::alternative_plain_html("62 °C".to_owned(), "<p>62 °C</p>".to_owned());
        let message = Message::builder()
            .from("Hub <hub@example.org>".parse().unwrap())
            .to("keeper@example.org".parse().unwrap())
            .subject("过热 on node-1")
            .multipart(bodies)
            .unwrap();
        within("an answer to a mail", PATIENCE, builder.build().send(message)).await
    }

    #[tokio::test]
    async fn a_mail_with_tls_and_the_right_password_is_taken() {
        for security in [Security::StartTls, Security::Implicit] {
            let mut server = SmtpServer::start_with(security).await;
            let tls = tls(&server);
            let tls = if security == Security::Implicit { Tls::Wrapper(tls) } else { Tls::Required(tls) };
            send(&server, tls, Some(PASSWORD)).await.unwrap();
            let mail = server.mail("the mail", PATIENCE, |mail| mail.subject().contains("node-1")).await;
            assert_eq!(mail.subject(), "过热 on node-1");
            assert_eq!(
                (mail.from.as_str(), mail.to.as_slice()),
                ("hub@example.org", &["keeper@example.org".to_owned()][..])
            );
            assert_eq!(mail.text.as_deref().map(str::trim), Some("62 °C"));
            assert_eq!(mail.html.as_deref().map(str::trim), Some("<p>62 °C</p>"));
            assert!(mail.raw().starts_with(b"From: "));
            assert!(mail.answered && mail.time_us > 0);
            assert_eq!(server.mails().await.len(), 1);
        }
    }

    #[tokio::test]
    async fn a_mail_without_tls_or_with_a_wrong_password_is_refused() {
        let mut server = SmtpServer::start().await;
        assert!(send(&server, Tls::None, Some(PASSWORD)).await.is_err());
        assert!(send(&server, Tls::None, None).await.is_err());
        assert!(send(&server, Tls::Required(tls(&server)), None).await.is_err());
        assert!(send(&server, Tls::Required(tls(&server)), Some("wrong")).await.is_err());
        assert_eq!(server.mails().await.len(), 0);
    }

    #[tokio::test]
    async fn it_fails_in_the_ways_it_is_told_to() {
        let mut server = SmtpServer::start().await;
        let tls = Tls::Required(tls(&server));
        server.refuse(451).await;
        assert!(send(&server, tls.clone(), Some(PASSWORD)).await.unwrap_err().is_transient());
        server.refuse(550).await;
        assert!(send(&server, tls.clone(), Some(PASSWORD)).await.unwrap_err().is_permanent());
        server.refuse_recipients(550).await;
        assert!(send(&server, tls.clone(), Some(PASSWORD)).await.unwrap_err().is_permanent());
        assert_eq!(server.mails().await.len(), 0);
        server.drop_after_data().await;
        assert!(send(&server, tls.clone(), Some(PASSWORD)).await.is_err());
        assert!(!server.mail("the mail", PATIENCE, |_| true).await.answered);
        server.accept().await;
        server.down().await;
        assert!(send(&server, tls.clone(), Some(PASSWORD)).await.is_err());
        server.up().await;
        send(&server, tls, Some(PASSWORD)).await.unwrap();
        assert!(server.mail("the second mail", PATIENCE, |mail| mail.answered).await.answered);
        assert_eq!(server.mails().await.len(), 2);
    }
}

mod child {
    use crate::harness::child::Child;
    use crate::harness::wait::{PATIENCE, until};
    use std::fs;
    use std::process::Command;

    fn shell(script: &str) -> Child {
        Child::spawn("shell", Command::new("sh").args(["-c", script]))
    }

    #[tokio::test]
    async fn lines_are_read_and_said_and_the_end_is_seen() {
        let mut child = shell("echo ready; read word; echo \"got $word\"; echo trouble >&2; exit 3");
        child.line("ready", PATIENCE, |line| (line == "ready").then_some(())).await;
        child.say("hello");
        assert_eq!(child.line("an echo", PATIENCE, |line| Some(line.to_owned())).await, "got hello");
        assert_eq!(child.exit(PATIENCE).await.code(), Some(3));
        until("the log", PATIENCE, async || (child.log() == ["trouble"]).then_some(())).await;
    }

    #[tokio::test]
    async fn it_is_asked_killed_and_never_outlives_its_owner() {
        let mut asked = shell("trap 'echo bye; exit 0' TERM; echo ready; while :; do read word; done");
        asked.line("ready", PATIENCE, |line| (line == "ready").then_some(())).await;
        asked.terminate();
        asked.line("bye", PATIENCE, |line| (line == "bye").then_some(())).await;
        let mut killed = shell("read word");
        assert_eq!(killed.kill().code(), None);
        let dropped = shell("read word");
        let process = format!("/proc/{}", dropped.id());
        assert!(fs::exists(&process).unwrap());
        drop(dropped);
        assert!(!fs::exists(&process).unwrap());
    }

    #[tokio::test]
    #[should_panic(expected = "it ended before a line that never comes from shell")]
    async fn a_child_that_ends_early_fails_the_wait_at_once() {
        shell("echo other").line("a line that never comes", PATIENCE, |_| None::<()>).await;
    }
}

mod socket {
    use crate::harness::certs::Certs;
    use crate::harness::socket::{Identity, Socket};
    use crate::harness::wait::within;
    use rustls::crypto::ring;
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use rustls::server::WebPkiClientVerifier;
    use rustls::{RootCertStore, ServerConfig};
    use serde_json::json;
    use std::fs;
    use std::net::SocketAddr;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    /// Takes one connection from whoever shows a certificate, gives its first line back, and closes.
    async fn echo_once(certs: &Certs) -> SocketAddr {
        let provider = Arc::new(ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(certs.ca_pem.as_bytes()).unwrap()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let chain = CertificateDer::pem_file_iter(certs.cert_file()).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(certs.key_file()).unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier.build().unwrap())
            .with_single_cert(chain, key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (tcp, _) = listener.accept().await.unwrap();
            let Ok(tls) = TlsAcceptor::from(Arc::new(config)).accept(tcp).await else { return };
            let mut stream = BufReader::new(tls);
            let mut line = String::new();
            stream.read_line(&mut line).await.unwrap();
            stream.write_all(line.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        });
        address
    }

    #[tokio::test]
    async fn a_value_goes_there_and_back_and_the_close_is_seen() {
        let certs = Certs::new();
        let address = echo_once(&certs).await;
        let cert_pem = fs::read_to_string(certs.cert_file()).unwrap();
        let key_pem = fs::read_to_string(certs.key_file()).unwrap();
        let identity = Identity { cert_pem: &cert_pem, key_pem: &key_pem };
        let mut socket = Socket::connect(address, "localhost", &certs.ca_pem, Some(identity)).await.unwrap();
        socket.send(&json!({"type": "hello"})).await.unwrap();
        assert_eq!(socket.read().await.unwrap(), Some(json!({"type": "hello"})));
        assert_eq!(socket.read().await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_client_without_a_certificate_is_told_so_by_the_first_read() {
        let certs = Certs::new();
        let address = echo_once(&certs).await;
        let mut socket = Socket::connect(address, "localhost", &certs.ca_pem, None).await.unwrap();
        let error = socket.read().await.unwrap_err();
        assert!(error.to_string().contains("CertificateRequired"), "{error}");
    }

    #[tokio::test]
    async fn a_server_under_another_authority_is_not_trusted() {
        let certs = Certs::new();
        let address = echo_once(&certs).await;
        let other = Certs::new();
        let refused = Socket::connect(address, "localhost", &other.ca_pem, None).await;
        assert!(refused.is_err());
    }

    #[tokio::test]
    #[should_panic(expected = "waited 10ms for what never comes")]
    async fn a_wait_without_end_ends() {
        within("what never comes", Duration::from_millis(10), std::future::pending::<()>()).await;
    }
}
