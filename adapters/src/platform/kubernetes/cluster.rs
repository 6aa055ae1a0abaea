//! The way to a cluster: the service account of the pod in which the bot runs, or a context of a
//! kubeconfig.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use commands::ports::PlatformError;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use jiff::Timestamp;
use kube::config::{ExecInteractiveMode, KubeConfigOptions, Kubeconfig};
use kube::{Client, Config, Error};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::argocd::ArgoCdSettings;
use super::failure;
use super::retry;

/// How long one call may take. Admission webhooks may take as long (their own default, and the most that
/// the API server waits for one, are 10 s and 30 s: kubernetes.io, "Dynamic Admission Control").
pub(super) const CALL: Duration = Duration::from_secs(15);

/// How long it may take to reach an API server.
const CONNECT: Duration = Duration::from_secs(5);

/// How long a connection may be in the making before another one is tried beside it.
const ANEW_AFTER: Duration = Duration::from_secs(60);

/// What people call the cluster in which the bot runs.
const OWN_CLUSTER: &str = "its own cluster";

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
    /// Where Argo CD is, which may own workloads.
    pub argocd: ArgoCdSettings,
}

/// Clients, one for each context; made when they are first needed, and anew when the kubeconfig changes or
/// their credentials expire.
#[derive(Clone, Default)]
pub(super) struct Clusters {
    settings: KubernetesSettings,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    open: HashMap<Option<String>, Connection>,
    /// Connections that are being made. A program that gets credentials may hang: then one does, and not one
    /// more for each call.
    pending: HashMap<Way, (Instant, Pending)>,
}

/// A context, and when the kubeconfig that leads there was written.
type Way = (Option<String>, Option<SystemTime>);

type Pending = Shared<BoxFuture<'static, Result<Connection, PlatformError>>>;

/// A way to an API server that stands.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) client: Client,
    /// What people call the cluster, and where it is.
    pub(super) cluster: String,
    /// When the kubeconfig of which it was made was written.
    written: Option<SystemTime>,
}

impl Connection {
    fn serves(&self, written: Option<SystemTime>) -> bool {
        let has_expired = self.client.valid_until().is_some_and(|until| until <= Timestamp::now());
        self.written == written && !has_expired
    }
}

/// Credentials never print.
impl fmt::Debug for Clusters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clusters").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Clusters {
    pub(super) fn new(settings: KubernetesSettings) -> Self {
        Self { settings, state: Arc::default() }
    }

    /// Where Argo CD is.
    pub(super) fn argocd(&self) -> &ArgoCdSettings {
        &self.settings.argocd
    }

    /// The client of a target that names this context.
    ///
    /// # Errors
    /// `Refused`, `Unavailable`.
    pub(super) async fn client(&self, context: Option<&str>) -> Result<Client, PlatformError> {
        self.connection(context).await.map(|connection| connection.client)
    }

    /// The same, with the name of the cluster.
    ///
    /// # Errors
    /// `Refused`, `Unavailable`.
    pub(super) async fn connection(&self, context: Option<&str>) -> Result<Connection, PlatformError> {
        let context = context.or(self.settings.context.as_deref());
        tokio::time::timeout(CALL, self.reach(context)).await.map_err(|_| silent(&what(context)))?
    }

    async fn reach(&self, context: Option<&str>) -> Result<Connection, PlatformError> {
        let written = match &self.settings.kubeconfig {
            Some(path) => written(path).await,
            None => None,
        };
        let open = self.lock().open.get(&context.map(str::to_owned)).cloned();
        if let Some(open) = open.filter(|open| open.serves(written)) {
            return Ok(open);
        }
        self.pending((context.map(str::to_owned), written)).await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection that is being made on this way, or the beginning of one. On a thread of its own: the
    /// program that gets credentials is waited for without giving way (kube 5.0, `client/auth/mod.rs`).
    fn pending(&self, way: Way) -> Pending {
        let mut state = self.lock();
        if let Some((begun, pending)) = state.pending.get(&way)
            && begun.elapsed() < ANEW_AFTER
        {
            return pending.clone();
        }
        let (clusters, of) = (self.clone(), way.clone());
        let runtime = tokio::runtime::Handle::current();
        let made = tokio::task::spawn_blocking(move || {
            let made = runtime.block_on(clusters.connect(&of));
            let mut state = clusters.lock();
            state.pending.remove(&of);
            if let Ok(connection) = &made {
                state.open.insert(of.0, connection.clone());
            }
            made
        });
        let what = what(way.0.as_deref());
        let made = made.map(move |joined| joined.unwrap_or_else(|error| Err(refused(&what, &error.to_string()))));
        let pending = made.boxed().shared();
        state.pending.insert(way, (Instant::now(), pending.clone()));
        pending
    }

    async fn connect(&self, (context, written): &Way) -> Result<Connection, PlatformError> {
        let what = what(context.as_deref());
        // Without a provider rustls would panic where it cannot choose one.
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(refused(&what, "this build does not speak TLS"));
        }
        let (mut config, name) = self.config(&what, context.as_deref()).await?;
        let cluster = format!("{name} ({})", config.cluster_url);
        config.connect_timeout = Some(CONNECT);
        let client = retry::client(config).map_err(|error| failure::of(what, &error))?;
        Ok(Connection { client, cluster, written: *written })
    }

    /// The way there, and what people call the cluster.
    async fn config(&self, what: &str, context: Option<&str>) -> Result<(Config, String), PlatformError> {
        match (&self.settings.kubeconfig, context) {
            (Some(path), context) => {
                let told = |error| failure::of(format!("{what} by {}", path.display()), &Error::InferKubeconfig(error));
                let kubeconfig = Kubeconfig::read_from(path).map_err(told).map(for_nobody)?;
                let name = context.map(str::to_owned).or_else(|| kubeconfig.current_context.clone());
                let options = KubeConfigOptions { context: context.map(str::to_owned), ..KubeConfigOptions::default() };
                let config = Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(told)?;
                Ok((config, name.unwrap_or_default()))
            }
            (None, Some(_)) => Err(refused(what, "no kubeconfig is set: name one in `[kubernetes]`")),
            (None, None) => match Config::incluster() {
                Ok(config) => Ok((config, OWN_CLUSTER.to_owned())),
                Err(error) => {
                    let why =
                        format!("the bot does not run in a cluster ({error}), and `[kubernetes]` names no kubeconfig");
                    Err(refused(what, &why))
                }
            },
        }
    }
}

fn what(context: Option<&str>) -> String {
    match context {
        Some(context) => format!("connect to the cluster of context {context}"),
        None => "connect to the cluster".to_owned(),
    }
}

/// Nobody sits before the bot: a program that gets credentials is not to ask anybody, nor to read what the
/// bot is told by its terminal.
fn for_nobody(mut kubeconfig: Kubeconfig) -> Kubeconfig {
    let users = kubeconfig.auth_infos.iter_mut().filter_map(|user| user.auth_info.as_mut());
    for program in users.filter_map(|user| user.exec.as_mut()) {
        program.interactive_mode = Some(ExecInteractiveMode::Never);
    }
    kubeconfig
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
