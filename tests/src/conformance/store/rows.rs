//! The rows beside the log: deadlines, open incidents, slots, cursors.

use commands::model::{Digest, IncidentId, RollbackId, ShownIn, Slot, SlotId, SlotOwner};
use commands::ports::{Commit, Deadline, DeadlineChange, DeadlineName, IncidentChange, SlotRow, Store};
use jiff::civil::Date;

use super::*;

/// The next one first, to the nanosecond; one row for each name of a rollback.
pub async fn deadlines_are_set_moved_and_cleared(replicas: Replicas) {
    let deadline = |number, name, time| Deadline { rollback: rollback(number), name, at: at(time) };
    let change = async |deadlines: Vec<DeadlineChange>| {
        replicas.one.commit(Commit { deadlines, ..Commit::default() }).await.unwrap();
        replicas.two.deadlines().await.unwrap()
    };
    let half_past = deadline(1, DeadlineName::Expiry, "15:30:00.5");
    let sharp = deadline(2, DeadlineName::Expiry, "15:30:00");
    let before = deadline(1, DeadlineName::Remind, "15:29:59.999999999");
    let set = [&half_past, &sharp, &before].map(|deadline| DeadlineChange::Set(deadline.clone())).to_vec();
    assert_eq!(change(set).await, [before.clone(), sharp.clone(), half_past.clone()]);

    let moved = deadline(1, DeadlineName::Remind, "17:00:00");
    let after = change(vec![DeadlineChange::Set(moved.clone())]).await;
    assert_eq!(after, [sharp.clone(), half_past.clone(), moved.clone()]);

    let too_late = Deadline { at: before.at, ..moved.clone() };
    assert_eq!(change(vec![DeadlineChange::Met(too_late)]).await, [sharp.clone(), half_past.clone(), moved.clone()]);
    assert_eq!(change(vec![DeadlineChange::Met(moved.clone())]).await, [sharp.clone(), half_past.clone()]);
    change(vec![DeadlineChange::Set(moved.clone())]).await;

    let clear = |name| DeadlineChange::Clear { rollback: rollback(1), name };
    let after = change(vec![clear(DeadlineName::Expiry), clear(DeadlineName::WatchEnd)]).await;
    assert_eq!(after, [sharp.clone(), moved]);
    let all = DeadlineName::ALL.map(|name| DeadlineChange::Set(Deadline { name, ..half_past.clone() })).to_vec();
    assert_eq!(change(all).await.len(), DeadlineName::ALL.len() + 1);
    assert_eq!(change(vec![DeadlineChange::ClearAll { rollback: rollback(1) }]).await, [sharp]);
}

/// Opened, opened again, closed, and one of another day among them.
pub async fn open_incidents_are_listed_newest_first(replicas: Replicas) {
    let change = async |incidents: Vec<IncidentChange>| {
        replicas.one.commit(Commit { incidents, ..Commit::default() }).await.unwrap();
        replicas.two.open_incidents().await.unwrap()
    };
    let next_day = IncidentId { day: Date::constant(2024, 1, 16), number: 1 };
    let open = [incident(9), next_day, incident(10), incident(9)].map(IncidentChange::Open).to_vec();
    assert_eq!(change(open).await, [next_day, incident(10), incident(9)]);
    let close = [next_day, incident(4)].map(|incident| IncidentChange::Close { incident, at: at("16:00:00") }).to_vec();
    assert_eq!(change(close).await, [incident(10), incident(9)]);
    assert_eq!(change(vec![IncidentChange::Open(next_day)]).await, [next_day, incident(10), incident(9)]);
}

fn slot_row(owner: SlotOwner, slot: Slot, shown_in: ShownIn, chat: &str) -> SlotRow {
    SlotRow {
        slot: SlotId { owner, slot, shown_in },
        chat: chat.into(),
        room: "C024BE91L".to_owned(),
        message: None,
        shown: None,
        attempt: Some("INC-2024-0115-001/1#progress:1".to_owned()),
    }
}

async fn sorted(store: &dyn Store, number: u32) -> Vec<SlotRow> {
    let mut rows = store.slots(incident(number)).await.unwrap();
    rows.sort_by(|a, b| (&a.slot, &a.chat).cmp(&(&b.slot, &b.chat)));
    rows
}

/// First an attempt, then the message that it left, in place of the row that was there.
pub async fn a_slot_comes_back_as_it_was(replicas: Replicas) {
    let tried = slot_row(SlotOwner::Rollback(rollback(1)), Slot::Progress, ShownIn::Room, "console");
    replicas.one.put_slot(&tried).await.unwrap();
    assert_eq!(replicas.two.slots(incident(1)).await.unwrap(), std::slice::from_ref(&tried));
    let shown = SlotRow {
        room: "別の部屋".to_owned(),
        message: Some("1705332300.000100".to_owned()),
        shown: Some(Digest::of(b"card")),
        attempt: None,
        ..tried
    };
    replicas.two.put_slot(&shown).await.unwrap();
    assert_eq!(replicas.one.slots(incident(1)).await.unwrap(), [shown]);
}

/// An incident's slots are its own and its rollbacks', in every chat, and nobody else's.
pub async fn slots_are_apart_by_chat_and_incident(replicas: Replicas) {
    let of_incident = SlotOwner::Incident(incident(1));
    let of_rollback = SlotOwner::Rollback(rollback(2));
    let elsewhere = ShownIn::Elsewhere("#general".to_owned());
    let mut mine = vec![
        slot_row(of_incident, Slot::Report, ShownIn::Room, "console"),
        slot_row(of_incident, Slot::Report, ShownIn::Room, "slack"),
        slot_row(of_rollback, Slot::Question(7), ShownIn::Room, "slack"),
        slot_row(of_rollback, Slot::Question(8), ShownIn::Room, "slack"),
        slot_row(of_rollback, Slot::Notice, ShownIn::Room, "slack"),
        slot_row(of_rollback, Slot::Notice, elsewhere, "slack"),
    ];
    let other = RollbackId { incident: incident(11), number: 2 };
    let others = slot_row(SlotOwner::Rollback(other), Slot::Notice, ShownIn::Room, "slack");
    for row in mine.iter().chain([&others]) {
        replicas.one.put_slot(row).await.unwrap();
    }
    mine.sort_by(|a, b| (&a.slot, &a.chat).cmp(&(&b.slot, &b.chat)));
    assert_eq!(sorted(&*replicas.two, 1).await, mine);
    assert_eq!(sorted(&*replicas.two, 11).await, [others]);
    assert_eq!(sorted(&*replicas.two, 2).await, []);
}

/// Each reader has its own; 0 at first.
pub async fn a_cursor_is_remembered(replicas: Replicas) {
    assert_eq!(replicas.one.cursor("notify").await.unwrap(), 0);
    replicas.one.set_cursor("notify", 41).await.unwrap();
    replicas.two.set_cursor("notify", 42).await.unwrap();
    assert_eq!(replicas.one.cursor("notify").await.unwrap(), 42);
    assert_eq!(replicas.two.cursor("ledger").await.unwrap(), 0);
}
