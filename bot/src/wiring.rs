//! Which adapter stands behind which port: the only place that names them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use adapters::clock::SystemClock;
use adapters::hook::ProcessHooks;
use adapters::oncall::rota::{RotaSettings, StaticRota};
use adapters::platform::host::{self, HostPlatform};
#[cfg(feature = "kubernetes")]
use adapters::platform::kubernetes::{self, ArgoCdSettings, KubernetesPlatform, KubernetesSettings};
#[cfg(feature = "swarm")]
use adapters::platform::swarm::{self, SwarmPlatform};
use adapters::probe::http::HttpProbe;
use adapters::store::sqlite::SqliteStore;
use anyhow::Context as _;
use async_trait::async_trait;
use commands::model::{PersonId, RoleAnswer, Service};
use commands::ports::{Chat, Clock, OnCall, OnCallError, Platform, Ports};

#[cfg(feature = "kubernetes")]
use crate::configuration::Unread;
use crate::configuration::{Configuration, Kubernetes, Platforms, Refusal, Vocabulary, check_addresses, load};

/// Every platform of this build, by the name in the catalogue.
#[must_use]
#[cfg_attr(not(feature = "kubernetes"), expect(unused_variables, reason = "one configuration serves all builds"))]
pub fn platforms(clusters: &Kubernetes) -> Platforms {
    let host: Arc<dyn Platform> = Arc::new(HostPlatform::new());
    let all = [
        (host::NAME.into(), host),
        #[cfg(feature = "kubernetes")]
        (kubernetes::NAME.into(), Arc::new(KubernetesPlatform::new(settings(clusters)))),
        #[cfg(feature = "swarm")]
        (swarm::NAME.into(), Arc::new(SwarmPlatform::new())),
    ];
    BTreeMap::from(all)
}

#[cfg(feature = "kubernetes")]
fn settings(clusters: &Kubernetes) -> KubernetesSettings {
    let Kubernetes { kubeconfig, context, argocd } = clusters.clone();
    let unread = match argocd.unread {
        Unread::Refuse => kubernetes::Unread::Refuse,
        Unread::Warn => kubernetes::Unread::Warn,
    };
    let argocd = ArgoCdSettings { namespace: argocd.namespace, context: argocd.context, unread };
    KubernetesSettings { kubeconfig, context, argocd }
}

/// Reads a configuration, and holds it against the grammar, the rota and the platforms of this build.
///
/// # Errors
/// [`Refusal`], with everything that is wrong.
pub fn configuration(path: &Path) -> Result<Configuration, Box<Refusal>> {
    let configuration = load(path, &vocabulary())?;
    let problems = check_addresses(&configuration, &platforms(&configuration.wiring.kubernetes));
    match configuration.refused_for(problems) {
        Some(refusal) => Err(Box::new(refusal)),
        None => Ok(configuration),
    }
}

/// What a configuration must agree with.
#[must_use]
pub fn vocabulary() -> Vocabulary<'static> {
    Vocabulary {
        is_reserved: &commands::parse::is_reserved,
        on_call: &persons_of_rota,
        variable: &|name| std::env::var(name).ok(),
    }
}

fn persons_of_rota(settings: &RotaSettings) -> Result<Vec<PersonId>, String> {
    let persons = settings.persons().into_iter().cloned().collect();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    StaticRota::new(settings.clone(), clock).map_err(|error| error.to_string())?;
    Ok(persons)
}

/// Who is on call by this configuration; nobody where it has no rota.
///
/// # Errors
/// The rota cannot be followed.
pub fn on_call(configuration: &Configuration, clock: &Arc<dyn Clock>) -> anyhow::Result<Arc<dyn OnCall>> {
    let Some(rota) = &configuration.wiring.rota else { return Ok(Arc::new(NoRota)) };
    Ok(Arc::new(StaticRota::new(rota.clone(), Arc::clone(clock)).context("following [rota]")?))
}

/// Opens the log and joins every power to its port.
///
/// # Errors
/// The log cannot be opened, the rota not be followed, or probes not be sent.
pub async fn ports(
    configuration: &Configuration,
    chats: Vec<Arc<dyn Chat>>,
) -> anyhow::Result<(Ports, Arc<SqliteStore>)> {
    let store = Arc::new(SqliteStore::open(&configuration.wiring.store).await.context("opening the log")?);
    Ok((ports_over(configuration, chats, Arc::clone(&store))?, store))
}

/// Joins every power to its port, over a log that is open.
///
/// # Errors
/// The rota cannot be followed, or probes not be sent.
pub fn ports_over(
    configuration: &Configuration,
    chats: Vec<Arc<dyn Chat>>,
    store: Arc<SqliteStore>,
) -> anyhow::Result<Ports> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    Ok(Ports {
        on_call: on_call(configuration, &clock)?,
        clock,
        store,
        platforms: platforms(&configuration.wiring.kubernetes),
        chats,
        hooks: Arc::new(ProcessHooks::guarded_by_itself()),
        probe: Arc::new(HttpProbe::new().context("preparing probes")?),
    })
}

/// The clock of this machine.
#[must_use]
pub fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::new())
}

/// Rustls wants one crypto provider for the whole process, chosen before anything speaks TLS.
pub fn install_crypto_provider() {
    #[cfg(feature = "tls")]
    {
        // An error says that one was installed before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

/// Where the configuration has no rota, nobody is on call.
struct NoRota;

#[async_trait]
impl OnCall for NoRota {
    async fn on_call(&self, _service: &Service) -> Result<RoleAnswer, OnCallError> {
        Err(OnCallError::Nobody { rota: "the configuration, which has no [rota]".to_owned() })
    }
}
