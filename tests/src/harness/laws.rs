//! What must be so after every story, whatever happened in it.

use std::collections::{BTreeMap, BTreeSet};

use commands::model::{Digest, Event, Outcome, RollbackEvent, Sequence, StepAction, StepClass, StoredEvent, StreamId};
use commands::ports::Store as _;
use commands::saga::{RollbackState, StepProgress, decode};

use super::{Reader, Scene, Seen};

/// Every law that is broken, in words.
///
/// # Panics
/// If the log cannot be read.
pub async fn laws(scene: &Scene, reader: &mut Reader) -> Vec<String> {
    let mut broken = scene.platform.violations();
    let events = reader.events().await;
    for (stream, events) in &events {
        broken.extend(chain(stream, events));
        broken.extend(approved_before_moved(stream, events));
    }
    let seen = reader.look().await;
    broken.extend(unreadable(&seen));
    broken.extend(moves_once(scene, &events));
    broken.extend(effects_once(scene));
    broken.extend(ends_are_true(scene, &seen));
    broken.extend(scene.stage.duplicates().into_iter().map(|slot| format!("shown twice: {slot}")));
    let unhandled = scene.store.unhandled().await.expect("the log can be read");
    broken.extend(unhandled.iter().map(|invocation| format!("never handled: {}", invocation.key)));
    if seen.is_over() {
        broken.extend(nothing_left(scene).await);
        broken.extend(all_closed(scene, &seen));
        broken.extend(cards_at_rest(scene));
    }
    broken
}

/// Sequences without a gap, and each event sealed over the one before.
#[must_use]
pub fn chain(stream: &StreamId, events: &[StoredEvent]) -> Vec<String> {
    let mut broken = Vec::new();
    let (mut sequence, mut previous) = (Sequence::START, Digest::default());
    for event in events {
        sequence = sequence.next();
        if event.sequence != sequence || event.previous != previous || event.hash != event.expected_hash() {
            broken.push(format!("the chain of {stream} breaks at {}", event.sequence.0));
        }
        previous = event.hash;
    }
    broken
}

/// No run begins, and no step of it, but after enough votes on the plan that stands; and each plan is
/// approved at most once.
fn approved_before_moved(stream: &StreamId, events: &[StoredEvent]) -> Vec<String> {
    let mut broken = Vec::new();
    let (mut standing, mut approved, mut voters) = (None, false, BTreeSet::new());
    for stored in events {
        let Ok(Event::Rollback(event)) = decode(stored) else { continue };
        let mut must = |holds: bool, law: &str| {
            if !holds {
                broken.push(format!("{stream} at {}: {law}", stored.sequence.0));
            }
        };
        match *event {
            RollbackEvent::Planned { digest, .. } => {
                (standing, approved, voters) = (Some(digest), false, BTreeSet::new());
            }
            RollbackEvent::Voted(vote) => {
                must(Some(vote.digest) == standing, "a vote on another plan");
                must(voters.insert(vote.person), "a person votes twice");
            }
            RollbackEvent::Approved { digest } => {
                must(Some(digest) == standing, "another plan is approved");
                must(!approved, "approved twice");
                must(!voters.is_empty(), "approved by nobody");
                approved = true;
            }
            RollbackEvent::Started | RollbackEvent::StepStarted { .. } => must(approved, "begun without approval"),
            _ => {}
        }
    }
    broken
}

fn unreadable(seen: &Seen) -> Vec<String> {
    let stuck = seen.rollbacks.iter().filter_map(|state| Some((state.id, state.unreadable.as_ref()?)));
    stuck.map(|(id, why)| format!("{id} stands still: {why}")).collect()
}

/// Each order moves its target at most once for each approval, and never before it.
fn moves_once(scene: &Scene, events: &[(StreamId, Vec<StoredEvent>)]) -> Vec<String> {
    let mut broken = Vec::new();
    let mut effective: BTreeMap<String, usize> = BTreeMap::new();
    for write in scene.platform.writes() {
        let stream = StreamId::Rollback(write.rollback);
        let log = events.iter().find(|(known, _)| *known == stream);
        // It was there once, and is not kept any more.
        if log.is_some_and(|(_, events)| events.is_empty()) {
            continue;
        }
        let approvals = log.map_or(0, |(_, events)| {
            events.iter().filter(|event| event.kind == "approved" && event.at <= write.at).count()
        });
        let moved = effective.entry(write.key.clone()).or_default();
        *moved += usize::from(write.effective);
        if approvals == 0 || *moved > approvals {
            broken.push(format!("{} moved {moved} times on {approvals} approvals", write.key));
        }
    }
    broken
}

