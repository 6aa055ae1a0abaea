//! What of a template people may be shown. A secret may stand in any value that somebody wrote: so of the
//! words of commands only the flags' names are shown, of headers only the names, and of what looks secret by
//! its name or by its form nothing.

use serde_json::{Map, Value};

use super::template::text;

/// What stands in place of a value that is not shown.
pub(super) const HIDDEN: &str = "(hidden)";

/// What stands in place of a word of a command.
const WORD: &str = "…";

/// Parts of names that somebody chose, by which what they name is not shown.
const SECRET_NAMES: [&str; 16] = [
    "PASS",
    "PW",
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

/// Fields of a template whose entries somebody named, so that a name tells what its value is.
const NAMED_BY_PEOPLE: [&str; 5] = ["annotations", "labels", "matchLabels", "options", "volumeAttributes"];

/// A value of this field without its secrets.
pub(super) fn masked(field: &str, value: &Value) -> Value {
    match value {
        Value::Array(words) if field == "command" => words_of(words, 1),
        Value::Array(words) if field == "args" => words_of(words, 0),
        Value::Array(headers) if field == "httpHeaders" => headers.iter().map(|one| named(one, |_| true)).collect(),
        Value::Array(variables) if field == "env" => variables.iter().map(|one| named(one, is_secret)).collect(),
        Value::Array(items) => items.iter().map(|item| masked("", item)).collect(),
        Value::Object(fields) if NAMED_BY_PEOPLE.contains(&field) => each(fields, entry),
        Value::Object(fields) => each(fields, masked),
        Value::String(said) => plain(said),
        other => other.clone(),
    }
}

/// A value that somebody gave this name.
pub(super) fn entry(name: &str, value: &Value) -> Value {
    if is_secret(name) { Value::from(HIDDEN) } else { masked("", value) }
}

fn each(fields: &Map<String, Value>, show: impl Fn(&str, &Value) -> Value) -> Value {
    fields.iter().map(|(name, value)| (name.clone(), show(name, value))).collect()
}

fn is_secret(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    SECRET_NAMES.iter().any(|part| upper.contains(part))
}

/// What looks like a secret by its form takes all that stands around it with it.
fn plain(said: &str) -> Value {
    Value::from(if crate::redact::redact(said) == said { said } else { HIDDEN })
}

/// Something with a name and a value, which is hidden where its name says so.
fn named(one: &Value, hides: impl Fn(&str) -> bool) -> Value {
    let mut shown = masked("", one);
    if shown.get("value").is_some() && hides(text(&one["name"])) {
        shown["value"] = Value::from(HIDDEN);
    }
    shown
}

/// The first so many words of a command, and of the others the names of flags.
fn words_of(words: &[Value], shown: usize) -> Value {
    let word = |(place, word): (usize, &Value)| match text(word) {
        program if place < shown => plain(program),
        flag if flag.starts_with("--") => {
            let name = flag.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
            name.map_or_else(|| Value::from(flag), |end| Value::from(format!("{}{WORD}", &flag[..end])))
        }
        // `-phunter2` is a flag and its value in one word.
        flag if flag.starts_with('-') => Value::from(flag.chars().take(2).collect::<String>()),
        _ => Value::from(WORD),
    };
    words.iter().enumerate().map(word).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn commands_tell_their_program_and_flags() {
        let words = json!(["/app/serve", "--port=80", "--verbose", "-phunter2", "-p", "hunter2", "--pass hunter2"]);
        assert_eq!(
            masked("command", &words),
            json!(["/app/serve", "--port…", "--verbose", "-p", "-p", "…", "--pass…"])
        );
        assert_eq!(masked("args", &json!(["hunter2"])), json!(["…"]));
    }

    #[test]
    fn references_to_secrets_are_shown_and_secrets_are_not() {
        let volume = json!({"name": "tls", "secret": {"secretName": "tls", "items": [{"key": "crt", "path": "a"}]}});
        assert_eq!(masked("", &volume), volume);
        let claim = json!({"csi": {"driver": "d", "volumeAttributes": {"apiToken": "hunter2", "share": "a"}}});
        let shown = json!({"csi": {"driver": "d", "volumeAttributes": {"apiToken": HIDDEN, "share": "a"}}});
        assert_eq!(masked("", &claim), shown);
    }
}
