//! A chat in memory that keeps everything and can be away.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use commands::model::{ButtonAction, ChatName, Identity, Message, ReplyHandle, Slot, SlotId};
use commands::ports::{Chat, ChatError, Room, RoomWish, Showing};
use tokio::sync::Notify;

use super::chat_text::{plain_lines, plain_text};

/// Rooms, messages and their edits, and the transcript of all of it.
pub struct RecordingChat {
    name: ChatName,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    rooms: BTreeMap<String, RoomWish>,
    messages: Vec<RecordedMessage>,
    answers: Vec<(ReplyHandle, Message)>,
    transcript: Vec<String>,
    read: usize,
    away: bool,
    outcomes_to_lose: u32,
}

/// A message as it stands.
#[derive(Debug, Clone)]
pub struct RecordedMessage {
    /// Its id in this chat.
    pub id: String,
    /// The room.
    pub room: String,
    /// The slot that it fills.
    pub slot: SlotId,
    /// The attempt that showed it last.
    pub attempt: String,
    /// What it shows.
    pub content: Message,
    /// How often it was edited.
    pub edits: usize,
    /// Whom it notified.
    pub notified: Vec<Identity>,
    /// Whether a person removed it.
    pub removed: bool,
}

impl RecordingChat {
    /// An empty chat of this name.
    #[must_use]
    pub fn new(name: &str) -> Arc<Self> {
        Arc::new(Self { name: name.into(), state: Mutex::default(), changed: Notify::new() })
    }

    /// From now on it does nothing and says that it is away, or it is back.
    pub fn set_away(&self, away: bool) {
        self.lock().away = away;
    }

    /// The next so many posts and edits have their effect, and the caller is told that the chat is away.
    pub fn lose_outcomes(&self, count: u32) {
        self.lock().outcomes_to_lose = count;
    }

    /// Somebody removes the message.
    ///
    /// # Panics
    /// If there is none of this id.
    pub fn remove(&self, id: &str) {
        let mut state = self.lock();
        state.messages.iter_mut().find(|message| message.id == id).expect("there is such a message").removed = true;
    }

    /// Everything that a reader saw, from the beginning.
    #[must_use]
    pub fn transcript(&self) -> String {
        self.lock().transcript.join("\n")
    }

    /// What a reader saw since this was asked last.
    #[must_use]
    pub fn unread(&self) -> String {
        let mut state = self.lock();
        let unread = state.transcript[state.read..].join("\n");
        state.read = state.transcript.len();
        unread
    }

    /// Waits until the transcript has this text, and gives what is unread.
    ///
    /// # Panics
    /// After ten seconds of real time, with the transcript.
    pub async fn until(&self, text: &str) -> String {
        let seen = async {
            loop {
                let changed = self.changed.notified();
                if self.transcript().contains(text) {
                    return;
                }
                changed.await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(10), seen).await.is_err() {
            panic!("nobody said {text:?}:\n{}", self.transcript());
        }
        self.unread()
    }

    /// The messages that stand, in the order in which they were posted.
    #[must_use]
    pub fn messages(&self) -> Vec<RecordedMessage> {
        self.lock().messages.iter().filter(|message| !message.removed).cloned().collect()
    }

    /// What the newest message in this slot says now.
    ///
    /// # Panics
    /// If there is none, with the transcript.
    #[must_use]
    pub fn text_of(&self, slot: &Slot) -> String {
        let messages = self.messages();
        let Some(message) = messages.iter().rev().find(|message| message.slot.slot == *slot) else {
            panic!("nothing stands in {slot:?}:\n{}", self.transcript());
        };
        plain_text(&message.content)
    }

    /// Slots that more than one message of one room fills: a reader sees the same thing twice.
    #[must_use]
    pub fn duplicates(&self) -> Vec<String> {
        let mut filled: BTreeMap<(String, String), usize> = BTreeMap::new();
        for message in self.messages() {
            *filled.entry((message.room, message.slot.to_string())).or_default() += 1;
        }
        filled.into_iter().filter(|(_, count)| *count > 1).map(|((room, slot), _)| format!("{room}: {slot}")).collect()
    }

    /// What the newest button of this label means that a message or an answer shows now.
    ///
    /// # Panics
    /// If there is none, with the transcript.
    #[must_use]
    pub fn press(&self, label: &str) -> ButtonAction {
        let found = self.find_button(label);
        found.unwrap_or_else(|| panic!("no button says {label:?} now:\n{}", self.transcript()))
    }

    /// The same, where there may be none.
    #[must_use]
    pub fn find_button(&self, label: &str) -> Option<ButtonAction> {
        let state = self.lock();
        let answers = state.answers.iter().map(|(_, content)| content);
        let messages = state.messages.iter().filter(|message| !message.removed).map(|message| &message.content);
        let mut shown = answers.chain(messages).flat_map(|content| &content.buttons);
        shown.rfind(|button| button.label == label).map(|button| button.action.clone())
    }

    /// Private answers, with the handles that they were given to.
    #[must_use]
    pub fn answers(&self) -> Vec<(ReplyHandle, Message)> {
        self.lock().answers.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds the chat")
    }

    /// Does something to the chat, unless it is away.
    fn act<T>(&self, what: &'static str, act: impl FnOnce(&mut State) -> Result<T, ChatError>) -> Result<T, ChatError> {
        let mut state = self.lock();
        let done = if state.away { Err(away(what)) } else { act(&mut state) };
        drop(state);
        self.changed.notify_waiters();
        done
    }
}

fn away(what: &'static str) -> ChatError {
    ChatError::Away { what, why: "no answer within 10 s".to_owned() }
}

impl State {
    fn post(&mut self, showing: &Showing<'_>) -> String {
        let id = format!("m{}", self.messages.len() + 1);
        self.transcript.push(format!("#{} posts {}", showing.room, showing.slot));
        self.transcript.extend(plain_lines(showing.content));
        self.messages.push(RecordedMessage {
            id: id.clone(),
            room: showing.room.to_owned(),
            slot: showing.slot.clone(),
            attempt: showing.attempt.to_owned(),
            content: showing.content.clone(),
            edits: 0,
            notified: showing.notify.to_vec(),
            removed: false,
        });
        id
    }

