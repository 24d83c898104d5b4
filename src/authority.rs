//! The hub's own certificate authority: it signs the hub's certificates and those of agents.

use crate::fresh;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertificateSigningRequestParams,
    CrlDistributionPoint, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair,
    KeyUsagePurpose, RevocationReason, RevokedCertParams, SanType, SerialNumber,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use thiserror::Error;
use time::{Duration, OffsetDateTime};
use watchroom_domain::{AgentIdentity, GivenUp, MachineId, Micros};
use watchroom_wire::tls::{CertificateUnreadable, certificate_facts, from_hex, sha256};

/// How long an agent's certificate lives; it is renewed at two thirds of that.
const AGENT_DAYS: i64 = 90;
/// How long the hub's own certificate lives; a new one is made at every start and every day.
const HUB_DAYS: i64 = 397;
/// How long a list of revoked certificates is good.
const LIST_DAYS: i64 = 7;
/// How long the authority lives.
const AUTHORITY_DAYS: i64 = 20 * 365;
/// A certificate is valid from a little before, for clocks that are a little behind.
const EARLIER: Duration = Duration::minutes(10);

/// Something about certificates went wrong.
#[derive(Debug, Error)]
pub enum AuthorityError {
    /// A file cannot be read or written.
    #[error("{path}: {cause}")]
    File {
        /// Which file.
        path: String,
        /// Why.
        cause: io::Error,
    },
    /// There is a certificate without its key.
    #[error(
        "{certificate} is there, but its key {key} is not. Put the key back from a backup; or remove the \
         certificate too: then a new authority is made, and agents have to join anew"
    )]
    NoKey {
        /// The certificate's file.
        certificate: String,
        /// Where the key should be.
        key: String,
    },
    /// A certificate cannot be made or read.
    #[error("certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A certificate that was just made cannot be read.
    #[error(transparent)]
    Unreadable(#[from] CertificateUnreadable),
    /// A PEM file does not hold what it should.
    #[error("{path}: not the PEM file that it should be: {cause}")]
    Pem {
        /// Which file.
        path: String,
        /// Why.
        cause: String,
    },
}

/// A certificate chain, leaf first, with its key.
pub type Chain = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// What a server's certificate says of it.
#[derive(Clone, Debug)]
pub struct Served {
    /// Names and addresses under which it is reached.
    pub names: Vec<String>,
    /// Where the list of revoked certificates lies (URL).
    pub revocations: String,
}

/// The authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
}

