//! The transition table, under events at random.

use proptest::collection::vec;
use proptest::prelude::*;

use super::random::{event, prefix};
use super::{append, begin};
use crate::model::{Digest, Movement, RollbackEvent};
use crate::saga::{Direction, Entry, Move, Phase, RollbackState, direction, next_move};

/// After these events, skipping those that the table forbids.
fn led(events: &[RollbackEvent]) -> Vec<RollbackState> {
    let mut states = vec![begin()];
    for (second, event) in (1..).zip(events) {
        let mut state = states.last().unwrap().clone();
        if state.check(event).is_ok() {
            append(&mut state, second, event);
            states.push(state);
        }
    }
    states
}

fn story() -> impl Strategy<Value = Vec<RollbackEvent>> {
    (prefix(), vec(event(), 0..60)).prop_map(|(mut events, more)| {
        events.extend(more);
        events
    })
}

/// The digest that stands, the votes on it, whether they approved it: read off the timeline by hand.
fn approval(timeline: &[Entry<RollbackEvent>]) -> (Option<Digest>, usize, bool) {
    timeline.iter().fold((None, 0, false), |(standing, votes, approved), entry| match &entry.event {
        RollbackEvent::Planned { digest, .. } => (Some(*digest), 0, false),
        RollbackEvent::Voted(vote) if Some(vote.digest) == standing => (standing, votes + 1, approved),
        RollbackEvent::Approved { digest } => (standing, votes, Some(*digest) == standing && votes > 0),
        _ => (standing, votes, approved),
    })
}

proptest! {
    /// Whatever the log holds, folding it never panics; what cannot follow makes the rollback stand still,
    /// and nothing is done or approved any more.
    #[test]
    fn any_log_folds(events in vec(event(), 0..60), seconds in vec(-5_000..5_000_i64, 60)) {
        let mut state = begin();
        for (event, second) in events.iter().zip(seconds) {
            let forbidden = state.check(event).is_err();
            append(&mut state, second, event);
            prop_assert!(!forbidden || state.unreadable.is_some());
        }
        if state.unreadable.is_some() {
            prop_assert_eq!(next_move(&state, jiff::Timestamp::MAX), Move::Rest);
            prop_assert_eq!(state.approved(), None);
        }
    }

    /// What is over stays over, and stays what it is.
    #[test]
    fn the_end_is_the_end(events in story()) {
        for pair in led(&events).windows(2) {
            if pair[0].phase.is_over() {
                prop_assert_eq!(pair[0].phase, pair[1].phase);
                prop_assert_eq!(&pair[0].outcome, &pair[1].outcome);
                prop_assert_eq!(next_move(&pair[0], jiff::Timestamp::MAX), Move::Rest);
            }
        }
    }

    /// The proof exists only where the log approved the plan that stands.
    #[test]
    fn only_votes_on_the_plan_that_stands_approve_it(events in story()) {
        for state in led(&events) {
            let (standing, votes, approved) = approval(&state.timeline);
            prop_assert_eq!(state.digest(), standing);
            if let Some(proof) = state.approved() {
                prop_assert!(approved && votes > 0);
                prop_assert_eq!(Some(proof.digest()), standing);
                prop_assert_eq!(proof.votes().len(), votes);
                prop_assert!(proof.votes().iter().all(|vote| Some(vote.digest) == standing));
            }
        }
    }

    /// No step begins, and no run, without an approval of the plan that stands then.
    #[test]
    fn nothing_begins_unapproved(events in story()) {
        let last = led(&events).pop().unwrap();
        for (index, entry) in last.timeline.iter().enumerate() {
            if matches!(entry.event, RollbackEvent::Started | RollbackEvent::StepStarted { .. }) {
                let (_, _, approved) = approval(&last.timeline[..index]);
                prop_assert!(approved);
            }
        }
    }

    /// A target that moved is never unwound.
    #[test]
    fn what_moved_is_not_unwound(events in story()) {
        for state in led(&events) {
            let moved = state.pivots().any(|(_, step)| step.findings.movement == Some(Movement::Moved));
            prop_assert!(!moved || !matches!(direction(&state), Direction::Unwinding(_)));
        }
    }

    /// The driver is never told to do what the log would not take, nor anything while people are asked.
    #[test]
    fn every_move_may_follow(events in story()) {
        for state in led(&events) {
            let next = next_move(&state, jiff::Timestamp::from_second(100).unwrap());
            let event = match next.clone() {
                Move::Rest | Move::WaitUntil(_) => continue,
                Move::Start => RollbackEvent::Started,
                Move::Perform { step, attempt, recovering } => {
                    prop_assert_eq!(recovering, state.step(&step).attempt == attempt);
                    RollbackEvent::StepStarted { step, attempt }
                }
                Move::ReadBack { step, attempt } => RollbackEvent::StepFailed {
                    step,
                    attempt,
                    trouble: crate::notify::story::trouble(),
                    findings: crate::model::Findings::default(),
                    retryable: false,
                },
                Move::Ask { step, trouble } => RollbackEvent::Asked { step, trouble },
                Move::Replan => super::planned(&super::plan(crate::model::Priority::P1)),
                Move::Finish(outcome) => RollbackEvent::Finished { outcome },
            };
            prop_assert!(state.question.is_none() && matches!(state.phase, Phase::Approved | Phase::Running));
            prop_assert_eq!(state.check(&event), Ok(()), "{:?}", next);
        }
    }

    /// Folding is the same in one go and in two, and from the bytes of the log.
    #[test]
    fn a_fold_may_stop_and_go_on(events in story(), at in 0..60_usize) {
        let states = led(&events);
        let last = states.last().unwrap();
        let kept: Vec<&RollbackEvent> = last.timeline.iter().skip(1).map(|entry| &entry.event).collect();
        let seconds: Vec<i64> = last.timeline.iter().skip(1).map(|entry| entry.at.as_second()).collect();
        let mut state = begin();
        for (index, (event, second)) in kept.iter().zip(seconds).enumerate() {
            if index == at {
                state = state.clone();
            }
            append(&mut state, second, event);
        }
        prop_assert_eq!(&state, last);
    }
}
