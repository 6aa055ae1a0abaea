//! Events to bytes and back. Old shapes are upcast here, on reading; the bytes of the log never change.

use crate::model::{Event, Sequence, StoredEvent, StreamId};

/// The version of event bodies that this release writes.
pub const VERSION: u32 = 1;

/// Said of an event that this release does not understand. It pauses that rollback, never the bot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// A newer release wrote it.
    #[error("event `{kind}` of version {version} is newer than this release")]
    Newer {
        /// Its type.
        kind: String,
        /// Its version.
        version: u32,
    },
    /// Its hash, or the one before it, is not what was written.
    #[error("event {} of {stream} is not as it was written: its hash does not fit", .sequence.0)]
    Changed {
        /// Of which stream.
        stream: StreamId,
        /// Which.
        sequence: Sequence,
    },
    /// Its body is not what its type says.
    #[error("event `{kind}` cannot be read: {why}")]
    Unreadable {
        /// Its type.
        kind: String,
        /// Why.
        why: String,
    },
}

/// The type and the body of an event.
///
/// # Errors
/// [`CodecError::Unreadable`] if a field cannot be written as JSON.
pub fn encode(event: &Event) -> Result<(String, String), CodecError> {
    let value = match event {
        Event::Incident(event) => serde_json::to_value(event),
        Event::Rollback(event) => serde_json::to_value(event),
        Event::Service(event) => serde_json::to_value(event),
    };
    let unwritable = |why: String| CodecError::Unreadable { kind: "new event".to_owned(), why };
    let value = value.map_err(|error| unwritable(error.to_string()))?;
    let kind = value.get("type").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    Ok((kind, value.to_string()))
}

/// The event of a stored body.
///
/// # Errors
/// [`CodecError`] if this release does not understand it.
pub fn decode(stored: &StoredEvent) -> Result<Event, CodecError> {
    if stored.version > VERSION {
        return Err(CodecError::Newer { kind: stored.kind.clone(), version: stored.version });
    }
    let event = match stored.stream {
        StreamId::Incident(_) => serde_json::from_str(&stored.body).map(Event::Incident),
        StreamId::Rollback(_) => serde_json::from_str(&stored.body).map(Event::Rollback),
        StreamId::Service(_) => serde_json::from_str(&stored.body).map(Event::Service),
    };
    event.map_err(|error| CodecError::Unreadable { kind: stored.kind.clone(), why: error.to_string() })
}
