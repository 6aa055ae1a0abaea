//! Locks of services are taken in one transaction, passed on and freed.

use commands::ports::{CommitError, LockChange};
use futures::future::join_all;

use super::*;

fn pass(name: &str, from: u32, to: u32) -> LockChange {
    LockChange::Pass { service: service(name), from: rollback(from), to: rollback(to) }
}

fn free(number: u32) -> LockChange {
    LockChange::Free { rollback: rollback(number) }
}

async fn held(replicas: &Replicas) -> Vec<(String, u32)> {
    let mut locks: Vec<(String, u32)> =
        replicas.two.locks().await.unwrap().into_iter().map(|(key, by)| (key.name.to_string(), by.number)).collect();
    locks.sort();
    locks
}

fn locks(expected: &[(&str, u32)]) -> Vec<(String, u32)> {
    expected.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect()
}

/// All services of a request at once, then to another rollback, then to nobody.
pub async fn locks_are_taken_passed_and_freed(replicas: Replicas) {
    let store = &replicas.one;
    store.commit(lock(vec![take("api", 1), take("web", 1), take("mail", 2)])).await.unwrap();
    assert_eq!(held(&replicas).await, locks(&[("api", 1), ("mail", 2), ("web", 1)]));
    store.commit(lock(vec![pass("api", 1, 3)])).await.unwrap();
    assert_eq!(held(&replicas).await, locks(&[("api", 3), ("mail", 2), ("web", 1)]));
    store.commit(lock(vec![free(1)])).await.unwrap();
    assert_eq!(held(&replicas).await, locks(&[("api", 3), ("mail", 2)]));
    store.commit(lock(vec![free(1), free(9)])).await.unwrap();
    assert_eq!(held(&replicas).await, locks(&[("api", 3), ("mail", 2)]));
}

/// One service that is locked, and no lock of the request is taken. The holder is named.
pub async fn a_lock_of_another_refuses_all(replicas: Replicas) {
    replicas.one.commit(lock(vec![take("web", 1)])).await.unwrap();
    let error = replicas.two.commit(lock(vec![take("api", 2), take("web", 2)])).await.unwrap_err();
    assert_eq!(error, CommitError::Locked { service: service("web"), by: rollback(1) });
    assert_eq!(held(&replicas).await, locks(&[("web", 1)]));
}

/// The same rollback may take what it has: a commit that is tried again is no error.
pub async fn a_lock_is_taken_again_by_its_holder(replicas: Replicas) {
    replicas.one.commit(lock(vec![take("api", 1)])).await.unwrap();
    replicas.two.commit(lock(vec![take("api", 1), take("web", 1)])).await.unwrap();
    assert_eq!(held(&replicas).await, locks(&[("api", 1), ("web", 1)]));
}

/// Not by nobody, and not by another.
pub async fn a_lock_is_passed_only_by_its_holder(replicas: Replicas) {
    let not_locked = CommitError::NotLocked { service: service("api"), by: rollback(1) };
    let error = replicas.one.commit(lock(vec![take("web", 1), pass("api", 1, 2)])).await.unwrap_err();
    assert_eq!(error, not_locked);
    assert_eq!(held(&replicas).await, locks(&[]));
    replicas.one.commit(lock(vec![take("api", 3)])).await.unwrap();
    let error = replicas.two.commit(lock(vec![pass("api", 1, 2)])).await.unwrap_err();
    assert_eq!(error, not_locked);
    assert_eq!(held(&replicas).await, locks(&[("api", 3)]));
}

/// Ten rollbacks want one service at once.
pub async fn a_lock_is_won_by_one(replicas: Replicas) {
    let takers = (0..10_u32).map(|number| {
        let store = replicas.turn(number as usize);
        tokio::spawn(async move { store.commit(lock(vec![take("api", number + 1)])).await })
    });
    let outcomes: Vec<_> = join_all(takers).await.into_iter().map(Result::unwrap).collect();
    let winner = outcomes.iter().position(Result::is_ok).unwrap() as u32 + 1;
    assert_eq!(held(&replicas).await, locks(&[("api", winner)]));
    let lost = CommitError::Locked { service: service("api"), by: rollback(winner) };
    assert_eq!(outcomes.into_iter().filter(|outcome| outcome.as_ref().err() == Some(&lost)).count(), 9);
}

/// Changes count in their order within a commit.
pub async fn a_rollback_frees_and_another_takes_at_once(replicas: Replicas) {
    replicas.one.commit(lock(vec![take("api", 1)])).await.unwrap();
    replicas.one.commit(lock(vec![free(1), take("api", 2)])).await.unwrap();
    assert_eq!(held(&replicas).await, locks(&[("api", 2)]));
    let error = replicas.one.commit(lock(vec![take("api", 3), free(2)])).await.unwrap_err();
    assert_eq!(error, CommitError::Locked { service: service("api"), by: rollback(2) });
}
