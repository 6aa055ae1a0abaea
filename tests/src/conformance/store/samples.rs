//! What cases are made of.

use commands::model::{
    Actor, Digest, Identity, IncidentId, Input, Invocation, ReplyHandle, RollbackId, Sequence, ServiceKey, StoredEvent,
    StreamId,
};
use commands::ports::{Commit, CommitError, Lease, LeaseName, LockChange, NewEvent, Store, Write};
use jiff::Timestamp;
use jiff::civil::Date;

/// The day of all samples.
#[must_use]
pub fn day() -> Date {
    Date::constant(2024, 1, 15)
}

/// A time of that day.
#[must_use]
pub fn at(text: &str) -> Timestamp {
    format!("2024-01-15T{text}Z").parse().expect("a time of day")
}

/// An incident of that day.
#[must_use]
pub fn incident(number: u32) -> IncidentId {
    IncidentId { day: day(), number }
}

/// A rollback of the first incident.
#[must_use]
pub fn rollback(number: u32) -> RollbackId {
    RollbackId { incident: incident(1), number }
}

/// Its stream.
#[must_use]
pub fn stream(number: u32) -> StreamId {
    StreamId::Rollback(rollback(number))
}

/// A service in production.
#[must_use]
pub fn service(name: &str) -> ServiceKey {
    ServiceKey { name: name.into(), environment: "production".into() }
}

/// A fact with this body.
#[must_use]
pub fn event(body: &str) -> NewEvent {
    NewEvent {
        at: at("15:25:00.000000001"),
        actor: Actor::System,
        kind: "started".to_owned(),
        version: 1,
        configuration: Digest::of(b"configuration"),
        body: body.to_owned(),
    }
}

/// One fact for each body, after this sequence.
#[must_use]
pub fn write(stream: StreamId, expected: u64, bodies: &[&str]) -> Write {
    Write { stream, expected: Sequence(expected), events: bodies.iter().map(|body| event(body)).collect() }
}

/// A commit of one write.
#[must_use]
pub fn append(stream: StreamId, expected: u64, bodies: &[&str]) -> Commit {
    Commit { writes: vec![write(stream, expected, bodies)], ..Commit::default() }
}

/// A commit that changes locks alone.
#[must_use]
pub fn lock(locks: Vec<LockChange>) -> Commit {
    Commit { locks, ..Commit::default() }
}

/// Takes a service's lock.
#[must_use]
pub fn take(name: &str, number: u32) -> LockChange {
    LockChange::Take { service: service(name), rollback: rollback(number) }
}

/// A typed command.
#[must_use]
pub fn invocation(key: &str) -> Invocation {
    Invocation {
        key: key.to_owned(),
        identity: Identity { chat: "console".into(), workspace: "here".to_owned(), user: "on-call".to_owned() },
        display_name: "On-call engineer".to_owned(),
        room: "terminal".to_owned(),
        input: Input::Command("api-service v1.2.9".to_owned()),
        reply: ReplyHandle("reply here".to_owned()),
        received_at: at("15:20:00"),
    }
}

/// Appends one fact at the end of a stream, however often others are first.
pub async fn append_at_end(store: &dyn Store, stream: &StreamId, body: &str) -> StoredEvent {
    let mut end = 0;
    loop {
        match store.commit(append(stream.clone(), end, &[body])).await {
            Ok(mut events) => return events.remove(0),
            Err(CommitError::Conflict { found, .. }) => end = found.0,
            Err(error) => panic!("append to {stream}: {error}"),
        }
    }
}

/// Takes a lease that nobody holds yet.
pub async fn lease(store: &dyn Store, name: LeaseName, holder: &str) -> Lease {
    let seen = store.lease(name).await.expect("the lease is read");
    store.take_lease(name, holder, seen).await.expect("the lease is asked for").expect("the lease is free")
}

/// Holds that a stream, read from its start, is a chain without a gap.
pub fn assert_chain(events: &[StoredEvent]) {
    let mut previous = Digest::default();
    let mut position = 0;
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event.sequence, Sequence(index as u64 + 1), "a sequence has no gap");
        assert_eq!(event.previous, previous, "an event names the hash before it");
        assert_eq!(event.hash, event.expected_hash(), "a hash is over what the event says");
        assert!(event.position > position, "positions grow");
        (previous, position) = (event.hash, event.position);
    }
}
