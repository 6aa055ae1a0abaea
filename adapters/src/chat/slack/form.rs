//! Forms: that of a request, and that of the text for users. What comes back is read here too.

use commands::model::{Ask, Note, RollbackId, ServiceKey, ServiceName, Subject, Version, Wanted};
use commands::notify::text::say;
use commands::parse::{LONGEST_REASON, LONGEST_VERSION};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::inbound::{Deed, Unreadable};
use super::render::{clean, cut, plain};

/// Limits of docs.slack.dev: titles and buttons of a form, labels, values of options, texts.
const TITLE: usize = 24;
const OPTION: usize = 75;
const OPTION_VALUE: usize = 150;
const TEXT: usize = 3_000;

/// Which form it is.
pub(super) const REQUEST: &str = "request";
/// Which form it is.
pub(super) const USER_TEXT: &str = "user-text";
/// The fields.
pub(super) const SERVICE: &str = "service";
pub(super) const VERSION: &str = "version";
const SEVERITY: &str = "severity";
const DATA: &str = "data";
const FIX: &str = "fix";
const REASON: &str = "reason";
const USERS: &str = "text";

/// What a form keeps until it comes back.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The channel from which it was opened: there, whoever filled it in is answered.
    #[serde(default)]
    pub(super) channel: String,
    /// Whose text it is about.
    #[serde(default)]
    pub(super) rollback: Option<RollbackId>,
}

impl Kept {
    fn text(&self) -> String {
        // Two plain fields always serialize.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The form of a request.
pub(super) fn request_form(kept: &Kept) -> Value {
    let severity = [
        (say("form-critical", &[]), "critical"),
        (say("form-high", &[]), "high"),
        (say("form-medium", &[]), "medium"),
        (say("form-low", &[]), "low"),
    ];
    let data = [(say("form-none", &[]), "none"), (say("form-minor", &[]), "minor"), (say("form-major", &[]), "major")];
    // Minutes that stand for the spans of the decision matrix: half an hour, one, two, more.
    let fix = [
        (say("form-fix-short", &[]), "20"),
        (say("form-fix-hour", &[]), "50"),
        (say("form-fix-hours", &[]), "110"),
        (say("form-fix-long", &[]), "240"),
    ];
    view(
        REQUEST,
        kept,
        &say("form-request", &[]),
        &say("form-propose", &[]),
        vec![
            input(SERVICE, &say("form-service", &[]), external(SERVICE, &say("form-service-hint", &[])), false),
            input(VERSION, &say("form-version", &[]), external(VERSION, &say("form-version-hint", &[])), true),
            input(SEVERITY, &say("form-severity", &[]), choice(SEVERITY, &severity), true),
            input(DATA, &say("form-data", &[]), choice(DATA, &data), true),
            input(FIX, &say("form-fix", &[]), choice(FIX, &fix), true),
            input(REASON, &say("form-reason", &[]), lines(REASON, "", LONGEST_REASON.min(TEXT)), true),
        ],
    )
}

/// The form of the text for users.
pub(super) fn user_text_form(kept: &Kept, text: &str) -> Value {
    let field = lines(USERS, &cut(&clean(text), TEXT), TEXT);
    view(
        USER_TEXT,
        kept,
        &say("form-users", &[]),
        &say("form-keep", &[]),
        vec![input(USERS, &say("form-users-label", &[]), field, false)],
    )
}

/// Options of a select that asks while somebody types.
pub(super) fn options<'a>(all: impl Iterator<Item = (&'a str, String)>) -> Value {
    let fits = all.filter(|(_, value)| !value.is_empty() && value.chars().count() <= OPTION_VALUE);
    let options: Vec<Value> = fits.take(100).map(|(label, value)| option(label, &value)).collect();
    json!({ "options": options })
}

/// The options for these services.
pub(super) fn services(keys: &[ServiceKey]) -> Value {
    let labels: Vec<String> = keys.iter().map(commands::notify::words::service).collect();
    options(labels.iter().map(String::as_str).zip(keys.iter().map(ToString::to_string)))
}

