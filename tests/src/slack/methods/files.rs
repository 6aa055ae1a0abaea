//! Files: an address is asked for, the bytes go there, then the file is shared.

use serde_json::{Value, json};

use super::chat::{Target, deliver_message};
use crate::slack::arguments::Arguments;
use crate::slack::blocks;
use crate::slack::content::Content;
use crate::slack::refusal::{Answer, Refusal};
use crate::slack::world::{BOT_USER, File, FileState, World};

/// Published: a description of an image has at most so many characters.
const DESCRIPTION: usize = 1000;

pub(super) fn promise(world: &mut World, arguments: &Arguments) -> Answer {
    let length = arguments.number("length").filter(|length| *length > 0);
    let length = length.ok_or_else(|| Refusal::arguments(&["must be at least 1 [json-pointer:/length]".into()]))?;
    if arguments.text("alt_txt").is_some_and(|text| text.chars().count() > DESCRIPTION) {
        return Err(Refusal::new("alt_txt_too_large"));
    }
    let (id, ticket, created) = (world.id("F"), world.secret("upload"), world.seconds());
    let name = arguments.must("filename");
    let url = format!("{}/upload/v1/{ticket}", world.origin);
    let state = FileState::Promised;
    let (title, content) = (name.clone(), Vec::new());
    world.files.insert(
        id.clone(),
        File { id: id.clone(), name, title, length, content, state, channels: Vec::new(), ticket, created },
    );
    Ok(json!({"upload_url": url, "file_id": id}))
}

pub(super) fn complete(world: &mut World, arguments: &Arguments) -> Answer {
    let files = match arguments.structure("files") {
        Some(Some(Value::Array(files))) if !files.is_empty() => files,
        _ => return Err(Refusal::arguments(&["must be a list of files [json-pointer:/files]".into()])),
    };
    let mut channels = arguments.list("channels");
    channels.extend(arguments.text("channel_id"));
    for channel in &channels {
        world.open_channel(channel)?;
    }
    check_blocks(arguments)?;
    let uploaded = |file: &Value| {
        let file = world.files.get(file["id"].as_str()?)?;
        (file.state == FileState::Uploaded).then_some(())
    };
    if files.iter().any(|file| uploaded(file).is_none()) {
        return Err(Refusal::new("file_not_found"));
    }
    let mut ids = Vec::new();
    let mut told = Vec::new();
    for wanted in &files {
        let Some(file) = wanted["id"].as_str().and_then(|id| world.files.get_mut(id)) else { continue };
        file.state = FileState::Complete;
        file.title = wanted["title"].as_str().unwrap_or(&file.name).to_owned();
        file.channels = channels.clone();
        ids.push(file.id.clone());
        told.push(file.object());
    }
    for channel in channels {
        let target = Target { channel, thread: arguments.text("thread_ts"), only_for: None };
        let ts = deliver_message(world, &target, Content::text(arguments.must("initial_comment")));
        if let Some(message) = world.message(&target.channel, &ts) {
            message.files = ids.clone();
        }
    }
    Ok(json!({"files": told}))
}

/// Slack has no answer for Markdown here but an internal error.
fn check_blocks(arguments: &Arguments) -> Result<(), Refusal> {
    let blocks = match arguments.structure("blocks") {
        Some(None) => return Ok(()),
        Some(Some(Value::Array(blocks))) => blocks,
        _ => return Err(Refusal::new("invalid_blocks")),
    };
    if blocks.iter().any(|block| block["type"] == "markdown") {
        return Err(Refusal::new("internal_error"));
    }
    let problems = blocks::check_message(&blocks);
    if problems.is_empty() { Ok(()) } else { Err(Refusal::new("invalid_blocks").saying(&problems)) }
}

pub(super) fn info(world: &mut World, arguments: &Arguments) -> Answer {
    let file = world.files.get(&arguments.must("file")).ok_or_else(|| Refusal::new("file_not_found"))?;
    match file.state {
        FileState::Deleted => Err(Refusal::new("file_deleted")),
        FileState::Complete => {
            Ok(json!({"file": file.object(), "comments": [], "response_metadata": {"next_cursor": ""}}))
        }
        FileState::Promised | FileState::Uploaded => Err(Refusal::new("file_not_found")),
    }
}

pub(super) fn delete(world: &mut World, arguments: &Arguments) -> Answer {
    let id = arguments.must("file");
    let file = world.files.get_mut(&id).ok_or_else(|| Refusal::new("file_not_found"))?;
    if file.state == FileState::Deleted {
        return Err(Refusal::new("file_deleted"));
    }
    file.state = FileState::Deleted;
    let shown = world.messages.iter_mut().filter(|message| message.author == BOT_USER);
    shown.for_each(|message| message.files.retain(|file| *file != id));
    Ok(json!({}))
}

impl World {
    /// Takes the bytes of a file; the status of the answer and its text.
    pub fn upload(&mut self, ticket: &str, content: &[u8]) -> (u16, String) {
        let Some(file) = self.files.values_mut().find(|file| file.ticket == ticket) else {
            return (404, "Not Found".into());
        };
        if file.state != FileState::Promised {
            return (409, "already uploaded".into());
        }
        if content.len() as u64 != file.length {
            return (400, format!("expected {} bytes, got {}", file.length, content.len()));
        }
        file.content = content.to_vec();
        file.state = FileState::Uploaded;
        (200, format!("OK - {}", file.length))
    }
}
