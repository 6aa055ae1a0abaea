//! The way to a cluster: the service account of the pod in which the bot runs, or a context of a
//! kubeconfig.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use commands::ports::PlatformError;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config, Error};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::failure;

/// How long one call may take. Admission webhooks may take as long (their own default, and the most that
/// the API server waits for one, are 10 s and 30 s: kubernetes.io, "Dynamic Admission Control").
pub(super) const CALL: Duration = Duration::from_secs(15);

/// How long it may take to reach an API server.
const CONNECT: Duration = Duration::from_secs(5);

/// Which clusters there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KubernetesSettings {
    /// The kubeconfig whose contexts lead to clusters. The service account of the pod in which the bot
    /// runs where nothing is said.
    #[schemars(with = "Option<String>")]
    pub kubeconfig: Option<PathBuf>,
    /// The context of targets that name none; the current context of the kubeconfig where nothing is
    /// said.
    pub context: Option<String>,
}

/// Clients, one for each context; made when they are first needed, and anew when the kubeconfig changes.
#[derive(Clone, Default)]
pub(super) struct Clusters {
    settings: KubernetesSettings,
    open: Arc<Mutex<HashMap<Option<String>, Open>>>,
}

struct Open {
    client: Client,
    /// When the kubeconfig of which it was made was written.
    written: Option<SystemTime>,
}

/// Credentials never print.
impl fmt::Debug for Clusters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clusters").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Clusters {
    pub(super) fn new(settings: KubernetesSettings) -> Self {
        Self { settings, open: Arc::default() }
    }

    /// The client of a target that names this context.
    ///
    /// # Errors
    /// `Refused`, `Unavailable`.
    pub(super) async fn client(&self, context: Option<&str>) -> Result<Client, PlatformError> {
        let context = context.or(self.settings.context.as_deref());
        let written = match &self.settings.kubeconfig {
            Some(path) => written(path).await,
            None => None,
        };
        if let Some(known) = self.known(context, written) {
            return Ok(known);
        }
        let what = match context {
            Some(context) => format!("connect to the cluster of context {context}"),
            None => "connect to the cluster".to_owned(),
        };
        let client = tokio::time::timeout(CALL, self.connect(&what, context)).await;
        let client = client.map_err(|_| silent(&what))??;
        let open = Open { client: client.clone(), written };
        self.lock().insert(context.map(str::to_owned), open);
        Ok(client)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Option<String>, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, context: Option<&str>, written: Option<SystemTime>) -> Option<Client> {
        let open = self.lock();
        let known = open.get(&context.map(str::to_owned)).filter(|known| known.written == written)?;
        Some(known.client.clone())
    }

    async fn connect(&self, what: &str, context: Option<&str>) -> Result<Client, PlatformError> {
        // Without a provider rustls would panic where it cannot choose one.
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(refused(what, "this build does not speak TLS"));
        }
        let mut config = self.config(what, context).await?;
        config.connect_timeout = Some(CONNECT);
        Client::try_from(config).map_err(|error| failure::of(what, &error))
    }

    async fn config(&self, what: &str, context: Option<&str>) -> Result<Config, PlatformError> {
        match (&self.settings.kubeconfig, context) {
            (Some(path), context) => {
                let told = |error| failure::of(format!("{what} by {}", path.display()), &Error::InferKubeconfig(error));
                let kubeconfig = Kubeconfig::read_from(path).map_err(told)?;
                let options = KubeConfigOptions { context: context.map(str::to_owned), ..KubeConfigOptions::default() };
                Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(told)
            }
            (None, Some(_)) => Err(refused(what, "no kubeconfig is set: name one in `[kubernetes]`")),
            (None, None) => Config::incluster().map_err(|error| {
                let why =
                    format!("the bot does not run in a cluster ({error}), and `[kubernetes]` names no kubeconfig");
                refused(what, &why)
            }),
        }
    }
}

async fn written(path: &Path) -> Option<SystemTime> {
    tokio::fs::metadata(path).await.and_then(|about| about.modified()).ok()
}

fn refused(what: &str, why: &str) -> PlatformError {
    PlatformError::Refused { what: what.to_owned(), why: why.to_owned() }
}

fn silent(what: &str) -> PlatformError {
    PlatformError::Unavailable { what: what.to_owned(), why: format!("no answer within {CALL:?}") }
}

/// A call with the deadline of every call, and its error in the words of the port.
///
/// # Errors
/// Any but `IntentChanged`.
pub(super) async fn within<T>(what: &str, call: impl Future<Output = Result<T, Error>>) -> Result<T, PlatformError> {
    match tokio::time::timeout(CALL, call).await {
        Ok(answer) => answer.map_err(|error| failure::of(what, &error)),
        Err(_) => Err(silent(what)),
    }
}
