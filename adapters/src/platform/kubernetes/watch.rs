//! A target on its way, told by the API server's own watches.
//!
//! Two watches feed one picture: the workload, and its pods. Where one of them ends, or what it knew is
//! gone (410), both begin anew from fresh lists. A peer that only keeps silent is found out by a read of
//! the workload now and then.

use std::collections::BTreeMap;
use std::time::Duration;

use commands::model::{Observation, TargetPlan};
use commands::ports::PlatformError;
use futures::stream::{self, BoxStream, SelectAll};
use futures::{FutureExt as _, StreamExt as _};
use jiff::Timestamp;
use kube::Client;
use kube::api::{DynamicObject, ListParams, ObjectList, WatchEvent, WatchParams};
use tokio::time::{Instant, sleep, timeout};

use super::address::{KubernetesAddress, WorkloadKind};
use super::cluster::{Clusters, within};
use super::history::History;
use super::judge::{Cluster, Memory, Seen, Way, judge};
use super::pod::{Pod, event_words};
use super::resource;
use super::workload::{TEMPLATE, Workload};

/// How often what is under way is judged again where nothing was heard: some verdicts are of time.
const TICK: Duration = Duration::from_secs(1);

/// How often the API server is asked whether what was heard is still so.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// How long after the API server could not be asked, or ended a watch, it is asked again.
const AFTER_TROUBLE: Duration = Duration::from_millis(500);

/// For how long the API server is to keep one watch; it ends it then, and we begin the next.
const WATCH_SECONDS: u32 = 240;

/// What is heard.
enum News {
    Workload(Option<Box<DynamicObject>>),
    Pod(Box<Pod>),
    PodGone(String),
    /// A watch ended, or failed.
    Over,
}

/// Watches that are open.
type Feed = SelectAll<BoxStream<'static, News>>;

struct Watch<'a> {
    source: Source<'a>,
    way: Way,
    began: Instant,
    asked: Instant,
    /// None where it must begin anew.
    feed: Option<Feed>,
    cluster: Result<Cluster, PlatformError>,
    memory: Memory,
    last: Option<Observation>,
    /// By the cluster's clock, when pods were refused last before the first look.
    refused_before: Option<Option<Timestamp>>,
    /// A resource version that was read and not heard of. It may be on its way.
    unheard: Option<Option<String>>,
}

/// One observation at once, then one for each change. It never ends, and may be dropped.
pub(super) fn watch<'a>(
    clusters: &'a Clusters,
    address: KubernetesAddress,
    plan: &TargetPlan,
) -> BoxStream<'a, Observation> {
    let from = plan.intent.fields.get(TEMPLATE).cloned().unwrap_or_default();
    let (now, what) = (Instant::now(), "look at the workload".to_owned());
    let watch = Watch {
        source: Source { clusters, address },
        way: Way { uid: plan.intent.identity.clone(), from, to: plan.to.clone() },
        began: now,
        asked: now,
        feed: None,
        cluster: Err(PlatformError::Unavailable { what, why: "it was not asked yet".to_owned() }),
        memory: Memory::default(),
        last: None,
        refused_before: None,
        unheard: None,
    };
    stream::unfold(watch, |mut watch| async move {
        let changed = watch.next().await;
        Some((changed, watch))
    })
    .boxed()
}

impl Watch<'_> {
    async fn next(&mut self) -> Observation {
        loop {
            self.hear().await;
            let seen = Seen { cluster: self.cluster.as_ref(), at: self.began.elapsed() };
            let now = judge(&self.way, &seen, &mut self.memory);
            if self.last.as_ref() != Some(&now) {
                self.last = Some(now.clone());
                return now;
            }
        }
    }

    /// Until something may have changed.
    async fn hear(&mut self) {
        let Some(feed) = &mut self.feed else { return self.begin().await };
        match timeout(TICK, feed.next()).await {
            Ok(Some(news)) => {
                let mut heard = vec![news];
                // What came at the same time is judged at once.
                while let Some(Some(more)) = feed.next().now_or_never() {
                    heard.push(more);
                }
                heard.into_iter().for_each(|news| self.take(news));
            }
            Ok(None) => self.feed = None,
            Err(_) => {}
        }
        if self.asked.elapsed() >= ASK_AGAIN {
            self.ask_again().await;
        }
    }

    fn take(&mut self, news: News) {
        let Ok(cluster) = &mut self.cluster else { return };
        match news {
            News::Workload(object) => {
                cluster.workload = object.map(|object| Workload::of(self.source.kind(), *object));
            }
            News::Pod(pod) => drop(cluster.pods.insert(pod.uid.clone(), *pod)),
            News::PodGone(uid) => drop(cluster.pods.remove(&uid)),
            News::Over => self.feed = None,
        }
    }

    /// Lists everything anew and opens watches from there.
    async fn begin(&mut self) {
        if self.last.is_some() {
            sleep(AFTER_TROUBLE).await;
        }
        self.asked = Instant::now();
        self.unheard = None;
        match self.source.look().await {
            Ok((cluster, feed, refusal)) => {
                self.cluster = Ok(cluster);
                self.feed = Some(feed);
                self.take_refusal(refusal);
            }
            Err(error) => self.cluster = Err(error),
        }
    }

    /// What was refused before the first look belongs to an earlier time.
    fn take_refusal(&mut self, newest: Option<Refusal>) {
        let when = newest.as_ref().and_then(|(when, _)| *when);
        let before = *self.refused_before.get_or_insert(when);
        if let Ok(cluster) = &mut self.cluster {
            cluster.refused = newest.filter(|(when, _)| *when > before).map(|(_, words)| words);
        }
    }

    /// A workload that was read twice and is another one than was heard of last was not told of: then
    /// everything begins anew. So it does where the API server does not answer.
    async fn ask_again(&mut self) {
        self.asked = Instant::now();
        let (read, refusal) = match self.source.read_again().await {
            Ok(read) => read,
            Err(error) => {
                self.feed = None;
                self.cluster = Err(error);
                return;
            }
        };
        self.take_refusal(refusal);
        let Ok(cluster) = &self.cluster else { return };
        let heard = cluster.workload.as_ref().map(Workload::resource_version);
        if heard == read.as_deref() {
            self.unheard = None;
        } else if self.unheard.as_ref() == Some(&read) {
            self.feed = None;
        } else {
            // It may be on its way: asked once more at the next tick.
            self.unheard = Some(read);
            self.asked = self.asked.checked_sub(ASK_AGAIN.saturating_sub(TICK)).unwrap_or(self.asked);
        }
    }
}

