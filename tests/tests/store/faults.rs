//! A full disk, a lock that somebody else holds, rows that somebody changed, callers that go away.

use std::sync::Arc;
use std::time::Duration;

use adapters::store::sqlite::{Options, SqliteStore};
use commands::model::Sequence;
use commands::ports::{Commit, CommitError, LeaseName, Store, StoreError};
use commands::saga::{Inspection, inspect};
use futures::future::join_all;
use sqlx::Connection as _;
use tests::conformance::store::{
    append, append_at_end, assert_chain, incident, invocation, lock, rollback, stream, take,
};

use super::files::{new_path, raw};

/// Fills the log to its last page. Gives how many events it took.
async fn fill(store: &SqliteStore) -> u64 {
    let body = "x".repeat(3000);
    let mut written = 0;
    loop {
        match store.commit(append(stream(1), written, &[&body])).await {
            Ok(_) => written += 1,
            Err(CommitError::Store(StoreError::Full(why))) => {
                assert!(why.starts_with("commit events: "), "{why}");
                return written;
            }
            Err(error) => panic!("after {written}: {error}"),
        }
    }
}

#[tokio::test]
async fn a_full_disk_is_said_and_loses_nothing() {
    let (_folder, path) = new_path();
    let small = Options { max_pages: Some(60), ..Options::default() };
    let store = SqliteStore::open_with(&path, small).await.unwrap();
    let written = fill(&store).await;
    assert!(written > 10, "{written}");
    assert_eq!(store.read(&stream(1), Sequence::START).await.unwrap().len() as u64, written);

    // Nothing of a commit that found no room is there, not even what would have had room.
    let body = "y".repeat(10_000);
    let commit = Commit { locks: vec![take("api", 1)], ..append(stream(2), 0, &["small", &body]) };
    let error = store.commit(commit.clone()).await.unwrap_err();
    assert!(matches!(error, CommitError::Store(StoreError::Full(_))), "{error}");
    assert_eq!(store.read(&stream(2), Sequence::START).await.unwrap(), []);
    assert_eq!(store.locks().await.unwrap(), []);
    store.close().await;

    let store = SqliteStore::open(&path).await.unwrap();
    store.commit(commit).await.unwrap();
    append_at_end(&store, &stream(1), "there is room again").await;
    assert_chain(&store.read(&stream(1), Sequence::START).await.unwrap());
}

