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

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
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

    pub async fn get(&mut self, path: &str) -> Answer {
        self.request("GET", path, None).await
    }

    /// Sends a form as one of the site's own pages would.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        self.request("POST", path, Some(form.finish())).await
    }

    async fn request(&mut self, method: &str, path: &str, form: Option<String>) -> Answer {
        let host = self.address;
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        if !self.cookies.is_empty() {
            let all: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            head += &format!("Cookie: {}\r\n", all.join("; "));
        }
        let body = form.unwrap_or_default();
        if method == "POST" {
            head += &format!(
                "Origin: https://{host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: {}\r\n",
                body.len()
            );
        }
        let what = format!("an answer to {method} {path}");
        let raw = within(&what, PATIENCE, self.exchange(format!("{head}\r\n{body}"))).await;
        let answer = parse(&raw);
        self.keep_cookies(&answer);
        answer
    }

    async fn exchange(&self, request: String) -> String {
        let tcp = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::from(self.address.ip());
        let mut tls = TlsConnector::from(Arc::clone(&self.config)).connect(name, tcp).await.unwrap();
        tls.write_all(request.as_bytes()).await.unwrap();
        let mut raw = Vec::new();
        // A server may close without the farewell of TLS; a head that says the length finds what lacks.
        let read = tls.read_to_end(&mut raw).await;
        assert!(read.is_ok() || !raw.is_empty(), "{read:?}");
        String::from_utf8_lossy(&raw).into_owned()
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

fn parse(raw: &str) -> Answer {
    let (head, body) = raw.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer of HTTP: {raw:?}"));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers: Vec<_> = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
    let answer = Answer { status: status.expect("a status"), headers, body: body.to_owned() };
    let length = answer.header("Content-Length").and_then(|length| length.parse::<usize>().ok());
    assert!(length.is_none_or(|length| length == body.len()), "the answer was cut off: {head}");
    answer
}
