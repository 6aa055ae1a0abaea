//! Every sentence that people read in chat and in reports. The sentences themselves are Fluent files
//! under `text/<language>/`; code names them and gives them data, and nothing of that data is ever read
//! as form: it is made one line, without control characters, and bounded.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, langid};

use super::clean::{self, line};
use crate::model::Note;

#[cfg(test)]
mod tests;

fluent_templates::static_loader! {
    static SENTENCES = {
        locales: "src/notify/text",
        fallback_language: "en",
        // Isolation marks are invisible and break what people copy out of a message: ids, versions.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// In which language people are spoken to. One, until there is a second folder of sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language(LanguageIdentifier);

impl Language {
    /// English: the language of every sentence that has no other.
    pub const ENGLISH: Self = Self(langid!("en"));
}

/// What stands in for an argument that a log of another release does not have. Sentences may select
/// on it.
const UNKNOWN: &str = "unknown";

type Arguments = HashMap<Cow<'static, str>, FluentValue<'static>>;

/// The English sentence of this key with these values. A key that does not exist is logged as an error
/// and shown by its name: a message with a hole in it is better than none.
#[must_use]
pub fn say(key: &str, arguments: &[(&'static str, &dyn Display)]) -> String {
    let arguments =
        arguments.iter().map(|(name, value)| (Cow::Borrowed(*name), value_of(clean::value(&value.to_string()))));
    look_up(&Language::ENGLISH, key, arguments.collect()).unwrap_or_else(|| key.to_owned())
}

/// The English sentence of a note: the message `note-<code>`. One that has none is logged as an error
/// and shown by its code and arguments.
#[must_use]
pub fn sentence(note: &Note) -> String {
    let arguments = note.arguments.iter().map(|(name, value)| (Cow::Owned(name.clone()), value_of(line(value))));
    let key = format!("note-{}", note.code);
    look_up(&Language::ENGLISH, &key, arguments.collect()).unwrap_or_else(|| line(&note.to_string()))
}

/// Short whole numbers are numbers, so that sentences can choose by them; anything else is text.
fn value_of(text: String) -> FluentValue<'static> {
    let is_number = text == "0" || (!text.starts_with('0') && (1..=9).contains(&text.len()));
    if is_number && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return FluentValue::try_number(&text).into_owned();
    }
    FluentValue::String(Cow::Owned(text))
}

fn look_up(language: &Language, key: &str, mut arguments: Arguments) -> Option<String> {
    loop {
        let error = match SENTENCES.lookup_single_language(&language.0, key, Some(&arguments)) {
            Ok(text) => return Some(text),
            Err(error) => error.to_string(),
        };
        let mut missing = missing_arguments(&error);
        // What is filled in already cannot be missing again: each round fills in at least one more, or ends.
        missing.retain(|name| !arguments.contains_key(name.as_str()));
        if missing.is_empty() {
            tracing::error!(key, error, "a sentence is missing");
            return None;
        }
        tracing::debug!(key, ?missing, "a sentence was given less than it can say");
        for name in missing {
            arguments.insert(Cow::Owned(name), FluentValue::String(Cow::Borrowed(UNKNOWN)));
        }
    }
}

/// The arguments that the sentence wants and was not given. The loader's error type has no public name,
/// so they are read from what it prints; a test holds that this works.
fn missing_arguments(error: &str) -> Vec<String> {
    let after = error.split("Variable { id: \"").skip(1);
    after.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
}
