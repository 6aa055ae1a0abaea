//! The playground's service: a small HTTP service that behaves as the release in its working folder
//! says.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::behaviour::Behaviour;

/// A service that somebody forgot ends by itself.
const LONGEST_LIFE: Duration = Duration::from_secs(30 * 60);

/// How long the port may stay somebody else's.
const TAKEOVER: Duration = Duration::from_secs(5);

struct Running {
    behaviour: Behaviour,
    requests: AtomicU64,
}

/// Serves the release in the working folder, on loopback alone.
pub(super) async fn serve(port: u16) -> anyhow::Result<()> {
    let running = Arc::new(Running { behaviour: Behaviour::read(Path::new("."))?, requests: AtomicU64::new(0) });
    let routes = Router::new()
        .route("/version", get(version))
        .route("/health", get(answer))
        .route("/api/users/me", get(answer))
        .route("/api/data/latest", get(answer))
        .with_state(running);
    let listener = listen(port).await?;
    tokio::select! {
        served = axum::serve(listener, routes) => served?,
        () = tokio::time::sleep(LONGEST_LIFE) => {}
    }
    Ok(())
}

/// The process before may still be letting go of the port.
async fn listen(port: u16) -> std::io::Result<tokio::net::TcpListener> {
    let patience = tokio::time::Instant::now() + TAKEOVER;
    loop {
        match tokio::net::TcpListener::bind(("127.0.0.1", port)).await {
            Err(error) if error.kind() == ErrorKind::AddrInUse && tokio::time::Instant::now() < patience => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            outcome => return outcome,
        }
    }
}

async fn version(State(running): State<Arc<Running>>) -> Json<Value> {
    tokio::time::sleep(Duration::from_millis(running.behaviour.delay_ms)).await;
    Json(json!({ "version": running.behaviour.version }))
}

async fn answer(State(running): State<Arc<Running>>) -> (StatusCode, Json<Value>) {
    tokio::time::sleep(Duration::from_millis(running.behaviour.delay_ms)).await;
    let number = running.requests.fetch_add(1, Ordering::Relaxed) + 1;
    let every = running.behaviour.fails_every;
    if every > 0 && number.is_multiple_of(every) {
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "status": "failing" })));
    }
    (StatusCode::OK, Json(json!({ "status": "ok" })))
}
