//! A commit does all of it, or nothing.

use commands::model::{Actor, Sequence, StreamId};
use commands::ports::{
    Commit, CommitError, Deadline, DeadlineChange, DeadlineName, IncidentChange, Lease, LeaseName, NewEvent, Write,
};
use futures::future::join_all;

use super::*;

/// Sequences, positions and hashes are as the port says, and reading gives what the commit gave.
pub async fn a_commit_seals_its_events_in_order(replicas: Replicas) {
    let first = replicas.one.commit(append(stream(1), 0, &["a", "b"])).await.unwrap();
    let second = replicas.one.commit(append(stream(1), 2, &["c"])).await.unwrap();
    let read = replicas.one.read(&stream(1), Sequence::START).await.unwrap();
    assert_eq!(read, [first, second].concat());
    assert_eq!(read.iter().map(|event| event.body.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_chain(&read);
}

/// Nothing to do is done.
pub async fn an_empty_commit_does_nothing(replicas: Replicas) {
    assert_eq!(replicas.one.commit(Commit::default()).await.unwrap(), []);
    assert_eq!(replicas.one.since(0, 10).await.unwrap(), []);
}

/// Several streams, and one stream twice, each after what the commit itself wrote.
pub async fn several_writes_of_one_commit_share_its_fate(replicas: Replicas) {
    let incident = StreamId::Incident(incident(1));
    let commit = Commit {
        writes: vec![
            write(incident.clone(), 0, &["opened"]),
            write(stream(1), 0, &["requested"]),
            write(incident.clone(), 1, &["rollback-added"]),
        ],
        ..Commit::default()
    };
    let events = replicas.one.commit(commit).await.unwrap();
    assert!(events.is_sorted_by_key(|event| event.position));
    assert_eq!(events.iter().map(|event| event.sequence.0).collect::<Vec<_>>(), [1, 1, 2]);
    assert_chain(&replicas.one.read(&incident, Sequence::START).await.unwrap());
    assert_chain(&replicas.one.read(&stream(1), Sequence::START).await.unwrap());
}

/// Whatever comes before the write that fails is as if it had never been asked for.
pub async fn a_failing_write_leaves_nothing(replicas: Replicas) {
    let store = &replicas.one;
    store.commit(append(stream(2), 0, &["there before"])).await.unwrap();
    store.accept(&invocation("click")).await.unwrap();
    let deadline = Deadline { rollback: rollback(1), name: DeadlineName::Expiry, at: at("16:00:00") };
    let commit = Commit {
        writes: vec![write(stream(1), 0, &["a"]), write(stream(2), 0, &["b"])],
        handles: Some("click".to_owned()),
        locks: vec![take("api-service", 1)],
        deadlines: vec![DeadlineChange::Set(deadline)],
        incidents: vec![IncidentChange::Open(incident(1))],
        fence: None,
    };
    let error = store.commit(commit.clone()).await.unwrap_err();
    assert_eq!(error, CommitError::Conflict { stream: stream(2), expected: Sequence(0), found: Sequence(1) });
    assert_eq!(store.read(&stream(1), Sequence::START).await.unwrap(), []);
    assert_eq!(store.unhandled().await.unwrap().len(), 1);
    assert_eq!(store.locks().await.unwrap(), []);
    assert_eq!(store.deadlines().await.unwrap(), []);
    assert_eq!(store.open_incidents().await.unwrap(), []);

    let mended = Commit { writes: vec![write(stream(1), 0, &["a"]), write(stream(2), 1, &["b"])], ..commit };
    assert_eq!(store.commit(mended).await.unwrap().len(), 2);
    assert_eq!(store.unhandled().await.unwrap(), []);
    assert_eq!(store.deadlines().await.unwrap().len(), 1);
}

/// Behind, ahead, and not there at all.
pub async fn a_stream_must_be_where_its_writer_saw_it(replicas: Replicas) {
    let store = &replicas.one;
    store.commit(append(stream(1), 0, &["a", "b"])).await.unwrap();
    for (number, expected, found) in [(1, 0, 2), (1, 1, 2), (1, 3, 2), (2, 1, 0), (1, u64::MAX, 2)] {
        let error = store.commit(append(stream(number), expected, &["late"])).await.unwrap_err();
        let (expected, found) = (Sequence(expected), Sequence(found));
        assert_eq!(error, CommitError::Conflict { stream: stream(number), expected, found });
    }
    assert_eq!(store.read(&stream(1), Sequence::START).await.unwrap().len(), 2);
}

/// Both know the same end; one appends, the other hears where the stream is now.
pub async fn of_two_writers_exactly_one_wins(replicas: Replicas) {
    for round in 0..20 {
        let (left, right) = tokio::join!(
            replicas.one.commit(append(stream(1), round, &["left"])),
            replicas.two.commit(append(stream(1), round, &["right"])),
        );
        let (won, lost) = if left.is_ok() { (left, right) } else { (right, left) };
        assert_eq!(won.unwrap()[0].sequence, Sequence(round + 1));
        let (expected, found) = (Sequence(round), Sequence(round + 1));
        assert_eq!(lost.unwrap_err(), CommitError::Conflict { stream: stream(1), expected, found });
    }
    assert_chain(&replicas.two.read(&stream(1), Sequence::START).await.unwrap());
}

/// Eight writers retry until each has written ten.
pub async fn many_writers_of_one_stream_keep_its_chain(replicas: Replicas) {
    let writers = (0..8).map(|writer| {
        let store = replicas.turn(writer);
        tokio::spawn(async move {
            for number in 0..10 {
                append_at_end(&*store, &stream(1), &format!("{writer}/{number}")).await;
            }
        })
    });
    for written in join_all(writers).await {
        written.unwrap();
    }
    let events = replicas.one.read(&stream(1), Sequence::START).await.unwrap();
    assert_eq!(events.len(), 80);
    assert_chain(&events);
}

/// Ten commits claim one click: one does its work, the others do nothing.
pub async fn an_invocation_is_handled_by_one_commit(replicas: Replicas) {
    replicas.one.accept(&invocation("click")).await.unwrap();
    let commits = (0..10).map(|number: u32| {
        let store = replicas.turn(number as usize);
        let commit = Commit { handles: Some("click".to_owned()), ..append(stream(number + 1), 0, &["voted"]) };
        tokio::spawn(async move { store.commit(commit).await })
    });
    let mut done = 0;
    for (number, outcome) in join_all(commits).await.into_iter().enumerate() {
        let events = replicas.one.read(&stream(number as u32 + 1), Sequence::START).await.unwrap();
        match outcome.unwrap() {
            Ok(_) => done += events.len(),
            Err(error) => {
                assert_eq!(error, CommitError::AlreadyHandled("click".to_owned()));
                assert_eq!(events, []);
            }
        }
    }
    assert_eq!(done, 1);
    assert_eq!(replicas.one.unhandled().await.unwrap(), []);
}

/// A key that was never stored is kept as a handled one.
pub async fn an_unknown_invocation_is_handled_once_too(replicas: Replicas) {
    let commit = |number| Commit { handles: Some("timer".to_owned()), ..append(stream(number), 0, &["expired"]) };
    replicas.one.commit(commit(1)).await.unwrap();
    let error = replicas.two.commit(commit(2)).await.unwrap_err();
    assert_eq!(error, CommitError::AlreadyHandled("timer".to_owned()));
    assert_eq!(replicas.one.accept(&invocation("timer")).await.unwrap(), commands::ports::Accepted::Duplicate);
    assert!(!replicas.one.handled("timer").await.unwrap());
    assert_eq!(replicas.one.unhandled().await.unwrap(), []);
}

/// Taken over, given back, never held: all fenced; the holder goes on.
pub async fn a_commit_under_a_lost_lease_is_refused(replicas: Replicas) {
    let name = LeaseName::Rollback(rollback(1));
    let fenced = |number, lease: &Lease| Commit { fence: Some(lease.clone()), ..append(stream(number), 0, &["step"]) };
    let never = Lease { name, holder: "one".to_owned(), epoch: 1 };
    assert_eq!(replicas.one.commit(fenced(1, &never)).await.unwrap_err(), CommitError::Fenced(name));

    let stalled = lease(&*replicas.one, name, "one").await;
    replicas.one.commit(fenced(1, &stalled)).await.unwrap();
    replicas.one.renew_leases(std::slice::from_ref(&stalled)).await.unwrap();
    replicas.one.commit(fenced(2, &stalled)).await.unwrap();

    let taker = lease(&*replicas.two, name, "two").await;
    assert_eq!(replicas.one.commit(fenced(3, &stalled)).await.unwrap_err(), CommitError::Fenced(name));
    let forged = Lease { holder: "one".to_owned(), ..taker.clone() };
    assert_eq!(replicas.one.commit(fenced(3, &forged)).await.unwrap_err(), CommitError::Fenced(name));
    replicas.two.commit(fenced(3, &taker)).await.unwrap();

    replicas.two.release_lease(&taker).await.unwrap();
    assert_eq!(replicas.two.commit(fenced(4, &taker)).await.unwrap_err(), CommitError::Fenced(name));
    assert_eq!(replicas.two.read(&stream(4), Sequence::START).await.unwrap(), []);
}

/// A second delivery must hear that it is one, not that the stream moved on because of the first; and
/// who lost the lease hears that, whatever else is wrong.
pub async fn what_was_handled_is_said_first(replicas: Replicas) {
    let store = &replicas.one;
    store.commit(Commit { handles: Some("click".to_owned()), ..append(stream(1), 0, &["voted"]) }).await.unwrap();
    store.commit(lock(vec![take("api-service", 1)])).await.unwrap();
    let all_wrong = Commit {
        handles: Some("click".to_owned()),
        fence: Some(Lease { name: LeaseName::Chat, holder: "one".to_owned(), epoch: 7 }),
        locks: vec![take("api-service", 2)],
        ..append(stream(1), 0, &["voted"])
    };
    let error = store.commit(all_wrong.clone()).await.unwrap_err();
    assert_eq!(error, CommitError::AlreadyHandled("click".to_owned()));
    let new_click = Commit { handles: None, ..all_wrong };
    assert_eq!(store.commit(new_click.clone()).await.unwrap_err(), CommitError::Fenced(LeaseName::Chat));
    let without_lease = Commit { fence: None, ..new_click };
    let error = store.commit(without_lease).await.unwrap_err();
    assert!(matches!(error, CommitError::Conflict { .. }), "{error:?}");
}

/// Every script, quotes, line ends, and what looks like SQL.
pub async fn bodies_keep_every_byte(replicas: Replicas) {
    let bodies = ["", "障害対応 \u{1f6a8}", "e\u{301} is not \u{e9}", "'; DROP TABLE events; --", "\"\\\r\n\t?1 $1 :a"];
    let person = Actor::Person { person: "on-call".into(), identity: invocation("x").identity };
    let actors = [Actor::System, person, Actor::Trigger("エラー率".to_owned()), Actor::Pipeline("main".to_owned())];
    let events: Vec<NewEvent> = bodies
        .iter()
        .zip(actors.iter().cycle())
        .map(|(body, actor)| NewEvent { actor: actor.clone(), version: u32::MAX, ..event(body) })
        .collect();
    let of_service = StreamId::Service(service("サービス"));
    let write = Write { stream: of_service.clone(), expected: Sequence::START, events };
    let written = replicas.one.commit(Commit { writes: vec![write], ..Commit::default() }).await.unwrap();
    let read = replicas.two.read(&of_service, Sequence::START).await.unwrap();
    assert_eq!(read, written);
    assert_eq!(read.iter().map(|event| event.body.as_str()).collect::<Vec<_>>(), bodies);
    assert_eq!(read[1].actor, actors[1]);
    assert_chain(&read);
}

/// One mebibyte, as a report may have.
pub async fn a_large_body_is_kept(replicas: Replicas) {
    let body = "0123456789abcdef".repeat(1 << 16);
    replicas.one.commit(append(stream(1), 0, &[&body])).await.unwrap();
    let read = replicas.two.read(&stream(1), Sequence::START).await.unwrap();
    assert_eq!(read[0].body.len(), 1 << 20);
    assert_eq!(read[0].body, body);
    assert_chain(&read);
}

/// Whichever field is changed afterwards, the hash does not fit any more.
pub async fn tampering_with_any_field_shows(replicas: Replicas) {
    replicas.one.commit(append(stream(1), 0, &["first", "second"])).await.unwrap();
    let event = replicas.one.read(&stream(1), Sequence(1)).await.unwrap().remove(0);
    type Tamper = fn(&mut commands::model::StoredEvent);
    let ways: [(&str, Tamper); 9] = [
        ("stream", |event| event.stream = stream(2)),
        ("sequence", |event| event.sequence = Sequence(3)),
        ("at", |event| event.at = at("15:25:00")),
        ("actor", |event| event.actor = Actor::Trigger("system".to_owned())),
        ("kind", |event| event.kind.push('x')),
        ("version", |event| event.version += 1),
        ("configuration", |event| event.configuration.0[0] ^= 1),
        ("previous", |event| event.previous.0[31] ^= 1),
        ("body", |event| event.body.push(' ')),
    ];
    for (field, tamper) in ways {
        let mut changed = event.clone();
        tamper(&mut changed);
        assert_ne!(changed.expected_hash(), changed.hash, "{field}");
    }
}
