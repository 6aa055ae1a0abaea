//! The move itself: one patch under the resource version that was just read. Killed at any point and
//! called again, it finds the template set and patches nothing. So it does where a patch was left without
//! an answer: a second one goes out under the version that is read then, and only one of both can be taken.

use std::collections::BTreeMap;
use std::time::Duration;

use commands::model::{Findings, Intent, Movement, TargetPlan};
use commands::ports::PlatformError;
use kube::api::{DynamicObject, Patch, PatchParams};
use kube::{Api, Client};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::address::{KubernetesAddress, Paused};
use super::cluster::CALL;
use super::failure;
use super::history::{History, Revision};
use super::resource;
use super::unblock::Unblock;
use super::workload::{CAUSE_ANNOTATION, FIELD_MANAGER, IMAGES, KEY_ANNOTATION, PAUSED, TEMPLATE, Workload};

/// How often the patch is tried where only the counter was old, or no answer came.
const ATTEMPTS: u32 = 8;

/// How long after the first such attempt; twice as long after each further one.
const RETRY_AFTER: Duration = Duration::from_millis(20);

/// One move, under an order.
pub(super) struct Move<'a> {
    pub(super) client: &'a Client,
    pub(super) address: &'a KubernetesAddress,
    pub(super) plan: &'a TargetPlan,
    /// The same for every attempt.
    pub(super) key: &'a str,
    /// What `kubectl rollout history` is to show.
    pub(super) cause: &'a str,
    /// By when this attempt must end.
    pub(super) until: Instant,
}

impl Move<'_> {
    /// Reads, writes what is missing, and tells what was done.
    ///
    /// # Errors
    /// Any. `IntentChanged` means that nothing was written.
    pub(super) async fn carry_out(&self) -> Result<Findings, PlatformError> {
        let mut tried = Tried::default();
        loop {
            let (workload, history) = self.read().await.map_err(|error| tried.error(error))?;
            let target = self.target(&history).map_err(|error| tried.error(error))?;
            let (is_there, was_ours) = (workload.template == target.template, self.wrote(&workload));
            if is_there && was_ours {
                return self.finish("the template of the revision", &workload, target, &tried).await;
            }
            match self.check_intent(&workload, &history) {
                Err(_) if was_ours => return Err(self.written_over(&workload)),
                checked => checked?,
            }
            if is_there {
                return self.finish("was there", &workload, target, &tried).await;
            }
            let refusal = match self.patch(&workload, target).await {
                Ok(written) => return self.finish("the template of the revision", &written, target, &tried).await,
                Err(refusal) => refusal,
            };
            let pause = RETRY_AFTER * 2_u32.saturating_pow(tried.attempts());
            tried.take(&refusal);
            let is_over = tried.attempts() >= ATTEMPTS || Instant::now() + pause >= self.until;
            if is_over || matches!(refusal, Refusal::Final(_)) {
                return Err(tried.error(refusal.error()));
            }
            sleep(pause).await;
        }
    }

    async fn read(&self) -> Result<(Workload, History), PlatformError> {
        let workload = Workload::read(self.client, self.address).await?;
        let history = History::read(self.client, self.address, &workload).await?;
        Ok((workload, history))
    }

    async fn finish(
        &self,
        how: &str,
        workload: &Workload,
        target: &Revision,
        tried: &Tried,
    ) -> Result<Findings, PlatformError> {
        let Self { client, address, plan, until, .. } = *self;
        let deleted = Unblock { client, address, may_delete: &plan.deletes, until }.carry_out(workload, target).await;
        Ok(findings(how, workload, tried.conflicts, &deleted))
    }

    fn target<'h>(&self, history: &'h History) -> Result<&'h Revision, PlatformError> {
        let what = || format!("the revision {} of the {}", self.plan.to, self.address.workload);
        history.named(&self.plan.to).ok_or_else(|| PlatformError::Missing { what: what() })
    }

    /// True where an earlier attempt at this very move was taken.
    fn wrote(&self, workload: &Workload) -> bool {
        workload.annotation(KEY_ANNOTATION) == Some(self.key)
    }

    /// It moved, and then somebody else wrote: that is no plan that never began.
    fn written_over(&self, workload: &Workload) -> PlatformError {
        let what = format!("keep the {} at {}", self.address.workload, self.plan.to);
        let (by, images) = (workload.supplanter(), workload.template.shown_images());
        PlatformError::Refused { what, why: format!("it was set to that, and then written over by {by}: {images}") }
    }

    /// The pinned intent, or the one that this very move leaves.
    fn check_intent(&self, workload: &Workload, history: &History) -> Result<(), PlatformError> {
        let now = workload.running(history);
        let mut fields = self.plan.intent.fields.clone();
        if now.revision == self.plan.to {
            let resumed = (self.address.paused == Paused::Resume).then_some(PAUSED);
            for field in [TEMPLATE, IMAGES].into_iter().chain(resumed) {
                fields.insert(field.to_owned(), now.intent.fields.get(field).cloned().unwrap_or_default());
            }
        }
        let expected = Intent { identity: self.plan.intent.identity.clone(), fields };
        if expected == now.intent { Ok(()) } else { Err(PlatformError::IntentChanged { now: Box::new(now) }) }
    }

    fn api(&self) -> Api<DynamicObject> {
        resource::within(self.client, &self.address.namespace, resource::workloads(self.address.workload.kind))
    }

    async fn patch(&self, workload: &Workload, target: &Revision) -> Result<Workload, Refusal> {
        let what = format!("set the {} to {}", self.address.workload, target.name);
        let annotations = [(CAUSE_ANNOTATION, self.cause), (KEY_ANNOTATION, self.key)];
        let patch = patch(workload, target, self.address.paused, &annotations);
        let refused = |why: String| Refusal::Final(PlatformError::Refused { what: what.clone(), why });
        let patch = serde_json::from_value(patch).map_err(|error| refused(error.to_string()))?;
        let params = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
        let within = CALL.min(self.until.saturating_duration_since(Instant::now()));
        let api = self.api();
        let sent = tokio::time::timeout(within, api.patch(workload.name(), &params, &Patch::Json::<()>(patch))).await;
        match sent {
            Ok(Ok(object)) => Ok(Workload::of(workload.kind, object)),
            Ok(Err(error)) if failure::is_conflict(&error) => Err(Refusal::Conflict(failure::of(what, &error))),
            Ok(Err(error)) if failure::is_busy(&error) => Err(Refusal::Busy(failure::of(what, &error))),
            Ok(Err(error)) if failure::is_undecided(&error) => Err(Refusal::Undecided(failure::of(what, &error))),
            Ok(Err(error)) => Err(Refusal::Final(failure::of(what, &error))),
            Err(_) => {
                let why = format!("no answer within {within:?}");
                Err(Refusal::Undecided(PlatformError::Unavailable { what, why }))
            }
        }
    }
}

