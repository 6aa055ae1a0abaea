//! Wakes loops of this process when there is news. Only a hint: each loop also looks by itself now and
//! then, since another replica rings no bell here.

use std::sync::Arc;

use dashmap::DashMap;
use tokio::sync::Notify;

use crate::model::{RollbackId, StoredEvent, StreamId};
use crate::ports::DeadlineChange;

/// One for each engine.
#[derive(Default)]
pub(super) struct Bell {
    drivers: DashMap<RollbackId, Arc<Notify>>,
    /// Something was appended to an incident or a rollback.
    pub(super) news: Notify,
    /// A rollback may want a driver.
    pub(super) work: Notify,
    /// A deadline was set.
    pub(super) deadline: Notify,
}

pub(super) fn is_set(change: &DeadlineChange) -> bool {
    matches!(change, DeadlineChange::Set(_))
}

impl Bell {
    /// For these events.
    pub(super) fn ring(&self, stored: &[StoredEvent], sets_deadline: bool) {
        for event in stored {
            match &event.stream {
                StreamId::Rollback(id) => {
                    if let Some(driver) = self.drivers.get(id) {
                        driver.notify_one();
                    }
                    if event.kind == "approved" {
                        self.work.notify_one();
                    }
                    self.news.notify_one();
                }
                StreamId::Incident(_) => self.news.notify_one(),
                StreamId::Service(_) => {}
            }
        }
        if sets_deadline {
            self.deadline.notify_one();
        }
    }

    /// The bell of one driver, from now until [`hang_up`](Self::hang_up).
    pub(super) fn of_driver(&self, id: RollbackId) -> Arc<Notify> {
        Arc::clone(&self.drivers.entry(id).or_default())
    }

    /// The driver has gone.
    pub(super) fn hang_up(&self, id: RollbackId) {
        self.drivers.remove(&id);
    }

    /// Whether this process drives the rollback.
    pub(super) fn is_driven(&self, id: RollbackId) -> bool {
        self.drivers.contains_key(&id)
    }
}
