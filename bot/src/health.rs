//! `/healthz`, `/readyz` and `/metrics`: how others see whether the bot is alive and able to work.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures::future::{BoxFuture, join_all};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use crate::metrics::Metrics;

/// How long one question about readiness may take. A probe of an orchestrator waits for seconds, not
/// for minutes.
const PATIENCE: Duration = Duration::from_secs(2);

type Question = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// What must be so for the bot to be ready.
#[derive(Clone, Default)]
pub struct Readiness {
    questions: Vec<(&'static str, Question)>,
}

impl std::fmt::Debug for Readiness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.questions.iter().map(|(name, _)| name)).finish()
    }
}

impl Readiness {
    /// Also asks this each time; the error says why not.
    #[must_use]
    pub fn asking<F, A>(mut self, name: &'static str, question: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.questions.push((name, Arc::new(move || Box::pin(question()))));
        self
    }

    /// Also wants a loop to have shown itself alive within this time, by sending the moment.
    #[must_use]
    pub fn beating(self, name: &'static str, beat: watch::Receiver<Instant>, within: Duration) -> Self {
        self.asking(name, move || {
            let silent = beat.borrow().elapsed();
            // A closed channel keeps its last moment, so a loop that ended grows silent too.
            let alive = silent <= within;
            std::future::ready(if alive { Ok(()) } else { Err(format!("no sign of life for {} s", silent.as_secs())) })
        })
    }

    /// Also wants the bot not to be on its way out.
    #[must_use]
    pub fn unless(self, name: &'static str, stopping: watch::Receiver<bool>) -> Self {
        self.asking(name, move || {
            std::future::ready(if *stopping.borrow() { Err("it is stopping".to_owned()) } else { Ok(()) })
        })
    }

    async fn answer(&self, patience: Duration) -> ReadinessAnswer {
        let answers = self.questions.iter().map(|(name, question)| async move {
            let answer = tokio::time::timeout(patience, question()).await;
            let answer = answer.unwrap_or_else(|_| Err(format!("no answer within {} ms", patience.as_millis())));
            (*name, answer.err().unwrap_or_else(|| "ok".to_owned()))
        });
        let checks: BTreeMap<&'static str, String> = join_all(answers).await.into_iter().collect();
        ReadinessAnswer { ready: checks.values().all(|answer| answer == "ok"), checks }
    }
}

#[derive(Debug, Serialize)]
struct ReadinessAnswer {
    ready: bool,
    checks: BTreeMap<&'static str, String>,
}

#[derive(Clone)]
struct Served {
    readiness: Readiness,
    metrics: Arc<Metrics>,
    /// The digest of the token: comparing digests tells nothing by how long it takes.
    token: Option<[u8; 32]>,
}

/// The routes. `/metrics` wants the token as bearer where there is one; the other two say nothing that
/// is worth hiding.
pub fn router(readiness: Readiness, metrics: Arc<Metrics>, token: Option<&SecretString>) -> Router {
    let token = token.map(|token| digest(token.expose_secret()));
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(measured))
        .with_state(Served { readiness, metrics, token })
}

async fn ready(State(served): State<Served>) -> Response {
    let answer = served.readiness.answer(PATIENCE).await;
    let status = if answer.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(answer)).into_response()
}

async fn measured(State(served): State<Served>, headers: HeaderMap) -> Response {
    if served.token.is_some_and(|token| bearer(&headers).map(digest) != Some(token)) {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], "a bearer token is needed\n")
            .into_response();
    }
    match served.metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, Metrics::CONTENT_TYPE)], text).into_response(),
        Err(why) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("the metrics cannot be written: {why}\n")).into_response()
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// Serves the router on a port of its own and gives the status and the body of one GET.
    async fn get(router: Router, path: &str, header: &str) -> (u16, String) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: bot\r\n{header}Connection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        server.abort();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    fn routes(readiness: Readiness, token: Option<&SecretString>) -> Router {
        router(readiness, Arc::new(Metrics::default()), token)
    }

    #[tokio::test]
    async fn a_living_process_is_healthy_even_when_it_is_not_ready() {
        let readiness = Readiness::default().asking("store", || async { Err("the disk is full".to_owned()) });
        let (status, _) = get(routes(readiness.clone(), None), "/healthz", "").await;
        assert_eq!(status, 200);
        let (status, body) = get(routes(readiness, None), "/readyz", "").await;
        assert_eq!((status, body.as_str()), (503, r#"{"ready":false,"checks":{"store":"the disk is full"}}"#));
    }

    #[tokio::test]
    async fn a_loop_that_grew_silent_makes_it_unready() {
        let (beat, seen) = watch::channel(Instant::now());
        let readiness = Readiness::default().beating("leases", seen, Duration::from_secs(5));
        let (status, body) = get(routes(readiness.clone(), None), "/readyz", "").await;
        assert_eq!((status, body.as_str()), (200, r#"{"ready":true,"checks":{"leases":"ok"}}"#));
        beat.send(Instant::now().checked_sub(Duration::from_secs(7)).unwrap()).unwrap();
        drop(beat);
        let (status, body) = get(routes(readiness, None), "/readyz", "").await;
        assert_eq!(status, 503, "{body}");
        assert!(body.contains("no sign of life for 7 s"), "{body}");
    }

    #[tokio::test]
    async fn a_bot_that_stops_is_not_ready() {
        let (stop, stopping) = watch::channel(false);
        let readiness = Readiness::default().unless("stopping", stopping);
        assert_eq!(get(routes(readiness.clone(), None), "/readyz", "").await.0, 200);
        stop.send(true).unwrap();
        assert_eq!(get(routes(readiness, None), "/readyz", "").await.0, 503);
    }

    #[tokio::test]
    async fn a_question_that_hangs_is_an_answer() {
        let readiness = Readiness::default().asking("store", std::future::pending);
        let answer = readiness.answer(Duration::from_millis(20)).await;
        assert!(!answer.ready);
        assert_eq!(answer.checks["store"], "no answer within 20 ms");
    }

    #[tokio::test]
    async fn metrics_want_the_token_where_there_is_one() {
        let token = SecretString::from("hunter2");
        assert_eq!(get(routes(Readiness::default(), None), "/metrics", "").await.0, 200);
        for (header, expected) in [
            ("", 401),
            ("Authorization: Bearer hunter\r\n", 401),
            ("Authorization: hunter2\r\n", 401),
            ("Authorization: Bearer hunter2\r\n", 200),
        ] {
            let (status, body) = get(routes(Readiness::default(), Some(&token)), "/metrics", header).await;
            assert_eq!(status, expected, "{header:?}: {body}");
            assert_eq!(body.contains("switchback_build_info"), expected == 200, "{body}");
        }
    }
}
