//! What Slack sends to the bot: commands, clicks, submissions, events; and what became of each.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::shared::Shared;

mod acknowledge;
mod event;
mod http;
mod payload;

pub(crate) use acknowledge::{Submission, command_acknowledged, submission_acknowledged};
pub(crate) use event::{Pending, event_callback};
pub(crate) use http::request;
pub use http::{HttpAnswer, SignedRequest};
pub(crate) use payload::{Clicked, block_actions, block_suggestion, command, view_closed, view_submission};

/// How the bot is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// Over the sockets that it opens.
    Socket,
    /// By signed requests to these addresses.
    Http {
        /// For slash commands.
        commands: String,
        /// For clicks, submissions and the options of selects.
        interactions: String,
        /// For events.
        events: String,
    },
}

/// What kind of thing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A slash command.
    SlashCommands,
    /// A click, a submission, a wish for options.
    Interactive,
    /// An event.
    EventsApi,
}

/// What became of one thing that was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Its kind.
    pub kind: Kind,
    /// Whether it was acknowledged with success, in time.
    pub acknowledged: bool,
    /// Why not: `operation_timeout`, `dispatch_failed`, `status 500`.
    pub failure: Option<String>,
    /// What came with the acknowledgement.
    pub body: Value,
    /// Real time until it was acknowledged, or given up.
    pub took: Duration,
    /// Which attempt it was, from 0.
    pub attempt: u32,
}

/// An acknowledgement as it came, before it is judged.
#[derive(Debug, Clone)]
pub(crate) struct Acknowledged {
    pub failure: Option<String>,
    pub body: Value,
}

/// Sends it and waits for the acknowledgement, for as long as Slack waits.
pub(crate) async fn deliver(shared: &Shared, kind: Kind, payload: &Value, retry: Option<(u32, &str)>) -> Delivery {
    let (patience, within, clock) = {
        let world = shared.world();
        (world.rules.patience, world.rules.answer_within, world.clock.clone())
    };
    let (since, began) = (clock.monotonic(), Instant::now());
    let transport = shared.transport.lock().expect("nobody panics here").clone();
    let sending = async {
        match &transport {
            Transport::Socket => super::socket::send(shared, kind, payload, retry).await,
            Transport::Http { .. } => http::send(shared, &transport, kind, payload, retry).await,
        }
    };
    let timeout = Acknowledged { failure: Some("operation_timeout".into()), body: Value::Null };
    let mut answer = tokio::time::timeout(patience, sending).await.unwrap_or(timeout);
    if answer.failure.is_none() && clock.monotonic().since(since) > within {
        answer.failure = Some("operation_timeout".into());
    }
    let delivery = Delivery {
        kind,
        acknowledged: answer.failure.is_none(),
        failure: answer.failure,
        body: answer.body,
        took: began.elapsed(),
        attempt: retry.map_or(0, |(attempt, _)| attempt),
    };
    let mut world = shared.world();
    if let Some(failure) = &delivery.failure {
        let kind = serde_json::to_value(kind).unwrap_or_default();
        world.complaints.push(format!("{} was not acknowledged: {failure}", kind.as_str().unwrap_or_default()));
    }
    world.deliveries.push(delivery.clone());
    delivery
}
