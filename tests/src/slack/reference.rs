//! The published reference of the methods, where it is at hand: what each takes and how it may refuse.
//!
//! It stands beside the project and is no part of it: one JSON file for each method, in the folder that
//! `SWITCHBACK_SLACK_METHODS` names or in `../shared/peers/slack-methods`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::arguments::Encoding;
use super::journal::Call;

/// The environment variable that names the folder.
pub const FOLDER: &str = "SWITCHBACK_SLACK_METHODS";

/// Refusals that any method may give, by the reference's own page on all methods.
const GENERAL: [&str; 22] = [
    "not_authed",
    "invalid_auth",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "not_allowed_token_type",
    "missing_scope",
    "missing_args",
    "invalid_arguments",
    "invalid_array_arg",
    "invalid_charset",
    "invalid_form_data",
    "invalid_post_type",
    "invalid_json",
    "json_not_object",
    "missing_post_type",
    "ratelimited",
    "fatal_error",
    "internal_error",
    "unknown_method",
    "insecure_request",
    "is_archived",
];

/// Arguments that are written as a string of JSON, and may be JSON itself where JSON is taken.
const STRUCTURES: [&str; 5] = ["blocks", "attachments", "metadata", "view", "files"];

/// All methods.
#[derive(Debug)]
pub struct Reference {
    methods: BTreeMap<String, Value>,
}

impl Reference {
    /// Where it is looked for.
    #[must_use]
    pub fn folder() -> PathBuf {
        let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/peers/slack-methods");
        std::env::var_os(FOLDER).map_or_else(beside, PathBuf::from)
    }

    /// Reads it, if it is there.
    ///
    /// # Panics
    /// If a file of it is no JSON.
    #[must_use]
    pub fn find() -> Option<Self> {
        let files = std::fs::read_dir(Self::folder()).ok()?.filter_map(Result::ok);
        let methods: BTreeMap<String, Value> = files
            .filter_map(|file| {
                let name = file.file_name().to_str()?.strip_suffix(".json")?.to_owned();
                let text = std::fs::read_to_string(file.path()).ok()?;
                Some((name, serde_json::from_str(&text).expect("the reference is JSON")))
            })
            .collect();
        (!methods.is_empty()).then_some(Self { methods })
    }

    /// What it says of a method.
    #[must_use]
    pub fn method(&self, name: &str) -> Option<&Value> {
        self.methods.get(name)
    }

    /// Whether a method may refuse with this word.
    #[must_use]
    pub fn knows_refusal(&self, method: &str, code: &str) -> bool {
        GENERAL.contains(&code) || self.methods.get(method).is_some_and(|method| method["errors"][code].is_object())
    }

    /// What is wrong with these calls by the reference: unknown and missing arguments, wrong types, too
    /// long values, JSON where the method takes none. Calls that are no methods are left out.
    #[must_use]
    pub fn problems(&self, calls: &[Call]) -> Vec<String> {
        let methods = calls.iter().filter(|call| !["response_url", "upload", "socket"].contains(&call.method.as_str()));
        methods.flat_map(|call| self.problems_of(call)).collect()
    }

    fn problems_of(&self, call: &Call) -> Vec<String> {
        let Some(method) = self.methods.get(&call.method) else {
            return vec![format!("{} ({}): there is no such method", call.method, call.number)];
        };
        let empty = serde_json::Map::new();
        let sent = call.arguments.as_object().unwrap_or(&empty);
        let known = &method["args"]["properties"];
        let mut problems = Vec::new();
        if call.encoding == Some(Encoding::Json) && method["json_input_supported"] != true && !sent.is_empty() {
            problems.push("takes no JSON".to_owned());
        }
        for name in method["args"]["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if name != "token" && !sent.contains_key(name) {
                problems.push(format!("{name} is missing"));
            }
        }
        for (name, value) in sent {
            match known.get(name) {
                None => problems.push(format!("{name} is unknown")),
                Some(schema) => problems.extend(wrong(name, value, schema)),
            }
        }
        problems.iter().map(|problem| format!("{} ({}): {problem}", call.method, call.number)).collect()
    }
}

/// What is wrong with one value.
fn wrong(name: &str, value: &Value, schema: &Value) -> Option<String> {
    if let Some(choices) = schema["anyOf"].as_array() {
        let some = choices.iter().any(|choice| wrong(name, value, choice).is_none());
        return (!some).then(|| format!("{name} is of another type"));
    }
    let fits = match schema["type"].as_str() {
        Some("string") => value.is_string() || value.is_number() || STRUCTURES.contains(&name) && !value.is_boolean(),
        Some("boolean") => value.is_boolean() || ["true", "false", "1", "0"].iter().any(|word| value == word),
        Some("number" | "integer") => {
            value.is_number() || value.as_str().is_some_and(|text| text.parse::<f64>().is_ok())
        }
        Some("array") => value.is_array() || value.is_string(),
        Some("null") => value.is_null(),
        _ => true,
    };
    if !fits {
        return Some(format!("{name} is of another type"));
    }
    let length = value.as_str().map_or(0, |text| text.chars().count() as u64);
    // The one limit of zero in the reference is a slip: it would forbid every value.
    if schema["maxLength"].as_u64().is_some_and(|most| most > 0 && length > most) {
        return Some(format!("{name} has {length} characters"));
    }
    let choices = schema["enum"].as_array();
    choices.is_some_and(|choices| !choices.contains(value)).then(|| format!("{name} is none of its values"))
}

/// What the fake itself has for a method, to be compared: name, tier, whether it takes JSON, its
/// arguments (required ones with `!`), and all its scopes.
#[must_use]
pub fn own_methods() -> Vec<OwnMethod> {
    super::methods::all()
        .iter()
        .map(|method| OwnMethod {
            name: method.name,
            tier: method.tier.name(),
            json: method.json,
            arguments: method.arguments().map(|one| (one.name, one.required)).collect(),
            scopes: method.public.iter().chain(method.private).copied().collect(),
        })
        .collect()
}

/// A method of the fake.
#[derive(Debug, Clone)]
pub struct OwnMethod {
    /// Its name.
    pub name: &'static str,
    /// `t1` to `t5`.
    pub tier: &'static str,
    /// Whether it takes JSON.
    pub json: bool,
    /// Its arguments, and whether they are required.
    pub arguments: Vec<(&'static str, bool)>,
    /// Any scope that it asks for.
    pub scopes: Vec<&'static str>,
}
