//! A workload as the API server has it, at one moment.

use std::collections::BTreeMap;

use commands::model::Intent;
use commands::ports::{PlatformError, Running};
use jiff::Timestamp;
use kube::Client;
use kube::api::DynamicObject;
use serde_json::Value;

use super::address::{KubernetesAddress, WorkloadKind};
use super::cluster::within;
use super::history::History;
use super::owner;
use super::resource;
use super::template::{Template, text};

/// The annotation in which a move leaves its key.
pub(super) const KEY_ANNOTATION: &str = "switchback.rollback";

/// The annotation whose text `kubectl rollout history` shows.
pub(super) const CAUSE_ANNOTATION: &str = "kubernetes.io/change-cause";

/// The name under which this bot writes fields: conflicts of others' applies then name it.
pub(super) const FIELD_MANAGER: &str = "switchback";

/// The field of an intent that names the template by its digest.
pub(super) const TEMPLATE: &str = "template";

/// The field of an intent that shows the images.
pub(super) const IMAGES: &str = "images";

/// The field of an intent that says whether it is paused.
pub(super) const PAUSED: &str = "paused";

/// A Deployment, StatefulSet or DaemonSet at one moment.
#[derive(Debug, Clone)]
pub(super) struct Workload {
    pub(super) kind: WorkloadKind,
    pub(super) object: DynamicObject,
    pub(super) template: Template,
}

impl Workload {
    /// Reads it.
    ///
    /// # Errors
    /// Any but `IntentChanged`.
    pub(super) async fn read(client: &Client, address: &KubernetesAddress) -> Result<Self, PlatformError> {
        let what = format!("read the {} in namespace {}", address.workload, address.namespace);
        let kind = address.workload.kind;
        let api = resource::within(client, &address.namespace, resource::workloads(kind));
        Ok(Self::of(kind, within(&what, api.get(&address.workload.name)).await?))
    }

    pub(super) fn of(kind: WorkloadKind, object: DynamicObject) -> Self {
        let template = Template::new(object.data["spec"]["template"].clone());
        Self { kind, object, template }
    }

    pub(super) fn name(&self) -> &str {
        self.object.metadata.name.as_deref().unwrap_or_default()
    }

    pub(super) fn namespace(&self) -> &str {
        self.object.metadata.namespace.as_deref().unwrap_or_default()
    }

    pub(super) fn uid(&self) -> &str {
        self.object.metadata.uid.as_deref().unwrap_or_default()
    }

    /// The counter that a write must name.
    pub(super) fn resource_version(&self) -> &str {
        self.object.metadata.resource_version.as_deref().unwrap_or_default()
    }

    pub(super) fn spec(&self) -> &Value {
        &self.object.data["spec"]
    }

    pub(super) fn status(&self) -> &Value {
        &self.object.data["status"]
    }

    /// A count of the status; controllers leave out what is nought.
    pub(super) fn count(&self, name: &str) -> i64 {
        self.status()[name].as_i64().unwrap_or_default()
    }

    /// How many pods it wants; of a DaemonSet as many as there are nodes for it.
    pub(super) fn wanted(&self) -> i64 {
        match self.kind {
            // The API server's own default.
            WorkloadKind::Deployment | WorkloadKind::StatefulSet => self.spec()["replicas"].as_i64().unwrap_or(1),
            WorkloadKind::DaemonSet => self.count("desiredNumberScheduled"),
        }
    }

    /// True once its controller has seen the specification that is there.
    pub(super) fn is_observed(&self) -> bool {
        let generation = self.object.metadata.generation.unwrap_or_default();
        self.status()["observedGeneration"].as_i64().is_some_and(|observed| observed >= generation)
    }

    pub(super) fn is_paused(&self) -> bool {
        self.spec()["paused"].as_bool().unwrap_or_default()
    }

    /// How pods are replaced: `RollingUpdate`, `Recreate`, `OnDelete`.
    pub(super) fn strategy(&self) -> &str {
        let field = if self.kind == WorkloadKind::Deployment { "strategy" } else { "updateStrategy" };
        self.spec()[field]["type"].as_str().unwrap_or("RollingUpdate")
    }

