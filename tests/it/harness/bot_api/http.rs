//! As much of HTTP/1.1 as clients of the Bot API speak: requests with a length or in chunks, connections kept.

use std::io;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Longest head and longest body, in bytes.
const LONGEST_HEAD: usize = 16 * 1024;
const LONGEST_BODY: usize = 16 * 1024 * 1024;

/// A request.
pub struct Request {
    /// Path with the query.
    pub target: String,
    pub content_type: String,
    pub body: Vec<u8>,
}

/// What is answered.
pub enum Reply {
    /// A status and a body of JSON.
    Json(u16, String),
    /// A status and a page of some proxy in between.
    Page(u16),
    /// The line is broken without a word.
    Broken,
}

/// One client's line.
pub struct Line(BufReader<TcpStream>);

impl Line {
    pub fn new(stream: TcpStream) -> Self {
        Self(BufReader::new(stream))
    }

    /// The next request; `None` when the client has hung up.
    pub async fn request(&mut self) -> io::Result<Option<Request>> {
        let Some(first) = self.line().await? else { return Ok(None) };
        let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let (mut length, mut chunked, mut content_type, mut head) = (0, false, String::new(), first.len());
        loop {
            let line = self.line().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
            head += line.len();
            if line.is_empty() {
                break;
            }
            if head > LONGEST_HEAD {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().map_err(io::Error::other)?,
                "transfer-encoding" => chunked = value.trim().eq_ignore_ascii_case("chunked"),
                "content-type" => content_type = value.trim().to_owned(),
                _ => {}
            }
        }
        let body = if chunked { self.chunks().await? } else { self.bytes(length).await? };
        Ok(Some(Request { target, content_type, body }))
    }

    /// Answers; whether the line can be used on.
    pub async fn answer(&mut self, reply: Reply) -> io::Result<bool> {
        let (status, kind, body) = match reply {
            Reply::Json(status, body) => (status, "application/json", body),
            Reply::Page(status) => (status, "text/html", format!("<html><h1>{status}</h1></html>")),
            Reply::Broken => return Ok(false),
        };
        let length = body.len();
        let head = format!("HTTP/1.1 {status} .\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n");
        self.0.get_mut().write_all((head + &body).as_bytes()).await?;
        Ok(true)
    }

    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let read = (&mut self.0).take(LONGEST_HEAD as u64).read_line(&mut line).await?;
        Ok((read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
    }

    async fn bytes(&mut self, length: usize) -> io::Result<Vec<u8>> {
        if length > LONGEST_BODY {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes).await?;
        Ok(bytes)
    }

    async fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
            let length = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
            body.extend(self.bytes(length).await?);
            self.line().await?;
            if length == 0 {
                return Ok(body);
            }
            if body.len() > LONGEST_BODY {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
    }
}
