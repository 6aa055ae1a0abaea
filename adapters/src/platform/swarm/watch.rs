//! A target on its way, looked at again and again.
//!
//! The engine's events of a service tell of its updates, not of its tasks, so the whole is polled, as
//! Docker's own program does.

use std::time::Duration;

use commands::model::{Observation, TargetPlan, Verdict};
use commands::ports::PlatformError;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::address::SwarmAddress;
use super::client::{Client, Engines, within};
use super::failure;
use super::image::Image;
use super::judge::{Memory, Seen, Swarm, Way, judge};
use super::node::Node;
use super::running;
use super::service::Service;

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
        // The service first: a task that it makes later is then of what it is set to, or newer.
        let swarm = match self.service().await {
            Err(error) if failure::is_missing(&error) => {
                return superseded("the service was removed".to_owned());
            }
            Ok((_, service)) if service.id != self.id => {
                return superseded("another service of the same name".to_owned());
            }
            Ok((client, service)) => self.around(&client, service).await,
            Err(error) => Err(error),
        };
        judge(&self.way, &Seen { swarm, at: self.began.elapsed() }, &mut self.memory)
    }

    async fn service(&self) -> Result<(Client, Service), PlatformError> {
        let client = self.engines.client(&self.address.engine).await?;
        let service = Service::read(&client, &self.address.service).await?;
        Ok((client, service))
    }

    async fn around(&self, client: &Client, service: Service) -> Result<Swarm, PlatformError> {
        let (tasks, nodes) = tokio::join!(running::tasks(client, &service.id), Node::all(client));
        let now = if self.last.is_none() { time_of_manager(client).await } else { None };
        Ok(Swarm { service, tasks: tasks?, nodes: nodes?, now })
    }
}

fn superseded(by: String) -> Observation {
    Observation { verdict: Verdict::Superseded { by }, parts: Vec::new() }
}

/// What time it is for the manager, where it says so.
async fn time_of_manager(client: &Client) -> Option<Timestamp> {
    let info = within("ask the manager for its time", client.docker.info()).await.ok()?;
    info.system_time?.parse().ok()
}

fn pause(verdict: &Verdict) -> Duration {
    match verdict {
        Verdict::InProgress(_) | Verdict::Unknown(_) => LOOK_EVERY,
        Verdict::Done | Verdict::Failed(_) | Verdict::Superseded { .. } => REST,
    }
}
