//! Chat as a projection: shows what the log says in every slot, and never the other way round. A chat
//! that is away is shown the newest state when it is back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::authorize::look_up;
use crate::model::{ChatName, IncidentId, PersonId, ShownIn, Slot, SlotId, StreamId};
use crate::notify::{self, Where};
use crate::ports::{LeaseName, SlotRow};
use crate::saga::{IncidentState, JournalError, RollbackState};

mod room;
mod slot;

/// How the projection's place in the log is named.
const READER: &str = "chat";
/// So many incidents are shown at the same time.
const AT_ONCE: usize = 8;
/// So many grown streams are read at once.
const PAGE: usize = 1000;

/// How far this replica has read the log, and what of it is not shown yet.
#[derive(Default)]
struct Progress {
    /// The last position that was read; the stored cursor at first.
    read: Option<u64>,
    /// The cursor as it was stored last.
    stored: Option<u64>,
    /// Incidents that are not wholly shown, each with the first position that is missing.
    behind: BTreeMap<IncidentId, u64>,
}

impl Progress {
    fn add(&mut self, incident: IncidentId, position: u64) {
        let first = self.behind.entry(incident).or_insert(position);
        *first = (*first).min(position);
    }

    /// Everything up to here is shown.
    fn shown_up_to(&self) -> Option<u64> {
        let missing = self.behind.values().min().map(|first| first.saturating_sub(1));
        missing.or(self.read)
    }
}

/// Whether everything of an incident is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    All,
    SomeIsAway,
}

impl Shown {
    fn and(self, other: Self) -> Self {
        if self == Self::All { other } else { self }
    }
}

/// Which message of which chat, with what is known of it.
type Rows = BTreeMap<(SlotId, ChatName), SlotRow>;

