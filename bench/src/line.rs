//! One connection to the socket, as an agent has it.

use anyhow::{Context as _, Result, bail};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use watchroom::clock::{Clock as _, SystemClock};
use watchroom_wire::tls::HUB_NAME;

/// Room for answers; an acknowledgement has 25 bytes.
const ROOM: usize = 4_096;

/// An open line.
pub struct Line {
    stream: TlsStream<TcpStream>,
    read: Vec<u8>,
}

impl Line {
    /// Connects, and is welcomed as the agent of the machine that the certificate names.
    pub async fn open(address: SocketAddr, config: Arc<ClientConfig>, epoch: u64) -> Result<Self> {
        let tcp = TcpStream::connect(address).await?;
        tcp.set_nodelay(true)?;
        let stream = TlsConnector::from(config).connect(ServerName::try_from(HUB_NAME)?, tcp).await?;
        let mut line = Self { stream, read: Vec::new() };
        let now_us = SystemClock.now_us();
        let hello = format!(
            "{{\"type\":\"hello\",\"min\":1,\"max\":1,\"agent\":\"bench/1\",\"epoch\":{epoch},\"sent_us\":{now_us}}}\n"
        );
        line.send(hello.as_bytes()).await?;
        line.answers(1).await?;
        Ok(line)
    }

    /// Sends bytes.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).await?;
        Ok(self.stream.flush().await?)
    }

    /// Waits for at least one answer, and gives how many came; one that is no `ack` or `welcome` is an error.
    pub async fn some_answers(&mut self) -> Result<usize> {
        loop {
            let Some(end) = self.read.iter().rposition(|b| *b == b'\n') else {
                self.more().await?;
                continue;
            };
            let mut count = 0;
            for answer in self.read[..end].split(|b| *b == b'\n') {
                if !answer.starts_with(b"{\"type\":\"ack\"") && !answer.starts_with(b"{\"type\":\"welcome\"")
                {
                    bail!("answered {}", String::from_utf8_lossy(answer));
                }
                count += 1;
            }
            self.read.drain(..=end);
            return Ok(count);
        }
    }

    /// Waits for so many answers.
    pub async fn answers(&mut self, count: usize) -> Result<()> {
        let mut left = count;
        while left > 0 {
            left = left.checked_sub(self.some_answers().await?).context("more answers than frames")?;
        }
        Ok(())
    }

    async fn more(&mut self) -> Result<()> {
        self.read.reserve(ROOM);
        if self.stream.read_buf(&mut self.read).await? == 0 {
            bail!("the other side has closed");
        }
        Ok(())
    }

    /// Gives back the room for answers.
    pub fn rest(&mut self) {
        self.read = Vec::new();
    }
}
