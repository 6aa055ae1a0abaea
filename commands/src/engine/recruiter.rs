//! Finds runs that nobody drives, and drives them: after an approval, after a restart, after another
//! replica has died.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Engine;
use crate::model::RollbackId;
use crate::ports::LeaseName;
use crate::saga::{JournalError, Phase};

impl Engine {
    pub(super) async fn recruit_drivers(self: Arc<Self>, stop: CancellationToken) {
        let drivers = TaskTracker::new();
        loop {
            if let Err(error) = self.recruit(&drivers, &stop).await {
                tracing::warn!(%error, "runs that nobody drives could not be looked for");
            }
            let clock = &self.ports.clock;
            let again = clock.monotonic().after(self.settings().pace.look_every);
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.bell.work.notified() => {}
                () = clock.sleep_until(again) => {}
            }
        }
        drivers.close();
        drivers.wait().await;
    }

    async fn recruit(self: &Arc<Self>, drivers: &TaskTracker, stop: &CancellationToken) -> Result<(), JournalError> {
        // Whatever waits, runs or is paused holds its locks.
        let holders: BTreeSet<RollbackId> =
            self.ports.store.locks().await?.into_iter().map(|(_, rollback)| rollback).collect();
        for id in holders {
            if self.bell.is_driven(id) {
                continue;
            }
            let state = match self.journal.rollback(id).await {
                Ok(state) => state,
                // One that cannot be read must not keep the others from being driven.
                Err(error) => {
                    tracing::error!(rollback = %id, %error, "it cannot be driven");
                    continue;
                }
            };
            if !matches!(state.phase, Phase::Approved | Phase::Running) {
                continue;
            }
            let term = self.settings().pace.lease_term;
            let Some(held) = self.leases.try_take(LeaseName::Rollback(id), term).await? else { continue };
            let bell = self.bell.of_driver(id);
            let engine = Arc::clone(self);
            let stop = stop.clone();
            drivers.spawn(async move {
                if AssertUnwindSafe(engine.drive(id, &held, &bell, &stop)).catch_unwind().await.is_err() {
                    tracing::error!(rollback = %id, "its driver panicked; another one goes on from the log");
                    engine.pause_after_trouble(&stop).await;
                }
                engine.leases.release(&held).await;
                engine.bell.hang_up(id);
            });
        }
        Ok(())
    }
}
