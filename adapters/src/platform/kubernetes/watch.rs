//! A target on its way, told by the API server's own watches.
//!
//! Two watches feed one picture: the workload, and its pods. Where one of them ends, or what it knew is
//! gone (410), both begin anew from fresh lists. A peer that only keeps silent is found out by reading now
//! and then which versions of all of them there are.

use std::time::Duration;

use commands::model::{Observation, TargetPlan};
use commands::ports::PlatformError;
use futures::stream::{self, BoxStream};
use futures::{FutureExt as _, StreamExt as _};
use jiff::Timestamp;
use tokio::time::{Instant, sleep, timeout};

use super::address::KubernetesAddress;
use super::cluster::Clusters;
use super::judge::{Cluster, Memory, Seen, Way, judge};
use super::source::{Feed, Newest, News, Source, Versions};
use super::workload::Workload;

/// How often what is under way is judged again where nothing was heard: some verdicts are of time.
const TICK: Duration = Duration::from_secs(1);

/// How often the API server is asked whether what was heard is still so.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// How long after the API server could not be asked, or ended a watch, it is asked again.
const AFTER_TROUBLE: Duration = Duration::from_millis(500);

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
    /// Versions that were read and not heard of. They may be on their way.
    unheard: Versions,
}

/// One observation at once, then one for each change. It never ends, and may be dropped.
pub(super) fn watch<'a>(
    clusters: &'a Clusters,
    address: KubernetesAddress,
    plan: &TargetPlan,
) -> BoxStream<'a, Observation> {
    let (now, what) = (Instant::now(), "look at the workload".to_owned());
    let watch = Watch {
        source: Source::new(clusters, address),
        way: Way { uid: plan.intent.identity.clone(), to: plan.to.clone() },
        began: now,
        asked: now,
        feed: None,
        cluster: Err(PlatformError::Unavailable { what, why: "it was not asked yet".to_owned() }),
        memory: Memory::default(),
        last: None,
        refused_before: None,
        unheard: Versions::new(),
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
            let (at, now) = (self.began.elapsed(), Timestamp::now());
            let seen = Seen { cluster: self.cluster.as_ref(), at, now };
            let judged = judge(&self.way, &seen, &mut self.memory);
            if self.last.as_ref() != Some(&judged) {
                self.last = Some(judged.clone());
                return judged;
            }
        }
    }

    /// Until something may have changed.
    async fn hear(&mut self) {
        let Some(feed) = &mut self.feed else { return self.begin().await };
        match timeout(TICK, feed.next()).await {
            Ok(Some(news)) => self.take(news),
            Ok(None) => self.feed = None,
            Err(_) => {}
        }
        if self.asked.elapsed() >= ASK_AGAIN {
            self.ask_again().await;
        }
        // What came at the same time, or while it was asked, is judged at once: no old picture is.
        while let Some(Some(news)) = self.feed.as_mut().and_then(|feed| feed.next().now_or_never()) {
            self.take(news);
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
        self.unheard = Versions::new();
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
    fn take_refusal(&mut self, newest: Newest) {
        let Some(newest) = newest else { return };
        let when = newest.as_ref().and_then(|refusal| refusal.when);
        let before = *self.refused_before.get_or_insert(when);
        if let Ok(cluster) = &mut self.cluster {
            cluster.refused = newest.filter(|refusal| refusal.when > before);
        }
    }

    /// What was read twice, a while apart, and not heard of in between was not told: then everything begins
    /// anew. So it does where the API server does not answer.
    async fn ask_again(&mut self) {
        self.asked = Instant::now();
        let Ok(cluster) = &self.cluster else { return };
        let (read, refusal) = match self.source.versions(cluster.workload.as_ref()).await {
            Ok(read) => read,
            Err(error) => {
                self.feed = None;
                self.cluster = Err(error);
                return;
            }
        };
        let heard = heard(cluster);
        self.take_refusal(refusal);
        let unheard = differing(&heard, &read);
        if unheard.iter().any(|(uid, version)| self.unheard.get(uid) == Some(version)) {
            self.feed = None;
        } else if !unheard.is_empty() {
            // Asked once more at the next tick.
            self.asked = self.asked.checked_sub(ASK_AGAIN.saturating_sub(TICK)).unwrap_or(self.asked);
        }
        self.unheard = unheard;
    }
}

/// The versions of all that is known.
fn heard(cluster: &Cluster) -> Versions {
    let version = |workload: &Workload| (workload.uid().to_owned(), Some(workload.resource_version().to_owned()));
    let pods = cluster.pods.values().map(|pod| (pod.uid.clone(), Some(pod.resource_version.clone())));
    cluster.workload.iter().map(version).chain(pods).collect()
}

/// What was read and is not what was heard; what was not read is gone.
fn differing(heard: &Versions, read: &Versions) -> Versions {
    let gone = heard.keys().filter(|uid| !read.contains_key(*uid)).map(|uid| (uid.clone(), None));
    let other = read.iter().filter(|(uid, version)| heard.get(*uid) != Some(*version));
    other.map(|(uid, version)| (uid.clone(), version.clone())).chain(gone).collect()
}
