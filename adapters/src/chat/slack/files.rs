//! Documents, uploaded as files into the thread of the message that they belong to.

use commands::model::Digest;
use commands::ports::ChatError;
use serde_json::{Value, json};

use super::address::Address;
use super::call::{Line, plain};
use super::schedule::Urgency;

/// Puts a file into the thread of a message, unless the same one is there. A file that Slack refuses costs
/// the file, not the message.
pub(super) async fn attach(
    line: &Line,
    address: &Address<'_>,
    message: &str,
    name: &str,
    text: &str,
) -> Result<(), ChatError> {
    let what = "uploading a file";
    let thread = address.thread.unwrap_or(message);
    // The digest in its title is how one that is there is known again after a crash.
    let title = format!("{name} ({})", Digest::of(text.as_bytes()).short());
    let text = if text.is_empty() { " " } else { text };
    let outcome = async {
        if is_there(line, address.channel, thread, &title).await? {
            return Ok(());
        }
        let size = [("filename", name.to_owned()), ("length", text.len().to_string())];
        let place = line.get(what, plain("files.getUploadURLExternal", Urgency::Final), &size).await?;
        let (url, id) = (place["upload_url"].as_str().unwrap_or_default(), &place["file_id"]);
        line.upload(what, url, text).await?;
        let body = json!({
            "files": [{ "id": id, "title": title }],
            "channel_id": address.channel,
            "thread_ts": thread,
        });
        line.post(what, plain("files.completeUploadExternal", Urgency::Final), &body).await.map(drop)
    }
    .await;
    match outcome.map_err(|trouble: super::call::Trouble| trouble.into_error(what)) {
        Err(ChatError::Refused { why, .. }) => {
            tracing::warn!(name, why, "a file was not taken");
            Ok(())
        }
        other => other,
    }
}

async fn is_there(line: &Line, channel: &str, thread: &str, title: &str) -> Result<bool, super::call::Trouble> {
    let arguments = [("channel", channel.to_owned()), ("ts", thread.to_owned()), ("limit", "200".to_owned())];
    let turn = plain("conversations.replies", Urgency::Final);
    let page = match line.get("looking for a file", turn, &arguments).await {
        Ok(page) => page,
        // A message that is gone has no thread.
        Err(trouble) if trouble.code() == Some("thread_not_found") => return Ok(false),
        Err(trouble) => return Err(trouble),
    };
    let messages = page["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let files = messages.iter().filter_map(|message| message["files"].as_array()).flatten();
    Ok(files.into_iter().any(|file: &Value| file["title"] == title))
}
