//! Asking again where an API server is busy (429, 503, 504). What writes is sent once: whether it was done in
//! spite of such an answer is for the one to find out who wrote.

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{Method, Request, Response};
use kube::client::retry::RetryPolicy;
use kube::client::{Body, ClientBuilder, DynBody};
use kube::{Client, Config, Error};
use tower::BoxError;
use tower::buffer::BufferLayer;
use tower::retry::{Policy, RetryLayer};

/// How many requests may wait until they are sent. As kube has it for a client.
const WAITING: usize = 1024;

/// How long after the first busy answer it is asked again; twice as long after each further one, up to the
/// longest, and so often: then what the server says is told, well within the deadline of a call.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const ATTEMPTS: u32 = 5;

/// A client that asks again what only reads, and nothing else.
///
/// # Errors
/// The way there cannot be gone: no credentials, no certificate.
pub(super) fn client(mut config: Config) -> Result<Client, Error> {
    // Its own retries would send a write again whose answer was lost.
    config.default_retry = false;
    let builder = ClientBuilder::try_from(config)?.with_layer(&BufferLayer::new(WAITING));
    let policy = RetryPolicy::new(FIRST_PAUSE, LONGEST_PAUSE, ATTEMPTS, true);
    let policy = policy.map_err(|error| Error::Service(error.into()))?;
    Ok(builder.with_layer(&RetryLayer::new(Reads(policy))).build())
}

/// The policy of reads. It keeps no copy of what writes, so that there is nothing to send again.
#[derive(Clone)]
struct Reads(RetryPolicy);

type Answer = Response<Box<DynBody>>;

impl Policy<Request<Body>, Answer, BoxError> for Reads {
    type Future = <RetryPolicy as Policy<Request<Body>, Answer, BoxError>>::Future;

    fn retry(&mut self, request: &mut Request<Body>, result: &mut Result<Answer, BoxError>) -> Option<Self::Future> {
        let asks_for_long = result.as_ref().is_ok_and(|answer| pause(answer) > Some(LONGEST_PAUSE));
        if asks_for_long { None } else { self.0.retry(request, result) }
    }

    fn clone_request(&mut self, request: &Request<Body>) -> Option<Request<Body>> {
        if writes(request) {
            return None;
        }
        Policy::<Request<Body>, Answer, BoxError>::clone_request(&mut self.0, request)
    }
}

/// How long the server says to wait, where it does.
fn pause(answer: &Answer) -> Option<Duration> {
    let seconds = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// True of what changes anything. Nothing that the bot posts does: reviews are questions, pods are rehearsed.
fn writes(request: &Request<Body>) -> bool {
    let rehearses = request.uri().query().is_some_and(|query| query.split('&').any(|part| part == "dryRun=All"));
    !matches!(*request.method(), Method::GET | Method::POST) && !rehearses
}
