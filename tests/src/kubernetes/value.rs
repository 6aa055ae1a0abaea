//! Reading and writing places of an object that is plain JSON.

use serde_json::{Map, Value};

/// The text there, or nothing.
pub(crate) fn text<'a>(object: &'a Value, at: &str) -> &'a str {
    object.pointer(at).and_then(Value::as_str).unwrap_or_default()
}

/// The number there, or 0.
pub(crate) fn number(object: &Value, at: &str) -> i64 {
    object.pointer(at).and_then(Value::as_i64).unwrap_or_default()
}

/// Whether it says `true` there.
pub(crate) fn flag(object: &Value, at: &str) -> bool {
    object.pointer(at).and_then(Value::as_bool).unwrap_or_default()
}

/// The elements of the list there.
pub(crate) fn list<'a>(object: &'a Value, at: &str) -> &'a [Value] {
    object.pointer(at).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The entries of the map there.
pub(crate) fn entries<'a>(object: &'a Value, at: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let map = object.pointer(at).and_then(Value::as_object);
    map.into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
}

/// What is there, or null.
pub(crate) fn part<'a>(object: &'a Value, at: &str) -> &'a Value {
    object.pointer(at).unwrap_or(&Value::Null)
}

/// Sets what a path of keys leads to; maps on the way are made.
pub(crate) fn set(object: &mut Value, path: &[&str], value: Value) {
    match path {
        [] => *object = value,
        [key, rest @ ..] => {
            map_at_own(object);
            set(&mut object[*key], rest, value);
        }
    }
}

/// The value itself as a map; made one if it is not.
pub(crate) fn map_at_own(object: &mut Value) -> &mut Value {
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    object
}

/// Sets it unless something is there: how a server fills in defaults.
pub(crate) fn default(object: &mut Value, key: &str, value: Value) {
    if object.get(key).is_none_or(Value::is_null) {
        object[key] = value;
    }
}

/// Takes a key away; nothing happens if it is not there.
pub(crate) fn remove(object: &mut Value, path: &[&str]) -> Option<Value> {
    let (last, way) = path.split_last()?;
    let place = way.iter().try_fold(object, |place, key| place.get_mut(*key))?;
    place.as_object_mut()?.remove(*last)
}

/// The value of an annotation.
pub(crate) fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get("metadata")?.get("annotations")?.get(key)?.as_str()
}

/// Sets an annotation.
pub(crate) fn annotate(object: &mut Value, key: &str, value: impl Into<String>) {
    set(object, &["metadata", "annotations", key], Value::String(value.into()));
}

/// A number, or a share of a whole in percent, as fields like `maxSurge` are written.
pub(crate) fn share(value: &Value, whole: i64, round_up: bool) -> i64 {
    match value {
        Value::String(text) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or_default();
            let hundredfold = percent * whole;
            if round_up { (hundredfold + 99).div_euclid(100) } else { hundredfold.div_euclid(100) }
        }
        other => other.as_i64().unwrap_or_default(),
    }
}
