//! The connections to a database, and how long is waited for what goes over them. A server that hangs would be
//! waited for without end, also by the driver itself: a pool that takes a connection back asks it first whether
//! it still lives. So the whole pool is exchanged for a new one as soon as something was not answered in time.

use super::database::Reason;
use crate::event_log::store::{StoreError, Stored};
use sea_orm::DatabaseConnection;
use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

/// How long is waited for one answer of a server.
pub(super) const ANSWER: Duration = Duration::from_secs(15);
/// The same for what writes whole tables anew.
pub(super) const LONG_ANSWER: Duration = Duration::from_secs(300);
/// How long an exchanged pool may take to end its connections.
const FAREWELL: Duration = Duration::from_secs(30);

/// Opens a pool in the place of one that does not answer.
type Open = Box<dyn Fn() -> DatabaseConnection + Send + Sync>;

/// A pool that may be exchanged for another.
pub(super) struct Slot {
    /// Counts exchanges, so that those who waited for one pool exchange it once.
    pool: RwLock<(u64, DatabaseConnection)>,
    /// None where nothing hangs: an embedded database has limits of its own.
    open: Option<Open>,
    reason: Reason,
}

impl Slot {
    pub(super) fn new(pool: DatabaseConnection, open: Option<Open>, reason: Reason) -> Arc<Self> {
        Arc::new(Self { pool: RwLock::new((0, pool)), open, reason })
    }

    pub(super) fn connection(&self) -> DatabaseConnection {
        self.pool.read().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// The pool as it is now, and the means to wait for what goes over it.
    pub(super) fn lease(self: &Arc<Self>) -> (DatabaseConnection, Lease) {
        let pool = self.pool.read().unwrap_or_else(PoisonError::into_inner);
        (pool.1.clone(), Lease { slot: self.clone(), count: pool.0 })
    }

    /// Asks something of the pool, within its time.
    pub(super) async fn ask<T, F>(
        self: &Arc<Self>,
        limit: Duration,
        call: impl FnOnce(DatabaseConnection) -> F,
    ) -> Stored<T>
    where
        F: Future<Output = Stored<T>>,
    {
        let (pool, lease) = self.lease();
        lease.within(limit, call(pool)).await
    }

    /// From now on this pool is used. The one before is closed beside the way, which waits for whoever uses it.
    pub(super) fn replace(&self, fresh: DatabaseConnection) {
        let old = {
            let mut pool = self.pool.write().unwrap_or_else(PoisonError::into_inner);
            pool.0 += 1;
            std::mem::replace(&mut pool.1, fresh)
        };
        // Without a runtime, everything ends anyway.
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            if let Ok(Err(error)) = timeout(FAREWELL, old.close()).await {
                tracing::warn!(%error, "the connection that failed could not be closed");
            }
        });
    }
}

/// Stands for the pool that a connection is of.
#[derive(Clone)]
pub(super) struct Lease {
    slot: Arc<Slot>,
    count: u64,
}

impl Lease {
    /// Waits for an answer of a server, but not for ever.
    pub(super) async fn within<T>(
        &self,
        limit: Duration,
        call: impl Future<Output = Stored<T>>,
    ) -> Stored<T> {
        if self.slot.open.is_none() {
            return call.await;
        }
        // Declared before the guard, so that the pool is exchanged before the connection is given back.
        tokio::pin!(call);
        let mut guard = Guard(Some(self));
        let answer = tokio::select! {
            answer = &mut call => answer,
            () = sleep(limit) => {
                return Err(StoreError(format!("the server has not answered for {} s", limit.as_secs())));
            }
        };
        guard.0 = None;
        // The driver tells of a new connection that was not fit only that it waited in vain.
        answer.map_err(|error| self.slot.reason.take().map_or(error, StoreError))
    }

    /// Whether its pool was exchanged for another.
    pub(super) fn is_over(&self) -> bool {
        self.slot.pool.read().unwrap_or_else(PoisonError::into_inner).0 != self.count
    }

    /// Exchanges the pool, unless somebody has already.
    pub(super) fn exchange(&self) {
        let Some(open) = &self.slot.open else { return };
        if !self.is_over() {
            self.slot.replace(open());
        }
    }
}

/// Exchanges the pool when an answer is not waited for any more.
struct Guard<'a>(Option<&'a Lease>);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Some(lease) = self.0 {
            lease.exchange();
        }
    }
}
