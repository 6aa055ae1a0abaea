//! The chain of hashes: each event names the hash of the one before it, so that a log which somebody
//! changed afterwards shows it. It shows no change by somebody who wrote all later hashes anew.

use std::collections::BTreeSet;

use super::codec::{self, CodecError};
use crate::model::{Digest, Event, Sequence, StoredEvent, StreamId};
use crate::ports::{Store, StoreError};

/// So many entries of growth are read at once.
const PAGE: usize = 10_000;

/// The hash at the end of a stream, as far as it was read; zero at its start.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Chain(Digest);

impl Chain {
    /// The next event of the stream, if it is what was written.
    ///
    /// # Errors
    /// [`CodecError`] if it was changed, or this release does not understand it.
    pub(super) fn decode(&mut self, stored: &StoredEvent) -> Result<Event, CodecError> {
        let whole = self.follow(stored);
        if !whole {
            return Err(CodecError::Changed { stream: stored.stream.clone(), sequence: stored.sequence });
        }
        codec::decode(stored)
    }

    /// Whether the event fits the one before it, and its own hash. Goes on with the hash that it names,
    /// so that one change is one finding.
    fn follow(&mut self, stored: &StoredEvent) -> bool {
        let fits = stored.previous == self.0 && stored.hash == stored.expected_hash();
        self.0 = stored.hash;
        fits
    }
}

/// What a look through a whole log found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inspection {
    /// How many streams it has.
    pub streams: usize,
    /// How many events.
    pub events: usize,
    /// Events that are not as they were written, or stand behind a gap.
    pub changed: Vec<(StreamId, Sequence)>,
}

/// Looks through a whole log. Reads only.
///
/// # Errors
/// See [`StoreError`].
pub async fn inspect(store: &dyn Store) -> Result<Inspection, StoreError> {
    let mut inspection = Inspection::default();
    for stream in streams(store).await? {
        let mut chain = Chain::default();
        let mut expected = Sequence::START;
        for stored in store.read(&stream, Sequence::START).await? {
            expected = expected.next();
            let fits = chain.follow(&stored) && stored.sequence == expected;
            if !fits {
                inspection.changed.push((stream.clone(), stored.sequence));
            }
            expected = stored.sequence;
            inspection.events += 1;
        }
        inspection.streams += 1;
    }
    Ok(inspection)
}

async fn streams(store: &dyn Store) -> Result<BTreeSet<StreamId>, StoreError> {
    let mut streams = BTreeSet::new();
    let mut position = 0;
    loop {
        let page = store.since(position, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(streams) };
        position = *last;
        streams.extend(page.into_iter().map(|(_, stream)| stream));
    }
}
