//! The verbs that only read: `status`, `history`, `why`, `report`. Everybody may.

use super::{Answered, Context, Declined};
use crate::ledger::choose;
use crate::model::{AnyId, Environment, Note, Service, ServiceName, Wanted};
use crate::notify::words::{Words, day_of};
use crate::notify::{self, answer as say};

/// So many revisions of a target are listed.
const LISTED: usize = 10;

impl Context<'_> {
    pub(crate) async fn status(&self, id: Option<AnyId>) -> Answered {
        let ids = match id {
            Some(id) => vec![Self::incident_of(id)],
            None => self.engine.journal.store().open_incidents().await?,
        };
        let mut incidents = Vec::with_capacity(ids.len());
        for id in ids {
            let rollbacks = self.of_incident(id).await?;
            incidents.push((self.engine.journal.incident(id).await?, rollbacks));
        }
        Ok(say::status(&incidents, &self.settings))
    }

    pub(crate) async fn history(&self, name: &ServiceName, environment: Option<&Environment>) -> Answered {
        let service = self.one_service(name, environment)?;
        let ledger = self.engine.journal.ledger(&service.key).await?;
        let mut targets = Vec::new();
        for target in &service.targets {
            let listed = match self.engine.ports.platform(&target.platform) {
                Ok(platform) => platform.history(target).await,
                Err(error) => Err(error),
            };
            match listed {
                Ok(all) => targets.push((target.name.clone(), all.into_iter().take(LISTED).collect())),
                // What the bot itself saw can be told all the same.
                Err(error) => tracing::warn!(service = %service.key, %error, "a history could not be read"),
            }
        }
        Ok(say::history(&self.words(), &service, &ledger, &targets))
    }

    pub(crate) async fn why(&self, name: &ServiceName, environment: Option<&Environment>) -> Answered {
        let service = self.one_service(name, environment)?;
        let ledger = self.engine.journal.ledger(&service.key).await?;
        let mut running = Vec::new();
        for target in &service.targets {
            let version = match self.engine.ports.platform(&target.platform) {
                Ok(platform) => platform.current(target).await.ok().and_then(|running| running.version),
                Err(_) => None,
            };
            running.push((target.name.clone(), version));
        }
        let first = running.first().cloned();
        let (target, version) = first.unwrap_or((crate::model::TargetName::new("release"), None));
        let choice = choose(&ledger, &Wanted::LastGood, &target, version.as_ref());
        Ok(say::why(&self.words(), &service, &ledger, &running, &choice))
    }

    pub(crate) async fn report(&self, id: AnyId) -> Answered {
        let incident = self.engine.journal.incident(Self::incident_of(id)).await?;
        let rollbacks = self.of_incident(incident.id).await?;
        let nobody = std::collections::BTreeSet::new();
        let view =
            notify::View { incident: &incident, rollbacks: &rollbacks, settings: &self.settings, on_call: &nobody };
        Ok(notify::report_now(&view))
    }

    /// The words for an answer of today.
    pub(crate) fn words(&self) -> Words<'_> {
        Words { settings: &self.settings, day: day_of(self.engine.ports.clock.now()) }
    }

    /// The one entry of the catalogue that a name, and perhaps an environment, means.
    pub(crate) fn one_service(
        &self,
        name: &ServiceName,
        environment: Option<&Environment>,
    ) -> Result<Service, Declined> {
        let found: Vec<&Service> = self.settings.services_named(name, environment).collect();
        match found.as_slice() {
            [one] => Ok((*one).clone()),
            [] => {
                let wanted = environment.map(ToString::to_string).unwrap_or_default();
                let known = self.settings.services_named(name, None).next().is_some();
                let code = if known { "environment-unknown" } else { "service-unknown" };
                Err(Note::new(code).with("service", name).with("environment", wanted).into())
            }
            several => {
                // Production is what somebody who names no environment means.
                let production = several.iter().find(|service| service.key.environment.as_str() == "production");
                let environments: Vec<String> = several.iter().copied().map(environment_of).collect();
                let note = Note::new("not-all-environments").with("environments", environments.join(", "));
                production.map(|service| (*service).clone()).ok_or_else(|| note.into())
            }
        }
    }
}

fn environment_of(service: &Service) -> String {
    service.key.environment.to_string()
}
