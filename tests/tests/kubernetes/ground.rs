//! Where a test is played: the model of a cluster, or a namespace of its own on a real control plane.
//!
//! `SWITCHBACK_TEST_KUBECONFIG` names the kubeconfig of a real one (1.36 is what the model follows). Pods
//! of tests are placed on no node there: the test itself stands in for the kubelet, so that a control
//! plane without nodes will do, and no image is pulled.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use kube::api::{ApiResource, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::GroupVersionKind;
use kube::{Api, Client, Config};
use serde_json::{Value, json};
use tests::kubernetes::{Cluster, Kind, PodBehaviour};

use crate::kubelet::Kubelet;

/// The kubeconfig of a real cluster.
const REAL: &str = "SWITCHBACK_TEST_KUBECONFIG";

/// Who deploys beside the bot.
pub const DELIVERY: &str = "ci";

/// How long something may take that is under way.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// A namespace of one test.
pub struct Ground {
    /// The kubeconfig that leads here.
    pub kubeconfig: PathBuf,
    /// The test's own way in.
    pub client: Client,
    /// Its name.
    pub namespace: String,
    model: Option<Cluster>,
    kubelet: Option<Arc<Kubelet>>,
}

impl Ground {
    /// A real cluster where there is one, else the model. Says which.
    pub async fn new() -> Self {
        bot::wiring::install_crypto_provider();
        match std::env::var_os(REAL).map(PathBuf::from) {
            Some(kubeconfig) => Self::real(kubeconfig).await,
            None => Self::model().await,
        }
    }

    /// The model, whatever there is: for what no real cluster does on demand.
    pub async fn model() -> Self {
        bot::wiring::install_crypto_provider();
        let cluster = Cluster::start().await;
        say(&format!("on the model at {}", cluster.url()));
        let kubeconfig = cluster.kubeconfig();
        let client = client(&kubeconfig).await;
        let ground = Self { kubeconfig, client, namespace: "prod".to_owned(), model: Some(cluster), kubelet: None };
        ground.create_namespace().await;
        ground
    }

