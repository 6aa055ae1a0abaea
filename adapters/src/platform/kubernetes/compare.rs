//! What sets two templates apart, by names that people know. What may be secret is compared and never shown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use commands::model::Note;
use serde_json::{Map, Value};

use super::mask::{entry, masked};
use super::template::{Template, text};

/// What stands where one of two templates has nothing.
const ABSENT: &str = "–";

/// Differences that are shown each. The others are counted.
const SHOWN: usize = 15;

/// How much of a value is shown, in characters.
const VALUE_LIMIT: usize = 80;

/// A value of a template: what it is, to compare, and what people are shown of it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Field {
    real: Value,
    shown: String,
}

/// What it is never prints.
impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Field {
    fn new(real: &Value, shown: &Value) -> Self {
        let line = shown.as_str().map_or_else(|| shown.to_string(), str::to_owned);
        let short: String = line.chars().take(VALUE_LIMIT).collect();
        Self { real: real.clone(), shown: if short.len() < line.len() { format!("{short}…") } else { short } }
    }
}

/// What people are shown of one field in several templates. Where that is the same text for values that are
/// not the same, each is numbered.
pub(super) fn told(values: &[Option<&Field>]) -> Vec<String> {
    let tell = |value: &Option<&Field>| {
        let Some(field) = value else { return ABSENT.to_owned() };
        let mut alike: Vec<&Value> = Vec::new();
        for other in values.iter().flatten().filter(|other| other.shown == field.shown) {
            if !alike.contains(&&other.real) {
                alike.push(&other.real);
            }
        }
        let number = alike.iter().position(|real| **real == field.real).unwrap_or_default() + 1;
        if alike.len() > 1 { format!("{} #{number}", field.shown) } else { field.shown.clone() }
    };
    values.iter().map(tell).collect()
}

/// One note for each difference, images first.
pub(super) fn differences(now: &Template, then: &Template) -> Vec<Note> {
    let (now, then) = (flat(now), flat(then));
    let names: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    let differs = |name: &&String| then.get(*name).map(|field| &field.real) != now.get(*name).map(|field| &field.real);
    let mut differing: Vec<&String> = names.into_iter().filter(differs).collect();
    differing.sort_by_key(|name| (!name.ends_with(" image"), *name));
    let note = |name: &&String| {
        let told = told(&[now.get(*name), then.get(*name)]);
        Note::new("kubernetes-changes").with("field", name).with("from", &told[0]).with("to", &told[1])
    };
    let mut notes: Vec<Note> = differing.iter().take(SHOWN).map(note).collect();
    if differing.len() > SHOWN {
        notes.push(Note::new("kubernetes-more-changes").with("count", differing.len() - SHOWN));
    }
    notes
}

/// A template as name and value: `api image`, `api variable LOG_LEVEL`, `volume data`.
pub(super) fn flat(template: &Template) -> BTreeMap<String, Field> {
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
                    put(&mut fields, format!("volume {}", text(&volume["name"])), volume, &masked("", volume));
                }
            }
            _ => put(&mut fields, name.clone(), value, &masked(name, value)),
        }
    }
    for map in ["labels", "annotations"] {
        for (name, value) in template.value()["metadata"][map].as_object().into_iter().flatten() {
            put(&mut fields, format!("{} {name}", map.trim_end_matches('s')), value, &entry(name, value));
        }
    }
    fields
}

fn flatten_container(container: &Value, fields: &mut BTreeMap<String, Field>) {
    let own = text(&container["name"]);
    for (name, value) in container.as_object().into_iter().flatten() {
        match name.as_str() {
            "name" => {}
            "image" => put(fields, format!("{own} image"), value, value),
            "env" => {
                for variable in value.as_array().into_iter().flatten() {
                    let name = text(&variable["name"]);
                    put(fields, format!("{own} variable {name}"), variable, &variable_value(name, variable));
                }
            }
            "resources" => {
                for sort in ["requests", "limits"] {
                    for (what, amount) in value[sort].as_object().into_iter().flatten() {
                        put(fields, format!("{own} {} {what}", sort.trim_end_matches('s')), amount, amount);
                    }
                }
            }
            _ => put(fields, format!("{own} {name}"), value, &masked(name, value)),
        }
    }
}

fn put(fields: &mut BTreeMap<String, Field>, name: String, real: &Value, shown: &Value) {
    if !real.as_object().is_some_and(Map::is_empty) {
        fields.insert(name, Field::new(real, shown));
    }
}

/// Where a value comes from is told; what it is, only where neither name nor form look secret.
fn variable_value(name: &str, variable: &Value) -> Value {
    let Some((kind, source)) = variable["valueFrom"].as_object().and_then(|from| from.iter().next()) else {
        return entry(name, &variable["value"]);
    };
    let names = ["name", "key", "fieldPath", "resource"].map(|part| text(&source[part]));
    let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    Value::from(format!("{kind} {}", names.join("/")))
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
    fn a_secret_is_shown_from_no_place_of_a_template() {
        let secret = "hunter2";
        let exec = |words: &str| json!({"exec": {"command": ["sh", "-c", words]}});
        let container = json!({
            "name": "api", "image": "api:v1", "command": ["/app", secret], "args": ["--password", secret],
            "env": [{"name": "API_TOKEN", "value": secret}],
            "livenessProbe": {"httpGet": {"httpHeaders": [{"name": "X-Id", "value": secret}]}},
            "startupProbe": exec(secret), "lifecycle": {"postStart": exec(secret)},
        });
        let volumes = json!([
            {"name": "a", "csi": {"volumeAttributes": {"password": secret}}},
            {"name": "b", "flexVolume": {"options": {"authKey": secret}}},
        ]);
        let metadata = json!({"annotations": {"vault/token": secret}, "labels": {"session": secret}});
        let full = json!({"metadata": metadata, "spec": {"containers": [container.clone()], "initContainers": [container], "volumes": volumes}});
        let other: Value = serde_json::from_str(&full.to_string().replace(secret, "another")).unwrap();
        let (now, then) = (Template::new(full), Template::new(other));
        let told = format!("{:?} {:?}", differences(&now, &then), flat(&now));
        assert!(!told.contains(secret) && !told.contains("another"), "{told}");
        assert_eq!(differences(&now, &then).len(), 10, "each differs, and that is told");
    }

    #[test]
    fn what_may_not_be_shown_is_told_apart_all_the_same() {
        let note = |from: &str, to: &str| {
            let env = |value: &str| json!([{"name": "API_TOKEN", "value": value}]);
            let notes = differences(&template("api:v1", env(from)), &template("api:v1", env(to)));
            notes.first().map(|note| format!("{} {}", note.arguments["from"], note.arguments["to"]))
        };
        assert_eq!(note("1234", "1235").as_deref(), Some("(hidden) #1 (hidden) #2"));
        assert_eq!(note("1234", "1234"), None);
        let long = |end: &str| json!([{"name": "LIST", "value": format!("{} {end}", "a b ".repeat(40))}]);
        let notes = differences(&template("api:v1", long("x")), &template("api:v1", long("y")));
        assert!(notes[0].arguments["to"].ends_with("… #2"), "{notes:?}");
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
