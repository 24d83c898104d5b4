//! A certificate authority for one test, and certificates under it.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A new authority with one server certificate for `localhost` and `127.0.0.1`.
pub struct Certs {
    folder: TempDir,
    /// The authority's certificate, as PEM.
    pub ca_pem: String,
}

impl Certs {
    pub fn new() -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let ca = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let server = CertificateParams::new(names).unwrap().signed_by(&key, &ca).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ca_pem = ca.pem();
        for (name, pem) in
            [("ca.pem", &ca_pem), ("cert.pem", &server.pem()), ("key.pem", &key.serialize_pem())]
        {
            std::fs::write(folder.path().join(name), pem).unwrap();
        }
        Self { folder, ca_pem }
    }

    pub fn ca_file(&self) -> PathBuf {
        self.path("ca.pem")
    }

    pub fn cert_file(&self) -> PathBuf {
        self.path("cert.pem")
    }

    pub fn key_file(&self) -> PathBuf {
        self.path("key.pem")
    }

    fn path(&self, name: &str) -> PathBuf {
        Path::join(self.folder.path(), name)
    }
}
