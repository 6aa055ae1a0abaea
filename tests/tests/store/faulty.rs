//! The store that fails by script: a good store without a script, and as scripted with one.

use std::sync::Arc;
use std::time::Duration;

use adapters::store::sqlite::SqliteStore;
use commands::model::Sequence;
use commands::ports::{CommitError, Store, StoreError};
use tests::conformance::store::{Replicas, append, invocation, stream};
use tests::fake::{Death, FaultyStore};
use tokio::time::timeout;

const A_WHILE: Duration = Duration::from_millis(100);

async fn without_a_script() -> Replicas {
    let replicas = super::in_memory().await;
    let one = Arc::new(FaultyStore::new(replicas.one));
    Replicas { one: Arc::clone(&one) as _, two: one, keep: replicas.keep }
}

mod without_a_script {
    tests::store_conformance!(super::without_a_script);
}

async fn faulty() -> (Arc<SqliteStore>, Arc<FaultyStore>) {
    let inner = Arc::new(SqliteStore::in_memory().await.unwrap());
    (Arc::clone(&inner), Arc::new(FaultyStore::new(inner)))
}

async fn length(store: &dyn Store) -> usize {
    store.read(&stream(1), Sequence::START).await.unwrap().len()
}

#[tokio::test]
async fn the_named_commit_fails_and_no_other() {
    let (_inner, store) = faulty().await;
    let lost = CommitError::Store(StoreError::Unavailable("away".to_owned()));
    store.fail_commit(2, lost.clone());
    store.commit(append(stream(1), 0, &["a"])).await.unwrap();
    assert_eq!(store.commit(append(stream(1), 1, &["b"])).await.unwrap_err(), lost);
    assert_eq!(length(&*store).await, 1);
    store.commit(append(stream(1), 1, &["b"])).await.unwrap();
    assert_eq!((store.commits(), store.asked()), (2, 3));
}

#[tokio::test]
async fn after_its_death_nothing_returns_and_the_last_commit_is_there() {
    let (inner, store) = faulty().await;
    store.kill_after(2, Death::Silent);
    store.commit(append(stream(1), 0, &["a"])).await.unwrap();
    assert!(!store.is_dead());
    assert!(timeout(A_WHILE, store.commit(append(stream(1), 1, &["b"]))).await.is_err());
    timeout(A_WHILE, store.died()).await.unwrap();
    assert!(timeout(A_WHILE, store.read(&stream(1), Sequence::START)).await.is_err());
    assert!(timeout(A_WHILE, store.accept(&invocation("x"))).await.is_err());
    assert!(timeout(A_WHILE, store.commit(append(stream(1), 2, &["c"]))).await.is_err());
    assert_eq!((store.commits(), length(&*inner).await), (2, 2));
}

#[tokio::test]
async fn it_dies_before_a_commit_too_and_may_refuse() {
    let (inner, store) = faulty().await;
    store.kill_before(2, Death::Refusing);
    store.commit(append(stream(1), 0, &["a"])).await.unwrap();
    let killed = StoreError::Unavailable("killed by the script".to_owned());
    let error = store.commit(append(stream(1), 1, &["b"])).await.unwrap_err();
    assert_eq!(error, CommitError::Store(killed.clone()));
    assert_eq!(store.locks().await.unwrap_err(), killed);
    assert_eq!((store.commits(), length(&*inner).await), (1, 1));
}

#[tokio::test]
async fn of_commits_at_once_exactly_as_many_as_scripted_are_done() {
    let (inner, store) = faulty().await;
    store.kill_after(5, Death::Refusing);
    let commits: Vec<_> = (1..=20)
        .map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.commit(append(stream(number), 0, &["a"])).await.is_ok() })
        })
        .collect();
    let mut heard = 0;
    for commit in commits {
        heard += usize::from(commit.await.unwrap());
    }
    assert_eq!(inner.since(0, 100).await.unwrap().len(), 5);
    assert_eq!(heard, 4, "the fifth is done and not heard of");
}

#[tokio::test]
async fn while_it_is_full_it_reads_and_does_not_write() {
    let (_inner, store) = faulty().await;
    store.set_full(true);
    let full = StoreError::Full("full by the script".to_owned());
    let error = store.commit(append(stream(1), 0, &["a"])).await.unwrap_err();
    assert_eq!(error, CommitError::Store(full.clone()));
    assert_eq!(store.accept(&invocation("x")).await.unwrap_err(), full);
    assert_eq!(length(&*store).await, 0);
    store.set_full(false);
    store.commit(append(stream(1), 0, &["a"])).await.unwrap();
}

#[tokio::test]
async fn a_delay_holds_a_commit_up() {
    let (_inner, store) = faulty().await;
    store.set_delay(A_WHILE);
    let begun = std::time::Instant::now();
    store.commit(append(stream(1), 0, &["a"])).await.unwrap();
    assert!(begun.elapsed() >= A_WHILE);
}
