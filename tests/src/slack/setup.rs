//! The workspace as a test arranges it, and what stands in it.

use super::FakeSlack;
use super::content::Content;
use super::person::Person;
use super::screen;
use super::world::{BOT_USER, Channel, Group, Message, User, Visibility};

/// The id of a channel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(pub String);

/// Where a message stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId {
    /// The channel.
    pub channel: ChannelId,
    /// Its time, which is its id there.
    pub ts: String,
}

impl FakeSlack {
    /// A member of the workspace. Their address is the name with `-` at `example.com`.
    #[must_use]
    pub fn person(&self, name: &str) -> Person {
        self.user(name, false)
    }

    /// Somebody of another workspace, who is in shared channels.
    #[must_use]
    pub fn guest(&self, name: &str) -> Person {
        self.user(name, true)
    }

    fn user(&self, name: &str, guest: bool) -> Person {
        let mut world = self.shared.world();
        let id = world.id("U");
        world.users.insert(id.clone(), User::new(id.clone(), name, guest));
        Person { slack: self.clone(), id, name: name.into() }
    }

    /// A group of people that can be named as one; its id.
    #[must_use]
    pub fn group(&self, handle: &str, people: &[&Person]) -> String {
        let mut world = self.shared.world();
        let id = world.id("S");
        let users = people.iter().map(|person| person.id.clone()).collect();
        world.groups.push(Group { id: id.clone(), handle: handle.into(), users, disabled: false });
        id
    }

    /// A public channel with these people and the bot in it.
    #[must_use]
    pub fn channel(&self, name: &str, people: &[&Person]) -> ChannelId {
        self.add_channel(name, Visibility::Public, people)
    }

    /// A private channel with these people and the bot in it.
    #[must_use]
    pub fn private_channel(&self, name: &str, people: &[&Person]) -> ChannelId {
        self.add_channel(name, Visibility::Private, people)
    }

    /// The direct conversation between this person and the bot.
    #[must_use]
    pub fn direct_channel(&self, person: &Person) -> ChannelId {
        ChannelId(super::methods::direct(&mut self.shared.world(), &person.id))
    }

    fn add_channel(&self, name: &str, visibility: Visibility, people: &[&Person]) -> ChannelId {
        let mut world = self.shared.world();
        let (id, now) = (world.id("C"), world.seconds());
        let creator = people.first().map_or("Slackbot", |person| person.id.as_str());
        let mut channel = Channel::new(id.clone(), name, visibility, creator, now);
        channel.general = name == "general";
        channel.members = people.iter().map(|person| person.id.clone()).chain([BOT_USER.to_owned()]).collect();
        world.channels.insert(id.clone(), channel);
        ChannelId(id)
    }

    /// Somebody removes the bot from the channel.
    ///
    /// # Panics
    /// If there is no such channel.
    pub fn remove_bot(&self, channel: &ChannelId) {
        self.change_channel(channel, |channel| channel.members.retain(|member| member != BOT_USER));
    }

    /// Somebody archives the channel.
    ///
    /// # Panics
    /// If there is no such channel.
    pub fn archive(&self, channel: &ChannelId) {
        self.change_channel(channel, |channel| channel.archived = true);
    }

    fn change_channel(&self, channel: &ChannelId, change: impl FnOnce(&mut Channel)) {
        change(self.shared.world().channels.get_mut(&channel.0).expect("there is such a channel"));
        self.shared.changed();
    }

    /// Somebody removes a message.
    ///
    /// # Panics
    /// If there is no such message.
    pub fn remove_message(&self, message: &MessageId) {
        let mut world = self.shared.world();
        world.message(&message.channel.0, &message.ts).expect("there is such a message").deleted = true;
    }

    /// The channel of this name.
    #[must_use]
    pub fn find_channel(&self, name: &str) -> Option<ChannelId> {
        let world = self.shared.world();
        world.channels.values().find(|channel| channel.name == name).map(|channel| ChannelId(channel.id.clone()))
    }

    /// The names of all channels, in the order in which they were made.
    #[must_use]
    pub fn channel_names(&self) -> Vec<String> {
        let world = self.shared.world();
        let named = world.channels.values().filter(|channel| channel.visibility != Visibility::Direct);
        named.map(|channel| channel.name.clone()).collect()
    }

    /// The names of those who are in the channel.
    ///
    /// # Panics
    /// If there is no such channel.
    #[must_use]
    pub fn members(&self, channel: &ChannelId) -> Vec<String> {
        let world = self.shared.world();
        let names = world.channels[&channel.0].members.iter().filter_map(|id| world.users.get(id));
        names.map(|user| user.name.clone()).collect()
    }

    /// How many messages stand in the channel, for all or for single persons.
    #[must_use]
    pub fn text_count(&self, channel: &ChannelId) -> usize {
        let world = self.shared.world();
        world.messages.iter().filter(|message| message.channel == channel.0 && !message.deleted).count()
    }

    /// The content of a file that was shared, by its title.
    #[must_use]
    pub fn file(&self, title: &str) -> Option<String> {
        let world = self.shared.world();
        let file = world.files.values().find(|file| file.title == title && !file.channels.is_empty());
        file.map(|file| String::from_utf8_lossy(&file.content).into_owned())
    }

    /// Waits until this person is shown a message that holds this text.
    ///
    /// # Panics
    /// After ten seconds of real time.
    pub async fn until_shown(&self, person: &Person, channel: &ChannelId, text: &str) -> MessageId {
        self.until(&format!("{text:?} for the {}", person.name), |_| person.finds(channel, text)).await
    }

    /// What the message says now, with its blocks, as lines.
    ///
    /// # Panics
    /// If there is no such message.
    #[must_use]
    pub fn text_of(&self, message: &MessageId) -> String {
        let world = self.shared.world();
        let mut messages = world.messages.iter();
        let found = messages.find(|one| one.ts == message.ts && one.channel == message.channel.0 && !one.deleted);
        screen::message_lines(&world, found.expect("there is such a message")).join("\n")
    }

    /// The metadata of a message.
    #[must_use]
    pub fn metadata_of(&self, message: &MessageId) -> Option<serde_json::Value> {
        self.shared.world().message(&message.channel.0, &message.ts)?.content.metadata.clone()
    }

    pub(super) fn say(&self, author: &str, channel: &ChannelId, text: &str) -> MessageId {
        let mut world = self.shared.world();
        let message = Message::new(&mut world, &channel.0, author, Content::text(text));
        let ts = world.post(message);
        drop(world);
        self.shared.changed();
        MessageId { channel: channel.clone(), ts }
    }
}
