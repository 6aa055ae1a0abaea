//! Why a store did not do what it was asked.

use super::LeaseName;
use crate::model::{RollbackId, Sequence, ServiceKey, StreamId};

/// Why the store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No room is left on the disk.
    #[error("the disk of the log is full: {0}")]
    Full(String),
    /// It does not answer.
    #[error("the log is not available: {0}")]
    Unavailable(String),
    /// It holds what it should not.
    #[error("the log holds {what} that cannot be read: {why}")]
    Corrupt {
        /// What was read.
        what: String,
        /// Why it cannot be.
        why: String,
    },
}

/// Why nothing of a commit was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Somebody else wrote first. Read, fold, decide again.
    #[error("{stream} is at {found:?}, not at {expected:?}")]
    Conflict {
        /// Which stream.
        stream: StreamId,
        /// What the writer knew.
        expected: Sequence,
        /// What is so.
        found: Sequence,
    },
    /// The lease is somebody else's now.
    #[error("the lease of {0} is lost")]
    Fenced(LeaseName),
    /// The invocation was handled before.
    #[error("invocation {0} was handled before")]
    AlreadyHandled(String),
    /// The lock is somebody else's.
    #[error("{service} is locked by {by}")]
    Locked {
        /// Which service.
        service: ServiceKey,
        /// Who holds it.
        by: RollbackId,
    },
    /// A lock that should be passed on is not held by who should hold it.
    #[error("{service} is not locked by {by}")]
    NotLocked {
        /// Which service.
        service: ServiceKey,
        /// Who should hold it.
        by: RollbackId,
    },
    /// The store itself failed. Whether it is there after a restart, reading tells.
    #[error(transparent)]
    Store(#[from] StoreError),
}
