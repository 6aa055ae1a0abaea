//! The revisions that a cluster still has of a workload, and which of them a version is.

use std::collections::BTreeMap;

use commands::model::{self, Version};
use commands::ports::{Candidate, PlatformError, Resolution};
use jiff::Timestamp;
use kube::Client;
use kube::api::{DynamicObject, ListParams};

use super::address::{KubernetesAddress, WorkloadKind};
use super::cluster::within;
use super::compare;
use super::resource;
use super::template::Template;
use super::workload::{CAUSE_ANNOTATION, KEY_ANNOTATION, Workload};

/// Where a Deployment's controller counts: on the Deployment and on each of its ReplicaSets.
const NUMBER_ANNOTATION: &str = "deployment.kubernetes.io/revision";

/// The numbers that a ReplicaSet had before it was rolled back to.
const FORMER_ANNOTATION: &str = "deployment.kubernetes.io/revision-history";

/// The label whose value tells the pods of one revision of a DaemonSet from those of another.
pub(super) const REVISION_LABEL: &str = "controller-revision-hash";

/// One revision: a ReplicaSet, or a ControllerRevision.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Revision {
    /// The name of the object. It stays when the revision is rolled back to; its number does not.
    pub(super) name: String,
    pub(super) number: i64,
    /// The numbers that it had before.
    former: Vec<i64>,
    pub(super) created: Option<Timestamp>,
    pub(super) template: Template,
    /// Why it was made, in its author's words. None where the words are ours.
    cause: Option<String>,
    /// The value of [`REVISION_LABEL`], where it has one.
    hash: Option<String>,
}

impl Revision {
    fn of(kind: WorkloadKind, object: &DynamicObject) -> Self {
        let metadata = &object.metadata;
        let annotation = |name: &str| metadata.annotations.as_ref()?.get(name).map(String::as_str);
        let (template, number) = match kind {
            WorkloadKind::Deployment => {
                // kubectl counts a missing number as 0.
                let number = annotation(NUMBER_ANNOTATION).and_then(|number| number.parse().ok()).unwrap_or_default();
                (&object.data["spec"]["template"], number)
            }
            WorkloadKind::StatefulSet | WorkloadKind::DaemonSet => {
                let number = object.data["revision"].as_i64().unwrap_or_default();
                (&object.data["data"]["spec"]["template"], number)
            }
        };
        let former = annotation(FORMER_ANNOTATION).unwrap_or_default();
        // A controller copies annotations on to later revisions, so our own words are on those too.
        let is_ours = annotation(KEY_ANNOTATION).is_some();
        Self {
            name: metadata.name.clone().unwrap_or_default(),
            number,
            former: former.split(',').filter_map(|number| number.trim().parse().ok()).collect(),
            created: metadata.creation_timestamp.as_ref().map(|time| time.0),
            template: Template::new(template.clone()),
            cause: annotation(CAUSE_ANNOTATION).filter(|_| !is_ours).map(str::to_owned),
            hash: metadata.labels.as_ref().and_then(|labels| labels.get(REVISION_LABEL)).cloned(),
        }
    }

    #[cfg(test)]
    pub(super) fn for_tests(name: &str, number: i64, template: serde_json::Value) -> Self {
        let template = Template::new(template);
        let name = name.to_owned();
        Self { name, number, former: Vec::new(), created: None, template, cause: None, hash: None }
    }

    pub(super) fn revision(&self) -> model::Revision {
        model::Revision::new(&self.name)
    }

    /// What the pods of this revision have in their [`REVISION_LABEL`].
    pub(super) fn is_of_hash(&self, hash: &str) -> bool {
        self.name == hash || self.hash.as_deref() == Some(hash)
    }

    fn has_cause(&self, version: &Version) -> bool {
        let part = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+'));
        let cause = self.cause.as_deref().unwrap_or_default();
        cause.split(part).any(|word| !word.is_empty() && Version::new(word) == *version)
    }
}

/// All of them, newest first.
#[derive(Debug, Clone)]
pub(super) struct History {
    pub(super) all: Vec<Revision>,
    /// The container that the catalogue entry names.
    container: Option<String>,
    workload: String,
}

impl History {
    /// Asks the cluster.
    ///
    /// # Errors
    /// Any but `IntentChanged`.
    pub(super) async fn read(
        client: &Client,
        address: &KubernetesAddress,
        workload: &Workload,
    ) -> Result<Self, PlatformError> {
        let what = format!("list the revisions of the {} in namespace {}", address.workload, address.namespace);
        let api = resource::within(client, &address.namespace, resource::revisions(workload.kind));
        let list = within(&what, resource::all(&api, ListParams::default().labels(&workload.selector()))).await?;
        let owned = |object: &&DynamicObject| {
            let owners = object.metadata.owner_references.as_deref().unwrap_or_default();
            owners.iter().any(|owner| owner.controller == Some(true) && owner.uid == workload.uid())
        };
        let all = list.iter().filter(owned).map(|object| Revision::of(workload.kind, object)).collect();
        Ok(Self::new(all, address))
    }

