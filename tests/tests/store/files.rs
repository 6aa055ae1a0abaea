//! The file: who may read it, what opens it, what is left when it is closed.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adapters::store::sqlite::{OpenError, SqliteStore};
use commands::model::{Input, Invocation, ReplyHandle, Sequence};
use commands::ports::{Store, StoreError};
use futures::future::join_all;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tempfile::TempDir;
use tests::conformance::store::{append, append_at_end, assert_chain, invocation, stream};

pub(super) fn new_path() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.sqlite");
    (folder, path)
}

/// A connection that goes around the store.
pub(super) async fn raw(path: &Path) -> SqliteConnection {
    sqlx::sqlite::SqliteConnectOptions::new().filename(path).connect().await.unwrap()
}

async fn refused(path: &Path) -> OpenError {
    match SqliteStore::open(path).await {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(error) => error,
    }
}

fn mode(path: impl AsRef<Path>) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn folder_and_files_are_for_the_bot_alone() {
    let (folder, _) = new_path();
    let path = folder.path().join("state/switchback/log.sqlite");
    let store = SqliteStore::open(&path).await.unwrap();
    store.commit(append(stream(1), 0, &["a"])).await.unwrap();
    assert_eq!(mode(folder.path().join("state")), 0o700);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for suffix in ["", "-wal", "-shm"] {
        assert_eq!(mode(format!("{}{suffix}", path.display())), 0o600, "{suffix}");
    }
}

#[tokio::test]
async fn what_is_written_is_moved_into_the_main_file_meanwhile() {
    let (_folder, path) = new_path();
    let store = SqliteStore::open(&path).await.unwrap();
    let size = |suffix: &str| std::fs::metadata(format!("{}{suffix}", path.display())).map_or(0, |file| file.len());
    let mut largest = 0;
    for number in 0..1500 {
        store.commit(append(stream(number), 0, &["x".repeat(2000).as_str()])).await.unwrap();
        largest = largest.max(size("-wal"));
    }
    // Twice as much was written: what was moved makes room for what comes.
    assert!(largest < 20 << 20, "{largest}");
    store.close().await;
    assert_eq!(size("-wal"), 0);
}

#[tokio::test]
async fn permissions_that_somebody_chose_are_kept() {
    let (folder, path) = new_path();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o750)).unwrap();
    SqliteStore::open(&path).await.unwrap().close().await;
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
    SqliteStore::open(&path).await.unwrap().close().await;
    assert_eq!((mode(folder.path()), mode(&path)), (0o750, 0o640));
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    let (_folder, path) = new_path();
    let mut written = Vec::new();
    for life in 0..3 {
        let store = SqliteStore::open(&path).await.unwrap();
        written.extend(store.commit(append(stream(1), life * 2, &["a", "b"])).await.unwrap());
        assert_eq!(store.read(&stream(1), Sequence::START).await.unwrap(), written);
        store.close().await;
    }
    assert_chain(&written);
}

#[tokio::test]
async fn a_closed_log_is_one_file_with_everything() {
    let (folder, path) = new_path();
    let store = SqliteStore::open(&path).await.unwrap();
    let written = store.commit(append(stream(1), 0, &["a", "b"])).await.unwrap();
    store.close().await;
    store.close().await;
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["log.sqlite"]);
    let copy = folder.path().join("copy.sqlite");
    std::fs::copy(&path, &copy).unwrap();
    let copied = SqliteStore::open(&copy).await.unwrap();
    assert_eq!(copied.read(&stream(1), Sequence::START).await.unwrap(), written);

    let error = store.accept(&invocation("late")).await.unwrap_err();
    assert_eq!(error, StoreError::Unavailable("store an invocation: the log is closed".to_owned()));
    let error = store.read(&stream(1), Sequence::START).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn closing_does_what_waits_first() {
    let (_folder, path) = new_path();
    let store = Arc::new(SqliteStore::open(&path).await.unwrap());
    let accepts: Vec<_> = (0..100)
        .map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.accept(&invocation(&number.to_string())).await })
        })
        .collect();
    tokio::task::yield_now().await;
    store.close().await;
    let done = join_all(accepts).await.into_iter().filter(|accept| accept.as_ref().unwrap().is_ok()).count();
    let again = SqliteStore::open(&path).await.unwrap();
    assert_eq!(again.unhandled().await.unwrap().len(), done);
}

#[tokio::test]
async fn many_may_open_a_new_log_at_once() {
    for _ in 0..5 {
        let (_folder, path) = new_path();
        let opened = join_all((0..8).map(|_| {
            let path = path.clone();
            tokio::spawn(async move { SqliteStore::open(&path).await })
        }))
        .await;
        for (number, store) in opened.into_iter().enumerate() {
            let event = append_at_end(&store.unwrap().unwrap(), &stream(1), "hello").await;
            assert_eq!(event.sequence, Sequence(number as u64 + 1));
        }
    }
}

#[tokio::test]
async fn a_log_of_a_newer_release_is_refused() {
    let (_folder, path) = new_path();
    SqliteStore::open(&path).await.unwrap().close().await;
    let mut connection = raw(&path).await;
    sqlx::query("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (99, 'later', TRUE, x'00', 0)")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let error = refused(&path).await;
    assert!(matches!(error, OpenError::Newer { found: 99, known: 1, .. }), "{error}");
    assert_eq!(
        error.to_string(),
        format!(
            "the log {} has schema 99, written by a newer release; this release knows up to 1: start the newer release, \
             or name another file",
            path.display()
        )
    );
}

#[tokio::test]
async fn what_is_no_log_is_refused_by_name() {
    let (folder, path) = new_path();
    std::fs::write(&path, "this is a letter, and no log at all ".repeat(40)).unwrap();
    let error = refused(&path).await;
    assert!(matches!(&error, OpenError::Open { path: named, .. } if *named == path), "{error}");
    let error = refused(folder.path()).await;
    assert!(matches!(&error, OpenError::Make { path: named, .. } if named == folder.path()), "{error}");
    let error = refused(&path.join("below/a/file")).await;
    assert!(matches!(&error, OpenError::Make { .. }), "{error}");
}

#[tokio::test]
async fn a_removed_reply_handle_leaves_no_trace() {
    let (_folder, path) = new_path();
    let secret = "https://127.0.0.1/capability-5a1f";
    let holds_secret = || std::fs::read(&path).unwrap().windows(secret.len()).any(|part| part == secret.as_bytes());
    let store = SqliteStore::open(&path).await.unwrap();
    // Some share a page with others; one is so long that it has pages of its own.
    let long = "x".repeat(20_000);
    for (number, said) in ["a", "b", "c", long.as_str(), "d", "e", "f"].into_iter().enumerate() {
        let (key, input) = (format!("click-{number}"), Input::Command(said.to_owned()));
        let reply = ReplyHandle(format!("{secret}-{number}"));
        store.accept(&Invocation { key, input, reply, ..invocation("") }).await.unwrap();
    }
    store.close().await;
    assert!(holds_secret(), "it must be there before it is removed, or this proves nothing");
    let store = SqliteStore::open(&path).await.unwrap();
    for number in 0..7 {
        assert!(store.handled(&format!("click-{number}")).await.unwrap());
    }
    store.close().await;
    assert!(!holds_secret());
}
