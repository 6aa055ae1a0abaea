//! Holds a file against the schema that editors use, and finds every mistake of shape at once:
//! unknown keys, missing keys, values of another type, words that mean nothing.
//!
//! Reading into types stops at the first mistake; this does not. It knows just as much of JSON schema
//! as our own schema says (a test holds that), and what it lets pass is still read strictly.

use std::ops::Range;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::hint;
use super::location::Problem;
use super::schema::LENGTH;

/// The mark of schemas whose value no excerpt may show.
pub(super) const HIDDEN: &str = "x-hidden";

/// What a look at one file found.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// Every mistake.
    pub(super) problems: Vec<Problem>,
    /// The bytes of values that no excerpt may show: somebody wrote a secret where its place belongs.
    pub(super) hidden: Vec<Range<usize>>,
}

/// Every mistake of shape in a table. Keys that are unknown are taken out, so that the rest can be
/// read and checked all the same.
pub(super) fn check(schema: &Value, table: &mut Spanned<DeTable<'_>>, file: usize) -> Shape {
    let mut walk = Walk { definitions: schema.get("$defs"), file, shape: Shape::default() };
    let bytes = table.span();
    walk.table(schema, table.get_mut(), &bytes);
    walk.shape
}

struct Walk<'schema> {
    definitions: Option<&'schema Value>,
    file: usize,
    shape: Shape,
}

