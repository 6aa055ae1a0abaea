//! Reads folded state, and appends facts. The only place that turns events into bytes for the store.

use std::sync::Arc;

use dashmap::DashMap;

use super::codec::{self, CodecError};
use super::incident::IncidentState;
use super::rollback::RollbackState;
use crate::ledger::Ledger;
use crate::model::{Actor, Digest, Event, IncidentId, RollbackId, Sequence, ServiceKey, StoredEvent, StreamId};
use crate::ports::{Clock, Commit, CommitError, NewEvent, Store, StoreError, Write};

/// Why the log could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Reading failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Writing failed, and nothing was written.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// An event could not be turned into bytes.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// There is no such stream, or it does not begin as it must.
    #[error("{0} is not in the log")]
    Absent(StreamId),
}

impl JournalError {
    /// True where somebody else wrote first: read, fold and decide again.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Commit(CommitError::Conflict { .. }))
    }
}

/// The log as state. Keeps folded states as a cache, never as truth: each read asks the store for what
/// came after.
pub struct Journal {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    rollbacks: DashMap<RollbackId, Arc<RollbackState>>,
    incidents: DashMap<IncidentId, Arc<IncidentState>>,
    ledgers: DashMap<ServiceKey, Arc<Ledger>>,
}

/// New facts of one stream, with the last sequence that the writer knows.
type StreamFacts = (StreamId, Sequence, Vec<(Actor, Event)>);

/// A commit in the making: facts by stream, and the rows that change with them.
#[derive(Debug, Default)]
pub struct Draft {
    writes: Vec<StreamFacts>,
    /// The rows that change in the same transaction; its `writes` are filled from the facts.
    pub rows: Commit,
}

impl Draft {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fact to a stream whose last sequence is known to be this.
    #[must_use]
    pub fn fact(mut self, stream: StreamId, expected: Sequence, actor: &Actor, event: impl Into<Event>) -> Self {
        self.add(stream, expected, actor, event);
        self
    }

    /// Adds a fact to a stream whose last sequence is known to be this.
    pub fn add(&mut self, stream: StreamId, expected: Sequence, actor: &Actor, event: impl Into<Event>) {
        let fact = (actor.clone(), event.into());
        match self.writes.iter_mut().find(|(known, _, _)| *known == stream) {
            Some((_, _, facts)) => facts.push(fact),
            None => self.writes.push((stream, expected, vec![fact])),
        }
    }
}

impl Journal {
    /// Over this store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, rollbacks: DashMap::new(), incidents: DashMap::new(), ledgers: DashMap::new() }
    }

    /// Appends all facts of a draft with its rows, in one transaction.
    ///
    /// # Errors
    /// [`JournalError`]; nothing is written then.
    pub async fn commit(&self, draft: Draft, configuration: Digest) -> Result<Vec<StoredEvent>, JournalError> {
        let at = self.clock.now();
        let mut commit = draft.rows;
        for (stream, expected, facts) in draft.writes {
            let mut events = Vec::with_capacity(facts.len());
            for (actor, event) in facts {
                let (kind, body) = codec::encode(&event)?;
                events.push(NewEvent { at, actor, kind, version: codec::VERSION, configuration, body });
            }
            commit.writes.push(Write { stream, expected, events });
        }
        Ok(self.store.commit(commit).await?)
    }

    /// A rollback as it stands now.
    ///
    /// # Errors
    /// [`JournalError::Absent`] if there is none of this id.
    pub async fn rollback(&self, id: RollbackId) -> Result<Arc<RollbackState>, JournalError> {
        let known = self.rollbacks.get(&id).map(|state| Arc::clone(&state));
        let stream = StreamId::Rollback(id);
        let after = known.as_ref().map_or(Sequence::START, |state| state.sequence);
        let news = self.store.read(&stream, after).await?;
        if let (Some(state), true) = (&known, news.is_empty()) {
            return Ok(Arc::clone(state));
        }
        let mut state = known.map(Arc::unwrap_or_clone);
        for stored in &news {
            let event = codec::decode(stored);
            match (&mut state, &event) {
                (Some(state), event) => state.apply(stored, event.as_ref().map_err(ToString::to_string)),
                (state @ None, Ok(event)) => *state = RollbackState::begin(id, stored, event),
                (None, Err(error)) => return Err(error.clone().into()),
            }
        }
        let state = Arc::new(state.ok_or(JournalError::Absent(stream))?);
        keep_newer(&self.rollbacks, id, &state, |state| state.sequence);
        Ok(state)
    }

    /// An incident as it stands now.
    ///
    /// # Errors
    /// [`JournalError::Absent`] if there is none of this id.
    pub async fn incident(&self, id: IncidentId) -> Result<Arc<IncidentState>, JournalError> {
        let known = self.incidents.get(&id).map(|state| Arc::clone(&state));
        let stream = StreamId::Incident(id);
        let after = known.as_ref().map_or(Sequence::START, |state| state.sequence);
        let news = self.store.read(&stream, after).await?;
        if let (Some(state), true) = (&known, news.is_empty()) {
            return Ok(Arc::clone(state));
        }
        let mut state = known.map(Arc::unwrap_or_clone);
        for stored in &news {
            let event = codec::decode(stored);
            match (&mut state, &event) {
                (Some(state), event) => state.apply(stored, event.as_ref().ok()),
                (state @ None, Ok(event)) => *state = IncidentState::begin(id, stored, event),
                (None, Err(error)) => return Err(error.clone().into()),
            }
        }
        let state = Arc::new(state.ok_or(JournalError::Absent(stream))?);
        keep_newer(&self.incidents, id, &state, |state| state.sequence);
        Ok(state)
    }

    /// What is known of a service's revisions; empty where nothing is.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub async fn ledger(&self, key: &ServiceKey) -> Result<Arc<Ledger>, JournalError> {
        let known = self.ledgers.get(key).map(|state| Arc::clone(&state)).unwrap_or_default();
        let news = self.store.read(&StreamId::Service(key.clone()), known.sequence()).await?;
        if news.is_empty() {
            return Ok(known);
        }
        let mut ledger = Arc::unwrap_or_clone(known);
        for stored in &news {
            ledger.apply(stored, codec::decode(stored).ok().as_ref());
        }
        let ledger = Arc::new(ledger);
        keep_newer(&self.ledgers, key.clone(), &ledger, |ledger| ledger.sequence());
        Ok(ledger)
    }

    /// Lets go of the folded states of an incident that is over; they are read again when asked for.
    pub fn forget(&self, id: IncidentId) {
        self.incidents.remove(&id);
        self.rollbacks.retain(|rollback, _| rollback.incident != id);
    }

    /// The store below.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }
}

/// Two readers may fold at once; the cache keeps the one that saw more.
fn keep_newer<K: std::hash::Hash + Eq, S>(
    cache: &DashMap<K, Arc<S>>,
    key: K,
    state: &Arc<S>,
    sequence: impl Fn(&S) -> Sequence,
) {
    let mut entry = cache.entry(key).or_insert_with(|| Arc::clone(state));
    if sequence(&entry) < sequence(state) {
        *entry = Arc::clone(state);
    }
}