    async fn real(kubeconfig: PathBuf) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let namespace = format!("switchback-{}-{number}", std::process::id());
        let client = client(&kubeconfig).await;
        let version = client.apiserver_version().await.expect("the cluster answers").git_version;
        say(&format!("on the real cluster of {}, {version}, in namespace {namespace}", kubeconfig.display()));
        let kubelet = Kubelet::start(client.clone(), &namespace);
        let ground = Self { kubeconfig, client, namespace, model: None, kubelet: Some(kubelet) };
        ground.create_namespace().await;
        ground
    }

    async fn create_namespace(&self) {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}});
        let object: DynamicObject = serde_json::from_value(namespace).unwrap();
        match Api::all_with(self.client.clone(), &about("namespaces")).create(&PostParams::default(), &object).await {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            Err(error) => panic!("{error}"),
        }
        // Pods are refused until the controller has made the account.
        if self.model.is_none() {
            self.until("serviceaccounts", "default", |account| !account.is_null()).await;
        }
    }

    /// The model; only where this ground is it.
    pub fn cluster(&self) -> &Cluster {
        self.model.as_ref().expect("this test is of the model alone")
    }

    /// True on a real cluster.
    pub fn is_real(&self) -> bool {
        self.model.is_none()
    }

    /// Objects of this kind.
    pub fn api(&self, plural: &str) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), &self.namespace, &about(plural))
    }

    /// Makes an object.
    pub async fn create(&self, mut object: Value) {
        object["metadata"]["namespace"] = json!(self.namespace);
        if object["spec"]["template"].is_object() {
            // On a real cluster no scheduler is to take these pods.
            object["spec"]["template"]["spec"]["schedulerName"] = json!("switchback-tests");
        }
        let plural = Kind::of(&object).expect("a kind that is known").plural;
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        let params = PostParams { field_manager: Some(DELIVERY.to_owned()), ..PostParams::default() };
        self.api(plural).create(&params, &object).await.unwrap();
    }

    /// Changes an object by a JSON patch, as this manager.
    pub async fn patch_as(&self, manager: &str, plural: &str, name: &str, operations: Value) {
        let params = PatchParams { field_manager: Some(manager.to_owned()), ..PatchParams::default() };
        let patch = Patch::Json::<()>(serde_json::from_value(operations).unwrap());
        self.api(plural).patch(name, &params, &patch).await.unwrap();
    }

    /// Changes an object by a JSON patch, as the delivery pipeline.
    pub async fn patch(&self, plural: &str, name: &str, operations: Value) {
        self.patch_as(DELIVERY, plural, name, operations).await;
    }

    /// Changes some fields of an object, as the delivery pipeline.
    pub async fn merge(&self, plural: &str, name: &str, change: Value) {
        let params = PatchParams { field_manager: Some(DELIVERY.to_owned()), ..PatchParams::default() };
        self.api(plural).patch(name, &params, &Patch::Merge(change)).await.unwrap();
    }

    /// Sets the image of the first container.
    pub async fn release(&self, plural: &str, name: &str, image: &str) {
        let at = "/spec/template/spec/containers/0/image";
        self.patch(plural, name, json!([{"op": "replace", "path": at, "value": image}])).await;
    }

    /// Sets the image of the first container, and waits until all of it runs.
    pub async fn release_and_wait(&self, plural: &str, name: &str, image: &str) {
        self.release(plural, name, image).await;
        self.settled(plural, name).await;
    }

    /// Waits until a workload is all there.
    pub async fn settled(&self, plural: &str, name: &str) -> Value {
        self.until(plural, name, is_settled).await
    }

    /// An object; null where it is not there.
    pub async fn get(&self, plural: &str, name: &str) -> Value {
        let found = self.api(plural).get_opt(name).await.unwrap();
        found.map_or(Value::Null, |object| serde_json::to_value(object).unwrap())
    }

    /// All objects of a kind.
    pub async fn all(&self, plural: &str) -> Vec<Value> {
        let list = self.api(plural).list(&ListParams::default()).await.unwrap();
        list.items.into_iter().map(|object| serde_json::to_value(object).unwrap()).collect()
    }

    /// Waits until this holds of an object.
    pub async fn until(&self, plural: &str, name: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let now = self.get(plural, name).await;
            if holds(&now) {
                return now;
            }
            assert!(Instant::now() < end, "it stays {now:#}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Containers of this image behave so from their next start.
    pub fn behave(&self, image: &str, behaviour: PodBehaviour) {
        match (&self.model, &self.kubelet) {
            (Some(cluster), _) => cluster.behave(image, behaviour),
            (None, Some(kubelet)) => kubelet.behave(image, behaviour),
            (None, None) => unreachable!("one of them is there"),
        }
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let Some(kubelet) = &self.kubelet else { return };
        kubelet.stop();
        let (kubeconfig, namespace) = (self.kubeconfig.clone(), self.namespace.clone());
        // What the test made goes with its namespace; a runtime that is ending cannot wait for that.
        let cleaning = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let api: Api<DynamicObject> = Api::all_with(client(&kubeconfig).await, &about("namespaces"));
                let _ = api.delete(&namespace, &kube::api::DeleteParams::default()).await;
            });
        });
        let _ = cleaning.join();
    }
}

/// True once all of a workload runs what it is set to.
pub fn is_settled(object: &Value) -> bool {
    let status = &object["status"];
    let count = |name: &str| status[name].as_i64().unwrap_or_default();
    let seen = object["metadata"]["generation"] == status["observedGeneration"];
    let wanted = object["spec"]["replicas"].as_i64();
    seen && match (wanted, object["kind"].as_str()) {
        (Some(wanted), Some("StatefulSet")) => count("updatedReplicas") == wanted && count("readyReplicas") == wanted,
        (Some(wanted), _) => {
            count("updatedReplicas") == wanted && count("replicas") == wanted && count("availableReplicas") == wanted
        }
        (None, _) => {
            let nodes = count("desiredNumberScheduled");
            nodes > 0 && count("updatedNumberScheduled") == nodes && count("numberAvailable") == nodes
        }
    }
}

/// Which ground it is stands in the output of each test.
fn say(line: &str) {
    // Where nobody listens, the test goes on all the same.
    let _ = writeln!(std::io::stderr(), "{line}");
}

async fn client(kubeconfig: &std::path::Path) -> Client {
    let kubeconfig = Kubeconfig::read_from(kubeconfig).unwrap();
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    Client::try_from(config).unwrap()
}

fn about(plural: &str) -> ApiResource {
    let kind = Kind::named(plural);
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(kind.group, kind.version, kind.name), plural)
}
