//! What else the specification before this one would have changed: it is not rolled back, and people
//! should know.

use std::collections::BTreeMap;

use commands::model::{Digest, Note};
use serde_json::Value;

/// Differences that are shown in full. The others are named by what they are.
const SHOWN: usize = 12;

/// How much of a value is shown, in characters.
const VALUE_LIMIT: usize = 60;

/// One note for each difference. Values of the environment may be secret: of those only names.
pub(super) fn differences(previous: &Value, now: &Value) -> Vec<Note> {
    let (then, now) = (flat(previous), flat(now));
    let names: std::collections::BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    let value =
        |map: &BTreeMap<String, String>, name: &String| map.get(name).cloned().unwrap_or_else(|| "–".to_owned());
    let differing = names.into_iter().filter(|name| then.get(*name) != now.get(*name));
    let note = |name: &String| {
        let note = Note::new("swarm-stays").with("field", name);
        note.with("then", value(&then, name)).with("now", value(&now, name))
    };
    differing.take(SHOWN).map(note).collect()
}

/// The specification without what a move takes back or leaves by design, as name and value.
fn flat(spec: &Value) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    let task = &spec["TaskTemplate"];
    let container = &task["ContainerSpec"];
    put(&mut fields, "replicas", &spec["Mode"]["Replicated"]["Replicas"]);
    put(&mut fields, "ports", &spec["EndpointSpec"]["Ports"]);
    put(&mut fields, "networks", &task["Networks"]);
    put(&mut fields, "resources", &task["Resources"]);
    put(&mut fields, "placement", &task["Placement"]["Constraints"]);
    for (name, key) in
        [("command", "Command"), ("arguments", "Args"), ("mounts", "Mounts"), ("health check", "Healthcheck")]
    {
        put(&mut fields, name, &container[key]);
    }
    for variable in list(&container["Env"]).filter_map(Value::as_str) {
        let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
        fields.insert(format!("environment {name}"), format!("value #{}", Digest::of(value.as_bytes()).short()));
    }
    for (kind, key, name) in [("secret", "Secrets", "SecretName"), ("config", "Configs", "ConfigName")] {
        for used in list(&container[key]).filter_map(|used| used[name].as_str()) {
            fields.insert(format!("{kind} {used}"), "used".to_owned());
        }
    }
    fields
}

fn put(fields: &mut BTreeMap<String, String>, name: &str, value: &Value) {
    let is_empty = match value {
        Value::Null => true,
        Value::Object(object) => object.is_empty(),
        Value::Array(array) => array.is_empty(),
        _ => false,
    };
    if !is_empty {
        let text = value.to_string();
        let short: String = text.chars().take(VALUE_LIMIT).collect();
        let short = if short.len() < text.len() {
            format!("{short}… #{}", Digest::of(text.as_bytes()).short())
        } else {
            short
        };
        // An argument may hold a secret.
        fields.insert(name.to_owned(), crate::redact::redact(&short));
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn spec(replicas: u64, env: &[&str], secret: Option<&str>) -> Value {
        let secrets: Vec<Value> = secret.iter().map(|name| json!({"SecretName": name})).collect();
        let container = json!({"Image": format!("api:{replicas}"), "Env": env, "Secrets": secrets});
        json!({"Mode": {"Replicated": {"Replicas": replicas}}, "TaskTemplate": {"ContainerSpec": container}})
    }

    #[test]
    fn replicas_names_of_variables_and_secrets_are_told() {
        let notes =
            differences(&spec(4, &["TOKEN=old", "MODE=a"], Some("key-1")), &spec(10, &["TOKEN=new", "MODE=a"], None));
        let told: Vec<String> = notes.iter().map(|note| note.arguments["field"].clone()).collect();
        assert_eq!(told, ["environment TOKEN", "replicas", "secret key-1"]);
        assert_eq!((notes[1].arguments["then"].as_str(), notes[1].arguments["now"].as_str()), ("4", "10"));
        let all = format!("{notes:?}");
        assert!(!all.contains("old") && !all.contains("new\""), "{all}");
    }

    #[test]
    fn another_image_alone_is_no_difference() {
        let mut previous = spec(4, &[], None);
        previous["TaskTemplate"]["ContainerSpec"]["Image"] = json!("api:v1");
        assert_eq!(differences(&previous, &spec(4, &[], None)), []);
    }
}
