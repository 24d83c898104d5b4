//! Questions of whoever is on the hub's own machine and may look into the data folder: a socket that lies
//! there. One JSON object a line, one answer, the end.

use super::reload::Reloader;
use crate::actors::handle::Registry;
use crate::clock::Clock;
use crate::fresh;
use crate::views::Views;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use watchroom_domain::{By, Command, Envelope, HOUR_US, SubjectId};

/// Name of the socket in the data folder.
const NAME: &str = "hub.sock";
/// Longest question, in bytes.
const LONGEST: u64 = 4_096;
/// Time for a question and its answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Whoever asks at a time.
const AT_ONCE: usize = 8;
/// How long a link to set another password is good.
const RESET_US: i64 = HOUR_US;

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Question {
    /// Read settings and certificates again.
    Reload,
    /// A link by which this person sets another password.
    ResetLink {
        /// The login name.
        login: String,
    },
    /// The second step of this person ends: the device and the recovery codes are lost.
    TwoStepOff {
        /// The login name.
        login: String,
    },
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Reply {
    /// They were read.
    Reloaded {
        /// Settings that are used from now on.
        applied: Vec<String>,
        /// Settings that are used after the next start.
        waiting: Vec<String>,
    },
    /// The link, once.
    Link {
        /// Its address.
        link: String,
        /// When it ends, microseconds UTC.
        expires_us: i64,
    },
    /// It is off.
    Off,
    /// It was not done.
    Refused {
        /// Why.
        why: String,
    },
}

/// What the socket works with.
#[derive(Clone)]
pub(super) struct Parts {
    pub views: Views,
    pub registry: Registry,
    pub clock: Arc<dyn Clock>,
    pub reloader: Reloader,
    pub public_url: String,
    pub stopping: CancellationToken,
}

/// The socket of a data folder.
pub(super) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(NAME)
}

/// Listens. The data folder belongs to this hub, so a socket that lies there already is nobody's.
pub(super) fn listen(data_dir: &Path) -> io::Result<UnixListener> {
    let path = path(data_dir);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers until the hub stops.
pub(super) async fn serve(listener: UnixListener, parts: Parts) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = parts.stopping.cancelled() => return,
        };
        let (stream, _) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::error!(%error, "the socket in the data folder cannot be listened on");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let parts = parts.clone();
        tokio::spawn(async move {
            // Whoever asks too slowly, or goes, has no answer; there is nobody to tell.
            let _ = timeout(PATIENCE, parts.answer(stream)).await;
            drop(place);
        });
    }
}

impl Parts {
    async fn answer(&self, mut stream: UnixStream) -> io::Result<()> {
        let mut line = String::new();
        let (reading, mut writing) = stream.split();
        BufReader::new(reading.take(LONGEST)).read_line(&mut line).await?;
        let reply = match serde_json::from_str::<Question>(&line) {
            Ok(Question::Reload) => self.reload().await,
            Ok(Question::ResetLink { login }) => self.reset_link(&login).await,
            Ok(Question::TwoStepOff { login }) => self.two_step_off(&login).await,
            Err(error) => Reply::Refused { why: format!("this hub does not understand that: {error}") },
        };
        let text = serde_json::to_string(&reply).map_err(io::Error::other)?;
        writing.write_all(format!("{text}\n").as_bytes()).await
    }

    async fn reload(&self) -> Reply {
        match self.reloader.reload().await {
            Ok(done) => Reply::Reloaded { applied: done.applied, waiting: done.waiting },
            Err(why) => Reply::Refused { why },
        }
    }

    /// Who signs in by this name.
    fn person(&self, login: &str) -> Result<SubjectId, Reply> {
        let found = self.views.with(|state| match state.person_by_login(login) {
            Some(person) => Ok(person.person),
            None => Err(state.people.values().take(20).map(|p| p.login.clone()).collect::<Vec<_>>()),
        });
        let why = match found {
            Ok(person) => return Ok(person),
            Err(known) if known.is_empty() => {
                "nobody has an account yet; the hub prints a link that makes the first one".to_owned()
            }
            Err(known) => format!("nobody signs in as {login:?}; there are: {}", known.join(", ")),
        };
        Err(Reply::Refused { why })
    }

    async fn two_step_off(&self, login: &str) -> Reply {
        let person = match self.person(login) {
            Ok(person) => person,
            Err(refused) => return refused,
        };
        if !self.views.with(|state| state.second_factors.contains_key(&person)) {
            return Reply::Refused { why: format!("two-step sign-in is off for {login:?} as it is") };
        }
        let command = Command::RemoveSecondFactor { person, shown: None };
        match self.registry.submit(Envelope::new(By::Hub, command)).await {
            Ok(_) => Reply::Off,
            Err(error) => Reply::Refused { why: error.to_string() },
        }
    }

    async fn reset_link(&self, login: &str) -> Reply {
        let person = match self.person(login) {
            Ok(person) => person,
            Err(refused) => return refused,
        };
        let secret = URL_SAFE_NO_PAD.encode(fresh::secret::<24>());
        let expires_us = self.clock.now_us() + RESET_US;
        let secret_sha256 = fresh::fingerprint(secret.as_bytes());
        let command = Command::IssuePasswordReset { person, secret_sha256, expires_us };
        match self.registry.submit(Envelope::new(By::Hub, command)).await {
            Ok(_) => Reply::Link { link: format!("{}/reset/{secret}", self.public_url), expires_us },
            Err(error) => Reply::Refused { why: error.to_string() },
        }
    }
}

/// Asks the hub that works in this data folder.
///
/// # Errors
/// In words, when no hub answers.
pub fn ask(data_dir: &Path, question: &Question) -> Result<Reply, String> {
    use std::io::{BufRead as _, Write as _};
    let path = path(data_dir);
    let absent = |error: io::Error| {
        format!("no hub answers at {} ({error}); is it running, and may you look in there?", path.display())
    };
    let mut stream = std::os::unix::net::UnixStream::connect(&path).map_err(absent)?;
    let mut exchange = || -> io::Result<Reply> {
        stream.set_read_timeout(Some(PATIENCE + Duration::from_secs(5)))?;
        let text = serde_json::to_string(question).map_err(io::Error::other)?;
        stream.write_all(format!("{text}\n").as_bytes())?;
        let mut line = String::new();
        io::BufReader::new(&stream).read_line(&mut line)?;
        serde_json::from_str(&line).map_err(io::Error::other)
    };
    exchange().map_err(absent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_path_too_long_for_a_socket_is_told_from_other_trouble() {
        let folder = tempfile::tempdir().unwrap();
        let long = folder.path().join("x".repeat(120));
        fs::create_dir(&long).unwrap();
        assert_eq!(listen(&long).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert_eq!(listen(&folder.path().join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(
            listen(folder.path()).is_ok() && listen(folder.path()).is_ok(),
            "one that lies there is nobody's"
        );
    }
}
