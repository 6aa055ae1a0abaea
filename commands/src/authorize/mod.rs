//! Who may: persons, roles, policy, votes. Roles are asked for first and kept in the vote; everything
//! after that is pure.

mod refusal;
mod roles;
#[cfg(test)]
mod tests;
mod votes;

pub use refusal::Refusal;
pub use roles::{RoleBook, look_up};
pub use votes::{Ballot, Tally, ballot, eligible_persons, tally};

use crate::model::{Note, Person, PersonId, Role};
use crate::saga::RollbackState;
use crate::settings::Settings;

/// The person behind an identity, for anything that is more than reading.
///
/// # Errors
/// [`Refusal`] if the identity belongs to nobody of the configuration.
pub fn person<'a>(settings: &'a Settings, identity: &crate::model::Identity) -> Result<&'a Person, Refusal> {
    settings.person_of(identity).ok_or_else(|| Refusal::new(Note::new("not-mapped").with("identity", identity)))
}

/// Whether this person may stop a run: who asked for it, who approved it, an approver of now, or a
/// commander.
///
/// # Errors
/// [`Refusal`], naming who may.
pub fn may_abort(
    person: &PersonId,
    state: &RollbackState,
    ballot: &Result<Ballot, Refusal>,
    settings: &Settings,
) -> Result<(), Refusal> {
    concerned(person, state, ballot, settings, Note::new("may-not-abort"))
}

/// Whether this person may change and publish the text for users: the same as may stop a run.
///
/// # Errors
/// [`Refusal`], naming who may.
pub fn may_decide_on_text(
    person: &PersonId,
    state: &RollbackState,
    ballot: &Result<Ballot, Refusal>,
    settings: &Settings,
) -> Result<(), Refusal> {
    concerned(person, state, ballot, settings, Note::new("may-not-publish"))
}

fn concerned(
    person: &PersonId,
    state: &RollbackState,
    ballot: &Result<Ballot, Refusal>,
    settings: &Settings,
    why_not: Note,
) -> Result<(), Refusal> {
    let asked = state.requester() == person;
    let voted = state.votes.iter().any(|(_, vote)| vote.person == *person);
    if asked || voted || ballot.is_ok() || settings.commanders.contains(person) {
        return Ok(());
    }
    let mut refusal = Refusal::new(why_not);
    refusal.persons.push(state.requester().clone());
    refusal.persons.extend(state.votes.iter().map(|(_, vote)| vote.person.clone()));
    refusal.persons.extend(settings.commanders.iter().cloned());
    Err(refusal.or_roles([Role::IncidentCommander]))
}

/// Whether this person may put a new rollback in the place of one that is not approved, or that is
/// paused: who asked for it, or a commander.
#[must_use]
pub fn may_replace(person: &PersonId, state: &RollbackState, settings: &Settings) -> bool {
    state.requester() == person || settings.commanders.contains(person)
}
