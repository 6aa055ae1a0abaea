//! The listener and its routes.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{HeaderMap, Method as Verb, Response, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::{any, post};
use serde_json::{Value, json};

use super::line::{Cut, Lines};
use super::{gate, reply};
use crate::slack::arguments::{Arguments, Encoding};
use crate::slack::faults::{Effect, Trouble};
use crate::slack::journal::Call;
use crate::slack::methods;
use crate::slack::refusal::Refusal;
use crate::slack::shared::Shared;
use crate::slack::world::World;

/// Serves until the runtime of the test ends.
pub(crate) fn serve(shared: Arc<Shared>, listener: tokio::net::TcpListener) -> tokio::task::JoinHandle<()> {
    let routes = Router::new()
        .route("/api/{method}", any(call))
        .route("/commands/{team}/{secret}", post(answer))
        .route("/actions/{team}/{secret}", post(answer))
        .route("/upload/v1/{ticket}", post(upload))
        .fallback(|| async { (StatusCode::NOT_FOUND, PAGE) })
        .layer(DefaultBodyLimit::max(64 << 20))
        .with_state(shared)
        .into_make_service_with_connect_info::<Cut>();
    tokio::spawn(async move {
        let _ = axum::serve(Lines(listener), routes).await;
    })
}

/// What a load balancer says.
const PAGE: &str = "<!DOCTYPE html><html><head><title>Server Error</title></head><body>Server Error</body></html>";

/// An answer before it is sent.
struct Reply {
    status: u16,
    body: String,
    json: bool,
    scopes: Option<String>,
    retry_after: Option<u64>,
    outcome: String,
}

impl Reply {
    fn text(status: u16, body: &str, outcome: &str) -> Self {
        Self { status, body: body.into(), json: false, scopes: None, retry_after: None, outcome: outcome.into() }
    }

    fn json(body: &Value) -> Self {
        let outcome = body["error"].as_str().unwrap_or("ok").to_owned();
        Self { json: true, body: body.to_string(), ..Self::text(200, "", &outcome) }
    }

    fn refused(refusal: &Refusal) -> Self {
        let status = if refusal.retry_after.is_some() { 429 } else { 200 };
        Self { status, retry_after: refusal.retry_after, ..Self::json(&refusal.body()) }
    }

    fn response(self, body: Body) -> Response<Body> {
        let kind = if self.json { "application/json; charset=utf-8" } else { "text/html" };
        let mut response = Response::builder().status(self.status).header(header::CONTENT_TYPE, kind);
        if let Some(seconds) = self.retry_after {
            response = response.header(header::RETRY_AFTER, seconds);
        }
        if let Some(scopes) = self.scopes {
            response = response.header("x-oauth-scopes", scopes);
        }
        response.body(body).unwrap_or_default()
    }
}

async fn call(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path(name): Path<String>,
    verb: Verb,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let post = verb == Verb::POST;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let arguments = Arguments::read(post, kind, query.as_deref().unwrap_or_default(), &body);
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = bearer.and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
    let (encoding, sent, inner) = match &arguments {
        Ok(arguments) => (Some(arguments.encoding), arguments.recorded(), arguments.token.clone()),
        Err(_) => (None, Value::Null, None),
    };
    let token = bearer.or(inner);
    let who = gate::kind(&shared.world(), token.as_deref());
    let record = Record { method: name.clone(), encoding, token: who, arguments: sent };
    run(&shared, &cut, record, |world| act(world, &name, post, token.as_deref(), arguments)).await
}

/// Does what the method does.
fn act(world: &mut World, name: &str, post: bool, token: Option<&str>, arguments: Result<Arguments, Refusal>) -> Reply {
    let scopes = token.and_then(|token| world.tokens.get(token)).map(crate::slack::world::Token::provided);
    let answer = arguments.and_then(|mut arguments| {
        let method = methods::find(name).ok_or_else(|| Refusal::new("unknown_method"))?;
        if arguments.encoding == Encoding::Json && !method.json {
            arguments.clear();
        }
        gate::admit(world, method, token, post, &arguments)?;
        method.check(world, &arguments)?;
        (method.run)(world, &arguments)
    });
    let reply = match answer {
        Ok(mut fields) => {
            fields["ok"] = json!(true);
            Reply::json(&fields)
        }
        Err(refusal) => Reply::refused(&refusal),
    };
    Reply { scopes, ..reply }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path((_, secret)): Path<(String, String)>,
    body: Bytes,
) -> Response<Body> {
    let record = Record::other("response_url", reply::recorded(&body));
    run(&shared, &cut, record, |world| match reply::answer_to(world, &secret, &body) {
        Ok(()) => Reply::text(200, "ok", "ok"),
        Err((status, code)) => {
            let body = json!({"ok": false, "error": code});
            Reply { status, ..Reply::json(&body) }
        }
    })
    .await
}

