//! Policies that can be fulfilled: an approval that nobody can give would be found out at night.

use std::collections::BTreeSet;

use commands::model::{ApprovalRule, PersonId, Priority, Role, Service};

use super::Holders;
use crate::configuration::location::{Location, Problem};

/// Every rule that nobody can fulfil, or that gives a voice to who has none.
pub(super) fn check(location: &Location, service: &Service, holders: &Holders<'_>, problems: &mut Vec<Problem>) {
    for priority in [Priority::P1, Priority::P2, Priority::P3, Priority::P4] {
        let at = location.key("policy").key(&priority.to_string().to_lowercase());
        check_rule(&at, priority, service, holders, problems);
    }
}

fn check_rule(
    at: &Location,
    priority: Priority,
    service: &Service,
    holders: &Holders<'_>,
    problems: &mut Vec<Problem>,
) {
    let rule = service.policy.rule(priority);
    let rule_of = format!("the rule for {priority} of {}", service.key);
    if rule.roles.contains(&Role::Stakeholder) {
        let problem = Problem::at(&at.key("roles"), format!("{rule_of} lets stakeholders vote"));
        problems.push(problem.help("stakeholders are told and decide nothing: name another role"));
    }
    if rule.votes == 0 {
        let problem = Problem::at(&at.key("votes"), format!("{rule_of} asks for no vote"));
        problems.push(problem.help("ask for one at least: nothing moves without a person's yes"));
        return;
    }
    if rule.roles.is_empty() {
        let problem = Problem::at(&at.key("roles"), format!("{rule_of} names no role"));
        problems.push(problem.help("name who may vote: `on-call`, `team-lead`, `incident-commander`"));
        return;
    }
    if holders.on_call.is_none() && rule.roles.contains(&Role::OnCall) {
        // Who could vote is known when the rota is mended.
        return;
    }
    let possible = possible(rule, service, holders).len();
    if possible < rule.votes as usize {
        let what = format!("{rule_of} asks for {} of {possible} who could ever vote", votes(rule.votes));
        problems.push(Problem::at(at, what).help(help(rule, service, holders)));
    }
}

fn votes(count: u32) -> String {
    format!("{count} {}", if count == 1 { "vote" } else { "votes" })
}

fn possible<'a>(rule: &ApprovalRule, service: &'a Service, holders: &'a Holders<'_>) -> BTreeSet<&'a PersonId> {
    rule.roles
        .iter()
        .flat_map(|role| match role {
            Role::OnCall => holders.on_call.into_iter().flatten().collect::<Vec<_>>(),
            Role::TeamLead => service.owners.iter().collect(),
            Role::IncidentCommander => holders.commanders.iter().collect(),
            Role::Stakeholder => Vec::new(),
        })
        .collect()
}

/// The first of the rule's roles that nobody can hold, and where its holders are named.
fn help(rule: &ApprovalRule, service: &Service, holders: &Holders<'_>) -> &'static str {
    if rule.roles.contains(&Role::OnCall) && holders.on_call.is_some_and(BTreeSet::is_empty) {
        "nobody can be on call: write a `[rota]`"
    } else if rule.roles.contains(&Role::TeamLead) && service.owners.is_empty() {
        "nobody leads the team: name the team leads in the service's `owners`"
    } else if rule.roles.contains(&Role::IncidentCommander) && holders.commanders.is_empty() {
        "nobody is an incident commander: name them in `[roles]`"
    } else {
        "ask for fewer votes, or let more roles vote"
    }
}
