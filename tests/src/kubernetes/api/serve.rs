//! Connections, what goes wrong with them, and the way of a request through the server.
//!
//! The order is the real server's: who is it, may it, then the object
//! (`staging/src/k8s.io/apiserver/pkg/server/config.go`, `DefaultBuildHandlerChain`).

use std::io;

use axum::body::Body;
use axum::http::{HeaderValue, Request as HttpRequest, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::request::{Place, Request};
use super::{Shared, discovery, reads, subresources, watches, writes};
use crate::kubernetes::access;
use crate::kubernetes::faults::Fault;
use crate::kubernetes::refusal::Refusal;

/// The most that a body may have.
const LARGEST: usize = 3 << 20;

/// Answers whoever connects, until dropped.
pub(crate) async fn serve(listener: TcpListener, shared: Shared) {
    // When this future is dropped, so are all connections.
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        let _ = stream.set_nodelay(true);
        let shared = shared.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| {
                let shared = shared.clone();
                async move { handle(&shared, request).await }
            });
            // An error is a connection that was cut, by one side or the other.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

/// A failure that ends the connection.
fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "the connection is cut")
}

async fn handle(shared: &Shared, request: HttpRequest<Incoming>) -> Result<Response, io::Error> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(Body::new(body), LARGEST).await.map_err(|_| cut())?;
    let request = match Request::read(head.method, &head.uri, &head.headers, &body) {
        Ok(request) => request,
        Err(refusal) => return Ok(refuse(&refusal)),
    };
    let place = request.place();
    let verb = request.verb(place.as_ref().is_some_and(|place| !place.name.is_empty()));
    let plural = place.as_ref().map_or_else(|| last_part(&request.path), |place| place.kind.plural.to_owned());
    let (entry, fault) = {
        let mut world = shared.world();
        world.journal.push(request.call(verb));
        let fault = world.faults.take(verb, &plural, request.is_rehearsal());
        (world.journal.len() - 1, fault)
    };
    let (mut loses_answer, mut belies) = (false, None);
    match fault {
        Some(Fault::Refuse(refusal)) => return Ok(note(shared, entry, refuse(&refusal))),
        Some(Fault::Garbage(code, text)) => {
            let code = StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_GATEWAY);
            return Ok(note(shared, entry, (code, text).into_response()));
        }
        Some(Fault::Cut) => return Err(cut()),
        Some(Fault::LoseAnswer) => loses_answer = true,
        Some(Fault::Belie(refusal)) => belies = Some(refusal),
        Some(Fault::DoneLater(after)) => {
            let shared = shared.clone();
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                let _ = answer(&shared, &request, place, verb, entry);
                shared.work.notify_one();
            });
            return Err(cut());
        }
        Some(Fault::Slow(more)) => tokio::time::sleep(more).await,
        Some(Fault::Hang) => std::future::pending::<()>().await,
        Some(Fault::StatusWrite) => writes::touch_status(&mut shared.world(), place.as_ref()),
        None => {}
    }
    let answer = answer(shared, &request, place, verb, entry);
    shared.work.notify_one();
    if loses_answer {
        return Err(cut());
    }
    if let Some(refusal) = belies {
        return Ok(note(shared, entry, refuse(&refusal)));
    }
    Ok(note(shared, entry, answer.unwrap_or_else(|refusal| refuse(&refusal))))
}

fn last_part(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

fn note(shared: &Shared, entry: usize, response: Response) -> Response {
    if let Some(call) = shared.world().journal.get_mut(entry) {
        call.answered = Some(response.status().as_u16());
    }
    response
}

fn answer(
    shared: &Shared,
    request: &Request,
    place: Option<Place>,
    verb: &str,
    entry: usize,
) -> Result<Response, Refusal> {
    let mut world = shared.world();
    if !request.authorized && !world.admits_anybody {
        return Err(Refusal::new(401, "Unauthorized", "Unauthorized"));
    }
    let Some(place) = place else { return discovery::answer(&world, request) };
    let resource = place.resource();
    let wish = place.wish(verb, &resource);
    if !world.may(&wish) {
        return Err(access::refused(&wish));
    }
    // Who may not is told so before it is known whether there is such a kind.
    if place.kind.custom && !world.installed.contains(place.kind.group) {
        return Ok(discovery::nothing_here());
    }
    let before = world.store.version();
    let answer = if place.beside.is_empty() {
        match verb {
            "get" => reads::get(&world, &place),
            "list" => reads::list(&world, &place, request),
            "watch" => {
                drop(world);
                return watches::watch(shared, &place, request);
            }
            "create" => writes::create(&mut world, &place, request),
            "update" => writes::update(&mut world, &place, request),
            "patch" => writes::patch(&mut world, &place, request),
            _ => writes::delete(&mut world, &place, request),
        }
    } else {
        subresources::answer(&mut world, &place, request, verb)
    };
    let changed = world.store.version() != before;
    if let Some(call) = world.journal.get_mut(entry) {
        call.changed = changed;
    }
    answer
}

/// An object as an answer.
pub(super) fn object(code: StatusCode, object: &Value) -> Response {
    (code, axum::Json(object)).into_response()
}

/// No, as an answer.
pub(super) fn refuse(refusal: &Refusal) -> Response {
    let code = StatusCode::from_u16(refusal.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = object(code, &refusal.status());
    if let Some(seconds) = refusal.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
