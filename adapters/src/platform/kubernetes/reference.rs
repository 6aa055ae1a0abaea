//! What a template needs beside itself, and does not carry: ConfigMaps, Secrets, claims, accounts. None
//! of it is rolled back.

use std::collections::BTreeMap;

use commands::model::{Note, Trouble};
use commands::ports::Examination;
use futures::future::join_all;
use jiff::Timestamp;
use kube::Client;
use serde_json::Value;

use super::cluster::within;
use super::failure;
use super::resource::{self, Resource};
use super::template::{Template, text};

const CONFIG_MAP: Resource = ("", "v1", "ConfigMap", "configmaps");
const SECRET: Resource = ("", "v1", "Secret", "secrets");
const CLAIM: Resource = ("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims");
const ACCOUNT: Resource = ("", "v1", "ServiceAccount", "serviceaccounts");
const PRIORITY: Resource = ("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses");

/// Kind and name of what is needed, and whether pods begin without it.
type Needed = BTreeMap<(Resource, String), bool>;

/// How one of them stands.
enum Standing {
    There { changed: Option<Timestamp> },
    Missing,
    NotTold,
}

/// What is missing, what changed since the revision was made, and what stays as it is.
pub(super) async fn look(
    client: &Client,
    namespace: &str,
    to: &Template,
    made: Option<Timestamp>,
    unchecked: &mut Vec<&'static str>,
) -> Examination {
    let mut found = Examination::default();
    let needed = needed(to);
    let looks = needed.iter().map(|((resource, name), _)| stands(client, namespace, *resource, name));
    let standings = join_all(looks).await;
    for (((resource, name), is_optional), standing) in needed.iter().zip(standings) {
        let about = |code| Note::new(code).with("kind", resource.2).with("name", name);
        match standing {
            Standing::Missing if !is_optional => {
                found.blockers.push(Trouble::new(about("kubernetes-reference-missing")));
            }
            Standing::There { changed: Some(when) } if made.is_some_and(|made| when > made) && is_data(*resource) => {
                let when = when.strftime("%Y-%m-%d %H:%M UTC");
                found.warnings.push(about("kubernetes-reference-changed").with("when", when));
            }
            Standing::NotTold if !unchecked.contains(&resource.3) => unchecked.push(resource.3),
            Standing::There { .. } | Standing::Missing | Standing::NotTold => {}
        }
    }
    let data: Vec<String> = needed
        .keys()
        .filter(|(resource, _)| is_data(*resource))
        .map(|(resource, name)| format!("{} {name}", resource.2))
        .collect();
    if !data.is_empty() {
        found.losses.push(Note::new("kubernetes-references-stay").with("names", data.join(", ")));
    }
    found
}

/// What a version of a program reads, and an account or a claim is not.
fn is_data(resource: Resource) -> bool {
    resource == CONFIG_MAP || resource == SECRET
}

/// Only its metadata is asked for: what it holds is none of the bot's business.
async fn stands(client: &Client, namespace: &str, resource: Resource, name: &str) -> Standing {
    let api = if resource == PRIORITY {
        resource::of_cluster(client, resource)
    } else {
        resource::within(client, namespace, resource)
    };
    match within("look at what a template needs", api.get_metadata(name)).await {
        Ok(object) => {
            let times =
                object.metadata.managed_fields.iter().flatten().filter_map(|entry| Some(entry.time.as_ref()?.0));
            let created = object.metadata.creation_timestamp.as_ref().map(|time| time.0);
            Standing::There { changed: times.max().or(created) }
        }
        Err(error) if failure::is_missing(&error) => Standing::Missing,
        Err(_) => Standing::NotTold,
    }
}

fn needed(template: &Template) -> Needed {
    let mut needed = Needed::new();
    let mut need = |resource: Resource, name: &Value, optional: &Value| {
        if let Some(name) = name.as_str().filter(|name| !name.is_empty()) {
            let is_optional = optional.as_bool().unwrap_or_default();
            // Needed once is needed.
            needed.entry((resource, name.to_owned())).and_modify(|known| *known &= is_optional).or_insert(is_optional);
        }
    };
    let spec = &template.value()["spec"];
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for volume in list(&spec["volumes"]) {
        need(CONFIG_MAP, &volume["configMap"]["name"], &volume["configMap"]["optional"]);
        need(SECRET, &volume["secret"]["secretName"], &volume["secret"]["optional"]);
        need(CLAIM, &volume["persistentVolumeClaim"]["claimName"], &Value::Null);
        for source in list(&volume["projected"]["sources"]) {
            need(CONFIG_MAP, &source["configMap"]["name"], &source["configMap"]["optional"]);
            need(SECRET, &source["secret"]["name"], &source["secret"]["optional"]);
        }
    }
    for container in template.containers() {
        for source in list(&container["envFrom"]) {
            need(CONFIG_MAP, &source["configMapRef"]["name"], &source["configMapRef"]["optional"]);
            need(SECRET, &source["secretRef"]["name"], &source["secretRef"]["optional"]);
        }
        for from in list(&container["env"]).iter().map(|variable| &variable["valueFrom"]) {
            need(CONFIG_MAP, &from["configMapKeyRef"]["name"], &from["configMapKeyRef"]["optional"]);
            need(SECRET, &from["secretKeyRef"]["name"], &from["secretKeyRef"]["optional"]);
        }
    }
    for secret in list(&spec["imagePullSecrets"]) {
        // A missing one is no error to the kubelet: the pull may work without.
        need(SECRET, &secret["name"], &Value::Bool(true));
    }
    if text(&spec["serviceAccountName"]) != "default" {
        need(ACCOUNT, &spec["serviceAccountName"], &Value::Null);
    }
    if !text(&spec["priorityClassName"]).starts_with("system-") {
        need(PRIORITY, &spec["priorityClassName"], &Value::Null);
    }
    needed
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn everything_that_is_needed_is_found() {
        let env = json!([{"name": "A", "valueFrom": {"secretKeyRef": {"name": "db", "key": "k", "optional": true}}}]);
        let from = json!([{"configMapRef": {"name": "flags", "optional": true}}, {"secretRef": {"name": "db"}}]);
        let volumes = json!([
            {"name": "a", "configMap": {"name": "app"}},
            {"name": "b", "persistentVolumeClaim": {"claimName": "data"}},
            {"name": "c", "projected": {"sources": [{"secret": {"name": "tls"}}]}},
            {"name": "d", "emptyDir": {}},
        ]);
        let spec = json!({
            "containers": [{"name": "api", "env": env, "envFrom": from}], "volumes": volumes,
            "serviceAccountName": "api", "priorityClassName": "system-node-critical",
            "imagePullSecrets": [{"name": "pull"}],
        });
        let needed = needed(&Template::new(json!({"spec": spec})));
        let told: Vec<String> =
            needed.iter().map(|((resource, name), optional)| format!("{} {name} {optional}", resource.2)).collect();
        assert_eq!(
            told,
            [
                "ConfigMap app false",
                "ConfigMap flags true",
                "PersistentVolumeClaim data false",
                "Secret db false",
                "Secret pull true",
                "Secret tls false",
                "ServiceAccount api false",
            ]
        );
    }
}
