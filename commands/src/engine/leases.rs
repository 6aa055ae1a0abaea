//! Keeps what this replica alone does. A lease that may be lost cancels what is done under it, before
//! another replica can hold it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::ports::{Clock, Lease, LeaseName, LeaseSeen, Monotonic, Store, StoreError};

/// A lease that this replica holds, as far as it knows.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// The lease.
    pub(super) lease: Lease,
    /// Cancelled when it is lost, or may be.
    pub(super) lost: CancellationToken,
}

/// All leases of one replica.
pub(super) struct Leases {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    replica: String,
    held: Mutex<HashMap<LeaseName, (Held, Monotonic)>>,
    seen: Mutex<HashMap<LeaseName, (LeaseSeen, Monotonic)>>,
    /// When the keeper last went round.
    last_round: Mutex<Monotonic>,
}

impl Leases {
    pub(super) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, replica: String) -> Self {
        Self { store, clock, replica, held: Mutex::default(), seen: Mutex::default(), last_round: Mutex::default() }
    }

    /// Takes a lease that is free, or whose holder has not renewed it for a whole term of this
    /// replica's own clock.
    pub(super) async fn try_take(
        &self,
        name: LeaseName,
        term: std::time::Duration,
    ) -> Result<Option<Held>, StoreError> {
        if let Some((held, _)) = self.lock_held().get(&name) {
            return Ok(Some(held.clone()));
        }
        let now = self.clock.monotonic();
        let seen = self.store.lease(name).await?;
        if let Some(seen) = seen.as_ref().filter(|seen| seen.holder.is_some())
            && !self.is_abandoned(name, seen, now, term)
        {
            return Ok(None);
        }
        let taken_at = self.clock.monotonic();
        let Some(lease) = self.store.take_lease(name, &self.replica, seen).await? else { return Ok(None) };
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
        let held = Held { lease, lost: CancellationToken::new() };
        self.lock_held().insert(name, (held.clone(), taken_at));
        Ok(Some(held))
    }

    /// True if the lease stood exactly like this for a whole term.
    fn is_abandoned(&self, name: LeaseName, now_seen: &LeaseSeen, now: Monotonic, term: std::time::Duration) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.get(&name) {
            Some((before, since)) if before == now_seen => now.since(*since) >= term,
            _ => {
                seen.insert(name, (now_seen.clone(), now));
                false
            }
        }
    }

    /// Renews all; what is lost, or was not renewed for two thirds of a term, is cancelled.
    async fn renew(&self, term: std::time::Duration) {
        let leases: Vec<Lease> = self.lock_held().values().map(|(held, _)| held.lease.clone()).collect();
        if leases.is_empty() {
            return;
        }
        let asked_at = self.clock.monotonic();
        // A store that hangs must not keep a lease from being known as lost.
        let oldest = self.lock_held().values().map(|(_, renewed_at)| *renewed_at).min().unwrap_or(asked_at);
        let renewed = tokio::select! {
            renewed = self.store.renew_leases(&leases) => renewed,
            () = self.clock.sleep_until(oldest.after(term * 2 / 3)) => {
                Err(StoreError::Unavailable("no answer while the leases lasted".to_owned()))
            }
        };
        let mut held = self.lock_held();
        for lease in leases {
            let Some((known, renewed_at)) = held.get_mut(&lease.name) else { continue };
            if known.lease != lease {
                continue;
            }
            match &renewed {
                Ok(kept) if kept.contains(&lease) => *renewed_at = asked_at,
                Ok(_) => known.lost.cancel(),
                Err(error) => {
                    tracing::warn!(lease = %lease.name, %error, "a lease could not be renewed");
                    if self.clock.monotonic().since(*renewed_at) >= term * 2 / 3 {
                        known.lost.cancel();
                    }
                }
            }
        }
        held.retain(|_, (known, _)| !known.lost.is_cancelled());
    }

    /// Gives one back.
    pub(super) async fn release(&self, held: &Held) {
        self.lock_held().remove(&held.lease.name);
        if let Err(error) = self.store.release_lease(&held.lease).await {
            tracing::warn!(lease = %held.lease.name, %error, "a lease could not be given back; it will run out");
        }
    }

    pub(super) async fn release_all(&self) {
        let all: Vec<Held> = self.lock_held().values().map(|(held, _)| held.clone()).collect();
        for held in all {
            self.release(&held).await;
        }
    }

    fn lock_held(&self) -> std::sync::MutexGuard<'_, HashMap<LeaseName, (Held, Monotonic)>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Renews leases three times a term, for ever.
    pub(super) async fn keep_leases(self: Arc<Self>) {
        loop {
            let term = self.settings().pace.lease_term;
            let clock = &self.ports.clock;
            *self.leases.last_round.lock().unwrap_or_else(PoisonError::into_inner) = clock.monotonic();
            clock.sleep_until(clock.monotonic().after(term / 3)).await;
            self.leases.renew(term).await;
        }
    }

    /// How long ago the keeper of leases last went round; more than a term means that this replica is
    /// stuck, or does not run.
    #[must_use]
    pub fn leases_unkept_for(&self) -> std::time::Duration {
        let last = *self.leases.last_round.lock().unwrap_or_else(PoisonError::into_inner);
        self.ports.clock.monotonic().since(last)
    }
}
