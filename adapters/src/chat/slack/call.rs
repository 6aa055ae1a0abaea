//! The one way out: every call waits for its turn, and its outcome teaches the schedule.

use std::sync::Arc;

use commands::ports::{ChatError, Clock};
use serde_json::Value;

use super::schedule::{NotNow, Schedule, Turn, Urgency};
use super::settings::SlackSettings;
use super::web::{CallError, SlackStartError, Web};

/// The Web API behind the schedule.
#[derive(Clone)]
pub(super) struct Line {
    web: Web,
    schedule: Arc<Schedule>,
}

/// What came of a call that the schedule let go.
#[derive(Debug)]
pub(super) enum Trouble {
    /// For the caller of the port, as it is.
    Chat(ChatError),
    /// Slack said no, in this word.
    Refused {
        /// `channel_not_found`
        code: String,
        /// What it says beside.
        body: Value,
    },
}

impl Trouble {
    /// A no that means nothing special here.
    pub(super) fn into_error(self, what: &'static str) -> ChatError {
        match self {
            Self::Chat(error) => error,
            Self::Refused { code, .. } => ChatError::Refused { what, why: code },
        }
    }

    /// Slack's word, where it said no.
    pub(super) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            Self::Chat(_) => None,
        }
    }
}

/// A call without a message or channel of its own.
pub(super) fn plain(method: &'static str, urgency: Urgency) -> Turn<'static> {
    Turn { method, channel: None, message: None, urgency }
}

impl Line {
    pub(super) fn new(settings: &SlackSettings, clock: Arc<dyn Clock>) -> Result<Self, SlackStartError> {
        Ok(Self { web: Web::new(settings)?, schedule: Arc::new(Schedule::new(clock)) })
    }

    /// A method that changes something.
    pub(super) async fn post(&self, what: &'static str, turn: Turn<'_>, body: &Value) -> Result<Value, Trouble> {
        self.turn(what, turn).await?;
        let outcome = self.web.post(turn.method, body).await;
        self.learn(what, turn.method, outcome)
    }

    /// A method that reads.
    pub(super) async fn get(
        &self,
        what: &'static str,
        turn: Turn<'_>,
        arguments: &[(&str, String)],
    ) -> Result<Value, Trouble> {
        self.turn(what, turn).await?;
        let outcome = self.web.get(turn.method, arguments).await;
        self.learn(what, turn.method, outcome)
    }

    /// An answer to the address of a command or a click: once, whatever comes of it.
    pub(super) async fn respond(&self, address: &str, body: &Value) -> Result<(), Trouble> {
        let what = "answering";
        match self.web.respond(address, body).await {
            Ok(()) => Ok(()),
            // Slack answers with a bare `ok`, or with nothing at all.
            Err(CallError::Away(why)) if why.starts_with("not JSON") => Ok(()),
            Err(CallError::Away(why)) => Err(Trouble::Chat(ChatError::Away { what, why })),
            Err(CallError::Limited(_)) => Err(Trouble::Chat(ChatError::Busy { what })),
            Err(CallError::Refused { code, body }) => Err(Trouble::Refused { code, body }),
        }
    }

    /// The bytes of a file.
    pub(super) async fn upload(&self, what: &'static str, address: &str, text: &str) -> Result<(), Trouble> {
        let outcome = self.web.upload(address, text).await.map(|()| Value::Null);
        self.learn(what, "upload", outcome).map(drop)
    }

    async fn turn(&self, what: &'static str, turn: Turn<'_>) -> Result<(), Trouble> {
        self.schedule.wait(turn).await.map_err(|NotNow| Trouble::Chat(ChatError::Busy { what }))
    }

    fn learn(
        &self,
        what: &'static str,
        method: &'static str,
        outcome: Result<Value, CallError>,
    ) -> Result<Value, Trouble> {
        match outcome {
            Ok(answer) => {
                self.schedule.worked();
                Ok(answer)
            }
            Err(CallError::Refused { code, body }) => {
                self.schedule.worked();
                Err(Trouble::Refused { code, body })
            }
            // Slack did nothing: it is as if it had never been asked.
            Err(CallError::Limited(after)) => {
                tracing::warn!(method, after = after.map(|after| after.as_secs()), "over Slack's limits");
                self.schedule.rest(method, after);
                Err(Trouble::Chat(ChatError::Busy { what }))
            }
            Err(CallError::Away(why)) => {
                self.schedule.failed();
                Err(Trouble::Chat(ChatError::Away { what, why }))
            }
        }
    }
}
