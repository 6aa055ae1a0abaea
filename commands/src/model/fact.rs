//! Things that were found, as data. Sentences are made of them in `notify/text`, nowhere else.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// Something worth telling people, by the name of its sentence and what goes into it. The sentence
/// itself is the text `note-<code>`; a test holds that each code that is used has one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Note {
    /// The name of the sentence: `target-known-bad`.
    pub code: String,
    /// What goes into it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub arguments: BTreeMap<String, String>,
}

impl Note {
    /// A note without arguments.
    #[must_use]
    pub fn new(code: &'static str) -> Self {
        Self { code: code.to_owned(), arguments: BTreeMap::new() }
    }

    /// With one more argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.arguments.insert(name.to_owned(), value.to_string());
        self
    }
}

/// For logs and terminals; people in chat read the sentence.
impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.code)?;
        self.arguments.iter().try_for_each(|(name, value)| write!(f, " {name}={value:?}"))
    }
}

/// Why something is as it is, and the words of the outside world that show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// What it means.
    pub why: Note,
    /// The platform's, program's or endpoint's own words, redacted and bounded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

impl Trouble {
    /// Without evidence.
    #[must_use]
    pub fn new(why: Note) -> Self {
        Self { why, evidence: Vec::new() }
    }

    /// With the outside world's own words.
    #[must_use]
    pub fn saying(mut self, evidence: impl ToString) -> Self {
        self.evidence.push(evidence.to_string());
        self
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.why)?;
        self.evidence.iter().try_for_each(|words| write!(f, ": {words}"))
    }
}

/// What the bot's own probes of one endpoint found over a while [V1 V2].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measurement {
    /// The endpoint's URL.
    pub url: String,
    /// How many probes were sent.
    pub samples: u32,
    /// How many of them failed: no answer in time, or another status than the one that means well.
    pub failed: u32,
    /// The median time to a full answer, of the probes that were answered.
    pub median: Option<SignedDuration>,
    /// The slowest of them.
    pub slowest: Option<SignedDuration>,
    /// What the last failed probe met.
    pub last_failure: Option<String>,
}

/// Whether a target has left its old revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Movement {
    /// It is set to the revision that the plan names.
    Moved,
    /// It is as it was when the plan was made.
    NotMoved,
    /// It cannot be said: it is treated as moved, since undoing could bring the bad release back.
    Unknown,
}

/// What a finished step leaves in the log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Findings {
    /// By name: `{"data_loss": "none"}` of a hook, `{"job": "done"}` of a platform.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
    /// What probes measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measurements: Vec<Measurement>,
    /// Of a pivot: whether its target moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub movement: Option<Movement>,
    /// A hook's own sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// What a platform has to say of what it did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// What a look at the platform says of a target on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All of it runs the revision that the plan names, and is well.
    Done,
    /// On its way.
    InProgress(Note),
    /// It will not get there by itself.
    Failed(Trouble),
    /// Somebody else moved it.
    Superseded {
        /// Who, as the platform tells it.
        by: String,
    },
    /// It cannot be said now. Never taken for done.
    Unknown(Trouble),
}

/// A verdict with its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// The verdict.
    pub verdict: Verdict,
    /// Pods, tasks, hosts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

/// One pod, task or host of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its name on the platform.
    pub name: String,
    /// Its state, in the platform's own word.
    pub state: String,
    /// More, in the platform's own words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}
