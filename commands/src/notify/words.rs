//! Words that many messages share: moments, spans, persons, roles, services, changes.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::text::{say, sentence};
use crate::decide;
use crate::model::{
    Actor, Assessment, DataImpact, Decision, Effects, Fact, Note, PersonId, Role, Rule, ServiceKey, ServicePlan,
    Severity, Standing, Stated,
};
use crate::settings::Settings;

/// What words depend on beside what they name.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Names of persons.
    pub settings: &'a Settings,
    /// The UTC day on which the incident was opened: moments of another day are shown with their date.
    pub day: Date,
}

impl Words<'_> {
    /// How a person is called; one that the configuration no longer knows, by their id.
    #[must_use]
    pub fn person(&self, id: &PersonId) -> String {
        self.settings.person(id).map_or_else(|| id.to_string(), |person| person.name.clone())
    }

    /// Several persons; empty where there is none.
    pub fn persons<'p>(&self, ids: impl IntoIterator<Item = &'p PersonId>) -> String {
        joined(ids.into_iter().map(|id| self.person(id)))
    }

    /// Who caused something.
    #[must_use]
    pub fn actor(&self, actor: &Actor) -> String {
        match actor {
            Actor::Person { person, .. } => self.person(person),
            Actor::Trigger(name) => say("word-trigger", &[("name", name)]),
            Actor::Pipeline(name) => say("word-pipeline", &[("name", name)]),
            Actor::System => say("word-system", &[]),
        }
    }

    /// `15:42 UTC`, or `2024-01-14 15:42 UTC` on another day than the incident's.
    #[must_use]
    pub fn moment(&self, at: Timestamp) -> String {
        let at = at.to_zoned(TimeZone::UTC);
        let form = if at.date() == self.day { "%H:%M UTC" } else { "%Y-%m-%d %H:%M UTC" };
        at.strftime(form).to_string()
    }
}

/// A count that fits everywhere.
#[must_use]
pub(crate) fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// The UTC day of a moment.
#[must_use]
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// `850 ms`, `45 s`, `12 min 5 s`, `1 h 30 min`; at most two units, what is smaller is left out.
#[must_use]
pub fn span(span: SignedDuration) -> String {
    if span.is_negative() {
        return span_of_seconds(0);
    }
    let seconds = span.as_secs();
    if seconds == 0 && !span.is_zero() {
        return say("word-milliseconds", &[("count", &span.as_millis().max(1))]);
    }
    span_of_seconds(seconds)
}

fn span_of_seconds(seconds: i64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut parts = Vec::new();
    if hours > 0 {
        parts.push(say("word-hours", &[("count", &hours)]));
    }
    if minutes > 0 {
        parts.push(say("word-minutes", &[("count", &minutes)]));
    }
    if hours == 0 && (rest > 0 || parts.is_empty()) {
        parts.push(say("word-seconds", &[("count", &rest)]));
    }
    parts.join(" ")
}

/// `a, b, c`.
pub fn joined(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().collect::<Vec<_>>().join(", ")
}

/// `api-service (production)`.
#[must_use]
pub fn service(key: &ServiceKey) -> String {
    say("word-service", &[("service", &key.name), ("environment", &key.environment)])
}

/// `api-service (production), web (production)`.
pub fn services<'k>(keys: impl IntoIterator<Item = &'k ServiceKey>) -> String {
    joined(keys.into_iter().map(service))
}

/// What runs before: its version, or the revision of its first target where nobody knows the version.
#[must_use]
pub fn from(plan: &ServicePlan) -> String {
    match (&plan.from, plan.targets.first()) {
        (Some(version), _) => version.to_string(),
        (None, Some(target)) => say("word-revision", &[("revision", &target.from)]),
        (None, None) => say("word-not-known", &[]),
    }
}

/// `v1.3.0 → v1.2.9`.
#[must_use]
pub fn change(plan: &ServicePlan) -> String {
    say("word-change", &[("from", &from(plan)), ("to", &plan.to)])
}

/// `api-service v1.3.0 → v1.2.9, web v7 → v6`.
#[must_use]
pub fn changes(effects: &Effects) -> String {
    let one = |plan: &ServicePlan| {
        say("word-service-change", &[("service", &service(&plan.service.key)), ("change", &change(plan))])
    };
    joined(effects.services.iter().map(one))
}

/// `to v1.2.9`, of each service.
#[must_use]
pub fn destinations(effects: &Effects) -> String {
    let one = |plan: &ServicePlan| {
        say("word-destination", &[("service", &service(&plan.service.key)), ("to", &plan.to), ("from", &from(plan))])
    };
    joined(effects.services.iter().map(one))
}

/// The role in words.
#[must_use]
pub fn role(role: Role) -> String {
    match role {
        Role::OnCall => say("word-on-call", &[]),
        Role::TeamLead => say("word-team-lead", &[]),
        Role::IncidentCommander => say("word-incident-commander", &[]),
        Role::Stakeholder => say("word-stakeholder", &[]),
    }
}

/// The severity with its priority: `high (P2)`.
#[must_use]
pub fn severity(severity: Severity) -> String {
    say("word-severity", &[("severity", &severity.word()), ("priority", &severity.priority())])
}

/// What happened to data, in words.
#[must_use]
pub fn data(impact: DataImpact) -> String {
    match impact {
        DataImpact::None => say("word-data-none", &[]),
        DataImpact::Minor => say("word-data-minor", &[]),
        DataImpact::Major => say("word-data-major", &[]),
    }
}

/// What the ledger thinks of a version.
#[must_use]
pub fn standing(standing: Standing) -> String {
    match standing {
        Standing::Good => say("word-good", &[]),
        Standing::Bad => say("word-bad", &[]),
        Standing::Unproven => say("word-unproven", &[]),
    }
}

/// What the matrix says.
#[must_use]
pub fn decision(decision: Decision) -> String {
    match decision {
        Decision::RollBack => say("word-roll-back", &[]),
        Decision::Consider => say("word-consider", &[]),
        Decision::FixForward => say("word-fix-forward", &[]),
    }
}

/// The role in words; without one it was who asked.
#[must_use]
pub fn role_or_requester(held: Option<Role>) -> String {
    held.map_or_else(|| say("word-requester", &[]), role)
}

/// The rule that gave the decision, on its ground.
#[must_use]
pub fn rule(assessment: &Assessment) -> String {
    let rule = assessment.advice.rule;
    // One rule with two grounds: each has its own sentence.
    if rule == Rule::MediumFixForward && assessment.data.value() != DataImpact::None {
        return sentence(&Note::new("rule-medium-data-changed"));
    }
    sentence(&decide::rule_note(rule))
}

/// The value, marked where nobody said it.
#[must_use]
pub fn stated<T: Copy>(stated: &Stated<T>, word: impl Fn(T) -> String) -> String {
    let value = word(stated.value());
    if stated.is_assumed() { say("word-assumed", &[("value", &value)]) } else { value }
}

/// A fact by its key of `label-…` and its value, which is made one line.
#[must_use]
pub fn fact(label: String, value: impl AsRef<str>) -> Fact {
    Fact { label, value: super::clean::value(value.as_ref()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_short_and_exact() {
        let of = |milliseconds| span(SignedDuration::from_millis(milliseconds));
        let spans = [-5, 0, 1, 850, 1_000, 59_999, 60_000, 725_000, 3_600_000, 5_430_000].map(of);
        let expected = ["0 s", "0 s", "1 ms", "850 ms", "1 s", "59 s", "1 min", "12 min 5 s", "1 h", "1 h 30 min"];
        assert_eq!(spans, expected);
    }
}
