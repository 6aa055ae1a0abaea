//! Tells whether anything is going on in the log: a story goes on only when all is quiet.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use async_trait::async_trait;
use commands::model::{IncidentId, Invocation, RollbackId, Sequence, ServiceKey, StoredEvent, StreamId};
use commands::ports::{
    Accepted, Commit, CommitError, Deadline, Lease, LeaseName, LeaseSeen, SlotRow, Store, StoreError, Tombstone,
};
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::Notify;

/// A store that counts what it is asked. It outlives every engine of a story.
pub struct GaugedStore {
    inner: Arc<dyn Store>,
    begun: AtomicU64,
    open: AtomicUsize,
    ended: Notify,
}

/// One call on its way.
struct Call<'a>(&'a GaugedStore);

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
        self.0.ended.notify_waiters();
    }
}

impl GaugedStore {
    /// Over this store.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>) -> Arc<Self> {
        Arc::new(Self { inner, begun: AtomicU64::new(0), open: AtomicUsize::new(0), ended: Notify::new() })
    }

    /// How many calls there were.
    #[must_use]
    pub fn begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    /// Returns when no call is on its way.
    pub async fn idle(&self) {
        loop {
            let ended = self.ended.notified();
            if self.open.load(Ordering::SeqCst) == 0 {
                return;
            }
            ended.await;
        }
    }

    async fn call<T>(&self, call: impl Future<Output = T>) -> T {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.open.fetch_add(1, Ordering::SeqCst);
        let _open = Call(self);
        call.await
    }
}

#[async_trait]
impl Store for GaugedStore {
    async fn accept(&self, invocation: &Invocation) -> Result<Accepted, StoreError> {
        self.call(self.inner.accept(invocation)).await
    }

    async fn unhandled(&self) -> Result<Vec<Invocation>, StoreError> {
        self.call(self.inner.unhandled()).await
    }

    async fn handled(&self, key: &str) -> Result<bool, StoreError> {
        self.call(self.inner.handled(key)).await
    }

    async fn forget_invocations(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.call(self.inner.forget_invocations(before)).await
    }

    async fn draw_incident(&self, day: Date) -> Result<IncidentId, StoreError> {
        self.call(self.inner.draw_incident(day)).await
    }

    async fn commit(&self, commit: Commit) -> Result<Vec<StoredEvent>, CommitError> {
        self.call(self.inner.commit(commit)).await
    }

    async fn read(&self, stream: &StreamId, after: Sequence) -> Result<Vec<StoredEvent>, StoreError> {
        self.call(self.inner.read(stream, after)).await
    }

    async fn since(&self, position: u64, limit: usize) -> Result<Vec<(u64, StreamId)>, StoreError> {
        self.call(self.inner.since(position, limit)).await
    }

    async fn open_incidents(&self) -> Result<Vec<IncidentId>, StoreError> {
        self.call(self.inner.open_incidents()).await
    }

    async fn closed_incidents(&self, before: Timestamp, limit: usize) -> Result<Vec<IncidentId>, StoreError> {
        self.call(self.inner.closed_incidents(before, limit)).await
    }

    async fn remove_incident(&self, id: IncidentId, at: Timestamp) -> Result<Option<Tombstone>, StoreError> {
        self.call(self.inner.remove_incident(id, at)).await
    }

    async fn tombstone(&self, id: IncidentId) -> Result<Option<Tombstone>, StoreError> {
        self.call(self.inner.tombstone(id)).await
    }

    async fn locks(&self) -> Result<Vec<(ServiceKey, RollbackId)>, StoreError> {
        self.call(self.inner.locks()).await
    }

    async fn deadlines(&self) -> Result<Vec<Deadline>, StoreError> {
        self.call(self.inner.deadlines()).await
    }

    async fn lease(&self, name: LeaseName) -> Result<Option<LeaseSeen>, StoreError> {
        self.call(self.inner.lease(name)).await
    }

    async fn take_lease(
        &self,
        name: LeaseName,
        holder: &str,
        seen: Option<LeaseSeen>,
    ) -> Result<Option<Lease>, StoreError> {
        self.call(self.inner.take_lease(name, holder, seen)).await
    }

    async fn renew_leases(&self, leases: &[Lease]) -> Result<Vec<Lease>, StoreError> {
        self.call(self.inner.renew_leases(leases)).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        self.call(self.inner.release_lease(lease)).await
    }

    async fn slots(&self, incident: IncidentId) -> Result<Vec<SlotRow>, StoreError> {
        self.call(self.inner.slots(incident)).await
    }

    async fn put_slot(&self, row: &SlotRow) -> Result<(), StoreError> {
        self.call(self.inner.put_slot(row)).await
    }

    async fn cursor(&self, reader: &str) -> Result<u64, StoreError> {
        self.call(self.inner.cursor(reader)).await
    }

    async fn set_cursor(&self, reader: &str, position: u64) -> Result<(), StoreError> {
        self.call(self.inner.set_cursor(reader, position)).await
    }
}
