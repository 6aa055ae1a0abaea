//! The handle that a test holds.

use std::sync::Arc;
use std::time::Duration;

use commands::ports::Clock;
use serde_json::Value;
use tokio::net::TcpListener;

use super::deliver::{self, Delivery, Kind, Pending, SignedRequest, Transport};
use super::faults::{Effect, Trouble};
use super::journal::Call;
use super::rules::Rules;
use super::shared::Shared;
use super::socket;
use super::wire;
use super::world::{Token, TokenKind, World, all_scopes};

/// Somebody was called by a message: a mention of a person (`@U…`), of a group (`!subteam^S…`) or of all
/// (`!here`, `!channel`, `!everyone`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notified {
    /// As it stands in the markup, without the brackets.
    pub whom: String,
    /// Where.
    pub channel: String,
    /// By which message.
    pub ts: String,
}

/// A Slack with one workspace and one application installed in it. All clones are the same; the listener
/// ends with the last one.
#[derive(Clone)]
pub struct FakeSlack {
    pub(super) shared: Arc<Shared>,
    tokens: Arc<(String, String)>,
    _serving: Arc<Serving>,
}

struct Serving(Vec<tokio::task::JoinHandle<()>>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

impl FakeSlack {
    /// Listens on a port of its own. Time is told by this clock: rates, triggers, reply addresses, retries
    /// and the stamps of messages.
    ///
    /// # Panics
    /// If no port can be had.
    pub async fn start(clock: Arc<dyn Clock>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let origin = format!("http://{}", listener.local_addr().expect("it is bound"));
        let sockets = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let socket_origin = format!("ws://{}", sockets.local_addr().expect("it is bound"));
        let mut world = World::new(clock, origin, socket_origin);
        let (bot, app) = (world.secret("xoxb-"), world.secret("xapp-"));
        world.tokens.insert(bot.clone(), Token::new(TokenKind::Bot, all_scopes()));
        world.tokens.insert(app.clone(), Token::new(TokenKind::App, ["connections:write"]));
        let shared = Arc::new(Shared::new(world));
        let serving = vec![wire::serve(shared.clone(), listener), socket::serve(shared.clone(), sockets)];
        Self { shared, tokens: Arc::new((bot, app)), _serving: Arc::new(Serving(serving)) }
    }

    /// The base of the Web API: `http://127.0.0.1:…/api`.
    #[must_use]
    pub fn api_base(&self) -> String {
        format!("{}/api", self.shared.world().origin)
    }

    /// Host and port of reply addresses, of uploads, and of the Web API.
    #[must_use]
    pub fn host(&self) -> String {
        self.shared.world().origin.trim_start_matches("http://").to_owned()
    }

    /// The bot's token.
    #[must_use]
    pub fn bot_token(&self) -> &str {
        &self.tokens.0
    }

    /// The application's token.
    #[must_use]
    pub fn app_token(&self) -> &str {
        &self.tokens.1
    }

    /// With what requests are signed.
    #[must_use]
    pub fn signing_secret(&self) -> String {
        self.shared.world().signing_secret.clone()
    }

    /// Leaves the bot these scopes and no others.
    pub fn set_scopes(&self, scopes: &[&str]) {
        let token = Token::new(TokenKind::Bot, scopes.iter().copied());
        self.shared.world().tokens.insert(self.tokens.0.clone(), token);
    }

    /// Takes the bot's token back; every call is refused with `token_revoked`.
    pub fn revoke_token(&self) {
        self.shared
            .world()
            .tokens
            .values_mut()
            .filter(|token| token.kind == TokenKind::Bot)
            .for_each(|token| token.revoked = true);
    }

    /// Changes the rules.
    pub fn rules(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut self.shared.world().rules);
    }

    /// How the bot is reached from now on; over its sockets if nothing was said.
    ///
    /// # Panics
    /// Never.
    pub fn deliver_by(&self, transport: Transport) {
        *self.shared.transport.lock().unwrap() = transport;
    }

    /// The next so many calls of this method go wrong and have no effect. Beside the methods there are
    /// `response_url`, `upload` and `socket`; `*` is all of them.
    pub fn fail_next(&self, method: &str, times: usize, trouble: Trouble) {
        self.shared.world().faults.plan(method, times, trouble, Effect::Lost);
    }

    /// The same, but the work is done: only the caller does not know.
    pub fn fail_after_effect(&self, method: &str, times: usize, trouble: Trouble) {
        self.shared.world().faults.plan(method, times, trouble, Effect::Taken);
    }

    /// Planned troubles that have not happened, as `method × times`.
    #[must_use]
    pub fn planned_troubles(&self) -> Vec<String> {
        self.shared.world().faults.left()
    }

    /// Ends all troubles; it is back.
    pub fn heal(&self) {
        self.shared.world().faults.clear();
    }

    /// All connections are reset and sockets are cut, until [`FakeSlack::heal`].
    pub fn goes_away(&self) {
        self.shared.world().faults.away = true;
        self.cut_sockets();
    }

    /// Every call so far, without tokens and without addresses that are secret.
    #[must_use]
    pub fn journal(&self) -> Vec<Call> {
        self.shared.world().journal.clone()
    }

    /// The calls of this method.
    #[must_use]
    pub fn calls(&self, method: &str) -> Vec<Call> {
        self.journal().into_iter().filter(|call| call.method == method).collect()
    }

    /// The journal as JSON, a line for each call.
    ///
    /// # Panics
    /// Never: all of it is data.
    #[must_use]
    pub fn journal_lines(&self) -> String {
        self.journal().iter().map(|call| serde_json::to_string(call).unwrap() + "\n").collect()
    }

    /// Everything that was sent to the bot, and what became of it.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.world().deliveries.clone()
    }

    /// Every signed request that was sent, to be sent again as it was: a replay.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn requests(&self) -> Vec<SignedRequest> {
        self.shared.sent.lock().unwrap().clone()
    }

    /// Sends any request, spoilt or not.
    ///
    /// # Errors
    /// If there was no answer: why.
    pub async fn send(&self, request: &SignedRequest) -> Result<deliver::HttpAnswer, String> {
        request.send(&self.shared.client).await
    }

    /// Who was called by messages, in the order of the calls.
    #[must_use]
    pub fn notified(&self) -> Vec<Notified> {
        self.shared.world().notified.clone()
    }

    /// What no story should show, such as late acknowledgements; taken, so that the next call gives only
    /// what is new.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.world().complaints)
    }

    /// Secrets that stand in this text (a log, a journal, a page): tokens, reply addresses, triggers,
    /// upload addresses, tickets, the signing secret.
    #[must_use]
    pub fn leaks_in(&self, text: &str) -> Vec<String> {
        self.shared.world().secrets.iter().filter(|secret| text.contains(secret.as_str())).cloned().collect()
    }

    /// Sends any payload the way it would come, whatever it is: garbage, an unknown type, missing fields.
    pub async fn delivers(&self, kind: Kind, payload: &Value) -> Delivery {
        deliver::deliver(&self.shared, kind, payload, None).await
    }

    /// Sends an event, such as `{"type": "app_home_opened", …}`. It comes again, by
    /// [`FakeSlack::redeliver_due`], if it is not acknowledged.
    pub async fn sends_event(&self, event: &Value) -> Delivery {
        let payload = deliver::event_callback(&mut self.shared.world(), event);
        let since = self.shared.world().clock.monotonic();
        let delivery = deliver::deliver(&self.shared, Kind::EventsApi, &payload, None).await;
        if let Some(failure) = &delivery.failure {
            let reason = reason(failure).to_owned();
            self.shared.world().pending.push(Pending { payload, since, attempts: 1, reason });
        }
        delivery
    }

    /// Sends again what is due by the clock.
    pub async fn redeliver_due(&self) -> Vec<Delivery> {
        let due: Vec<Pending> = {
            let mut world = self.shared.world();
            let now = world.clock.monotonic();
            let is_due = |pending: &mut Pending| pending.due().is_some_and(|due| due <= now);
            world.pending.extract_if(.., is_due).collect()
        };
        let mut deliveries = Vec::new();
        for mut pending in due {
            let attempt = u32::try_from(pending.attempts).unwrap_or(u32::MAX);
            let retry = Some((attempt, pending.reason.as_str()));
            let delivery = deliver::deliver(&self.shared, Kind::EventsApi, &pending.payload, retry).await;
            if let Some(failure) = &delivery.failure {
                pending.reason = reason(failure).to_owned();
                pending.attempts += 1;
                self.shared.world().pending.push(pending);
            }
            deliveries.push(delivery);
        }
        deliveries
    }

    /// Waits until this holds, looking whenever something changed.
    ///
    /// # Panics
    /// After ten seconds of real time.
    pub async fn until<T>(&self, what: &str, mut find: impl FnMut(&Self) -> Option<T>) -> T {
        let mut changes = self.shared.watch();
        let look = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = find(self) {
                    return found;
                }
                // Whatever changed without a call shows within this time.
                let _ = tokio::time::timeout(Duration::from_millis(20), changes.changed()).await;
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(10), look).await;
        found.unwrap_or_else(|_| panic!("{what} never came; the calls were:\n{}", self.journal_lines()))
    }

    /// Waits until the bot made no call for this long in real time.
    pub async fn until_quiet(&self, quiet: Duration) {
        let mut changes = self.shared.watch();
        while tokio::time::timeout(quiet, changes.changed()).await.is_ok() {}
    }
}

/// The word for a retry.
fn reason(failure: &str) -> &'static str {
    match failure {
        "operation_timeout" => "http_timeout",
        failure if failure.starts_with("connection_failed") => "connection_failed",
        failure if failure.starts_with("status") => "http_error",
        _ => "unknown_error",
    }
}
