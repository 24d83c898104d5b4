//! A certificate authority for one test, and certificates under it.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A new authority with one server certificate for `localhost` and `127.0.0.1`.
pub struct Certs {
    folder: TempDir,
    /// The authority's certificate, as PEM.
    pub ca_pem: String,
}

impl Certs {
    pub fn new() -> Self {
        Self::of(&["localhost", "127.0.0.1"])
    }

    /// The same for other names.
    pub fn of(names: &[&str]) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let ca = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
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

    /// Lets a server read them that runs as another user, and as nobody else's where it insists on that.
    pub fn give_to(&self, user: &str) {
        let id = |which: &str| {
            let output = Command::new("id").args([which, user]).output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().parse::<u32>().unwrap()
        };
        std::fs::set_permissions(self.folder.path(), Permissions::from_mode(0o755)).unwrap();
        std::fs::set_permissions(self.key_file(), Permissions::from_mode(0o600)).unwrap();
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(self.key_file(), Some(id("-u")), Some(id("-g"))).unwrap();
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        Path::join(self.folder.path(), name)
    }
}
