//! What a room has beside its messages: topic, people, pins, bookmarks. Each is looked at before it is asked
//! for, so that doing it again changes nothing; what does not work is said, and the rest is done.

use std::collections::BTreeSet;

use commands::model::{Note, Trouble as Shortcoming};
use commands::ports::{Bookmark, BookmarkTarget, ChatError, Furniture};
use serde_json::{Value, json};

use super::call::{Line, Trouble, plain};
use super::render::{clean, cut, escape, is_id};
use super::schedule::Urgency;

/// Limits of docs.slack.dev: a topic, the title of a bookmark, its address, people in one invitation.
const TOPIC: usize = 250;
const TITLE: usize = 256;
const LINK: usize = 2_048;
const INVITED_AT_ONCE: usize = 100;

const WHAT: &str = "furnishing a room";

/// Gives the room what it lacks.
pub(super) async fn furnish(line: &Line, room: &str, furniture: &Furniture) -> Result<Vec<Shortcoming>, ChatError> {
    let about = match line.get(WHAT, plain("conversations.info", Urgency::Final), &[("channel", room.to_owned())]).await
    {
        Ok(about) => about,
        Err(trouble) if trouble.code() == Some("channel_not_found") => return Err(ChatError::Gone { what: WHAT }),
        Err(trouble) => return Err(trouble.into_error(WHAT)),
    };
    let mut missing = Vec::new();
    topic(line, room, &about, furniture, &mut missing).await?;
    people(line, room, furniture, &mut missing).await?;
    for message in &furniture.pins {
        let body = json!({ "channel": room, "timestamp": message });
        let done = line.post(WHAT, plain("pins.add", Urgency::Final), &body).await.map(drop);
        note(done, &["already_pinned"], || Note::new("room-pin-failed"), &mut missing)?;
    }
    bookmarks(line, room, furniture, &mut missing).await?;
    Ok(missing)
}

/// Notes a no; anything else that went wrong is for the caller.
fn note(
    outcome: Result<(), Trouble>,
    is_well: &[&str],
    why: impl FnOnce() -> Note,
    missing: &mut Vec<Shortcoming>,
) -> Result<(), ChatError> {
    match outcome {
        Ok(()) => Ok(()),
        Err(Trouble::Refused { code, .. }) if is_well.contains(&code.as_str()) => Ok(()),
        Err(Trouble::Refused { code, .. }) => {
            missing.push(Shortcoming::new(why()).saying(code));
            Ok(())
        }
        Err(Trouble::Chat(error)) => Err(error),
    }
}

async fn topic(
    line: &Line,
    room: &str,
    about: &Value,
    furniture: &Furniture,
    missing: &mut Vec<Shortcoming>,
) -> Result<(), ChatError> {
    let topic = cut(&clean(&furniture.topic).replace('\n', " "), TOPIC / 2);
    let (plain_topic, escaped) = (topic.clone(), escape(&topic));
    let stands = about["channel"]["topic"]["value"].as_str().unwrap_or_default();
    if stands == escaped || stands == plain_topic {
        return Ok(());
    }
    let body = json!({ "channel": room, "topic": cut(&escaped, TOPIC) });
    let done = line.post(WHAT, plain("conversations.setTopic", Urgency::Final), &body).await.map(drop);
    note(done, &[], || Note::new("room-topic-failed"), missing)
}

async fn people(
    line: &Line,
    room: &str,
    furniture: &Furniture,
    missing: &mut Vec<Shortcoming>,
) -> Result<(), ChatError> {
    let there = members(line, room).await?;
    let wanted: BTreeSet<&str> = furniture.invite.iter().map(|identity| identity.user.as_str()).collect();
    let absent: Vec<&str> = wanted.into_iter().filter(|user| !there.contains(*user)).collect();
    let (known, odd): (Vec<&str>, Vec<&str>) = absent.into_iter().partition(|user| is_id(user));
    let failed =
        |user: &str, code: &str| Shortcoming::new(Note::new("room-invite-failed").with("who", user)).saying(code);
    missing.extend(odd.iter().map(|user| failed(user, "no id of a user")));
    for group in known.chunks(INVITED_AT_ONCE) {
        // A list with commas, not an array; with `force` the others come though one cannot.
        let body = json!({ "channel": room, "users": group.join(","), "force": true });
        match line.post(WHAT, plain("conversations.invite", Urgency::Final), &body).await {
            Ok(answer) => missing.extend(each(&answer).map(|(user, code)| failed(user, code))),
            Err(Trouble::Refused { code, body }) => {
                let named: Vec<_> = each(&body).map(|(user, code)| failed(user, code)).collect();
                match (named.is_empty(), code.as_str()) {
                    (_, "already_in_channel") => {}
                    (true, _) => missing.extend(group.iter().map(|user| failed(user, &code))),
                    (false, _) => missing.extend(named),
                }
            }
            Err(Trouble::Chat(error)) => return Err(error),
        }
    }
    Ok(())
}

