//! What a doctor wants to know: whether the tokens are good, which scopes they have, and which channels the
//! app can write to. Nothing is changed by it.

use axum::body::Body;
use axum::http::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tokio::time::timeout;

use super::settings::{CALL_WITHIN, SlackSettings};
use super::web::{CallError, Web, connector};

/// When a scope is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeUse {
    /// Always.
    Always,
    /// Where rooms of incidents are public.
    PublicRooms,
    /// Where they are private.
    PrivateRooms,
}

/// Every scope of the bot's token, with what it is for. The app's manifest has these and no others.
pub const SCOPES: &[(&str, ScopeUse, &str)] = &[
    ("commands", ScopeUse::Always, "`/rollback` is there"),
    ("chat:write", ScopeUse::Always, "cards, and answers to one person"),
    ("chat:write.public", ScopeUse::Always, "the line where somebody asked, in channels that the app is not in"),
    ("files:write", ScopeUse::Always, "the incident report as a file"),
    ("pins:write", ScopeUse::Always, "the plan is pinned"),
    ("bookmarks:read", ScopeUse::Always, "no bookmark is set twice"),
    ("bookmarks:write", ScopeUse::Always, "links at the top of a room"),
    ("channels:manage", ScopeUse::PublicRooms, "rooms are made, named, archived; people are invited"),
    ("channels:read", ScopeUse::PublicRooms, "a room is found again; who is there"),
    ("channels:history", ScopeUse::PublicRooms, "a message is looked for before it is posted again"),
    ("groups:write", ScopeUse::PrivateRooms, "the same as `channels:manage`, of private rooms"),
    ("groups:read", ScopeUse::PrivateRooms, "the same as `channels:read`, of private rooms"),
    ("groups:history", ScopeUse::PrivateRooms, "the same as `channels:history`, of private rooms"),
];

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlackExamination {
    /// What: `slack bot token`.
    pub subject: String,
    /// How it stands; the error says what is wrong and what to do.
    pub outcome: Result<String, (String, String)>,
}

fn looked(subject: impl Into<String>, outcome: Result<String, (String, String)>) -> SlackExamination {
    SlackExamination { subject: subject.into(), outcome }
}

/// Looks at tokens, scopes and channels.
pub async fn examine(
    settings: &SlackSettings,
    app_token: Option<&SecretString>,
    channels: &[String],
) -> Vec<SlackExamination> {
    let web = match Web::new(settings) {
        Ok(web) => web,
        Err(why) => {
            let what_to_do = "mend `api_base`, or install the certificates of the system".to_owned();
            return vec![looked("slack", Err((why.to_string(), what_to_do)))];
        }
    };
    let mut all = vec![bot(&web).await];
    let is_good = all[0].outcome.is_ok();
    if is_good {
        all.push(scopes(settings).await);
        for channel in channels {
            all.push(room(&web, channel).await);
        }
    }
    if let Some(token) = app_token {
        all.push(app(settings, token).await);
    }
    all
}

async fn bot(web: &Web) -> SlackExamination {
    let outcome = match web.get("auth.test", &[]).await {
        Ok(who) => {
            let name = |key: &str| who[key].as_str().unwrap_or("?").to_owned();
            Ok(format!("{} in {} (workspace = \"{}\")", name("user"), name("team"), name("team_id")))
        }
        Err(error) => Err((words(&error), "take the bot token (`xoxb-…`) of the installed app".to_owned())),
    };
    looked("slack bot token", outcome)
}

async fn app(settings: &SlackSettings, token: &SecretString) -> SlackExamination {
    let settings = SlackSettings { bot_token: token.clone(), ..settings.clone() };
    let subject = "slack app token";
    let Ok(web) = Web::new(&settings) else { return looked(subject, Err((String::new(), String::new()))) };
    let outcome = match web.post("apps.connections.open", &json!({})).await {
        Ok(_) => Ok("Socket Mode can connect".to_owned()),
        Err(error) => {
            let help = "make an app-level token (`xapp-…`) with `connections:write`, and switch Socket Mode on";
            Err((words(&error), help.to_owned()))
        }
    };
    looked(subject, outcome)
}

async fn room(web: &Web, channel: &str) -> SlackExamination {
    let subject = format!("slack channel {channel}");
    let outcome = match web.get("conversations.info", &[("channel", channel.to_owned())]).await {
        Ok(about) => {
            let about = &about["channel"];
            let name = about["name"].as_str().unwrap_or("?");
            let (member, private) = (about["is_member"] == json!(true), about["is_private"] == json!(true));
            if about["is_archived"] == json!(true) {
                Err((format!("#{name} is archived"), "name another channel, or open it again".to_owned()))
            } else if member || !private {
                Ok(format!("#{name} can be written to"))
            } else {
                Err((format!("the app is not in #{name}"), "invite the app there: /invite @switchback".to_owned()))
            }
        }
        Err(error) => {
            Err((words(&error), "write the channel's id (`C…`), and invite the app where it is private".to_owned()))
        }
    };
    looked(subject, outcome)
}

/// Slack says the scopes of a token in a header of every answer.
async fn scopes(settings: &SlackSettings) -> SlackExamination {
    let subject = "slack scopes";
    let help = || "install the app again with `deploy/slack/manifest.yaml`".to_owned();
    let granted = match granted(settings).await {
        Ok(granted) => granted,
        Err(why) => return looked(subject, Err((why, help()))),
    };
    let needed = SCOPES.iter().filter(|(_, when, _)| match when {
        ScopeUse::Always => true,
        ScopeUse::PublicRooms => !settings.private_rooms,
        ScopeUse::PrivateRooms => settings.private_rooms,
    });
    let missing: Vec<String> = needed
        .filter(|(scope, ..)| !granted.iter().any(|known| known == scope))
        .map(|(scope, _, what)| format!("{scope} ({what})"))
        .collect();
    let outcome = if missing.is_empty() {
        Ok(format!("all that are needed, of {}", granted.len()))
    } else {
        Err((format!("missing: {}", missing.join(", ")), help()))
    };
    looked(subject, outcome)
}

async fn granted(settings: &SlackSettings) -> Result<Vec<String>, String> {
    let connector = connector(&settings.api_base).map_err(|why| why.to_string())?;
    let client = Client::builder(TokioExecutor::new()).build::<_, Body>(connector);
    let request = Request::get(format!("{}/auth.test", settings.api_base.trim_end_matches('/')))
        .header("authorization", format!("Bearer {}", settings.bot_token.expose_secret()))
        .body(Body::empty())
        .map_err(|_| "the token is no text that a header can hold".to_owned())?;
    let answer = timeout(CALL_WITHIN, client.request(request)).await;
    let answer = answer.map_err(|_| "no answer".to_owned())?.map_err(|_| "no connection".to_owned())?;
    let header = answer.headers().get("x-oauth-scopes").and_then(|value| value.to_str().ok());
    let header = header.ok_or_else(|| "Slack does not say which scopes the token has".to_owned())?;
    Ok(header.split(',').map(|scope| scope.trim().to_owned()).collect())
}

fn words(error: &CallError) -> String {
    match error {
        CallError::Away(why) => format!("Slack does not answer: {why}"),
        CallError::Limited(_) => "Slack's limits are reached; try again in a minute".to_owned(),
        CallError::Refused { code, body } => match body["needed"].as_str() {
            Some(needed) => format!("{code}: {needed}"),
            None => code.clone(),
        },
    }
}
