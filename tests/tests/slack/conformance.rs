//! What every chat promises, held by this one before the fake.

use std::sync::Arc;
use std::time::Duration;

use adapters::chat::slack::SlackChat;
use async_trait::async_trait;
use commands::model::{ChatName, Identity, Message, ReplyHandle};
use commands::ports::{Chat, ChatError, Room, RoomWish, Showing};
use tests::conformance::chat::ChatSubject;
use tests::fake::ManualClock;
use tests::slack::{FakeSlack, TEAM};

use super::rig::install_crypto;

/// Comes again where the chat is at its limits, as the engine does.
struct Patient(SlackChat);

async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(2)).await;
}

#[async_trait]
impl Chat for Patient {
    fn name(&self) -> &ChatName {
        self.0.name()
    }

    async fn ensure_room(&self, wish: &RoomWish) -> Result<Room, ChatError> {
        loop {
            match self.0.ensure_room(wish).await {
                Err(ChatError::Busy { .. }) => a_moment().await,
                outcome => return outcome,
            }
        }
    }

    async fn show(&self, showing: &Showing<'_>) -> Result<String, ChatError> {
        loop {
            match self.0.show(showing).await {
                Err(ChatError::Busy { .. }) => a_moment().await,
                outcome => return outcome,
            }
        }
    }

    async fn find(&self, room: &str, attempt: &str) -> Result<Option<String>, ChatError> {
        loop {
            match self.0.find(room, attempt).await {
                Err(ChatError::Busy { .. }) => a_moment().await,
                outcome => return outcome,
            }
        }
    }

    async fn answer(&self, reply: &ReplyHandle, content: &Message) -> Result<(), ChatError> {
        self.0.answer(reply, content).await
    }
}

async fn subject() -> ChatSubject {
    install_crypto();
    let clock = ManualClock::at("2024-01-15T15:30:00Z");
    let slack = FakeSlack::start(Arc::clone(&clock) as _).await;
    // How fast it may go is another matter, with its own tests.
    slack.rules(|rules| rules.rates = false);
    let reader = slack.person("reader");
    let operations = slack.channel("operations", &[&reader]);
    let mut settings = adapters::chat::slack::SlackSettings::new(slack.bot_token().into());
    settings.api_base = slack.api_base();
    let inner = SlackChat::new(&settings, Arc::clone(&clock) as _).unwrap();
    // Time goes on all the while.
    tokio::spawn(async move {
        loop {
            a_moment().await;
            clock.advance(Duration::from_millis(300));
        }
    });
    let reply = serde_json::json!({ "user": reader.id, "channel": operations.0 }).to_string();
    let somebody = Identity { chat: "slack".into(), workspace: TEAM.to_owned(), user: reader.id.clone() };
    let seen = move || {
        let names = slack.channel_names().into_iter().filter_map(|name| slack.find_channel(&name));
        names.map(|channel| reader.sees(&channel)).collect::<Vec<_>>().join("\n")
    };
    ChatSubject { chat: Arc::new(Patient(inner)), seen: Box::new(seen), reply: ReplyHandle(reply), somebody }
}

tests::chat_conformance!(subject().await);
