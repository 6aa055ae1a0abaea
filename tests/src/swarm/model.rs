//! A model of what the engine's HTTP interface says of services, for what one node cannot show: two
//! conflicts in a row, nodes that are drained, a secret that is gone. It is stateful: a write is refused
//! unless it names the counter, and what was written is what is read.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use commands::model::{Target, TargetKind};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// What it holds.
#[derive(Debug)]
struct Contents {
    service: Value,
    tasks: Vec<Value>,
    nodes: Vec<Value>,
    secrets: Vec<Value>,
    /// What somebody else writes just before each of the next writes.
    rivals: Vec<Box<dyn Rival>>,
    writes: usize,
    accepted: Vec<Value>,
    forgotten: Vec<&'static str>,
}

/// Somebody who writes to the service between a read and a write.
trait Rival: std::fmt::Debug + Send {
    fn write(&self, service: &mut Value);
}

#[derive(Debug)]
struct Pointer(&'static str, Value);

impl Rival for Pointer {
    fn write(&self, service: &mut Value) {
        if let Some(place) = service.pointer_mut(self.0) {
            *place = self.1.clone();
        }
    }
}

/// An engine that is modelled, on a port of its own. It is gone when dropped.
#[derive(Debug)]
pub struct Engine {
    address: std::net::SocketAddr,
    contents: Arc<Mutex<Contents>>,
    server: JoinHandle<()>,
}

/// A service as the engine tells it.
#[must_use]
pub fn model_service(image: &str, mode: &Value) -> Value {
    json!({
        "ID": "service1",
        "Version": {"Index": 10},
        "CreatedAt": "2024-01-15T15:00:00Z",
        "Spec": {"Name": "api", "Labels": {}, "Mode": mode, "TaskTemplate": {"ContainerSpec": {"Image": image}}},
    })
}

/// A task as the engine tells it.
#[must_use]
pub fn model_task(id: &str, node: &str, image: &str, state: &str) -> Value {
    json!({
        "ID": id, "ServiceID": "service1", "NodeID": node, "DesiredState": "running",
        "CreatedAt": "2024-01-15T15:30:00Z",
        "Status": {"State": state},
        "Spec": {"ContainerSpec": {"Image": image}},
    })
}

impl Engine {
    /// With this service, and nothing else.
    ///
    /// # Panics
    /// If no port can be had.
    pub async fn start(service: Value) -> Self {
        let contents = Contents {
            service,
            tasks: Vec::new(),
            nodes: Vec::new(),
            secrets: Vec::new(),
            rivals: Vec::new(),
            writes: 0,
            accepted: Vec::new(),
            forgotten: Vec::new(),
        };
        let contents = Arc::new(Mutex::new(contents));
        let routes = Router::new()
            .route("/services/{id}", get(read))
            .route("/services/{id}/update", post(write))
            .route("/tasks", get(|State(state): Held| async move { Json(held(&state).tasks.clone()) }))
            .route("/nodes", get(|State(state): Held| async move { Json(held(&state).nodes.clone()) }))
            .route("/secrets", get(|State(state): Held| async move { Json(held(&state).secrets.clone()) }))
            .route("/configs", get(|| async { Json(json!([])) }))
            .route("/containers/json", get(|| async { Json(json!([])) }))
            .route("/images/json", get(|| async { Json(json!([])) }))
            .route("/version", get(|| async { Json(json!({"ApiVersion": "1.41"})) }))
            .with_state(Arc::clone(&contents));
        // bollard names no version of the interface in its paths.
        let router = routes.fallback(nothing);
        let router = router.layer(middleware::from_fn_with_state(Arc::clone(&contents), known));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { address, contents, server }
    }

    /// Its service as a target.
    #[must_use]
    pub fn target(&self) -> Target {
        let address = json!({"service": "api", "engine": {"loopback": self.address.to_string()}});
        Target { name: "release".into(), kind: TargetKind::Release, platform: "swarm".into(), address }
    }

    /// Nodes, each by its id and availability.
    pub fn set_nodes(&self, nodes: &[(&str, &str)]) {
        let node = |(id, availability): &(&str, &str)| {
            json!({"ID": id, "Spec": {"Availability": availability, "Role": "worker"},
                   "Description": {"Hostname": id}, "Status": {"State": "ready"}})
        };
        held(&self.contents).nodes = nodes.iter().map(node).collect();
    }

    /// These tasks and no others.
    pub fn set_tasks(&self, tasks: Vec<Value>) {
        held(&self.contents).tasks = tasks;
    }

    /// Changes what the service is, at this place.
    pub fn set(&self, at: &'static str, value: Value) {
        Pointer(at, value).write(&mut held(&self.contents).service);
    }

    /// It knows nothing at this path any more.
    pub fn forget(&self, path: &'static str) {
        held(&self.contents).forgotten.push(path);
    }

    /// Somebody writes here, just before the next write that has no rival yet.
    pub fn add_rival(&self, at: &'static str, value: Value) {
        held(&self.contents).rivals.push(Box::new(Pointer(at, value)));
    }

    /// How many writes were tried.
    #[must_use]
    pub fn writes(&self) -> usize {
        held(&self.contents).writes
    }

    /// The specifications that were taken.
    #[must_use]
    pub fn accepted(&self) -> Vec<Value> {
        held(&self.contents).accepted.clone()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.server.abort();
    }
}

type Held = State<Arc<Mutex<Contents>>>;

fn held(contents: &Arc<Mutex<Contents>>) -> std::sync::MutexGuard<'_, Contents> {
    contents.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn nothing(address: axum::http::Uri) -> Response {
    (StatusCode::NOT_FOUND, Json(json!({"message": format!("the model has nothing at {address}")}))).into_response()
}

async fn known(State(contents): Held, request: Request, next: Next) -> Response {
    let forgotten = held(&contents).forgotten.iter().any(|path| *path == request.uri().path());
    if forgotten { nothing(request.uri().clone()).await } else { next.run(request).await }
}

async fn read(State(contents): Held) -> Json<Value> {
    Json(held(&contents).service.clone())
}

#[derive(Debug, Deserialize)]
struct Counter {
    version: u64,
}

async fn write(State(contents): Held, Query(named): Query<Counter>, Json(spec): Json<Value>) -> Response {
    let mut contents = held(&contents);
    contents.writes += 1;
    if !contents.rivals.is_empty() {
        let rival = contents.rivals.remove(0);
        rival.write(&mut contents.service);
        let index = contents.service["Version"]["Index"].as_u64().unwrap_or_default();
        contents.service["Version"]["Index"] = json!(index + 1);
    }
    let index = contents.service["Version"]["Index"].as_u64().unwrap_or_default();
    if named.version != index {
        // Letter by letter what engines say.
        let error = json!({"message": "rpc error: code = Unknown desc = update out of sequence"});
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(error)).into_response();
    }
    contents.service["PreviousSpec"] = contents.service["Spec"].take();
    contents.service["Spec"] = spec.clone();
    contents.service["Version"]["Index"] = json!(index + 1);
    contents.accepted.push(spec);
    Json(json!({})).into_response()
}
