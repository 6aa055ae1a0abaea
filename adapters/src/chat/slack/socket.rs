//! Deliveries by Socket Mode: connections that the bot opens, so that it needs no public address.
//!
//! The crate keeps the connections (tickets, pings, reconnections). What arrives on them is taken here from the
//! frame itself: the crate's own listener acknowledges what it cannot read, and drops it.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::FutureExt;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use slack_morphism::clients_manager::{SlackSocketModeClientsManager, SlackSocketModeClientsManagerFactory};
use slack_morphism::hyper_tokio::SlackHyperListenerEnvironment;
use slack_morphism::listener::SlackClientEventsListenerEnvironment;
use slack_morphism::{SlackClientSocketModeConfig, SlackSocketModeClientListener, SlackSocketModeWssClientId};
use tokio::task::JoinHandle;

use super::door::{Reception, SlackDoor};
use super::web::{self, SlackStartError};

/// Fewer would lose what Slack sends on one that is just being replaced; Slack takes ten.
const CONNECTIONS: u32 = 2;
/// A connection that does not answer so many pings in a row is replaced.
const PING_SECONDS: u64 = 5;
const PINGS_MISSED: u64 = 3;
const RECONNECT_SECONDS: u64 = 5;
/// One that was not greeted for so long is stuck on its way: the crate waits for ever there.
const GREETED_WITHIN: Duration = Duration::from_secs(30);
/// How often that is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Where Slack wants no connection, it is asked again no sooner than this.
const UNWANTED_PAUSE: Duration = Duration::from_secs(10);

/// What Socket Mode needs.
#[derive(Clone)]
pub struct SocketSettings {
    /// The app's token, `xapp-…`, with `connections:write`.
    pub app_token: SecretString,
    /// Where the Web API is.
    pub api_base: String,
}

impl std::fmt::Debug for SocketSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SocketSettings").field("api_base", &self.api_base).finish_non_exhaustive()
    }
}

/// Open connections to Slack. They end with [`stop`](Self::stop).
pub struct SlackSocket {
    manager: Arc<dyn SlackSocketModeClientsManager + Send + Sync>,
    ear: Arc<Ear>,
    watchdog: JoinHandle<()>,
}

impl SlackSocket {
    /// Connects, and keeps connected. A Slack that is away is tried again for ever.
    ///
    /// # Errors
    /// [`SlackStartError`].
    pub async fn start(settings: &SocketSettings, door: SlackDoor) -> Result<Self, SlackStartError> {
        let client = Arc::new(web::client(&settings.api_base)?);
        let environment: Arc<SlackHyperListenerEnvironment> =
            Arc::new(SlackClientEventsListenerEnvironment::new(Arc::clone(&client)));
        let manager = client.http_api.connector.new_clients_manager(environment);
        let ear = Arc::new(Ear { door, manager: Arc::downgrade(&manager), seen: Mutex::default() });
        let config = SlackClientSocketModeConfig::new()
            .with_max_connections_count(CONNECTIONS)
            .with_initial_backoff_in_seconds(1)
            .with_reconnect_timeout_in_seconds(RECONNECT_SECONDS)
            .with_ping_interval_in_seconds(PING_SECONDS)
            .with_ping_failure_threshold_times(PINGS_MISSED);
        for index in 0..CONNECTIONS {
            ear.expect(SlackSocketModeWssClientId::new(index, index, 0));
        }
        let token = web::token(settings.app_token.expose_secret());
        // Registering only writes into a list.
        let listener = Arc::clone(&ear) as Arc<dyn SlackSocketModeClientListener + Send + Sync>;
        if manager.register_new_token(&config, token, listener).await.is_err() {
            tracing::error!("the connections of Socket Mode could not be prepared");
        }
        manager.start().await;
        let watchdog = tokio::spawn(watch(Arc::clone(&ear)));
        Ok(Self { manager, ear, watchdog })
    }

    /// How many connections Slack has greeted.
    #[must_use]
    pub fn connected(&self) -> usize {
        self.ear.lock().values().filter(|seen| seen.greeted).count()
    }

    /// Closes all connections. What is on its way is not acknowledged, and Slack delivers it elsewhere.
    pub async fn stop(self) {
        self.watchdog.abort();
        self.manager.shutdown().await;
    }
}

/// How one connection stands.
struct Seen {
    id: SlackSocketModeWssClientId,
    greeted: bool,
    since: Instant,
}

