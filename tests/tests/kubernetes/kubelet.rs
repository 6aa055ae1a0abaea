//! Stands in for the kubelet on a real control plane: says of each pod of a namespace what its image is
//! to do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kube::api::{DynamicObject, ListParams, Patch, PatchParams};
use kube::{Api, Client};
use serde_json::{Value, json};
use tests::kubernetes::PodBehaviour;
use tokio::task::JoinHandle;

/// How often pods are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The one of a namespace.
pub struct Kubelet {
    behaviours: Mutex<BTreeMap<String, PodBehaviour>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Kubelet {
    /// Begins to look.
    pub fn start(client: Client, namespace: &str) -> Arc<Self> {
        let kubelet = Arc::new(Self { behaviours: Mutex::default(), task: Mutex::default() });
        let resource =
            kube::api::ApiResource::from_gvk_with_plural(&kube::core::GroupVersionKind::gvk("", "v1", "Pod"), "pods");
        let pods: Api<DynamicObject> = Api::namespaced_with(client, namespace, &resource);
        let own = Arc::clone(&kubelet);
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                let Ok(list) = pods.list(&ListParams::default()).await else { continue };
                for pod in list.items {
                    own.tend(&pods, &pod).await;
                }
            }
        });
        *kubelet.task.lock().unwrap() = Some(task);
        kubelet
    }

    /// Containers of this image behave so.
    pub fn behave(&self, image: &str, behaviour: PodBehaviour) {
        self.behaviours.lock().unwrap().insert(image.to_owned(), behaviour);
    }

    /// Looks no more.
    pub fn stop(&self) {
        if let Some(task) = self.task.lock().unwrap().take() {
            task.abort();
        }
    }

    async fn tend(&self, pods: &Api<DynamicObject>, pod: &DynamicObject) {
        if pod.metadata.deletion_timestamp.is_some() {
            return;
        }
        let image = pod.data["spec"]["containers"][0]["image"].as_str().unwrap_or_default();
        let behaviour = self.behaviours.lock().unwrap().get(image).cloned();
        let status = status(&pod.data["spec"]["containers"], behaviour.as_ref());
        let is = |at: &str| pod.data["status"].pointer(at) == status.pointer(at);
        if is("/phase") && is("/containerStatuses/0/state") {
            return;
        }
        // A pod that went meanwhile needs no status.
        let name = pod.metadata.name.as_deref().unwrap_or_default();
        let _ = pods.patch_status(name, &PatchParams::default(), &Patch::Merge(json!({"status": status}))).await;
    }
}

fn status(containers: &Value, behaviour: Option<&PodBehaviour>) -> Value {
    let (phase, ready, state, restarts) = match behaviour {
        Some(PodBehaviour::CannotPull) => {
            let waiting = json!({"reason": "ImagePullBackOff", "message": "Back-off pulling image"});
            ("Pending", false, json!({"waiting": waiting}), 0)
        }
        Some(PodBehaviour::Crashes(code)) => {
            let message = format!("back-off restarting failed container (exit code {code})");
            ("Running", false, json!({"waiting": {"reason": "CrashLoopBackOff", "message": message}}), 3)
        }
        Some(PodBehaviour::NeverReady) => ("Running", false, json!({"running": {"startedAt": null}}), 0),
        _ => ("Running", true, json!({"running": {"startedAt": null}}), 0),
    };
    let word = if ready { "True" } else { "False" };
    let conditions: Vec<Value> = ["PodScheduled", "Initialized", "ContainersReady", "Ready"]
        .iter()
        .map(|kind| json!({"type": kind, "status": if kind.starts_with('P') || kind.starts_with('I') { "True" } else { word }, "lastTransitionTime": "2024-01-15T12:00:00Z"}))
        .collect();
    let statuses: Vec<Value> = containers
        .as_array()
        .into_iter()
        .flatten()
        .map(|container| {
            json!({
                "name": container["name"], "image": container["image"], "imageID": "", "ready": ready,
                "restartCount": restarts, "state": state,
            })
        })
        .collect();
    json!({"phase": phase, "conditions": conditions, "containerStatuses": statuses})
}
