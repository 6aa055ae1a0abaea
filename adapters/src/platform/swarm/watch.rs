//! A target on its way, looked at again and again.
//!
//! The engine's events of a service tell of its updates, not of its tasks, so the whole is polled, as
//! Docker's own program does.

use std::time::Duration;

use commands::model::{Observation, TargetPlan, Verdict};
use commands::ports::PlatformError;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio::time::{Instant, sleep};

use super::address::SwarmAddress;
use super::client::Engines;
use super::failure;
use super::image::Image;
use super::judge::{Memory, Seen, Swarm, Way, judge};
use super::node::Node;
use super::service::Service;
use super::task::Task;

/// How long between two looks at what is on its way.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How long between two looks at what has arrived, or will not: what changes then has more time.
const REST: Duration = Duration::from_secs(1);

struct Watch<'a> {
    engines: &'a Engines,
    address: SwarmAddress,
    /// The service's id: another one of the same name is not the same.
    id: &'a str,
    way: Way,
    began: Instant,
    memory: Memory,
    last: Option<Observation>,
}

/// One observation at once, then one for each change. It never ends, and may be dropped.
pub(super) fn watch<'a>(
    engines: &'a Engines,
    address: SwarmAddress,
    to: Image,
    plan: &'a TargetPlan,
) -> BoxStream<'a, Observation> {
    let stuck_after = Duration::try_from(address.stuck_after).unwrap_or_default();
    let way = Way { from: Image::of(&plan.from), to, stuck_after };
    let id = plan.intent.identity.as_str();
    let watch = Watch { engines, address, id, way, began: Instant::now(), memory: Memory::default(), last: None };
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
        match self.see().await {
            Err(error) if failure::is_missing(&error) => {
                let verdict = Verdict::Superseded { by: format!("{error}: the service was removed") };
                Observation { verdict, parts: Vec::new() }
            }
            Ok(swarm) if swarm.service.id != self.id => {
                let verdict = Verdict::Superseded { by: "another service of the same name".to_owned() };
                Observation { verdict, parts: Vec::new() }
            }
            swarm => judge(&self.way, &Seen { swarm, at: self.began.elapsed() }, &mut self.memory),
        }
    }

    async fn see(&self) -> Result<Swarm, PlatformError> {
        let client = self.engines.client(&self.address.engine).await?;
        let service = Service::read(&client, &self.address.service).await?;
        // The service first: a task that it makes later is then of what it is set to, or newer.
        let (tasks, nodes) = tokio::join!(Task::all(&client, &service.id), Node::all(&client));
        Ok(Swarm { service, tasks: tasks?, nodes: nodes? })
    }
}

fn pause(verdict: &Verdict) -> Duration {
    match verdict {
        Verdict::InProgress(_) | Verdict::Unknown(_) => LOOK_EVERY,
        Verdict::Done | Verdict::Failed(_) | Verdict::Superseded { .. } => REST,
    }
}
