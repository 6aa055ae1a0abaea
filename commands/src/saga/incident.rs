//! An incident, folded from its events.

use jiff::Timestamp;

use super::rollback::Entry;
use crate::model::{
    Actor, ChatName, Event, IncidentEvent, IncidentId, RollbackId, Sequence, ServiceKey, Severity, Stated, StepName,
    StoredEvent, Trouble,
};

/// An incident as its log tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentState {
    /// Its id.
    pub id: IncidentId,
    /// The last event that is folded in.
    pub sequence: Sequence,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Who caused it to be opened.
    pub opened_by: Actor,
    /// The services in trouble.
    pub services: Vec<ServiceKey>,
    /// How bad it is: the worst that anybody said, or that was assumed.
    pub severity: Stated<Severity>,
    /// When it was noticed.
    pub detected_at: Stated<Timestamp>,
    /// The name that its room should have.
    pub room_name: String,
    /// Its room, once there is one.
    pub room: Option<Room>,
    /// Its rollbacks, in order.
    pub rollbacks: Vec<RollbackId>,
    /// What is left for people to do.
    pub tasks: Vec<Task>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// The sequence of the last wish for a repair of its room.
    pub repair_asked: Option<Sequence>,
    /// True once its room is to be archived; false again when it is opened again.
    pub archive_due: bool,
    /// True while its room is archived, as far as it is known.
    pub archived: bool,
    /// Everything that happened, for the timeline.
    pub timeline: Vec<Entry<IncidentEvent>>,
}

/// An incident's room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// In which chat.
    pub chat: ChatName,
    /// The chat's own id.
    pub room: String,
    /// How people name it.
    pub shown_as: String,
}

/// Something left for people to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Of which rollback.
    pub rollback: RollbackId,
    /// Of which step.
    pub step: StepName,
    /// Why.
    pub trouble: Trouble,
}

impl IncidentState {
    /// The state after the first event; `None` if that is not `Opened`.
    #[must_use]
    pub fn begin(id: IncidentId, stored: &StoredEvent, event: &Event) -> Option<Self> {
        let Event::Incident(first @ IncidentEvent::Opened { services, severity, detected_at, room_name }) = event
        else {
            return None;
        };
        Some(Self {
            id,
            sequence: stored.sequence,
            opened_at: stored.at,
            opened_by: stored.actor.clone(),
            services: services.clone(),
            severity: *severity,
            detected_at: *detected_at,
            room_name: room_name.clone(),
            room: None,
            rollbacks: Vec::new(),
            tasks: Vec::new(),
            closed_at: None,
            repair_asked: None,
            archive_due: false,
            archived: false,
            timeline: vec![Entry::of(stored, first.clone())],
        })
    }

    /// Folds one more event in. What this release does not understand changes nothing but the sequence.
    pub fn apply(&mut self, stored: &StoredEvent, event: Option<&Event>) {
        self.sequence = stored.sequence;
        let Some(Event::Incident(event)) = event else { return };
        match event {
            IncidentEvent::Opened { .. } | IncidentEvent::RoomFailed { .. } => {}
            IncidentEvent::RollbackAdded { rollback, services, severity } => {
                self.rollbacks.push(*rollback);
                self.services
                    .extend(services.iter().filter(|key| !self.services.contains(key)).cloned().collect::<Vec<_>>());
                self.severity = worse(self.severity, *severity);
                self.reopen();
            }
            IncidentEvent::RoomReady { chat, room, shown_as } => {
                self.room = Some(Room { chat: chat.clone(), room: room.clone(), shown_as: shown_as.clone() });
                self.archived = false;
            }
            IncidentEvent::TaskOpened { rollback, step, trouble } => {
                self.tasks.push(Task { rollback: *rollback, step: step.clone(), trouble: trouble.clone() });
            }
            IncidentEvent::Drifted { .. } => self.reopen(),
            IncidentEvent::Closed => self.closed_at = Some(stored.at),
            IncidentEvent::RepairAsked => self.repair_asked = Some(stored.sequence),
            IncidentEvent::ArchiveDue => self.archive_due = true,
            IncidentEvent::RoomArchived => self.archived = true,
        }
        self.timeline.push(Entry::of(stored, event.clone()));
    }

    fn reopen(&mut self) {
        self.closed_at = None;
        self.archive_due = false;
    }

    /// True until it is closed, and again after a drift.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }
}

/// The worse of two; of two that are as bad, the one that somebody said.
fn worse(one: Stated<Severity>, other: Stated<Severity>) -> Stated<Severity> {
    let weight = |stated: &Stated<Severity>| (stated.value(), !stated.is_assumed());
    if weight(&other) > weight(&one) { other } else { one }
}
