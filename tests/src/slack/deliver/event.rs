//! Events and their retries. Published: at once, after one minute and after five, three times at most.

use std::time::Duration;

use commands::ports::Monotonic;
use serde_json::{Value, json};

use crate::slack::world::{APP, BOT_USER, TEAM, World};

/// How long after the first attempt each retry comes.
const RETRIES: [Duration; 3] = [Duration::ZERO, Duration::from_secs(60), Duration::from_secs(300)];

/// An event that was not acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub payload: Value,
    pub since: Monotonic,
    /// How many attempts there were.
    pub attempts: usize,
    pub reason: String,
}

impl Pending {
    /// When it is due again; never after the third retry.
    pub fn due(&self) -> Option<Monotonic> {
        RETRIES.get(self.attempts.checked_sub(1)?).map(|wait| self.since.after(*wait))
    }
}

/// An event with its envelope.
pub(crate) fn event_callback(world: &mut World, event: &Value) -> Value {
    let (id, at) = (world.id("Ev"), world.seconds());
    json!({
        "token": world.verification_token, "team_id": TEAM, "api_app_id": APP, "event": event,
        "type": "event_callback", "event_id": id, "event_time": at, "is_ext_shared_channel": false,
        "authorizations": [{
            "enterprise_id": null, "team_id": TEAM, "user_id": BOT_USER, "is_bot": true, "is_enterprise_install": false,
        }],
    })
}