    /// A setting of the rolling update.
    pub(super) fn rolling(&self, name: &str) -> &Value {
        let field = if self.kind == WorkloadKind::Deployment { "strategy" } else { "updateStrategy" };
        &self.spec()[field]["rollingUpdate"][name]
    }

    /// How many pods of a StatefulSet, from the first, stay as they are.
    pub(super) fn partition(&self) -> i64 {
        if self.kind == WorkloadKind::StatefulSet { self.rolling("partition").as_i64().unwrap_or_default() } else { 0 }
    }

    /// The ordinal of a StatefulSet's first pod.
    pub(super) fn first_ordinal(&self) -> i64 {
        self.spec()["ordinals"]["start"].as_i64().unwrap_or_default()
    }

    /// The ordinal of a StatefulSet's first pod that is not to stay as it is.
    pub(super) fn first_due(&self) -> i64 {
        self.first_ordinal().saturating_add(self.partition())
    }

    /// True of a StatefulSet.
    pub(super) fn is_set(&self) -> bool {
        self.kind == WorkloadKind::StatefulSet
    }

    /// How many of its pods the controller counts as updated, and how many, of whichever revision, as
    /// serving for as long as `minReadySeconds` asks.
    pub(super) fn progress(&self) -> (i64, i64) {
        match self.kind {
            WorkloadKind::Deployment => (self.count("updatedReplicas"), self.count("availableReplicas")),
            WorkloadKind::DaemonSet => (self.count("updatedNumberScheduled"), self.count("numberAvailable")),
            // Clusters before 1.22 do not count available pods of a set, and know no `minReadySeconds` of it.
            WorkloadKind::StatefulSet if self.spec()["minReadySeconds"].as_i64().unwrap_or_default() == 0 => {
                (self.count("updatedReplicas"), self.count("readyReplicas"))
            }
            WorkloadKind::StatefulSet => (self.count("updatedReplicas"), self.count("availableReplicas")),
        }
    }

    /// True where a pod of a StatefulSet is ready, and not yet for as long as `minReadySeconds` asks.
    pub(super) fn is_settling(&self) -> bool {
        let takes = self.spec()["minReadySeconds"].as_i64().unwrap_or_default();
        takes > 0 && self.count("availableReplicas") < self.count("readyReplicas")
    }

    /// True where a StatefulSet waits for each pod before it goes on to the next: one that never gets
    /// ready then holds up its own replacement (kubernetes/kubernetes#67250).
    pub(super) fn is_ordered(&self) -> bool {
        self.kind == WorkloadKind::StatefulSet
            && self.strategy() == "RollingUpdate"
            && self.spec()["podManagementPolicy"].as_str().unwrap_or("OrderedReady") == "OrderedReady"
    }

    /// The condition of this type.
    pub(super) fn condition(&self, kind: &str) -> Option<&Value> {
        let conditions = self.status()["conditions"].as_array()?;
        conditions.iter().find(|condition| text(&condition["type"]) == kind)
    }

    pub(super) fn annotation(&self, name: &str) -> Option<&str> {
        self.object.metadata.annotations.as_ref()?.get(name).map(String::as_str)
    }

    pub(super) fn label(&self, name: &str) -> Option<&str> {
        self.object.metadata.labels.as_ref()?.get(name).map(String::as_str)
    }

    /// What selects its pods and its revisions, as a query takes it.
    pub(super) fn selector(&self) -> String {
        selector(&self.spec()["selector"])
    }

    /// True where the selector of this workload finds pods of that template.
    pub(super) fn selects(&self, template: &Template) -> bool {
        let wanted = self.spec()["selector"]["matchLabels"].as_object();
        let has = |name: &str, value: &str| template.labels().any(|label| label == (name, value));
        wanted.into_iter().flatten().all(|(name, value)| has(name, text(value)))
    }

