//! What Slack delivers, read leniently from plain JSON: what is needed must be there, and what is odd beside it
//! does not matter. So a click is not lost because a field that nobody needs has an unknown shape.

use commands::model::{Ask, ButtonAction, Digest, Identity, Note, RollbackId, ServiceKey};
use serde_json::Value;

use super::NAME;
use super::answer::Reply;
use super::form;

/// Who did it, and how they are answered.
pub(super) struct Origin {
    /// The same for the same deed, however often it is delivered.
    pub(super) key: String,
    /// Who, in their own workspace: a guest is somebody else.
    pub(super) identity: Identity,
    /// How Slack shows them.
    pub(super) display_name: String,
    /// Good for three seconds and one form.
    pub(super) trigger: String,
    /// How they are answered.
    pub(super) reply: Reply,
}

/// What was done.
pub(super) enum Deed {
    /// Typed `/rollback …`.
    Command(String),
    /// Pressed one of our buttons; `None` where this release does not know what it means.
    Press(Option<ButtonAction>),
    /// Filled in the form of a request.
    Request(Box<Ask>),
    /// Filled it in in a way that cannot be: the block, and the note that says why.
    Mistake(&'static str, Note),
    /// Changed the text for users.
    UserText(RollbackId, String),
}

/// A form asks for what it can offer.
pub(super) enum Question {
    /// Services.
    Services(String),
    /// Versions of this service, where one is chosen.
    Versions(Option<ServiceKey>, String),
}

/// One delivery, read.
pub(super) enum Incoming {
    /// Somebody did something.
    Done(Box<Origin>, Deed),
    /// A form asks.
    Asked(Question),
    /// Nothing of ours: a closed form, a link that was followed.
    Nothing,
}

/// What was missing or of the wrong shape. Says nothing of what was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a delivery has no usable `{0}`")]
pub struct Unreadable(pub(super) &'static str);

/// Reads one delivery.
pub(super) fn read(payload: &Value) -> Result<Incoming, Unreadable> {
    if !payload.is_object() {
        return Err(Unreadable("object"));
    }
    match text(&payload["type"]) {
        "block_actions" => press(payload),
        "view_submission" => submission(payload),
        "block_suggestion" => question(payload),
        "" if payload.get("command").is_some() => command(payload),
        "" => Err(Unreadable("type")),
        _ => Ok(Incoming::Nothing),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Text that must be there.
fn needed(value: &Value, name: &'static str) -> Result<String, Unreadable> {
    Some(text(value)).filter(|text| !text.is_empty()).map(str::to_owned).ok_or(Unreadable(name))
}

/// What makes this delivery the same as another: Slack's own mark, else everything that it says. Its digest,
/// since the mark of a click is good for a form as long as it is fresh, and keys stand in logs.
fn key(payload: &Value, mark: &str) -> String {
    let digest = if mark.is_empty() { Digest::of(payload.to_string().as_bytes()) } else { Digest::of(mark.as_bytes()) };
    format!("{NAME}:{digest}")
}

fn command(payload: &Value) -> Result<Incoming, Unreadable> {
    let user = needed(&payload["user_id"], "user_id")?;
    let workspace = needed(&payload["team_id"], "team_id")?;
    let channel = needed(&payload["channel_id"], "channel_id")?;
    let trigger = text(&payload["trigger_id"]).to_owned();
    let reply = Reply { url: text(&payload["response_url"]).to_owned(), channel, user: user.clone(), replaces: false };
    let origin = Origin {
        key: key(payload, &trigger),
        identity: Identity { chat: NAME.into(), workspace, user },
        display_name: text(&payload["user_name"]).to_owned(),
        trigger,
        reply,
    };
    Ok(Incoming::Done(Box::new(origin), Deed::Command(text(&payload["text"]).to_owned())))
}

/// A person's own workspace stands with the person; the delivery's is that of the message.
fn identity(payload: &Value) -> Result<Identity, Unreadable> {
    let user = needed(&payload["user"]["id"], "user")?;
    let own = [&payload["user"]["team_id"], &payload["team"]["id"], &payload["user"]["enterprise_id"]];
    let workspace = own.into_iter().map(text).find(|workspace| !workspace.is_empty()).ok_or(Unreadable("team"))?;
    Ok(Identity { chat: NAME.into(), workspace: workspace.to_owned(), user })
}

fn display_name(payload: &Value) -> String {
    let names = [&payload["user"]["name"], &payload["user"]["username"]];
    names.into_iter().map(text).find(|name| !name.is_empty()).unwrap_or_default().to_owned()
}

fn press(payload: &Value) -> Result<Incoming, Unreadable> {
    let actions = payload["actions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(action) = actions.iter().find(|action| action["type"] == "button" || action["value"].is_string()) else {
        // A choice within a form, or a link: it counts when the form is sent.
        return if payload["actions"].is_array() { Ok(Incoming::Nothing) } else { Err(Unreadable("actions")) };
    };
    let identity = identity(payload)?;
    let container = &payload["container"];
    let channels = [&payload["channel"]["id"], &container["channel_id"]];
    let channel = channels.into_iter().map(text).find(|channel| !channel.is_empty()).unwrap_or_default();
    let trigger = text(&payload["trigger_id"]).to_owned();
    let reply = Reply {
        url: text(&payload["response_url"]).to_owned(),
        channel: channel.to_owned(),
        user: identity.user.clone(),
        replaces: container["is_ephemeral"] == Value::Bool(true),
    };
    let origin = Origin { key: key(payload, &trigger), identity, display_name: display_name(payload), trigger, reply };
    let meaning = action["value"].as_str().and_then(|value| serde_json::from_str(value).ok());
    Ok(Incoming::Done(Box::new(origin), Deed::Press(meaning)))
}

fn submission(payload: &Value) -> Result<Incoming, Unreadable> {
    let view = &payload["view"];
    let identity = identity(payload)?;
    let id = needed(&view["id"], "view")?;
    let kept: form::Kept = serde_json::from_str(text(&view["private_metadata"])).unwrap_or_default();
    let deed = match text(&view["callback_id"]) {
        form::REQUEST => form::request(&view["state"]["values"]),
        form::USER_TEXT => form::user_text(&kept, &view["state"]["values"])?,
        _ => return Ok(Incoming::Nothing),
    };
    let origin = Origin {
        key: key(payload, &format!("{id}:{}", text(&view["hash"]))),
        display_name: display_name(payload),
        trigger: text(&payload["trigger_id"]).to_owned(),
        reply: Reply { url: String::new(), channel: kept.channel, user: identity.user.clone(), replaces: false },
        identity,
    };
    Ok(Incoming::Done(Box::new(origin), deed))
}

fn question(payload: &Value) -> Result<Incoming, Unreadable> {
    let typed = text(&payload["value"]).to_owned();
    match text(&payload["action_id"]) {
        form::SERVICE => Ok(Incoming::Asked(Question::Services(typed))),
        form::VERSION => {
            let chosen = form::chosen(&payload["view"]["state"]["values"], form::SERVICE);
            Ok(Incoming::Asked(Question::Versions(chosen.and_then(|key| key.parse().ok()), typed)))
        }
        _ => Err(Unreadable("action_id")),
    }
}
