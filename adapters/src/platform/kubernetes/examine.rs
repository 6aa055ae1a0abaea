//! A look before the move: what forbids it, what people should know, what changes, what stays [B3 B6].

use commands::model::{Note, Trouble};
use commands::ports::{Examination, PlatformError};
use jiff::Timestamp;
use kube::Client;
use kube::api::{ListParams, Patch, PatchParams};

use super::address::{KubernetesAddress, Paused, WorkloadKind};
use super::cluster::{Clusters, within};
use super::history::{History, Revision};
use super::image::Image;
use super::owner::Owned;
use super::pod::Pod;
use super::quantity::share;
use super::template::Template;
use super::trial::Trial;
use super::workload::{FIELD_MANAGER, Workload};
use super::{capacity, compare, moving, ordered, permission, reference, resource};

/// What `kubectl apply` leaves of what was applied.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What an admission webhook that has effects of its own is said to answer to a dry run.
pub(super) const NO_DRY_RUN: &str = "does not support dry run";

/// One workload, and the revision that it may go back to.
pub(super) struct Look<'a> {
    pub(super) clusters: &'a Clusters,
    pub(super) client: &'a Client,
    /// What people call it, and where it is.
    pub(super) cluster: &'a str,
    pub(super) address: &'a KubernetesAddress,
    pub(super) workload: &'a Workload,
    pub(super) history: &'a History,
    pub(super) to: &'a Revision,
}

