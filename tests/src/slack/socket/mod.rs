//! Socket Mode: connections that the bot opens, envelopes that go over one of them, acknowledgements.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message as Frame;

use super::deliver::{Acknowledged, Kind};
use super::shared::Shared;

mod accept;
mod chaos;
mod connection;

pub(crate) use accept::serve;

/// Published: an application has at most so many connections.
const MOST: usize = 10;

/// The connections and what is awaited from them.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    open: Vec<Connection>,
    awaited: BTreeMap<String, Awaited>,
    /// Envelopes that were sent twice: the second acknowledgement is no surprise.
    doubled: VecDeque<String>,
    double_next: bool,
    numbers: usize,
    /// Which connection had the last envelope.
    turn: usize,
}

/// One open connection, oldest first.
#[derive(Debug)]
struct Connection {
    number: usize,
    orders: mpsc::UnboundedSender<Order>,
}

#[derive(Debug)]
struct Awaited {
    connection: usize,
    takes_payload: bool,
    done: oneshot::Sender<Value>,
}

/// What a connection is told to do.
#[derive(Debug)]
enum Order {
    /// Send this.
    Send(Frame),
    /// Close in order.
    Close,
    /// End without a word, with a reset.
    Cut,
    /// Say and read nothing more, but stay open.
    Freeze,
}

impl Sockets {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics here")
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        self.state().open.len()
    }
}

impl State {
    /// The connection whose turn it is: each in order.
    fn next(&mut self) -> Option<&Connection> {
        self.turn = self.turn.wrapping_add(1);
        self.open.get(self.turn.checked_rem(self.open.len())?)
    }

    /// It is gone, and nobody waits for what went over it.
    fn forget(&mut self, number: usize) {
        self.open.retain(|connection| connection.number != number);
        self.awaited.retain(|_, awaited| awaited.connection != number);
    }
}

/// Sends an envelope over one connection and waits for its acknowledgement.
pub(crate) async fn send(shared: &Shared, kind: Kind, payload: &Value, retry: Option<(u32, &str)>) -> Acknowledged {
    let failed = |failure: &str| Acknowledged { failure: Some(failure.into()), body: Value::Null };
    let (done, answer) = oneshot::channel();
    {
        let mut state = shared.sockets.state();
        state.numbers += 1;
        let id = format!("envelope-{:04}", state.numbers);
        let takes_payload = match kind {
            Kind::SlashCommands => true,
            Kind::Interactive => payload["type"] == "view_submission" || payload["type"] == "block_suggestion",
            Kind::EventsApi => false,
        };
        let mut envelope =
            json!({"envelope_id": id, "type": kind, "accepts_response_payload": takes_payload, "payload": payload});
        if kind == Kind::EventsApi {
            envelope["retry_attempt"] = json!(retry.map_or(0, |(attempt, _)| attempt));
            envelope["retry_reason"] = json!(retry.map_or("", |(_, reason)| reason));
        }
        let frame = Frame::text(envelope.to_string());
        let twice = std::mem::take(&mut state.double_next);
        let Some(connection) = state.next() else { return failed("dispatch_failed") };
        let connection = (connection.number, connection.orders.send(Order::Send(frame.clone())));
        if twice {
            if let Some(other) = state.next() {
                let _ = other.orders.send(Order::Send(frame));
            }
            state.doubled.push_back(id.clone());
        }
        state.awaited.insert(id, Awaited { connection: connection.0, takes_payload, done });
    }
    match answer.await {
        Ok(body) => Acknowledged { failure: None, body },
        Err(_) => failed("operation_timeout"),
    }
}

/// Takes an acknowledgement; says what is wrong with it.
fn acknowledged(shared: &Shared, text: &str) -> Result<(), String> {
    let ack: Value = serde_json::from_str(text).map_err(|_| format!("the bot sent what is no JSON: {text}"))?;
    let id = ack["envelope_id"].as_str().ok_or_else(|| format!("an acknowledgement of nothing: {text}"))?;
    let mut state = shared.sockets.state();
    if let Some(awaited) = state.awaited.remove(id) {
        let body = ack["payload"].clone();
        if !body.is_null() && !awaited.takes_payload {
            return Err(format!("{id} does not accept a payload"));
        }
        return awaited.done.send(body).map_err(|_| format!("{id} was acknowledged too late"));
    }
    let expected = state.doubled.iter().position(|doubled| doubled == id);
    match expected.map(|place| state.doubled.remove(place)) {
        Some(_) => Ok(()),
        None => Err(format!("{id} is not awaited")),
    }
}
