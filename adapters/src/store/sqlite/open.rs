//! Opening: folder and file for the bot's eyes only, then the schema.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::checkpoint::{self, Checkpoints};
use super::failure::is_busy;
use super::seat::{Readers, Seat};

static SCHEMA: Migrator = sqlx::migrate!("migrations/sqlite");

/// How many read at the same time; each costs a thread and a cache of pages, opened when needed.
const READERS: u32 = 4;

/// How long SQLite itself waits for the lock of a change: it looks each millisecond at first and then ever
/// more seldom, which starves a process beside a busy one. The seat asks again instead.
const SHORT_WAIT: Duration = Duration::from_millis(2);

/// How long to wait before a lock that was in the way at opening is tried again.
const OPEN_AGAIN: Duration = Duration::from_millis(20);

/// How a store behaves where a machine asks for something else than the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How long to wait for another process that writes, before a change fails.
    pub wait_for_lock: Duration,
    /// The largest size of the file, in pages of 4 KiB; beyond it the disk counts as full. No limit
    /// where nothing is said.
    pub max_pages: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self { wait_for_lock: Duration::from_secs(5), max_pages: None }
    }
}

/// Why the log was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its folder or its file cannot be made.
    #[error("cannot make {}: {error}", path.display())]
    Make {
        /// What was to be made.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
    /// It is there and cannot be used.
    #[error("cannot open the log {}: {error}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// SQLite's words.
        error: sqlx::Error,
    },
    /// A newer release wrote it; this one would not understand it.
    #[error(
        "the log {} has schema {found}, written by a newer release; this release knows up to {known}: start the newer \
         release, or name another file",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema that this release knows.
        known: i64,
    },
    /// An older release wrote it, and it is opened to be looked at only.
    #[error(
        "the log {} has schema {found}, written by an older release; this release reads {known}: start the bot of this \
         release, which brings it up to date",
        path.display()
    )]
    Older {
        /// The file.
        path: PathBuf,
        /// Its schema; 0 where it has none.
        found: i64,
        /// The schema that this release reads.
        known: i64,
    },
    /// Its tables cannot be brought to the schema of this release.
    #[error("cannot bring the log {} to schema {}: {error}", path.display(), newest())]
    Schema {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        error: MigrateError,
    },
}

/// The newest schema that this release knows.
pub(super) fn newest() -> i64 {
    SCHEMA.iter().map(|migration| migration.version).max().unwrap_or_default()
}

/// Opens a file, made where it is missing.
pub(super) async fn file(path: &Path, options: Options) -> Result<(Seat, Readers), OpenError> {
    make(path).await?;
    let reading = SqliteConnectOptions::new().filename(path).busy_timeout(options.wait_for_lock).read_only(true);
    let mut writing = common(SqliteConnectOptions::new().filename(path))
        .busy_timeout(SHORT_WAIT)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", checkpoint::AT_LAST.to_string());
    if let Some(pages) = options.max_pages {
        writing = writing.pragma("max_page_count", pages.to_string());
    }
    let connection = connect_patiently(&writing, path, options.wait_for_lock).await?;
    let seat = Seat {
        connection: Arc::new(Mutex::new(Some(connection))),
        checkpoints: Some(Checkpoints::start(writing.clone())),
        reopen: Some(writing),
        patience: options.wait_for_lock,
    };
    Ok((seat, readers(reading, options)))
}

/// Those who read by these options.
pub(super) fn readers(reading: SqliteConnectOptions, options: Options) -> Readers {
    let pool = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(options.wait_for_lock)
        .test_before_acquire(false)
        .connect_lazy_with(reading.disable_statement_logging());
    Readers::Pool(pool)
}

/// Opens a store that ends with its last handle.
pub(super) async fn memory() -> Result<(Seat, Readers), OpenError> {
    let connection = connect(&common(SqliteConnectOptions::new().in_memory(true)), Path::new(":memory:")).await?;
    let shared = Arc::new(Mutex::new(Some(connection)));
    let seat = Seat { connection: Arc::clone(&shared), reopen: None, patience: Duration::ZERO, checkpoints: None };
    Ok((seat, Readers::Shared(shared)))
}

/// What holds for all that write. `secure_delete`: a removed reply handle leaves no trace in the file.
fn common(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options.foreign_keys(true).pragma("secure_delete", "ON").disable_statement_logging()
}

/// Makes folder (0700) and file (0600) where they are missing; those that are there stay as they are.
/// SQLite gives the files that it puts beside it the same permissions.
async fn make(path: &Path) -> Result<(), OpenError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| OpenError::Make { path, error }
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    tokio::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).await.map_err(failed(folder))?;
    let file = tokio::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path).await;
    drop(file.map_err(failed(path))?);
    // The file's name must outlive a loss of power as its content does.
    let folder_itself = tokio::fs::File::open(folder).await.map_err(failed(folder))?;
    folder_itself.sync_all().await.map_err(failed(folder))
}

/// Opens one connection and brings the schema up to date.
async fn connect(options: &SqliteConnectOptions, path: &Path) -> Result<SqliteConnection, OpenError> {
    let path = || path.to_owned();
    let mut connection = options.connect().await.map_err(|error| OpenError::Open { path: path(), error })?;
    migrate(&mut connection).await.map_err(|error| match error {
        MigrateError::VersionMissing(found) => OpenError::Newer { path: path(), found, known: newest() },
        error => OpenError::Schema { path: path(), error },
    })?;
    Ok(connection)
}

/// In one transaction of one process: two that open a new file at once must not both make its tables.
/// `run_direct` is `run` for futures that may be sent to another thread (launchbadge/sqlx, `Migrator`).
async fn migrate(connection: &mut SqliteConnection) -> Result<(), MigrateError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    SCHEMA.run_direct(None, &mut *transaction, false).await?;
    Ok(transaction.commit().await?)
}

/// Tries until no other process is in the way: SQLite does not wait by itself while another one turns a
/// new file into a log with readers.
async fn connect_patiently(
    options: &SqliteConnectOptions,
    path: &Path,
    patience: Duration,
) -> Result<SqliteConnection, OpenError> {
    let until = Instant::now() + patience;
    loop {
        match connect(options, path).await {
            Err(error) if in_the_way(&error) && Instant::now() < until => tokio::time::sleep(OPEN_AGAIN).await,
            outcome => return outcome,
        }
    }
}

fn in_the_way(error: &OpenError) -> bool {
    match error {
        OpenError::Open { error, .. } => is_busy(error),
        OpenError::Schema {
            error: MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _), ..
        } => is_busy(error),
        OpenError::Schema { .. } | OpenError::Make { .. } | OpenError::Newer { .. } | OpenError::Older { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What no test can see without cutting the power: that a commit waits for the disk.
    #[tokio::test]
    async fn a_commit_waits_for_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let (seat, _readers) = file(&folder.path().join("log.sqlite"), Options::default()).await.unwrap();
        let mut connection = seat.connection.lock().await.take().unwrap();
        let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut connection).await.unwrap();
        let sync: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut connection).await.unwrap();
        assert_eq!((journal.as_str(), sync), ("wal", 2), "2 is FULL (sqlite.org/pragma.html)");
    }
}
