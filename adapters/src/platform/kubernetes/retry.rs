//! Asking again where an API server is busy (429, 503, 504). What writes is sent once: whether it was done in
//! spite of such an answer is for the one to find out who wrote.

use http::{Method, Request, Response};
use kube::client::retry::RetryPolicy;
use kube::client::{Body, ClientBuilder, DynBody};
use kube::{Client, Config, Error};
use tower::BoxError;
use tower::buffer::BufferLayer;
use tower::retry::{Policy, RetryLayer};

/// How many requests may wait until they are sent. As kube has it for a client.
const WAITING: usize = 1024;

/// A client that asks again what only reads, and nothing else.
///
/// # Errors
/// The way there cannot be gone: no credentials, no certificate.
pub(super) fn client(mut config: Config) -> Result<Client, Error> {
    // Its own retries would send a write again whose answer was lost.
    config.default_retry = false;
    let builder = ClientBuilder::try_from(config)?.with_layer(&BufferLayer::new(WAITING));
    Ok(builder.with_layer(&RetryLayer::new(Reads(RetryPolicy::server_retry()))).build())
}

/// The policy of reads. It keeps no copy of what writes, so that there is nothing to send again.
#[derive(Clone)]
struct Reads(RetryPolicy);

type Answer = Response<Box<DynBody>>;

impl Policy<Request<Body>, Answer, BoxError> for Reads {
    type Future = <RetryPolicy as Policy<Request<Body>, Answer, BoxError>>::Future;

    fn retry(&mut self, request: &mut Request<Body>, result: &mut Result<Answer, BoxError>) -> Option<Self::Future> {
        self.0.retry(request, result)
    }

    fn clone_request(&mut self, request: &Request<Body>) -> Option<Request<Body>> {
        if writes(request) {
            return None;
        }
        Policy::<Request<Body>, Answer, BoxError>::clone_request(&mut self.0, request)
    }
}

/// True of what changes anything. Nothing that the bot posts does: reviews are questions, pods are rehearsed.
fn writes(request: &Request<Body>) -> bool {
    let rehearses = request.uri().query().is_some_and(|query| query.split('&').any(|part| part == "dryRun=All"));
    !matches!(*request.method(), Method::GET | Method::POST) && !rehearses
}
