//! What is left of an incident whose facts are not kept any more.

use jiff::Timestamp;

use crate::model::{Digest, IncidentId, Sequence, StreamId};

/// Stands where the streams of a closed incident stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// Which incident.
    pub incident: IncidentId,
    /// When it was closed.
    pub closed_at: Timestamp,
    /// When its facts were removed.
    pub removed_at: Timestamp,
    /// How its streams ended: the last sequence, and the hash there. They prove that a copy, kept
    /// elsewhere, is what was removed.
    pub ends: Vec<StreamEnd>,
}

/// How a stream ended.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StreamEnd {
    /// Which stream, as its id is written.
    pub stream: StreamId,
    /// The sequence of its last event.
    pub sequence: Sequence,
    /// The hash of its last event.
    pub hash: Digest,
}
