//! The fake chat is a chat, and keeps its own promises to tests.

use std::sync::Arc;

use commands::model::{
    Button, ButtonAction, ButtonStyle, ChatName, Identity, Message, ReplyHandle, ShownIn, Slot, SlotId, SlotOwner, Tone,
};
use commands::ports::{Chat, ChatError, Showing};
use insta::assert_snapshot;
use tests::conformance::chat::ChatSubject;
use tests::fake::RecordingChat;

mod recording_chat {
    use super::*;

    /// What a reader saw; the fake's escaping of data is to show it as data.
    fn subject() -> ChatSubject {
        let chat = RecordingChat::new("console");
        let read = chat.clone();
        let somebody =
            Identity { chat: ChatName::from("console"), workspace: "local".to_owned(), user: "on-call".to_owned() };
        ChatSubject {
            chat,
            seen: Box::new(move || read.transcript()),
            reply: ReplyHandle("on-call".to_owned()),
            somebody,
        }
    }

    tests::chat_conformance!(subject());
}

fn slot() -> SlotId {
    let owner = SlotOwner::Rollback("INC-2024-0115-001/1".parse().unwrap());
    SlotId { owner, slot: Slot::Proposal, shown_in: ShownIn::Room }
}

fn proposal(headline: &str, buttons: &[&str]) -> Message {
    let rollback = "INC-2024-0115-001/1".parse().unwrap();
    let button = |label: &&str| Button {
        label: (*label).to_owned(),
        action: ButtonAction::Deny { rollback },
        style: ButtonStyle::Plain,
        confirm: None,
    };
    Message { buttons: buttons.iter().map(button).collect(), ..Message::line(Tone::Asking, headline) }
}

async fn show(
    chat: &Arc<RecordingChat>,
    message: Option<&str>,
    attempt: &str,
    content: &Message,
) -> Result<String, ChatError> {
    let slot = slot();
    chat.show(&Showing { room: "incident", slot: &slot, message, attempt, content, notify: &[] }).await
}

#[tokio::test]
async fn a_transcript_tells_what_is_new_and_what_is_unread() {
    let chat = RecordingChat::new("console");
    let id = show(&chat, None, "a", &proposal("Roll back?", &["Deny"])).await.unwrap();
    assert_snapshot!(chat.unread(), @r"
    #incident posts INC-2024-0115-001/1#proposal
    ? Roll back?
      [Deny]
    ");
    assert!(matches!(chat.press("Deny"), ButtonAction::Deny { .. }));
    show(&chat, Some(&id), "b", &proposal("Denied", &[])).await.unwrap();
    assert_snapshot!(chat.until("Denied").await, @r"
    #incident edits INC-2024-0115-001/1#proposal
    ? Denied
    ");
    assert_eq!(chat.unread(), "");
    assert_eq!(chat.text_of(&Slot::Proposal), "? Denied");
    assert_eq!(chat.duplicates(), Vec::<String>::new());
}

#[tokio::test]
#[should_panic(expected = "no button says \"Deny\" now")]
async fn a_button_that_is_gone_cannot_be_pressed() {
    let chat = RecordingChat::new("console");
    let id = show(&chat, None, "a", &proposal("Roll back?", &["Deny"])).await.unwrap();
    show(&chat, Some(&id), "b", &proposal("Denied", &[])).await.unwrap();
    chat.press("Deny");
}

#[tokio::test]
async fn an_unknown_outcome_can_be_looked_up_and_a_second_post_is_noticed() {
    let chat = RecordingChat::new("console");
    let content = proposal("Roll back?", &[]);
    chat.lose_outcomes(1);
    assert!(matches!(show(&chat, None, "a", &content).await, Err(ChatError::Away { .. })));
    let found = chat.find("incident", "a").await.unwrap();
    assert_eq!(found.as_deref(), Some("m1"));
    assert_eq!(chat.duplicates(), Vec::<String>::new());
    show(&chat, None, "a", &content).await.unwrap();
    assert_eq!(chat.duplicates(), ["incident: INC-2024-0115-001/1#proposal"]);
}

#[tokio::test]
async fn a_chat_that_is_away_shows_nothing_and_a_removed_message_is_gone() {
    let chat = RecordingChat::new("console");
    let content = proposal("Roll back?", &[]);
    chat.set_away(true);
    assert!(matches!(show(&chat, None, "a", &content).await, Err(ChatError::Away { .. })));
    assert_eq!(chat.transcript(), "");
    chat.set_away(false);
    let id = show(&chat, None, "a", &content).await.unwrap();
    chat.remove(&id);
    assert!(matches!(show(&chat, Some(&id), "b", &content).await, Err(ChatError::Gone { .. })));
    assert_eq!(chat.find("incident", "a").await, Ok(None));
}
