//! The Helm chart, rendered: the language of its templates is that of Go, which `gtmpl` speaks; the few
//! functions that Helm adds are here. What it makes is held against what a careful cluster demands, and
//! its roles against every call that the adapter really makes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use commands::model::Verdict;
use gtmpl::{Context, FuncError, Template, Value as Go};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::kubernetes::{Call, Kind, daemon_set, stateful_set};

use crate::ground::Ground;
use crate::rig::{Rig, image};

fn chart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/helm/switchback")
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn read(name: &str) -> String {
    fs::read_to_string(chart().join(name)).unwrap()
}

/// The chart's own values with these in their place.
fn values(change: impl FnOnce(&mut Value)) -> Value {
    let mut values = yaml(&read("values.yaml"));
    change(&mut values);
    values
}

fn go(value: &Value) -> Go {
    match value {
        Value::Null => Go::Nil,
        Value::Bool(is) => Go::Bool(*is),
        Value::Number(number) => number.as_i64().map_or(Go::Nil, Go::from),
        Value::String(text) => Go::String(text.clone()),
        Value::Array(items) => Go::Array(items.iter().map(go).collect()),
        Value::Object(fields) => Go::Map(fields.iter().map(|(name, field)| (name.clone(), go(field))).collect()),
    }
}

fn plain(value: &Go) -> Value {
    match value {
        Go::Bool(is) => json!(is),
        Go::String(text) => json!(text),
        Go::Array(items) => items.iter().map(plain).collect(),
        Go::Map(fields) | Go::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.clone(), plain(field)))
            .collect::<BTreeMap<_, _>>()
            .into_iter()
            .collect(),
        Go::Number(_) => json!(value.to_string().parse::<i64>().unwrap()),
        _ => Value::Null,
    }
}

fn text(value: &Go) -> String {
    match value {
        Go::String(text) => text.clone(),
        other => other.to_string(),
    }
}

type Answer = Result<Go, FuncError>;

fn quote(of: &[Go]) -> Answer {
    Ok(Go::String(Value::String(text(&of[0])).to_string()))
}

/// JSON is YAML.
fn to_yaml(of: &[Go]) -> Answer {
    Ok(Go::String(plain(&of[0]).to_string()))
}

fn nindent(of: &[Go]) -> Answer {
    let spaces: usize = text(&of[0]).parse().unwrap();
    let lines: Vec<String> = text(&of[1]).lines().map(|line| format!("{}{line}", " ".repeat(spaces))).collect();
    Ok(Go::String(format!("\n{}", lines.join("\n"))))
}

fn default(of: &[Go]) -> Answer {
    let is_empty = matches!(&of[1], Go::Nil | Go::NoValue) || text(&of[1]).is_empty();
    Ok(of[usize::from(!is_empty)].clone())
}

fn replace(of: &[Go]) -> Answer {
    Ok(Go::String(text(&of[2]).replace(&text(&of[0]), &text(&of[1]))))
}

