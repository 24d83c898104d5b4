//! A plain client of the JSON-lines socket, with no manners: it sends what it is told to.

use super::wait::{PATIENCE, within};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, HandshakeKind, RootCertStore, SupportedProtocolVersion};
use serde_json::Value;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A client certificate and its key, both as PEM.
pub struct Identity<'a> {
    pub cert_pem: &'a str,
    pub key_pem: &'a str,
}

pub struct Socket {
    stream: BufReader<TlsStream<TcpStream>>,
}

impl Socket {
    /// Connects over TLS to a server that shows a certificate for `name` under `ca_pem`.
    pub async fn connect(
        address: SocketAddr,
        name: &str,
        ca_pem: &str,
        identity: Option<Identity<'_>>,
    ) -> io::Result<Self> {
        Self::connect_with(address, name, client_config(ca_pem, identity)).await
    }

    /// Connects with a configuration that may have been used before, and then knows its sessions.
    pub async fn connect_with(
        address: SocketAddr,
        name: &str,
        config: Arc<ClientConfig>,
    ) -> io::Result<Self> {
        let connecting = async {
            let tcp = TcpStream::connect(address).await?;
            let name = ServerName::try_from(name.to_owned()).unwrap();
            TlsConnector::from(config).connect(name, tcp).await
        };
        let stream = within("a TLS handshake", PATIENCE, connecting).await?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Whether the handshake was left out because of an earlier one.
    pub fn resumed(&self) -> bool {
        self.stream.get_ref().get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// Sends one value as one line.
    pub async fn send(&mut self, value: &Value) -> io::Result<()> {
        self.send_raw(format!("{value}\n").as_bytes()).await
    }

    /// Sends bytes as they are.
    pub async fn send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        let writing = async {
            self.stream.get_mut().write_all(bytes).await?;
            self.stream.get_mut().flush().await
        };
        within("room to write to the socket", PATIENCE, writing).await
    }

    /// The next line; `None` when the other side has closed.
    ///
    /// TLS 1.3 tells a client that its certificate was refused only here, as an error of the first read.
    pub async fn read(&mut self) -> io::Result<Option<Value>> {
        let mut line = String::new();
        let read = within("a line from the socket", PATIENCE, self.stream.read_line(&mut line)).await;
        match read {
            // A hub that was killed says no goodbye.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some(serde_json::from_str(&line)?)),
        }
    }
}

/// Trusts servers under `ca_pem`, and shows a certificate where there is one.
pub fn client_config(ca_pem: &str, identity: Option<Identity<'_>>) -> Arc<ClientConfig> {
    config_of(ca_pem, identity, rustls::DEFAULT_VERSIONS)
}

/// The same, speaking these versions of TLS only.
pub fn config_of(
    ca_pem: &str,
    identity: Option<Identity<'_>>,
    versions: &[&'static SupportedProtocolVersion],
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(ca_pem));
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots);
    Arc::new(match identity {
        None => config.with_no_client_auth(),
        Some(identity) => {
            let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes()).unwrap();
            config.with_client_auth_cert(certificates(identity.cert_pem), key).unwrap()
        }
    })
}

fn certificates(pem: &str) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).map(Result::unwrap).collect()
}
