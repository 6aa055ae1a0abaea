//! Looks at what runs, also between rollbacks: feeds the ledger, soaks what is well, and notices drift
//! after a rollback.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::ledger::Ledger;
use crate::model::{
    Actor, IncidentEvent, MarkCause, Movement, Note, Revision, Service, ServiceEvent, ServiceKey, Standing, StepAction,
    StreamId, TargetName, Trouble, Version,
};
use crate::ports::{DeadlineName, IncidentChange, LeaseName, PlatformError, Running};
use crate::saga::{Draft, JournalError, RollbackState};
use crate::steps::{check_version, judge, measure_once};

/// So many services are looked at at the same time.
const AT_ONCE: usize = 8;

impl Engine {
    pub(super) async fn observe(self: Arc<Self>, stop: CancellationToken) {
        loop {
            let pace = self.settings().pace;
            let round = async {
                match self.leases.try_take(LeaseName::Observer, pace.lease_term).await {
                    Ok(Some(held)) => tokio::select! {
                        () = held.lost.cancelled() => {}
                        () = self.observe_all() => {}
                    },
                    Ok(None) => {}
                    Err(error) => tracing::warn!(%error, "the observer's lease could not be asked for"),
                }
            };
            let clock = &self.ports.clock;
            tokio::select! {
                () = stop.cancelled() => return,
                () = round => {}
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = clock.sleep_until(clock.monotonic().after(pace.observe_every)) => {}
            }
        }
    }

    async fn observe_all(&self) {
        let settings = self.settings();
        let looks = settings.catalogue.clone().into_iter().map(|service| async move {
            match self.observe_service(&service).await {
                Ok(()) => {}
                Err(error) if error.is_conflict() => {}
                Err(error) => tracing::warn!(service = %service.key, %error, "what runs could not be noted"),
            }
        });
        futures::stream::iter(looks).buffer_unordered(AT_ONCE).collect::<()>().await;
        if let Err(error) = self.watch_for_drift().await
            && !error.is_conflict()
        {
            tracing::warn!(%error, "drift could not be looked for");
        }
    }

    async fn observe_service(&self, service: &Service) -> Result<(), JournalError> {
        let Some(running) = self.look(service).await else { return Ok(()) };
        let ledger = self.journal.ledger(&service.key).await?;
        let mut facts = sightings(&ledger, &running);
        if facts.is_empty() {
            facts.extend(self.judge(service, &ledger, &running).await?);
        }
        if facts.is_empty() {
            return Ok(());
        }
        let mut draft = Draft::new();
        for fact in facts {
            draft.add(StreamId::Service(service.key.clone()), ledger.sequence(), &Actor::System, fact);
        }
        self.commit(draft).await.map(|_| ())
    }

    /// What every target is set to; nothing where one of them cannot be asked.
    async fn look(&self, service: &Service) -> Option<BTreeMap<TargetName, Running>> {
        let mut running = BTreeMap::new();
        for target in &service.targets {
            let looked = match self.ports.platform(&target.platform) {
                Ok(platform) => platform.current(target).await,
                Err(error) => Err(error),
            };
            match looked {
                Ok(found) => running.insert(target.name.clone(), found),
                Err(error) => {
                    note_blindness(service, &target.name, &error);
                    return None;
                }
            };
        }
        Some(running)
    }

    /// Whether the checks pass, and whether what runs has soaked long enough to be good.
    async fn judge(
        &self,
        service: &Service,
        ledger: &Ledger,
        running: &BTreeMap<TargetName, Running>,
    ) -> Result<Option<ServiceEvent>, JournalError> {
        // Where nothing is looked at, nothing becomes good by itself.
        if service.checks.are_none() {
            return Ok(None);
        }
        let version = service.primary_target().and_then(|target| running.get(&target.name)?.version.clone());
        let failing = self.failing_check(service, version.as_ref()).await;
        let passed_since = ledger.checks().filter(|checks| checks.pass).map(|checks| checks.since);
        match (failing, ledger.checks().map(|checks| checks.pass)) {
            (Some(trouble), Some(true) | None) => Ok(Some(ServiceEvent::ChecksFail { trouble })),
            (Some(_), Some(false)) => Ok(None),
            (None, Some(false) | None) => Ok(Some(ServiceEvent::ChecksPass)),
            (None, Some(true)) => {
                let soaked = passed_since.is_some_and(|since| self.ports.clock.now() >= since + service.timing.soak);
                let unproven = version.as_ref().is_some_and(|version| ledger.standing(version) == Standing::Unproven);
                if !soaked || !unproven || self.is_in_trouble(service).await? {
                    return Ok(None);
                }
                let revisions = running.iter().map(|(name, found)| (name.clone(), found.revision.clone())).collect();
                Ok(Some(ServiceEvent::Marked {
                    version,
                    revisions,
                    standing: Standing::Good,
                    cause: MarkCause::Soaked,
                }))
            }
        }
    }

