//! Many machines with their certificates, put into a hub's data folder before it starts.

use crate::process::Process;
use anyhow::{Context as _, Result, bail};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::process::Command;
use uuid::{NoContext, Timestamp, Uuid};
use watchroom::authority::Authority;
use watchroom::clock::{Clock as _, SystemClock};
use watchroom::event_log::{EventLog, LogOptions};
use watchroom::hub::{database, present_master_key};
use watchroom::settings::{Settings, load};
use watchroom_domain::{
    By, Event, EventId, MachineDetails, MachineId, Meta, Micros, NewEvent, TokenId, body,
};

/// Machines whose events are recorded at once.
const AT_ONCE: usize = 500;

/// A data folder and the machines in it.
pub struct Fleet {
    pub folder: PathBuf,
    pub machines: Vec<MachineId>,
    configs: Vec<Arc<ClientConfig>>,
}

/// The settings of a hub in this folder.
pub fn settings(folder: &Path) -> Result<Settings> {
    let mut settings = load(None, &[])?;
    settings.hub.data_dir = folder.to_owned();
    Ok(settings)
}

/// The log in this folder, to be written to while no hub runs.
pub async fn open_log(folder: &Path) -> Result<EventLog> {
    let settings = settings(folder)?;
    let master_key = present_master_key(&settings)?.context("no master key")?;
    let options = LogOptions { node: "bench".into(), master_key, clock: Arc::new(SystemClock) };
    Ok(EventLog::open(database(&settings)?, options).await?)
}

/// Starts a hub on this folder, with free ports.
pub async fn hub(program: &Path, folder: &Path, verb: &str) -> Result<Process> {
    Process::start(
        Command::new(program)
            .args([verb, "--json", "--data"])
            .arg(folder)
            .env("WATCHROOM__CONSOLE__LISTEN", "127.0.0.1:0")
            .env("WATCHROOM__SOCKET__LISTEN", "127.0.0.1:0")
            // It is the answers that are measured, and not for how many of them one may ask.
            .env("WATCHROOM__CONSOLE__REQUESTS_PER_ACCOUNT", "100000")
            .env("WATCHROOM__CONSOLE__REQUESTS_PER_ADDRESS", "100000")
            .env("WATCHROOM_LOG", "warn"),
    )
    .await
}

/// A new identifier of this time.
pub fn fresh_id(now_us: Micros) -> Uuid {
    let (seconds, nanos) = (now_us / 1_000_000, now_us % 1_000_000 * 1_000);
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds as u64, nanos as u32))
}

/// An event that is the next of its stream, or one whose order nobody asks for.
pub fn new_event(event: Event, before: Option<u64>, ts_us: Micros) -> NewEvent {
    let (stream, meta) = (event.stream(), Meta::by(By::Hub));
    NewEvent { id: EventId(fresh_id(ts_us)), stream, expected: before, ts_us, meta, event }
}

/// Records groups of events; nothing may be refused.
pub async fn record(log: &EventLog, groups: Vec<Vec<NewEvent>>) -> Result<()> {
    for outcome in log.append(groups).await? {
        if let Err(conflict) = outcome {
            bail!("not recorded: {conflict}");
        }
    }
    Ok(())
}

impl Fleet {
    /// So many machines in a hub's new data folder, each with a certificate of the hub's authority. They
    /// share one key: it is the certificate that names the machine.
    pub async fn new(program: &Path, folder: &Path, count: usize) -> Result<Self> {
        // The first start makes the log, the authority and the master key.
        hub(program, folder, "serve").await?.stop().await?;
        let now = SystemClock.now_us();
        let authority = Authority::open(folder, now)?;
        let key = KeyPair::generate()?;
        let request = CertificateParams::new(Vec::new())?.serialize_request(&key)?.pem()?;
        let roots = Arc::new({
            let mut roots = RootCertStore::empty();
            roots.add(authority.certificate().clone())?;
            roots
        });
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let log = open_log(folder).await?;
        let (mut machines, mut configs) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for first in (0..count).step_by(AT_ONCE) {
            let mut groups = Vec::new();
            for n in first..(first + AT_ONCE).min(count) {
                let machine = MachineId(fresh_id(now));
                let (pem, identity) = authority.agent(&request, machine, now)?;
                let details = MachineDetails { name: format!("node-{n:05}"), ..MachineDetails::default() };
                let token = TokenId(fresh_id(now));
                groups.push(vec![
                    new_event(body::MachineRegistered { machine, details }.into(), Some(0), now),
                    new_event(body::AgentEnrolled { machine, token, identity }.into(), Some(1), now),
                ]);
                let chain = vec![CertificateDer::from_pem_slice(pem.as_bytes())?];
                let own = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes())?;
                let mut config = ClientConfig::builder_with_provider(provider.clone())
                    .with_protocol_versions(&[&rustls::version::TLS13])?
                    .with_root_certificates(roots.clone())
                    .with_client_auth_cert(chain, own)?;
                config.resumption = rustls::client::Resumption::disabled();
                machines.push(machine);
                configs.push(Arc::new(config));
            }
            record(&log, groups).await?;
        }
        log.close().await?;
        Ok(Self { folder: folder.to_owned(), machines, configs })
    }

    /// How the agent of a machine connects.
    pub fn config(&self, n: usize) -> Arc<ClientConfig> {
        self.configs[n].clone()
    }

    /// How many machines there are.
    pub fn len(&self) -> usize {
        self.machines.len()
    }
}