/// Hears every frame of every connection.
struct Ear {
    door: SlackDoor,
    manager: Weak<dyn SlackSocketModeClientsManager + Send + Sync>,
    seen: Mutex<HashMap<u32, Seen>>,
}

impl Ear {
    fn lock(&self) -> MutexGuard<'_, HashMap<u32, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection of this id is being made.
    fn expect(&self, id: SlackSocketModeWssClientId) {
        self.lock().insert(id.initial_index, Seen { id, greeted: false, since: Instant::now() });
    }

    fn greeted(&self, id: &SlackSocketModeWssClientId) {
        self.lock().insert(id.initial_index, Seen { id: id.clone(), greeted: true, since: Instant::now() });
    }

    /// Opens another one in its place, once for each.
    async fn replace(&self, id: &SlackSocketModeWssClientId) {
        let Some(manager) = self.manager.upgrade() else { return };
        if self.lock().get(&id.initial_index).is_none_or(|seen| seen.id == *id) {
            self.expect(id.new_reconnected_id());
        }
        manager.restart_client(id).await;
    }

    /// Gives the acknowledgement; `None` where there is nothing to acknowledge.
    async fn hear(&self, id: &SlackSocketModeWssClientId, frame: &str) -> Option<String> {
        let Ok(mut envelope) = serde_json::from_str::<Value>(frame) else {
            self.door.note_unreadable(&"a frame that is no JSON");
            return None;
        };
        let envelope_id = envelope["envelope_id"].as_str().map(str::to_owned);
        let reception = match envelope["type"].as_str() {
            Some("hello") => {
                self.greeted(id);
                return None;
            }
            Some("disconnect") => {
                self.dismissed(id, envelope["reason"].as_str().unwrap_or_default()).await;
                return None;
            }
            Some("slash_commands" | "interactive") => self.door.receive(envelope["payload"].take()).await,
            // No event is asked for by our manifest; one that comes all the same needs nothing.
            Some("events_api") => Reception::Taken(None),
            _ => {
                self.door.note_unreadable(&"an envelope of an unknown type");
                Reception::Unreadable
            }
        };
        let envelope_id = envelope_id?;
        match reception {
            Reception::Taken(Some(reply)) if envelope["accepts_response_payload"] == json!(true) => {
                Some(json!({ "envelope_id": envelope_id, "payload": reply }).to_string())
            }
            Reception::Taken(_) | Reception::Known | Reception::Unreadable => {
                Some(json!({ "envelope_id": envelope_id }).to_string())
            }
            Reception::NotStored => None,
        }
    }

    /// Slack ends the connection: mostly to refresh it, and then another one is opened at once.
    async fn dismissed(&self, id: &SlackSocketModeWssClientId, reason: &str) {
        match reason {
            // It goes on for some seconds, and says so again.
            "warning" => {}
            "link_disabled" | "too_many_websockets" => {
                tracing::warn!(reason, "Slack wants no connection");
                tokio::time::sleep(UNWANTED_PAUSE).await;
                self.replace(id).await;
            }
            _ => self.replace(id).await,
        }
    }
}

#[async_trait]
impl SlackSocketModeClientListener for Ear {
    async fn on_message(&self, client_id: &SlackSocketModeWssClientId, message_body: String) -> Option<String> {
        // A panic here would end the reader of this connection, and nobody would know.
        let heard = AssertUnwindSafe(self.hear(client_id, &message_body)).catch_unwind().await;
        heard.unwrap_or_else(|_| {
            tracing::error!("a frame made the ear panic, and was not acknowledged");
            None
        })
    }

    async fn on_error(&self, _error: Box<dyn std::error::Error + Send + Sync>) {
        // What it says may hold the ticket of the connection, or a frame.
        tracing::warn!("a connection of Socket Mode failed");
    }

    async fn on_disconnect(&self, client_id: &SlackSocketModeWssClientId) {
        self.replace(client_id).await;
    }
}

/// Replaces connections that are stuck on their way.
async fn watch(ear: Arc<Ear>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let late = |seen: &&Seen| !seen.greeted && seen.since.elapsed() >= GREETED_WITHIN;
        let stuck: Vec<_> = ear.lock().values().filter(late).map(|seen| seen.id.clone()).collect();
        for id in stuck {
            tracing::warn!("a connection of Socket Mode is not greeted; another one is opened");
            ear.replace(&id).await;
        }
    }
}