impl Engine {
    pub(super) async fn project(self: Arc<Self>, stop: CancellationToken) {
        let mut progress = Progress::default();
        loop {
            let pace = self.settings().pace;
            let round = async {
                let held = self.leases.try_take(LeaseName::Chat, pace.lease_term).await?;
                let Some(held) = held else {
                    // Another replica shows; its place in the log is the one that counts.
                    progress = Progress::default();
                    return Ok(false);
                };
                tokio::select! {
                    () = held.lost.cancelled() => Ok(false),
                    shown = self.show_news(&mut progress) => shown.map(|()| true),
                }
            };
            let clock = Arc::clone(&self.ports.clock);
            let outcome: Result<bool, JournalError> = tokio::select! {
                () = stop.cancelled() => break,
                outcome = round => outcome,
            };
            if let Err(error) = outcome {
                tracing::warn!(%error, "what is new could not be shown");
            }
            let wait = if progress.behind.is_empty() { pace.look_every } else { pace.chat_retry.min(pace.look_every) };
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.bell.news.notified() => {}
                () = clock.sleep_until(clock.monotonic().after(wait)) => {}
            }
        }
        // The last words of a run that ended with the stop, if it is this replica that shows them.
        let term = self.settings().pace.lease_term;
        if let Ok(Some(held)) = self.leases.try_take(LeaseName::Chat, term).await {
            tokio::select! {
                () = held.lost.cancelled() => {}
                shown = self.show_news(&mut progress) => if let Err(error) = shown {
                    tracing::warn!(%error, "the last news could not be shown; the next start shows them");
                }
            }
        }
    }

    /// Shows whatever is new, and what a chat that was away still lacks. The stored cursor stays before
    /// the first event that is not shown, so that the next start shows it.
    async fn show_news(&self, progress: &mut Progress) -> Result<(), JournalError> {
        let store = self.journal.store();
        let read = match progress.read {
            Some(read) => read,
            None => store.cursor(READER).await?,
        };
        for (position, stream) in store.since(read, PAGE).await? {
            match stream {
                StreamId::Incident(id) => progress.add(id, position),
                StreamId::Rollback(id) => progress.add(id.incident, position),
                StreamId::Service(_) => {}
            }
            progress.read = Some(position);
        }
        let behind: Vec<IncidentId> = progress.behind.keys().copied().collect();
        if behind.is_empty() && progress.read.is_none() {
            return Ok(());
        }
        let shows = behind.into_iter().map(|id| async move { (id, self.show_incident(id).await) });
        let results: Vec<_> = futures::stream::iter(shows).buffer_unordered(AT_ONCE).collect().await;
        for (id, result) in results {
            match result {
                Ok(Shown::All) => {
                    progress.behind.remove(&id);
                }
                Ok(Shown::SomeIsAway) => {}
                Err(error) => tracing::warn!(incident = %id, %error, "an incident could not be shown"),
            }
        }
        if let Some(shown) = progress.shown_up_to()
            && progress.stored != Some(shown)
        {
            store.set_cursor(READER, shown).await?;
            progress.stored = Some(shown);
        }
        Ok(())
    }

    async fn show_incident(&self, id: IncidentId) -> Result<Shown, JournalError> {
        let settings = self.settings();
        let mut incident = self.journal.incident(id).await?;
        let mut rollbacks: Vec<Arc<RollbackState>> = Vec::new();
        for rollback in &incident.rollbacks {
            rollbacks.push(self.journal.rollback(*rollback).await?);
        }
        let on_call = self.on_call(&rollbacks).await;
        let mut rows = self.rows(id).await?;
        let repair = room::repair_to_do(&incident, &rows);
        let mut shown = Shown::All;
        if incident.room.is_none() || repair.is_some() || (incident.archived && incident.is_open()) {
            shown = self.ensure_room(&incident, &rollbacks, &on_call).await?;
            incident = self.journal.incident(id).await?;
        }
        if let (Some(asked), Shown::All) = (repair, shown) {
            self.begin_repair(&incident, asked, &mut rows).await?;
        }
        let view = notify::View { incident: &incident, rollbacks: &rollbacks, settings: &settings, on_call: &on_call };
        let mut wanted = notify::slots(&view);
        // Final states first: what stands and will not change any more is what people go by.
        wanted.sort_by_key(|wanted| !(wanted.message.is_final && stands(&rows, wanted)));
        for wanted in wanted {
            let Some((chat, room)) = self.place(&incident, &wanted.place, &rows) else { continue };
            let row = row_of(&rows, &wanted.slot, &chat, &room);
            let (row, outcome) = self.show_slot(row, &wanted.message).await?;
            rows.insert((wanted.slot, chat), row);
            shown = shown.and(outcome);
        }
        if shown == Shown::All {
            shown = self.furnish(&view, &rows).await?;
        }
        if incident.archive_due && !incident.archived && !incident.is_open() && shown == Shown::All {
            shown = self.archive(&incident).await?;
        }
        let is_over = |state: &Arc<RollbackState>| state.phase.is_over() && !state.is_watched();
        if shown == Shown::All && !incident.is_open() && rollbacks.iter().all(is_over) {
            self.journal.forget(id);
        }
        Ok(shown)
    }

    async fn rows(&self, id: IncidentId) -> Result<Rows, JournalError> {
        let rows = self.journal.store().slots(id).await?;
        Ok(rows.into_iter().map(|row| ((row.slot.clone(), row.chat.clone()), row)).collect())
    }

    async fn on_call(&self, rollbacks: &[Arc<RollbackState>]) -> BTreeSet<PersonId> {
        let Some(plan) = rollbacks.last().and_then(|state| state.plan.as_ref()) else { return BTreeSet::new() };
        let services: Vec<_> = plan.effects().services.iter().map(|plan| &plan.service).collect();
        look_up(&services, &self.settings(), self.ports.on_call.as_ref(), self.ports.clock.now()).await.on_call()
    }

    fn place(&self, incident: &IncidentState, place: &Where, rows: &Rows) -> Option<(ChatName, String)> {
        let own = incident.room.as_ref().map(|room| (room.chat.clone(), room.room.clone()));
        match place {
            Where::Room => own,
            Where::Place(place) => Some((place.chat.clone(), place.room.clone())),
            Where::Thread(card) => {
                let (chat, room) = own?;
                let card = rows.get(&(card.clone(), chat.clone()))?.message.as_ref()?;
                let thread = self.ports.chat(&chat)?.thread_of(&room, card)?;
                Some((chat, thread))
            }
        }
    }
}

/// Whether a message stands in this slot already.
fn stands(rows: &Rows, wanted: &notify::Showing) -> bool {
    rows.iter().any(|((slot, _), row)| *slot == wanted.slot && row.message.is_some())
}

/// What is known of a slot; nothing where it was shown in a room that is not its room any more.
fn row_of(rows: &Rows, slot: &SlotId, chat: &ChatName, room: &str) -> SlotRow {
    let known = rows.get(&(slot.clone(), chat.clone())).filter(|row| row.room == room).cloned();
    known.unwrap_or_else(|| SlotRow {
        slot: slot.clone(),
        chat: chat.clone(),
        room: room.to_owned(),
        message: None,
        shown: None,
        attempt: None,
    })
}

/// The row that says with what a room was furnished.
fn furniture_of(incident: IncidentId) -> SlotId {
    SlotId { owner: crate::model::SlotOwner::Incident(incident), slot: Slot::Furniture, shown_in: ShownIn::Room }
}
