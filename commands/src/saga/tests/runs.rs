//! Whole runs, in which every step ends as it likes and people say what they like: each comes to an end
//! that tells the truth, and closes what it opened.

use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{append, begin, plan, planned, vote};
use crate::model::*;
use crate::notify::story;
use crate::saga::{Direction, Move, Phase, RollbackState, StepProgress, direction, next_move};

/// How one attempt ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Well,
    Failed,
    FailedForGood,
    Asked,
    Voided,
    /// The bot died, and no outcome is in the log.
    Lost,
    /// A person says stop while it is under way, and it ends well.
    Aborted,
    /// It failed, though its target moved.
    FailedMoved,
}

/// What a person says to a question.
#[derive(Debug, Clone, Copy)]
enum Says {
    Retry,
    Skip,
    Abort,
}

fn ends() -> impl Strategy<Value = Ends> {
    prop_oneof![
        12 => Just(Ends::Well),
        3 => select(vec![Ends::Failed, Ends::FailedForGood, Ends::Lost, Ends::FailedMoved]),
        1 => select(vec![Ends::Asked, Ends::Voided, Ends::Aborted]),
    ]
}

fn says() -> impl Strategy<Value = Says> {
    select(vec![Says::Retry, Says::Skip, Says::Abort])
}

fn running() -> RollbackState {
    let plan = plan(Priority::P2);
    let mut state = begin();
    let digest = plan.digest();
    let events = [
        planned(&plan),
        RollbackEvent::Voted(vote("on-call", digest)),
        RollbackEvent::Approved { digest },
        RollbackEvent::Started,
    ];
    events.iter().for_each(|event| append(&mut state, 0, event));
    state
}

/// A run on its way.
struct Run {
    state: RollbackState,
    second: i64,
    ends: Vec<Ends>,
    says: Vec<Says>,
}

impl Run {
    fn add(&mut self, event: RollbackEvent) {
        assert_eq!(self.state.check(&event), Ok(()));
        append(&mut self.state, self.second, &event);
        assert_eq!(self.state.unreadable, None);
    }

    /// One move of the driver; false at the end.
    fn go_on(&mut self) -> bool {
        match next_move(&self.state, jiff::Timestamp::from_second(self.second).unwrap()) {
            Move::Rest if self.state.phase.is_over() => return false,
            Move::Rest => self.answer(),
            Move::WaitUntil(when) => {
                assert!(when.as_second() > self.second);
                self.second = when.as_second();
            }
            Move::Start => self.add(RollbackEvent::Started),
            Move::Perform { step, attempt, .. } => self.perform(step, attempt),
            Move::ReadBack { step, attempt } => self.fail(step, attempt, Some(Movement::NotMoved), false),
            Move::Ask { step, trouble } => self.add(RollbackEvent::Asked { step, trouble }),
            Move::Replan => {
                self.add(planned(&plan(Priority::P1)));
                return false;
            }
            Move::Finish(outcome) => self.add(RollbackEvent::Finished { outcome }),
        }
        true
    }

    fn answer(&mut self) {
        let question = self.state.question.as_ref().expect("it rests because people are asked").sequence;
        // In the end people leave out what cannot be done.
        let answer = |answer| RollbackEvent::Answered { question, answer, role: Role::OnCall, because: None };
        let event = match self.says.pop() {
            Some(Says::Retry) => answer(Answer::Retry),
            Some(Says::Abort) if self.state.abort.is_none() => RollbackEvent::AbortRequested { because: None },
            _ => answer(Answer::Skip),
        };
        self.add(event);
    }

    fn perform(&mut self, step: StepName, attempt: u32) {
        self.add(RollbackEvent::StepStarted { step: step.clone(), attempt });
        let planned = self.state.plan.as_ref().unwrap().effects().step(&step).unwrap().clone();
        let is_pivot = planned.class == StepClass::Pivot;
        self.second += 1;
        match self.ends.pop().unwrap_or(Ends::Well) {
            Ends::Lost => {}
            Ends::Failed => self.fail(step, attempt, is_pivot.then_some(Movement::NotMoved), true),
            Ends::FailedForGood => self.fail(step, attempt, is_pivot.then_some(Movement::NotMoved), false),
            Ends::FailedMoved => self.fail(step, attempt, is_pivot.then_some(Movement::Moved), true),
            Ends::Asked => self.add(RollbackEvent::Asked { step, trouble: story::trouble() }),
            Ends::Voided if is_pivot || planned.action == StepAction::Examine => {
                self.fail(step, attempt, is_pivot.then_some(Movement::NotMoved), false);
                if !self.state.may_have_moved() && self.state.voided.is_none() {
                    self.add(RollbackEvent::PlanVoided { differences: Vec::new() });
                }
            }
            ends => {
                if ends == Ends::Aborted && self.state.abort.is_none() {
                    self.add(RollbackEvent::AbortRequested { because: None });
                }
                let movement = is_pivot.then_some(Movement::Moved);
                let findings = Findings { movement, ..Findings::default() };
                self.add(RollbackEvent::StepFinished { step, attempt, findings });
            }
        }
    }

