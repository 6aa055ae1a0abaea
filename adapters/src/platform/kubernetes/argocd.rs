//! Argo CD: which of its Applications a workload belongs to, and what that one does to a move.
//!
//! Whose a workload is stands in an annotation, or in a label that charts of Helm write too (argo-cd,
//! "Resource Tracking"). The annotation is believed. The label is a hint: the Application has the last
//! word, and what is not sure forbids nothing.

use commands::model::{Note, Trouble};
use commands::ports::{Examination, PlatformError};
use kube::Client;
use kube::api::DynamicObject;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cluster::{Clusters, within};
use super::failure;
use super::owner::HELM_RELEASE;
use super::resource::{self, APPLICATIONS};
use super::template::text;
use super::workload::Workload;

/// `app:group/Kind:namespace/name`.
const TRACKING_ID: &str = "argocd.argoproj.io/tracking-id";

/// The label by which Argo CD tracks where it is told to, as it did before it had annotations.
const INSTANCE: &str = "app.kubernetes.io/instance";

/// Where Argo CD is installed unless somebody chose otherwise.
const NAMESPACE: &str = "argocd";

/// Where Argo CD keeps its Applications, and what it means that one cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ArgoCdSettings {
    /// The namespace of its Applications, but of those whose own name says another.
    pub namespace: String,
    /// The context of the cluster in which Argo CD runs, where that is not the one of the workload.
    pub context: Option<String>,
    /// What a plan does where the Application that owns a workload cannot be read.
    pub unread: Unread,
}

impl Default for ArgoCdSettings {
    fn default() -> Self {
        Self { namespace: NAMESPACE.to_owned(), context: None, unread: Unread::default() }
    }
}

/// What a plan does where the Application that owns a workload cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unread {
    /// It refuses: the move might be reverted at once.
    #[default]
    Refuse,
    /// It warns.
    Warn,
}

/// An Application, as workloads name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Application {
    /// None of those in Argo CD's own namespace.
    namespace: Option<String>,
    name: String,
}

impl Application {
    /// One outside of Argo CD's own namespace is written `namespace_name`.
    fn written(text: &str) -> Self {
        match text.split_once('_') {
            Some((namespace, name)) => Self { namespace: Some(namespace.to_owned()), name: name.to_owned() },
            None => Self { namespace: None, name: text.to_owned() },
        }
    }

    /// The one that tracks a workload by annotation. A copy of another object's annotation tracks nothing,
    /// as Argo CD itself has it.
    pub(super) fn tracking(workload: &Workload) -> Option<Self> {
        let (name, tracked) = workload.annotation(TRACKING_ID)?.split_once(':')?;
        let own = format!("apps/{}:{}/{}", workload.kind.word(), workload.namespace(), workload.name());
        (tracked == own).then(|| Self::written(name))
    }

    /// The one that may track a workload by label.
    fn hinted(workload: &Workload) -> Option<Self> {
        if Self::tracking(workload).is_some() {
            return None;
        }
        workload.label(INSTANCE).filter(|name| !name.is_empty()).map(Self::written)
    }

    /// As plans pin it. Plans that are stored have Argo CD's own namespace by its usual name, whatever it is
    /// called.
    pub(super) fn pinned(&self) -> String {
        format!("Argo CD {}/{}", self.namespace.as_deref().unwrap_or(NAMESPACE), self.name)
    }
}

/// The cluster in which Argo CD runs, from where a workload is.
pub(super) struct Hub<'a> {
    pub(super) clusters: &'a Clusters,
    /// The way to the workload.
    pub(super) client: &'a Client,
}

impl Hub<'_> {
    /// What the Application that tracks a workload does to a move. What it would do is not known where it
    /// cannot be read, and people say in the settings whether that is risk enough to refuse.
    pub(super) async fn look_at_tracking(&self, application: &Application, found: &mut Examination) {
        match self.read(application).await {
            Ok(object) => judge(&object, &application.name, found),
            Err(error) => self.judge_unread(application, error, found),
        }
    }

    /// The same of the Application that the label names, if it is one and says that the workload is its own.
    pub(super) async fn look_at_label(
        &self,
        workload: &Workload,
        unchecked: &mut Vec<&'static str>,
        found: &mut Examination,
    ) {
        let Some(application) = Application::hinted(workload) else { return };
        match self.read(&application).await {
            Ok(object) if claims(&object, workload) => judge(&object, &application.name, found),
            Ok(_) | Err(PlatformError::Missing { .. }) => {}
            Err(PlatformError::Forbidden { .. }) if !self.is_installed().await => {}
            Err(_) => unchecked.push(APPLICATIONS.3),
        }
    }

    async fn read(&self, application: &Application) -> Result<DynamicObject, PlatformError> {
        let namespace = self.namespace(application);
        let what = format!("read the application {} of Argo CD in namespace {namespace}", application.name);
        let client = self.client().await?;
        within(&what, resource::within(&client, namespace, APPLICATIONS).get(&application.name)).await
    }

    /// A server refuses whoever may not read a kind before it looks whether it has such a kind. Which kinds
    /// it has, it tells everybody.
    async fn is_installed(&self) -> bool {
        let Ok(client) = self.client().await else { return true };
        let (group, version, _, plural) = APPLICATIONS;
        let group = format!("{group}/{version}");
        match within("look whether Argo CD is there", client.list_api_group_resources(&group)).await {
            Ok(kinds) => kinds.resources.iter().any(|kind| kind.name == plural),
            Err(error) => !failure::is_missing(&error),
        }
    }

    async fn client(&self) -> Result<Client, PlatformError> {
        match self.clusters.argocd().context.as_deref() {
            None => Ok(self.client.clone()),
            context => self.clusters.client(context).await,
        }
    }

    fn namespace<'a>(&'a self, application: &'a Application) -> &'a str {
        application.namespace.as_deref().unwrap_or(&self.clusters.argocd().namespace)
    }

    fn judge_unread(&self, application: &Application, error: PlatformError, found: &mut Examination) {
        let about = |code: &'static str| Note::new(code).with("application", &application.name);
        match self.clusters.argocd().unread {
            Unread::Refuse => {
                let note = about("kubernetes-argocd-unknown").with("namespace", self.namespace(application));
                found.blockers.push(Trouble::new(note).saying(error));
            }
            Unread::Warn => found.warnings.push(about("kubernetes-argocd-unread")),
        }
    }
}

