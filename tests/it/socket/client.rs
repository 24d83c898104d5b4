//! A third party's client of the socket, written from `docs/protocol.md` alone: nothing of the project's
//! own agent or of its frames is used here.

use crate::harness::socket::{Identity, Socket, client_config, config_of};
use crate::hub::TestHub;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{CertificateParams, KeyPair};
use rustls::{ClientConfig, SupportedProtocolVersion};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// The name that every client asks for.
const HUB: &str = "hub.watchroom.internal";
pub const SECOND_US: i64 = 1_000_000;
pub const MINUTE_US: i64 = 60 * SECOND_US;

/// What the machine's clock says, microseconds UTC.
#[allow(clippy::disallowed_methods, reason = "a client of the hub has a clock of its own")]
pub fn now_us() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap()
}

/// A machine's key, certificate and configuration.
pub struct Agent {
    pub machine: String,
    pub cert_pem: String,
    pub key_pem: String,
    pub ca_pem: String,
    /// Kept, so that TLS may resume.
    config: Arc<ClientConfig>,
}

/// One connection.
pub struct Line {
    pub socket: Socket,
    pub welcome: Value,
}

/// A request for a certificate, and its key.
pub fn request() -> (String, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let csr = CertificateParams::new(Vec::new()).unwrap().serialize_request(&key).unwrap();
    (csr.pem().unwrap(), key)
}

/// What a token says: the secret parts are left where they are.
pub struct Token {
    pub ca_sha256: String,
    pub addresses: Vec<String>,
}

pub fn read_token(token: &str) -> Token {
    let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix("wr1-").unwrap()).unwrap();
    let mut rest = &bytes[16 + 16 + 32 + 8..bytes.len() - 4];
    let mut addresses = Vec::new();
    while let Some((length, tail)) = rest.split_first() {
        let (address, tail) = tail.split_at(usize::from(*length));
        addresses.push(String::from_utf8(address.to_vec()).unwrap());
        rest = tail;
    }
    Token { ca_sha256: bytes[32..64].iter().map(|b| format!("{b:02x}")).collect(), addresses }
}

/// A connection without a certificate, welcomed.
pub async fn stranger(address: SocketAddr, ca_pem: &str) -> Socket {
    let mut socket = Socket::connect(address, HUB, ca_pem, None).await.unwrap();
    say(&mut socket, hello(0)).await;
    let welcome = hear(&mut socket).await;
    assert_eq!((&welcome["type"], &welcome["machine"]), (&json!("welcome"), &Value::Null));
    socket
}

/// What is answered to an attempt to join.
pub async fn try_to_join(address: SocketAddr, ca_pem: &str, token: &str) -> (Value, KeyPair) {
    let mut socket = stranger(address, ca_pem).await;
    let (csr, key) = request();
    say(&mut socket, json!({"type": "join", "token": token, "csr": csr})).await;
    (hear(&mut socket).await, key)
}

pub fn hello(epoch: u64) -> Value {
    json!({"type": "hello", "min": 1, "max": 1, "agent": "third-party/1", "epoch": epoch, "sent_us": now_us()})
}

/// A frame of one sample, observed now.
pub fn frame(seq: u64, metric: &str, value: f64) -> Value {
    let now = now_us();
    json!({"type": "samples", "seq": seq, "sent_us": now, "observed_us": now,
        "samples": [{"metric": metric, "value": value}]})
}

/// The same frame about one part of the machine.
pub fn labelled(mut frame: Value, label: &str, value: &str) -> Value {
    frame["samples"][0]["labels"] = json!({label: value});
    frame
}

pub async fn say(socket: &mut Socket, value: Value) {
    socket.send(&value).await.unwrap();
}

/// The next frame; panics when the line is closed.
pub async fn hear(socket: &mut Socket) -> Value {
    socket.read().await.unwrap().expect("an answer, not the end")
}

/// The code of an answer that is an error, or else the whole answer.
pub fn code(answer: &Value) -> String {
    answer["error"]["code"].as_str().map_or_else(|| answer.to_string(), str::to_owned)
}

impl Agent {
    /// Registers a machine and joins as it.
    pub async fn join(hub: &mut TestHub, name: &str) -> Self {
        let machine = hub.machine(name).await;
        let token = hub.token(&machine).await;
        let agent = Self::join_with(hub, &token).await;
        assert_eq!(agent.machine, machine);
        agent
    }

    pub async fn join_with(hub: &TestHub, token: &str) -> Self {
        assert_eq!(read_token(token).ca_sha256, hub.authority_sha256);
        assert_eq!(read_token(token).addresses, [hub.socket.to_string()]);
        let (joined, key) = try_to_join(hub.socket, &hub.ca_pem(), token).await;
        assert_eq!(joined["type"], "joined", "{joined}");
        let text = |name: &str| joined[name].as_str().unwrap().to_owned();
        Self::new(text("machine"), text("certificate"), key.serialize_pem(), text("ca"))
    }

    pub fn new(machine: String, cert_pem: String, key_pem: String, ca_pem: String) -> Self {
        let identity = Identity { cert_pem: &cert_pem, key_pem: &key_pem };
        let config = client_config(&ca_pem, Some(identity));
        Self { machine, cert_pem, key_pem, ca_pem, config }
    }

    /// Connects with TLS only. Resumes where it can.
    pub async fn connect(&self, address: SocketAddr) -> std::io::Result<Socket> {
        Socket::connect_with(address, HUB, Arc::clone(&self.config)).await
    }

    /// Connects with a full handshake, in these versions of TLS only.
    pub async fn connect_by(
        &self,
        address: SocketAddr,
        versions: &[&'static SupportedProtocolVersion],
    ) -> std::io::Result<Socket> {
        let identity = Identity { cert_pem: &self.cert_pem, key_pem: &self.key_pem };
        Socket::connect_with(address, HUB, config_of(&self.ca_pem, Some(identity), versions)).await
    }

    /// Connects and is welcomed.
    pub async fn open(&self, hub: &TestHub, epoch: u64) -> Line {
        let mut socket = self.connect(hub.socket).await.unwrap();
        say(&mut socket, hello(epoch)).await;
        let welcome = hear(&mut socket).await;
        assert_eq!(welcome["type"], "welcome", "{welcome}");
        assert_eq!(welcome["machine"], self.machine);
        Line { socket, welcome }
    }
}

impl Line {
    pub fn last_seq(&self) -> u64 {
        self.welcome["last_seq"].as_u64().unwrap()
    }

    pub async fn ask(&mut self, value: Value) -> Value {
        say(&mut self.socket, value).await;
        hear(&mut self.socket).await
    }

    /// The code of the error that is answered to a line.
    pub async fn ask_raw(&mut self, line: &[u8]) -> String {
        self.socket.send_raw(line).await.unwrap();
        code(&hear(&mut self.socket).await)
    }

    /// Sends one value and waits until it is durable.
    pub async fn record(&mut self, seq: u64, metric: &str, value: f64) {
        assert_eq!(self.ask(frame(seq, metric, value)).await, json!({"type": "ack", "seq": seq}));
    }

    /// Whether it still works.
    pub async fn ping(&mut self) {
        assert_eq!(self.ask(json!({"type": "ping"})).await["type"], "pong");
    }

    /// The connection ends with this error.
    pub async fn ends_with(&mut self, expected: &str) {
        let last = hear(&mut self.socket).await;
        assert_eq!((code(&last).as_str(), &last["error"]["fatal"]), (expected, &json!(true)), "{last}");
        assert_eq!(self.socket.read().await.unwrap(), None);
    }
}
