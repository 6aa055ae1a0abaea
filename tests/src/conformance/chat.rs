//! Every chat.

use std::sync::Arc;

use commands::model::{
    Block, Button, ButtonAction, ButtonStyle, Fact, Identity, Message, ReplyHandle, ShownIn, Slot, SlotId, SlotOwner,
    StepLine, StepMark, Tone,
};
use commands::ports::{Chat, ChatError, RoomWish, Showing};

/// A chat, and eyes that read it.
pub struct ChatSubject {
    /// The chat.
    pub chat: Arc<dyn Chat>,
    /// Everything that readers saw until now, in the chat's own form.
    pub seen: Box<dyn Fn() -> String + Send + Sync>,
    /// How somebody who typed something is answered.
    pub reply: ReplyHandle,
    /// Somebody whom the chat knows.
    pub somebody: Identity,
}

impl ChatSubject {
    async fn room(&self) -> String {
        self.chat.ensure_room(&self.wish()).await.unwrap().id
    }

    fn wish(&self) -> RoomWish {
        RoomWish {
            incident: "INC-2024-0115-001".parse().unwrap(),
            name: "incident-rollback-2024-0115-001".to_owned(),
            topic: "api-service: v1.3.0 to v1.2.9".to_owned(),
            invite: vec![self.somebody.clone()],
            known: None,
        }
    }

    async fn show(&self, message: Option<&str>, attempt: &str, content: &Message) -> Result<String, ChatError> {
        let room = self.room().await;
        let slot = progress();
        let showing = Showing { room: &room, slot: &slot, message, attempt, content, notify: &[] };
        self.chat.show(&showing).await
    }
}

fn progress() -> SlotId {
    let rollback = "INC-2024-0115-001/1".parse().unwrap();
    SlotId { owner: SlotOwner::Rollback(rollback), slot: Slot::Progress, shown_in: ShownIn::Room }
}

fn line(headline: &str) -> Message {
    Message::line(Tone::Working, headline)
}

/// A message with one of everything, each text of it this.
fn everywhere(text: &str) -> Message {
    let text = || text.to_owned();
    let rollback = "INC-2024-0115-001/1".parse().unwrap();
    Message {
        tone: Tone::Bad,
        headline: text(),
        facts: vec![Fact { label: text(), value: text() }],
        blocks: vec![
            Block::Title(text()),
            Block::Text(text()),
            Block::List(vec![text(), text()]),
            Block::Steps(vec![StepLine { mark: StepMark::Failed, text: text(), detail: text() }]),
            Block::Code(text()),
            Block::Document { name: text(), text: text() },
        ],
        buttons: vec![Button {
            label: text(),
            action: ButtonAction::Abort { rollback },
            style: ButtonStyle::Danger,
            confirm: Some(text()),
        }],
        notify: Vec::new(),
        is_final: false,
        room: None,
    }
}

/// Asking twice gives one room.
pub async fn a_room_is_made_once(subject: &ChatSubject) {
    let first = subject.chat.ensure_room(&subject.wish()).await.unwrap();
    let seen = (subject.seen)();
    assert!(first.shown_as.contains("incident-rollback-2024-0115-001"), "{}", first.shown_as);
    assert_eq!(subject.chat.ensure_room(&subject.wish()).await.unwrap(), first);
    assert_eq!((subject.seen)(), seen, "nothing is seen of the second time");
}

/// A message keeps its id while its content changes.
pub async fn a_message_is_shown_and_then_changed(subject: &ChatSubject) {
    let id = subject.show(None, "a1", &line("Rolling back")).await.unwrap();
    assert!((subject.seen)().contains("Rolling back"));
    assert_eq!(subject.show(Some(&id), "a2", &line("Checking health")).await.unwrap(), id);
    assert!((subject.seen)().contains("Checking health"));
    assert_eq!(subject.show(Some(&id), "a3", &line("Rolled back")).await.unwrap(), id);
    assert!((subject.seen)().contains("Rolled back"));
}

