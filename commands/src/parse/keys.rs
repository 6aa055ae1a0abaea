//! The keys of `key=value`, and the words that their values may be.

use crate::model::{DataImpact, Priority, Severity};

use super::error::Problem;
use super::{detected, duration, fold};

/// What may stand before `=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// In which environment.
    Environment,
    /// How bad it is.
    Severity,
    /// What happened to data.
    Data,
    /// How long a fix forward would take.
    Fix,
    /// When it was noticed.
    Detected,
}

impl Key {
    /// Every key, in the order in which help shows them.
    pub const ALL: [Self; 5] = [Self::Environment, Self::Severity, Self::Data, Self::Fix, Self::Detected];

    /// The word that people type.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Environment => "env",
            Self::Severity => "severity",
            Self::Data => "data",
            Self::Fix => "fix",
            Self::Detected => "detected",
        }
    }

    /// A key with a value: grammar and not prose.
    #[must_use]
    pub fn example(self) -> &'static str {
        match self {
            Self::Environment => "env=production",
            Self::Severity => "severity=high",
            Self::Data => "data=none",
            Self::Fix => "fix=45m",
            Self::Detected => "detected=15:25",
        }
    }

    /// The key of this word, in whatever case, with or without the dashes of a command line.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        let word = word.trim_start_matches('-');
        Self::ALL.into_iter().find(|key| key.word().eq_ignore_ascii_case(word))
    }

    /// The key that this word is a value of, where it cannot well be anything else.
    pub(super) fn of_value(word: &str) -> Option<Self> {
        if severity(word).is_ok() {
            Some(Self::Severity)
        } else if data(word).is_ok() {
            Some(Self::Data)
        } else if duration::continues(word) {
            Some(Self::Fix)
        } else {
            None
        }
    }

    /// True where a word belongs to the value before it: `fix=1h 30m`, `detected=10m ago`.
    pub(super) fn continues(self, value: &str, word: &str) -> bool {
        match self {
            Self::Fix => duration::continues(word),
            Self::Detected => detected::continues(value, word),
            Self::Environment | Self::Severity | Self::Data => false,
        }
    }
}

/// `critical`, `high`, `medium`, `low`, or the priority that belongs to it.
pub(super) fn severity(value: &str) -> Result<Severity, Problem> {
    Severity::ALL
        .into_iter()
        .find(|severity| is(value, severity.word()) || is(value, priority_word(severity.priority())))
        .ok_or_else(|| Problem::BadSeverity { typed: fold::shown(value) })
}

fn priority_word(priority: Priority) -> &'static str {
    match priority {
        Priority::P1 => "p1",
        Priority::P2 => "p2",
        Priority::P3 => "p3",
        Priority::P4 => "p4",
    }
}

/// `none`, `minor`, `major`.
pub(super) fn data(value: &str) -> Result<DataImpact, Problem> {
    DataImpact::ALL
        .into_iter()
        .find(|impact| is(value, impact.word()))
        .ok_or_else(|| Problem::BadData { typed: fold::shown(value) })
}

fn is(value: &str, word: &str) -> bool {
    value.eq_ignore_ascii_case(word)
}
