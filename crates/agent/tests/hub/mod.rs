//! A hub as a test wants it: speaks TLS like the real one, and says what the test tells it to say.

use bytes::BytesMut;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use watchroom_domain::TokenId;
use watchroom_wire::tls::{HUB_NAME, sha256};
use watchroom_wire::{
    AckFrame, ClientFrame, Hello, HubFrame, JoinTokenText, Joined, MAX_LINE, Samples, Welcome, next_line,
};

pub const MACHINE: &str = "0190a0b0-0000-7000-8000-000000000001";
const DAY: Duration = Duration::from_secs(24 * 3600);

pub struct Hub {
    listener: TcpListener,
    issuer: Issuer<'static, KeyPair>,
    ca: CertificateDer<'static>,
    ca_pem: String,
    acceptor: TlsAcceptor,
}

#[allow(clippy::disallowed_methods, reason = "the hub of a test is a hub")]
pub fn now_us() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_micros() as i64
}

impl Hub {
    pub async fn start() -> Hub {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = params.self_signed(&key).unwrap();
        let (ca_pem, ca) = (ca.pem(), ca.der().clone());
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec![HUB_NAME.into()]).unwrap().signed_by(&key, &issuer).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(ca.clone()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
            .allow_unauthenticated()
            .build()
            .unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_client_cert_verifier(clients)
            .with_single_cert(vec![own.der().clone(), ca.clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Hub { listener, issuer, ca, ca_pem, acceptor }
    }

    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    pub fn token(&self, addresses: &[String]) -> String {
        let token = JoinTokenText {
            token: TokenId::derived(&["token"]),
            secret: [7; 16],
            ca_sha256: sha256(&self.ca),
            expires_us: i64::MAX,
            addresses: addresses.to_vec(),
        };
        token.to_string()
    }

    /// The next connection, its handshake done.
    pub async fn accept(&self) -> Peer {
        loop {
            let (tcp, _) = self.listener.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(tcp).await {
                return Peer { stream, buffer: BytesMut::new(), searched: 0 };
            }
        }
    }

    /// Signs what a request asks for. The certificate has been valid since the first number of days ago,
    /// and ends in the second number of days.
    pub fn sign(&self, csr: &str, since_days: u32, until_days: i64) -> Joined {
        let mut request = CertificateSigningRequestParams::from_pem(csr).unwrap();
        #[allow(clippy::disallowed_methods, reason = "the hub of a test is a hub")]
        let now = SystemTime::now();
        request.params.not_before = (now - since_days * DAY).into();
        let rest = until_days.unsigned_abs() as u32 * DAY;
        request.params.not_after = if until_days < 0 { now - rest } else { now + rest }.into();
        request.params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = request.signed_by(&self.issuer).unwrap().pem();
        let not_after_us = now_us() + until_days * DAY.as_micros() as i64;
        Joined { machine: MACHINE.into(), certificate, ca: self.ca_pem.clone(), not_after_us }
    }

    /// Lets one agent join, with a certificate of that age and rest.
    pub async fn enrol(&self, since_days: u32, until_days: i64) {
        let mut peer = self.accept().await;
        peer.welcome(0).await;
        match peer.frame().await {
            Some(ClientFrame::Join(join)) => {
                peer.send(HubFrame::Joined(self.sign(&join.csr, since_days, until_days))).await;
            }
            other => panic!("{other:?} for a join"),
        }
    }
}

/// One connection, seen from the hub.
pub struct Peer {
    stream: TlsStream<TcpStream>,
    buffer: BytesMut,
    searched: usize,
}

impl Peer {
    /// The certificate that was shown.
    pub fn certificate(&self) -> Option<Vec<u8>> {
        self.stream.get_ref().1.peer_certificates().map(|c| c[0].to_vec())
    }

    /// The next frame; nothing when the agent has hung up.
    pub async fn frame(&mut self) -> Option<ClientFrame> {
        loop {
            if let Some(line) = next_line(&mut self.buffer, &mut self.searched).unwrap() {
                assert!(line.len() <= MAX_LINE);
                return Some(ClientFrame::parse(&line).unwrap());
            }
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    pub async fn samples(&mut self) -> Option<Samples> {
        loop {
            match self.frame().await? {
                ClientFrame::Samples(samples) => return Some(samples),
                ClientFrame::Ping {} => self.send(HubFrame::Pong { now_us: now_us() }).await,
                other => panic!("{other:?} for samples"),
            }
        }
    }

    /// Reads the hello and answers it.
    pub async fn welcome(&mut self, last_seq: u64) -> Hello {
        let hello = match self.frame().await {
            Some(ClientFrame::Hello(hello)) => hello,
            other => panic!("{other:?} for a hello"),
        };
        let machine = self.certificate().map(|_| MACHINE.to_owned());
        let now_us = now_us();
        let welcome =
            Welcome { version: 1, machine, last_seq, now_us, max_line: MAX_LINE, features: Vec::new() };
        self.send(HubFrame::Welcome(welcome)).await;
        hello
    }

    pub async fn ack(&mut self, seq: u64) {
        self.send(HubFrame::Ack(AckFrame { seq })).await;
    }

    /// Says something; whether it arrives is the agent's affair.
    pub async fn send(&mut self, frame: HubFrame) {
        let mut line = serde_json::to_vec(&frame).unwrap();
        line.push(b'\n');
        self.raw(&line).await;
    }

    pub async fn raw(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }
}

/// What a hub remembers of one agent, and the rule by which it takes frames.
#[derive(Debug, Default)]
pub struct Ledger {
    pub last: u64,
    pub has: Vec<u64>,
    pub missing: Vec<u64>,
}

impl Ledger {
    /// Takes a frame, or says why not.
    pub fn take(&mut self, frame: &Samples) -> Result<(), &'static str> {
        if frame.seq <= self.last {
            return Ok(());
        }
        if frame.seq != self.last + 1 + frame.dropped {
            return Err("sequence_gap");
        }
        self.missing.extend(self.last + 1..frame.seq);
        self.last = frame.seq;
        self.has.push(frame.seq);
        Ok(())
    }
}
