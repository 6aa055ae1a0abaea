//! The log of a bot, read beside it.

use std::collections::BTreeMap;
use std::path::Path;

use adapters::store::sqlite::SqliteStore;
use commands::model::{Digest, Sequence, StoredEvent, StreamId};
use commands::ports::Store as _;

/// Everything, in the order in which it was stored.
pub(super) async fn events(database: &Path) -> Vec<StoredEvent> {
    let store = SqliteStore::open(database).await.unwrap();
    let mut streams: Vec<StreamId> = store.since(0, 10_000).await.unwrap().into_iter().map(|(_, stream)| stream).collect();
    streams.sort_by_key(ToString::to_string);
    streams.dedup();
    let mut events = Vec::new();
    for stream in streams {
        events.extend(store.read(&stream, Sequence::START).await.unwrap());
    }
    store.close().await;
    events.sort_by_key(|event| event.position);
    events
}

/// Fails unless each stream counts from 1 without a gap, and each event holds the hash of the one before
/// it and its own.
pub(super) fn assert_whole(events: &[StoredEvent]) {
    let mut last: BTreeMap<String, (Sequence, Digest)> = BTreeMap::new();
    for event in events {
        let (sequence, hash) = last.entry(event.stream.to_string()).or_default();
        assert_eq!((event.sequence.0, event.previous), (sequence.0 + 1, *hash), "{event:?}");
        assert_eq!(event.hash, event.expected_hash(), "{event:?}");
        (*sequence, *hash) = (event.sequence, event.hash);
    }
}
