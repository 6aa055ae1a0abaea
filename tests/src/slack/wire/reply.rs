//! Answers to what a person did: over the reply address, or in the acknowledgement itself.

use serde_json::Value;

use crate::slack::arguments::Arguments;
use crate::slack::content::Content;
use crate::slack::methods::{Target, deliver_message};
use crate::slack::refusal::Refusal;
use crate::slack::world::{BOT_USER, Reply, World};

/// What a post to a reply address does; the word of the refusal if it may not.
pub(crate) fn answer_to(world: &mut World, secret: &str, body: &[u8]) -> Result<(), (u16, String)> {
    let reply = world.use_reply(secret).map_err(|code| (404, code.to_owned()))?;
    let arguments =
        Arguments::read(true, "application/json", "", body).map_err(|_| (400, "invalid_payload".to_owned()))?;
    apply_reply(world, &reply, &arguments).map_err(|refusal| (400, refusal.code.into_owned()))
}

/// Shows the answer: for the person alone unless it says otherwise, or in the place of what was clicked.
pub(crate) fn apply_reply(world: &mut World, reply: &Reply, arguments: &Arguments) -> Result<(), Refusal> {
    if arguments.flag("delete_original") {
        if let Some(original) = original(world, reply) {
            original.deleted = true;
        }
        return Ok(());
    }
    let (content, _) = Content::read(arguments)?;
    if arguments.flag("replace_original")
        && let Some(original) = original(world, reply)
    {
        original.content = content;
        original.edits += 1;
        return Ok(());
    }
    let in_channel = arguments.text("response_type").as_deref() == Some("in_channel");
    let only_for = (!in_channel).then(|| reply.user.clone());
    let thread = arguments.text("thread_ts").or_else(|| reply.thread.clone());
    deliver_message(world, &Target { channel: reply.channel.clone(), thread, only_for }, content);
    Ok(())
}

/// The message that was clicked, one for a single person included.
fn original<'a>(world: &'a mut World, reply: &Reply) -> Option<&'a mut crate::slack::world::Message> {
    let ts = reply.original.as_ref()?;
    let mut messages = world.messages.iter_mut();
    messages.find(|message| message.ts == *ts && message.channel == reply.channel && message.author == BOT_USER)
}

/// What was posted, for the record: never the address.
pub(super) fn recorded(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned().into())
}
