//! Slack: the chat's own side of the port, and the inward side by Socket Mode or HTTP.
//!
//! ```text
//! engine ─► SlackChat ─► schedule ─► Web API          Slack ─► socket | http ─► door ─► inbox
//!           renders      budgets     a deadline each            verify          read    store, then
//!                                                                                       acknowledge
//! ```
//!
//! The crate `slack-morphism` gives the session, the sockets with their pings and reconnections, and the check
//! of signatures. What comes in is read here from plain JSON, leniently: a click must not be lost because a
//! field that nobody needs has an unknown shape.

mod address;
mod answer;
mod call;
mod door;
mod examine;
mod files;
mod form;
mod furnish;
mod http;
mod inbound;
mod message;
mod render;
mod room;
mod schedule;
mod settings;
mod socket;
mod web;

use std::sync::Arc;

use async_trait::async_trait;
use commands::model::{ChatName, Message, ReplyHandle, Trouble};
use commands::ports::{Chat, ChatError, Clock, Furniture, Room, RoomWish, Showing};

pub use door::SlackDoor;
pub use examine::{SCOPES, ScopeUse, SlackExamination, examine};
pub use http::{LARGEST_BODY, SlackHttp};
pub use settings::SlackSettings;
pub use socket::{SlackSocket, SocketSettings};
pub use web::SlackStartError;

use call::Line;

/// The name of this chat in identities and places.
pub const NAME: &str = "slack";

/// One workspace, as the engine speaks to it.
#[derive(Clone)]
pub struct SlackChat {
    name: ChatName,
    line: Line,
    private_rooms: bool,
}

impl SlackChat {
    /// Speaks with this workspace; waits by this clock. Nothing is sent yet.
    ///
    /// # Errors
    /// [`SlackStartError`].
    pub fn new(settings: &SlackSettings, clock: Arc<dyn Clock>) -> Result<Self, SlackStartError> {
        let line = Line::new(settings, clock)?;
        Ok(Self { name: NAME.into(), line, private_rooms: settings.private_rooms })
    }
}

#[async_trait]
impl Chat for SlackChat {
    fn name(&self) -> &ChatName {
        &self.name
    }

    async fn ensure_room(&self, wish: &RoomWish) -> Result<Room, ChatError> {
        room::ensure(&self.line, wish, self.private_rooms).await
    }

    async fn show(&self, showing: &Showing<'_>) -> Result<String, ChatError> {
        message::show(&self.line, showing).await
    }

    async fn find(&self, room: &str, attempt: &str) -> Result<Option<String>, ChatError> {
        message::find(&self.line, room, attempt).await
    }

    fn thread_of(&self, room: &str, message: &str) -> Option<String> {
        Some(address::thread(room, message))
    }

    fn furnishes(&self) -> bool {
        true
    }

    async fn furnish(&self, room: &str, furniture: &Furniture) -> Result<Vec<Trouble>, ChatError> {
        furnish::furnish(&self.line, room, furniture).await
    }

    async fn archive(&self, room: &str) -> Result<(), ChatError> {
        room::archive(&self.line, room).await
    }

    async fn answer(&self, reply: &ReplyHandle, content: &Message) -> Result<(), ChatError> {
        answer::answer(&self.line, reply, content).await
    }
}
