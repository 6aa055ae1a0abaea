//! What sets two templates apart, by names that people know. Values that may be secret are never shown.

use std::collections::BTreeMap;

use commands::model::{Digest, Note};
use serde_json::Value;

use super::template::{Template, text};

/// What stands where one of two templates has nothing.
pub(super) const ABSENT: &str = "–";

/// Differences that are shown each. The others are counted.
const SHOWN: usize = 15;

/// How much of a value is shown, in characters.
const VALUE_LIMIT: usize = 80;

/// Parts of names of variables whose values are not shown.
const SECRET_NAMES: [&str; 16] = [
    "PASS",
    "PWD",
    "SECRET",
    "TOKEN",
    "KEY",
    "CRED",
    "AUTH",
    "PRIVATE",
    "CERT",
    "DSN",
    "SALT",
    "SIGN",
    "COOKIE",
    "SESSION",
    "WEBHOOK",
    "CONNECTION",
];

/// One note for each difference, images first.
pub(super) fn differences(now: &Template, then: &Template) -> Vec<Note> {
    let (now, then) = (flat(now), flat(then));
    let names: std::collections::BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    let mut differing: Vec<&String> = names.into_iter().filter(|name| then.get(*name) != now.get(*name)).collect();
    differing.sort_by_key(|name| (!name.ends_with(" image"), *name));
    let value = |map: &BTreeMap<String, String>, name: &String| map.get(name).map_or(ABSENT, String::as_str).to_owned();
    let note = |name: &&String| {
        Note::new("kubernetes-changes")
            .with("field", name)
            .with("from", value(&now, name))
            .with("to", value(&then, name))
    };
    let mut notes: Vec<Note> = differing.iter().take(SHOWN).map(note).collect();
    if differing.len() > SHOWN {
        notes.push(Note::new("kubernetes-more-changes").with("count", differing.len() - SHOWN));
    }
    notes
}

/// A template as name and value: `api image`, `api variable LOG_LEVEL`, `volume data`.
pub(super) fn flat(template: &Template) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    for container in template.containers() {
        flatten_container(container, &mut fields);
    }
    let spec = &template.value()["spec"];
    for (name, value) in spec.as_object().into_iter().flatten() {
        match name.as_str() {
            "containers" | "initContainers" => {}
            "volumes" => {
                for volume in value.as_array().into_iter().flatten() {
                    fields.insert(format!("volume {}", text(&volume["name"])), shown(volume));
                }
            }
            _ => put(&mut fields, name.clone(), value),
        }
    }
    for map in ["labels", "annotations"] {
        for (name, value) in template.value()["metadata"][map].as_object().into_iter().flatten() {
            fields.insert(format!("{} {name}", map.trim_end_matches('s')), shown(value));
        }
    }
    fields
}

fn flatten_container(container: &Value, fields: &mut BTreeMap<String, String>) {
    let own = text(&container["name"]);
    for (name, value) in container.as_object().into_iter().flatten() {
        match name.as_str() {
            "name" => {}
            "image" => drop(fields.insert(format!("{own} image"), text(value).to_owned())),
            "env" => {
                for variable in value.as_array().into_iter().flatten() {
                    let name = text(&variable["name"]);
                    fields.insert(format!("{own} variable {name}"), variable_value(name, variable));
                }
            }
            "resources" => {
                for sort in ["requests", "limits"] {
                    for (what, amount) in value[sort].as_object().into_iter().flatten() {
                        fields.insert(format!("{own} {} {what}", sort.trim_end_matches('s')), shown(amount));
                    }
                }
            }
            _ => put(fields, format!("{own} {name}"), value),
        }
    }
}

fn put(fields: &mut BTreeMap<String, String>, name: String, value: &Value) {
    let is_empty = value.as_object().is_some_and(serde_json::Map::is_empty);
    if !is_empty {
        fields.insert(name, shown(value));
    }
}

/// Where a value comes from is told; what it is, only where neither name nor form look secret.
fn variable_value(name: &str, variable: &Value) -> String {
    if let Some((kind, source)) = variable["valueFrom"].as_object().and_then(|from| from.iter().next()) {
        let names = ["name", "key", "fieldPath", "resource"].map(|part| text(&source[part]));
        let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
        return format!("{kind} {}", names.join("/"));
    }
    let value = text(&variable["value"]);
    let upper = name.to_ascii_uppercase();
    if SECRET_NAMES.iter().any(|part| upper.contains(part)) {
        return hidden(value);
    }
    shown(&variable["value"])
}

/// Enough to see that it is another one.
fn hidden(value: &str) -> String {
    format!("value #{}", Digest::of(value.as_bytes()).short())
}

/// One line, bounded; what looks like a secret is taken out.
fn shown(value: &Value) -> String {
    let whole = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let clean = crate::redact::redact(&whole);
    if clean != whole {
        return hidden(&whole);
    }
    let short: String = clean.chars().take(VALUE_LIMIT).collect();
    if short.len() < clean.len() { format!("{short}… #{}", Digest::of(clean.as_bytes()).short()) } else { short }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(image: &str, env: Value) -> Template {
        let container = json!({"name": "api", "image": image, "env": env, "resources": {"limits": {"memory": "1Gi"}}});
        Template::new(json!({"spec": {"containers": [container], "volumes": [{"name": "data", "emptyDir": {}}]}}))
    }

    #[test]
    fn images_come_first_and_variables_by_name() {
        let notes = differences(
            &template("api:v2", json!([{"name": "LOG_LEVEL", "value": "debug"}])),
            &template("api:v1", json!([{"name": "LOG_LEVEL", "value": "info"}])),
        );
        let told: Vec<_> =
            notes.iter().map(|note| ["field", "from", "to"].map(|name| note.arguments[name].as_str())).collect();
        assert_eq!(told, [["api image", "api:v2", "api:v1"], ["api variable LOG_LEVEL", "debug", "info"]]);
    }

    #[test]
    fn nothing_that_may_be_secret_is_shown() {
        let secrets = json!([
            {"name": "DB_PASSWORD", "value": "hunter2"},
            {"name": "STRIPE", "value": "sk-hunter2hunter2hunter2"},
            {"name": "DATABASE_URL", "value": "postgres://app:hunter2@db/app"},
            {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
        ]);
        let notes = differences(&template("api:v1", json!([])), &template("api:v1", secrets));
        assert_eq!(notes.len(), 4);
        assert!(!format!("{notes:?}").contains("hunter2"), "{notes:?}");
        assert!(format!("{notes:?}").contains("secretKeyRef db/password"), "{notes:?}");
    }

    #[test]
    fn what_is_much_is_counted() {
        let many: Vec<Value> = (0..40).map(|n| json!({"name": format!("V{n}"), "value": "x"})).collect();
        let notes = differences(&template("api:v1", json!([])), &template("api:v1", Value::Array(many)));
        assert_eq!(notes.len(), SHOWN + 1);
        assert_eq!(notes[SHOWN].arguments["count"], "25");
    }

    #[test]
    fn the_same_differs_in_nothing() {
        assert_eq!(differences(&template("api:v1", json!([])), &template("api:v1", json!([]))), []);
    }
}
