//! The channel of an incident: made once, found again after a crash, put away at the end.

use commands::ports::{ChatError, Room, RoomWish};
use serde_json::{Value, json};

use super::call::{Line, Trouble, plain};
use super::schedule::Urgency;

/// Slack's rule for names: at most so many of `a-z`, `0-9`, `-` and `_` (docs.slack.dev, `conversations.create`).
const LONGEST_NAME: usize = 80;
/// So many names are tried where others have taken the one before.
const NAMES: usize = 9;
/// So many pages of a thousand channels are looked through for one that was made before a crash.
const PAGES: usize = 20;

const WHAT: &str = "making a room";

/// The incident's channel.
pub(super) async fn ensure(line: &Line, wish: &RoomWish, private: bool) -> Result<Room, ChatError> {
    if let Some(known) = &wish.known
        && let Some(room) = still_there(line, known).await?
    {
        return Ok(room);
    }
    for number in 1..=NAMES {
        let name = name(&wish.name, number);
        let body = json!({ "name": name, "is_private": private });
        match line.post(WHAT, plain("conversations.create", Urgency::Final), &body).await {
            Ok(made) => return room_of(&made["channel"]),
            Err(trouble) if trouble.code() == Some("name_taken") => {
                if let Some(room) = ours(line, &name, private).await? {
                    return Ok(room);
                }
            }
            Err(trouble) => return Err(trouble.into_error(WHAT)),
        }
    }
    Err(ChatError::Refused { what: WHAT, why: format!("{NAMES} names like {} are taken", name(&wish.name, 1)) })
}

/// The room that it had, if people can still write there.
async fn still_there(line: &Line, id: &str) -> Result<Option<Room>, ChatError> {
    let arguments = [("channel", id.to_owned())];
    let about = match line.get(WHAT, plain("conversations.info", Urgency::Final), &arguments).await {
        Ok(about) => about,
        Err(Trouble::Refused { .. }) => return Ok(None),
        Err(trouble) => return Err(trouble.into_error(WHAT)),
    };
    usable(line, &about["channel"]).await
}

/// A channel that this app made under this name, before it could note that it did.
async fn ours(line: &Line, name: &str, private: bool) -> Result<Option<Room>, ChatError> {
    let me =
        line.get(WHAT, plain("auth.test", Urgency::Final), &[]).await.map_err(|trouble| trouble.into_error(WHAT))?;
    let kind = if private { "private_channel" } else { "public_channel" };
    let mut cursor = String::new();
    for _ in 0..PAGES {
        let mut arguments = vec![("types", kind.to_owned()), ("limit", "1000".to_owned())];
        if !cursor.is_empty() {
            arguments.push(("cursor", cursor));
        }
        let turn = plain("conversations.list", Urgency::Final);
        let page = line.get(WHAT, turn, &arguments).await.map_err(|trouble| trouble.into_error(WHAT))?;
        let channels = page["channels"].as_array().map(Vec::as_slice).unwrap_or_default();
        if let Some(found) = channels.iter().find(|channel| channel["name"] == name) {
            let mine = found["creator"].is_string() && found["creator"] == me["user_id"];
            return if mine { usable(line, found).await } else { Ok(None) };
        }
        cursor = page["response_metadata"]["next_cursor"].as_str().unwrap_or_default().to_owned();
        if cursor.is_empty() {
            break;
        }
    }
    Ok(None)
}

/// The channel as a room. An archived one is opened again; where that is refused it is not used.
async fn usable(line: &Line, channel: &Value) -> Result<Option<Room>, ChatError> {
    let room = room_of(channel)?;
    if channel["is_archived"] != json!(true) {
        return Ok(Some(room));
    }
    let body = json!({ "channel": room.id });
    match line.post(WHAT, plain("conversations.unarchive", Urgency::Final), &body).await {
        Ok(_) => Ok(Some(room)),
        Err(trouble) if trouble.code() == Some("not_archived") => Ok(Some(room)),
        Err(Trouble::Refused { .. }) => Ok(None),
        Err(trouble) => Err(trouble.into_error(WHAT)),
    }
}

fn room_of(channel: &Value) -> Result<Room, ChatError> {
    let text = |key: &str| channel[key].as_str().filter(|text| !text.is_empty());
    match (text("id"), text("name")) {
        (Some(id), Some(name)) => {
            Ok(Room { id: id.to_owned(), shown_as: format!("#{name}"), shortcomings: Vec::new() })
        }
        _ => Err(ChatError::Away { what: WHAT, why: "the answer names no channel".to_owned() }),
    }
}

/// Puts the channel away.
pub(super) async fn archive(line: &Line, room: &str) -> Result<(), ChatError> {
    let what = "archiving a room";
    let body = json!({ "channel": room });
    match line.post(what, plain("conversations.archive", Urgency::News), &body).await {
        Ok(_) => Ok(()),
        Err(trouble) => match trouble.code() {
            Some("already_archived" | "is_archived") => Ok(()),
            Some("channel_not_found") => Err(ChatError::Gone { what }),
            _ => Err(trouble.into_error(what)),
        },
    }
}

/// The name within Slack's rules; the second and later ones end in their number.
fn name(wanted: &str, number: usize) -> String {
    let letter = |c: char| match c.to_ascii_lowercase() {
        c if c.is_ascii_alphanumeric() || c == '_' => c,
        _ => '-',
    };
    let ending = if number == 1 { String::new() } else { format!("-{number}") };
    let mut name: String = wanted.chars().map(letter).take(LONGEST_NAME - ending.len()).collect();
    if !name.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
        "incident".clone_into(&mut name);
    }
    name + &ending
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_one_that_slack_takes() {
        assert_eq!(name("incident-rollback-2024-0115-001", 1), "incident-rollback-2024-0115-001");
        assert_eq!(name("Incident: API #1", 3), "incident--api--1-3");
        for wanted in ["", "!!", "é", &"long".repeat(50), "<!channel>", "ÄÖ x"] {
            for number in [1, 2, 9] {
                let name = name(wanted, number);
                assert!((1..=80).contains(&name.len()), "{name}");
                assert!(
                    name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b)),
                    "{name}"
                );
            }
        }
    }
}
