//! Votes: whether somebody may cast one, and whether enough are cast.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::refusal::Refusal;
use super::roles::RoleBook;
use crate::model::{ApprovalRule, Effects, Note, PersonId, Role, RoleAnswer, ServiceKey, Vote};

/// The right to decide, as held at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ballot {
    /// In which role.
    pub role: Role,
    /// Who says so, and when that was so.
    pub answer: RoleAnswer,
    /// For which of the plan's services.
    pub covers: Vec<ServiceKey>,
}

/// How far the votes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tally {
    /// Enough.
    Quorum,
    /// So many are still wanted for each of these services.
    Wanting(Vec<(ServiceKey, u32)>),
}

fn rules(effects: &Effects) -> impl Iterator<Item = (&ServiceKey, &ApprovalRule)> {
    effects.services.iter().map(|plan| (&plan.service.key, plan.service.policy.rule(effects.priority)))
}

/// The right of this person to decide on this plan: the role that covers most of its services.
///
/// # Errors
/// [`Refusal`], naming who may: no role that the policy asks for, or an answer too old to count.
pub fn ballot(person: &PersonId, effects: &Effects, book: &RoleBook, now: Timestamp) -> Result<Ballot, Refusal> {
    let mut best: Option<Ballot> = None;
    let mut stale = false;
    for role in Role::ALL {
        let Some(found) = in_role(person, role, effects, book) else { continue };
        let oldest = rules(effects).map(|(_, rule)| rule.role_max_age).min().unwrap_or(SignedDuration::ZERO);
        if now.duration_since(found.answer.as_of) > oldest {
            stale = true;
        } else if best.as_ref().is_none_or(|known| known.covers.len() < found.covers.len()) {
            best = Some(found);
        }
    }
    best.ok_or_else(|| {
        let why = match book.unavailable() {
            _ if stale => Note::new("role-answer-too-old"),
            Some(why) => Note::new("on-call-unavailable").with("why", why),
            None => Note::new("not-eligible").with("roles", wanted_roles(effects)),
        };
        let roles = rules(effects).flat_map(|(_, rule)| rule.roles.iter().copied());
        Refusal::new(why).or_roles(roles).or_persons(eligible_persons(effects, book))
    })
}

/// `on-call`, `team-lead, incident-commander`: each once.
fn wanted_roles(effects: &Effects) -> String {
    let roles: BTreeSet<Role> = rules(effects).flat_map(|(_, rule)| rule.roles.iter().copied()).collect();
    roles.into_iter().map(Role::word).collect::<Vec<_>>().join(", ")
}

fn in_role(person: &PersonId, role: Role, effects: &Effects, book: &RoleBook) -> Option<Ballot> {
    let held = rules(effects).filter(|(_, rule)| rule.roles.contains(&role)).filter_map(|(key, _)| {
        let answer = book.answer(key, role)?;
        answer.holders.contains(person).then_some((key, answer))
    });
    let held: Vec<(&ServiceKey, &RoleAnswer)> = held.collect();
    let (_, oldest) = held.iter().min_by_key(|(_, answer)| answer.as_of)?;
    let covers = held.iter().map(|(key, _)| (*key).clone()).collect();
    Some(Ballot { role, answer: (*oldest).clone(), covers })
}

/// Everybody who could cast a vote on this plan now.
#[must_use]
pub fn eligible_persons(effects: &Effects, book: &RoleBook) -> BTreeSet<PersonId> {
    rules(effects)
        .flat_map(|(key, rule)| rule.roles.iter().filter_map(move |role| book.answer(key, *role)))
        .flat_map(|answer| answer.holders.iter().cloned())
        .collect()
}

/// Whether these votes approve the plan. One person counts once; the requester counts only where the
/// rule allows one's own request; a vote older than the rule's expiry does not count.
#[must_use]
pub fn tally(effects: &Effects, votes: &[(Timestamp, Vote)], requester: &PersonId, now: Timestamp) -> Tally {
    let wanting: Vec<(ServiceKey, u32)> = rules(effects)
        .filter_map(|(key, rule)| {
            let counts = |(at, vote): &&(Timestamp, Vote)| {
                vote.covers.contains(key)
                    && rule.roles.contains(&vote.role)
                    && (rule.own_request || vote.person != *requester)
                    && now.duration_since(*at) <= rule.expires
            };
            let persons: BTreeSet<&PersonId> = votes.iter().filter(counts).map(|(_, vote)| &vote.person).collect();
            let missing = rule.votes.max(1).saturating_sub(u32::try_from(persons.len()).unwrap_or(u32::MAX));
            (missing > 0).then(|| (key.clone(), missing))
        })
        .collect();
    if wanting.is_empty() { Tally::Quorum } else { Tally::Wanting(wanting) }
}

/// Whether a vote of the requester would count for anything.
pub(super) fn own_vote_counts(effects: &Effects, ballot: &Ballot) -> bool {
    rules(effects).any(|(key, rule)| rule.own_request && ballot.covers.contains(key))
}

impl Ballot {
    /// The right of the requester to vote on the own request.
    ///
    /// # Errors
    /// [`Refusal`] where no rule of the plan lets the requester's own vote count.
    pub fn allows_own_request(
        &self,
        person: &PersonId,
        requester: &PersonId,
        effects: &Effects,
        book: &RoleBook,
    ) -> Result<(), Refusal> {
        if person != requester || own_vote_counts(effects, self) {
            return Ok(());
        }
        let mut others = eligible_persons(effects, book);
        others.remove(requester);
        let roles = rules(effects).flat_map(|(_, rule)| rule.roles.iter().copied());
        Err(Refusal::new(Note::new("own-request-not-counted")).or_roles(roles).or_persons(others))
    }
}