/// Two messages have two ids, also when they come at once and say the same.
pub async fn messages_at_once_are_kept_apart(subject: &ChatSubject) {
    let content = line("Rolling back");
    let attempts: Vec<String> = (0..20).map(|number| format!("attempt-{number}")).collect();
    let shown = attempts.iter().map(|attempt| subject.show(None, attempt, &content));
    let ids: Vec<String> = futures::future::try_join_all(shown).await.unwrap();
    for (attempt, id) in attempts.iter().zip(&ids) {
        assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{ids:?}");
        let room = subject.room().await;
        assert_eq!(subject.chat.find(&room, attempt).await.unwrap().as_ref(), Some(id));
    }
}

/// What an attempt left is found by its key, in its room, and nowhere else.
pub async fn an_attempt_is_found_by_its_key(subject: &ChatSubject) {
    let room = subject.room().await;
    assert_eq!(subject.chat.find(&room, "a1").await.unwrap(), None);
    let id = subject.show(None, "a1", &line("Rolling back")).await.unwrap();
    assert_eq!(subject.chat.find(&room, "a1").await.unwrap(), Some(id));
    assert_eq!(subject.chat.find(&room, "a").await.unwrap(), None);
    assert_eq!(subject.chat.find("another-room", "a1").await.unwrap(), None);
}

/// A message that is not there is said to be gone, so that a new one can take its place.
pub async fn a_message_that_is_gone_is_said_to_be(subject: &ChatSubject) {
    for id in ["", "m0", "1705332600.000100", "another-start-1"] {
        let refused = subject.show(Some(id), "a1", &line("Rolling back")).await.unwrap_err();
        assert!(matches!(refused, ChatError::Gone { .. }), "{refused:?}");
    }
    assert!(!(subject.seen)().contains("Rolling back"));
}

/// Nothing of what a message says does anything, and words are kept as they are.
pub async fn hostile_text_is_inert(subject: &ChatSubject) {
    let hostile = "a\u{1b}[2J\u{1b}]0;t\u{7}\u{8}\r\u{202e}b $(reboot) {0} %s ../../x";
    let id = subject.show(None, "a1", &everywhere(hostile)).await.unwrap();
    subject.show(Some(&id), "a2", &everywhere(&format!("{hostile} again"))).await.unwrap();
    subject.chat.answer(&subject.reply, &everywhere(hostile)).await.unwrap();
    let seen = (subject.seen)();
    for forbidden in ["\u{1b}[2J", "\u{1b}]0", "\u{7}", "\u{8}", "\r", "\u{202e}"] {
        assert!(!seen.contains(forbidden), "{forbidden:?} in {seen:?}");
    }
    assert!(seen.contains("$(reboot)") && seen.contains("{0} %s"), "{seen}");
}

/// A message without words, or with far too many, is shown all the same.
pub async fn no_size_is_refused(subject: &ChatSubject) {
    subject.show(None, "a1", &Message::default()).await.unwrap();
    subject.show(None, "a2", &everywhere("")).await.unwrap();
    subject.show(None, "a3", &everywhere(&"word ".repeat(20_000))).await.unwrap();
    subject.show(None, "a4", &everywhere(&"w".repeat(50_000))).await.unwrap();
    let mut many = everywhere("many");
    many.facts = (0..200).map(|number| Fact { label: format!("fact {number}"), value: "x".to_owned() }).collect();
    many.blocks = (0..200).map(|number| Block::Text(format!("paragraph {number}"))).collect();
    let id = subject.show(None, "a5", &many).await.unwrap();
    assert_eq!(subject.show(Some(&id), "a6", &line("few")).await.unwrap(), id);
}

/// A private answer is read by whoever asked.
pub async fn an_answer_is_seen(subject: &ChatSubject) {
    subject.chat.answer(&subject.reply, &line("Only a team lead may approve this")).await.unwrap();
    assert!((subject.seen)().contains("Only a team lead may approve this"));
}

/// Makes a test of each property for this subject.
#[macro_export]
macro_rules! chat_conformance {
    ($subject:expr) => {
        $crate::properties!(
            chat,
            $subject,
            [
                a_room_is_made_once,
                a_message_is_shown_and_then_changed,
                messages_at_once_are_kept_apart,
                an_attempt_is_found_by_its_key,
                a_message_that_is_gone_is_said_to_be,
                hostile_text_is_inert,
                no_size_is_refused,
                an_answer_is_seen,
            ]
        );
    };
}
