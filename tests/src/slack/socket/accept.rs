//! Connections come in, each with a ticket that is good once.

use std::sync::Arc;

use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

use super::connection::run;
use super::{Connection, MOST, Order};
use crate::slack::faults::Trouble;
use crate::slack::journal::Call;
use crate::slack::shared::Shared;
use crate::slack::world::APP;

/// Accepts until the runtime of the test ends.
pub(crate) fn serve(shared: Arc<Shared>, listener: TcpListener) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        // Held here, so that all connections end with the listener.
        let mut connections = tokio::task::JoinSet::new();
        loop {
            if let Ok((stream, _)) = listener.accept().await {
                connections.spawn(accept(shared.clone(), stream));
            }
            while connections.try_join_next().is_some() {}
        }
    })
}

async fn accept(shared: Arc<Shared>, stream: TcpStream) {
    let trouble = shared.world().faults.next("socket").map(|(trouble, _)| trouble);
    match trouble {
        Some(Trouble::Hangs) => return std::future::pending().await,
        Some(Trouble::Reset) => {
            record(&shared, 0, "reset");
            let _ = stream.set_zero_linger();
            return;
        }
        _ => {}
    }
    let _ = stream.set_nodelay(true);
    let admission = Admission { shared: shared.clone(), trouble };
    if let Ok(socket) = tokio_tungstenite::accept_hdr_async(stream, admission).await {
        welcome(&shared, socket).await;
    }
}

/// Looks at the ticket.
struct Admission {
    shared: Arc<Shared>,
    trouble: Option<Trouble>,
}

impl tokio_tungstenite::tungstenite::handshake::server::Callback for Admission {
    fn on_request(self, request: &Request, response: Response) -> Result<Response, ErrorResponse> {
        let query = request.uri().query().unwrap_or_default();
        let ticket = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "ticket");
        let ticket = ticket.map(|(_, ticket)| ticket.into_owned()).unwrap_or_default();
        let known = {
            let mut world = self.shared.world();
            let place = world.tickets.iter().position(|known| *known == ticket);
            place.and_then(|place| world.tickets.remove(place)).is_some()
        };
        let status = match self.trouble {
            Some(Trouble::ServerError(status)) => status,
            Some(Trouble::RateLimited(_)) => 429,
            _ if !known => 408,
            _ => {
                record(&self.shared, 101, "ok");
                return Ok(response);
            }
        };
        record(&self.shared, status, if known { "refused" } else { "unknown ticket" });
        let mut refusal = ErrorResponse::new(None);
        *refusal.status_mut() = status.try_into().unwrap_or_default();
        Err(refusal)
    }
}

fn record(shared: &Shared, status: u16, outcome: &str) {
    let mut world = shared.world();
    let (number, at) = (world.journal.len() + 1, world.seconds());
    world.journal.push(Call {
        number,
        at,
        method: "socket".into(),
        encoding: None,
        token: "none".into(),
        arguments: json!({}),
        status,
        outcome: outcome.into(),
        retry_after: None,
    });
}

/// Says hello and keeps it, unless there are too many.
async fn welcome(shared: &Arc<Shared>, socket: WebSocketStream<TcpStream>) {
    let (orders, received) = tokio::sync::mpsc::unbounded_channel();
    let number = {
        let mut state = shared.sockets.state();
        state.numbers += 1;
        let number = state.numbers;
        let others = state.open.len();
        let first = if others < MOST { hello(others + 1) } else { disconnect("too_many_websockets") };
        let _ = orders.send(Order::Send(Frame::text(first)));
        if others < MOST {
            state.open.push(Connection { number, orders });
        } else {
            let _ = orders.send(Order::Close);
        }
        number
    };
    shared.changed();
    run(shared, number, socket, received).await;
    shared.sockets.state().forget(number);
    shared.changed();
}

fn hello(connections: usize) -> String {
    let debug = json!({"host": "applink-1", "build_number": 1, "approximate_connection_time": 18060});
    let hello = json!({
        "type": "hello", "num_connections": connections, "debug_info": debug, "connection_info": {"app_id": APP},
    });
    hello.to_string()
}

/// The word before a connection ends.
pub(super) fn disconnect(reason: &str) -> String {
    json!({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}}).to_string()
}
