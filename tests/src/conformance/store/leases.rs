//! A lease keeps one thing for one replica of the bot.

use commands::ports::{Lease, LeaseName, LeaseSeen};
use futures::future::join_all;

use super::*;

const NAME: LeaseName = LeaseName::Observer;

fn seen(holder: Option<&str>, epoch: u64, beat: u64) -> LeaseSeen {
    LeaseSeen { holder: holder.map(str::to_owned), epoch, beat }
}

/// Nobody had it, and ten replicas want it at once; then all see the same holder and want it again.
pub async fn a_lease_is_taken_by_one(replicas: Replicas) {
    assert_eq!(replicas.one.lease(NAME).await.unwrap(), None);
    for epoch in 1..=3 {
        let before = replicas.one.lease(NAME).await.unwrap();
        let takers = (0..10).map(|number| {
            let (store, before) = (replicas.turn(number), before.clone());
            tokio::spawn(async move { store.take_lease(NAME, &format!("replica-{number}"), before).await.unwrap() })
        });
        let mut got: Vec<Lease> = join_all(takers).await.into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(got.len(), 1);
        let lease = got.remove(0);
        assert_eq!((lease.name, lease.epoch), (NAME, epoch));
        assert_eq!(replicas.two.lease(NAME).await.unwrap(), Some(seen(Some(&lease.holder), epoch, 0)));
    }
}

/// Another holder, epoch or beat than was seen, and nothing is taken.
pub async fn a_lease_is_taken_only_as_it_was_seen(replicas: Replicas) {
    let store = &replicas.one;
    let held = lease(&**store, NAME, "one").await;
    store.renew_leases(std::slice::from_ref(&held)).await.unwrap();
    let wrong = [
        None,
        Some(seen(None, 1, 1)),
        Some(seen(Some("two"), 1, 1)),
        Some(seen(Some("one"), 2, 1)),
        Some(seen(Some("one"), 1, 0)),
        Some(seen(Some("one"), 1, 2)),
    ];
    for view in wrong {
        assert_eq!(store.take_lease(NAME, "two", view.clone()).await.unwrap(), None, "{view:?}");
    }
    let taken = store.take_lease(NAME, "two", Some(seen(Some("one"), 1, 1))).await.unwrap();
    assert_eq!(taken, Some(Lease { name: NAME, holder: "two".to_owned(), epoch: 2 }));
    let stranger = store.take_lease(LeaseName::Chat, "two", Some(seen(None, 1, 0))).await.unwrap();
    assert_eq!(stranger, None, "a lease that nobody had cannot have been seen");
}

/// A renewal is seen by all; one that was lost is told by being left out.
pub async fn a_lease_is_renewed_while_it_is_held(replicas: Replicas) {
    let store = &replicas.one;
    let mine = lease(&**store, NAME, "one").await;
    let lost = lease(&**store, LeaseName::Chat, "one").await;
    let never = Lease { name: LeaseName::Rollback(rollback(1)), holder: "one".to_owned(), epoch: 1 };
    lease(&*replicas.two, LeaseName::Chat, "two").await;
    let wanted = [lost.clone(), mine.clone(), never];
    assert_eq!(store.renew_leases(&wanted).await.unwrap(), std::slice::from_ref(&mine));
    assert_eq!(store.renew_leases(&wanted).await.unwrap(), [mine]);
    assert_eq!(replicas.two.lease(NAME).await.unwrap(), Some(seen(Some("one"), 1, 2)));
    assert_eq!(replicas.two.lease(LeaseName::Chat).await.unwrap(), Some(seen(Some("two"), 2, 0)));
    assert_eq!(store.renew_leases(&[]).await.unwrap(), []);
}

/// It has no holder, keeps its epoch, and the next one's is greater. Giving back a lost one changes nothing.
pub async fn a_released_lease_waits_for_nobody(replicas: Replicas) {
    let first = lease(&*replicas.one, NAME, "one").await;
    replicas.one.release_lease(&first).await.unwrap();
    let free = replicas.two.lease(NAME).await.unwrap().unwrap();
    assert_eq!((free.holder.as_deref(), free.epoch), (None, 1));
    assert_eq!(replicas.one.renew_leases(std::slice::from_ref(&first)).await.unwrap(), []);

    let second = lease(&*replicas.two, NAME, "two").await;
    assert_eq!(second.epoch, 2);
    replicas.one.release_lease(&first).await.unwrap();
    assert_eq!(replicas.one.lease(NAME).await.unwrap(), Some(seen(Some("two"), 2, 0)));

    // The same replica again, after a restart: what it did before is as lost as a stranger's.
    let again = lease(&*replicas.two, NAME, "two").await;
    assert_eq!(again.epoch, 3);
    replicas.two.release_lease(&second).await.unwrap();
    assert_eq!(replicas.two.renew_leases(&[second, again.clone()]).await.unwrap(), [again]);
}

/// One for each rollback, one for chat, one for the observer.
pub async fn leases_of_different_names_are_apart(replicas: Replicas) {
    let names =
        [LeaseName::Chat, LeaseName::Observer, LeaseName::Rollback(rollback(1)), LeaseName::Rollback(rollback(2))];
    let mut held = Vec::new();
    for (number, name) in names.into_iter().enumerate() {
        held.push(lease(&*replicas.turn(number), name, &format!("replica-{number}")).await);
    }
    assert_eq!(replicas.one.renew_leases(&held).await.unwrap(), held);
    replicas.one.release_lease(&held[2]).await.unwrap();
    let left = [held[0].clone(), held[1].clone(), held[3].clone()];
    assert_eq!(replicas.one.renew_leases(&held).await.unwrap(), left);
}
