//! Chat as a projection: shows what the log says in every slot, and never the other way round. A chat
//! that is away is shown the newest state when it is back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::authorize::look_up;
use crate::model::{Actor, ChatName, Identity, IncidentEvent, IncidentId, Note, PersonId, SlotId, StreamId, Trouble};
use crate::notify::{self, Where};
use crate::ports::{ChatError, IncidentChange, LeaseName, RoomWish, Showing, SlotRow};
use crate::saga::{Draft, IncidentState, JournalError, RollbackState};

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
enum Shown {
    All,
    SomeIsAway,
}

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
        let mut shown = Shown::All;
        if incident.room.is_none() {
            match self.ensure_room(&incident, &rollbacks, &on_call).await? {
                Shown::All => incident = self.journal.incident(id).await?,
                Shown::SomeIsAway => shown = Shown::SomeIsAway,
            }
        }
        let view = notify::View { incident: &incident, rollbacks: &rollbacks, settings: &settings, on_call: &on_call };
        let mut rows = self.rows(id).await?;
        for wanted in notify::slots(&view) {
            let Some((chat, room)) = place(&incident, &wanted.place) else { continue };
            let row = rows.remove(&(wanted.slot.clone(), chat.clone())).unwrap_or_else(|| SlotRow {
                slot: wanted.slot.clone(),
                chat: chat.clone(),
                room: room.clone(),
                message: None,
                shown: None,
                attempt: None,
            });
            if let Shown::SomeIsAway = self.show_slot(row, &wanted.message).await? {
                shown = Shown::SomeIsAway;
            }
        }
        let is_over = |state: &Arc<RollbackState>| state.phase.is_over() && !state.is_watched();
        if matches!(shown, Shown::All) && !incident.is_open() && rollbacks.iter().all(is_over) {
            self.journal.forget(id);
        }
        Ok(shown)
    }

    async fn rows(&self, id: IncidentId) -> Result<BTreeMap<(SlotId, ChatName), SlotRow>, JournalError> {
        let rows = self.journal.store().slots(id).await?;
        Ok(rows.into_iter().map(|row| ((row.slot.clone(), row.chat.clone()), row)).collect())
    }

    async fn on_call(&self, rollbacks: &[Arc<RollbackState>]) -> BTreeSet<PersonId> {
        let Some(plan) = rollbacks.last().and_then(|state| state.plan.as_ref()) else { return BTreeSet::new() };
        let services: Vec<_> = plan.effects().services.iter().map(|plan| &plan.service).collect();
        look_up(&services, &self.settings(), self.ports.on_call.as_ref(), self.ports.clock.now()).await.on_call()
    }

    /// The incident's room, in the chat where it was asked for.
    async fn ensure_room(
        &self,
        incident: &IncidentState,
        rollbacks: &[Arc<RollbackState>],
        on_call: &BTreeSet<PersonId>,
    ) -> Result<Shown, JournalError> {
        let Some(first) = rollbacks.first() else { return Ok(Shown::All) };
        let name = first.request.asked_in.chat.clone();
        let Some(chat) = self.ports.chat(&name) else { return Ok(Shown::All) };
        let settings = self.settings();
        let mut persons: BTreeSet<&PersonId> = on_call.iter().collect();
        persons.insert(first.requester());
        persons.extend(&settings.commanders);
        let services = first.plan.iter().flat_map(|plan| &plan.effects().services);
        persons.extend(services.flat_map(|plan| &plan.service.owners));
        persons.extend(&settings.stakeholders);
        let wish = RoomWish {
            incident: incident.id,
            name: incident.room_name.clone(),
            topic: notify::room_topic(incident),
            invite: identities(&settings, persons.into_iter(), &name),
        };
        let (event, outcome) = match chat.ensure_room(&wish).await {
            Ok(room) => {
                for shortcoming in &room.shortcomings {
                    tracing::warn!(incident = %incident.id, shortcoming, "something of the room is missing");
                }
                (IncidentEvent::RoomReady { chat: name, room: room.id, shown_as: room.shown_as }, Shown::All)
            }
            Err(error) => {
                let outcome = if matches!(error, ChatError::Away { .. }) { Shown::SomeIsAway } else { Shown::All };
                let known = incident.timeline.iter().any(|e| matches!(e.event, IncidentEvent::RoomFailed { .. }));
                if known {
                    return Ok(outcome);
                }
                let trouble = Trouble::new(Note::new("room-failed").with("chat", &name)).saying(error);
                (IncidentEvent::RoomFailed { chat: name, trouble }, outcome)
            }
        };
        let mut draft = Draft::new().fact(StreamId::Incident(incident.id), incident.sequence, &Actor::System, event);
        if incident.is_open() {
            draft.rows.incidents.push(IncidentChange::Open(incident.id));
        }
        self.commit(draft).await?;
        Ok(outcome)
    }

    /// One slot. Before a message is posted the attempt's key is stored; after an unknown outcome the
    /// chat is asked for it before anything is posted again.
    async fn show_slot(&self, mut row: SlotRow, content: &crate::model::Message) -> Result<Shown, JournalError> {
        let digest = content.digest();
        let Some(chat) = self.ports.chat(&row.chat) else { return Ok(Shown::All) };
        if row.shown == Some(digest) && row.attempt.is_none() {
            return Ok(Shown::All);
        }
        if let (None, Some(attempt)) = (&row.message, &row.attempt) {
            match chat.find(&row.room, attempt).await {
                Ok(found) => row.message = found,
                Err(error) => return Ok(away_or_given_up(&row, &error)),
            }
        }
        let attempt = row.slot.to_string();
        if row.message.is_none() {
            row.attempt = Some(attempt.clone());
            self.journal.store().put_slot(&row).await?;
        }
        let notify = identities(&self.settings(), content.notify.iter(), &row.chat);
        let showing = Showing {
            room: &row.room,
            slot: &row.slot,
            message: row.message.as_deref(),
            attempt: &attempt,
            content,
            notify: &notify,
        };
        let posting = row.message.is_none();
        let outcome = chat.show(&showing).await;
        match outcome {
            Ok(message) => {
                row.message = Some(message);
                row.shown = Some(digest);
                row.attempt = None;
                self.journal.store().put_slot(&row).await?;
                Ok(Shown::All)
            }
            // The room itself is gone: posting again finds it gone again.
            Err(error @ ChatError::Gone { .. }) if posting => {
                tracing::warn!(slot = %row.slot, chat = %row.chat, %error, "a message has no room");
                Ok(Shown::All)
            }
            Err(ChatError::Gone { .. }) => {
                row.message = None;
                row.shown = None;
                row.attempt = None;
                self.journal.store().put_slot(&row).await?;
                Ok(Shown::SomeIsAway)
            }
            Err(error) => {
                if !posting && row.shown.is_some() {
                    // Which of the two the message shows now is not known.
                    row.shown = None;
                    self.journal.store().put_slot(&row).await?;
                }
                Ok(away_or_given_up(&row, &error))
            }
        }
    }
}

/// An outage is tried again; a refusal is not, since it would be refused again.
fn away_or_given_up(row: &SlotRow, error: &ChatError) -> Shown {
    tracing::warn!(slot = %row.slot, chat = %row.chat, %error, "a message was not shown");
    if matches!(error, ChatError::Refused { .. }) { Shown::All } else { Shown::SomeIsAway }
}

fn place(incident: &IncidentState, place: &Where) -> Option<(ChatName, String)> {
    match place {
        Where::Room => incident.room.as_ref().map(|room| (room.chat.clone(), room.room.clone())),
        Where::Place(place) => Some((place.chat.clone(), place.room.clone())),
    }
}

fn identities<'a>(
    settings: &crate::settings::Settings,
    persons: impl Iterator<Item = &'a PersonId>,
    chat: &ChatName,
) -> Vec<Identity> {
    let persons = persons.filter_map(|id| settings.person(id));
    persons.flat_map(|person| person.identities.iter()).filter(|identity| identity.chat == *chat).cloned().collect()
}
