//! Reads folded state, and appends facts. The only place that turns events into bytes for the store.

use std::hash::Hash;
use std::sync::Arc;

use dashmap::DashMap;

use super::chain::Chain;
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
    rollbacks: DashMap<RollbackId, Folded<RollbackState>>,
    incidents: DashMap<IncidentId, Folded<IncidentState>>,
    ledgers: DashMap<ServiceKey, Folded<Ledger>>,
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
        let begin = |stored: &StoredEvent, event: Read<'_>| RollbackState::begin(id, stored, event.ok()?);
        let apply = |state: &mut RollbackState, stored: &StoredEvent, event: Read<'_>| {
            state.apply(stored, event.map_err(ToString::to_string));
        };
        self.fold(&self.rollbacks, id, StreamId::Rollback(id), begin, apply).await
    }

    /// An incident as it stands now.
    ///
    /// # Errors
    /// [`JournalError::Absent`] if there is none of this id.
    pub async fn incident(&self, id: IncidentId) -> Result<Arc<IncidentState>, JournalError> {
        let begin = |stored: &StoredEvent, event: Read<'_>| IncidentState::begin(id, stored, event.ok()?);
        let apply = |state: &mut IncidentState, stored: &StoredEvent, event: Read<'_>| {
            state.apply(stored, event.ok());
        };
        self.fold(&self.incidents, id, StreamId::Incident(id), begin, apply).await
    }

    /// What is known of a service's revisions; empty where nothing is.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub async fn ledger(&self, key: &ServiceKey) -> Result<Arc<Ledger>, JournalError> {
        let apply = |ledger: &mut Ledger, stored: &StoredEvent, event: Read<'_>| {
            ledger.apply(stored, event.ok());
        };
        let begin = |stored: &StoredEvent, event: Read<'_>| {
            let mut ledger = Ledger::default();
            ledger.apply(stored, event.ok());
            Some(ledger)
        };
        match self.fold(&self.ledgers, key.clone(), StreamId::Service(key.clone()), begin, apply).await {
            Err(JournalError::Absent(_)) => Ok(Arc::default()),
            folded => folded,
        }
    }

    /// Reads what came after what is known, and folds it in.
    async fn fold<K: Hash + Eq, S: Clone>(
        &self,
        cache: &DashMap<K, Folded<S>>,
        key: K,
        stream: StreamId,
        begin: impl Fn(&StoredEvent, Read<'_>) -> Option<S>,
        apply: impl Fn(&mut S, &StoredEvent, Read<'_>),
    ) -> Result<Arc<S>, JournalError> {
        let known = cache.get(&key).map(|folded| folded.clone());
        let after = known.as_ref().map_or(Sequence::START, |folded| folded.sequence);
        let news = self.store.read(&stream, after).await?;
        let Some(newest) = news.last().map(|stored| stored.sequence) else {
            return known.map(|folded| folded.state).ok_or(JournalError::Absent(stream));
        };
        let mut chain = known.as_ref().map_or_else(Chain::default, |folded| folded.chain);
        let mut state = known.map(|folded| Arc::unwrap_or_clone(folded.state));
        for stored in &news {
            let event = chain.decode(stored);
            if let Err(error) = &event {
                tracing::error!(%stream, sequence = stored.sequence.0, %error, "an event was not understood");
            }
            match &mut state {
                Some(state) => apply(state, stored, event.as_ref()),
                None => state = begin(stored, event.as_ref()),
            }
            if let (None, Err(error)) = (&state, event) {
                return Err(error.into());
            }
        }
        let state = Arc::new(state.ok_or(JournalError::Absent(stream))?);
        keep_newer(cache, key, Folded { state: Arc::clone(&state), sequence: newest, chain });
        Ok(state)
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

/// An event as this release reads it.
type Read<'e> = Result<&'e Event, &'e CodecError>;

/// A stream as far as it was read.
struct Folded<S> {
    state: Arc<S>,
    sequence: Sequence,
    chain: Chain,
}

// Derived, it would ask that the state itself be cloned.
impl<S> Clone for Folded<S> {
    fn clone(&self) -> Self {
        Self { state: Arc::clone(&self.state), sequence: self.sequence, chain: self.chain }
    }
}

/// Two readers may fold at once; the cache keeps the one that saw more.
fn keep_newer<K: Hash + Eq, S>(cache: &DashMap<K, Folded<S>>, key: K, folded: Folded<S>) {
    let mut entry = cache.entry(key).or_insert_with(|| folded.clone());
    if entry.sequence < folded.sequence {
        *entry = folded;
    }
}
