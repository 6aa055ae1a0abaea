//! Why a text is no command: data, so that the sentence can be written elsewhere and in any language.

use std::fmt;
use std::ops::Range;

use super::keys::Key;
use super::verb::Verb;

/// What could not be read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// What is wrong.
    pub problem: Problem,
    /// Where in the text; `None` where something is missing from all of it.
    pub at: Option<Position>,
}

impl ParseError {
    pub(super) fn somewhere(problem: Problem) -> Self {
        Self { problem, at: None }
    }
}

/// For logs and terminals; people in chat read the sentence of [`note`](ParseError::note).
impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the command cannot be read")?;
        if let Some(at) = self.at {
            write!(f, " at byte {}", at.offset)?;
        }
        write!(f, ": {}", self.note())
    }
}

impl std::error::Error for ParseError {}

/// A part of the input, in bytes of UTF-8, on the boundaries of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// Where it begins.
    pub offset: usize,
    /// How long it is.
    pub length: usize,
}

impl Position {
    pub(super) fn of(range: &Range<usize>) -> Self {
        Self { offset: range.start, length: range.end.saturating_sub(range.start) }
    }

    /// The first byte after it.
    #[must_use]
    pub fn end(self) -> usize {
        self.offset.saturating_add(self.length)
    }

    /// For slices of the input.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.offset..self.end()
    }

    /// From here to there, both included.
    pub(super) fn to(self, last: Self) -> Self {
        Self::of(&(self.offset..last.end().max(self.end())))
    }
}

/// What is wrong with a command. Typed text in here is cut to 60 characters and shows nothing hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// More characters than are read.
    TooLong {
        /// How many are.
        limit: usize,
    },
    /// The first word is neither a verb nor a service.
    UnknownWord {
        /// As typed.
        typed: String,
        /// Verbs and services that are spelled nearly so, the nearest first.
        near: Vec<String>,
        /// The services that there are.
        known: Vec<String>,
    },
    /// No service has this name.
    UnknownService {
        /// As typed.
        typed: String,
        /// Services that are spelled nearly so, the nearest first.
        near: Vec<String>,
        /// The services that there are.
        known: Vec<String>,
    },
    /// The catalogue is empty.
    NoServices,
    /// The verb needs a service.
    MissingService {
        /// Which verb.
        verb: Verb,
    },
    /// A service stands in the list twice.
    ServiceTwice {
        /// Which.
        service: String,
    },
    /// The service has no entry in this environment.
    ServiceNotThere {
        /// Which service.
        service: String,
        /// Where it was looked for.
        environment: String,
        /// Where it is.
        known: Vec<String>,
    },
    /// No service has an environment of this name.
    UnknownEnvironment {
        /// As typed.
        typed: String,
        /// The environments that there are.
        known: Vec<String>,
    },
    /// An environment stands where a version is read.
    EnvironmentAsVersion {
        /// Which.
        environment: String,
    },
    /// A second service without a comma before it.
    MissingComma {
        /// Which.
        service: String,
    },
    /// A version stands behind a comma, where a service is read.
    VersionInList {
        /// As typed.
        typed: String,
    },
    /// A verb stands where a version is read.
    VerbNotFirst {
        /// Which.
        verb: Verb,
    },
    /// `service:version` or `service=version`.
    WrongSign {
        /// Which service.
        service: String,
    },
    /// `service@` without a version, or `to` at the end.
    MissingVersion {
        /// Behind what.
        after: String,
    },
    /// The verb needs one exact version.
    NeedsVersion {
        /// Which verb.
        verb: Verb,
    },
    /// Nothing that a version can be called.
    BadVersion {
        /// As typed.
        typed: String,
    },
    /// `rev:` without a number.
    BadRevision {
        /// As typed.
        typed: String,
    },
    /// `sha256:` without 12 to 64 hexadecimal digits.
    BadImageDigest {
        /// As typed.
        typed: String,
    },
    /// Almost `previous` or `last-good`.
    VersionNear {
        /// As typed.
        typed: String,
        /// What it almost is.
        near: &'static str,
    },
    /// No key has this name.
    UnknownKey {
        /// As typed.
        typed: String,
        /// Keys that are spelled nearly so, the nearest first.
        near: Vec<String>,
    },
    /// A key with two values.
    KeyTwice {
        /// Which.
        key: Key,
    },
    /// The verb does not take this key.
    KeyNotHere {
        /// Which.
        key: Key,
        /// Which verb.
        verb: Verb,
    },
    /// A key without its value.
    MissingValue {
        /// Which.
        key: Key,
    },
    /// A key without its equals sign.
    MissingEquals {
        /// Which.
        key: Key,
    },
    /// An equals sign with no key before it.
    StrayEquals,
    /// No such severity.
    BadSeverity {
        /// As typed.
        typed: String,
    },
    /// No such data impact.
    BadData {
        /// As typed.
        typed: String,
    },
    /// Not a duration.
    BadDuration {
        /// As typed.
        typed: String,
    },
    /// A number: minutes, hours?
    DurationWithoutUnit {
        /// As typed.
        typed: String,
    },
    /// No time at all.
    DurationZero,
    /// More than 30 days.
    DurationTooLong {
        /// As typed.
        typed: String,
    },
    /// Not a moment.
    BadDetected {
        /// As typed.
        typed: String,
    },
    /// A time of day with a zone, of which nobody can tell the day.
    TimeWithZone {
        /// As typed.
        typed: String,
    },
    /// A date without a zone, or without a time.
    DateWithoutZone {
        /// As typed.
        typed: String,
    },
    /// `because` and nothing.
    EmptyReason,
    /// More characters than a reason may have.
    ReasonTooLong {
        /// How many it may have.
        limit: usize,
    },
    /// The verb takes no reason.
    ReasonNotHere {
        /// Which verb.
        verb: Verb,
    },
    /// The verb needs a reason.
    NeedsReason {
        /// Which verb.
        verb: Verb,
    },
    /// Not the id of an incident or a rollback.
    BadId {
        /// As typed.
        typed: String,
    },
    /// The verb needs an id.
    NeedsId {
        /// Which verb.
        verb: Verb,
    },
    /// Not the digest of a plan.
    BadDigest {
        /// As typed.
        typed: String,
    },
    /// Neither `good` nor `bad`.
    BadStanding {
        /// As typed.
        typed: String,
    },
    /// Neither `good` nor `bad` was said.
    NeedsStanding,
    /// There is no help of this word.
    UnknownTopic {
        /// As typed.
        typed: String,
        /// Verbs that are spelled nearly so, the nearest first.
        near: Vec<String>,
    },
    /// A word too many.
    Unexpected {
        /// As typed.
        typed: String,
        /// The verb that does not take it.
        verb: Verb,
    },
    /// A person, a room or an emoji of the chat.
    Mention {
        /// In words that call nobody.
        typed: String,
    },
    /// A link.
    Link {
        /// Its address.
        typed: String,
    },
}

impl Problem {
    pub(super) fn at(self, position: Position) -> ParseError {
        ParseError { problem: self, at: Some(position) }
    }
}
