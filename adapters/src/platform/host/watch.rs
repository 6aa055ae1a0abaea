//! A target on its way, looked at again and again.
//!
//! The kernel does not tell when a process changes its program or its folder, so the whole is polled;
//! systemd's properties are read in the same look, so that both are of one moment.

use std::collections::BTreeSet;
use std::time::Duration;

use commands::model::{Observation, TargetPlan, Verdict};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio::time::{Instant, sleep};

use super::address::HostAddress;
use super::judge::{Memory, Seen, judge};
use super::service::Services;
use super::state;

/// How long between two looks at what is on its way.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How long between two looks at what has arrived, or will not: what changes then has more time.
const REST: Duration = Duration::from_secs(1);

struct Watch<'a> {
    services: &'a Services,
    address: HostAddress,
    plan: &'a TargetPlan,
    began: Instant,
    memory: Memory,
    last: Option<Observation>,
    /// Invocations whose last words were asked for, and what they were.
    heard: BTreeSet<String>,
    words: Vec<String>,
}

/// One observation at once, then one for each change. It never ends, and may be dropped.
pub(super) fn watch<'a>(
    services: &'a Services,
    address: HostAddress,
    plan: &'a TargetPlan,
) -> BoxStream<'a, Observation> {
    let (began, memory) = (Instant::now(), Memory::default());
    let watch = Watch { services, address, plan, began, memory, last: None, heard: BTreeSet::new(), words: Vec::new() };
    stream::unfold(watch, |mut watch| async move {
        let changed = watch.next().await;
        Some((changed, watch))
    })
    .boxed()
}

impl Watch<'_> {
    async fn next(&mut self) -> Observation {
        loop {
            if let Some(last) = &self.last {
                sleep(pause(&last.verdict)).await;
            }
            let now = self.look().await;
            if self.last.as_ref() != Some(&now) {
                self.last = Some(now.clone());
                return now;
            }
        }
    }

    async fn look(&mut self) -> Observation {
        let seen = self.see().await;
        let mut now = judge(&self.plan.to, &seen, &mut self.memory);
        if let (Verdict::Failed(trouble), Ok(Some(sight))) = (&mut now.verdict, &seen.service) {
            // Asked once for each start of the service, so that a lasting failure costs nothing.
            if sight.invocation.clone().is_some_and(|id| self.heard.insert(id)) {
                self.words = self.services.last_words(&self.address, sight).await;
            }
            trouble.evidence.extend(self.words.iter().cloned());
        }
        now
    }

    async fn see(&self) -> Seen {
        match state::read(&self.address).await {
            Ok(state) => {
                let service = match &state.link {
                    Ok(_) => self.services.look(&self.address, &state.releases).await,
                    // Without knowing where the link leads, what runs says nothing.
                    Err(_) => Ok(None),
                };
                Seen { link: state.link, service, at: self.began.elapsed() }
            }
            Err(error) => Seen { link: Err(error), service: Ok(None), at: self.began.elapsed() },
        }
    }
}

fn pause(verdict: &Verdict) -> Duration {
    match verdict {
        Verdict::InProgress(_) | Verdict::Unknown(_) => LOOK_EVERY,
        Verdict::Done | Verdict::Failed(_) | Verdict::Superseded { .. } => REST,
    }
}
