//! What the cluster was asked.

use super::Cluster;
use crate::kubernetes::journal::Call;

impl Cluster {
    /// All calls so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.shared.world().journal.clone()
    }

    /// The calls so far that write: no reviews, no rehearsals.
    #[must_use]
    pub fn writes(&self) -> Vec<Call> {
        self.calls().into_iter().filter(Call::is_write).collect()
    }

    /// How many calls so far were patches of this kind, rehearsals left out.
    #[must_use]
    pub fn patches(&self, plural: &str) -> usize {
        self.writes().iter().filter(|call| call.verb == "patch" && call.is_about(plural)).count()
    }

    /// Forgets the calls so far.
    pub fn forget_calls(&self) {
        self.shared.world().journal.clear();
    }

    /// The version that the cluster is at.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.shared.world().store.version()
    }
}
