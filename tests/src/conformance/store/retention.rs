//! What is not kept for ever.

use commands::model::{IncidentId, RollbackId, Sequence, ShownIn, Slot, SlotId, SlotOwner, StreamId};
use commands::ports::{Commit, Deadline, DeadlineChange, DeadlineName, IncidentChange, LockChange, SlotRow};

use super::*;

/// Of an incident that was closed only its number, and the ends of its streams, are left; nothing else
/// is touched.
pub async fn a_removed_incident_leaves_a_tombstone(replicas: Replicas) {
    let Replicas { one, two, .. } = &replicas;
    let (gone, kept) = (incident(1), incident(10));
    for id in [gone, kept] {
        let rollback = StreamId::Rollback(RollbackId { incident: id, number: 1 });
        one.commit(append(StreamId::Incident(id), 0, &["opened", "closed"])).await.unwrap();
        one.commit(append(rollback, 0, &["asked"])).await.unwrap();
        one.put_slot(&report_of(id)).await.unwrap();
    }
    let close = |id| IncidentChange::Close { incident: id, at: at("16:00:00") };
    one.commit(Commit { incidents: vec![close(kept), close(gone)], ..Commit::default() }).await.unwrap();
    assert_eq!(two.closed_incidents(at("16:00:00"), 9).await.unwrap(), [], "closed at that moment, not before");
    assert_eq!(two.closed_incidents(at("16:00:01"), 9).await.unwrap(), [gone, kept]);
    assert_eq!(two.closed_incidents(at("16:00:01"), 1).await.unwrap(), [gone]);

    let last = two.read(&StreamId::Incident(gone), Sequence::START).await.unwrap().pop().unwrap();
    let tombstone = one.remove_incident(gone, at("17:00:00")).await.unwrap().unwrap();
    assert_eq!((tombstone.incident, tombstone.closed_at), (gone, at("16:00:00")));
    assert_eq!(tombstone.removed_at, at("17:00:00"));
    let ends: Vec<String> = tombstone.ends.iter().map(|end| format!("{} {}", end.stream, end.sequence.0)).collect();
    assert_eq!(ends, ["incident:INC-2024-0115-001 2", "rollback:INC-2024-0115-001/1 1"]);
    assert_eq!(tombstone.ends[0].hash, last.hash);

    assert_eq!(two.tombstone(gone).await.unwrap(), Some(tombstone));
    assert_eq!(two.read(&StreamId::Incident(gone), Sequence::START).await.unwrap(), []);
    assert_eq!(two.slots(gone).await.unwrap(), []);
    assert_eq!(two.closed_incidents(at("16:00:01"), 9).await.unwrap(), [kept]);
    assert_eq!(one.remove_incident(gone, at("18:00:00")).await.unwrap(), None, "it is gone already");
    assert_eq!(two.read(&StreamId::Incident(kept), Sequence::START).await.unwrap().len(), 2);
    assert_eq!(two.slots(kept).await.unwrap().len(), 1);
    assert_eq!(two.tombstone(kept).await.unwrap(), None);
}

/// Open, opened again, locked, or waited for: kept.
pub async fn an_incident_that_is_not_over_is_not_removed(replicas: Replicas) {
    let store = &replicas.one;
    let later = at("17:00:00");
    assert_eq!(store.remove_incident(incident(1), later).await.unwrap(), None, "never heard of");
    let open = IncidentChange::Open(incident(1));
    let close = IncidentChange::Close { incident: incident(1), at: at("16:00:00") };
    for incidents in [vec![open], vec![close, open]] {
        store.commit(Commit { incidents, ..Commit::default() }).await.unwrap();
        assert_eq!(store.closed_incidents(later, 9).await.unwrap(), []);
        assert_eq!(store.remove_incident(incident(1), later).await.unwrap(), None, "it is open");
    }
    store.commit(Commit { incidents: vec![close], ..lock(vec![take("api", 1)]) }).await.unwrap();
    assert_eq!(store.remove_incident(incident(1), later).await.unwrap(), None, "it holds a lock");
    let watch = Deadline { rollback: rollback(1), name: DeadlineName::WatchEnd, at: later };
    let freed = Commit {
        deadlines: vec![DeadlineChange::Set(watch)],
        ..lock(vec![LockChange::Free { rollback: rollback(1) }])
    };
    store.commit(freed).await.unwrap();
    assert_eq!(store.remove_incident(incident(1), later).await.unwrap(), None, "a deadline is ahead");
    let met = Commit { deadlines: vec![DeadlineChange::ClearAll { rollback: rollback(1) }], ..Commit::default() };
    store.commit(met).await.unwrap();
    assert!(store.remove_incident(incident(1), later).await.unwrap().is_some());
}

fn report_of(id: IncidentId) -> SlotRow {
    SlotRow {
        slot: SlotId { owner: SlotOwner::Incident(id), slot: Slot::Report, shown_in: ShownIn::Room },
        chat: "console".into(),
        room: "room".to_owned(),
        message: Some("1".to_owned()),
        shown: None,
        attempt: None,
    }
}
