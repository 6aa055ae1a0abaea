//! A person in front of a screen: they can do only what is on it.

use serde_json::{Value, json};

use super::FakeSlack;
use super::deliver::{Clicked, Delivery, Kind, block_actions, command, command_acknowledged, deliver};
use super::screen;
use super::setup::{ChannelId, MessageId};
use super::world::{Message, World};

/// Somebody. All clones are the same person.
#[derive(Clone)]
pub struct Person {
    pub(super) slack: FakeSlack,
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
}

/// The dialog that a click opens before it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// Above.
    pub title: String,
    /// The question.
    pub text: String,
    /// On the button that goes on.
    pub confirm: String,
    /// On the button that does not.
    pub deny: String,
}

/// What a click did.
#[derive(Debug, Clone, PartialEq)]
pub struct Click {
    /// The dialog that was shown and accepted.
    pub confirm: Option<Confirm>,
    /// What became of it.
    pub delivery: Delivery,
}

/// A message as somebody saw it at one moment; a slow screen may still show it.
#[derive(Clone)]
pub struct Remembered {
    person: Person,
    message: Message,
}

impl Person {
    /// Types into a channel: a command if it begins with `/`, else a message. Gives what became of the
    /// command.
    ///
    /// # Panics
    /// If they are not in the channel, which Slack would not let them.
    pub async fn types(&self, text: &str, channel: &ChannelId) -> Option<Delivery> {
        let shared = &self.slack.shared;
        let payload = {
            let mut world = shared.world();
            assert!(world.channels[&channel.0].has(&self.id), "the {} is not in {}", self.name, channel.0);
            text.starts_with('/').then(|| command(&mut world, &self.id, &channel.0, text))
        };
        let Some(payload) = payload else {
            self.says(text, channel);
            return None;
        };
        let delivery = deliver(shared, Kind::SlashCommands, &payload, None).await;
        let name = payload["command"].as_str().unwrap_or_default();
        command_acknowledged(shared, &self.id, &channel.0, name, &delivery);
        Some(delivery)
    }

    /// Writes a message; Slack escapes what was typed.
    pub fn says(&self, text: &str, channel: &ChannelId) -> MessageId {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        self.slack.say(&self.id, channel, &escaped)
    }

    /// Joins a public channel.
    ///
    /// # Panics
    /// If it is not public.
    pub fn joins(&self, channel: &ChannelId) {
        let mut world = self.slack.shared.world();
        let channel = world.channels.get_mut(&channel.0).expect("there is such a channel");
        assert!(channel.shows_to(&self.id), "the {} cannot see {}", self.name, channel.name);
        if !channel.has(&self.id) {
            channel.members.push(self.id.clone());
        }
    }

    /// Everything that they see in the channel, as text; what only they see is marked.
    ///
    /// # Panics
    /// If they cannot see the channel.
    #[must_use]
    pub fn sees(&self, channel: &ChannelId) -> String {
        let world = self.slack.shared.world();
        let channel = &world.channels[&channel.0];
        assert!(channel.shows_to(&self.id), "the {} cannot see {}", self.name, channel.name);
        screen::transcript(&world, channel, &self.id)
    }

    /// Whether they can see the channel at all.
    #[must_use]
    pub fn can_see(&self, channel: &ChannelId) -> bool {
        self.slack.shared.world().channels.get(&channel.0).is_some_and(|channel| channel.shows_to(&self.id))
    }

    /// The newest message on their screen that holds this text.
    #[must_use]
    pub fn finds(&self, channel: &ChannelId, text: &str) -> Option<MessageId> {
        let world = self.slack.shared.world();
        let shown = |message: &&Message| {
            self.is_shown(&world, message)
                && message.channel == channel.0
                && screen::message_lines(&world, message).join("\n").contains(text)
        };
        let found = world.messages.iter().rev().find(shown)?;
        Some(MessageId { channel: channel.clone(), ts: found.ts.clone() })
    }

