//! A store that fails, fills up, is slow or dies, by script. What it did before is in the inner store,
//! where the next life of an engine finds it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use commands::model::{IncidentId, Invocation, RollbackId, Sequence, ServiceKey, StoredEvent, StreamId};
use commands::ports::{
    Accepted, Commit, CommitError, Deadline, Lease, LeaseName, LeaseSeen, SlotRow, Store, StoreError, Tombstone,
};
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::watch;

/// How a store is, once it is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// No call ever returns, as for a process that was killed. The caller is dropped by its test.
    Silent,
    /// Every call fails with [`StoreError::Unavailable`].
    Refusing,
}

/// When it dies. Commits are counted as they are done, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// This commit is done, and its caller never hears of it.
    After(u64),
    /// All commits before this one are done and heard of; this one is not done.
    Before(u64),
}

#[derive(Default)]
struct Script {
    failures: BTreeMap<u64, CommitError>,
    death: Option<(Moment, Death)>,
    delay: Duration,
}

/// Wraps a store.
pub struct FaultyStore {
    inner: Arc<dyn Store>,
    script: Mutex<Script>,
    full: AtomicBool,
    asked: AtomicU64,
    done: AtomicU64,
    dead: watch::Sender<Option<Death>>,
    /// One commit at a time, so that a death after the n-th leaves exactly n.
    turn: tokio::sync::Mutex<()>,
}

impl FaultyStore {
    /// Does what the inner store does, until it is told otherwise.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>) -> Self {
        Self {
            inner,
            script: Mutex::default(),
            full: AtomicBool::new(false),
            asked: AtomicU64::new(0),
            done: AtomicU64::new(0),
            dead: watch::Sender::new(None),
            turn: tokio::sync::Mutex::new(()),
        }
    }

    /// The `nth` commit that is asked for, counted from 1 since this store was made, fails so and
    /// nothing of it is done. Several may be named.
    pub fn fail_commit(&self, nth: u64, error: CommitError) {
        self.script.lock().unwrap().failures.insert(nth, error);
    }

    /// Dies once the `nth` commit, counted from 1, is done: not even its own caller hears of it. For 0
    /// it is dead at once.
    pub fn kill_after(&self, nth: u64, death: Death) {
        self.kill_at(Moment::After(nth), death);
    }

    /// Dies when the `nth` commit, counted from 1, is asked for: all before it were heard of, and what
    /// followed from them outside was done; this one is not.
    pub fn kill_before(&self, nth: u64, death: Death) {
        self.kill_at(Moment::Before(nth), death);
    }

    /// While it is full, everything that writes fails with [`StoreError::Full`]; reading goes on.
    pub fn set_full(&self, full: bool) {
        self.full.store(full, Ordering::SeqCst);
    }

    /// Every commit waits this long, in real time, before it is done.
    pub fn set_delay(&self, delay: Duration) {
        self.script.lock().unwrap().delay = delay;
    }

    /// How many commits were done.
    pub fn commits(&self) -> u64 {
        self.done.load(Ordering::SeqCst)
    }

    /// How many commits were asked for, whatever became of them.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    /// Whether it is dead.
    pub fn is_dead(&self) -> bool {
        self.dead.borrow().is_some()
    }

    /// Returns when it is dead.
    pub async fn died(&self) {
        // The sender lives as long as this value, so waiting cannot fail.
        let _ = self.dead.subscribe().wait_for(Option::is_some).await;
    }

    fn kill_at(&self, moment: Moment, death: Death) {
        if moment == Moment::After(0) {
            self.dead.send_replace(Some(death));
        }
        self.script.lock().unwrap().death = Some((moment, death));
    }

    fn die_at(&self, moment: Moment) {
        let death = self.script.lock().unwrap().death;
        if let Some((_, death)) = death.filter(|(planned, _)| *planned == moment) {
            self.dead.send_replace(Some(death));
        }
    }

    /// Returns only in life.
    async fn alive(&self) -> Result<(), StoreError> {
        let death = *self.dead.borrow();
        match death {
            None => Ok(()),
            Some(Death::Refusing) => Err(StoreError::Unavailable("killed by the script".to_owned())),
            Some(Death::Silent) => std::future::pending().await,
        }
    }

    /// A call that changes nothing. An answer that comes after death is not heard.
    async fn reading<T>(&self, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        self.alive().await?;
        let outcome = call.await;
        self.alive().await?;
        outcome
    }

    /// A call that changes something.
    async fn writing<T>(&self, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        self.alive().await?;
        self.room()?;
        self.reading(call).await
    }

    fn room(&self) -> Result<(), StoreError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(StoreError::Full("full by the script".to_owned()));
        }
        Ok(())
    }

    async fn commit_in_turn(&self, commit: Commit) -> Result<Vec<StoredEvent>, CommitError> {
        let _turn = self.turn.lock().await;
        if self.is_dead() {
            return Ok(Vec::new());
        }
        let asked = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        self.room()?;
        if let Some(error) = self.script.lock().unwrap().failures.remove(&asked) {
            return Err(error);
        }
        self.die_at(Moment::Before(self.commits() + 1));
        if self.is_dead() {
            return Ok(Vec::new());
        }
        let events = self.inner.commit(commit).await?;
        let done = self.done.fetch_add(1, Ordering::SeqCst) + 1;
        self.die_at(Moment::After(done));
        Ok(events)
    }
}