    /// Who wrote the template last, and when: the newest of the managers that own a part of it. Times are
    /// whole seconds; of two writes in the same one, the other's came after the bot's, since the bot
    /// writes no template that is not its own any more.
    pub(super) fn author(&self) -> Option<(&str, Option<Timestamp>)> {
        let managers = self.object.metadata.managed_fields.as_deref().unwrap_or_default();
        let of_template = managers.iter().filter(|entry| {
            let fields = entry.fields_v1.as_ref().map(|fields| &fields.0);
            entry.subresource.is_none() && fields.is_some_and(|fields| fields["f:spec"]["f:template"].is_object())
        });
        let told = of_template
            .map(|entry| (entry.manager.as_deref().unwrap_or_default(), entry.time.as_ref().map(|time| time.0)));
        told.max_by_key(|(manager, when)| (*when, *manager != FIELD_MANAGER))
    }

    /// Who set it to a template that this move did not write, in words for people: `ci at 12:00:03 UTC`;
    /// another rollback of this bot with its key.
    pub(super) fn supplanter(&self) -> String {
        let Some((manager, when)) = self.author() else { return "somebody".to_owned() };
        let when = when.map(|when| when.strftime(" at %H:%M:%S UTC").to_string()).unwrap_or_default();
        match self.annotation(KEY_ANNOTATION).filter(|_| manager == FIELD_MANAGER) {
            Some(key) => format!("{manager} ({key}){when}"),
            None => format!("{manager}{when}"),
        }
    }

    /// Those who applied a part of the template from their own files: their next apply meets a conflict.
    pub(super) fn appliers(&self) -> Vec<&str> {
        let managers = self.object.metadata.managed_fields.as_deref().unwrap_or_default();
        let applies = managers.iter().filter(|entry| {
            let fields = entry.fields_v1.as_ref().map(|fields| &fields.0);
            entry.operation.as_deref() == Some("Apply")
                && fields.is_some_and(|fields| fields["f:spec"]["f:template"].is_object())
        });
        applies.filter_map(|entry| entry.manager.as_deref()).filter(|manager| *manager != FIELD_MANAGER).collect()
    }

    /// What it is set to, as the port tells it.
    pub(super) fn running(&self, history: &History) -> Running {
        Running {
            revision: history.revision_of(self),
            version: history.version_of(&self.template),
            intent: self.intent(),
            since: self.author().and_then(|(_, when)| when).or_else(|| self.created()),
        }
    }

    fn created(&self) -> Option<Timestamp> {
        self.object.metadata.creation_timestamp.as_ref().map(|time| time.0)
    }

    /// What a plan pins: which object it is, what its pods are made of, who owns it, and how pods are
    /// replaced. Not how many there are, labels, annotations, conditions, nor any counter.
    fn intent(&self) -> Intent {
        let fields = BTreeMap::from([
            (TEMPLATE.to_owned(), self.template.digest().to_string()),
            (IMAGES.to_owned(), self.template.shown_images()),
            ("owner".to_owned(), owner::named(self)),
            (PAUSED.to_owned(), if self.is_paused() { "yes" } else { "no" }.to_owned()),
            ("replacement".to_owned(), self.replacement()),
        ]);
        Intent { identity: self.uid().to_owned(), fields }
    }

    fn replacement(&self) -> String {
        match self.partition() {
            0 => self.strategy().to_owned(),
            partition => format!("{} from ordinal {partition}", self.strategy()),
        }
    }
}

/// A label selector as a query takes it (kubernetes.io, "Labels and Selectors", API).
pub(super) fn selector(selector: &Value) -> String {
    let equal = selector["matchLabels"].as_object().into_iter().flatten();
    let mut parts: Vec<String> = equal.map(|(name, value)| format!("{name}={}", text(value))).collect();
    for expression in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = text(&expression["key"]);
        let values: Vec<&str> = expression["values"].as_array().into_iter().flatten().map(text).collect();
        match text(&expression["operator"]) {
            "In" => parts.push(format!("{key} in ({})", values.join(","))),
            "NotIn" => parts.push(format!("{key} notin ({})", values.join(","))),
            "Exists" => parts.push(key.to_owned()),
            "DoesNotExist" => parts.push(format!("!{key}")),
            _ => {}
        }
    }
    parts.join(",")
}