/// Who could not be invited, and why.
fn each(answer: &Value) -> impl Iterator<Item = (&str, &str)> {
    let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let named = errors.iter().filter_map(|one| Some((one["user"].as_str()?, one["error"].as_str()?)));
    named.filter(|(_, code)| *code != "already_in_channel")
}

async fn members(line: &Line, room: &str) -> Result<BTreeSet<String>, ChatError> {
    let mut all = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let mut arguments = vec![("channel", room.to_owned()), ("limit", "1000".to_owned())];
        if !cursor.is_empty() {
            arguments.push(("cursor", cursor));
        }
        let turn = plain("conversations.members", Urgency::Final);
        let page = line.get(WHAT, turn, &arguments).await.map_err(|trouble| trouble.into_error(WHAT))?;
        let members = page["members"].as_array().map(Vec::as_slice).unwrap_or_default();
        all.extend(members.iter().filter_map(|member| member.as_str()).map(str::to_owned));
        cursor = page["response_metadata"]["next_cursor"].as_str().unwrap_or_default().to_owned();
        if cursor.is_empty() || members.is_empty() {
            return Ok(all);
        }
    }
}

async fn bookmarks(
    line: &Line,
    room: &str,
    furniture: &Furniture,
    missing: &mut Vec<Shortcoming>,
) -> Result<(), ChatError> {
    if furniture.bookmarks.is_empty() {
        return Ok(());
    }
    let listed = line.get(WHAT, plain("bookmarks.list", Urgency::Final), &[("channel_id", room.to_owned())]).await;
    let listed = match listed {
        Ok(listed) => listed,
        Err(Trouble::Refused { code, .. }) => {
            let failed = |one: &Bookmark| {
                Shortcoming::new(Note::new("room-bookmark-failed").with("title", &one.title)).saying(&code)
            };
            missing.extend(furniture.bookmarks.iter().map(failed));
            return Ok(());
        }
        Err(Trouble::Chat(error)) => return Err(error),
    };
    let there = listed["bookmarks"].as_array().map(Vec::as_slice).unwrap_or_default();
    for bookmark in &furniture.bookmarks {
        let title = cut(&clean(&bookmark.title), TITLE);
        if there.iter().any(|one| one["title"] == title.as_str()) {
            continue;
        }
        let done = add(line, room, &title, &bookmark.target).await;
        note(done, &[], || Note::new("room-bookmark-failed").with("title", &title), missing)?;
    }
    Ok(())
}

async fn add(line: &Line, room: &str, title: &str, target: &BookmarkTarget) -> Result<(), Trouble> {
    let link = match target {
        BookmarkTarget::Address(address) => address.clone(),
        BookmarkTarget::Message(message) => {
            let arguments = [("channel", room.to_owned()), ("message_ts", message.clone())];
            let answer = line.get(WHAT, plain("chat.getPermalink", Urgency::Final), &arguments).await?;
            answer["permalink"].as_str().unwrap_or_default().to_owned()
        }
    };
    let well = (link.starts_with("https://") || link.starts_with("http://")) && link.len() <= LINK;
    if !well {
        return Err(Trouble::Refused { code: "no_link".to_owned(), body: Value::Null });
    }
    let body = json!({ "channel_id": room, "title": title, "type": "link", "link": link });
    line.post(WHAT, plain("bookmarks.add", Urgency::Final), &body).await.map(drop)
}