    fn fail(&mut self, step: StepName, attempt: u32, movement: Option<Movement>, retryable: bool) {
        let findings = Findings { movement, ..Findings::default() };
        self.add(RollbackEvent::StepFailed { step, attempt, trouble: story::trouble(), findings, retryable });
    }
}

/// What a run opened, and no closer was tried for.
fn left_alone(state: &RollbackState) -> Vec<String> {
    let steps = &state.plan.as_ref().unwrap().effects().steps;
    let closers = steps.iter().filter_map(|step| Some((step, step.closes.as_ref()?)));
    let open = closers.filter(|(closer, opener)| {
        state.step(opener).has_begun() && state.step(&closer.name).progress == StepProgress::Waiting
    });
    open.map(|(closer, _)| closer.name.to_string()).collect()
}

/// What was removed, or tried to be, after a service that is not proven in every part.
fn removed_too_soon(state: &RollbackState) -> Vec<String> {
    let steps = &state.plan.as_ref().unwrap().effects().steps;
    let is_proof =
        |step: &&PlannedStep| matches!(step.action, StepAction::See { .. } | StepAction::Verify | StepAction::Hold);
    let unproven = |service: &ServiceKey| {
        let mut proofs = steps.iter().filter(is_proof).filter(|step| step.service == *service);
        proofs.any(|step| state.step(&step.name).progress != StepProgress::Finished)
    };
    let removals = steps.iter().filter(|step| matches!(step.action, StepAction::CleanUp { .. }));
    let begun = removals.filter(|step| state.step(&step.name).has_begun() && unproven(&step.service));
    begun.map(|step| step.name.to_string()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Every run ends, within few moves.
    #[test]
    fn every_run_ends_true_and_closed(ends in vec(ends(), 0..80), says in vec(says(), 0..12)) {
        let mut run = Run { state: running(), second: 10, ends, says };
        let mut moves = 0;
        while run.go_on() {
            moves += 1;
            prop_assert!(moves < 1_000, "it goes on and on");
        }
        let state = &run.state;
        if state.phase == Phase::Proposed {
            // The plan was void: everything that was open was closed before the new one is shown.
            prop_assert!(state.left_open().is_empty());
            return Ok(());
        }
        prop_assert_eq!(state.phase, Phase::Finished);
        prop_assert_eq!(left_alone(state), Vec::<String>::new());
        prop_assert_eq!(removed_too_soon(state), Vec::<String>::new());
        let pivots: Vec<_> = state.pivots().map(|(_, step)| step.clone()).collect();
        match state.outcome.as_ref().unwrap() {
            Outcome::AsBefore { .. } => prop_assert!(pivots.iter().all(|step| !step.may_have_moved())),
            Outcome::Partial { .. } => prop_assert!(pivots.iter().any(|step| step.may_have_moved())),
            Outcome::Done { .. } => {
                prop_assert!(pivots.iter().all(|step| step.findings.movement == Some(Movement::Moved)));
                prop_assert_eq!(direction(state), Direction::Forward);
            }
        }
    }

    /// The wall clock may go where it likes: the driver is never told to wait for longer than a pause between
    /// two attempts.
    #[test]
    fn no_jump_of_the_clock_holds_a_run_up(ends in vec(ends(), 0..40), jump in -100_000..100_000_i64) {
        let mut run = Run { state: running(), second: 200_000, ends, says: Vec::new() };
        for _ in 0..200 {
            let now = jiff::Timestamp::from_second(run.second + jump).unwrap();
            if let Move::WaitUntil(when) = next_move(&run.state, now) {
                prop_assert!(when.duration_since(now) <= SignedDuration::from_secs(15));
            }
            if !run.go_on() {
                break;
            }
        }
    }
}
