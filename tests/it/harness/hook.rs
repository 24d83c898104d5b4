//! A target of webhooks: takes requests over TLS, keeps them, and answers as it is told.

use super::certs::Certs;
use super::wait::{PATIENCE, within};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: String,
    /// Whether it was answered with success, or would have been.
    pub taken: bool,
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    /// Takes the request and says nothing at all.
    pub silent: bool,
    /// Takes the request and hangs up.
    pub lost: bool,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new(), silent: false, lost: false }
    }
}

struct Shared {
    kept: Mutex<Vec<Request>>,
    reply: Mutex<Reply>,
    came: Semaphore,
}

/// The target.
pub struct Hook {
    pub certs: Certs,
    pub port: u16,
    shared: Arc<Shared>,
    acceptor: TlsAcceptor,
    task: Option<JoinHandle<()>>,
}

impl Hook {
    pub async fn start() -> Self {
        let certs = Certs::new();
        let chain = CertificateDer::pem_file_iter(certs.cert_file()).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(certs.key_file()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.unwrap().with_no_client_auth().with_single_cert(chain, key).unwrap();
        let shared =
            Shared { kept: Mutex::default(), reply: Mutex::new(Reply::status(200)), came: Semaphore::new(0) };
        let mut hook = Self {
            certs,
            port: 0,
            shared: Arc::new(shared),
            acceptor: TlsAcceptor::from(Arc::new(config)),
            task: None,
        };
        hook.up().await;
        hook
    }

    /// Listens, at the same port as before.
    pub async fn up(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.port = listener.local_addr().unwrap().port();
        let (shared, acceptor) = (self.shared.clone(), self.acceptor.clone());
        self.task = Some(tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                let (shared, acceptor) = (shared.clone(), acceptor.clone());
                tokio::spawn(async move { serve(line, acceptor, &shared).await });
            }
        }));
    }

    /// Listens no more.
    pub async fn down(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
    }

    pub fn url(&self) -> String {
        format!("https://localhost:{}/hook", self.port)
    }

    /// From now on it answers this.
    pub fn reply(&self, reply: Reply) {
        *self.shared.reply.lock().unwrap() = reply;
    }

    /// What it was sent, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.kept.lock().unwrap().clone()
    }

    /// Waits until so many more requests have come.
    pub async fn came(&self, count: u32) {
        within("requests at the webhook's target", PATIENCE, self.shared.came.acquire_many(count))
            .await
            .unwrap()
            .forget();
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// One request a connection.
async fn serve(line: TcpStream, acceptor: TlsAcceptor, shared: &Shared) -> Option<()> {
    let mut line = acceptor.accept(line).await.ok()?;
    let mut read = Vec::new();
    let request = loop {
        let mut chunk = [0; 4_096];
        let n = line.read(&mut chunk).await.ok().filter(|n| *n > 0)?;
        read.extend_from_slice(&chunk[..n]);
        if let Some(request) = whole(&read) {
            break request;
        }
    };
    let reply = shared.reply.lock().unwrap().clone();
    let taken = (200..300).contains(&reply.status);
    shared.kept.lock().unwrap().push(Request { taken, ..request });
    shared.came.add_permits(1);
    if reply.lost {
        return None;
    }
    if reply.silent {
        std::future::pending::<()>().await;
    }
    let mut head = format!(
        "HTTP/1.1 {} X\r\nContent-Length: {}\r\nConnection: close\r\n",
        reply.status,
        reply.body.len()
    );
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    line.write_all(format!("{head}\r\n{}", reply.body).as_bytes()).await.ok()?;
    line.shutdown().await.ok()
}

fn whole(read: &[u8]) -> Option<Request> {
    let text = std::str::from_utf8(read).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers: BTreeMap<_, _> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length")?.parse().ok()?;
    (body.len() >= length).then(|| Request { path, headers, body: body.to_owned(), taken: false })
}