/// When pods were refused last, and why.
type Refusal = (Option<Timestamp>, String);

/// The workload's resource version, where it is there, and when and why its pods were refused last.
type ReadAgain = (Option<String>, Option<Refusal>);

/// Where it is all asked for.
struct Source<'a> {
    clusters: &'a Clusters,
    address: KubernetesAddress,
}

impl Source<'_> {
    fn kind(&self) -> WorkloadKind {
        self.address.workload.kind
    }

    async fn client(&self) -> Result<Client, PlatformError> {
        self.clusters.client(self.address.context.as_deref()).await
    }

    async fn look(&self) -> Result<(Cluster, Feed, Option<Refusal>), PlatformError> {
        let client = self.client().await?;
        let found = self.list_workload(&client).await?;
        let version = found.metadata.resource_version.unwrap_or_default();
        let workload = self.hear_workload(&client, version);
        let Some(object) = found.items.into_iter().next() else {
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
        let (history, pods) = (history?, pods?);
        let version = pods.metadata.resource_version.unwrap_or_default();
        let feed = SelectAll::from_iter([workload, self.hear_pods(&client, &now.selector(), version)]);
        let pods = pods.items.iter().map(Pod::of).map(|pod| (pod.uid.clone(), pod)).collect();
        Ok((Cluster { workload: Some(now), history, pods, refused: None }, feed, refusal))
    }

    async fn list_workload(&self, client: &Client) -> Result<ObjectList<DynamicObject>, PlatformError> {
        let name = &self.address.workload;
        let what = format!("look at the {name} in namespace {}", self.address.namespace);
        let api = resource::within(client, &self.address.namespace, resource::workloads(name.kind));
        within(&what, api.list(&ListParams::default().fields(&by_name(&name.name)))).await
    }

    async fn list_pods(
        &self,
        client: &Client,
        workload: &Workload,
    ) -> Result<ObjectList<DynamicObject>, PlatformError> {
        let what = format!("list the pods of the {}", self.address.workload);
        let api = resource::within(client, &self.address.namespace, resource::PODS);
        within(&what, api.list(&ListParams::default().labels(&workload.selector()))).await
    }

    async fn read_again(&self) -> Result<ReadAgain, PlatformError> {
        let client = self.client().await?;
        let found = self.list_workload(&client).await?;
        let Some(object) = found.items.first() else { return Ok((None, None)) };
        let uid = object.metadata.uid.as_deref().unwrap_or_default();
        Ok((object.metadata.resource_version.clone(), self.refusal(&client, uid).await))
    }

    /// Deployments tell by a condition that pods cannot be made; the others only by events.
    async fn refusal(&self, client: &Client, uid: &str) -> Option<Refusal> {
        if self.kind() == WorkloadKind::Deployment {
            return None;
        }
        let api = resource::within(client, &self.address.namespace, resource::EVENTS);
        let of = format!("involvedObject.uid={uid},reason=FailedCreate");
        // Without events nothing is claimed.
        let found = within("list events", api.list(&ListParams::default().fields(&of))).await.ok()?;
        found.items.iter().map(event_words).max_by_key(|(when, _)| *when)
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

/// One watch from this version on, until it ends for whatever reason.
fn heard(
    api: kube::Api<DynamicObject>,
    params: WatchParams,
    version: String,
    news: impl Fn(DynamicObject, bool) -> News + Send + Copy + 'static,
) -> BoxStream<'static, News> {
    let open = async move {
        match api.watch(&params, &version).await {
            Ok(events) => events.boxed(),
            Err(error) => stream::iter([Err(error)]).boxed(),
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
    told.chain(stream::iter([News::Over])).boxed()
}
