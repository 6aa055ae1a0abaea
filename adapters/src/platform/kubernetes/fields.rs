//! A template as fields, by names that people know.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::mask::{entry, masked};
use super::template::{Template, text};

/// How much of a value is shown, in characters.
const VALUE_LIMIT: usize = 80;

/// A value of a template: what it is, to compare, and what people are shown of it. It has no `Debug`, so
/// that what it is never prints.
#[derive(PartialEq)]
pub(super) struct Field {
    pub(super) real: Value,
    pub(super) shown: String,
    /// True where nothing of it is hidden or cut off.
    pub(super) is_whole: bool,
}

impl Field {
    fn new(real: &Value, shown: &Value) -> Self {
        let line = shown.as_str().map_or_else(|| shown.to_string(), str::to_owned);
        let short: String = line.chars().take(VALUE_LIMIT).collect();
        let is_cut = short.len() < line.len();
        let is_whole = !is_cut && real == shown;
        Self { real: real.clone(), shown: if is_cut { format!("{short}…") } else { short }, is_whole }
    }
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
                    flatten_variable(own, variable, fields);
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
fn flatten_variable(container: &str, variable: &Value, fields: &mut BTreeMap<String, Field>) {
    let name = text(&variable["name"]);
    let field = format!("{container} variable {name}");
    if let Some(source) = variable.get("valueFrom") {
        put(fields, field, source, &origin(source));
    } else {
        // None and an empty one are the same.
        let value = Value::from(text(&variable["value"]));
        put(fields, field, &value, &entry(name, &value));
    }
}

fn origin(source: &Value) -> Value {
    let Some((kind, source)) = source.as_object().and_then(|source| source.iter().next()) else { return Value::Null };
    let names = ["name", "key", "fieldPath", "resource"].map(|part| text(&source[part]));
    let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    Value::from(format!("{kind} {}", names.join("/")))
}
