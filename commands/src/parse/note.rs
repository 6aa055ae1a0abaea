//! The name of each problem's sentence, and what goes into it. The sentences are in
//! `notify/text/en/parse.ftl`.

use crate::model::Note;

use super::error::{ParseError, Problem};
use super::keys::Key;
use super::verb::Verb;

/// How many names a sentence lists.
const MOST_NAMES: usize = 10;

impl ParseError {
    /// What a person is told.
    #[must_use]
    pub fn note(&self) -> Note {
        let problem = &self.problem;
        arguments(Note::new(code(problem)), problem)
    }
}

/// The sentence of this problem.
fn code(problem: &Problem) -> &'static str {
    match problem {
        Problem::TooLong { .. } => "parse-too-long",
        Problem::UnknownWord { near, .. } if near.is_empty() => "parse-unknown-word",
        Problem::UnknownWord { .. } => "parse-unknown-word-near",
        Problem::UnknownService { near, .. } if near.is_empty() => "parse-unknown-service",
        Problem::UnknownService { .. } => "parse-unknown-service-near",
        Problem::NoServices => "parse-no-services",
        Problem::MissingService { .. } => "parse-missing-service",
        Problem::ServiceTwice { .. } => "parse-service-twice",
        Problem::ServiceNotThere { .. } => "parse-service-not-there",
        Problem::UnknownEnvironment { .. } => "parse-unknown-environment",
        Problem::EnvironmentAsVersion { .. } => "parse-environment-as-version",
        Problem::MissingComma { .. } => "parse-missing-comma",
        Problem::VersionInList { .. } => "parse-version-in-list",
        Problem::VerbNotFirst { .. } => "parse-verb-not-first",
        Problem::WrongSign { .. } => "parse-wrong-sign",
        Problem::MissingVersion { .. } => "parse-missing-version",
        Problem::NeedsVersion { .. } => "parse-needs-version",
        Problem::BadVersion { .. } => "parse-bad-version",
        Problem::BadRevision { .. } => "parse-bad-revision",
        Problem::BadImageDigest { .. } => "parse-bad-image-digest",
        Problem::VersionNear { .. } => "parse-version-near",
        Problem::UnknownKey { near, .. } if near.is_empty() => "parse-unknown-key",
        Problem::UnknownKey { .. } => "parse-unknown-key-near",
        Problem::KeyTwice { .. } => "parse-key-twice",
        Problem::KeyNotHere { .. } => "parse-key-not-here",
        Problem::MissingValue { .. } => "parse-missing-value",
        Problem::MissingEquals { .. } => "parse-missing-equals",
        Problem::StrayEquals => "parse-stray-equals",
        Problem::BadSeverity { .. } => "parse-bad-severity",
        Problem::BadData { .. } => "parse-bad-data",
        Problem::BadDuration { .. } => "parse-bad-duration",
        Problem::DurationWithoutUnit { .. } => "parse-duration-without-unit",
        Problem::DurationZero => "parse-duration-zero",
        Problem::DurationTooLong { .. } => "parse-duration-too-long",
        Problem::BadDetected { .. } => "parse-bad-detected",
        Problem::TimeWithZone { .. } => "parse-time-with-zone",
        Problem::DateWithoutZone { .. } => "parse-date-without-zone",
        Problem::EmptyReason => "parse-empty-reason",
        Problem::ReasonTooLong { .. } => "parse-reason-too-long",
        Problem::ReasonNotHere { .. } => "parse-reason-not-here",
        Problem::NeedsReason { .. } => "parse-needs-reason",
        Problem::BadId { .. } => "parse-bad-id",
        Problem::NeedsId { .. } => "parse-needs-id",
        Problem::BadDigest { .. } => "parse-bad-digest",
        Problem::BadStanding { .. } => "parse-bad-standing",
        Problem::NeedsStanding => "parse-needs-standing",
        Problem::UnknownTopic { near, .. } if near.is_empty() => "parse-unknown-topic",
        Problem::UnknownTopic { .. } => "parse-unknown-topic-near",
        Problem::Unexpected { .. } => "parse-unexpected",
        Problem::Mention { .. } => "parse-mention",
        Problem::Link { .. } => "parse-link",
    }
}

/// What goes into the sentence.
fn arguments(note: Note, problem: &Problem) -> Note {
    match problem {
        Problem::TooLong { limit } | Problem::ReasonTooLong { limit } => note.with("limit", limit),
        Problem::UnknownWord { typed, near, known } | Problem::UnknownService { typed, near, known } => {
            let note = note.with("typed", typed);
            if near.is_empty() { note.with("known", list(known)) } else { note.with("near", list(near)) }
        }
        Problem::UnknownEnvironment { typed, known } => note.with("typed", typed).with("known", list(known)),
        Problem::ServiceNotThere { service, environment, known } => {
            note.with("service", service).with("environment", environment).with("known", list(known))
        }
        Problem::ServiceTwice { service } | Problem::MissingComma { service } | Problem::WrongSign { service } => {
            note.with("service", service)
        }
        Problem::EnvironmentAsVersion { environment } => note.with("environment", environment),
        Problem::MissingVersion { after } => note.with("after", after),
        Problem::VersionNear { typed, near } => note.with("typed", typed).with("near", near),
        Problem::UnknownKey { typed, near } => near_or(note.with("typed", typed), near, Key::ALL.map(Key::word)),
        Problem::UnknownTopic { typed, near } => near_or(note.with("typed", typed), near, Verb::ALL.map(Verb::word)),
        Problem::MissingService { verb } => note.with("example", verb.example()),
        Problem::VerbNotFirst { verb }
        | Problem::NeedsVersion { verb }
        | Problem::ReasonNotHere { verb }
        | Problem::NeedsReason { verb }
        | Problem::NeedsId { verb } => note.with("verb", verb.word()).with("example", verb.example()),
        Problem::Unexpected { typed, verb } => note.with("typed", typed).with("example", verb.example()),
        Problem::KeyNotHere { key, verb } => {
            note.with("key", key.word()).with("verb", verb.word()).with("example", verb.example())
        }
        Problem::KeyTwice { key } => note.with("key", key.word()),
        Problem::MissingValue { key } | Problem::MissingEquals { key } => {
            note.with("key", key.word()).with("example", key.example())
        }
        Problem::VersionInList { typed }
        | Problem::BadVersion { typed }
        | Problem::BadRevision { typed }
        | Problem::BadImageDigest { typed }
        | Problem::BadSeverity { typed }
        | Problem::BadData { typed }
        | Problem::BadDuration { typed }
        | Problem::DurationWithoutUnit { typed }
        | Problem::DurationTooLong { typed }
        | Problem::BadDetected { typed }
        | Problem::TimeWithZone { typed }
        | Problem::DateWithoutZone { typed }
        | Problem::BadId { typed }
        | Problem::BadDigest { typed }
        | Problem::BadStanding { typed }
        | Problem::Mention { typed }
        | Problem::Link { typed } => note.with("typed", typed),
        Problem::NoServices
        | Problem::StrayEquals
        | Problem::DurationZero
        | Problem::EmptyReason
        | Problem::NeedsStanding => note,
    }
}

/// What is near, or else all that there is.
fn near_or<const COUNT: usize>(note: Note, near: &[String], known: [&str; COUNT]) -> Note {
    if near.is_empty() { note.with("known", known.join(", ")) } else { note.with("near", list(near)) }
}

/// Names behind one another; what is too much for a sentence is left out visibly.
fn list(names: &[String]) -> String {
    let shown = names.iter().take(MOST_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > MOST_NAMES { format!("{shown}, …") } else { shown }
}
