//! The names of the sentences about a decision. The sentences are in `notify/text/en/decide.ftl`.

use crate::model::{Advice, Decision, Note, Rule};

/// What is told of an advice: the decision, the rule that gave it, and always that a fix forward comes
/// first [J4].
#[must_use]
pub fn notes(advice: &Advice) -> [Note; 3] {
    [decision_note(advice.decision), rule_note(advice.rule), Note::new("consider-fix-forward")]
}

/// The decision in words.
#[must_use]
pub fn decision_note(decision: Decision) -> Note {
    Note::new(match decision {
        Decision::RollBack => "decision-roll-back",
        Decision::Consider => "decision-consider",
        Decision::FixForward => "decision-fix-forward",
    })
}

/// The rule that fired, and why it is so, in words.
#[must_use]
pub fn rule_note(rule: Rule) -> Note {
    Note::new(match rule {
        Rule::MajorDataImpact => "rule-major-data-impact",
        Rule::MajorDataImpactUnderrated => "rule-major-data-impact-underrated",
        Rule::CriticalSlowFix => "rule-critical-slow-fix",
        Rule::CriticalQuickFix => "rule-critical-quick-fix",
        Rule::HighSlowFix => "rule-high-slow-fix",
        Rule::HighQuickFix => "rule-high-quick-fix",
        Rule::MediumSlowFix => "rule-medium-slow-fix",
        Rule::MediumFixForward => "rule-medium-fix-forward",
        Rule::LowFixForward => "rule-low-fix-forward",
    })
}
