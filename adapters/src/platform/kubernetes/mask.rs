//! What of a template people may be shown. A secret may stand in any value that somebody wrote: so of the
//! words of commands only the program and the flags' names are shown, of headers only the names, and of what
//! looks secret by its name or by its form nothing.

use std::sync::LazyLock;

use regex::Regex;
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
const NAMED_BY_PEOPLE: [&str; 6] =
    ["annotations", "labels", "matchLabels", "nodeSelector", "options", "volumeAttributes"];

/// What names something within a text: `pass=…`, `pass: …`, `"pass":…`, `--pass …`. The `:` before a port
/// names nothing.
static NAMES_WITHIN: LazyLock<Result<Regex, regex::Error>> =
    LazyLock::new(|| Regex::new(r#"[\w.-]+(?:\\*["']?\s*=|\\*["']\s*:|:\s)|--[\w.-]+\s"#));

/// A value of this field without its secrets.
pub(super) fn masked(field: &str, value: &Value) -> Value {
    match value {
        Value::Array(words) if field == "command" => words_of(words, 1),
        Value::Array(words) if field == "args" => words_of(words, 0),
        Value::Array(headers) if field == "httpHeaders" => headers.iter().map(header).collect(),
        Value::Array(items) => items.iter().map(|item| masked("", item)).collect(),
        Value::Object(fields) if NAMED_BY_PEOPLE.contains(&field) => each(fields, entry),
        Value::Object(fields) if has_secret_name(fields) => each(fields, without_value),
        Value::Object(fields) => each(fields, masked),
        Value::String(path) if field == "path" => without_query(path),
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

/// True where the name that stands beside a value, as in a variable or a toleration, looks secret.
fn has_secret_name(fields: &Map<String, Value>) -> bool {
    ["name", "key"].iter().any(|part| fields.get(*part).is_some_and(|name| is_secret(text(name))))
}

fn without_value(field: &str, value: &Value) -> Value {
    if ["value", "values"].contains(&field) { Value::from(HIDDEN) } else { masked(field, value) }
}

fn header(header: &Value) -> Value {
    header.as_object().map_or_else(|| Value::from(HIDDEN), |fields| each(fields, without_value))
}

fn without_query(path: &str) -> Value {
    path.split_once('?').map_or_else(|| plain(path), |(path, _)| plain(&format!("{path}?{WORD}")))
}

/// What looks like a secret by its form, or holds one by its name, takes all that stands around it with it.
fn plain(said: &str) -> Value {
    let is_shown = crate::redact::redact(said) == said && !names_a_secret(said);
    Value::from(if is_shown { said } else { HIDDEN })
}

/// An expression that does not compile is a fault of ours, and hides everything.
fn names_a_secret(said: &str) -> bool {
    NAMES_WITHIN.as_ref().map_or(true, |names| names.find_iter(said).any(|name| is_secret(name.as_str())))
}

/// The first so many words of a command, and of the others the names of flags.
fn words_of(words: &[Value], shown: usize) -> Value {
    let word = |(place, word): (usize, &Value)| match text(word) {
        program if place < shown && !program.contains(char::is_whitespace) => plain(program),
        flag if flag.starts_with("--") => long_flag(flag),
        // `-phunter2` is a flag and its value in one word.
        flag if flag.starts_with('-') => Value::from(flag.chars().take(2).collect::<String>()),
        _ => Value::from(WORD),
    };
    words.iter().enumerate().map(word).collect()
}

/// The flag's name, however its value comes after it.
fn long_flag(flag: &str) -> Value {
    let end = flag.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
    end.map_or_else(|| plain(flag), |end| plain(&format!("{}{WORD}", &flag[..end])))
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
        assert_eq!(masked("command", &json!(["/app/serve hunter2"])), json!(["…"]));
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

    #[test]
    fn a_text_that_names_a_secret_within_is_hidden_and_an_address_is_not() {
        for said in [
            "AccountName=shop;AccountKey=hunter2",
            "-Xmx1g -Ddb.pass=hunter2",
            r#"{"db": {"pass":"hunter2"}}"#,
            r#"{\"pass\": \"hunter2\"}"#,
            "db:\n  pass: hunter2",
            "--requirepass hunter2",
        ] {
            assert_eq!(plain(said), HIDDEN, "{said}");
        }
        for said in ["https://auth.example.com:8080/login", "session-store:6379", "-Xmx1g -Dlevel=info", "info"] {
            assert_eq!(plain(said), said);
        }
    }
}
