//! The room of an incident: made or found again, given what it should have, repaired, put away at the end.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Rows, Shown, furniture_of, row_of};
use crate::engine::Engine;
use crate::model::{
    Actor, ChatName, Digest, Identity, IncidentEvent, Note, PersonId, Sequence, ShownIn, Slot, StreamId, Trouble,
};
use crate::notify;
use crate::ports::{Bookmark, BookmarkTarget, ChatError, Furniture, IncidentChange, RoomWish};
use crate::saga::{Draft, IncidentState, JournalError, RollbackState};

/// The wish for a repair that was not begun yet. The row of the furniture says which one was begun last.
pub(super) fn repair_to_do(incident: &IncidentState, rows: &Rows) -> Option<Sequence> {
    let asked = incident.repair_asked?;
    let slot = furniture_of(incident.id);
    let begun = rows.iter().any(|((known, _), row)| *known == slot && row.attempt == Some(repaired(asked)));
    (!begun).then_some(asked)
}

fn repaired(asked: Sequence) -> String {
    format!("repair-{}", asked.0)
}

impl Engine {
    /// The incident's room, in the chat where it was asked for.
    pub(super) async fn ensure_room(
        &self,
        incident: &IncidentState,
        rollbacks: &[Arc<RollbackState>],
        on_call: &BTreeSet<PersonId>,
    ) -> Result<Shown, JournalError> {
        let Some(first) = rollbacks.first() else { return Ok(Shown::All) };
        let name = first.request.asked_in.chat.clone();
        let Some(chat) = self.ports.chat(&name) else { return Ok(Shown::All) };
        let settings = self.settings();
        let wish = RoomWish {
            incident: incident.id,
            name: incident.room_name.clone(),
            topic: notify::room_topic(incident),
            invite: identities(&settings, concerned(&settings, first, on_call).iter(), &name),
            known: incident.room.as_ref().filter(|room| room.chat == name).map(|room| room.room.clone()),
        };
        let (event, outcome) = match chat.ensure_room(&wish).await {
            Ok(room) => {
                for shortcoming in &room.shortcomings {
                    tracing::warn!(incident = %incident.id, shortcoming, "something of the room is missing");
                }
                let known = incident.room.as_ref().filter(|_| !incident.archived);
                if known.is_some_and(|known| known.room == room.id && known.shown_as == room.shown_as) {
                    return Ok(Shown::All);
                }
                (IncidentEvent::RoomReady { chat: name, room: room.id, shown_as: room.shown_as }, Shown::All)
            }
            Err(ChatError::Busy { .. }) => return Ok(Shown::SomeIsAway),
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
        self.note(incident, vec![event]).await?;
        Ok(outcome)
    }

    /// Nothing is known to be shown any more: what was removed is found missing as it is shown again. From here
    /// on the repair needs no more than any other news.
    pub(super) async fn begin_repair(
        &self,
        incident: &IncidentState,
        asked: Sequence,
        rows: &mut Rows,
    ) -> Result<(), JournalError> {
        let Some(room) = &incident.room else { return Ok(()) };
        for row in rows.values_mut() {
            row.shown = None;
            self.journal.store().put_slot(row).await?;
        }
        let slot = furniture_of(incident.id);
        let mut row = row_of(rows, &slot, &room.chat, &room.room);
        row.shown = None;
        row.attempt = Some(repaired(asked));
        self.journal.store().put_slot(&row).await?;
        rows.insert((slot, room.chat.clone()), row);
        Ok(())
    }

    /// Topic, people, pins and bookmarks: given again whenever they change. Nothing waits for them; what
    /// does not work is noted in the timeline, once.
    pub(super) async fn furnish(&self, view: &notify::View<'_>, rows: &Rows) -> Result<Shown, JournalError> {
        let incident = view.incident;
        let Some(room) = &incident.room else { return Ok(Shown::All) };
        let Some(chat) = self.ports.chat(&room.chat) else { return Ok(Shown::All) };
        let Some(first) = view.rollbacks.first().filter(|_| chat.furnishes() && !incident.archived) else {
            return Ok(Shown::All);
        };
        let furniture = furniture(view, first, rows, &room.chat);
        // A struct of strings and lists always serializes.
        let digest = Digest::of(&serde_json::to_vec(&furniture).unwrap_or_default());
        let mut row = row_of(rows, &furniture_of(incident.id), &room.chat, &room.room);
        if row.shown == Some(digest) {
            return Ok(Shown::All);
        }
        let troubles = match chat.furnish(&room.room, &furniture).await {
            Ok(troubles) => troubles,
            Err(ChatError::Away { .. } | ChatError::Busy { .. }) => return Ok(Shown::SomeIsAway),
            Err(ChatError::Gone { .. }) => vec![Trouble::new(Note::new("room-gone").with("chat", &room.chat))],
            Err(error) => vec![Trouble::new(Note::new("room-failed").with("chat", &room.chat)).saying(error)],
        };
        self.note_troubles(incident, &room.chat, troubles).await?;
        row.shown = Some(digest);
        self.journal.store().put_slot(&row).await?;
        Ok(Shown::All)
    }

    /// Puts the room of a closed incident away.
    pub(super) async fn archive(&self, incident: &IncidentState) -> Result<Shown, JournalError> {
        let Some(room) = &incident.room else { return Ok(Shown::All) };
        let Some(chat) = self.ports.chat(&room.chat) else { return Ok(Shown::All) };
        match chat.archive(&room.room).await {
            // A room that is gone needs no putting away.
            Ok(()) | Err(ChatError::Gone { .. }) => {
                self.note(incident, vec![IncidentEvent::RoomArchived]).await?;
                Ok(Shown::All)
            }
            Err(ChatError::Away { .. } | ChatError::Busy { .. }) => Ok(Shown::SomeIsAway),
            Err(error @ ChatError::Refused { .. }) => {
                let trouble = Trouble::new(Note::new("room-archive-failed")).saying(error);
                self.note_troubles(incident, &room.chat, vec![trouble]).await?;
                Ok(Shown::All)
            }
        }
    }

    /// Into the timeline, each trouble once.
    async fn note_troubles(
        &self,
        incident: &IncidentState,
        chat: &ChatName,
        troubles: Vec<Trouble>,
    ) -> Result<(), JournalError> {
        let failed = |trouble| IncidentEvent::RoomFailed { chat: chat.clone(), trouble };
        let events = troubles.into_iter().map(failed);
        let known = |event: &IncidentEvent| incident.timeline.iter().any(|entry| entry.event == *event);
        let news: Vec<IncidentEvent> = events.filter(|event| !known(event)).collect();
        if news.is_empty() { Ok(()) } else { self.note(incident, news).await }
    }

    async fn note(&self, incident: &IncidentState, events: Vec<IncidentEvent>) -> Result<(), JournalError> {
        let mut draft = Draft::new();
        for event in events {
            draft.add(StreamId::Incident(incident.id), incident.sequence, &Actor::System, event);
        }
        if incident.is_open() {
            draft.rows.incidents.push(IncidentChange::Open(incident.id));
        }
        self.commit(draft).await.map(|_| ())
    }
}

/// Whom a rollback concerns: who is on call, who asked, who leads, who owns it, who is told.
fn concerned(
    settings: &crate::settings::Settings,
    first: &RollbackState,
    on_call: &BTreeSet<PersonId>,
) -> BTreeSet<PersonId> {
    let mut persons: BTreeSet<PersonId> = on_call.clone();
    persons.insert(first.requester().clone());
    persons.extend(settings.commanders.iter().cloned());
    let services = first.plan.iter().flat_map(|plan| &plan.effects().services);
    persons.extend(services.flat_map(|plan| plan.service.owners.iter().cloned()));
    persons.extend(settings.stakeholders.iter().cloned());
    persons
}

fn furniture(view: &notify::View<'_>, first: &RollbackState, rows: &Rows, chat: &ChatName) -> Furniture {
    let message = |wanted: Slot| {
        let in_room = |slot: &crate::model::SlotId| slot.slot == wanted && slot.shown_in == ShownIn::Room;
        rows.iter().rev().find(|((slot, known), _)| known == chat && in_room(slot))?.1.message.clone()
    };
    let mut bookmarks: Vec<Bookmark> = view.settings.rooms.bookmarks.iter().map(|link| bookmark(view, link)).collect();
    let report = message(Slot::Report).map(BookmarkTarget::Message);
    bookmarks.extend(report.map(|target| Bookmark { title: notify::text::say("bookmark-report", &[]), target }));
    Furniture {
        topic: notify::room_topic(view.incident),
        invite: identities(view.settings, concerned(view.settings, first, view.on_call).iter(), chat),
        pins: message(Slot::Proposal).into_iter().collect(),
        bookmarks,
    }
}

fn bookmark(view: &notify::View<'_>, (title, address): &(String, String)) -> Bookmark {
    let key = view.incident.services.first();
    let (service, environment) = key.map(|key| (key.name.to_string(), key.environment.to_string())).unwrap_or_default();
    let filled = |text: &String| {
        let text = text.replace("{incident}", &view.incident.id.to_string());
        text.replace("{service}", &service).replace("{environment}", &environment)
    };
    Bookmark { title: filled(title), target: BookmarkTarget::Address(filled(address)) }
}

pub(super) fn identities<'a>(
    settings: &crate::settings::Settings,
    persons: impl Iterator<Item = &'a PersonId>,
    chat: &ChatName,
) -> Vec<Identity> {
    let persons = persons.filter_map(|id| settings.person(id));
    persons.flat_map(|person| person.identities.iter()).filter(|identity| identity.chat == *chat).cloned().collect()
}