async fn upload(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path(ticket): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let record = Record::other("upload", json!({"bytes": body.len()}));
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    run(&shared, &cut, record, |world| {
        let content = super::multipart::content(&kind, &body);
        let (status, text) = world.upload(&ticket, content);
        let outcome = if status == 200 { "ok".to_owned() } else { text.clone() };
        Reply { outcome, ..Reply::text(status, &text, "") }
    })
    .await
}

/// What is known of a call before it is answered.
struct Record {
    method: String,
    encoding: Option<Encoding>,
    token: &'static str,
    arguments: Value,
}

impl Record {
    fn other(method: &str, arguments: Value) -> Self {
        Self { method: method.into(), encoding: None, token: "none", arguments }
    }
}

/// Does it unless a trouble is planned, records it, answers.
async fn run(shared: &Shared, cut: &Cut, record: Record, act: impl FnOnce(&mut World) -> Reply) -> Response<Body> {
    let (reply, trouble) = {
        let mut world = shared.world();
        let planned = world.faults.next(&record.method);
        let effect = planned.as_ref().is_none_or(|(_, effect)| *effect == Effect::Taken);
        let slow = matches!(planned, Some((Trouble::SlowBody(_), _)));
        let done = if effect || slow { Some(act(&mut world)) } else { None };
        let trouble = planned.map(|(trouble, _)| trouble);
        let reply = troubled(done, trouble.as_ref());
        world.record(record, &reply);
        (reply, trouble)
    };
    shared.changed();
    match trouble {
        Some(Trouble::Reset) => cut.now(),
        Some(Trouble::Hangs) => std::future::pending::<()>().await,
        Some(Trouble::SlowBody(wait)) => {
            let text = reply.body.clone();
            return reply.response(late(text, wait));
        }
        _ => {}
    }
    let body = Body::from(reply.body.clone());
    reply.response(body).into_response()
}

/// The body after a while, the head at once.
fn late(text: String, wait: Duration) -> Body {
    Body::from_stream(futures::stream::once(async move {
        tokio::time::sleep(wait).await;
        Ok::<_, std::convert::Infallible>(text)
    }))
}

/// The answer as the trouble leaves it.
fn troubled(done: Option<Reply>, trouble: Option<&Trouble>) -> Reply {
    match trouble {
        None => done.unwrap_or_else(|| Reply::text(500, PAGE, "nothing was done")),
        Some(Trouble::SlowBody(_)) => done.unwrap_or_else(|| Reply::text(500, PAGE, "slow")),
        Some(Trouble::RateLimited(retry_after)) => {
            let refused = Reply::refused(&Refusal::new("ratelimited"));
            Reply { status: 429, retry_after: *retry_after, ..refused }
        }
        Some(Trouble::ServerError(status)) => Reply::text(*status, PAGE, &format!("status {status}")),
        Some(Trouble::Reset) => Reply::text(0, "", "reset"),
        Some(Trouble::Hangs) => Reply::text(0, "", "no answer"),
        Some(Trouble::PlainOk) => Reply::text(200, "ok", "plain ok"),
        Some(Trouble::Empty) => Reply::text(200, "", "empty"),
        Some(Trouble::HalfJson) => Reply { json: true, ..Reply::text(200, "{\"ok\": tr", "half") },
        Some(Trouble::Refused(code)) => Reply::refused(&Refusal::new(*code)),
    }
}

impl World {
    fn record(&mut self, record: Record, reply: &Reply) {
        let Record { method, encoding, token, arguments } = record;
        let (number, at) = (self.journal.len() + 1, self.seconds());
        let (status, outcome, retry_after) = (reply.status, reply.outcome.clone(), reply.retry_after);
        let token = token.to_owned();
        self.journal.push(Call { number, at, method, encoding, token, arguments, status, outcome, retry_after });
    }
}
