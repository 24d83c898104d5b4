//! One TLS connection to the hub, one JSON object a line.

use crate::error::AgentError;
use crate::tls;
use bytes::BytesMut;
use rustls::ClientConfig;
use serde::Deserialize;
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use watchroom_wire::{ClientFrame, Hello, HubFrame, MAX_VERSION, MIN_VERSION, Welcome, next_line};

/// How long a dead peer may go unnoticed by the system while nothing is sent.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// Why a connection ended or never began. All of it is tried again.
#[derive(Debug, Error)]
pub(crate) enum ConnectionError {
    /// The network, or TLS.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Nothing came in time.
    #[error("the hub did not answer in time")]
    Timeout,
    /// The hub hung up.
    #[error("the hub closed the connection")]
    Closed,
    /// The hub said so.
    #[error("{message} ({code})")]
    Refused { code: String, message: String },
    /// What came was not to be expected.
    #[error("the hub answered out of turn: {0}")]
    Protocol(String),
}

pub(crate) struct Connection {
    stream: TlsStream<TcpStream>,
    buffer: BytesMut,
    searched: usize,
    patience: Duration,
}

impl Connection {
    /// Dials one address. `patience` bounds each step, and every later write.
    pub(crate) async fn dial(
        address: &str,
        config: Arc<ClientConfig>,
        patience: Duration,
    ) -> Result<Self, ConnectionError> {
        let name = tls::hub_name().map_err(|e| ConnectionError::Protocol(e.to_string()))?;
        let tcp = timeout(patience, TcpStream::connect(address)).await.map_err(late)??;
        tcp.set_nodelay(true)?;
        SockRef::from(&tcp).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE))?;
        let stream =
            timeout(patience, TlsConnector::from(config).connect(name, tcp)).await.map_err(late)??;
        Ok(Self { stream, buffer: BytesMut::new(), searched: 0, patience })
    }

    pub(crate) async fn send(&mut self, frame: &ClientFrame) -> Result<(), ConnectionError> {
        let mut line = serde_json::to_vec(frame).map_err(|e| ConnectionError::Protocol(e.to_string()))?;
        line.push(b'\n');
        self.write(&line).await
    }

    /// Writes whole lines.
    pub(crate) async fn write(&mut self, lines: &[u8]) -> Result<(), ConnectionError> {
        let written = async {
            self.stream.write_all(lines).await?;
            self.stream.flush().await
        };
        Ok(timeout(self.patience, written).await.map_err(late)??)
    }

    /// The next frame that is understood. What is not is passed over, as the protocol demands.
    /// Cancel safe.
    pub(crate) async fn next(&mut self) -> Result<HubFrame, ConnectionError> {
        loop {
            let line = next_line(&mut self.buffer, &mut self.searched)
                .map_err(|e| ConnectionError::Protocol(e.to_string()))?;
            if let Some(line) = line {
                match understood(&line) {
                    Some(frame) => return Ok(frame),
                    None => continue,
                }
            }
            self.buffer.reserve(1024);
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(0) => return Err(ConnectionError::Closed),
                Ok(_) => {}
                // A hub that was killed has no time to say farewell.
                Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Err(ConnectionError::Closed),
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// The next frame, but no longer than the connection's patience.
    pub(crate) async fn answer(&mut self) -> Result<HubFrame, ConnectionError> {
        match timeout(self.patience, self.next()).await.map_err(late)?? {
            HubFrame::Error { error } => {
                Err(ConnectionError::Refused { code: error.code.into_owned(), message: error.message })
            }
            frame => Ok(frame),
        }
    }

    /// Says hello and waits for the welcome.
    pub(crate) async fn greet(
        &mut self,
        program: &str,
        epoch: u64,
        sent_us: i64,
        features: &[&str],
    ) -> Result<Welcome, ConnectionError> {
        let agent = program.to_owned();
        let features = features.iter().map(|f| (*f).to_owned()).collect();
        let hello = Hello { min: MIN_VERSION, max: MAX_VERSION, agent, epoch, sent_us, features };
        self.send(&ClientFrame::Hello(hello)).await?;
        match self.answer().await? {
            HubFrame::Welcome(welcome) if (MIN_VERSION..=MAX_VERSION).contains(&welcome.version) => {
                Ok(welcome)
            }
            other => Err(ConnectionError::Protocol(format!("{other:?} for a welcome"))),
        }
    }

    /// Ends the connection with a farewell, so that the hub does not take it for a failure.
    pub(crate) async fn close(mut self) {
        let _ = timeout(Duration::from_secs(1), self.stream.shutdown()).await;
    }
}

fn late(_: tokio::time::error::Elapsed) -> ConnectionError {
    ConnectionError::Timeout
}

/// Reads a line from the hub; `None` for whatever a later version may send.
fn understood(line: &[u8]) -> Option<HubFrame> {
    #[derive(Deserialize)]
    struct Bare {
        error: watchroom_wire::ErrorBody,
    }
    if let Ok(frame) = serde_json::from_slice::<HubFrame>(line) {
        return Some(frame);
    }
    // An error may come without a type.
    match serde_json::from_slice::<Bare>(line) {
        Ok(bare) => Some(HubFrame::Error { error: bare.error }),
        Err(_) => {
            tracing::debug!(bytes = line.len(), "passed over a line from the hub");
            None
        }
    }
}

impl From<ConnectionError> for AgentError {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::Refused { code, message } => AgentError::Refused { code, message },
            ConnectionError::Protocol(what) => AgentError::Protocol(what),
            other => AgentError::Unreachable(other.to_string()),
        }
    }
}