    pub(super) fn new(mut all: Vec<Revision>, address: &KubernetesAddress) -> Self {
        all.sort_by(|a, b| (b.number, b.created, &b.name).cmp(&(a.number, a.created, &a.name)));
        Self { all, container: address.container.clone(), workload: address.workload.name.clone() }
    }

    /// The revision of this name.
    pub(super) fn named(&self, name: &model::Revision) -> Option<&Revision> {
        self.all.iter().find(|revision| revision.name == name.as_str())
    }

    /// The revision that has this template; of several the oldest, as `kubectl` has it.
    pub(super) fn with_template(&self, template: &Template) -> Option<&Revision> {
        self.all.iter().filter(|revision| revision.template == *template).min_by_key(|one| (one.created, one.number))
    }

    /// The revision that a workload is set to. Where its controller has made none of it yet, a name that
    /// no revision has.
    pub(super) fn revision_of(&self, workload: &Workload) -> model::Revision {
        match self.with_template(&workload.template) {
            Some(revision) => revision.revision(),
            None => model::Revision::new(format!("unobserved-{}", workload.template.digest().short())),
        }
    }

    /// What people call this template: the tag of the image that they mean, else what its label says.
    pub(super) fn version_of(&self, template: &Template) -> Option<Version> {
        let tag = self.primary(template).and_then(|container| template.image(container)?.version());
        tag.or_else(|| template.labelled_version())
    }

    fn primary<'a>(&self, template: &'a Template) -> Option<&'a str> {
        let others: Vec<&Template> = self.all.iter().map(|revision| &revision.template).collect();
        template.primary(self.container.as_deref(), &self.workload, &others)
    }

    pub(super) fn candidates(&self) -> Vec<Candidate> {
        self.all.iter().map(|revision| self.candidate(revision)).collect()
    }

    pub(super) fn candidate(&self, revision: &Revision) -> Candidate {
        let mut details = BTreeMap::from([
            ("rev".to_owned(), revision.number.to_string()),
            ("images".to_owned(), revision.template.shown_images()),
        ]);
        if let Some(cause) = &revision.cause {
            details.insert("cause".to_owned(), crate::redact::redact(cause));
        }
        Candidate {
            revision: revision.revision(),
            version: self.version_of(&revision.template),
            created: revision.created,
            details,
        }
    }

    /// Which revision this version is: the first rule that finds any decides (rev:N, the revision's own
    /// name, an image's digest, the tag, the label, a word of the change cause). Revisions that differ in
    /// nothing but a restart are one: that which is set now, or the newest.
    pub(super) fn resolve(&self, version: &Version, now: &Template) -> Resolution {
        let mut found = self.matching(version);
        let Some(first) = found.first().copied() else { return Resolution::Missing(self.candidates()) };
        if found.iter().all(|revision| revision.template.runs_the_same(&first.template)) {
            let set = found.iter().find(|revision| revision.template == *now).copied();
            let one = set.unwrap_or(first);
            return Resolution::Found(self.candidate(self.with_template(&one.template).unwrap_or(one)));
        }
        let mut kept: Vec<&Revision> = Vec::new();
        found.retain(|revision| {
            let is_new = !kept.iter().any(|known| known.template.runs_the_same(&revision.template));
            if is_new {
                kept.push(revision);
            }
            is_new
        });
        Resolution::Ambiguous(self.told_apart(&found))
    }

    fn matching(&self, version: &Version) -> Vec<&Revision> {
        let wanted = version.as_str();
        let by = |rule: &dyn Fn(&Revision) -> bool| -> Vec<&Revision> {
            self.all.iter().filter(|revision| rule(revision)).collect()
        };
        if let Some(number) = wanted.strip_prefix("rev:").and_then(|number| number.parse::<i64>().ok()) {
            let now = by(&|revision| revision.number == number);
            return if now.is_empty() { by(&|revision| revision.former.contains(&number)) } else { now };
        }
        let image = |revision: &Revision| {
            self.primary(&revision.template).and_then(|container| revision.template.image(container))
        };
        let rules: [&dyn Fn(&Revision) -> bool; 5] = [
            &|revision| revision.name == wanted,
            &|revision| image(revision).is_some_and(|image| image.has_digest(wanted)),
            &|revision| image(revision).and_then(|image| image.version()).is_some_and(|tag| tag == *version),
            &|revision| revision.template.labelled_version().is_some_and(|label| label == *version),
            &|revision| revision.has_cause(version),
        ];
        rules.into_iter().map(by).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// Each with what sets it apart from the others.
    fn told_apart(&self, revisions: &[&Revision]) -> Vec<Candidate> {
        let templates: Vec<&Template> = revisions.iter().map(|revision| &revision.template).collect();
        let mut candidates: Vec<Candidate> = revisions.iter().map(|revision| self.candidate(revision)).collect();
        for (field, told) in compare::apart(&templates) {
            for (candidate, told) in candidates.iter_mut().zip(told) {
                candidate.details.insert(field.clone(), told);
            }
        }
        candidates
    }

    /// What `kubectl rollout undo` would take without a revision: the second highest, healthy or not.
    pub(super) fn kubectl_previous(&self) -> Option<&Revision> {
        self.all.get(1)
    }
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
