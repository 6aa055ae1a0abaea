//! What is not kept for ever: keys of old invocations, and incidents that were closed long ago.

use jiff::SignedDuration;

use super::Engine;
use crate::ports::StoreError;

/// For how long the keys of handled invocations are remembered: longer than any chat delivers twice.
const REMEMBER: SignedDuration = SignedDuration::from_hours(48);

/// So many incidents are removed in one go, each in a transaction of its own: an append waits for one
/// of them at most.
const AT_ONCE: usize = 20;

impl Engine {
    /// Removes what is old enough. Two replicas may do so at once: each incident is removed by one.
    pub(super) async fn forget_what_is_old(&self) {
        let now = self.ports.clock.now();
        if let Err(error) = self.ports.store.forget_invocations(now - REMEMBER).await {
            tracing::warn!(%error, "old invocations could not be forgotten");
        }
        if let Err(error) = self.remove_old_incidents(now).await {
            tracing::warn!(%error, "old incidents could not be removed");
        }
    }

    async fn remove_old_incidents(&self, now: jiff::Timestamp) -> Result<(), StoreError> {
        let Some(keep) = self.settings().keep_incidents else { return Ok(()) };
        let Ok(before) = now.checked_sub(keep) else { return Ok(()) };
        for id in self.ports.store.closed_incidents(before, AT_ONCE).await? {
            if let Some(tombstone) = self.ports.store.remove_incident(id, now).await? {
                self.journal.forget(id);
                tracing::info!(incident = %id, closed_at = %tombstone.closed_at, "an old incident was removed");
            }
        }
        Ok(())
    }
}