/// Argo CD reverts at once where it heals by itself; else it leaves a change alone until the next commit
/// (argo-cd, "Automated Sync Policy").
fn judge(application: &DynamicObject, name: &str, found: &mut Examination) {
    let note = |code: &'static str| Note::new(code).with("application", name);
    let automated = &application.data["spec"]["syncPolicy"]["automated"];
    let is_automatic = automated.is_object() && automated["enabled"].as_bool() != Some(false);
    if is_automatic && automated["selfHeal"].as_bool() == Some(true) {
        found.blockers.push(Trouble::new(note("kubernetes-argocd-heals")));
    } else if is_automatic {
        found.warnings.push(note("kubernetes-argocd-automatic"));
    } else {
        found.warnings.push(note("kubernetes-argocd-manual"));
    }
}

/// True where the Application lists the workload among its own. One that lists nothing yet is taken at the
/// label's word, unless it is Helm that wrote the label.
fn claims(application: &DynamicObject, workload: &Workload) -> bool {
    let Some(resources) = application.data["status"]["resources"].as_array() else {
        return workload.annotation(HELM_RELEASE).is_none();
    };
    let own = ["apps", workload.kind.word(), workload.namespace(), workload.name()];
    resources.iter().any(|listed| ["group", "kind", "namespace", "name"].map(|field| text(&listed[field])) == own)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::address::WorkloadKind;
    use super::*;

    /// The Deployment `api` of namespace `eu`.
    fn workload(mut metadata: Value) -> Workload {
        metadata["name"] = json!("api");
        metadata["namespace"] = json!("eu");
        let object = json!({"metadata": metadata, "spec": {"template": {}}});
        Workload::of(WorkloadKind::Deployment, serde_json::from_value(object).unwrap())
    }

    fn application(fields: Value) -> DynamicObject {
        let mut whole = json!({"metadata": {"name": "shop"}});
        whole.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        serde_json::from_value(whole).unwrap()
    }

    #[test]
    fn a_copy_of_an_annotation_tracks_nothing() {
        let tracking = |id: &str| Application::tracking(&workload(json!({"annotations": {TRACKING_ID: id}})));
        assert_eq!(tracking("shop:apps/Deployment:eu/api"), Some(Application::written("shop")));
        let foreign = tracking("team_shop:apps/Deployment:eu/api").unwrap();
        assert_eq!((foreign.namespace.as_deref(), foreign.name.as_str()), (Some("team"), "shop"));
        for copied in ["shop:apps/Deployment:eu/web", "shop:apps/StatefulSet:eu/api", "shop:/:us/api", "shop"] {
            assert_eq!(tracking(copied), None, "{copied}");
        }
    }

    #[test]
    fn an_annotation_goes_before_a_label() {
        let labels = json!({INSTANCE: "web"});
        let id = json!({TRACKING_ID: "shop:apps/Deployment:eu/api"});
        assert_eq!(Application::hinted(&workload(json!({"labels": labels}))), Some(Application::written("web")));
        assert_eq!(Application::hinted(&workload(json!({"labels": labels, "annotations": id}))), None);
    }

    #[test]
    fn a_label_alone_owns_only_what_the_application_lists() {
        let (plain, of_helm) = (workload(json!({})), workload(json!({"annotations": {HELM_RELEASE: "shop"}})));
        let listing = |namespace: &str| {
            let listed =
                json!({"group": "apps", "version": "v1", "kind": "Deployment", "namespace": namespace, "name": "api"});
            application(json!({"status": {"resources": [listed]}}))
        };
        assert!(claims(&listing("eu"), &plain) && claims(&listing("eu"), &of_helm));
        assert!(!claims(&listing("us"), &plain));
        assert!(!claims(&application(json!({"status": {"resources": []}})), &plain));
        let silent = application(json!({"status": {}}));
        assert!(claims(&silent, &plain) && !claims(&silent, &of_helm));
    }

    #[test]
    fn only_what_is_undone_at_once_is_refused() {
        let judged = |policy: Value| {
            let mut found = Examination::default();
            judge(&application(json!({"spec": {"syncPolicy": policy}})), "shop", &mut found);
            let refused = found.blockers.into_iter().map(|trouble| trouble.why.code);
            refused.chain(found.warnings.into_iter().map(|note| note.code)).collect::<Vec<_>>()
        };
        assert_eq!(judged(json!({"automated": {"selfHeal": true}})), ["kubernetes-argocd-heals"]);
        assert_eq!(judged(json!({"automated": {}})), ["kubernetes-argocd-automatic"]);
        assert_eq!(judged(json!({"automated": {"enabled": false, "selfHeal": true}})), ["kubernetes-argocd-manual"]);
        assert_eq!(judged(json!({})), ["kubernetes-argocd-manual"]);
    }
}
