//! Who may approve a plan, in words and as persons. The decision itself is made elsewhere; this says
//! beforehand what it will be.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::text::say;
use super::words::{self, Words};
use crate::model::{ApprovalRule, Effects, PersonId, Role, ServicePlan};
use crate::saga::RollbackState;

/// The rule of each service of a plan.
pub(super) fn rules(effects: &Effects) -> impl Iterator<Item = (&ServicePlan, &ApprovalRule)> {
    effects.services.iter().map(|plan| (plan, plan.service.policy.rule(effects.priority)))
}

/// When the votes on the plan that stands expire; `None` without a plan.
#[must_use]
pub fn expires_at(state: &RollbackState) -> Option<Timestamp> {
    let effects = state.plan.as_ref()?.effects();
    state.planned_at?.checked_add(effects.expires_after()).ok()
}

/// The persons whose yes can count, as far as it is known who holds which role.
#[must_use]
pub(super) fn eligible(
    words: &Words<'_>,
    effects: &Effects,
    requester: &PersonId,
    on_call: &BTreeSet<PersonId>,
) -> Vec<PersonId> {
    let mut persons = BTreeSet::new();
    for (plan, rule) in rules(effects) {
        let holders = rule.roles.iter().flat_map(|role| holders(words, plan, *role, on_call));
        persons.extend(holders.filter(|person| rule.own_request || person != requester));
    }
    persons.into_iter().collect()
}

fn holders(words: &Words<'_>, plan: &ServicePlan, role: Role, on_call: &BTreeSet<PersonId>) -> Vec<PersonId> {
    match role {
        Role::OnCall => on_call.iter().cloned().collect(),
        Role::TeamLead => plan.service.owners.clone(),
        Role::IncidentCommander => words.settings.commanders.iter().cloned().collect(),
        Role::Stakeholder => words.settings.stakeholders.iter().cloned().collect(),
    }
}

/// `1 vote of an on-call engineer (…); who asked may vote too`, for each different rule.
#[must_use]
pub(super) fn who_may_approve(words: &Words<'_>, effects: &Effects, on_call: &BTreeSet<PersonId>) -> String {
    let several = effects.services.len() > 1;
    let lines: Vec<String> = rules(effects)
        .map(|(plan, rule)| {
            let roles = rule.roles.iter().map(|role| role_with_holders(words, plan, *role, on_call));
            let roles = roles.collect::<Vec<_>>().join(&say("approval-or", &[]));
            let votes = say("approval-votes", &[("votes", &rule.votes), ("roles", &roles)]);
            let own = if rule.own_request { say("approval-own", &[]) } else { say("approval-not-own", &[]) };
            let line = say("approval-rule", &[("votes", &votes), ("own", &own)]);
            if several { format!("{}: {line}", words::service(&plan.service.key)) } else { line }
        })
        .collect();
    lines.join(" · ")
}

/// The same, short: who is awaited.
#[must_use]
pub(super) fn roles_awaited(words: &Words<'_>, effects: &Effects, on_call: &BTreeSet<PersonId>) -> String {
    let named = |(plan, rule): (&ServicePlan, &ApprovalRule)| {
        rule.roles.iter().map(|role| role_with_holders(words, plan, *role, on_call)).collect::<Vec<_>>()
    };
    let unique: BTreeSet<String> = rules(effects).flat_map(named).collect();
    unique.into_iter().collect::<Vec<_>>().join(&say("approval-or", &[]))
}

fn role_with_holders(words: &Words<'_>, plan: &ServicePlan, role: Role, on_call: &BTreeSet<PersonId>) -> String {
    let names = words.persons(&holders(words, plan, role, on_call));
    let role = words::role(role);
    if names.is_empty() { role } else { say("approval-role", &[("role", &role), ("names", &names)]) }
}

/// The votes that were cast on the plan that stands: who and when. By which source they held which
/// role stands in the report.
#[must_use]
pub(super) fn votes_cast(words: &Words<'_>, state: &RollbackState) -> Vec<String> {
    let line = |(at, vote): &(Timestamp, crate::model::Vote)| {
        say("approval-vote", &[("name", &words.person(&vote.person)), ("at", &words.moment(*at))])
    };
    state.votes.iter().map(line).collect()
}
