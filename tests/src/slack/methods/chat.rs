//! Messages: posted, edited, removed, shown to one person alone.

use serde_json::json;

use crate::slack::arguments::Arguments;
use crate::slack::content::Content;
use crate::slack::refusal::{Answer, Refusal};
use crate::slack::world::{BOT_USER, Message, Visibility, World};

/// Published: `chat.update` takes a text of so many characters.
const UPDATED_TEXT: usize = 4_000;

pub(super) fn post(world: &mut World, arguments: &Arguments) -> Answer {
    let channel = destination(world, &arguments.must("channel"))?;
    let (mut content, _) = Content::read(arguments)?;
    weigh(world, &content, "msg_blocks_too_long")?;
    world.open_channel(&channel)?;
    let now = world.clock.monotonic();
    world.rates.message(&world.rules, now, &channel).map_err(Refusal::rate)?;
    content.text = content.text.chars().take(world.rules.text_cut).collect();
    let mut message = Message::new(world, &channel, BOT_USER, content);
    message.thread = thread(world, &channel, arguments)?;
    message.broadcast = arguments.flag("reply_broadcast");
    let object = message.object(world, true);
    let ts = world.post(message);
    Ok(json!({"channel": channel, "ts": ts, "message": object}))
}

/// Refuses blocks that are too much together.
fn weigh(world: &World, content: &Content, code: &'static str) -> Result<(), Refusal> {
    let fits = content.weight(world.rules.block_weight) <= world.rules.blocks_together;
    if fits { Ok(()) } else { Err(Refusal::new(code)) }
}

/// A channel by its id; a person by theirs, which is a direct conversation.
fn destination(world: &mut World, name: &str) -> Result<String, Refusal> {
    if world.users.contains_key(name) {
        return Ok(super::channels::direct(world, name));
    }
    Ok(world.channel(name)?.id.clone())
}

/// The thread that a message goes to, by its first message.
fn thread(world: &mut World, channel: &str, arguments: &Arguments) -> Result<Option<String>, Refusal> {
    let Some(ts) = arguments.text("thread_ts") else { return Ok(None) };
    let parent = world.message(channel, &ts).ok_or_else(|| Refusal::new("cannot_reply_to_message"))?;
    let answers_a_reply = parent.thread.as_ref().is_some_and(|first| *first != ts);
    if answers_a_reply { Err(Refusal::new("cannot_reply_to_message")) } else { Ok(Some(ts)) }
}

pub(super) fn update(world: &mut World, arguments: &Arguments) -> Answer {
    let (channel, ts) = (arguments.must("channel"), arguments.must("ts"));
    world.channel(&channel)?;
    if arguments.text("text").is_some_and(|text| text.chars().count() > UPDATED_TEXT) {
        return Err(Refusal::new("msg_too_long"));
    }
    let (content, named_blocks) = Content::read(arguments)?;
    weigh(world, &content, "msg_too_long")?;
    let keeps_blocks = !named_blocks && !world.rules.text_alone_removes_blocks;
    if world.channels[&channel].archived {
        return Err(Refusal::new("is_archived"));
    }
    let message = world.message(&channel, &ts).ok_or_else(|| Refusal::new("message_not_found"))?;
    if message.author != BOT_USER || message.subtype.is_some() {
        return Err(Refusal::new("cant_update_message"));
    }
    let old = std::mem::replace(&mut message.content, content);
    if keeps_blocks {
        message.content.blocks = old.blocks;
    }
    if arguments.raw("metadata").is_none() {
        message.content.metadata = old.metadata;
    }
    message.edits += 1;
    let message = message.clone();
    let text = message.content.text.clone();
    Ok(json!({"channel": channel, "ts": ts, "text": text, "message": message.object(world, true)}))
}

pub(super) fn delete(world: &mut World, arguments: &Arguments) -> Answer {
    let (channel, ts) = (arguments.must("channel"), arguments.must("ts"));
    world.channel(&channel)?;
    let message = world.message(&channel, &ts).ok_or_else(|| Refusal::new("message_not_found"))?;
    if message.author != BOT_USER {
        return Err(Refusal::new("cant_delete_message"));
    }
    message.deleted = true;
    Ok(json!({"channel": channel, "ts": ts}))
}

pub(super) fn post_ephemeral(world: &mut World, arguments: &Arguments) -> Answer {
    let (channel, user) = (arguments.must("channel"), arguments.must("user"));
    let (content, _) = Content::read(arguments)?;
    weigh(world, &content, "msg_too_long")?;
    let open = world.open_channel(&channel)?;
    if !open.has(&user) {
        return Err(Refusal::new("user_not_in_channel"));
    }
    let thread = thread(world, &channel, arguments)?;
    let ts = deliver_message(world, &Target { channel, thread, only_for: Some(user) }, content);
    Ok(json!({"message_ts": ts}))
}

/// Where a message of the bot goes.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub channel: String,
    pub thread: Option<String>,
    pub only_for: Option<String>,
}

/// Posts a message of the bot without a count and without asking whether it is in the channel: so answers
/// to commands arrive.
pub(crate) fn deliver_message(world: &mut World, target: &Target, content: Content) -> String {
    let mut message = Message::new(world, &target.channel, BOT_USER, content);
    message.thread = target.thread.clone();
    message.only_for = target.only_for.clone();
    world.post(message)
}

pub(super) fn permalink(world: &mut World, arguments: &Arguments) -> Answer {
    let (channel, ts) = (arguments.must("channel"), arguments.must("message_ts"));
    if world.channel(&channel)?.visibility == Visibility::Direct {
        return Err(Refusal::new("channel_not_found"));
    }
    world.message(&channel, &ts).ok_or_else(|| Refusal::new("message_not_found"))?;
    let link = format!("https://home.example.com/archives/{channel}/p{}", ts.replace('.', ""));
    Ok(json!({"channel": channel, "permalink": link}))
}
