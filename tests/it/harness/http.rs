//! A browser without a face: HTTPS/1.1, one connection a request, cookies kept, forms sent with the
//! origin that a browser would name.

use super::socket::client_config;
use super::wait::{PATIENCE, within};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// What a form is sent as.
pub const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body as text; what is none in it was replaced.
    pub body: String,
    /// The body as it came.
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Every value of a header.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }

    /// Where a redirect leads.
    pub fn location(&self) -> &str {
        self.header("Location").unwrap_or_else(|| panic!("no redirect: {} {}", self.status, self.body))
    }
}

/// One visitor of one site.
pub struct Http {
    address: SocketAddr,
    config: Arc<ClientConfig>,
    cookies: BTreeMap<String, String>,
}

impl Http {
    /// A visitor who trusts this authority.
    pub fn new(address: SocketAddr, ca_pem: &str) -> Self {
        Self { address, config: client_config(ca_pem, None), cookies: BTreeMap::new() }
    }

    /// Somebody else, whom the site has never seen.
    pub fn stranger(&self) -> Self {
        Self { address: self.address, config: Arc::clone(&self.config), cookies: BTreeMap::new() }
    }

    /// The origin that the site's own pages have.
    pub fn origin(&self) -> String {
        format!("https://{}", self.address)
    }

    pub fn cookies(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.cookies
    }

    /// All cookies, as they are sent.
    pub fn cookie_line(&self) -> String {
        let all: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        all.join("; ")
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    /// Sends a form as one of the site's own pages would.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let headers = [("Origin", &*self.origin()), FORM];
        self.send("POST", path, &headers, &form.finish()).await
    }

    /// Sends what a browser would not: these headers beside the cookies, and nothing that helps.
    pub async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        let length = body.len().to_string();
        let cookies = self.cookie_line();
        let own = [("Cookie", cookies.as_str()), ("Content-Length", length.as_str())];
        let wanted = own.into_iter().filter(|(name, value)| match *name {
            "Cookie" => !value.is_empty(),
            _ => method == "POST",
        });
        for (name, value) in headers.iter().copied().chain(wanted) {
            head += &format!("{name}: {value}\r\n");
        }
        let what = format!("an answer to {method} {path}");
        let raw = within(&what, PATIENCE, self.exchange(format!("{head}\r\n{body}"))).await;
        let answer = parse(&raw, method == "HEAD");
        self.keep_cookies(&answer);
        answer
    }

    /// An open line of TLS to the site.
    pub async fn connect(&self) -> TlsStream<TcpStream> {
        self.try_connect().await.unwrap()
    }

    /// The same, if the site shows a certificate that is trusted.
    pub async fn try_connect(&self) -> std::io::Result<TlsStream<TcpStream>> {
        let tcp = TcpStream::connect(self.address).await?;
        let name = ServerName::from(self.address.ip());
        TlsConnector::from(Arc::clone(&self.config)).connect(name, tcp).await
    }

    async fn exchange(&self, request: String) -> Vec<u8> {
        let mut tls = self.connect().await;
        // What is refused by its head may be answered before all of it is read.
        let written = tls.write_all(request.as_bytes()).await;
        let mut raw = Vec::new();
        // A server may close without the farewell of TLS; a head that says the length finds what lacks.
        let read = tls.read_to_end(&mut raw).await;
        assert!(read.is_ok() || !raw.is_empty(), "{written:?} {read:?}");
        raw
    }

    fn keep_cookies(&mut self, answer: &Answer) {
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Set-Cookie")) {
            let (name, rest) = cookie.split_once('=').expect("a cookie has a name");
            let value = rest.split(';').next().unwrap_or_default();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

fn parse(raw: &[u8], head_only: bool) -> Answer {
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer of HTTP: {:?}", String::from_utf8_lossy(raw)));
    let (head, mut bytes) = (String::from_utf8_lossy(&raw[..end]), raw[end + 4..].to_vec());
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers: Vec<_> = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
    let value = |wanted: &str| headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    let length = value("Content-Length").and_then(|(_, length)| length.parse::<usize>().ok());
    assert!(head_only || length.is_none_or(|length| length == bytes.len()), "the answer was cut off: {head}");
    if !head_only && value("Transfer-Encoding").is_some_and(|(_, how)| how == "chunked") {
        bytes = whole(&bytes);
    }
    let body = String::from_utf8_lossy(&bytes).into_owned();
    Answer { status: status.expect("a status"), headers, body, bytes }
}

/// A body that came in chunks; one that was cut off fails.
fn whole(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = chunks.windows(2).position(|two| two == b"\r\n").expect("the size of a chunk");
        let size =
            std::str::from_utf8(&chunks[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let (size, rest) = (size.expect("a size in hex"), &chunks[end + 2..]);
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&rest[..size]);
        chunks = rest[size..].strip_prefix(b"\r\n").expect("the end of a chunk");
    }
}
