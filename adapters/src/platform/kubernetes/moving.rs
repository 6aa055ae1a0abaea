//! The move itself: one patch under the resource version that was just read. Killed at any point and
//! called again, it finds the template set and patches nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use commands::model::{Findings, Intent, Movement, TargetPlan};
use commands::ports::PlatformError;
use kube::api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams, Preconditions};
use kube::{Api, Client};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::address::KubernetesAddress;
use super::cluster::{CALL, within};
use super::failure;
use super::history::{History, Revision};
use super::judge;
use super::pod::Pod;
use super::resource;
use super::workload::{CAUSE_ANNOTATION, FIELD_MANAGER, IMAGES, KEY_ANNOTATION, TEMPLATE, Workload};

/// How often the patch is tried where only the counter was old.
const ATTEMPTS: u32 = 8;

/// How long after the first such attempt; twice as long after each further one.
const RETRY_AFTER: Duration = Duration::from_millis(20);

/// How long the controller is given to see the patch, before the pods that hold it up are looked for.
const OBSERVED_WITHIN: Duration = Duration::from_secs(5);

/// How often it is looked whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(50);

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
        let mut conflicts = 0;
        loop {
            let workload = Workload::read(self.client, self.address).await?;
            let history = History::read(self.client, self.address, &workload).await?;
            let target = self.target(&history)?;
            self.check_intent(&workload, &history)?;
            if workload.template == target.template {
                let deleted = self.unblock(&workload, target).await?;
                return Ok(findings("was there", &workload, conflicts, &deleted));
            }
            match self.patch(&workload, target).await {
                Ok(written) => {
                    let deleted = self.unblock(&written, target).await?;
                    return Ok(findings("the template of the revision", &written, conflicts, &deleted));
                }
                Err(Refusal::Conflict(error)) => {
                    let pause = RETRY_AFTER * 2_u32.saturating_pow(conflicts);
                    conflicts += 1;
                    if conflicts >= ATTEMPTS || Instant::now() + pause >= self.until {
                        return Err(error);
                    }
                    sleep(pause).await;
                }
                Err(Refusal::Other(error)) => return Err(error),
            }
        }
    }

    fn target<'h>(&self, history: &'h History) -> Result<&'h Revision, PlatformError> {
        let what = || format!("the revision {} of the {}", self.plan.to, self.address.workload);
        history.named(&self.plan.to).ok_or_else(|| PlatformError::Missing { what: what() })
    }

    /// The pinned intent, or the one that this very move leaves.
    fn check_intent(&self, workload: &Workload, history: &History) -> Result<(), PlatformError> {
        let now = workload.running(history);
        let mut fields = self.plan.intent.fields.clone();
        if now.revision == self.plan.to {
            for field in [TEMPLATE, IMAGES] {
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
        let patch = patch(workload, target, &[(CAUSE_ANNOTATION, self.cause), (KEY_ANNOTATION, self.key)]);
        let refused = |why: String| Refusal::Other(PlatformError::Refused { what: what.clone(), why });
        let patch = serde_json::from_value(patch).map_err(|error| refused(error.to_string()))?;
        let params = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
        let within = CALL.min(self.until.saturating_duration_since(Instant::now()));
        let api = self.api();
        let written =
            tokio::time::timeout(within, api.patch(workload.name(), &params, &Patch::Json::<()>(patch))).await;
        match written {
            Ok(Ok(object)) => Ok(Workload::of(workload.kind, object)),
            Ok(Err(error)) if failure::is_conflict(&error) => Err(Refusal::Conflict(failure::of(what, &error))),
            Ok(Err(error)) => Err(Refusal::Other(failure::of(what, &error))),
            Err(_) => {
                let why = format!("no answer within {within:?}");
                Err(Refusal::Other(PlatformError::Unavailable { what, why }))
            }
        }
    }

    /// Deletes the pods that hold up their own replacement in an ordered set: their controller waits for
    /// them for ever. Only once it has seen the new template, since it would make them anew from the old
    /// one; by uid; and by a plain delete, since a disruption budget may wait for these very pods.
    async fn unblock(&self, workload: &Workload, target: &Revision) -> Result<Vec<String>, PlatformError> {
        if !workload.is_ordered() {
            return Ok(Vec::new());
        }
        let pods = resource::within(self.client, &self.address.namespace, resource::PODS);
        let selector = ListParams::default().labels(&workload.selector());
        let listed = within("list the pods that may hold up the move", pods.list(&selector)).await?;
        let others: Vec<Pod> = listed.items.iter().map(Pod::of).filter(|pod| !pod.is_of(target)).collect();
        if judge::blocking(workload, others.iter()).is_empty() || !self.is_observed().await? {
            return Ok(Vec::new());
        }
        let mut deleted = Vec::new();
        for pod in judge::blocking(workload, others.iter()) {
            let what = format!("delete the pod {}, which holds up its own replacement", pod.name);
            let only_this = Preconditions { uid: Some(pod.uid.clone()), resource_version: None };
            let params = DeleteParams::default().preconditions(only_this);
            match within(&what, pods.delete(&pod.name, &params)).await {
                Ok(_) => deleted.push(pod.name.clone()),
                // It went by itself, or another of its name is there already.
                Err(error) if failure::is_missing(&error) || matches!(error, PlatformError::Unavailable { .. }) => {}
                // The template is set: that a pod may not be deleted is told by what is observed.
                Err(error) => tracing::warn!(pod = pod.name, %error, "a pod that holds up the move stays"),
            }
        }
        Ok(deleted)
    }

    async fn is_observed(&self) -> Result<bool, PlatformError> {
        let until = self.until.min(Instant::now() + OBSERVED_WITHIN);
        loop {
            if Workload::read(self.client, self.address).await?.is_observed() {
                return Ok(true);
            }
            if Instant::now() + LOOK_EVERY >= until {
                return Ok(false);
            }
            sleep(LOOK_EVERY).await;
        }
    }
}

/// Why a patch was not taken.
enum Refusal {
    /// Somebody, mostly a controller, wrote in between.
    Conflict(PlatformError),
    Other(PlatformError),
}

/// The patch: the template, and these annotations beside those that are there. It names the resource
/// version that was read, so that the API server refuses it (409) where anybody wrote since.
pub(super) fn patch(workload: &Workload, target: &Revision, annotations: &[(&str, &str)]) -> Value {
    let mut operations = vec![
        json!({"op": "replace", "path": "/metadata/resourceVersion", "value": workload.resource_version()}),
        json!({"op": "replace", "path": "/spec/template", "value": target.template.value()}),
    ];
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
