//! Where a story is played: one chat. Stories know nothing else of it, so each serves every chat.

use std::sync::Arc;

use commands::model::{ButtonAction, Identity, Message, ReplyHandle};
use commands::ports::Chat;

use crate::fake::RecordingChat;

/// One message that stands, as a reader finds it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The chat's own id.
    pub id: String,
    /// Where and what: `#room INC-…/1#proposal`.
    pub place: String,
    /// What it says.
    pub content: Message,
}

/// A chat that stories can be played in.
pub trait Stage: Send + Sync {
    /// The chat.
    fn chat(&self) -> Arc<dyn Chat>;

    /// How the chat knows this person.
    fn identity(&self, person: &str) -> Identity;

    /// The messages that stand, in the order in which they were posted.
    fn standing(&self) -> Vec<Standing>;

    /// The private answers so far, in order.
    fn answers(&self) -> Vec<(ReplyHandle, Message)>;

    /// What the newest button of this label means, in what a reader sees now.
    fn button(&self, label: &str) -> Option<ButtonAction>;

    /// The chat does not answer any more, or does again.
    fn set_away(&self, away: bool);

    /// The next so many posts and edits have their effect, and nobody hears of it.
    fn lose_outcomes(&self, count: u32);

    /// Slots that stand twice.
    fn duplicates(&self) -> Vec<String>;
}

/// The chat in memory as a stage.
pub struct RecordingStage(pub Arc<RecordingChat>);

impl RecordingStage {
    /// An empty one.
    #[must_use]
    pub fn open() -> Arc<dyn Stage> {
        Arc::new(Self(RecordingChat::new("console")))
    }
}

impl Stage for RecordingStage {
    fn chat(&self) -> Arc<dyn Chat> {
        Arc::clone(&self.0) as _
    }

    fn identity(&self, person: &str) -> Identity {
        Identity { chat: self.0.name().clone(), workspace: "local".to_owned(), user: person.to_owned() }
    }

    fn standing(&self) -> Vec<Standing> {
        let messages = self.0.messages().into_iter();
        messages
            .map(|message| Standing {
                place: format!("#{} {}", message.room, message.slot),
                id: message.id,
                content: message.content,
            })
            .collect()
    }

    fn answers(&self) -> Vec<(ReplyHandle, Message)> {
        self.0.answers()
    }

    fn button(&self, label: &str) -> Option<ButtonAction> {
        self.0.find_button(label)
    }

    fn set_away(&self, away: bool) {
        self.0.set_away(away);
    }

    fn lose_outcomes(&self, count: u32) {
        self.0.lose_outcomes(count);
    }

    fn duplicates(&self) -> Vec<String> {
        self.0.duplicates()
    }
}