/// Why a patch was not taken, or is not known to be.
enum Refusal {
    /// Somebody, mostly a controller, wrote in between.
    Conflict(PlatformError),
    /// The API server has too much to do, and did not look at it.
    Busy(PlatformError),
    /// No answer came, or one that leaves open whether it was taken.
    Undecided(PlatformError),
    Final(PlatformError),
}

impl Refusal {
    fn error(self) -> PlatformError {
        match self {
            Self::Conflict(error) | Self::Busy(error) | Self::Undecided(error) | Self::Final(error) => error,
        }
    }
}

/// Patches that were sent and not said to be taken.
#[derive(Default)]
struct Tried {
    conflicts: u32,
    busy: u32,
    undecided: u32,
}

impl Tried {
    fn take(&mut self, refusal: &Refusal) {
        match refusal {
            Refusal::Conflict(_) => self.conflicts += 1,
            Refusal::Busy(_) => self.busy += 1,
            Refusal::Undecided(_) => self.undecided += 1,
            Refusal::Final(_) => {}
        }
    }

    fn attempts(&self) -> u32 {
        self.conflicts + self.busy + self.undecided
    }

    /// Where a patch may still be on its way, an error that says no more than that it is not known. A changed
    /// intent says more: a patch under an older version is refused.
    fn error(&self, error: PlatformError) -> PlatformError {
        match error {
            PlatformError::IntentChanged { .. } => error,
            error if self.undecided == 0 => error,
            error => PlatformError::Undecided { what: "an earlier patch".to_owned(), why: error.to_string() },
        }
    }
}

/// The patch: the template, and these annotations beside those that are there. It names the resource
/// version that was read, so that the API server refuses it (409) where anybody wrote since. A pause ends
/// with it where it may: what waited in the template is written over and not released.
pub(super) fn patch(workload: &Workload, target: &Revision, paused: Paused, annotations: &[(&str, &str)]) -> Value {
    let mut operations = vec![
        json!({"op": "replace", "path": "/metadata/resourceVersion", "value": workload.resource_version()}),
        json!({"op": "replace", "path": "/spec/template", "value": target.template.value()}),
    ];
    if workload.is_paused() && paused == Paused::Resume {
        operations.push(json!({"op": "replace", "path": "/spec/paused", "value": false}));
    }
    if workload.object.metadata.annotations.is_none() && !annotations.is_empty() {
        operations.push(json!({"op": "add", "path": "/metadata/annotations", "value": {}}));
    }
    for (name, value) in annotations {
        // RFC 6901, section 3.
        let name = name.replace('~', "~0").replace('/', "~1");
        operations.push(json!({"op": "add", "path": format!("/metadata/annotations/{name}"), "value": value}));
    }
    Value::Array(operations)
}

fn findings(how: &str, workload: &Workload, conflicts: u32, deleted: &[String]) -> Findings {
    let generation = workload.object.metadata.generation.unwrap_or_default();
    let mut facts = BTreeMap::from([
        ("written".to_owned(), how.to_owned()),
        ("uid".to_owned(), workload.uid().to_owned()),
        ("generation".to_owned(), generation.to_string()),
        ("conflicts".to_owned(), conflicts.to_string()),
    ]);
    if !deleted.is_empty() {
        facts.insert("deleted-pods".to_owned(), deleted.join(" "));
    }
    Findings { facts, movement: Some(Movement::Moved), ..Findings::default() }
}
