//! The connections: one that writes, a few that read.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::{Duration, Instant};

use commands::ports::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Sqlite, SqliteConnection, SqlitePool};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::checkpoint::Checkpoints;
use super::failure::{is_busy, store_error};

/// The connection that writes; `None` while there is none that can be trusted.
pub(super) type Shared = Arc<Mutex<Option<SqliteConnection>>>;

/// Who writes sits here.
pub(super) struct Seat {
    /// The connection. A store in memory has no other, so its readers share it.
    pub(super) connection: Shared,
    /// How to open it again after a failure; a store in memory would come back empty, so it keeps its
    /// connection.
    pub(super) reopen: Option<SqliteConnectOptions>,
    /// How long to wait for another process that writes.
    pub(super) patience: Duration,
    /// Who moves what was written into the main file; a store in memory has none.
    pub(super) checkpoints: Option<Checkpoints>,
}

impl Seat {
    /// The connection, opened again if the last one failed.
    pub(super) async fn take<'a>(
        &self,
        seat: &'a mut Option<SqliteConnection>,
    ) -> Result<&'a mut SqliteConnection, StoreError> {
        if let (None, Some(options)) = (&seat, &self.reopen) {
            *seat = Some(options.connect().await.map_err(|error| store_error("open the log again", &error))?);
        }
        seat.as_mut().ok_or_else(closed)
    }

    /// Begins a transaction. `IMMEDIATE` takes the lock of all processes before the first look, so that
    /// nothing that is read in it can change before it is written.
    pub(super) async fn begin(&self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let asked = Instant::now();
        loop {
            match sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await {
                Ok(_) => return Ok(()),
                Err(error) if is_busy(&error) && asked.elapsed() < self.patience => {}
                Err(error) => return Err(store_error("begin a transaction", &error)),
            }
        }
    }

    /// Does not use the connection again, whatever state a failure left it in.
    pub(super) fn leave(&self, seat: &mut Option<SqliteConnection>) {
        if self.reopen.is_some() {
            *seat = None;
        }
    }

    /// Moves what was written into the main file, and closes.
    pub(super) async fn close(self) {
        if let Some(checkpoints) = self.checkpoints {
            checkpoints.close().await;
        }
        let Some(mut connection) = self.connection.lock().await.take() else { return };
        // The log is as durable before as after: what fails here is done at the next start.
        if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await {
            tracing::warn!(%error, "the log was closed without a checkpoint");
        }
        if let Err(error) = connection.close().await {
            tracing::warn!(%error, "the log was not closed cleanly");
        }
    }
}

/// Who reads.
pub(super) enum Readers {
    /// Of a file: each sees the last commit, and waits for no writer.
    Pool(SqlitePool),
    /// Of a store in memory.
    Shared(Shared),
}

impl Readers {
    /// A connection to read by.
    pub(super) async fn take(&self, operation: &str) -> Result<Reader, StoreError> {
        match self {
            Self::Pool(pool) => {
                pool.acquire().await.map(Reader::Pooled).map_err(|error| store_error(operation, &error))
            }
            Self::Shared(seat) => {
                let seat = Arc::clone(seat).lock_owned().await;
                OwnedMutexGuard::try_map(seat, Option::as_mut).map(Reader::Shared).map_err(|_| closed())
            }
        }
    }

    /// Closes those that are not in use, and the others when they are given back.
    pub(super) async fn close(&self) {
        if let Self::Pool(pool) = self {
            pool.close().await;
        }
    }
}

/// A connection while somebody reads by it.
pub(super) enum Reader {
    Pooled(PoolConnection<Sqlite>),
    Shared(tokio::sync::OwnedMappedMutexGuard<Option<SqliteConnection>, SqliteConnection>),
}

impl Deref for Reader {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Pooled(connection) => connection,
            Self::Shared(connection) => connection,
        }
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Pooled(connection) => connection,
            Self::Shared(connection) => connection,
        }
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the log is closed".to_owned())
}
