//! What messages are made of.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::words::{Words, day_of};
use crate::model::{PersonId, Place, RollbackId, RoomLink};
use crate::saga::{IncidentState, RollbackState};
use crate::settings::Settings;

/// An incident with its rollbacks as the log tells them, and what messages need beside it.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The incident.
    pub incident: &'a IncidentState,
    /// Its rollbacks, in order.
    pub rollbacks: &'a [Arc<RollbackState>],
    /// Names, rooms, texts.
    pub settings: &'a Settings,
    /// Who is on call now for its services, where that is known: they are named and notified. Empty
    /// where it is not known.
    pub on_call: &'a BTreeSet<PersonId>,
}

impl<'a> View<'a> {
    /// The words for this incident.
    #[must_use]
    pub fn words(&self) -> Words<'a> {
        Words { settings: self.settings, day: day_of(self.incident.opened_at) }
    }

    /// The incident's room as values name it, once there is one.
    #[must_use]
    pub(crate) fn room_link(&self) -> Option<RoomLink> {
        let room = self.incident.room.as_ref()?;
        let place = Place { chat: room.chat.clone(), room: room.room.clone() };
        Some(RoomLink { place, shown_as: room.shown_as.clone() })
    }

    /// One of its rollbacks.
    #[must_use]
    pub fn rollback(&self, id: RollbackId) -> Option<&'a RollbackState> {
        self.rollbacks.iter().find(|state| state.id == id).map(AsRef::as_ref)
    }
}