fn view(callback: &str, kept: &Kept, title: &str, submit: &str, blocks: Vec<Value>) -> Value {
    json!({
        "type": "modal",
        "callback_id": callback,
        "private_metadata": kept.text(),
        "title": plain(&cut(title, TITLE)),
        "submit": plain(&cut(submit, TITLE)),
        "close": plain(&cut(&say("word-go-back", &[]), TITLE)),
        "blocks": blocks,
    })
}

fn input(name: &str, label: &str, element: Value, optional: bool) -> Value {
    json!({ "type": "input", "block_id": name, "label": plain(label), "element": element, "optional": optional })
}

fn external(name: &str, hint: &str) -> Value {
    let hint = plain(&cut(hint, 150));
    json!({ "type": "external_select", "action_id": name, "min_query_length": 0, "placeholder": hint })
}

fn choice(name: &str, all: &[(String, &str)]) -> Value {
    let options: Vec<Value> = all.iter().map(|(label, value)| option(label, value)).collect();
    json!({ "type": "static_select", "action_id": name, "options": options })
}

fn lines(name: &str, initial: &str, longest: usize) -> Value {
    let mut element =
        json!({ "type": "plain_text_input", "action_id": name, "multiline": true, "max_length": longest });
    if !initial.is_empty() {
        element["initial_value"] = json!(initial);
    }
    element
}

fn option(label: &str, value: &str) -> Value {
    let label = cut(&clean(label).replace('\n', " "), OPTION);
    json!({ "text": plain(if label.trim().is_empty() { "–" } else { &label }), "value": value })
}

/// What is chosen or written in this field.
pub(super) fn chosen(values: &Value, name: &str) -> Option<String> {
    let field = &values[name][name];
    let found = field["selected_option"]["value"].as_str().or_else(|| field["value"].as_str())?;
    let found = found.trim();
    (!found.is_empty()).then(|| found.to_owned())
}

/// Reads the form of a request: with the same words and bounds as the grammar.
pub(super) fn request(values: &Value) -> Deed {
    let Some(key) = chosen(values, SERVICE).and_then(|text| text.parse::<ServiceKey>().ok()) else {
        return Deed::Mistake(SERVICE, Note::new("form-needs-service"));
    };
    let version = chosen(values, VERSION);
    if version.as_ref().is_some_and(|version| version.chars().count() > LONGEST_VERSION) {
        return Deed::Mistake(VERSION, Note::new("form-version-too-long"));
    }
    let word = |name| chosen(values, name).map(Value::String);
    let reason = chosen(values, REASON).map(|text| cut(&clean(&text).replace('\n', " "), LONGEST_REASON));
    Deed::Request(Box::new(Ask {
        subjects: vec![Subject { service: ServiceName::new(key.name.as_str()), wanted: version.map(wanted) }],
        wanted: None,
        environment: Some(key.environment),
        severity: word(SEVERITY).and_then(|word| serde_json::from_value(word).ok()),
        data: word(DATA).and_then(|word| serde_json::from_value(word).ok()),
        time_to_fix: chosen(values, FIX).and_then(|minutes| minutes.parse().ok()).map(SignedDuration::from_mins),
        detected: None,
        because: reason.filter(|reason| !reason.trim().is_empty()),
    }))
}

fn wanted(version: String) -> Wanted {
    match version.as_str() {
        "previous" => Wanted::Previous,
        "last-good" => Wanted::LastGood,
        _ => Wanted::Version(Version::new(version)),
    }
}

/// Reads the form of the text for users.
pub(super) fn user_text(kept: &Kept, values: &Value) -> Result<Deed, Unreadable> {
    let rollback = kept.rollback.ok_or(Unreadable("private_metadata"))?;
    Ok(match chosen(values, USERS) {
        Some(text) => Deed::UserText(rollback, cut(&clean(&text), TEXT)),
        None => Deed::Mistake(USERS, Note::new("text-empty")),
    })
}
