//! Email over SMTP.

mod answer;
mod html;
mod line;
mod message;
mod settings;

pub use line::Limits;
pub use settings::{DESCRIPTOR, EmailSettings, Security};

use super::{Channel, Notice, Place, Receipt, SendError, secret::Secrets};
use async_trait::async_trait;
use lettre::transport::smtp::client::{Certificate, TlsParameters, TlsParametersBuilder};
use line::{Envelope, Line, Protection, SignIn};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::{Mutex, OnceCell};
use watchroom_domain::ChannelDescriptor;

/// Lines that are kept open between mails, at most.
const KEPT_OPEN: usize = 4;
/// How often a line that nobody uses is shown to be in use: most servers hang up after five minutes.
const SHOW: Duration = Duration::from_secs(55);
/// A line is given up at this age: servers limit how long and how often nothing but a sign of life comes.
const OLDEST: Duration = Duration::from_secs(1_800);
/// Lines beyond the first are closed when unused for this long.
const SURPLUS_AFTER: Duration = Duration::from_secs(20);

/// Hands mails to one server. A line is kept open and signed in, so that an alarm does not wait for one.
pub struct EmailChannel(Arc<Inner>);

struct Inner {
    settings: EmailSettings,
    secrets: Secrets,
    place: Place,
    limits: Limits,
    tls: OnceCell<TlsParameters>,
    idle: Mutex<Vec<Line>>,
    /// Whether a line is to be opened before one is needed. Off after a failure, so that a wrong password
    /// is not shown to the server again and again.
    warm: AtomicBool,
}

impl EmailChannel {
    /// The channel. To be called on the runtime on which it is to work; opens a line at once.
    pub fn open(settings: EmailSettings, place: &Place) -> Self {
        Self::open_with(settings, place, Limits::default())
    }

    /// The same with other limits.
    pub fn open_with(settings: EmailSettings, place: &Place, limits: Limits) -> Self {
        let inner = Arc::new(Inner {
            settings,
            secrets: place.secrets.clone(),
            place: place.clone(),
            limits,
            tls: OnceCell::new(),
            idle: Mutex::default(),
            warm: AtomicBool::new(true),
        });
        tokio::spawn(keep_warm(Arc::downgrade(&inner)));
        Self(inner)
    }
}

#[async_trait]
impl Channel for EmailChannel {
    fn descriptor(&self) -> &'static ChannelDescriptor {
        &DESCRIPTOR
    }

    async fn send(&self, notice: &Notice) -> Result<Receipt, SendError> {
        let mail = message::compose(&self.0.settings, notice, self.0.place.clock.now_us())?;
        let result = self.0.send(&mail).await;
        self.0.warm.store(!matches!(result, Err(SendError::Later(_))), Ordering::Relaxed);
        result.map(Receipt::new)
    }
}

impl Inner {
    async fn send(&self, mail: &Envelope) -> Result<String, SendError> {
        loop {
            let kept = self.idle.lock().await.pop();
            let was_kept = kept.is_some();
            let mut line = match kept {
                Some(line) => line,
                None => self.line().await?,
            };
            let result = line.hand_over(mail).await;
            if was_kept && line.was_gone() {
                continue;
            }
            if result.is_ok() || line.reset().await {
                self.keep(line).await;
            }
            return result;
        }
    }

    async fn keep(&self, line: Line) {
        let mut idle = self.idle.lock().await;
        if idle.len() < KEPT_OPEN && line.age() < OLDEST {
            idle.push(line);
        } else {
            drop(idle);
            tokio::spawn(line.close());
        }
    }

    async fn line(&self) -> Result<Line, SendError> {
        let protection = match self.settings.security {
            Security::StartTls => Protection::StartTls(self.tls().await?),
            Security::Implicit => Protection::Implicit(self.tls().await?),
            Security::None => Protection::None,
        };
        let sign_in = self.sign_in().await?;
        Line::open(&self.settings, protection, sign_in, self.limits).await
    }

    async fn sign_in(&self) -> Result<SignIn, SendError> {
        let Some((user, reference)) = self.settings.sign_in.clone() else { return Ok(None) };
        let secrets = self.secrets.clone();
        let read = tokio::task::spawn_blocking(move || secrets.read(&reference)).await;
        match read {
            Ok(Ok(password)) => Ok(Some((user, password))),
            Ok(Err(error)) => Err(SendError::Later(error.to_string())),
            Err(_) => Err(SendError::Later("the password cannot be read".to_owned())),
        }
    }

    /// Who is trusted: read once, when it has worked.
    async fn tls(&self) -> Result<TlsParameters, SendError> {
        let trust = || async {
            let (host, ca_file) = (self.settings.host.clone(), self.settings.ca_file.clone());
            let built = tokio::task::spawn_blocking(move || {
                let mut builder = TlsParametersBuilder::new(host);
                if let Some(path) = ca_file {
                    let pem = std::fs::read(path).map_err(|_| "the CA file cannot be read")?;
                    let certificate =
                        Certificate::from_pem(&pem).map_err(|_| "the CA file is no PEM file")?;
                    builder = builder.add_root_certificate(certificate);
                }
                builder.build_rustls().map_err(|_| "the CA file holds no certificate of a CA")
            });
            match built.await {
                Ok(built) => built.map_err(|words| SendError::Later(words.to_owned())),
                Err(_) => Err(SendError::Later("TLS could not be set up".to_owned())),
            }
        };
        self.tls.get_or_try_init(trust).await.cloned()
    }

    /// One line open and alive, those beyond it closed after a while.
    async fn tend(&self) {
        let mut lines = std::mem::take(&mut *self.idle.lock().await);
        let mut kept = false;
        while let Some(mut line) = lines.pop() {
            let unused = line.idle() >= SURPLUS_AFTER;
            let fresh = line.age() < OLDEST;
            if fresh && (!unused || !kept && line.is_alive().await) {
                kept = true;
                self.keep(line).await;
            } else {
                line.close().await;
            }
        }
        if !kept && self.warm.load(Ordering::Relaxed) {
            match self.line().await {
                Ok(line) => self.keep(line).await,
                Err(_) => self.warm.store(false, Ordering::Relaxed),
            }
        }
    }
}

async fn keep_warm(channel: Weak<Inner>) {
    while let Some(inner) = channel.upgrade() {
        inner.tend().await;
        drop(inner);
        tokio::time::sleep(SHOW).await;
    }
}