/// In one batch with a commit that finds no room, everybody hears it; what was acknowledged is there and
/// what was not is not.
#[tokio::test]
async fn a_batch_on_a_full_disk_fails_as_a_whole() {
    let (_folder, path) = new_path();
    let small = Options { max_pages: Some(60), ..Options::default() };
    let store = Arc::new(SqliteStore::open_with(&path, small).await.unwrap());
    let body = "x".repeat(40_000);
    let commits: Vec<_> = (1..=40)
        .map(|number| {
            let (store, commit) = (Arc::clone(&store), append(stream(number), 0, &[&body]));
            tokio::spawn(async move { store.commit(commit).await })
        })
        .collect();
    let mut full = 0;
    for (index, outcome) in join_all(commits).await.into_iter().enumerate() {
        let read = store.read(&stream(index as u32 + 1), Sequence::START).await.unwrap();
        match outcome.unwrap() {
            Ok(events) => assert_eq!(events, read),
            Err(CommitError::Store(StoreError::Full(_))) => {
                assert_eq!(read, []);
                full += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(full > 0);
    // The same store goes on with what still finds room.
    store.commit(append(stream(99), 0, &["small"])).await.unwrap();
}

#[tokio::test]
async fn a_lock_that_is_held_too_long_fails_changes_and_no_reader() {
    let (_folder, path) = new_path();
    let hasty = Options { wait_for_lock: Duration::from_millis(100), ..Options::default() };
    let store = SqliteStore::open_with(&path, hasty).await.unwrap();
    let written = store.commit(append(stream(1), 0, &["a"])).await.unwrap();
    let mut other = raw(&path).await;
    let held = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let error = store.commit(append(stream(1), 1, &["b"])).await.unwrap_err();
    let CommitError::Store(StoreError::Unavailable(why)) = error else { panic!("{error}") };
    assert!(why.starts_with("begin a transaction: ") && why.contains("locked"), "{why}");
    assert_eq!(store.read(&stream(1), Sequence::START).await.unwrap(), written);
    held.rollback().await.unwrap();
    store.commit(append(stream(1), 1, &["b"])).await.unwrap();
}

#[tokio::test]
async fn a_lock_that_is_held_for_a_while_is_waited_for() {
    let (_folder, path) = new_path();
    let store = SqliteStore::open(&path).await.unwrap();
    let mut other = raw(&path).await;
    let held = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let (committed, freed) = tokio::join!(store.commit(append(stream(1), 0, &["a"])), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        held.rollback().await
    });
    freed.unwrap();
    committed.unwrap();
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_named() {
    let (_folder, path) = new_path();
    let store = SqliteStore::open(&path).await.unwrap();
    store.commit(append(stream(1), 0, &["a", "b"])).await.unwrap();
    store.commit(lock(vec![take("api", 1)])).await.unwrap();
    store.accept(&invocation("click")).await.unwrap();
    store.take_lease(LeaseName::Chat, "one", None).await.unwrap();
    let spoil = [
        "UPDATE events SET at = 'yesterday' WHERE sequence = 2",
        "UPDATE locks SET rollback = 'somebody'",
        "UPDATE invocations SET said = '{'",
        "UPDATE leases SET epoch = -1",
        "INSERT INTO deadlines VALUES ('INC-2024-0115-001/1', 'someday', '2024-01-15T15:00:00Z')",
        "INSERT INTO open_incidents VALUES ('2024-01-15', 0)",
        "INSERT INTO slots VALUES ('INC-2024-0115-001', '?', 'console', 'r', NULL, NULL, NULL)",
    ];
    let mut other = raw(&path).await;
    for statement in spoil {
        sqlx::query(statement).execute(&mut other).await.unwrap();
    }
    let named = |error: StoreError| match error {
        StoreError::Corrupt { what, .. } => what,
        error => panic!("{error}"),
    };
    let event = named(store.read(&stream(1), Sequence::START).await.unwrap_err());
    assert_eq!(event, "event 2 of rollback:INC-2024-0115-001/1 (at 2)");
    assert_eq!(named(store.locks().await.unwrap_err()), "lock of api@production");
    assert_eq!(named(store.unhandled().await.unwrap_err()), "invocation 1");
    assert_eq!(named(store.lease(LeaseName::Chat).await.unwrap_err()), "lease chat");
    assert_eq!(named(store.deadlines().await.unwrap_err()), "deadline someday of INC-2024-0115-001/1");
    assert_eq!(named(store.open_incidents().await.unwrap_err()), "incident 0 of 2024-01-15");
    let slot = named(store.slots(incident(1)).await.unwrap_err());
    assert_eq!(slot, "slot ? of INC-2024-0115-001 in console");

    // It stops its own stream and lock alone.
    let error = store.commit(lock(vec![take("api", 2)])).await.unwrap_err();
    assert!(matches!(error, CommitError::Store(StoreError::Corrupt { .. })), "{error}");
    store.commit(append(stream(2), 0, &["a"])).await.unwrap();
}

#[tokio::test]
async fn an_event_that_somebody_changed_shows_by_its_hash() {
    let (_folder, path) = new_path();
    let store = SqliteStore::open(&path).await.unwrap();
    store.commit(append(stream(1), 0, &["a", "b", "c"])).await.unwrap();
    let mut other = raw(&path).await;
    sqlx::query("UPDATE events SET body = 'x' WHERE sequence = 2").execute(&mut other).await.unwrap();
    let events = store.read(&stream(1), Sequence::START).await.unwrap();
    let genuine: Vec<bool> = events.iter().map(|event| event.hash == event.expected_hash()).collect();
    assert_eq!(genuine, [true, false, true]);
}

/// A change, and a piece that is cut out, are each found once, at the place where they are.
#[tokio::test]
async fn a_look_through_the_log_finds_what_was_changed() {
    let (_folder, path) = new_path();
    let store = SqliteStore::open(&path).await.unwrap();
    for number in 1..=3 {
        store.commit(append(stream(number), 0, &["a", "b", "c"])).await.unwrap();
    }
    let whole = inspect(&store).await.unwrap();
    assert_eq!(whole, Inspection { streams: 3, events: 9, changed: Vec::new() });

    let mut other = raw(&path).await;
    for statement in [
        "UPDATE events SET kind = 'ended' WHERE position = 2",
        "DELETE FROM events WHERE position = 5",
        "DELETE FROM events WHERE position = 7",
    ] {
        sqlx::query(statement).execute(&mut other).await.unwrap();
    }
    let found = inspect(&store).await.unwrap();
    assert_eq!((found.streams, found.events), (3, 7));
    let changed: Vec<String> = found.changed.iter().map(|(stream, at)| format!("{stream} {}", at.0)).collect();
    assert_eq!(
        changed,
        ["rollback:INC-2024-0115-001/1 2", "rollback:INC-2024-0115-001/2 3", "rollback:INC-2024-0115-001/3 2"]
    );
}

/// Callers that go away at any moment leave whole commits, and a store that goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_go_away_break_nothing() {
    let (_folder, path) = new_path();
    let store = Arc::new(SqliteStore::open(&path).await.unwrap());
    for number in 1..=60_u32 {
        let store = Arc::clone(&store);
        let caller = tokio::spawn(async move {
            let writes = [append(stream(number), 0, &["a"]), append(stream(number + 1000), 0, &["b"])];
            let commit =
                Commit { writes: writes.into_iter().flat_map(|commit| commit.writes).collect(), ..lock(vec![]) };
            store.commit(commit).await
        });
        tokio::time::sleep(Duration::from_micros(u64::from(number) * 50)).await;
        caller.abort();
    }
    append_at_end(&*store, &stream(5000), "still here").await;
    for number in 1..=60 {
        let first = store.read(&stream(number), Sequence::START).await.unwrap();
        let second = store.read(&stream(number + 1000), Sequence::START).await.unwrap();
        assert_eq!(first.len(), second.len(), "{}", rollback(number));
        assert_chain(&first);
    }
}
