//! Requests with a key of their sender's: one that comes again is answered as before, and nothing is recorded
//! twice. Kept beside the log, so that it holds over a restart.
//!
//! Neither who asked nor the key nor the request can be read from what is kept, for all three are keyed hashes;
//! the answer is sealed under a key that only whoever sends the same key again brings about.

use super::EventLog;
use super::error::LogError;
use super::keys::Key;
use super::store::{CommandRow, Hash};
use watchroom_domain::{Micros, SubjectId};

/// How often it is tried to claim what others forget at the same moment.
const TRIES: usize = 3;
/// Bytes of an identifier that stand for who asks, so that what is kept for one asker can be counted.
const WHOSE: usize = 8;

/// How many requests are known at the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MostKept {
    /// Of one asker.
    pub of_one: u64,
    /// Of all together.
    pub of_all: u64,
}

/// A request's key, as only its sender's hub knows it.
#[derive(Clone)]
pub struct CommandKey {
    id: Hash,
    seal: Key,
}

impl CommandKey {
    /// Stands for who asked and the key; the same for the same.
    pub fn id(&self) -> [u8; 32] {
        self.id
    }

    /// Between which identifiers those of the same asker lie.
    fn own(&self) -> (Hash, Hash) {
        let (mut from, mut to) = ([0; 32], [0xff; 32]);
        from[..WHOSE].copy_from_slice(&self.id[..WHOSE]);
        to[..WHOSE].copy_from_slice(&self.id[..WHOSE]);
        (from, to)
    }
}

/// What is known of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is new, and this one's to carry out.
    Fresh,
    /// It was answered like this.
    Answered(Vec<u8>),
    /// The same key came with another request.
    Another,
    /// It was begun and never answered: it is under way, or the hub ended over it.
    Unanswered,
    /// It is new, and no more of this asker are kept.
    TooMany,
    /// It is new, and no more at all are kept.
    Full,
}

impl EventLog {
    /// The key of a request by whoever asks.
    ///
    /// # Errors
    /// [`LogError::ReadOnly`] where nothing is recorded.
    pub fn command_key(&self, asker: SubjectId, key: &str) -> Result<CommandKey, LogError> {
        let master = self.inner.keys.master()?;
        let parts = [asker.as_bytes().as_slice(), key.as_bytes()];
        let whose = master.keyed_hash("command asker", &parts[..1]);
        let mut id = master.keyed_hash("command id", &parts);
        id[..WHOSE].copy_from_slice(&whose[..WHOSE]);
        Ok(CommandKey { id, seal: Key::of(master.keyed_hash("command answer", &parts)) })
    }

    /// Claims a request, unless it is known already; claimed, it is known until `expires_us`. Those whose time is
    /// over are forgotten first. Many at once may go beyond the most that are kept by as many as they are.
    ///
    /// # Errors
    /// [`LogError::Database`] when that cannot be written: it is not to be carried out then.
    pub async fn claim_command(
        &self,
        key: &CommandKey,
        request: &[u8],
        now_us: Micros,
        expires_us: Micros,
        most: MostKept,
    ) -> Result<Claim, LogError> {
        self.inner.recorder()?;
        let req_hash = self.inner.keys.master()?.keyed_hash("command request", &[&key.id, request]);
        let store = &self.inner.store;
        store.forget_commands(now_us).await?;
        if store.command(&key.id).await?.is_none() {
            let (from, to) = key.own();
            if store.count_commands(&from, &to).await? >= most.of_one {
                return Ok(Claim::TooMany);
            }
            if store.count_commands(&[0; 32], &[0xff; 32]).await? >= most.of_all {
                return Ok(Claim::Full);
            }
        }
        let row = CommandRow { id: key.id, req_hash, pos: self.head().await?, result: None, expires_us };
        for _ in 0..TRIES {
            if store.insert_command(&row).await? {
                return Ok(Claim::Fresh);
            }
            let Some(known) = store.command(&key.id).await? else { continue };
            return Ok(match known.result {
                _ if known.req_hash != req_hash => Claim::Another,
                None => Claim::Unanswered,
                Some(sealed) => match key.seal.open(&key.id, &sealed) {
                    Ok(answer) => Claim::Answered(answer),
                    Err(_) => return Err(LogError::Database("an answer that was kept is damaged".into())),
                },
            });
        }
        Ok(Claim::Unanswered)
    }

    /// Keeps the answer to a request that was claimed.
    ///
    /// # Errors
    /// [`LogError::Database`] when it cannot be written.
    pub async fn answer_command(&self, key: &CommandKey, answer: &[u8]) -> Result<(), LogError> {
        let sealed = key.seal.seal(&key.id, answer);
        let head = self.head().await?;
        Ok(self.inner.store.answer_command(&key.id, head, &sealed).await?)
    }

    /// Forgets a request that came to nothing, so that it can be asked again.
    ///
    /// # Errors
    /// [`LogError::Database`] when that cannot be written.
    pub async fn forget_command(&self, key: &CommandKey) -> Result<(), LogError> {
        Ok(self.inner.store.forget_command(&key.id).await?)
    }
}
