//! What controllers still have to look at, and when.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::store::Key;

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Work {
    /// An object that a controller or a kubelet brings to what it should be.
    Sync(Key),
    /// An object that is brought back to what is written elsewhere.
    Hold(Key),
    /// What is used of the quotas of a namespace.
    Quota(String),
    /// What belonged to an owner that is gone, by its identity.
    Orphans(String),
}

/// Work later than this is a deadline, a back-off or a period, and nothing that a quiet cluster waits for.
const SOON: SignedDuration = SignedDuration::from_millis(700);

/// Each piece of work once, in the order in which it is due.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    due: BTreeMap<(Timestamp, u64), Work>,
    waiting: HashMap<Work, (Timestamp, u64)>,
    serial: u64,
}

impl Queue {
    /// Adds it, or moves it forward if it is due later than this.
    pub(crate) fn push(&mut self, work: Work, at: Timestamp) {
        if let Some(place) = self.waiting.get(&work) {
            if place.0 <= at {
                return;
            }
            self.due.remove(&place.clone());
        }
        self.serial += 1;
        self.due.insert((at, self.serial), work.clone());
        self.waiting.insert(work, (at, self.serial));
    }

    /// The first that is due at this time.
    pub(crate) fn pop(&mut self, now: Timestamp) -> Option<Work> {
        let place = *self.due.first_key_value()?.0;
        if place.0 > now {
            return None;
        }
        let work = self.due.remove(&place)?;
        self.waiting.remove(&work);
        Some(work)
    }

    /// When the next is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.due.first_key_value().map(|(place, _)| place.0)
    }

    /// Whether nothing is due soon.
    pub(crate) fn is_quiet(&self, now: Timestamp) -> bool {
        self.next().is_none_or(|next| next > now + SOON)
    }

    /// The next that is due soon, whether its time has come or not.
    pub(crate) fn pop_soon(&mut self, now: Timestamp) -> Option<Work> {
        self.pop(now + SOON)
    }
}
