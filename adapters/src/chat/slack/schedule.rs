//! When a call may go: budgets of methods and channels, pauses that Slack or an outage asks for.
//!
//! Slack counts each method by itself, for each workspace and app, in tiers of 1, 20, 50 and 100 a minute, and
//! takes one message a second in a channel (docs.slack.dev, "Rate limits"). What cannot go soon is not queued
//! here: the caller is told, and comes again with the newest content. So a card never shows a state that is
//! over while a newer one waits behind it. What is final or answers somebody has a share of its own, which
//! progress never takes.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use commands::ports::{Clock, Monotonic};

/// Over which time Slack counts, and a little more: the way there is not always as long.
const MINUTE: Duration = Duration::from_secs(61);
/// One message a second in a channel, and a little more for the same reason.
const BETWEEN_MESSAGES: Duration = Duration::from_millis(1_100);
/// So long at least between two states of a card that will be replaced anyway.
const BETWEEN_STATES: Duration = Duration::from_secs(3);
/// So many of the budget of `chat.update` are left to final states and to what needs eyes.
const RESERVED: usize = 12;
/// The longest pause after an outage, before it is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The pause where Slack says that it is too much and not for how long.
const UNTOLD_PAUSE: Duration = Duration::from_secs(5);

/// How much it matters that a call goes now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Urgency {
    /// A newer state will replace it.
    Progress,
    /// It changes what a room is, or posts something new.
    News,
    /// Nothing will replace it.
    Final,
    /// Somebody waits for it.
    Answer,
}

impl Urgency {
    /// How long it is worth waiting for its turn before the caller is told to come again.
    fn patience(self) -> Duration {
        match self {
            Self::Progress => Duration::ZERO,
            Self::News => Duration::from_secs(3),
            Self::Final => Duration::from_secs(6),
            Self::Answer => Duration::from_secs(10),
        }
    }
}

/// One call that wants to go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn<'a> {
    /// The method: `chat.update`.
    pub(super) method: &'static str,
    /// The channel, where a message is posted.
    pub(super) channel: Option<&'a str>,
    /// The message, where one is edited.
    pub(super) message: Option<&'a str>,
    /// How much it matters.
    pub(super) urgency: Urgency,
}

/// It cannot go soon; come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotNow;

/// All outgoing calls of one app in one workspace.
pub(super) struct Schedule {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When calls of a method went, within the last minute, in order.
    gone: HashMap<&'static str, VecDeque<Monotonic>>,
    /// When the next message may be posted in a channel.
    channels: HashMap<String, Monotonic>,
    /// When each message was last edited, within the last minute.
    edited: HashMap<String, Monotonic>,
    /// Until when a method must rest, since Slack said so.
    rests: HashMap<&'static str, Monotonic>,
    /// Until when nothing is tried, since nothing worked.
    paused: Monotonic,
    failures: u32,
}

/// How many calls of a method go in a minute. A little under Slack's figures: calls that leave evenly may
/// arrive in a bunch.
fn budget(method: &str) -> usize {
    match method {
        "chat.postMessage" => 200,
        "chat.update"
        | "conversations.invite"
        | "conversations.info"
        | "conversations.history"
        | "conversations.replies"
        | "bookmarks.list" => 47,
        "chat.postEphemeral"
        | "views.open"
        | "conversations.members"
        | "users.info"
        | "files.getUploadURLExternal"
        | "files.completeUploadExternal" => 95,
        _ => 18,
    }
}

impl Schedule {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// Returns when the call may go, and counts it as gone. Who waits for the same room looks again when it
    /// wakes: what counts is when calls really went.
    pub(super) async fn wait(&self, turn: Turn<'_>) -> Result<(), NotNow> {
        let latest = self.clock.monotonic().after(turn.urgency.patience());
        loop {
            let when = {
                let mut state = self.lock();
                let now = self.clock.monotonic();
                let when = state.earliest(now, turn);
                if when <= now {
                    state.take(now, turn);
                    return Ok(());
                }
                when
            };
            if when > latest {
                return Err(NotNow);
            }
            self.clock.sleep_until(when).await;
        }
    }

    /// Slack said that it was too much.
    pub(super) fn rest(&self, method: &'static str, after: Option<Duration>) {
        let until = self.clock.monotonic().after(after.unwrap_or(UNTOLD_PAUSE).min(MINUTE * 10));
        let mut state = self.lock();
        let rest = state.rests.entry(method).or_default();
        *rest = (*rest).max(until);
    }

    /// A call found nobody: nothing is tried for a while, longer each time.
    pub(super) fn failed(&self) {
        let now = self.clock.monotonic();
        let mut state = self.lock();
        // What failed while nothing was to be tried belongs to the same outage.
        if state.paused <= now {
            state.failures = state.failures.saturating_add(1);
            let pause = Duration::from_secs(1 << state.failures.min(5).saturating_sub(1));
            state.paused = now.after(pause.min(LONGEST_PAUSE));
        }
    }

    /// A call was answered.
    pub(super) fn worked(&self) {
        let mut state = self.lock();
        state.failures = 0;
        state.paused = Monotonic::default();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The time from which on this call may go.
    fn earliest(&mut self, now: Monotonic, turn: Turn<'_>) -> Monotonic {
        self.forget(now);
        let mut when = now.max(self.rests.get(turn.method).copied().unwrap_or_default());
        if turn.urgency != Urgency::Answer {
            when = when.max(self.paused);
        }
        if let Some(next) = turn.channel.and_then(|channel| self.channels.get(channel)) {
            when = when.max(*next);
        }
        when = when.max(self.window(turn));
        if let (Some(message), Urgency::Progress) = (turn.message, turn.urgency)
            && let Some(last) = self.edited.get(message)
        {
            when = when.max(last.after(self.spacing(turn.method)));
        }
        when
    }

    /// It goes now.
    fn take(&mut self, now: Monotonic, turn: Turn<'_>) {
        self.gone.entry(turn.method).or_default().push_back(now);
        if let Some(channel) = turn.channel {
            self.channels.insert(channel.to_owned(), now.after(BETWEEN_MESSAGES));
        }
        if let Some(message) = turn.message {
            self.edited.insert(message.to_owned(), now);
        }
    }

    /// When the budget of the method has room.
    fn window(&self, turn: Turn<'_>) -> Monotonic {
        let mut budget = budget(turn.method);
        if turn.urgency == Urgency::Progress {
            budget -= RESERVED.min(budget / 2);
        }
        let Some(gone) = self.gone.get(turn.method).filter(|gone| gone.len() >= budget) else {
            return Monotonic::default();
        };
        gone.get(gone.len() - budget).map_or_else(Monotonic::default, |oldest| oldest.after(MINUTE))
    }

    /// Cards share what there is: the more of them change, the less often each does.
    fn spacing(&self, method: &str) -> Duration {
        let share = budget(method) - RESERVED.min(budget(method) / 2);
        let cards = u32::try_from(self.edited.len()).unwrap_or(u32::MAX);
        let fair = MINUTE.saturating_mul(cards) / u32::try_from(share.max(1)).unwrap_or(1);
        fair.max(BETWEEN_STATES)
    }

    fn forget(&mut self, now: Monotonic) {
        for gone in self.gone.values_mut() {
            while gone.front().is_some_and(|oldest| now.since(*oldest) >= MINUTE) {
                gone.pop_front();
            }
        }
        self.channels.retain(|_, next| *next > now);
        self.edited.retain(|_, last| now.since(*last) < MINUTE);
        self.rests.retain(|_, until| *until > now);
    }
}

#[cfg(test)]
mod tests;