fn sha256sum(of: &[Go]) -> Answer {
    let digest = Sha256::digest(text(&of[0]).as_bytes());
    Ok(Go::String(digest.iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// Every object that the chart makes of these values.
fn render(values: &Value) -> Vec<Value> {
    let about = yaml(&read("Chart.yaml"));
    let scope = json!({
        "Values": values,
        "Chart": {"AppVersion": about["appVersion"], "Name": about["name"], "Version": about["version"]},
        "Release": {"Name": "switchback", "Namespace": "operations", "Service": "Helm"},
    });
    let context = Context::from(go(&scope));
    let mut files: Vec<PathBuf> =
        fs::read_dir(chart().join("templates")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    files.sort();
    assert!(files.len() >= 6, "{files:?}");
    let mut objects = Vec::new();
    for path in files {
        let mut template = Template::default();
        let functions: [(&str, gtmpl::Func); 6] = [
            ("quote", quote),
            ("toYaml", to_yaml),
            ("nindent", nindent),
            ("default", default),
            ("replace", replace),
            ("sha256sum", sha256sum),
        ];
        template.add_funcs(&functions);
        template.add_template("helpers", read("templates/_helpers.tpl")).unwrap();
        template
            .parse(fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let rendered = template.render(&context).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let documents = rendered.split("\n---\n").filter(|document| document.lines().any(is_content));
        objects.extend(documents.map(yaml));
    }
    objects
}

fn is_content(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#') && line != "---"
}

fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| object["kind"] == kind).collect()
}

/// One namespace with one workload of each kind, and owners of each sort.
fn everything() -> Value {
    values(|values| {
        values["namespaces"] = json!([{
            "name": "prod", "deployments": ["api"], "statefulSets": ["api"], "daemonSets": ["api"], "readSecrets": true,
        }]);
        values["owners"] = json!({"argocd": ["argocd"], "flux": ["flux-system"], "rollouts": true});
        values["kubeconfigSecret"] = json!("clusters");
        values["image"]["pullSecrets"] = json!(["registry"]);
        values["secretEnvironment"] = json!([{"name": "TOKEN", "secret": "switchback", "key": "token"}]);
        values["networkPolicy"]["metricsFrom"] = json!([{"matchLabels": {"team": "monitoring"}}]);
        values["nodeSelector"] = json!({"disk": "ssd"});
        values["tolerations"] = json!([{"key": "operations", "operator": "Exists"}]);
    })
}

#[test]
fn the_pod_has_no_more_rights_than_it_needs() {
    for values in [values(|_| {}), everything()] {
        let objects = render(&values);
        let set = of_kind(&objects, "StatefulSet")[0];
        assert_eq!(set["spec"]["replicas"], 1, "one writer of one log");
        let pod = &set["spec"]["template"]["spec"];
        let security = &pod["securityContext"];
        assert_eq!((&security["runAsNonRoot"], &security["runAsUser"]), (&json!(true), &json!(65532)));
        assert_eq!(security["seccompProfile"]["type"], "RuntimeDefault");
        for forbidden in ["hostNetwork", "hostPID", "hostIPC"] {
            assert!(pod[forbidden].is_null(), "{forbidden}");
        }
        let container = &pod["containers"][0];
        let security = &container["securityContext"];
        assert_eq!(security["readOnlyRootFilesystem"], true);
        assert_eq!(security["allowPrivilegeEscalation"], false);
        assert_eq!(security["capabilities"], json!({"drop": ["ALL"]}));
        for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
            assert_eq!(container[probe]["httpGet"]["port"], "http", "{probe}");
        }
        assert!(container["resources"]["limits"]["memory"].is_string());
        let writable = container["volumeMounts"].as_array().unwrap().iter().filter(|mount| mount["readOnly"] != true);
        let writable: Vec<&str> = writable.map(|mount| mount["mountPath"].as_str().unwrap()).collect();
        assert_eq!(writable, ["/var/lib/switchback", "/tmp"]);
        assert_eq!(of_kind(&objects, "ServiceAccount")[0]["automountServiceAccountToken"], false);
        assert_eq!(of_kind(&objects, "NetworkPolicy").len(), 1);
    }
}

#[test]
fn every_object_is_labelled_and_in_its_place() {
    let objects = render(&everything());
    let names: BTreeSet<String> = objects
        .iter()
        .map(|object| format!("{} {}/{}", object["kind"], object["metadata"]["namespace"], object["metadata"]["name"]))
        .collect();
    assert_eq!(names.len(), objects.len(), "no two are one: {names:?}");
    for object in &objects {
        let kind = Kind::of(object).map_or_else(|| object["kind"].to_string(), |kind| kind.name.to_owned());
        let labels = &object["metadata"]["labels"];
        assert_eq!(labels["app.kubernetes.io/name"], "switchback", "{kind}");
        assert_eq!(labels["app.kubernetes.io/instance"], "switchback", "{kind}");
        assert!(object["metadata"]["namespace"].is_string(), "{kind} belongs to a namespace");
    }
    let set = of_kind(&objects, "StatefulSet")[0];
    let selector = &set["spec"]["selector"]["matchLabels"];
    for (label, value) in selector.as_object().unwrap() {
        assert_eq!(set["spec"]["template"]["metadata"]["labels"][label], *value);
        assert_eq!(of_kind(&objects, "Service")[0]["spec"]["selector"][label], *value);
        assert_eq!(of_kind(&objects, "NetworkPolicy")[0]["spec"]["podSelector"]["matchLabels"][label], *value);
    }
}

#[test]
fn by_default_nothing_can_be_moved() {
    let objects = render(&values(|_| {}));
    for kind in ["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"] {
        assert!(of_kind(&objects, kind).is_empty(), "{kind}");
    }
    assert_eq!(of_kind(&objects, "NetworkPolicy")[0]["spec"]["ingress"], json!([]));
}

#[test]
fn the_configuration_of_the_values_is_taken_by_the_bot() {
    let objects = render(&values(|values| {
        values["configuration"]["catalogue.d--api.toml"] = json!(
            "name = \"api\"\n[[target]]\nname = \"release\"\nkind = \"release\"\nplatform = \"kubernetes\"\n\
             address = { namespace = \"shop\", workload = \"deployment/api\" }\n"
        );
    }));
    let data = &of_kind(&objects, "ConfigMap")[0]["data"];
    let items = &of_kind(&objects, "StatefulSet")[0]["spec"]["template"]["spec"]["volumes"][0]["configMap"]["items"];
    let folder = tempfile::tempdir().unwrap();
    for item in items.as_array().unwrap() {
        let path = folder.path().join(item["path"].as_str().unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, data[item["key"].as_str().unwrap()].as_str().unwrap()).unwrap();
    }
    let taken = bot::wiring::configuration(&folder.path().join("switchback.toml"));
    // Nobody is named in it who could approve: that alone is missing.
    let wrong = taken.err().map(|refusal| refusal.report(false)).unwrap_or_default();
    assert!(wrong.is_empty() || wrong.contains("on-call") || wrong.contains("owners"), "{wrong}");
    assert!(!wrong.contains("kubernetes") && !wrong.contains("unknown"), "{wrong}");
}

#[test]
fn another_configuration_is_another_pod() {
    let digest = |text: &str| {
        let objects = render(&values(|values| values["configuration"]["switchback.toml"] = json!(text)));
        let pod = &of_kind(&objects, "StatefulSet")[0]["spec"]["template"];
        pod["metadata"]["annotations"]["switchback/configuration"].as_str().unwrap().to_owned()
    };
    assert_ne!(digest("a"), digest("b"));
    assert_eq!(digest("a").len(), 64);
}

#[test]
fn a_digest_goes_before_a_tag() {
    let image = |change: &dyn Fn(&mut Value)| {
        let objects = render(&values(|values| change(&mut values["image"])));
        of_kind(&objects, "StatefulSet")[0]["spec"]["template"]["spec"]["containers"][0]["image"].clone()
    };
    let version = yaml(&read("Chart.yaml"))["appVersion"].as_str().unwrap().to_owned();
    assert_eq!(image(&|_| {}), format!("switchback:{version}"));
    assert_eq!(image(&|image| image["tag"] = json!("v9")), "switchback:v9");
    assert_eq!(image(&|image| image["digest"] = json!("sha256:12")), "switchback@sha256:12");
}

/// Namespace, group, resource, verb, and the name where the role names one.
type Right = (String, String, String, String, Option<String>);

fn rights(objects: &[Value]) -> BTreeSet<Right> {
    let mut rights = BTreeSet::new();
    let words = |list: &Value| -> Vec<String> {
        list.as_array().into_iter().flatten().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    for role in of_kind(objects, "Role") {
        let namespace = role["metadata"]["namespace"].as_str().unwrap();
        for rule in role["rules"].as_array().unwrap() {
            let named: Vec<Option<String>> = match rule["resourceNames"].is_array() {
                true => words(&rule["resourceNames"]).into_iter().map(Some).collect(),
                false => vec![None],
            };
            for (group, resource, verb) in words(&rule["apiGroups"]).iter().flat_map(|group| {
                let verbs = words(&rule["verbs"]);
                words(&rule["resources"])
                    .into_iter()
                    .flat_map(move |resource| verbs.clone().into_iter().map(move |verb| (resource.clone(), verb)))
                    .map(move |(resource, verb)| (group.clone(), resource, verb))
            }) {
                let right = |name: &Option<String>| {
                    (namespace.to_owned(), group.clone(), resource.clone(), verb.clone(), name.clone())
                };
                rights.extend(named.iter().map(right));
            }
        }
    }
    rights
}

/// What a call takes: a list of one object by its name is of that object.
fn asked(call: &Call) -> Option<Right> {
    let parts: Vec<&str> = call.path.trim_start_matches('/').split('/').collect();
    let (group, rest) = match parts.as_slice() {
        ["api", _, rest @ ..] => ("", rest),
        ["apis", group, _, rest @ ..] => (*group, rest),
        _ => return None,
    };
    let ["namespaces", namespace, resource, name @ ..] = rest else { return None };
    let by_field = call.query.get("fieldSelector").and_then(|selector| selector.strip_prefix("metadata.name="));
    let name = name.first().copied().or(by_field).map(str::to_owned);
    Some(((*namespace).to_owned(), group.to_owned(), (*resource).to_owned(), call.verb.clone(), name))
}

/// Looks, moves and observes one workload, and tells what that took.
async fn calls(plural: &'static str, first: Value) -> BTreeSet<Right> {
    let mut first = first;
    let claim =
        json!([{"configMapRef": {"name": "flags", "optional": true}}, {"secretRef": {"name": "db", "optional": true}}]);
    first["spec"]["template"]["spec"]["containers"][0]["envFrom"] = claim;
    first["metadata"]["annotations"] = json!({"argocd.argoproj.io/tracking-id": "shop:apps/x:prod/api"});
    first["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"] = json!("apps");
    first["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/namespace"] = json!("flux-system");
    first["metadata"]["labels"]["helm.toolkit.fluxcd.io/name"] = json!("apps");
    first["metadata"]["labels"]["helm.toolkit.fluxcd.io/namespace"] = json!("flux-system");
    let rig = Rig::of(Ground::model().await, plural, first).await;
    rig.ground.release_and_wait(plural, "api", &image("v1.3.0")).await;
    let bad = image("v1.4.0");
    if plural == "statefulsets" {
        rig.ground.behave(&bad, tests::kubernetes::PodBehaviour::CannotPull);
        rig.ground.release(plural, "api", &bad).await;
        rig.ground
            .until("pods", "api-2", |pod| {
                pod["spec"]["containers"][0]["image"] == bad
                    && pod["status"]["containerStatuses"][0]["state"]["waiting"].is_object()
            })
            .await;
    }
    rig.ground.cluster().forget_calls();
    rig.examine("v1.2.9").await;
    let plan = rig.plan("v1.2.9").await;
    rig.carry(&plan).await.unwrap();
    rig.await_verdict(&plan, |verdict| *verdict == Verdict::Done).await;
    rig.ground.cluster().calls().iter().filter_map(asked).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_roles_allow_what_is_done_and_nothing_else() {
    let rights = rights(&render(&everything()));
    let mut asked = BTreeSet::new();
    let workloads = [
        ("deployments", tests::kubernetes::deployment("api", &image("v1.2.9"), 1)),
        ("statefulsets", stateful_set("api", &image("v1.2.9"), 3)),
        ("daemonsets", daemon_set("api", &image("v1.2.9"))),
    ];
    for (plural, first) in workloads {
        asked.extend(calls(plural, first).await);
    }
    let without_name = |right: &Right| (right.0.clone(), right.1.clone(), right.2.clone(), right.3.clone(), None);
    let denied: Vec<&Right> =
        asked.iter().filter(|right| !rights.contains(*right) && !rights.contains(&without_name(right))).collect();
    assert_eq!(denied, Vec::<&Right>::new(), "the roles do not allow this");
    let is_used = |right: &&Right| asked.contains(*right) || asked.iter().any(|asked| without_name(asked) == **right);
    // A claim and an account are looked at only where a template names one.
    let rare = ["persistentvolumeclaims", "serviceaccounts"];
    let idle: Vec<&Right> =
        rights.iter().filter(|right| !is_used(right) && !rare.contains(&right.2.as_str())).collect();
    assert_eq!(idle, Vec::<&Right>::new(), "nobody needs this");
}
