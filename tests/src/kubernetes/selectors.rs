//! Which objects a list, a watch or a controller means: by labels and by fields.

use serde_json::Value;

use super::refusal::Refusal;
use super::value::{entries, list, part};

/// One condition on labels.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

/// What `labelSelector` and `fieldSelector` say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selector {
    labels: Vec<Condition>,
    fields: Vec<(String, String, bool)>,
}

impl Selector {
    pub(crate) fn parse(labels: &str, fields: &str) -> Result<Self, Refusal> {
        let labels = split(labels).into_iter().map(condition).collect::<Result<_, _>>()?;
        let fields = split(fields).into_iter().map(field).collect::<Result<_, _>>()?;
        Ok(Self { labels, fields })
    }

    pub(crate) fn takes(&self, object: &Value) -> bool {
        let labels = part(object, "/metadata/labels");
        self.labels.iter().all(|condition| condition.holds(labels)) && self.fields.iter().all(|one| held(one, object))
    }
}

fn held((path, wanted, equal): &(String, String, bool), object: &Value) -> bool {
    let at = format!("/{}", path.replace('.', "/"));
    let found = match object.pointer(&at) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    (found == *wanted) == *equal
}

/// At commas that are not inside brackets.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let parts = text.split(move |letter| {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        letter == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn condition(text: &str) -> Result<Condition, Refusal> {
    let values = |set: &str| {
        let set = set.trim().trim_start_matches('(').trim_end_matches(')');
        set.split(',').map(|value| value.trim().to_owned()).collect()
    };
    if let Some((key, set)) = text.split_once(" notin ") {
        return Ok(Condition::NotIn(key.trim().into(), values(set)));
    }
    if let Some((key, set)) = text.split_once(" in ") {
        return Ok(Condition::In(key.trim().into(), values(set)));
    }
    if let Some((key, value)) = text.split_once("!=") {
        return Ok(Condition::NotIn(key.trim().into(), vec![value.trim().into()]));
    }
    if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return Ok(Condition::In(key.trim().into(), vec![value.trim().into()]));
    }
    if text.contains(char::is_whitespace) {
        return Err(Refusal::bad_request(format!("unable to parse requirement: found '{text}'")));
    }
    Ok(match text.strip_prefix('!') {
        Some(key) => Condition::Absent(key.into()),
        None => Condition::Exists(text.into()),
    })
}

fn field(text: &str) -> Result<(String, String, bool), Refusal> {
    let (path, value, equal) = if let Some((path, value)) = text.split_once("!=") {
        (path, value, false)
    } else if let Some((path, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        (path, value, true)
    } else {
        return Err(Refusal::bad_request(format!("invalid field selector: {text}")));
    };
    Ok((path.trim().into(), value.trim().into(), equal))
}

impl Condition {
    fn holds(&self, labels: &Value) -> bool {
        let label = |key: &str| labels.get(key).and_then(Value::as_str);
        match self {
            Self::In(key, values) => label(key).is_some_and(|value| values.iter().any(|one| one == value)),
            Self::NotIn(key, values) => !label(key).is_some_and(|value| values.iter().any(|one| one == value)),
            Self::Exists(key) => label(key).is_some(),
            Self::Absent(key) => label(key).is_none(),
        }
    }
}

/// Whether a `LabelSelector` object selects these labels. An empty one selects everything, none nothing.
pub(crate) fn selects(selector: &Value, labels: &Value) -> bool {
    let label = |key: &str| labels.get(key).and_then(Value::as_str);
    let matched = entries(selector, "/matchLabels").all(|(key, value)| label(key) == Some(value));
    let expressed = list(selector, "/matchExpressions").iter().all(|one| {
        let key = one["key"].as_str().unwrap_or_default().to_owned();
        let values = list(one, "/values").iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let condition = match one["operator"].as_str() {
            Some("In") => Condition::In(key, values),
            Some("NotIn") => Condition::NotIn(key, values),
            Some("Exists") => Condition::Exists(key),
            _ => Condition::Absent(key),
        };
        condition.holds(labels)
    });
    selector.is_object() && matched && expressed
}
