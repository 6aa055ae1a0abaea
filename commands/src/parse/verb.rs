//! The words that a command can begin with.

/// What somebody wants done. Rolling back is what a service without a verb means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// `<service> …`: roll back.
    Rollback,
    /// What would happen.
    Plan,
    /// What goes on.
    Status,
    /// What ran when.
    History,
    /// The incident report.
    Report,
    /// What would be chosen, and why.
    Why,
    /// How to type it.
    Help,
    /// The incident is over.
    Close,
    /// Yes to a plan.
    Approve,
    /// No to a plan.
    Deny,
    /// Stop.
    Abort,
    /// Try a step again.
    Retry,
    /// Go on without a step.
    Skip,
    /// A version is good, or bad.
    Mark,
    /// What is missing in a room.
    Repair,
}

impl Verb {
    /// Every verb, in the order in which help shows them.
    pub const ALL: [Self; 15] = [
        Self::Rollback,
        Self::Plan,
        Self::Approve,
        Self::Deny,
        Self::Abort,
        Self::Retry,
        Self::Skip,
        Self::Status,
        Self::History,
        Self::Why,
        Self::Mark,
        Self::Report,
        Self::Close,
        Self::Repair,
        Self::Help,
    ];

    /// The word that people type; `rollback` is mostly left out.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Rollback => "rollback",
            Self::Plan => "plan",
            Self::Status => "status",
            Self::History => "history",
            Self::Report => "report",
            Self::Why => "why",
            Self::Help => "help",
            Self::Close => "close",
            Self::Approve => "approve",
            Self::Deny => "deny",
            Self::Abort => "abort",
            Self::Retry => "retry",
            Self::Skip => "skip",
            Self::Mark => "mark",
            Self::Repair => "repair",
        }
    }

    /// One whole command as it is typed: grammar and not prose, so that it is the same in every
    /// language.
    #[must_use]
    pub fn example(self) -> &'static str {
        match self {
            Self::Rollback => "/rollback api-service v1.2.9 severity=high because checkout is slow",
            Self::Plan => "/rollback plan api-service v1.2.9",
            Self::Status => "/rollback status INC-2024-0115-001",
            Self::History => "/rollback history api-service",
            Self::Report => "/rollback report INC-2024-0115-001",
            Self::Why => "/rollback why api-service",
            Self::Help => "/rollback help approve",
            Self::Close => "/rollback close INC-2024-0115-001",
            Self::Approve => "/rollback approve INC-2024-0115-001/1 1a2b3c4d",
            Self::Deny => "/rollback deny INC-2024-0115-001/1 because the fix is out in 5 minutes",
            Self::Abort => "/rollback abort INC-2024-0115-001/1 because it is the wrong version",
            Self::Retry => "/rollback retry INC-2024-0115-001/1",
            Self::Skip => "/rollback skip INC-2024-0115-001/1 because the CDN was purged by hand",
            Self::Repair => "/rollback repair INC-2024-0115-001",
            Self::Mark => "/rollback mark api-service v1.2.9 bad because it loses orders",
        }
    }

    /// The verb of this word, in whatever case.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.word().eq_ignore_ascii_case(word))
    }
}

/// Words of the grammar that are not verbs.
const OTHER_WORDS: [&str; 4] = ["previous", "last-good", "because", "to"];

/// True for words that no service may be named by, since they mean something else where a service is
/// typed. The check of the configuration asks.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    let name = super::fold::name(name);
    Verb::named(&name).is_some() || OTHER_WORDS.contains(&name.as_str())
}
