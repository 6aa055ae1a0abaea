//! Services of Docker Swarm, by the engine of a manager.
//!
//! A move sets the specification that is there to the image of the plan, by digest where it is known,
//! and leaves everything else; the engine's own "previous" is used only where it is exactly that. It is
//! done when tasks run that image in every place, not when the engine calls its update completed.

use std::time::Duration;

use async_trait::async_trait;
use commands::model::{
    CleanUpOrder, Findings, MoveOrder, Note, Observation, Target, TargetPlan, Trouble, Verdict, Version,
};
use commands::ports::{Candidate, Examination, Platform, PlatformError, Resolution, Running};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio::time::Instant;

mod address;
mod clean_up;
mod client;
mod compare;
mod examine;
mod failure;
mod history;
mod image;
mod introduce;
mod judge;
mod moving;
mod node;
mod places;
mod running;
mod service;
mod task;
mod tunnel;
mod watch;

pub use address::{Engine, SwarmAddress, Tls};

use history::History;
use image::Image;
use service::Service;

/// The name by which catalogue entries call this platform.
pub const NAME: &str = "swarm";

/// The Swarm platform. It keeps connections to engines and nothing else; one serves every target.
#[derive(Debug, Clone, Default)]
pub struct SwarmPlatform {
    engines: client::Engines,
}

impl SwarmPlatform {
    /// One that has asked nobody yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    async fn service(&self, target: &Target) -> Result<(client::Client, Service), PlatformError> {
        let address = SwarmAddress::of(target)?;
        let client = self.engines.client(&address.engine).await?;
        let service = Service::read(&client, &address.service).await?;
        Ok((client, service))
    }
}

#[async_trait]
impl Platform for SwarmPlatform {
    fn check_address(&self, target: &Target) -> Result<(), PlatformError> {
        SwarmAddress::of(target).map(drop)
    }

    async fn current(&self, target: &Target) -> Result<Running, PlatformError> {
        Ok(self.service(target).await?.1.running())
    }

    async fn history(&self, target: &Target) -> Result<Vec<Candidate>, PlatformError> {
        let (client, service) = self.service(target).await?;
        Ok(History::read(&client, &service).await?.candidates())
    }

    async fn resolve(&self, target: &Target, version: &Version) -> Result<Resolution, PlatformError> {
        let (client, service) = self.service(target).await?;
        Ok(History::read(&client, &service).await?.resolve(&client, &service, version).await)
    }

    async fn examine(&self, target: &Target, _running: &Running, to: &Candidate) -> Result<Examination, PlatformError> {
        let (client, service) = self.service(target).await?;
        let to = image(&to.revision)?;
        let found = examine::Look { client: &client, service: &service, to: &to }.examine().await?;
        Ok(Examination { cleans_up: SwarmAddress::of(target)?.remove_failed_image, ..found })
    }

    async fn move_to(&self, order: &MoveOrder<'_>) -> Result<Findings, PlatformError> {
        let address = SwarmAddress::of(order.target())?;
        let to = image(&order.plan().to)?;
        let within = Duration::try_from(order.step().timeout).unwrap_or_default();
        let until = Instant::now() + within;
        let client = self.engines.client(&address.engine).await?;
        let key = order.key();
        let (client, service) = (&client, &address.service);
        moving::Move { client, service, plan: order.plan(), to, key: &key, until }.carry_out().await
    }

    fn observe<'a>(&'a self, target: &'a Target, plan: &'a TargetPlan) -> BoxStream<'a, Observation> {
        let way = SwarmAddress::of(target).and_then(|address| Ok((address, image(&plan.to)?)));
        match way {
            Ok((address, to)) => watch::watch(&self.engines, address, to, plan),
            Err(error) => {
                let trouble = Trouble::new(Note::new("swarm-unread")).saying(error);
                let verdict = Verdict::Unknown(trouble);
                stream::iter([Observation { verdict, parts: Vec::new() }]).chain(stream::pending()).boxed()
            }
        }
    }

    async fn clean_up(&self, order: &CleanUpOrder<'_>) -> Result<Findings, PlatformError> {
        let (client, service) = self.service(order.target()).await?;
        clean_up::remove(&client, &service, &image(&order.plan().from)?).await
    }

    async fn introduce(&self, target: &Target) -> Result<Option<String>, PlatformError> {
        let address = SwarmAddress::of(target)?;
        let client = self.engines.client(&address.engine).await?;
        introduce::introduce(&client, &address.engine).await.map(Some)
    }
}

/// The image that a revision is.
fn image(revision: &commands::model::Revision) -> Result<Image, PlatformError> {
    let why = "it is no reference to an image".to_owned();
    Image::of(revision)
        .ok_or_else(|| PlatformError::Refused { what: format!("understand the revision {revision}"), why })
}
