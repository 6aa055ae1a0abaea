//! Releases on this machine: one folder for each, a link `current` to the one that runs, and a unit of
//! systemd or a program that restarts what runs.
//!
//! A move swaps the link by rename, syncs its folder, and restarts. It is done when the process is
//! proven to be inside the release, not when somebody says that it was restarted. A release that was
//! rolled back from stays where it is, unmarked: to mark or remove it is for a clean-up hook.

use std::time::Duration;

use async_trait::async_trait;
use commands::model::{Findings, MoveOrder, Note, Observation, Target, TargetPlan, Trouble, Verdict, Version};
use commands::ports::{Candidate, Examination, Platform, PlatformError, Resolution, Running};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio::time::Instant;

mod address;
mod examine;
mod failure;
#[cfg(feature = "systemd")]
mod journal;
mod judge;
mod link;
mod lock;
mod moving;
mod process;
mod program;
mod releases;
mod service;
mod state;
#[cfg(feature = "systemd")]
mod systemd;
mod watch;

pub use address::{Bus, HostAddress, ProgramRestart, Restart, UnitRestart};

/// The name by which catalogue entries call this platform.
pub const NAME: &str = "host";

/// The host platform. It keeps connections to systemd and nothing else; one serves every target.
#[derive(Debug, Clone, Default)]
pub struct HostPlatform {
    services: service::Services,
}

impl HostPlatform {
    /// One that has asked nobody yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Platform for HostPlatform {
    fn check_address(&self, target: &Target) -> Result<(), PlatformError> {
        HostAddress::of(target).map(drop)
    }

    async fn current(&self, target: &Target) -> Result<Running, PlatformError> {
        let address = HostAddress::of(target)?;
        let state = state::read(&address).await?;
        Ok(state::running(&address, &state.releases, &state.link?))
    }

    async fn history(&self, target: &Target) -> Result<Vec<Candidate>, PlatformError> {
        Ok(state::read(&HostAddress::of(target)?).await?.releases.candidates())
    }

    async fn resolve(&self, target: &Target, version: &Version) -> Result<Resolution, PlatformError> {
        Ok(state::read(&HostAddress::of(target)?).await?.releases.resolve(version))
    }

    async fn examine(&self, target: &Target, running: &Running, to: &Candidate) -> Result<Examination, PlatformError> {
        examine::examine(&self.services, &HostAddress::of(target)?, running, to).await
    }

    async fn move_to(&self, order: &MoveOrder<'_>) -> Result<Findings, PlatformError> {
        let address = HostAddress::of(order.target())?;
        let key = order.key();
        let within = Duration::try_from(order.step().timeout).unwrap_or_default();
        let until = Instant::now() + within;
        let services = &self.services;
        moving::Move { services, address: &address, plan: order.plan(), key: &key, until }.carry_out().await
    }

    fn observe<'a>(&'a self, target: &'a Target, plan: &'a TargetPlan) -> BoxStream<'a, Observation> {
        match HostAddress::of(target) {
            Ok(address) => watch::watch(&self.services, address, plan),
            Err(error) => {
                let trouble = Trouble::new(Note::new("host-link-unread")).saying(error);
                let verdict = Verdict::Unknown(trouble);
                stream::iter([Observation { verdict, parts: Vec::new() }]).chain(stream::pending()).boxed()
            }
        }
    }
}
