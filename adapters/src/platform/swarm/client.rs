//! The way to an engine.
//!
//! Services are read and written as the JSON that the engine sends: bollard's own type of a service has
//! no `PreviousSpec`, and a specification that went through any type would come back without the fields
//! that the type does not know.

use std::collections::HashMap;
use std::future::Future;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bollard::errors::Error;
use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker, body_full};
use commands::ports::PlatformError;
use futures::TryStreamExt as _;
use serde_json::Value;
use tokio::time::Instant;

use super::address::{Engine, Tls};
use super::failure;
use super::tunnel::Tunnel;

/// How long one call may take. The engine asks registries on the bot's behalf, which is the slowest.
const CALL: Duration = Duration::from_secs(10);

/// What a raw call is made of: its path is replaced before it is sent.
const PLACEHOLDER: &str = "/containers/raw/export";

/// How long a connection is used before another is made: an engine may speak other versions of the
/// interface after an upgrade, and certificates are renewed.
const KEEP: Duration = Duration::from_secs(600);

/// Connections, one for each engine, each with when it was made; made when they are first needed.
#[derive(Debug, Clone, Default)]
pub(super) struct Engines {
    open: Arc<Mutex<HashMap<Engine, (Instant, Client)>>>,
}

impl Engines {
    /// The client of this engine, speaking a version of the interface that the engine knows.
    ///
    /// # Errors
    /// `Unavailable`, `Refused`, `Forbidden`.
    pub(super) async fn client(&self, engine: &Engine) -> Result<Client, PlatformError> {
        let known = self.open.lock().unwrap_or_else(PoisonError::into_inner).get(engine).cloned();
        if let Some((_, client)) = known.filter(|(made, _)| made.elapsed() < KEEP) {
            return Ok(client);
        }
        let what = format!("connect to the Docker engine at {engine}");
        let (docker, tunnel) = connect(engine).map_err(|error| failure::of(what.as_str(), &error))?;
        let docker = within(&what, docker.negotiate_version()).await;
        let docker = docker.map_err(|error| saying(error, tunnel.as_deref()))?;
        let client = Client { docker, _tunnel: tunnel };
        let made = (Instant::now(), client.clone());
        self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(engine.clone(), made);
        Ok(client)
    }
}

/// With the words of `ssh`: of itself the error says only that nobody answered.
fn saying(error: PlatformError, tunnel: Option<&Tunnel>) -> PlatformError {
    let said = tunnel.map(Tunnel::said).unwrap_or_default();
    match error {
        PlatformError::Unavailable { what, .. } if !said.is_empty() => PlatformError::Unavailable { what, why: said },
        error => error,
    }
}

fn connect(engine: &Engine) -> Result<(Docker, Option<Arc<Tunnel>>), Error> {
    let seconds = CALL.as_secs();
    let by_socket = |path: &Path| Docker::connect_with_unix(&path.to_string_lossy(), seconds, API_DEFAULT_VERSION);
    match engine {
        Engine::Socket(path) => Ok((by_socket(path)?, None)),
        Engine::Loopback(address) => {
            let address = format!("tcp://{address}");
            Ok((Docker::connect_with_http(&address, seconds, API_DEFAULT_VERSION)?, None))
        }
        Engine::Ssh(url) => {
            let tunnel = Tunnel::open(url)?;
            Ok((by_socket(&tunnel.socket())?, Some(Arc::new(tunnel))))
        }
        Engine::Tls(tls) => Ok((connect_with_tls(tls, seconds)?, None)),
    }
}

fn connect_with_tls(tls: &Tls, seconds: u64) -> Result<Docker, Error> {
    // Without a provider rustls would panic.
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        let error = std::io::Error::new(std::io::ErrorKind::Unsupported, "this build does not speak TLS");
        return Err(Error::from(error));
    }
    let (key, certificate, ca): (&Path, &Path, &Path) = (&tls.key, &tls.certificate, &tls.ca);
    Docker::connect_with_ssl(&format!("tcp://{}", tls.address), key, certificate, ca, seconds, API_DEFAULT_VERSION)
}

/// One engine.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) docker: Docker,
    // Open for as long as somebody may use it.
    _tunnel: Option<Arc<Tunnel>>,
}

impl Client {
    /// Reads JSON as the engine sends it. The path begins with `/` and holds only what a URL may.
    ///
    /// # Errors
    /// Any but `IntentChanged`.
    pub(super) async fn get(&self, what: &str, path: &str) -> Result<Value, PlatformError> {
        self.raw(what, "GET", path, Vec::new()).await
    }

    /// Sends JSON as it is.
    ///
    /// # Errors
    /// Any but `IntentChanged`.
    pub(super) async fn post(&self, what: &str, path: &str, body: &Value) -> Result<Value, PlatformError> {
        self.raw(what, "POST", path, body.to_string().into_bytes()).await
    }

    async fn raw(&self, what: &str, method: &'static str, path: &str, body: Vec<u8>) -> Result<Value, PlatformError> {
        let path = path.to_owned();
        let docker = self.docker.clone().with_request_modifier(move |request| {
            // What cannot be rewritten stays a read of a container that is not there.
            rewrite(request, method, &path, &body)
        });
        let answer = async { docker.export_container("raw").try_collect::<Vec<_>>().await };
        let bytes = within(what, answer).await?.concat();
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        let garbled =
            |error: serde_json::Error| PlatformError::Unavailable { what: what.to_owned(), why: error.to_string() };
        serde_json::from_slice(&bytes).map_err(garbled)
    }
}

fn rewrite(mut request: BollardRequest, method: &str, path: &str, body: &[u8]) -> BollardRequest {
    let address = request.uri().to_string().replacen(PLACEHOLDER, path, 1);
    if let (Ok(address), Ok(method)) = (address.parse(), method.parse()) {
        *request.uri_mut() = address;
        *request.method_mut() = method;
        *request.body_mut() = body_full(body.to_vec().into());
    }
    request
}

/// A call with the deadline of every call, and its error in the words of the port.
///
/// # Errors
/// Any but `IntentChanged`.
pub(super) async fn within<T>(what: &str, call: impl Future<Output = Result<T, Error>>) -> Result<T, PlatformError> {
    match tokio::time::timeout(CALL, call).await {
        Ok(answer) => answer.map_err(|error| failure::of(what, &error)),
        Err(_) => Err(PlatformError::Unavailable { what: what.to_owned(), why: format!("no answer within {CALL:?}") }),
    }
}
