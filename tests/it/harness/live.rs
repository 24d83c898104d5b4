//! A client of the console's live feed: a WebSocket that answers only when it is told to.

use super::http::Http;
use super::wait::{PATIENCE, within};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// What a feed says.
#[derive(Debug, PartialEq)]
pub enum Said {
    Message(Value),
    Pong,
    /// It was closed.
    End,
}

pub struct Live {
    stream: TlsStream<TcpStream>,
}

impl Live {
    /// Asks for the feed behind a position with this visitor's cookies; the status if it is refused.
    pub async fn open(visitor: &Http, after: u64, origin: Option<&str>) -> Result<Self, u16> {
        Self::open_at(visitor, "/live", after, origin).await
    }

    /// The same of a feed at another address.
    pub async fn open_at(visitor: &Http, path: &str, after: u64, origin: Option<&str>) -> Result<Self, u16> {
        let mut stream = visitor.connect().await;
        let host = visitor.origin().replace("https://", "");
        let mut head = format!(
            "GET {path}?after={after} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        );
        let cookies = visitor.cookie_line();
        let optional = [("Origin", origin), ("Cookie", Some(&*cookies).filter(|c| !c.is_empty()))];
        for (name, value) in optional {
            head += &value.map(|value| format!("{name}: {value}\r\n")).unwrap_or_default();
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let reading = async {
            // One byte at a time: what follows the head is the feed's.
            while !answer.ends_with(b"\r\n\r\n") {
                answer.push(stream.read_u8().await.unwrap());
            }
        };
        within("an answer to the feed's request", PATIENCE, reading).await;
        let line = String::from_utf8_lossy(&answer);
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        if status == 101 { Ok(Self { stream }) } else { Err(status) }
    }

    /// The feed of somebody who may.
    pub async fn of(visitor: &Http, after: u64) -> Self {
        let origin = visitor.origin();
        Self::open(visitor, after, Some(&origin)).await.unwrap_or_else(|status| panic!("refused: {status}"))
    }

    pub async fn next(&mut self) -> Said {
        within("word from the feed", PATIENCE, self.read()).await
    }

    /// The next message that is of this kind; every one on the way is acknowledged.
    pub async fn until(&mut self, kind: &str) -> Value {
        loop {
            match self.next().await {
                Said::Message(message) => {
                    if message.get("pos").is_some() {
                        self.acknowledge(&message).await;
                    }
                    if message["kind"] == kind {
                        return message;
                    }
                }
                said => panic!("{said:?} instead of a message {kind}"),
            }
        }
    }

    pub async fn acknowledge(&mut self, message: &Value) {
        self.say(TEXT, json!({"ack": message["pos"]}).to_string().as_bytes()).await;
    }

    pub async fn ping(&mut self) {
        self.say(PING, b"still there?").await;
    }

    async fn say(&mut self, kind: u8, bytes: &[u8]) {
        // A client has to mask what it says; a mask of zeros is one.
        let mut frame = vec![0x80 | kind, 0x80 | u8::try_from(bytes.len()).unwrap(), 0, 0, 0, 0];
        frame.extend_from_slice(bytes);
        self.stream.write_all(&frame).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    async fn read(&mut self) -> Said {
        let Ok(kind) = self.stream.read_u8().await else { return Said::End };
        let length = match self.stream.read_u8().await.unwrap() {
            126 => u64::from(self.stream.read_u16().await.unwrap()),
            127 => self.stream.read_u64().await.unwrap(),
            short => u64::from(short),
        };
        let mut bytes = vec![0; usize::try_from(length).unwrap()];
        self.stream.read_exact(&mut bytes).await.unwrap();
        match kind & 0x0f {
            TEXT => Said::Message(serde_json::from_slice(&bytes).unwrap()),
            PONG => Said::Pong,
            CLOSE => Said::End,
            other => panic!("a frame of kind {other}"),
        }
    }
}
