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
/// Those of them that all strangers have in common, so that what is kept for all of these can be counted.
const STRANGERS: usize = 4;
/// Requests of strangers that are let go with one that comes.
const LET_GO: u64 = 100;

/// How many requests are known at the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MostKept {
    /// Of one person.
    pub of_one: u64,
    /// From one address, of strangers.
    pub of_address: u64,
    /// Of all strangers.
    pub of_strangers: u64,
    /// Of all together.
    pub of_all: u64,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub enum CommandAsker<'a> {
    /// Somebody who has signed in.
    Person(SubjectId),
    /// Somebody who has not, from this address.
    Stranger(&'a str),
}

impl From<SubjectId> for CommandAsker<'_> {
    fn from(person: SubjectId) -> Self {
        Self::Person(person)
    }
}

/// A request's key, as only its sender's hub knows it.
#[derive(Clone)]
pub struct CommandKey {
    id: Hash,
    seal: Key,
    of_stranger: bool,
}

impl CommandKey {
    /// Stands for who asked and the key; the same for the same.
    pub fn id(&self) -> [u8; 32] {
        self.id
    }

    /// Between which identifiers those lie that begin like this one.
    fn alike(&self, bytes: usize) -> (Hash, Hash) {
        let (mut from, mut to) = ([0; 32], [0xff; 32]);
        from[..bytes].copy_from_slice(&self.id[..bytes]);
        to[..bytes].copy_from_slice(&self.id[..bytes]);
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
    pub fn command_key<'a>(
        &self,
        asker: impl Into<CommandAsker<'a>>,
        key: &str,
    ) -> Result<CommandKey, LogError> {
        let master = self.inner.keys.master()?;
        let asker = asker.into();
        let (whose, of_stranger) = match &asker {
            CommandAsker::Person(person) => (person.as_bytes().as_slice(), false),
            CommandAsker::Stranger(address) => (address.as_bytes(), true),
        };
        let all: &[&[u8]] =
            if of_stranger { &[b"stranger", whose, key.as_bytes()] } else { &[whose, key.as_bytes()] };
        let mut id = master.keyed_hash("command id", all);
        id[..WHOSE].copy_from_slice(&master.keyed_hash("command asker", &[whose])[..WHOSE]);
        if of_stranger {
            id[..STRANGERS].copy_from_slice(&master.keyed_hash("command strangers", &[])[..STRANGERS]);
        }
        Ok(CommandKey { id, seal: Key::of(master.keyed_hash("command answer", all)), of_stranger })
    }

    /// Why there is no room for one that is new, if there is none. Strangers are not refused for it: their oldest are
    /// let go, those from the same address first, so that nobody takes it from others.
    async fn room(&self, key: &CommandKey, most: MostKept) -> Result<Option<Claim>, LogError> {
        let store = &self.inner.store;
        let (from, to) = key.alike(WHOSE);
        let own = store.count_commands(&from, &to).await?;
        if key.of_stranger {
            let (first, last) = key.alike(STRANGERS);
            let too_many = (own + 1).saturating_sub(most.of_address).min(LET_GO);
            store.forget_first_commands(&from, &to, too_many).await?;
            let all = store.count_commands(&first, &last).await?;
            let too_many = (all + 1).saturating_sub(most.of_strangers).min(LET_GO);
            store.forget_first_commands(&first, &last, too_many).await?;
        } else if own >= most.of_one {
            return Ok(Some(Claim::TooMany));
        }
        let all = store.count_commands(&[0; 32], &[0xff; 32]).await?;
        Ok((all >= most.of_all).then_some(Claim::Full))
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
        if store.command(&key.id).await?.is_none()
            && let Some(refused) = self.room(key, most).await?
        {
            return Ok(refused);
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