/// What a rollback says of its end is what the platform saw of it.
fn ends_are_true(scene: &Scene, seen: &Seen) -> Vec<String> {
    let writes = scene.platform.writes();
    let moved = |state: &RollbackState| writes.iter().any(|write| write.rollback == state.id && write.effective);
    let mut broken = Vec::new();
    for state in &seen.rollbacks {
        let all_left = state.pivots().all(|(_, step)| !step.may_have_moved());
        match &state.outcome {
            Some(Outcome::AsBefore { .. }) if moved(state) => {
                broken.push(format!("{} says that nothing moved, and something did", state.id));
            }
            Some(Outcome::Done { .. } | Outcome::Partial { .. }) if all_left => {
                broken.push(format!("{} says that something moved, and nothing did", state.id));
            }
            _ => {}
        }
    }
    broken
}

/// No program does the same thing twice.
fn effects_once(scene: &Scene) -> Vec<String> {
    let programs = scene.hooks.programs();
    let twice = programs.iter().flat_map(|(program, state)| {
        state
            .effects
            .iter()
            .filter(|(_, times)| **times > 1)
            .map(move |(key, times)| format!("{program} did {key} {times} times"))
    });
    twice.collect()
}

async fn nothing_left(scene: &Scene) -> Vec<String> {
    let locks = scene.store.locks().await.expect("the log can be read");
    let deadlines = scene.store.deadlines().await.expect("the log can be read");
    let locks = locks.into_iter().map(|(service, by)| format!("{service} stays locked by {by}"));
    locks
        .chain(deadlines.into_iter().map(|one| format!("{} of {} never ends", one.name.word(), one.rollback)))
        .collect()
}

/// What a run opened is closed, or people were told that it is not.
fn all_closed(scene: &Scene, seen: &Seen) -> Vec<String> {
    let mut broken = Vec::new();
    for state in &seen.rollbacks {
        for step in state.plan.iter().flat_map(|plan| &plan.effects().steps) {
            let StepAction::Hook { point, .. } = step.action else { continue };
            if step.class != StepClass::Prepare || !closes(state, step) {
                continue;
            }
            let program = super::program(step.service.name.as_str(), point);
            if scene.hooks.program(&program).on && !is_told(seen, state, step) {
                broken.push(format!("{} of {} stays open, and nobody was told", step.name, state.id));
            }
        }
    }
    broken
}

fn closers<'a>(
    state: &'a RollbackState,
    step: &'a commands::model::PlannedStep,
) -> Vec<&'a commands::model::PlannedStep> {
    let steps = state.plan.iter().flat_map(|plan| &plan.effects().steps);
    steps.filter(|closer| closer.closes.as_ref() == Some(&step.name)).collect()
}

fn closes(state: &RollbackState, step: &commands::model::PlannedStep) -> bool {
    let by_itself = |closer: &&commands::model::PlannedStep| matches!(closer.action, StepAction::UndoHook { .. });
    closers(state, step).iter().any(by_itself)
}

/// A task is open for the closer, or a person left it out, here or in a later rollback.
fn is_told(seen: &Seen, state: &RollbackState, step: &commands::model::PlannedStep) -> bool {
    let closer = closers(state, step);
    let task = seen
        .incidents
        .iter()
        .flat_map(|incident| &incident.tasks)
        .any(|task| closer.iter().any(|closer| closer.name == task.step));
    let skipped = seen.rollbacks.iter().any(|state| {
        closer.iter().any(|closer| matches!(state.step(&closer.name).progress, StepProgress::Skipped { .. }))
    });
    task || skipped
}

/// No card of what is over is left with a button to decide, or as if it went on.
fn cards_at_rest(scene: &Scene) -> Vec<String> {
    let mut broken = Vec::new();
    for standing in scene.stage.standing() {
        let is_card = ["#proposal", "#progress"].iter().any(|slot| standing.place.ends_with(slot));
        if is_card && (!standing.content.is_final || !standing.content.buttons.is_empty()) {
            broken.push(format!("{} stands as if it went on", standing.place));
        }
    }
    broken
}

/// The end of a rollback in one word, for tables.
#[must_use]
pub fn ending(state: &RollbackState) -> String {
    match (&state.outcome, state.phase) {
        (Some(Outcome::Done { skipped }), _) if skipped.is_empty() => "done".to_owned(),
        (Some(Outcome::Done { .. }), _) => "done, not all".to_owned(),
        (Some(Outcome::Partial { .. }), _) => "partial".to_owned(),
        (Some(Outcome::AsBefore { .. }), _) => "as before".to_owned(),
        (None, phase) => format!("{phase:?}").to_lowercase(),
    }
}
