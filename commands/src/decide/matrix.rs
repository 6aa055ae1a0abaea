//! The decision matrix and the criteria of the runbook [J2 J3 J4], without their gaps.

use jiff::SignedDuration;

use crate::model::{Advice, DataImpact, Decision, Rule, Severity};

/// How long a fix forward would take, as far as the matrix tells it apart [J2]. Each limit belongs to
/// the shorter side: the matrix says "more than".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TimeBand {
    /// Up to 30 minutes.
    Quick,
    /// More than 30 minutes, up to an hour.
    WithinAnHour,
    /// More than an hour, up to two.
    WithinTwoHours,
    /// More than two hours.
    Longer,
}

impl TimeBand {
    /// Every band, the shortest first.
    pub const ALL: [Self; 4] = [Self::Quick, Self::WithinAnHour, Self::WithinTwoHours, Self::Longer];

    /// The longest time in this band; the last has no end.
    #[must_use]
    pub fn limit(self) -> Option<SignedDuration> {
        match self {
            Self::Quick => Some(SignedDuration::from_mins(30)),
            Self::WithinAnHour => Some(SignedDuration::from_mins(60)),
            Self::WithinTwoHours => Some(SignedDuration::from_mins(120)),
            Self::Longer => None,
        }
    }

    /// The band of this time. What is less than nothing is quick.
    #[must_use]
    pub fn of(time: SignedDuration) -> Self {
        Self::ALL.into_iter().find(|band| band.limit().is_none_or(|limit| time <= limit)).unwrap_or(Self::Longer)
    }
}

/// What the matrix says, and the rule that says it. Defined for every combination.
#[must_use]
pub fn advise(severity: Severity, data: DataImpact, time_to_fix: SignedDuration) -> Advice {
    let rule = rule(severity, data, TimeBand::of(time_to_fix));
    Advice { decision: decision(rule), rule }
}

/// True where a rollback goes against the advice, and so needs `because` [J4].
#[must_use]
pub fn needs_reason(advice: &Advice) -> bool {
    advice.decision == Decision::FixForward
}

fn rule(severity: Severity, data: DataImpact, band: TimeBand) -> Rule {
    use DataImpact::{Major, None};
    match (severity, data) {
        (Severity::Critical | Severity::High, Major) => Rule::MajorDataImpact,
        (Severity::Medium | Severity::Low, Major) => Rule::MajorDataImpactUnderrated,
        (Severity::Critical, _) if band > TimeBand::Quick => Rule::CriticalSlowFix,
        (Severity::Critical, _) => Rule::CriticalQuickFix,
        (Severity::High, _) if band > TimeBand::WithinAnHour => Rule::HighSlowFix,
        (Severity::High, _) => Rule::HighQuickFix,
        (Severity::Medium, None) if band > TimeBand::WithinTwoHours => Rule::MediumSlowFix,
        (Severity::Medium, _) => Rule::MediumFixForward,
        (Severity::Low, _) => Rule::LowFixForward,
    }
}

fn decision(rule: Rule) -> Decision {
    match rule {
        Rule::CriticalSlowFix | Rule::HighSlowFix => Decision::RollBack,
        Rule::MajorDataImpact
        | Rule::MajorDataImpactUnderrated
        | Rule::CriticalQuickFix
        | Rule::HighQuickFix
        | Rule::MediumSlowFix => Decision::Consider,
        Rule::MediumFixForward | Rule::LowFixForward => Decision::FixForward,
    }
}
