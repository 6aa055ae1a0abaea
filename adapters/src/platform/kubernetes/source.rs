//! Where a picture of a workload comes from: lists, the watches that begin where these end, and the versions
//! of everything by which it is seen whether a watch still tells.

use std::collections::BTreeMap;
use std::time::Duration;

use commands::ports::PlatformError;
use futures::stream::{self, BoxStream, SelectAll};
use futures::{FutureExt as _, StreamExt as _};
use kube::Client;
use kube::api::{DynamicObject, ListParams, ObjectMeta, WatchEvent, WatchParams};
use tokio::time::{sleep, timeout};

use super::address::{KubernetesAddress, WorkloadKind};
use super::cluster::{CALL, Clusters, within};
use super::history::History;
use super::judge::{Cluster, Refusal};
use super::pod::{Pod, refusal};
use super::resource;
use super::workload::Workload;

/// For how long the API server is to keep one watch; it ends it then, and we begin the next.
const WATCH_SECONDS: u32 = 240;

/// How long a watch may last all the same.
const WATCH: Duration = Duration::from_secs(WATCH_SECONDS as u64 + CALL.as_secs());

/// What is heard.
pub(super) enum News {
    Workload(Option<Box<DynamicObject>>),
    Pod(Box<Pod>),
    PodGone(String),
    /// A watch ended, or failed.
    Over,
}

/// Watches that are open.
pub(super) type Feed = SelectAll<BoxStream<'static, News>>;

/// The resource version of each object, by its uid; none of one that is gone.
pub(super) type Versions = BTreeMap<String, Option<String>>;

/// The newest refusal to make a pod, where there was one; `None` where the cluster does not say.
pub(super) type Newest = Option<Option<Refusal>>;

/// Where it is all asked for.
pub(super) struct Source<'a> {
    clusters: &'a Clusters,
    address: KubernetesAddress,
}

impl<'a> Source<'a> {
    pub(super) fn new(clusters: &'a Clusters, address: KubernetesAddress) -> Self {
        Self { clusters, address }
    }

    pub(super) fn kind(&self) -> WorkloadKind {
        self.address.workload.kind
    }

    async fn client(&self) -> Result<Client, PlatformError> {
        self.clusters.client(self.address.context.as_deref()).await
    }

    /// Lists all of it, and opens watches from there. Beside it, the newest refusal to make a pod.
    ///
    /// # Errors
    /// The cluster cannot be asked.
    pub(super) async fn look(&self) -> Result<(Cluster, Feed, Newest), PlatformError> {
        let client = self.client().await?;
        let (found, version) = self.list_workload(&client).await?;
        let workload = self.hear_workload(&client, version);
        let Some(object) = found.into_iter().next() else {
            let history = History::new(Vec::new(), &self.address);
            let cluster = Cluster { workload: None, history, pods: BTreeMap::new(), refused: None };
            return Ok((cluster, SelectAll::from_iter([workload]), None));
        };
        let now = Workload::of(self.kind(), object);
        let (history, pods, refusal) = tokio::join!(
            History::read(&client, &self.address, &now),
            self.list_pods(&client, &now),
            self.refusal(&client, now.uid())
        );
        let (history, (pods, version)) = (history?, pods?);
        let feed = SelectAll::from_iter([workload, self.hear_pods(&client, &now.selector(), version)]);
        let pods = pods.iter().map(Pod::of).map(|pod| (pod.uid.clone(), pod)).collect();
        Ok((Cluster { workload: Some(now), history, pods, refused: None }, feed, refusal))
    }

    /// Which versions of all of it there are now, and the newest refusal to make a pod.
    ///
    /// # Errors
    /// The cluster cannot be asked.
    pub(super) async fn versions(&self, known: Option<&Workload>) -> Result<(Versions, Newest), PlatformError> {
        let client = self.client().await?;
        let (found, _) = self.list_workload(&client).await?;
        let mut versions: Versions = found.iter().map(|object| version(&object.metadata)).collect();
        let Some(known) = known else { return Ok((versions, None)) };
        let what = format!("list the pods of the {}", self.address.workload);
        let pods = resource::within(&client, &self.address.namespace, resource::PODS);
        let selector = ListParams::default().labels(&known.selector());
        let (listed, refusal) =
            tokio::join!(within(&what, resource::all_metadata(&pods, selector)), self.refusal(&client, known.uid()));
        versions.extend(listed?.iter().map(version));
        Ok((versions, refusal))
    }

