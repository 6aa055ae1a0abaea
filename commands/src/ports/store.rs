//! The log, and the few rows beside it that must change in the same transaction.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::model::{
    Actor, ChatName, Digest, IncidentId, Invocation, RollbackId, Sequence, ServiceKey, SlotId, StoredEvent, StreamId,
};

/// All that changes at once, or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Commit {
    /// Facts, each stream with the sequence that the writer saw last.
    pub writes: Vec<Write>,
    /// Who must still hold which lease.
    pub fence: Option<Lease>,
    /// The invocation that is handled by this, so that it is handled once.
    pub handles: Option<String>,
    /// Locks taken, passed on, freed.
    pub locks: Vec<LockChange>,
    /// Deadlines set and cleared.
    pub deadlines: Vec<DeadlineChange>,
    /// Incidents opened and closed.
    pub incidents: Vec<IncidentChange>,
}

/// New facts of one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Which stream.
    pub stream: StreamId,
    /// The last sequence that the writer knows; [`Sequence::START`] where the stream must not exist.
    pub expected: Sequence,
    /// The facts, in order. Never empty.
    pub events: Vec<NewEvent>,
}

/// A fact on its way into the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Wall time of the writer.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: Actor,
    /// Its type.
    pub kind: String,
    /// The version of its body's shape.
    pub version: u32,
    /// The configuration under which it is written.
    pub configuration: Digest,
    /// The exact bytes of its body.
    pub body: String,
}

impl NewEvent {
    /// Gives the fact its place: every store does it by this function, so that every store's chain of
    /// hashes is the same. `previous` is the hash of the event before it, zero for the first.
    #[must_use]
    pub fn seal(self, position: u64, stream: &StreamId, sequence: Sequence, previous: Digest) -> StoredEvent {
        let mut event = StoredEvent {
            position,
            stream: stream.clone(),
            sequence,
            at: self.at,
            actor: self.actor,
            kind: self.kind,
            version: self.version,
            configuration: self.configuration,
            previous,
            body: self.body,
            hash: Digest::default(),
        };
        event.hash = event.expected_hash();
        event
    }
}

impl StoredEvent {
    /// The hash that belongs to what this event says; another one in [`hash`](Self::hash) means that
    /// somebody changed the log. Each field is preceded by its length, so that no two events share
    /// their bytes.
    #[must_use]
    pub fn expected_hash(&self) -> Digest {
        let mut hasher = Sha256::new();
        let mut field = |bytes: &[u8]| {
            hasher.update((bytes.len() as u64).to_be_bytes());
            hasher.update(bytes);
        };
        field(self.stream.to_string().as_bytes());
        field(&self.sequence.0.to_be_bytes());
        field(self.at.to_string().as_bytes());
        // An actor is made of strings and always serializes.
        field(&serde_json::to_vec(&self.actor).unwrap_or_default());
        field(self.kind.as_bytes());
        field(&self.version.to_be_bytes());
        field(&self.configuration.0);
        field(&self.previous.0);
        field(self.body.as_bytes());
        Digest(hasher.finalize().into())
    }
}

/// What happens to the lock of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockChange {
    /// It must be free, or this rollback's already.
    Take {
        /// Which service.
        service: ServiceKey,
        /// For which rollback.
        rollback: RollbackId,
    },
    /// It must be the first one's; a service that `from` does not hold is an error.
    Pass {
        /// Which service.
        service: ServiceKey,
        /// Who holds it.
        from: RollbackId,
        /// Who gets it.
        to: RollbackId,
    },
    /// All that this rollback holds.
    Free {
        /// Which rollback.
        rollback: RollbackId,
    },
}

/// What happens to a deadline. A deadline is a row, never a task's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeadlineChange {
    /// Sets it, or moves it.
    Set(Deadline),
    /// Clears it; none there is no error.
    Clear {
        /// Whose.
        rollback: RollbackId,
        /// Which.
        name: DeadlineName,
    },
    /// Clears exactly this one, which has come; one that was moved meanwhile stays.
    Met(Deadline),
    /// Clears all of a rollback.
    ClearAll {
        /// Whose.
        rollback: RollbackId,
    },
}

/// Something that is to happen at a wall time, whoever is alive then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// Whose.
    pub rollback: RollbackId,
    /// Which; unique within the rollback.
    pub name: DeadlineName,
    /// When.
    pub at: Timestamp,
}

/// Which deadline of a rollback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeadlineName {
    /// Ten minutes since the trouble was noticed [J5].
    DecisionSoon,
    /// Fifteen minutes since [J5].
    DecisionDue,
    /// The request, or its votes, expire.
    Expiry,
    /// A question still waits.
    Remind,
    /// The watch for drift is over.
    WatchEnd,
}

impl DeadlineName {
    /// Every name.
    pub const ALL: [Self; 5] = [Self::DecisionSoon, Self::DecisionDue, Self::Expiry, Self::Remind, Self::WatchEnd];

    /// How a row names it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::DecisionSoon => "decision-soon",
            Self::DecisionDue => "decision-due",
            Self::Expiry => "expiry",
            Self::Remind => "remind",
            Self::WatchEnd => "watch-end",
        }
    }
}

impl FromStr for DeadlineName {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        Self::ALL
            .into_iter()
            .find(|name| name.word() == text)
            .ok_or_else(|| StoreError::Corrupt { what: "a deadline".to_owned(), why: text.to_owned() })
    }
}

/// Which incidents are open, for listings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentChange {
    /// Opened, or opened again.
    Open(IncidentId),
    /// Closed.
    Close(IncidentId),
}

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

/// Whether an invocation is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// It is, and is stored.
    New,
    /// It was stored before.
    Duplicate,
}

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