impl Authority {
    /// Opens the authority in a folder, and makes it there the first time.
    ///
    /// # Errors
    /// [`AuthorityError`] when its files cannot be read, written or understood.
    pub fn open(folder: &Path, now_us: Micros) -> Result<Self, AuthorityError> {
        let (certificate_path, key_path) = (folder.join("ca.pem"), folder.join("ca-key.pem"));
        if !certificate_path.exists() {
            let key = KeyPair::generate()?;
            let mut params = params("Watchroom hub authority", now_us, AUTHORITY_DAYS);
            params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            let certificate = params.self_signed(&key)?;
            write_private(&key_path, key.serialize_pem().as_bytes())?;
            write_private(&certificate_path, certificate.pem().as_bytes())?;
        }
        if !key_path.exists() {
            let [certificate, key] = [&certificate_path, &key_path].map(|path| path.display().to_string());
            return Err(AuthorityError::NoKey { certificate, key });
        }
        let pem = read(&certificate_path)?;
        let key = KeyPair::from_pem(&read(&key_path)?)?;
        let path = certificate_path.display().to_string();
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|e| AuthorityError::Pem { path, cause: e.to_string() })?;
        Ok(Self { issuer: Issuer::from_ca_cert_pem(&pem, key)?, certificate, pem })
    }

    /// The authority's certificate, PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The authority's certificate.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// SHA-256 of the authority's certificate (DER), which agents pin.
    pub fn sha256(&self) -> [u8; 32] {
        sha256(&self.certificate)
    }

    /// A certificate for a server with these names and addresses, which says where the list of revoked
    /// certificates lies: some clients (Windows' own) trust none that does not.
    ///
    /// # Errors
    /// [`AuthorityError`] when a name cannot stand in a certificate.
    pub fn server(&self, of: &Served, now_us: Micros) -> Result<Chain, AuthorityError> {
        let key = KeyPair::generate()?;
        let mut params = params("Watchroom hub", now_us, HUB_DAYS);
        for name in &of.names {
            params.subject_alt_names.push(match name.parse::<IpAddr>() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => SanType::DnsName(name.as_str().try_into()?),
            });
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![of.revocations.clone()] }];
        let leaf = params.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok((vec![leaf.der().clone(), self.certificate.clone()], key))
    }

    /// The list of certificates that are revoked and not over yet (RFC 5280), DER, good for a week. Agents are
    /// not judged by it: the hub asks its log about every key, with every command.
    ///
    /// # Errors
    /// [`AuthorityError::Certificate`] when it cannot be signed.
    pub fn revocations(
        &self,
        given_up: &BTreeMap<String, GivenUp>,
        now_us: Micros,
    ) -> Result<Vec<u8>, AuthorityError> {
        let number = now_us.unsigned_abs();
        let revoked = given_up.iter().filter_map(|(serial, one)| {
            Some(RevokedCertParams {
                serial_number: from_hex(serial)?.into(),
                revocation_time: time_of(one.since_us),
                reason_code: Some(RevocationReason::CessationOfOperation),
                invalidity_date: None,
            })
        });
        let list = CertificateRevocationListParams {
            this_update: time_of(now_us) - EARLIER,
            next_update: time_of(now_us) + Duration::days(LIST_DAYS),
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&self.issuer)?.der().to_vec())
    }

    /// A certificate for a machine's agent. Of the request only the public key is used.
    ///
    /// # Errors
    /// [`AuthorityError::Certificate`] when the request cannot be read or its signature is wrong.
    pub fn agent(
        &self,
        csr_pem: &str,
        machine: MachineId,
        now_us: Micros,
    ) -> Result<(String, AgentIdentity), AuthorityError> {
        let request = CertificateSigningRequestParams::from_pem(csr_pem)?;
        let mut params = params(&machine.to_string(), now_us, AGENT_DAYS);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&request.public_key, &self.issuer)?;
        let facts = certificate_facts(certificate.der())?;
        let identity = AgentIdentity {
            serial: facts.serial,
            key_sha256: facts.key_sha256,
            not_after_us: facts.not_after_us,
        };
        Ok((certificate.pem(), identity))
    }
}

/// Reads the user's own certificate chain and key.
///
/// # Errors
/// [`AuthorityError`] when a file cannot be read or holds something else.
pub fn read_chain(certificate: &Path, key: &Path) -> Result<Chain, AuthorityError> {
    let pem = |path: &Path, cause: rustls::pki_types::pem::Error| AuthorityError::Pem {
        path: path.display().to_string(),
        cause: cause.to_string(),
    };
    let text = read(certificate)?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(text.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|e| pem(certificate, e))?;
    if chain.is_empty() {
        let (path, cause) = (certificate.display().to_string(), "it holds no certificate".to_owned());
        return Err(AuthorityError::Pem { path, cause });
    }
    let key_der = PrivateKeyDer::from_pem_slice(read(key)?.as_bytes()).map_err(|e| pem(key, e))?;
    Ok((chain, key_der))
}

fn time_of(at_us: Micros) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at_us / 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn params(common_name: &str, now_us: Micros, days: i64) -> CertificateParams {
    let now = time_of(now_us);
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = now - EARLIER;
    params.not_after = now + Duration::days(days);
    let mut serial = fresh::secret::<16>();
    serial[0] = serial[0] & 0x7f | 0x01;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.use_authority_key_identifier_extension = true;
    params
}

fn read(path: &Path) -> Result<String, AuthorityError> {
    fs::read_to_string(path).map_err(|cause| AuthorityError::File { path: path.display().to_string(), cause })
}

/// Writes a file that only its owner can read, whole or not at all.
///
/// # Errors
/// [`AuthorityError::File`].
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), AuthorityError> {
    let write = || -> io::Result<()> {
        let beside = path.with_extension("new");
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        // Without it the power may go and take the name along, and with a key everything under it.
        match path.parent() {
            Some(folder) if folder != Path::new("") => fs::File::open(folder)?.sync_all(),
            _ => Ok(()),
        }
    };
    write().map_err(|cause| AuthorityError::File { path: path.display().to_string(), cause })
}
