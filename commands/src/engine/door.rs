//! The inward side: what chats bring, and what their forms ask before anything is brought.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::{Either, join_all, select};

use super::Engine;
use crate::model::{Invocation, RollbackId, Service, ServiceKey};
use crate::notify;
use crate::ports::{Accepted, Inbox, StoreError};
use crate::saga::{JournalError, RollbackState};

/// So many are offered at most: what a list of a chat can hold (Slack 100, Discord 25), and people read.
const OFFERED: usize = 25;
/// How long a form waits for a platform to list what it has: chats give three seconds for all of it.
const PLATFORM_WITHIN: Duration = Duration::from_millis(1_200);
/// What can always be asked for instead of a version.
const WORDS: [&str; 2] = ["last-good", "previous"];

#[async_trait]
impl Inbox for Engine {
    async fn accept(&self, invocation: Invocation) -> Result<Accepted, StoreError> {
        Self::accept(self, invocation).await
    }

    async fn is_first(&self, key: &str) -> Result<bool, StoreError> {
        self.ports.store.handled(key).await
    }

    async fn services(&self, typed: &str) -> Vec<ServiceKey> {
        let settings = self.settings();
        let keys = settings.catalogue.iter().map(|service| service.key.clone());
        best(keys, typed, notify::words::service)
    }

    async fn versions(&self, service: &ServiceKey, typed: &str) -> Vec<String> {
        let settings = self.settings();
        let Some(service) = settings.service(service) else { return Vec::new() };
        let mut known = self.seen_versions(service).await;
        let clock = &self.ports.clock;
        let asked = std::pin::pin!(self.listed_versions(service));
        let late = clock.sleep_until(clock.monotonic().after(PLATFORM_WITHIN));
        // What the bot itself saw is offered whether the platform answers or not.
        if let Either::Left((listed, _)) = select(asked, late).await {
            known.extend(listed);
        }
        let mut once = BTreeSet::new();
        let known = WORDS.into_iter().map(str::to_owned).chain(known).filter(|version| once.insert(version.clone()));
        best(known, typed, Clone::clone)
    }

    async fn user_text(&self, rollback: RollbackId) -> Option<String> {
        let state = self.journal.rollback(rollback).await.ok()?;
        if state.published.is_some() {
            return None;
        }
        self.user_text_of(&state).await.ok().flatten()
    }
}

impl Engine {
    /// The text for users of this rollback as it would be published now.
    pub(crate) async fn user_text_of(&self, state: &Arc<RollbackState>) -> Result<Option<String>, JournalError> {
        let incident = self.journal.incident(state.id.incident).await?;
        let (rollbacks, nobody) = ([Arc::clone(state)], BTreeSet::new());
        let settings = self.settings();
        let view = notify::View { incident: &incident, rollbacks: &rollbacks, settings: &settings, on_call: &nobody };
        Ok(notify::user_text(&view, state))
    }

    /// Versions that the bot saw running, the newest first; good ones before others.
    async fn seen_versions(&self, service: &Service) -> Vec<String> {
        let Ok(ledger) = self.journal.ledger(&service.key).await else { return Vec::new() };
        let seen = ledger.sightings().iter().rev().filter_map(|sighting| sighting.version.clone());
        let (good, others): (Vec<_>, Vec<_>) =
            seen.partition(|version| ledger.standing(version) == crate::model::Standing::Good);
        good.into_iter().chain(others).map(|version| version.to_string()).collect()
    }

    /// Versions that the platforms still have.
    async fn listed_versions(&self, service: &Service) -> Vec<String> {
        let listed = service.targets.iter().map(|target| async move {
            let platform = self.ports.platform(&target.platform).ok()?;
            platform.history(target).await.ok()
        });
        let listed = join_all(listed).await.into_iter().flatten().flatten();
        listed.filter_map(|candidate| candidate.version).map(|version| version.to_string()).collect()
    }
}

/// What fits what was typed so far: what begins so first, then what holds it anywhere; in the order in which
/// it came.
fn best<T>(all: impl Iterator<Item = T>, typed: &str, name: impl Fn(&T) -> String) -> Vec<T> {
    let typed = typed.trim().to_lowercase();
    let fitting = all.filter_map(|one| {
        let name = name(&one).to_lowercase();
        let place = name.find(&typed)?;
        Some((place != 0, one))
    });
    let mut fitting: Vec<(bool, T)> = fitting.collect();
    fitting.sort_by_key(|(inside, _)| *inside);
    fitting.into_iter().map(|(_, one)| one).take(OFFERED).collect()
}

#[cfg(test)]
mod tests {
    use super::best;

    #[test]
    fn what_begins_so_comes_first_and_what_does_not_fit_is_left_out() {
        let names = ["web-api", "api-service", "mail"].map(str::to_owned);
        assert_eq!(best(names.clone().into_iter(), "API", Clone::clone), ["api-service", "web-api"]);
        assert_eq!(best(names.into_iter(), " ", Clone::clone).len(), 3);
    }
}
