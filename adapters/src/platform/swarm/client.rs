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

use super::address::{Engine, Tls};
use super::failure;

/// How long one call may take. The engine asks registries on the bot's behalf, which is the slowest.
const CALL: Duration = Duration::from_secs(10);

/// What a raw call is made of: its path is replaced before it is sent.
const PLACEHOLDER: &str = "/containers/raw/export";

/// Connections, one for each engine; made when they are first needed.
#[derive(Debug, Clone, Default)]
pub(super) struct Engines {
    open: Arc<Mutex<HashMap<Engine, Docker>>>,
}

impl Engines {
    /// The client of this engine, speaking a version of the interface that the engine knows.
    ///
    /// # Errors
    /// `Unavailable`, `Refused`, `Forbidden`.
    pub(super) async fn client(&self, engine: &Engine) -> Result<Client, PlatformError> {
        let known = self.open.lock().unwrap_or_else(PoisonError::into_inner).get(engine).cloned();
        if let Some(docker) = known {
            return Ok(Client { docker });
        }
        let what = "connect to the Docker engine";
        let docker = within(what, async { connect(engine)?.negotiate_version().await }).await?;
        self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(engine.clone(), docker.clone());
        Ok(Client { docker })
    }
}

fn connect(engine: &Engine) -> Result<Docker, Error> {
    let seconds = CALL.as_secs();
    match engine {
        Engine::Socket(path) => Docker::connect_with_unix(&path.to_string_lossy(), seconds, API_DEFAULT_VERSION),
        Engine::Loopback(address) => {
            Docker::connect_with_http(&format!("tcp://{address}"), seconds, API_DEFAULT_VERSION)
        }
        Engine::Ssh(url) => Docker::connect_with_ssh(url, seconds, API_DEFAULT_VERSION, None),
        Engine::Tls(tls) => connect_with_tls(tls, seconds),
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