    async fn list_workload(&self, client: &Client) -> Result<(Vec<DynamicObject>, String), PlatformError> {
        let name = &self.address.workload;
        let what = format!("look at the {name} in namespace {}", self.address.namespace);
        let api = resource::within(client, &self.address.namespace, resource::workloads(name.kind));
        within(&what, resource::all_at(&api, ListParams::default().fields(&by_name(&name.name)))).await
    }

    async fn list_pods(
        &self,
        client: &Client,
        workload: &Workload,
    ) -> Result<(Vec<DynamicObject>, String), PlatformError> {
        let what = format!("list the pods of the {}", self.address.workload);
        let api = resource::within(client, &self.address.namespace, resource::PODS);
        within(&what, resource::all_at(&api, ListParams::default().labels(&workload.selector()))).await
    }

    /// Deployments tell by a condition that pods cannot be made; the others only by events.
    async fn refusal(&self, client: &Client, uid: &str) -> Newest {
        if self.kind() == WorkloadKind::Deployment {
            return Some(None);
        }
        let api = resource::within(client, &self.address.namespace, resource::EVENTS);
        let of = format!("involvedObject.uid={uid},reason=FailedCreate");
        // Without events nothing is claimed.
        let found = within("list events", resource::all(&api, ListParams::default().fields(&of))).await.ok()?;
        Some(found.iter().map(refusal).max_by_key(|refusal| refusal.when))
    }

    fn hear_workload(&self, client: &Client, version: String) -> BoxStream<'static, News> {
        let name = &self.address.workload;
        let api = resource::within(client, &self.address.namespace, resource::workloads(name.kind));
        let params = WatchParams::default().fields(&by_name(&name.name)).timeout(WATCH_SECONDS);
        heard(api, params, version, |object, is_gone| News::Workload((!is_gone).then(|| Box::new(object))))
    }

    fn hear_pods(&self, client: &Client, selector: &str, version: String) -> BoxStream<'static, News> {
        let api = resource::within(client, &self.address.namespace, resource::PODS);
        let params = WatchParams::default().labels(selector).timeout(WATCH_SECONDS);
        heard(api, params, version, |object, is_gone| {
            if is_gone {
                News::PodGone(object.metadata.uid.unwrap_or_default())
            } else {
                News::Pod(Box::new(Pod::of(&object)))
            }
        })
    }
}

fn by_name(name: &str) -> String {
    format!("metadata.name={name}")
}

fn version(metadata: &ObjectMeta) -> (String, Option<String>) {
    (metadata.uid.clone().unwrap_or_default(), metadata.resource_version.clone())
}

/// One watch from this version on, until it ends for whatever reason.
fn heard(
    api: kube::Api<DynamicObject>,
    params: WatchParams,
    version: String,
    news: impl Fn(DynamicObject, bool) -> News + Send + Copy + 'static,
) -> BoxStream<'static, News> {
    let open = async move {
        match timeout(CALL, api.watch(&params, &version)).await {
            Ok(Ok(events)) => events.boxed(),
            Ok(Err(error)) => stream::iter([Err(error)]).boxed(),
            Err(_) => stream::empty().boxed(),
        }
    };
    let told = open.flatten_stream().filter_map(move |event| async move {
        match event {
            Ok(WatchEvent::Added(object) | WatchEvent::Modified(object)) => Some(news(object, false)),
            Ok(WatchEvent::Deleted(object)) => Some(news(object, true)),
            Ok(WatchEvent::Bookmark(_)) => None,
            Ok(WatchEvent::Error(_)) | Err(_) => Some(News::Over),
        }
    });
    told.take_until(sleep(WATCH)).chain(stream::iter([News::Over])).boxed()
}
