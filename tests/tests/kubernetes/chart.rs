//! The Helm chart, rendered: the language of its templates is that of Go, which `gtmpl` speaks; the few
//! functions that Helm adds are here. What it makes is held against what a careful cluster demands.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use gtmpl::{Context, FuncError, Template, Value as Go};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::kubernetes::Kind;

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
pub fn values(change: impl FnOnce(&mut Value)) -> Value {
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
pub fn render(values: &Value) -> Vec<Value> {
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

/// Those of this kind.
pub fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| object["kind"] == kind).collect()
}

/// One namespace with one workload of each kind, and owners of each sort.
fn everything() -> Value {
    values(|values| {
        values["namespaces"] = json!([{
            "name": "prod", "deployments": ["api"], "statefulSets": ["api"], "daemonSets": ["api"], "readSecrets": true,
            "createPods": true,
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
        assert_eq!(set["spec"]["podManagementPolicy"], "Parallel", "a pod that is stuck holds up its replacement");
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

fn names(objects: &[Value]) -> BTreeSet<String> {
    let name = |of: &Value| format!("{} {}/{}", of["kind"], of["metadata"]["namespace"], of["metadata"]["name"]);
    objects.iter().map(name).collect()
}

#[test]
fn every_object_is_labelled_and_in_its_place() {
    let objects = render(&everything());
    assert_eq!(names(&objects).len(), objects.len(), "no two are one: {:?}", names(&objects));
    for object in &objects {
        let kind = Kind::of(object).map_or_else(|| object["kind"].to_string(), |kind| kind.name.to_owned());
        let labels = &object["metadata"]["labels"];
        assert_eq!(labels["app.kubernetes.io/name"], "switchback", "{kind}");
        assert_eq!(labels["app.kubernetes.io/instance"], "switchback", "{kind}");
        let belongs = object["metadata"]["namespace"].is_string();
        assert_ne!(belongs, kind.contains("Cluster"), "{kind} belongs to a namespace, or to the cluster");
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
fn tools_that_share_a_namespace_have_roles_of_their_own() {
    let objects = render(&values(|values| {
        values["namespaces"] = json!([{"name": "prod", "deployments": ["api"]}]);
        values["owners"] = json!({"argocd": ["prod"], "flux": ["prod"], "rollouts": true});
    }));
    assert_eq!(names(&objects).len(), objects.len(), "{:?}", names(&objects));
    assert_eq!(of_kind(&objects, "Role").len(), 3);
    for binding in of_kind(&objects, "RoleBinding") {
        assert_eq!(binding["roleRef"]["name"], binding["metadata"]["name"]);
    }
}

#[test]
fn nothing_is_made_outside_of_namespaces_where_that_is_not_wanted() {
    let objects = render(&values(|values| {
        values["namespaces"] = json!([{"name": "prod", "deployments": ["api"]}]);
        values["priorityClasses"] = json!(false);
    }));
    for kind in ["ClusterRole", "ClusterRoleBinding"] {
        assert!(of_kind(&objects, kind).is_empty(), "{kind}");
    }
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
