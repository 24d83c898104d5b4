//! Answers to requests that carry a key of their sender's, so that one that comes again is answered the same.

use crate::event_log::{Claim, CommandAsker, CommandKey, EventLog, LogError, MostKept};
use std::collections::HashSet;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use thiserror::Error;
use tokio::runtime::Handle;
use watchroom_domain::{HOUR_US, Micros};

/// How long an answer is kept.
const KEPT_US: Micros = 24 * HOUR_US;

/// How many are kept: enough for a program that registers every machine of a large institute in a day, and so few
/// that nobody fills the disk with them. Strangers sign in, and little else.
const MOST: MostKept = MostKept { of_one: 2_000, of_address: 50, of_strangers: 5_000, of_all: 50_000 };

/// What cannot be kept or looked up.
#[derive(Debug, Error)]
pub enum AnswersError {
    /// The log says why.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The hub is stopping.
    #[error("the hub is stopping")]
    Stopping,
}

/// What is known of a request.
pub enum Asked {
    /// It is to be carried out now.
    First(UnderWay),
    /// It was answered like this.
    Before(Vec<u8>),
    /// Its key came with another request before.
    Another,
    /// It is being carried out at this moment.
    UnderWay,
    /// The hub ended while it was carried out, so that nobody knows what came of it.
    Lost,
    /// Its asker has sent as many keys as are kept of one person.
    TooMany,
    /// As many keys are kept as there may be.
    Full,
}

/// The answers that were given. Clones are the same.
#[derive(Clone)]
pub struct Answers {
    log: EventLog,
    runtime: Handle,
    under_way: Arc<Mutex<HashSet<[u8; 32]>>>,
}

/// A request that is being carried out.
pub struct UnderWay {
    answers: Answers,
    key: CommandKey,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.answers.lock().remove(&self.key.id());
    }
}

impl Answers {
    /// Answers beside this log.
    pub fn new(log: EventLog, runtime: Handle) -> Self {
        Self { log, runtime, under_way: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<[u8; 32]>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request comes with a key.
    ///
    /// # Errors
    /// [`AnswersError`]: it is not to be carried out then.
    pub async fn ask(
        &self,
        asker: CommandAsker<'_>,
        key: &str,
        request: Vec<u8>,
        now_us: Micros,
    ) -> Result<Asked, AnswersError> {
        let key = self.log.command_key(asker, key)?;
        if !self.lock().insert(key.id()) {
            return Ok(Asked::UnderWay);
        }
        let under_way = UnderWay { answers: self.clone(), key: key.clone() };
        let log = self.log.clone();
        let claim = self.on_runtime(async move {
            log.claim_command(&key, &request, now_us, now_us.saturating_add(KEPT_US), MOST).await
        });
        Ok(match claim.await? {
            Claim::Fresh => Asked::First(under_way),
            Claim::Answered(answer) => Asked::Before(answer),
            Claim::Another => Asked::Another,
            Claim::Unanswered => Asked::Lost,
            Claim::TooMany => Asked::TooMany,
            Claim::Full => Asked::Full,
        })
    }

    async fn on_runtime<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, LogError>> + Send + 'static,
    ) -> Result<T, AnswersError> {
        Ok(self.runtime.spawn(work).await.map_err(|_| AnswersError::Stopping)??)
    }
}

impl UnderWay {
    /// It was answered like this.
    ///
    /// # Errors
    /// [`AnswersError`] when the answer is not kept: the same request is told that nobody knows what came of it.
    pub async fn answered(self, answer: Vec<u8>) -> Result<(), AnswersError> {
        let (log, key) = (self.answers.log.clone(), self.key.clone());
        self.answers.on_runtime(async move { log.answer_command(&key, &answer).await }).await
    }

    /// Nothing came of it: it may be asked again.
    ///
    /// # Errors
    /// [`AnswersError`] when that cannot be kept.
    pub async fn came_to_nothing(self) -> Result<(), AnswersError> {
        let (log, key) = (self.answers.log.clone(), self.key.clone());
        self.answers.on_runtime(async move { log.forget_command(&key).await }).await
    }
}
