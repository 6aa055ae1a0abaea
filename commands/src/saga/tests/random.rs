//! Events at random: any step, any attempt, any person, any order.

use proptest::prelude::*;
use proptest::sample::select;

use super::{plan, planned, vote};
use crate::model::*;
use crate::notify::story;

/// Some of the names are of no step.
fn step() -> impl Strategy<Value = StepName> {
    let mut names: Vec<StepName> = plan(Priority::P2).effects().steps.iter().map(|step| step.name.clone()).collect();
    names.push(StepName("no-such-step".to_owned()));
    select(names)
}

fn movement() -> impl Strategy<Value = Option<Movement>> {
    select(vec![None, Some(Movement::Moved), Some(Movement::NotMoved), Some(Movement::Unknown)])
}

fn findings() -> impl Strategy<Value = Findings> {
    movement().prop_map(|movement| Findings { movement, ..story::verified() })
}

fn verdict() -> impl Strategy<Value = Verdict> {
    select(vec![
        Verdict::Done,
        Verdict::InProgress(Note::new("not-seen-yet")),
        Verdict::Failed(story::trouble()),
        Verdict::Superseded { by: "somebody".to_owned() },
        Verdict::Unknown(story::trouble()),
    ])
}

fn answer() -> impl Strategy<Value = Answer> {
    select(vec![Answer::Retry, Answer::Skip])
}

fn person() -> impl Strategy<Value = &'static str> {
    select(vec!["on-call", "second", "lead"])
}

fn outcome() -> impl Strategy<Value = Outcome> {
    select(vec![
        Outcome::Done { skipped: Vec::new() },
        Outcome::Partial { moved: Vec::new(), missing: Vec::new() },
        Outcome::AsBefore { why: Note::new("ended-aborted") },
    ])
}

fn digest() -> impl Strategy<Value = Digest> {
    select(vec![plan(Priority::P2).digest(), plan(Priority::P1).digest(), Digest::of(b"another")])
}

fn of_step() -> impl Strategy<Value = RollbackEvent> {
    let attempt = 1..4_u32;
    prop_oneof![
        6 => (step(), attempt.clone()).prop_map(|(step, attempt)| RollbackEvent::StepStarted { step, attempt }),
        1 => (step(), verdict()).prop_map(|(step, verdict)| {
            let observation = Observation { verdict, parts: Vec::new() };
            RollbackEvent::StepObserved { step, observation }
        }),
        4 => (step(), attempt.clone(), findings())
            .prop_map(|(step, attempt, findings)| RollbackEvent::StepFinished { step, attempt, findings }),
        3 => (step(), attempt, findings(), any::<bool>()).prop_map(|(step, attempt, findings, retryable)| {
            RollbackEvent::StepFailed { step, attempt, trouble: story::trouble(), findings, retryable }
        }),
        1 => step().prop_map(|step| RollbackEvent::Asked { step, trouble: story::trouble() }),
    ]
}

fn of_people() -> impl Strategy<Value = RollbackEvent> {
    let because = || proptest::option::of("[a-z ]{1,12}");
    prop_oneof![
        4 => (person(), digest()).prop_map(|(person, digest)| RollbackEvent::Voted(vote(person, digest))),
        4 => digest().prop_map(|digest| RollbackEvent::Approved { digest }),
        1 => because().prop_map(|because| RollbackEvent::Denied { role: Some(Role::OnCall), because }),
        2 => (0..40_u64, answer()).prop_map(|(question, answer)| RollbackEvent::Answered {
            question: Sequence(question),
            answer,
            role: Role::OnCall,
            because: None,
        }),
        1 => because().prop_map(|because| RollbackEvent::AbortRequested { because }),
    ]
}

fn of_the_rest() -> impl Strategy<Value = RollbackEvent> {
    prop_oneof![
        2 => select(vec![Priority::P2, Priority::P1]).prop_map(|priority| planned(&plan(priority))),
        3 => Just(RollbackEvent::Started),
        1 => Just(RollbackEvent::Expired),
        1 => Just(RollbackEvent::Replaced { by: story::rollback_id(2) }),
        1 => step().prop_map(|step| RollbackEvent::TookOver { from: story::rollback_id(3), open: vec![step] }),
        1 => Just(RollbackEvent::Reminded { of: Reminder::DecisionSoon }),
        1 => Just(RollbackEvent::PlanVoided { differences: vec![("f".into(), "1".into(), "2".into())] }),
        1 => outcome().prop_map(|outcome| RollbackEvent::Finished { outcome }),
        1 => Just(RollbackEvent::WatchEnded),
    ]
}

/// Any event that may follow a request, or may not.
pub(super) fn event() -> impl Strategy<Value = RollbackEvent> {
    prop_oneof![5 => of_step(), 3 => of_people(), 2 => of_the_rest()]
}

/// The way to a run, so that what comes after it is met often enough.
pub(super) fn prefix() -> impl Strategy<Value = Vec<RollbackEvent>> {
    let plan = plan(Priority::P2);
    let digest = plan.digest();
    let all = [
        planned(&plan),
        RollbackEvent::Voted(vote("on-call", digest)),
        RollbackEvent::Approved { digest },
        RollbackEvent::Started,
    ];
    (0..=all.len()).prop_map(move |length| all[..length].to_vec())
}
