//! The log, and the few rows beside it that must change in the same transaction.

mod commit;
mod deadline;
mod error;
mod lease;
mod retention;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;

pub use self::commit::{Commit, DeadlineChange, IncidentChange, LockChange, NewEvent, Write};
pub use self::deadline::{Deadline, DeadlineName};
pub use self::error::{CommitError, StoreError};
pub use self::lease::{Lease, LeaseName, LeaseSeen};
pub use self::retention::{StreamEnd, Tombstone};
use crate::model::{
    ChatName, Digest, IncidentId, Invocation, RollbackId, Sequence, ServiceKey, SlotId, StoredEvent, StreamId,
};

/// Whether an invocation is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// It is, and is stored.
    New,
    /// It was stored before.
    Duplicate,
}

/// A message as a slot last showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotRow {
    /// Which slot.
    pub slot: SlotId,
    /// In which chat.
    pub chat: ChatName,
    /// In which room, by the chat's own id.
    pub room: String,
    /// The chat's own id of the message, once it is known.
    pub message: Option<String>,
    /// What it shows, once that is known.
    pub shown: Option<Digest>,
    /// The key of an attempt whose outcome is not known yet.
    pub attempt: Option<String>,
}

/// The log and its rows.
///
/// Contract: a commit is one transaction, durable when it returns; positions grow in the order of
/// commits, so that a reader who has seen position *n* never misses an event before it.
#[async_trait]
pub trait Store: Send + Sync {
    /// Stores an invocation, once for each key, durably. Concurrent calls share one sync.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn accept(&self, invocation: &Invocation) -> Result<Accepted, StoreError>;

    /// Invocations that were stored and not handled, oldest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn unhandled(&self) -> Result<Vec<Invocation>, StoreError>;

    /// Marks an invocation handled where no commit does it; false if it was before. What it said
    /// (and its reply handle) is removed, its key stays.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn handled(&self, key: &str) -> Result<bool, StoreError>;

    /// Forgets the keys of handled invocations that were received before this.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn forget_invocations(&self, before: Timestamp) -> Result<u64, StoreError>;

    /// The next incident id of this UTC day. Never given twice; one that is not used leaves a gap.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn draw_incident(&self, day: Date) -> Result<IncidentId, StoreError>;

    /// Does all of it, or nothing.
    ///
    /// # Errors
    /// See [`CommitError`].
    async fn commit(&self, commit: Commit) -> Result<Vec<StoredEvent>, CommitError>;

    /// The events of a stream after this sequence, in order.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn read(&self, stream: &StreamId, after: Sequence) -> Result<Vec<StoredEvent>, StoreError>;

    /// Which streams grew after this position, as `(position, stream)` in order, at most `limit`.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn since(&self, position: u64, limit: usize) -> Result<Vec<(u64, StreamId)>, StoreError>;

    /// Open incidents, newest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn open_incidents(&self) -> Result<Vec<IncidentId>, StoreError>;

    /// Incidents that were closed before this, the oldest first, at most `limit`.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn closed_incidents(&self, before: Timestamp, limit: usize) -> Result<Vec<IncidentId>, StoreError>;

    /// Removes everything of a closed incident and of its rollbacks but its number, and leaves a
    /// tombstone. `None`, and nothing is removed, where it is open, is not known, was removed before, or
    /// still has a lock or a deadline.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn remove_incident(&self, id: IncidentId, at: Timestamp) -> Result<Option<Tombstone>, StoreError>;

    /// What is left of an incident that was removed.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn tombstone(&self, id: IncidentId) -> Result<Option<Tombstone>, StoreError>;

    /// Who locks what.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn locks(&self) -> Result<Vec<(ServiceKey, RollbackId)>, StoreError>;

    /// All deadlines, the next one first.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn deadlines(&self) -> Result<Vec<Deadline>, StoreError>;

    /// How a lease stands; `None` if nobody ever had it.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn lease(&self, name: LeaseName) -> Result<Option<LeaseSeen>, StoreError>;

    /// Takes a lease that stands exactly as it was seen; `None` if it does not any more.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn take_lease(
        &self,
        name: LeaseName,
        holder: &str,
        seen: Option<LeaseSeen>,
    ) -> Result<Option<Lease>, StoreError>;

    /// Renews these in one transaction, and gives those that are still held.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn renew_leases(&self, leases: &[Lease]) -> Result<Vec<Lease>, StoreError>;

    /// Gives a lease back, so that others need not wait. A lost one is no error.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError>;

    /// The slots of an incident and of its rollbacks.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn slots(&self, incident: IncidentId) -> Result<Vec<SlotRow>, StoreError>;

    /// Writes a slot: one row for each slot and chat.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn put_slot(&self, row: &SlotRow) -> Result<(), StoreError>;

    /// How far a reader of [`since`](Self::since) has come; 0 at first.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn cursor(&self, reader: &str) -> Result<u64, StoreError>;

    /// Remembers how far a reader has come.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn set_cursor(&self, reader: &str, position: u64) -> Result<(), StoreError>;
}
