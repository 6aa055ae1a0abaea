//! What readers see of the log.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use commands::model::{Sequence, StreamId};
use commands::ports::Commit;
use futures::future::join_all;

use super::*;

/// From the start, from the middle, from the end and beyond; an unknown stream is empty.
pub async fn a_stream_is_read_from_any_place(replicas: Replicas) {
    let written = replicas.one.commit(append(stream(1), 0, &["a", "b", "c"])).await.unwrap();
    for after in 0..=3 {
        let read = replicas.one.read(&stream(1), Sequence(after)).await.unwrap();
        assert_eq!(read, written[after as usize..]);
    }
    assert_eq!(replicas.one.read(&stream(1), Sequence(u64::MAX)).await.unwrap(), []);
    assert_eq!(replicas.one.read(&stream(2), Sequence::START).await.unwrap(), []);
}

/// A reader that goes on from the last position it was given comes to the end and sees each stream.
pub async fn growth_is_listed_in_order_and_bounded(replicas: Replicas) {
    let mut streams = BTreeSet::new();
    for number in 1..=7 {
        replicas.turn(number as usize).commit(append(stream(number), 0, &["a"])).await.unwrap();
        streams.insert(stream(number));
    }
    let last = replicas.one.commit(append(stream(3), 1, &["b"])).await.unwrap()[0].position;
    let (mut position, mut seen) = (0, BTreeSet::new());
    loop {
        let page = replicas.one.since(position, 3).await.unwrap();
        assert!(page.len() <= 3);
        assert!(page.is_sorted_by_key(|(position, _)| *position));
        let Some((end, _)) = page.last() else { break };
        assert!(page[0].0 > position, "only what is new is listed");
        position = *end;
        seen.extend(page.into_iter().map(|(_, stream)| stream));
    }
    assert_eq!(position, last);
    assert_eq!(seen, streams);
    assert_eq!(replicas.one.since(u64::MAX, 3).await.unwrap(), []);
    assert_eq!(replicas.one.since(0, 0).await.unwrap(), []);
}

/// While eight writers commit by two replicas, a reader that goes on from the last position that it saw
/// finds each of them.
pub async fn a_reader_of_growth_misses_nothing(replicas: Replicas) {
    let writing = Arc::new(AtomicBool::new(true));
    let reader = tokio::spawn(follow(replicas.turn(1), Arc::clone(&writing)));
    let writers = (0..8_u32).map(|writer| {
        let store = replicas.turn(writer as usize);
        tokio::spawn(async move {
            for number in 0..15 {
                store.commit(append(stream(1 + writer * 100 + number), 0, &["a"])).await.unwrap();
            }
        })
    });
    for written in join_all(writers).await {
        written.unwrap();
    }
    writing.store(false, Ordering::SeqCst);
    assert_eq!(reader.await.unwrap().len(), 8 * 15);
}

/// Reads growth until nobody writes any more and nothing is new.
async fn follow(store: Arc<dyn commands::ports::Store>, writing: Arc<AtomicBool>) -> BTreeSet<StreamId> {
    let (mut position, mut seen) = (0, BTreeSet::new());
    loop {
        let last_look = !writing.load(Ordering::SeqCst);
        let page = store.since(position, 5).await.unwrap();
        match page.last() {
            Some((end, _)) => position = *end,
            None if last_look => return seen,
            None => tokio::task::yield_now().await,
        }
        seen.extend(page.into_iter().map(|(_, stream)| stream));
    }
}

/// A stream that is written in the same commits, and read later, is never behind; what is read is always
/// a chain.
pub async fn reads_see_whole_commits(replicas: Replicas) {
    let (first, second) = (stream(1), stream(2));
    let writer = {
        let (store, first, second) = (replicas.turn(0), first.clone(), second.clone());
        tokio::spawn(async move {
            for end in 0..60 {
                let writes = vec![write(first.clone(), end, &["a"]), write(second.clone(), end, &["b"])];
                store.commit(Commit { writes, ..Commit::default() }).await.unwrap();
            }
        })
    };
    loop {
        let earlier = replicas.two.read(&first, Sequence::START).await.unwrap();
        let later = replicas.two.read(&second, Sequence::START).await.unwrap();
        assert_chain(&earlier);
        assert_chain(&later);
        assert!(later.len() >= earlier.len(), "{} after {}", later.len(), earlier.len());
        if earlier.len() == 60 {
            break;
        }
        tokio::task::yield_now().await;
    }
    writer.await.unwrap();
}

/// As soon as a commit returns, everybody reads it.
pub async fn what_one_replica_wrote_the_other_reads(replicas: Replicas) {
    for number in 1..=30 {
        let writer = replicas.turn(number as usize);
        let reader = replicas.turn(number as usize + 1);
        let written = writer.commit(append(stream(number), 0, &["a"])).await.unwrap();
        assert_eq!(reader.read(&stream(number), Sequence::START).await.unwrap(), written);
        assert_eq!(reader.since(written[0].position - 1, 1).await.unwrap(), [(written[0].position, stream(number))]);
    }
}
