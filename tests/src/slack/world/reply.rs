//! Triggers and reply addresses: what an invocation may be answered with, for a while.

use std::time::Duration;

use commands::ports::Monotonic;

use super::World;
use crate::slack::refusal::Refusal;

/// How often a reply address may be used, and for how long. Published for `response_url`.
const REPLIES: usize = 5;
const REPLY_FOR: Duration = Duration::from_secs(30 * 60);

/// What opens a view, once.
#[derive(Debug, Clone)]
pub(crate) struct Trigger {
    pub user: String,
    pub since: Monotonic,
    pub used: bool,
    /// The view in which it was pulled.
    pub view: Option<String>,
}

/// An address that takes a few answers.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub user: String,
    pub channel: String,
    /// The message of the button, if it was a click.
    pub original: Option<String>,
    pub thread: Option<String>,
    pub since: Monotonic,
    pub uses: usize,
}

impl World {
    /// A trigger for this person.
    pub fn trigger(&mut self, user: &str, view: Option<String>) -> String {
        let id = self.secret("trigger");
        let since = self.clock.monotonic();
        self.triggers.insert(id.clone(), Trigger { user: user.into(), since, used: false, view });
        id
    }

    /// Takes the trigger for good and gives it.
    pub fn exchange(&mut self, id: &str) -> Result<Trigger, Refusal> {
        let (now, good) = (self.clock.monotonic(), self.rules.answer_within);
        let trigger = self.triggers.get_mut(id).ok_or_else(|| Refusal::new("invalid_trigger_id"))?;
        if trigger.used {
            return Err(Refusal::new("exchanged_trigger_id"));
        }
        if now.since(trigger.since) > good {
            return Err(Refusal::new("expired_trigger_id"));
        }
        trigger.used = true;
        Ok(trigger.clone())
    }

    /// An address for answers to what this person did; `kind` is a part of it.
    pub fn reply_url(
        &mut self,
        kind: &str,
        user: &str,
        channel: &str,
        original: Option<(String, Option<String>)>,
    ) -> String {
        let secret = self.secret("reply");
        let since = self.clock.monotonic();
        let (original, thread) = original.map_or((None, None), |(ts, thread)| (Some(ts), thread));
        let reply = Reply { user: user.into(), channel: channel.into(), original, thread, since, uses: 0 };
        self.replies.insert(secret.clone(), reply);
        format!("{}/{kind}/{}/{secret}", self.origin, super::TEAM)
    }

    /// Uses an address once; it says `used_url` or `expired_url` when that is over.
    pub fn use_reply(&mut self, secret: &str) -> Result<Reply, &'static str> {
        let now = self.clock.monotonic();
        let reply = self.replies.get_mut(secret).ok_or("no_such_url")?;
        if now.since(reply.since) > REPLY_FOR {
            return Err("expired_url");
        }
        if reply.uses >= REPLIES {
            return Err("used_url");
        }
        reply.uses += 1;
        Ok(reply.clone())
    }
}