    /// A release is well only if users are served it, by every endpoint, and not too slowly.
    async fn failing_check(&self, service: &Service, running: Option<&Version>) -> Option<Trouble> {
        let (probe, checks) = (self.ports.probe.as_ref(), &service.checks);
        let within = std::time::Duration::try_from(checks.timeout).unwrap_or_default();
        let measured = measure_once(probe, checks, within).await;
        if let Some(failed) = measured.iter().find(|one| one.failed > 0) {
            let why = Note::new("health-failed").with("url", &failed.url);
            return Some(Trouble { why, evidence: failed.last_failure.iter().cloned().collect() });
        }
        let served = match running {
            Some(version) => check_version(probe, checks, version).await,
            None => Ok(()),
        };
        served.and_then(|()| judge(&measured, &[], checks)).err()
    }

    /// A version does not become good while an incident of its service is open.
    async fn is_in_trouble(&self, service: &Service) -> Result<bool, JournalError> {
        for id in self.journal.store().open_incidents().await? {
            if self.journal.incident(id).await?.services.contains(&service.key) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What was rolled back is watched: if a target leaves its revision, the incident is open again and
    /// people are told.
    async fn watch_for_drift(&self) -> Result<(), JournalError> {
        let deadlines = self.journal.store().deadlines().await?;
        let watched = deadlines.into_iter().filter(|deadline| deadline.name == DeadlineName::WatchEnd);
        for deadline in watched {
            let state = match self.journal.rollback(deadline.rollback).await {
                Ok(state) => state,
                Err(error) => {
                    tracing::error!(rollback = %deadline.rollback, %error, "it cannot be watched for drift");
                    continue;
                }
            };
            if !state.is_watched() || self.is_moved_again(&state).await? {
                continue;
            }
            let services = state.plan.iter().flat_map(|plan| &plan.effects().services);
            for plan in services {
                let Some(running) = self.look(&plan.service).await else { continue };
                for target in &plan.targets {
                    let Some(found) = running.get(&target.target) else { continue };
                    if found.revision != target.to && has_moved(&state, &plan.service.key, &target.target) {
                        self.note_drift(&state, plan.service.key.clone(), &target.target, &found.revision).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// While a newer rollback holds a service, it moves with the bot's own will.
    async fn is_moved_again(&self, state: &RollbackState) -> Result<bool, JournalError> {
        let locks = self.journal.store().locks().await?;
        let services = &state.request.services;
        Ok(locks.iter().any(|(key, _)| services.iter().any(|(service, _)| service == key)))
    }

    async fn note_drift(
        &self,
        state: &RollbackState,
        service: ServiceKey,
        target: &TargetName,
        now: &Revision,
    ) -> Result<(), JournalError> {
        let incident = self.journal.incident(state.id.incident).await?;
        let drifted = IncidentEvent::Drifted { rollback: state.id, service, target: target.clone(), now: now.clone() };
        if incident.timeline.iter().any(|entry| entry.event == drifted) {
            return Ok(());
        }
        let mut draft = Draft::new().fact(StreamId::Incident(incident.id), incident.sequence, &Actor::System, drifted);
        draft.rows.incidents.push(IncidentChange::Open(incident.id));
        self.commit(draft).await.map(|_| ())
    }
}

/// Only what the rollback moved can drift from where it went.
fn has_moved(state: &RollbackState, service: &ServiceKey, target: &TargetName) -> bool {
    state.pivots().any(|(step, progress)| {
        let same = matches!(&step.action, StepAction::Roll { target: of } if of == target);
        same && step.service == *service && progress.findings.movement == Some(Movement::Moved)
    })
}

fn sightings(ledger: &Ledger, running: &BTreeMap<TargetName, Running>) -> Vec<ServiceEvent> {
    let changed = running.iter().filter(|(target, found)| {
        ledger.running(target).is_none_or(|last| last.revision != found.revision || last.version != found.version)
    });
    let seen = changed.map(|(target, found)| ServiceEvent::SeenRunning {
        target: target.clone(),
        revision: found.revision.clone(),
        version: found.version.clone(),
    });
    seen.collect()
}

fn note_blindness(service: &Service, target: &TargetName, error: &PlatformError) {
    tracing::warn!(service = %service.key, %target, %error, "what runs cannot be seen");
}