#[async_trait]
impl Store for FaultyStore {
    async fn commit(&self, commit: Commit) -> Result<Vec<StoredEvent>, CommitError> {
        self.alive().await?;
        let delay = self.script.lock().unwrap().delay;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let outcome = self.commit_in_turn(commit).await;
        // What a commit gives in death is never heard.
        self.alive().await?;
        outcome
    }

    async fn accept(&self, invocation: &Invocation) -> Result<Accepted, StoreError> {
        self.writing(self.inner.accept(invocation)).await
    }

    async fn unhandled(&self) -> Result<Vec<Invocation>, StoreError> {
        self.reading(self.inner.unhandled()).await
    }

    async fn handled(&self, key: &str) -> Result<bool, StoreError> {
        self.writing(self.inner.handled(key)).await
    }

    async fn forget_invocations(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.writing(self.inner.forget_invocations(before)).await
    }

    async fn draw_incident(&self, day: Date) -> Result<IncidentId, StoreError> {
        self.writing(self.inner.draw_incident(day)).await
    }

    async fn read(&self, stream: &StreamId, after: Sequence) -> Result<Vec<StoredEvent>, StoreError> {
        self.reading(self.inner.read(stream, after)).await
    }

    async fn since(&self, position: u64, limit: usize) -> Result<Vec<(u64, StreamId)>, StoreError> {
        self.reading(self.inner.since(position, limit)).await
    }

    async fn open_incidents(&self) -> Result<Vec<IncidentId>, StoreError> {
        self.reading(self.inner.open_incidents()).await
    }

    async fn closed_incidents(&self, before: Timestamp, limit: usize) -> Result<Vec<IncidentId>, StoreError> {
        self.reading(self.inner.closed_incidents(before, limit)).await
    }

    async fn remove_incident(&self, id: IncidentId, at: Timestamp) -> Result<Option<Tombstone>, StoreError> {
        self.writing(self.inner.remove_incident(id, at)).await
    }

    async fn tombstone(&self, id: IncidentId) -> Result<Option<Tombstone>, StoreError> {
        self.reading(self.inner.tombstone(id)).await
    }

    async fn locks(&self) -> Result<Vec<(ServiceKey, RollbackId)>, StoreError> {
        self.reading(self.inner.locks()).await
    }

    async fn deadlines(&self) -> Result<Vec<Deadline>, StoreError> {
        self.reading(self.inner.deadlines()).await
    }

    async fn lease(&self, name: LeaseName) -> Result<Option<LeaseSeen>, StoreError> {
        self.reading(self.inner.lease(name)).await
    }

    async fn take_lease(
        &self,
        name: LeaseName,
        holder: &str,
        seen: Option<LeaseSeen>,
    ) -> Result<Option<Lease>, StoreError> {
        self.writing(self.inner.take_lease(name, holder, seen)).await
    }

    async fn renew_leases(&self, leases: &[Lease]) -> Result<Vec<Lease>, StoreError> {
        self.writing(self.inner.renew_leases(leases)).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        self.writing(self.inner.release_lease(lease)).await
    }

    async fn slots(&self, incident: IncidentId) -> Result<Vec<SlotRow>, StoreError> {
        self.reading(self.inner.slots(incident)).await
    }

    async fn put_slot(&self, row: &SlotRow) -> Result<(), StoreError> {
        self.writing(self.inner.put_slot(row)).await
    }

    async fn cursor(&self, reader: &str) -> Result<u64, StoreError> {
        self.reading(self.inner.cursor(reader)).await
    }

    async fn set_cursor(&self, reader: &str, position: u64) -> Result<(), StoreError> {
        self.writing(self.inner.set_cursor(reader, position)).await
    }
}
