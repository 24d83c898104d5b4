//! The raw limit of the socket: TLS by the same library and configuration, one short answer a line, nothing
//! else.

use crate::fleet::Fleet;
use crate::process::{Process, Programs};
use anyhow::{Context as _, Result};
use bytes::BytesMut;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio_rustls::TlsAcceptor;
use watchroom::actors::socket::SocketTls;
use watchroom::authority::{Authority, Served};
use watchroom::clock::{Clock as _, SystemClock};
use watchroom_wire::tls::HUB_NAME;

/// What every line is answered.
const ANSWER: &[u8] = b"{\"type\":\"ack\",\"seq\":100000}\n";
/// As the hub's first room for input.
const ROOM: usize = 512;

/// Starts it as a process of its own, with the authority of the fleet's hub.
///
/// Its program is found beside the hub's: the one that runs may have been built anew since it was started.
pub async fn start(fleet: &Fleet) -> Result<(Process, SocketAddr)> {
    let own = Programs::own()?;
    let process = Process::start(Command::new(own).arg("echo").arg(&fleet.folder)).await?;
    let address = SocketAddr::from(([127, 0, 0, 1], process.port("socket_port")?));
    Ok((process, address))
}

/// Serves until it is ended.
pub fn serve(folder: &Path) -> Result<()> {
    let clock = Arc::new(SystemClock);
    let authority = Arc::new(Authority::open(folder, clock.now_us())?);
    let tls = SocketTls::new(
        authority,
        Served { names: vec![HUB_NAME.to_owned()], revocations: "https://localhost/ca.crl".to_owned() },
        clock,
    )?;
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    crate::say(&serde_json::json!({"socket_port": listener.local_addr()?.port()}).to_string());
    // As many threads as the hub's socket has.
    let other = listener.try_clone()?;
    let acceptor = TlsAcceptor::from(tls.config());
    let second = acceptor.clone();
    std::thread::spawn(move || run(other, second));
    run(listener, acceptor)
}

fn run(listener: std::net::TcpListener, acceptor: TlsAcceptor) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async move {
        let listener = TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await.context("nobody can be accepted")?;
            let acceptor = acceptor.clone();
            // Whose line breaks is gone; the generator says why.
            tokio::task::spawn_local(async move { answer(stream, acceptor).await.ok() });
        }
    })
}

async fn answer(stream: TcpStream, acceptor: TlsAcceptor) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = acceptor.accept(stream).await?;
    let mut read = BytesMut::with_capacity(ROOM);
    let mut answers = Vec::new();
    while stream.read_buf(&mut read).await? > 0 {
        let lines = read.iter().filter(|b| **b == b'\n').count();
        read.clear();
        (0..lines).for_each(|_| answers.extend_from_slice(ANSWER));
        stream.write_all(&answers).await?;
        stream.flush().await?;
        answers.clear();
    }
    Ok(())
}
