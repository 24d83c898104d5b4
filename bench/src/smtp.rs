//! A mail server that takes everything at once and notes when.

use anyhow::Result;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use watchroom::clock::{Clock as _, SystemClock};

/// A mail that was taken.
pub struct Mail {
    /// When its last line was here, microseconds UTC.
    pub at_us: i64,
    /// As it came.
    pub text: String,
}

/// A running server.
pub struct Sink {
    pub port: u16,
    pub mails: UnboundedReceiver<Mail>,
}

impl Sink {
    /// Listens on this machine only.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let (sender, mails) = unbounded_channel();
        let sender = Arc::new(sender);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let sender = sender.clone();
                // A line that breaks is the sender's business.
                tokio::spawn(async move { serve(stream, &sender).await.ok() });
            }
        });
        Ok(Self { port, mails })
    }
}

async fn serve(stream: TcpStream, taken: &UnboundedSender<Mail>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 sink\r\n").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb: String = line.chars().take(4).collect::<String>().to_uppercase();
        match verb.as_str() {
            "EHLO" => stream.write_all(b"250-sink\r\n250 8BITMIME\r\n").await?,
            "QUIT" => return Ok(stream.write_all(b"221 bye\r\n").await?),
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let mut text = String::new();
                while !text.ends_with("\r\n.\r\n") {
                    if stream.read_line(&mut text).await? == 0 {
                        return Ok(());
                    }
                }
                let at_us = SystemClock.now_us();
                stream.write_all(b"250 taken\r\n").await?;
                // Nobody may be interested any more.
                let _ = taken.send(Mail { at_us, text });
            }
            _ => stream.write_all(b"250 so be it\r\n").await?,
        }
    }
}