impl Look<'_> {
    /// Looks at the workload, what it needs, who owns it, and what the cluster would let the bot do.
    /// Nothing is written.
    ///
    /// # Errors
    /// The cluster does not say what is vital.
    pub(super) async fn examine(&self) -> Result<Examination, PlatformError> {
        let (client, namespace) = (self.client, self.address.namespace.as_str());
        let (mut unowned, mut untried, mut unlimited, mut unread) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (workload, template, made) = (self.workload, &self.to.template, self.to.created);
        let owned = Owned { clusters: self.clusters, client, workload };
        let trial = Trial { client, address: self.address, workload, to: template };
        let (permissions, dry_run, owners, trial, capacity, references, pods) = tokio::join!(
            permission::look(client, self.address),
            self.dry_run(),
            owned.look(Timestamp::now(), &mut unowned),
            trial.look(&mut untried),
            capacity::look(client, namespace, workload, template, &mut unlimited),
            reference::look(client, namespace, template, made, &mut unread),
            self.pods(),
        );
        let mut found = self.look_at_workload();
        for part in [permissions?, owners, dry_run?, trial, self.look_at_pods(&pods?), capacity, references] {
            found.blockers.extend(part.blockers);
            found.warnings.extend(part.warnings);
            found.changes.extend(part.changes);
            found.losses.extend(part.losses);
            found.deletes.extend(part.deletes);
        }
        // A webhook without dry runs may be one of workloads and one of pods.
        found.warnings.dedup();
        let unchecked = [unowned, untried, unlimited, unread].concat();
        if !unchecked.is_empty() {
            found.warnings.push(Note::new("kubernetes-unchecked").with("what", unchecked.join(", ")));
        }
        Ok(found)
    }

    async fn pods(&self) -> Result<Vec<Pod>, PlatformError> {
        let api = resource::within(self.client, &self.address.namespace, resource::PODS);
        let selector = ListParams::default().labels(&self.workload.selector());
        let list = within("list the pods of the workload", resource::all(&api, selector)).await?;
        let pods = list.iter().map(Pod::of);
        Ok(pods.filter(|pod| pod.is_made_by(self.workload, self.history)).collect())
    }

    fn look_at_workload(&self) -> Examination {
        let mut found = Examination::default();
        let workload = self.workload;
        if workload.is_paused() {
            let note = |code: &'static str| Note::new(code).with("workload", &self.address.workload);
            match self.address.paused {
                Paused::Refuse => found.blockers.push(Trouble::new(note("kubernetes-paused"))),
                Paused::Resume => found.warnings.push(note("kubernetes-resumes")),
            }
        }
        if !workload.selects(&self.to.template) {
            found.blockers.push(Trouble::new(Note::new("kubernetes-selector")));
        }
        found.changes.push(
            Note::new("kubernetes-revision")
                .with("workload", &self.address.workload)
                .with("namespace", &self.address.namespace)
                .with("cluster", self.cluster)
                .with("number", self.to.number)
                .with("name", &self.to.name),
        );
        found.changes.extend(compare::differences(&workload.template, &self.to.template));
        self.look_at_names(&mut found);
        self.look_at_replacement(&mut found);
        self.look_at_tools(&mut found);
        found.losses.push(Note::new("kubernetes-replicas-stay").with("replicas", workload.wanted()));
        if workload.kind == WorkloadKind::StatefulSet {
            found.losses.push(Note::new("kubernetes-claims-stay"));
        }
        found
    }

    /// What `kubectl` and labels would say of it.
    fn look_at_names(&self, found: &mut Examination) {
        let name = |revision: &Revision| {
            let version = self.history.version_of(&revision.template).map(|version| version.to_string());
            version.unwrap_or_else(|| revision.name.clone())
        };
        let previous = self.history.kubectl_previous().filter(|previous| previous.name != self.to.name);
        if let Some(previous) = previous {
            let note = Note::new("kubernetes-undo-differs").with("number", previous.number);
            found.changes.push(note.with("version", name(previous)));
        }
        let version = self.history.version_of(&self.to.template);
        if let (Some(label), Some(version)) = (self.to.template.labelled_version(), version)
            && label != version
        {
            found.warnings.push(Note::new("kubernetes-label-disagrees").with("label", label).with("version", version));
        }
        let unpinned =
            self.to.template.images().map(|(_, image)| image).find(|image| Image::read(image).digest.is_none());
        if let Some(image) = unpinned {
            found.warnings.push(Note::new("kubernetes-no-digest").with("image", image));
        }
        if let Some(limit) = self.workload.spec()["revisionHistoryLimit"].as_i64().filter(|limit| *limit < 2) {
            found.warnings.push(Note::new("kubernetes-short-history").with("limit", limit));
        }
    }

    /// How its pods are replaced.
    fn look_at_replacement(&self, found: &mut Examination) {
        let workload = self.workload;
        let wanted = workload.wanted();
        if wanted == 0 {
            found.warnings.push(Note::new("kubernetes-no-replicas"));
        }
        let (updated, available) = workload.progress();
        if !workload.is_observed() || updated < wanted || available < wanted {
            let note = Note::new("kubernetes-update-runs").with("updated", updated.min(wanted));
            found.warnings.push(note.with("available", available.min(wanted)).with("wanted", wanted));
        }
        match (workload.kind, workload.strategy()) {
            (WorkloadKind::Deployment, "Recreate") => found.warnings.push(Note::new("kubernetes-outage")),
            (WorkloadKind::Deployment, _) => {
                let (surge, unavailable) = capacity::limits(workload);
                let note = Note::new("kubernetes-rolling").with("surge", surge);
                found.changes.push(note.with("unavailable", unavailable));
            }
            (WorkloadKind::DaemonSet, "RollingUpdate") => {
                let at_once = share(workload.rolling("maxUnavailable"), wanted, true).unwrap_or(1).max(1);
                let rounds = wanted.saturating_add(at_once - 1) / at_once;
                let note = Note::new("kubernetes-rounds").with("nodes", wanted).with("at_once", at_once);
                found.changes.push(note.with("rounds", rounds));
            }
            _ => {}
        }
        if workload.partition() > 0 {
            found.warnings.push(Note::new("kubernetes-partition").with("partition", workload.first_due()));
        }
        if !self.to.template.tells_when_ready() {
            found.warnings.push(Note::new("kubernetes-no-readiness"));
        }
    }

    /// Whose next deploy meets what a move leaves.
    fn look_at_tools(&self, found: &mut Examination) {
        if self.workload.annotation(LAST_APPLIED).is_some() {
            found.warnings.push(Note::new("kubernetes-last-applied"));
        }
        for manager in self.workload.appliers() {
            let note = Note::new("kubernetes-applied").with("manager", manager).with("own", FIELD_MANAGER);
            found.warnings.push(note);
        }
    }

    /// Pods that the controller will not replace by itself.
    fn look_at_pods(&self, pods: &[Pod]) -> Examination {
        let mut found = Examination::default();
        let others = || pods.iter().filter(|pod| !pod.is_of(self.to) && !pod.is_leaving);
        let names = |pods: Vec<&Pod>| pods.iter().map(|pod| pod.name.as_str()).collect::<Vec<_>>().join(", ");
        if self.workload.strategy() == "OnDelete" {
            let note = Note::new("kubernetes-by-hand").with("pods", names(others().collect()));
            found.warnings.push(note);
        }
        let holding_up = ordered::holding_up(self.workload, self.to, pods.iter());
        if !holding_up.is_empty() {
            found.deletes = holding_up.iter().map(|pod| pod.name.clone()).collect();
            found.changes.push(Note::new("kubernetes-deletes-pods").with("pods", names(holding_up)));
        }
        found
    }

    /// What the API server would say of the patch: its own checks, and those of webhooks.
    async fn dry_run(&self) -> Result<Examination, PlatformError> {
        let mut found = Examination::default();
        let mut patch = moving::patch(self.workload, self.to, self.address.paused, &[]);
        // A status that is written meanwhile is no answer to the question.
        if let Some(operations) = patch.as_array_mut() {
            operations.retain(|operation| operation["path"] != "/metadata/resourceVersion");
        }
        let patch = match serde_json::from_value(patch) {
            Ok(patch) => Patch::Json::<()>(patch),
            Err(error) => {
                let what = "prepare a dry run".to_owned();
                return Err(PlatformError::Refused { what, why: error.to_string() });
            }
        };
        let params =
            PatchParams { dry_run: true, field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
        let api = resource::within(self.client, &self.address.namespace, resource::workloads(self.workload.kind));
        match within("try the move without writing", api.patch(self.workload.name(), &params, &patch)).await {
            Ok(object) => {
                let taken = Template::new(object.data["spec"]["template"].clone());
                if taken != self.to.template {
                    let fields = compare::differences(&taken, &self.to.template);
                    let names = fields.iter().filter_map(|note| note.arguments.get("field").cloned());
                    let note = Note::new("kubernetes-admission-changes");
                    let note = note.with("fields", names.collect::<Vec<_>>().join(", "));
                    found.blockers.push(Trouble::new(note));
                }
            }
            Err(error) if error.to_string().contains(NO_DRY_RUN) => {
                found.warnings.push(Note::new("kubernetes-no-dry-run"));
            }
            Err(error) if error.is_passing() => return Err(error),
            Err(error) => found.blockers.push(Trouble::new(Note::new("kubernetes-refused")).saying(error)),
        }
        Ok(found)
    }
}
