//! The reference of all keys, made from the schemas. `docs/configuration.md` holds it, and a test
//! holds that it does.

use std::fmt::Write;

use serde_json::Value;

use super::schema::{self, LENGTH};

/// Markdown: one table for each section, each key with its type, default and meaning.
#[must_use]
pub fn reference() -> String {
    let schema = schema::main_schema();
    let mut sections = Sections { definitions: &schema["$defs"], text: String::new() };
    sections.table("", "The top of the main file", &schema);
    sections.text.trim_end().to_owned() + "\n"
}

struct Sections<'a> {
    definitions: &'a Value,
    text: String,
}

impl<'a> Sections<'a> {
    /// A table of this schema's keys, then one for each key that is a table itself.
    fn table(&mut self, path: &str, heading: &str, schema: &'a Value) {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        // Writing to a string cannot fail.
        let _ = write!(self.text, "### {heading}\n\n| key | type | default | meaning |\n| --- | --- | --- | --- |\n");
        for (key, value) in properties {
            let inner = self.resolve(value);
            let default = default(value, required.contains(&key.as_str()));
            let about = [value, inner].into_iter().find_map(|all| all.get("description").and_then(Value::as_str));
            let about = about.unwrap_or_default().replace('\n', " ");
            let _ = writeln!(self.text, "| `{key}` | {} | {default} | {about} |", self.type_name(inner));
        }
        self.text.push('\n');
        for (key, value) in properties {
            // Tables of one shape are shown once, under the names of all: p1 to p4.
            let alike: Vec<&String> =
                properties.iter().filter(|(_, other)| same(value, other)).map(|(key, _)| key).collect();
            if alike.first() != Some(&key) {
                continue;
            }
            let inner = self.resolve(value);
            let list = inner.get("items").map(|items| self.resolve(items));
            let path = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            let brackets = |key: &&String| match list {
                Some(_) => format!("`[[{}]]`", path(key)),
                None => format!("`[{}]`", path(key)),
            };
            let heading: Vec<String> = alike.iter().map(brackets).collect();
            self.table(&path(key), &heading.join(", "), list.unwrap_or(inner));
        }
    }

    fn type_name(&self, schema: &'a Value) -> String {
        let words: Vec<String> = schema["oneOf"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|branch| branch.get("const").and_then(Value::as_str))
            .chain(schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str))
            .map(|word| format!("`{word}`"))
            .collect();
        if !words.is_empty() {
            return words.join(", ");
        }
        match kind(schema) {
            "array" => {
                let items = schema.get("items").map(|items| self.resolve(items)).unwrap_or(&Value::Null);
                format!("list of {}", self.type_name(items))
            }
            "object" => "table".to_owned(),
            "string" if schema.get(LENGTH).is_some() => "length of time".to_owned(),
            "string" => "text".to_owned(),
            other => other.to_owned(),
        }
    }

    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let target = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.rsplit('/').next());
        if let Some(inner) = target.and_then(|name| self.definitions.get(name)) {
            return self.resolve(inner);
        }
        let branches = schema.get("anyOf").and_then(Value::as_array);
        match branches.and_then(|all| all.iter().find(|branch| branch.get("type") != Some(&Value::from("null")))) {
            Some(branch) => self.resolve(branch),
            None => schema,
        }
    }
}

/// Whether two keys are of one named shape.
fn same(left: &Value, right: &Value) -> bool {
    left == right || left.get("$ref").is_some_and(|shape| right.get("$ref") == Some(shape))
}

fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(one) => one,
        Value::Array(all) => all.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("any"),
        _ => "any",
    }
}

fn default(schema: &Value, required: bool) -> String {
    match schema.get("default") {
        _ if required => "**required**".to_owned(),
        Some(Value::String(text)) if schema.get(LENGTH).is_some() => match text.parse::<jiff::SignedDuration>() {
            Ok(length) => format!("`\"{length:#}\"`"),
            Err(_) => format!("`\"{text}\"`"),
        },
        Some(Value::Null | Value::Object(_)) | None => String::new(),
        Some(Value::Array(items)) if items.is_empty() => "`[]`".to_owned(),
        Some(other) => format!("`{other}`"),
    }
}
