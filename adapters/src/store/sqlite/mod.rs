//! The log in one SQLite file: no server to install, and durable when a call returns.
//!
//! ```text
//! accept, commit, leases, slots … ─► writer: one transaction, one sync for all that wait
//! read, since, lease, locks …     ─► readers: the last commit, without waiting for the writer
//! ```
//!
//! The file is in WAL mode with full sync. Several bots on one machine may open it: whatever a change
//! depends on is read inside its transaction, under the lock of all processes, and nothing is cached.
//! A file system of the network does not give that lock: replicas on several machines need another store.

mod checkpoint;
mod commit;
mod events;
mod failure;
mod incidents;
mod invocations;
mod leases;
mod locks;
mod open;
mod read_only;
mod seat;
mod slots;
mod text;
mod writer;

use std::path::Path;

use async_trait::async_trait;
use commands::model::{IncidentId, Invocation, RollbackId, Sequence, ServiceKey, StoredEvent, StreamId};
use commands::ports::{
    Accepted, Commit, CommitError, Deadline, Lease, LeaseName, LeaseSeen, SlotRow, Store, StoreError, Tombstone,
};
use jiff::Timestamp;
use jiff::civil::Date;

pub use self::open::{OpenError, Options};
use self::seat::Readers;
use self::writer::Writer;

/// The log and its rows in one SQLite file.
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
}

impl SqliteStore {
    /// Opens the log in this file. Folder (mode 0700) and file (mode 0600) are made where they are
    /// missing, and an older schema is brought up to date. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// See [`OpenError`]; above all where a newer release wrote the file.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(path, Options::default()).await
    }

    /// As [`open`](Self::open), with other options than the default ones.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_with(path: &Path, options: Options) -> Result<Self, OpenError> {
        open::file(path, options).await.map(Self::of)
    }

    /// Opens a log that is there to look at it, beside a bot that writes it: makes no file, brings no
    /// schema up to date, and every change fails. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// See [`OpenError`]; also where an older release wrote the file.
    pub async fn open_read_only(path: &Path) -> Result<Self, OpenError> {
        read_only::file(path, Options::default()).await.map(Self::of)
    }

    /// A log that lives as long as this value: for tests, and for looking around. Readers wait for the
    /// writer here.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn in_memory() -> Result<Self, OpenError> {
        open::memory().await.map(Self::of)
    }

    /// Writes what waits, moves all of it into the main file and closes it. Every later call fails.
    pub async fn close(&self) {
        // Readers first, so that the last look at the file is the writer's, and moves everything.
        self.readers.close().await;
        self.writer.close().await;
    }

    fn of((seat, readers): (seat::Seat, Readers)) -> Self {
        Self { writer: Writer::start(seat), readers }
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn accept(&self, invocation: &Invocation) -> Result<Accepted, StoreError> {
        self.writer.write(invocations::Accept::of(invocation)?).await
    }

    async fn unhandled(&self) -> Result<Vec<Invocation>, StoreError> {
        invocations::unhandled(&mut *self.readers.take("read invocations").await?).await
    }

    async fn handled(&self, key: &str) -> Result<bool, StoreError> {
        self.writer.write(invocations::Handled(key.to_owned())).await
    }

    async fn forget_invocations(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.writer.write(invocations::Forget(before)).await
    }

    async fn draw_incident(&self, day: Date) -> Result<IncidentId, StoreError> {
        self.writer.write(invocations::DrawIncident(day)).await
    }

    async fn commit(&self, commit: Commit) -> Result<Vec<StoredEvent>, CommitError> {
        self.writer.write(commit).await
    }

    async fn read(&self, stream: &StreamId, after: Sequence) -> Result<Vec<StoredEvent>, StoreError> {
        events::read(&mut *self.readers.take("read a stream").await?, stream, after).await
    }

    async fn since(&self, position: u64, limit: usize) -> Result<Vec<(u64, StreamId)>, StoreError> {
        events::since(&mut *self.readers.take("read what is new").await?, position, limit).await
    }

    async fn open_incidents(&self) -> Result<Vec<IncidentId>, StoreError> {
        incidents::open(&mut *self.readers.take("read open incidents").await?).await
    }

    async fn closed_incidents(&self, before: Timestamp, limit: usize) -> Result<Vec<IncidentId>, StoreError> {
        incidents::closed(&mut *self.readers.take("read closed incidents").await?, before, limit).await
    }

    async fn remove_incident(&self, incident: IncidentId, at: Timestamp) -> Result<Option<Tombstone>, StoreError> {
        self.writer.write(incidents::Remove { incident, at }).await
    }

    async fn tombstone(&self, id: IncidentId) -> Result<Option<Tombstone>, StoreError> {
        incidents::tombstone(&mut *self.readers.take("read a tombstone").await?, id).await
    }

    async fn locks(&self) -> Result<Vec<(ServiceKey, RollbackId)>, StoreError> {
        locks::all(&mut *self.readers.take("read locks").await?).await
    }

    async fn deadlines(&self) -> Result<Vec<Deadline>, StoreError> {
        locks::deadlines(&mut *self.readers.take("read deadlines").await?).await
    }

    async fn lease(&self, name: LeaseName) -> Result<Option<LeaseSeen>, StoreError> {
        leases::read(&mut *self.readers.take("read a lease").await?, name).await
    }

    async fn take_lease(
        &self,
        name: LeaseName,
        holder: &str,
        seen: Option<LeaseSeen>,
    ) -> Result<Option<Lease>, StoreError> {
        self.writer.write(leases::Take { name, holder: holder.to_owned(), seen }).await
    }

    async fn renew_leases(&self, leases: &[Lease]) -> Result<Vec<Lease>, StoreError> {
        self.writer.write(leases::Renew(leases.to_vec())).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        self.writer.write(leases::Release(lease.clone())).await
    }

    async fn slots(&self, incident: IncidentId) -> Result<Vec<SlotRow>, StoreError> {
        slots::read(&mut *self.readers.take("read slots").await?, incident).await
    }

    async fn put_slot(&self, row: &SlotRow) -> Result<(), StoreError> {
        self.writer.write(slots::Put::of(row)?).await
    }

    async fn cursor(&self, reader: &str) -> Result<u64, StoreError> {
        slots::cursor(&mut *self.readers.take("read a cursor").await?, reader).await
    }

    async fn set_cursor(&self, reader: &str, position: u64) -> Result<(), StoreError> {
        self.writer.write(slots::SetCursor { reader: reader.to_owned(), position }).await
    }
}
