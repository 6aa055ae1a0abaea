//! What a commit says: facts, and the rows that change with them.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{Deadline, DeadlineName, Lease};
use crate::model::{Actor, Digest, IncidentId, RollbackId, Sequence, ServiceKey, StoredEvent, StreamId};

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

/// Which incidents are open, for listings, and since when the others are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentChange {
    /// Opened, or opened again.
    Open(IncidentId),
    /// Closed.
    Close {
        /// Which.
        incident: IncidentId,
        /// When.
        at: Timestamp,
    },
}
