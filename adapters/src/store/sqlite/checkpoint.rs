//! Moving what was written into the main file, beside the one who writes. SQLite would do it within the
//! commit that happens to pass its limit, and whoever waits for that one, or came after it, would wait for
//! two more syncs of the disk (sqlite.org/wal.html, "Checkpointing").

use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// After how many batches it is done. A batch writes a handful of pages, and SQLite's own limit is 1000.
const EVERY: u32 = 200;

/// At how many pages the one who writes does it all the same: where changes come without a pause, there are
/// always more when the others are moved, and the file that they wait in would grow without end. 16 MiB.
pub(super) const AT_LAST: u32 = 4000;

/// How often in a row it is done until all is moved: only then does the next change begin that file anew.
const PASSES: u32 = 5;

/// How long after a failure it is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// The task that does it.
pub(super) struct Checkpoints {
    due: mpsc::Sender<()>,
    batches: u32,
    task: JoinHandle<()>,
}

impl Checkpoints {
    /// Starts it, with a connection of its own that is opened when it is first needed.
    pub(super) fn start(options: SqliteConnectOptions) -> Self {
        let (due, told) = mpsc::channel(1);
        Self { due, batches: 0, task: tokio::spawn(run(options, told)) }
    }

    /// One more batch was written.
    pub(super) fn count(&mut self) {
        self.batches += 1;
        // Where one is due already, that one does for both.
        if self.batches >= EVERY && self.due.try_send(()).is_ok() {
            self.batches = 0;
        }
    }

    /// Ends it, and its connection with it.
    pub(super) async fn close(self) {
        drop(self.due);
        // A task that is gone has closed its connection.
        let _ = self.task.await;
    }
}

/// Waits for nobody, and moves what no reader needs any more.
async fn move_all(mut connection: SqliteConnection) -> Result<SqliteConnection, sqlx::Error> {
    for _ in 0..PASSES {
        let (_, written, moved): (i64, i64, i64) =
            sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(&mut connection).await?;
        if moved >= written {
            break;
        }
    }
    Ok(connection)
}

async fn run(options: SqliteConnectOptions, mut told: mpsc::Receiver<()>) {
    let mut open = None;
    while told.recv().await.is_some() {
        let connection = match open.take() {
            Some(connection) => Ok(connection),
            None => options.connect().await,
        };
        let moved = match connection {
            Ok(connection) => move_all(connection).await,
            Err(error) => Err(error),
        };
        match moved {
            Ok(connection) => open = Some(connection),
            Err(error) => {
                tracing::warn!(%error, "what was written could not be moved into the main file yet");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
    if let Some(connection) = open
        && let Err(error) = connection.close().await
    {
        tracing::debug!(%error, "a connection of the log was not closed cleanly");
    }
}