impl<'schema> Walk<'schema> {
    fn table(&mut self, schema: &'schema Value, table: &mut DeTable<'_>, bytes: &Range<usize>) {
        let properties = schema.get("properties").and_then(Value::as_object);
        for key in strings(schema.get("required")) {
            if !table.iter().any(|(name, _)| name.get_ref() == key) {
                self.report_missing(key, properties.and_then(|all| all.get(key)), bytes);
            }
        }
        if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
            self.refuse_unknown(schema, properties, table);
        }
        for (name, value) in table.iter_mut() {
            if let Some(inner) = properties.and_then(|all| all.get(name.get_ref().as_ref())) {
                self.value(inner, value);
            }
        }
    }

    fn report_missing(&mut self, key: &str, schema: Option<&'schema Value>, bytes: &Range<usize>) {
        let schema = schema.unwrap_or(&Value::Null);
        let about = schema.get("description").and_then(Value::as_str).map(|about| format!(": {about}"));
        let to_add = match strings(self.resolve(schema).get("type")).first() {
            Some(&"object") => format!("a table `{key}`"),
            Some(&"array") => format!("a list `{key}`"),
            _ => format!("`{key} = …`"),
        };
        let problem = Problem::at_bytes(self.file, bytes.clone(), format!("`{key}` is missing"));
        self.shape.problems.push(problem.help(format!("add {to_add}{}", about.unwrap_or_default())));
    }

    fn refuse_unknown(&mut self, schema: &Value, properties: Option<&Map<String, Value>>, table: &mut DeTable<'_>) {
        let known: Vec<&str> = properties.into_iter().flat_map(Map::keys).map(String::as_str).collect();
        let mut unknown = Vec::new();
        for (name, value) in table.iter().filter(|(name, _)| !known.contains(&name.get_ref().as_ref())) {
            let word: &str = name.get_ref();
            unknown.push(word.to_owned());
            let problem = Problem::at_bytes(self.file, name.span(), format!("unknown key `{word}`"));
            self.shape.problems.push(problem.help(hint::instead(word, &known)));
            if schema.get(HIDDEN).is_some() {
                self.shape.hidden.push(value.span());
            }
        }
        for word in unknown {
            table.remove(word.as_str());
        }
    }

    fn value(&mut self, schema: &'schema Value, value: &mut Spanned<DeValue<'_>>) {
        let schema = self.resolve(schema);
        let bytes = value.span();
        let found = value.get_ref().type_str();
        let expected = strings(schema.get("type"));
        if !expected.is_empty() && !expected.iter().any(|name| fits(name, value.get_ref())) {
            let what = format!("expected {}, found {}", named(&expected), article(found));
            return self.report_type(schema, bytes, what);
        }
        match value.get_mut() {
            DeValue::Table(table) => self.table(schema, table, &bytes),
            DeValue::Array(items) => {
                if let Some(inner) = schema.get("items") {
                    items.iter_mut().for_each(|item| self.value(inner, item));
                }
            }
            DeValue::String(text) if schema.get(LENGTH).is_some() => self.length(text, bytes),
            DeValue::String(word) => self.word(schema, word, bytes),
            DeValue::Integer(number) => {
                let number = i64::from_str_radix(number.as_str(), number.radix()).ok();
                self.number(schema, number, bytes);
            }
            DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {}
        }
    }

    fn word(&mut self, schema: &Value, word: &str, bytes: Range<usize>) {
        let known = words(schema);
        if !known.is_empty() && !known.contains(&word) {
            let problem = Problem::at_bytes(self.file, bytes, format!("`{word}` is none of {}", hint::listed(&known)));
            self.shape.problems.push(problem.help(hint::instead(word, &known)));
        }
    }

    fn length(&mut self, text: &str, bytes: Range<usize>) {
        if text.parse::<jiff::SignedDuration>().is_err() {
            let problem = Problem::at_bytes(self.file, bytes, format!("`{text}` is no length of time"));
            self.shape.problems.push(problem.help("write it as `\"30s\"`, `\"5m\"` or `\"1h30m\"`"));
        }
    }

    fn number(&mut self, schema: &Value, number: Option<i64>, bytes: Range<usize>) {
        let least = schema.get("minimum").and_then(Value::as_i64).unwrap_or(i64::MIN);
        let most = schema.get("maximum").and_then(Value::as_i64).unwrap_or(i64::MAX);
        if !number.is_some_and(|number| (least..=most).contains(&number)) {
            let what = "the number is out of range".to_owned();
            let range = match (schema.get("minimum"), schema.get("maximum")) {
                (Some(least), Some(most)) => format!("write a number from {least} to {most}"),
                (Some(least), None) => format!("write a number from {least} on"),
                _ => "write a smaller number".to_owned(),
            };
            self.shape.problems.push(Problem::at_bytes(self.file, bytes, what).help(range));
        }
    }

    fn report_type(&mut self, schema: &Value, bytes: Range<usize>, what: String) {
        let problem = Problem::at_bytes(self.file, bytes.clone(), what);
        self.shape.problems.push(match schema.get("description").and_then(Value::as_str) {
            Some(about) => problem.help(format!("what belongs here: {about}")),
            None => problem,
        });
        if schema.get(HIDDEN).is_some() {
            self.shape.hidden.push(bytes);
        }
    }

    /// The schema itself, behind references and behind "or nothing".
    fn resolve(&self, schema: &'schema Value) -> &'schema Value {
        let target = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.rsplit('/').next());
        if let Some(inner) = target.and_then(|name| self.definitions.and_then(|all| all.get(name))) {
            return self.resolve(inner);
        }
        let branches = schema.get("anyOf").and_then(Value::as_array);
        match branches.and_then(|all| all.iter().find(|branch| branch.get("type") != Some(&Value::from("null")))) {
            Some(branch) => self.resolve(branch),
            None => schema,
        }
    }
}

/// The words that a string may be; empty where any will do.
fn words(schema: &Value) -> Vec<&str> {
    let one_of = schema.get("oneOf").and_then(Value::as_array);
    let constants = one_of.into_iter().flatten().filter_map(|branch| branch.get("const").and_then(Value::as_str));
    constants.chain(strings(schema.get("enum"))).collect()
}

/// One string, or a list of them.
fn strings(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn fits(name: &str, value: &DeValue<'_>) -> bool {
    match value {
        DeValue::String(_) => name == "string",
        DeValue::Integer(_) => name == "integer" || name == "number",
        DeValue::Float(_) => name == "number",
        DeValue::Boolean(_) => name == "boolean",
        DeValue::Array(_) => name == "array",
        DeValue::Table(_) => name == "object",
        DeValue::Datetime(_) => false,
    }
}

/// JSON's names of types, as TOML calls them.
fn named(expected: &[&str]) -> String {
    let names = expected.iter().filter(|name| **name != "null").map(|name| match *name {
        "object" => article("table"),
        "number" => article("number"),
        other => article(other),
    });
    names.collect::<Vec<_>>().join(" or ")
}

fn article(name: &str) -> String {
    let vowel = name.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {name}", if vowel { "an" } else { "a" })
}
