//! The log: what every store promises, and what SQLite's files, processes and full disks do to it.

mod faults;
mod faulty;
mod files;
mod processes;

use std::sync::Arc;

use adapters::store::sqlite::SqliteStore;
use tests::conformance::store::Replicas;

/// Two handles on one file, as two bots on one machine have.
async fn on_a_file() -> Replicas {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("log.sqlite");
    let one = Arc::new(SqliteStore::open(&path).await.expect("the log opens"));
    let two = Arc::new(SqliteStore::open(&path).await.expect("the log opens twice"));
    Replicas { one, two, keep: Box::new(folder) }
}

/// One handle: nothing else can reach a store in memory.
async fn in_memory() -> Replicas {
    let store = Arc::new(SqliteStore::in_memory().await.expect("a log in memory opens"));
    Replicas { one: Arc::clone(&store) as _, two: store, keep: Box::new(()) }
}

mod sqlite_on_a_file {
    tests::store_conformance!(super::on_a_file);
}

mod sqlite_in_memory {
    tests::store_conformance!(super::in_memory);
}