    fn is_shown(&self, world: &World, message: &Message) -> bool {
        !message.deleted
            && message.only_for.as_ref().is_none_or(|only| *only == self.id)
            && world.channels[&message.channel].shows_to(&self.id)
    }

    fn shown(&self, id: &MessageId) -> Message {
        let world = self.slack.shared.world();
        let found = world.messages.iter().find(|one| one.ts == id.ts && one.channel == id.channel.0);
        let found = found.filter(|message| self.is_shown(&world, message));
        found.unwrap_or_else(|| panic!("the {} does not see {id:?}", self.name)).clone()
    }

    /// Whether the message has a button with this label for them now.
    #[must_use]
    pub fn could_click(&self, label: &str, message: &MessageId) -> bool {
        let message = self.shown(message);
        let world = self.slack.shared.world();
        screen::labelled(&world, message.content.all_blocks(), label).is_some()
    }

    /// Clicks a button by its label; a dialog that asks first is accepted.
    ///
    /// # Panics
    /// If they do not see the message, or it has no such button now.
    pub async fn clicks(&self, label: &str, message: &MessageId) -> Click {
        self.remembers(message).clicks(label).await
    }

    /// Clicks a button and then thinks better of it: what the dialog says.
    ///
    /// # Panics
    /// If there is no such button, or nothing is asked first.
    #[must_use]
    pub fn hesitates(&self, label: &str, message: &MessageId) -> Confirm {
        let message = self.shown(message);
        let world = self.slack.shared.world();
        let (_, element) =
            screen::labelled(&world, message.content.all_blocks(), label).expect("there is such a button");
        confirm(&world, element).expect("it asks before it counts")
    }

    /// Picks an option of a menu (by what stands on the menu) in a message.
    ///
    /// # Panics
    /// If there is no such menu or option.
    pub async fn picks(&self, menu: &str, option: &str, message: &MessageId) -> Click {
        self.remembers(message).act(menu, Some(option)).await
    }

    /// The message as it stands on their screen now. It can be clicked later, when Slack shows another.
    ///
    /// # Panics
    /// If they do not see it.
    #[must_use]
    pub fn remembers(&self, message: &MessageId) -> Remembered {
        Remembered { person: self.clone(), message: self.shown(message) }
    }
}

impl Remembered {
    /// Clicks a button that it had.
    ///
    /// # Panics
    /// If it had no such button.
    pub async fn clicks(&self, label: &str) -> Click {
        self.act(label, None).await
    }

    async fn act(&self, label: &str, option: Option<&str>) -> Click {
        let Self { person, message } = self;
        let shared = &person.slack.shared;
        let (confirm, payload) = {
            let mut world = shared.world();
            let found = screen::labelled(&world, message.content.all_blocks(), label);
            let (block, element) = found.unwrap_or_else(|| {
                let lines = screen::message_lines(&world, message).join("\n");
                panic!("the {} sees no {label:?} in:\n{lines}", person.name)
            });
            let confirm = confirm(&world, element);
            let chosen = option.map(|option| chosen(&world, element, option));
            let payload = block_actions(&mut world, &person.id, Ok(message), &Clicked { block, element, chosen });
            (confirm, payload)
        };
        let delivery = deliver(shared, Kind::Interactive, &payload, None).await;
        Click { confirm, delivery }
    }
}

/// The option with these words on it, as the payload tells it.
fn chosen(world: &World, element: &Value, option: &str) -> Value {
    let mut options = element["options"].as_array().into_iter().flatten();
    let found = options.find(|one| screen::text_object(world, &one["text"]) == option);
    json!({"selected_option": found.unwrap_or_else(|| panic!("there is no option {option:?} in {element}"))})
}

fn confirm(world: &World, element: &Value) -> Option<Confirm> {
    let dialog = Some(&element["confirm"]).filter(|dialog| dialog.is_object())?;
    let text = |name: &str| screen::text_object(world, &dialog[name]);
    Some(Confirm { title: text("title"), text: text("text"), confirm: text("confirm"), deny: text("deny") })
}