    /// The transcript tells the lines that are new.
    fn edit(&mut self, id: &str, showing: &Showing<'_>) -> Result<String, ChatError> {
        let message = self.messages.iter_mut().find(|message| message.id == id && !message.removed);
        let message = message.ok_or(ChatError::Gone { what: "editing a message" })?;
        let mut before = plain_lines(&message.content);
        self.transcript.push(format!("#{} edits {}", showing.room, showing.slot));
        self.transcript.extend(plain_lines(showing.content).into_iter().filter(|line| {
            let known = before.iter().position(|old| old == line);
            known.map(|index| before.swap_remove(index)).is_none()
        }));
        message.content = showing.content.clone();
        message.attempt = showing.attempt.to_owned();
        message.edits += 1;
        Ok(id.to_owned())
    }
}

#[async_trait]
impl Chat for RecordingChat {
    fn name(&self) -> &ChatName {
        &self.name
    }

    async fn ensure_room(&self, wish: &RoomWish) -> Result<Room, ChatError> {
        self.act("opening a room", |state| {
            if state.rooms.insert(wish.name.clone(), wish.clone()).is_none() {
                let invited: Vec<&str> = wish.invite.iter().map(|identity| identity.user.as_str()).collect();
                state.transcript.push(format!(
                    "#{} is opened: {} (invites {})",
                    wish.name,
                    wish.topic,
                    invited.join(", ")
                ));
            }
            Ok(Room { id: wish.name.clone(), shown_as: format!("#{}", wish.name), shortcomings: Vec::new() })
        })
    }

    async fn show(&self, showing: &Showing<'_>) -> Result<String, ChatError> {
        self.act("showing a message", |state| {
            let id = match showing.message {
                Some(id) => state.edit(id, showing)?,
                None => state.post(showing),
            };
            match state.outcomes_to_lose.checked_sub(1) {
                Some(left) => {
                    state.outcomes_to_lose = left;
                    Err(away("showing a message"))
                }
                None => Ok(id),
            }
        })
    }

    async fn find(&self, room: &str, attempt: &str) -> Result<Option<String>, ChatError> {
        self.act("finding a message", |state| {
            let left =
                |message: &&RecordedMessage| message.room == room && message.attempt == attempt && !message.removed;
            Ok(state.messages.iter().rev().find(left).map(|message| message.id.clone()))
        })
    }

    async fn answer(&self, reply: &ReplyHandle, content: &Message) -> Result<(), ChatError> {
        self.act("answering", |state| {
            state.transcript.push(format!("answers {} alone", reply.0));
            state.transcript.extend(plain_lines(content));
            state.answers.push((reply.clone(), content.clone()));
            Ok(())
        })
    }
}
