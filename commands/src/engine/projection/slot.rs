//! One slot: posted once, edited in place, and looked for before it is posted again.

use super::Shown;
use super::room::identities;
use crate::engine::Engine;
use crate::model::Message;
use crate::ports::{ChatError, Showing, SlotRow};
use crate::saga::JournalError;

impl Engine {
    /// One slot. Before a message is posted the attempt's key is stored; after an unknown outcome the
    /// chat is asked for it before anything is posted again.
    pub(super) async fn show_slot(
        &self,
        mut row: SlotRow,
        content: &Message,
    ) -> Result<(SlotRow, Shown), JournalError> {
        let digest = content.digest();
        let Some(chat) = self.ports.chat(&row.chat) else { return Ok((row, Shown::All)) };
        if row.shown == Some(digest) && row.attempt.is_none() {
            return Ok((row, Shown::All));
        }
        if let (None, Some(attempt)) = (&row.message, &row.attempt) {
            match chat.find(&row.room, attempt).await {
                Ok(found) => row.message = found,
                Err(error) => {
                    let shown = away_or_given_up(&row, &error);
                    return Ok((row, shown));
                }
            }
        }
        let attempt = row.slot.to_string();
        let doubtful = row.attempt.is_some();
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
                Ok((row, Shown::All))
            }
            // The room itself is gone: posting again finds it gone again.
            Err(error @ ChatError::Gone { .. }) if posting => {
                tracing::warn!(slot = %row.slot, chat = %row.chat, %error, "a message has no room");
                Ok((row, Shown::All))
            }
            Err(ChatError::Gone { .. }) => {
                row.message = None;
                row.shown = None;
                row.attempt = None;
                self.journal.store().put_slot(&row).await?;
                Ok((row, Shown::SomeIsAway))
            }
            // Nothing was sent, so there is nothing to look for before the next time.
            Err(ChatError::Busy { .. }) => {
                if posting && !doubtful {
                    row.attempt = None;
                    self.journal.store().put_slot(&row).await?;
                }
                Ok((row, Shown::SomeIsAway))
            }
            Err(error) => {
                if !posting && row.shown.is_some() {
                    // Which of the two the message shows now is not known.
                    row.shown = None;
                    self.journal.store().put_slot(&row).await?;
                }
                let shown = away_or_given_up(&row, &error);
                Ok((row, shown))
            }
        }
    }
}

/// An outage is tried again; a refusal is not, since it would be refused again.
fn away_or_given_up(row: &SlotRow, error: &ChatError) -> Shown {
    if matches!(error, ChatError::Busy { .. }) {
        return Shown::SomeIsAway;
    }
    tracing::warn!(slot = %row.slot, chat = %row.chat, %error, "a message was not shown");
    if matches!(error, ChatError::Refused { .. }) { Shown::All } else { Shown::SomeIsAway }
}
