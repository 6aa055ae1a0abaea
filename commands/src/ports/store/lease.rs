//! Leases: what one replica of the bot does and no other.

use std::fmt;

use crate::model::RollbackId;

/// What one replica of the bot does and no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LeaseName {
    /// Drives this rollback.
    Rollback(RollbackId),
    /// Shows messages.
    Chat,
    /// Feeds the ledger, and watches for drift.
    Observer,
}

impl fmt::Display for LeaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rollback(id) => write!(f, "rollback:{id}"),
            Self::Chat => f.write_str("chat"),
            Self::Observer => f.write_str("observer"),
        }
    }
}

/// A lease that was got. It fences the log: a commit under an epoch that is over is refused. What a
/// step does outside must end before the lease can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Of what.
    pub name: LeaseName,
    /// By which replica.
    pub holder: String,
    /// Grows with each new holder.
    pub epoch: u64,
}

/// A lease as others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseSeen {
    /// Who holds it; `None` after a release.
    pub holder: Option<String>,
    /// Its epoch.
    pub epoch: u64,
    /// Grows with each renewal. The same for a whole term on the looker's own clock means that the
    /// holder is gone.
    pub beat: u64,
}
