//! How bad it is, and what follows from that.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad it is for users [J1 J3].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Cosmetic, nothing that matters: P4.
    Low,
    /// Part of a function, a slight slowdown: P3.
    Medium,
    /// A main function is broken, or serious slowness: P2.
    High,
    /// Data loss, a security breach, everything down: P1.
    Critical,
}

impl Severity {
    /// Every severity, the worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The word that people type.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }

    /// The priority that belongs to it.
    #[must_use]
    pub fn priority(self) -> Priority {
        match self {
            Self::Critical => Priority::P1,
            Self::High => Priority::P2,
            Self::Medium => Priority::P3,
            Self::Low => Priority::P4,
        }
    }
}

/// How urgent it is; decides who may approve [J6].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Priority {
    /// Critical.
    P1,
    /// High.
    P2,
    /// Medium.
    P3,
    /// Low.
    P4,
}

impl std::fmt::Display for Priority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::P1 => "P1",
            Self::P2 => "P2",
            Self::P3 => "P3",
            Self::P4 => "P4",
        })
    }
}

/// What the broken release did, or may have done, to data [J2].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DataImpact {
    /// None.
    None,
    /// Some, and it can be mended.
    Minor,
    /// Data was lost or spoiled.
    Major,
}

impl DataImpact {
    /// Every impact, the least first.
    pub const ALL: [Self; 3] = [Self::None, Self::Minor, Self::Major];

    /// The word that people type.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}

/// A value, and whether somebody said it. What was not given is assumed, shown so, and confirmed by
/// the vote; it is never stated as fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stated<T> {
    /// Somebody said it.
    Given(T),
    /// Nobody said it; this is what the bot goes by.
    Assumed(T),
}

impl<T: Copy> Stated<T> {
    /// The value, said or assumed.
    #[must_use]
    pub fn value(&self) -> T {
        match self {
            Self::Given(value) | Self::Assumed(value) => *value,
        }
    }

    /// True where nobody said it.
    #[must_use]
    pub fn is_assumed(&self) -> bool {
        matches!(self, Self::Assumed(_))
    }

    /// Given where there is a value, else this one, assumed.
    #[must_use]
    pub fn or_assume(given: Option<T>, assumed: T) -> Self {
        given.map_or(Self::Assumed(assumed), Self::Given)
    }
}

/// What is known of the trouble when somebody asks for a rollback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// How bad it is.
    pub severity: Stated<Severity>,
    /// What happened to data.
    pub data: Stated<DataImpact>,
    /// How long a fix forward would take.
    pub time_to_fix: Stated<SignedDuration>,
    /// When the trouble was noticed: the decision clock starts here [J5].
    pub detected_at: Stated<Timestamp>,
    /// The matrix's word, and the rule that gave it.
    pub advice: Advice,
}

/// What the matrix and the criteria say [J2 J3].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Roll back.
    RollBack,
    /// Roll back or fix forward: people weigh it.
    Consider,
    /// Fix forward; a rollback against this needs a reason.
    FixForward,
}

impl Decision {
    /// Every decision, the strongest word for a rollback first.
    pub const ALL: [Self; 3] = [Self::RollBack, Self::Consider, Self::FixForward];
}

/// A decision, and the rule that it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// The decision.
    pub decision: Decision,
    /// The rule that fired.
    pub rule: Rule,
}

/// The rules of the decision: for each combination exactly one fires.
/// `docs/decisions/decision-matrix.md` has the whole table and tells why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Critical or high, and data was lost or spoiled: a rollback does not bring it back, and the old
    /// version may not read what the new one wrote. People weigh it [J4].
    MajorDataImpact,
    /// Medium or low, though data was lost or spoiled: the criteria call that critical [J3], so one of
    /// the two is wrong. People check, and weigh it.
    MajorDataImpactUnderrated,
    /// Critical, and the fix takes more than 30 minutes: roll back [J2 J3].
    CriticalSlowFix,
    /// Critical, and a fix within 30 minutes is at hand: the criteria say roll back, the matrix only
    /// where the fix takes longer. People weigh it.
    CriticalQuickFix,
    /// High, and the fix takes more than an hour: roll back [J2 J3].
    HighSlowFix,
    /// High, and the fix takes an hour or less: the criteria say roll back, the matrix only where it
    /// takes longer. People weigh it.
    HighQuickFix,
    /// Medium, no data impact, and the fix takes more than two hours: people weigh it [J2].
    MediumSlowFix,
    /// Medium otherwise: fix forward [J3 J4].
    MediumFixForward,
    /// Low, and no data was lost: fix forward, whatever the time [J2 J3].
    LowFixForward,
}

impl Rule {
    /// Every rule, in the order of the table.
    pub const ALL: [Self; 9] = [
        Self::MajorDataImpact,
        Self::MajorDataImpactUnderrated,
        Self::CriticalSlowFix,
        Self::CriticalQuickFix,
        Self::HighSlowFix,
        Self::HighQuickFix,
        Self::MediumSlowFix,
        Self::MediumFixForward,
        Self::LowFixForward,
    ];
}
