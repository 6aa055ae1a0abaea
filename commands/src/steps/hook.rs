//! People's own programs at fixed points [B4 B5 T1 T2 K11 V7].

use super::context::{StepContext, StepOutcome};
use crate::model::{
    Findings, Hook, HookAnswer, HookCall, HookOperation, HookPoint, HookResult, Note, ServicePlan, Trouble,
};
use crate::ports::HookError;

/// Does it; on recovery asks first whether it is done.
pub(super) async fn perform(context: &StepContext<'_>, point: HookPoint, index: usize) -> StepOutcome {
    let Some((service, hook)) = find(context, index) else { return gone(point) };
    if context.recovering {
        match ask(context, service, hook, HookOperation::Observe).await {
            Ok(answer) if answer.result == HookResult::Done => return finished(answer),
            Ok(answer) if answer.result == HookResult::NotDone => {}
            Ok(answer) => return StepOutcome::Ask(half_run(point, &answer.message)),
            Err(error) => return StepOutcome::Ask(half_run(point, &error.to_string())),
        }
    }
    call(context, service, hook, HookOperation::Do).await
}

/// Takes it back. Undoing twice must be the same as once: the protocol says so.
pub(super) async fn undo(context: &StepContext<'_>, point: HookPoint, index: usize) -> StepOutcome {
    let Some((service, hook)) = find(context, index) else { return gone(point) };
    call(context, service, hook, HookOperation::Undo).await
}

async fn call(context: &StepContext<'_>, service: &ServicePlan, hook: &Hook, op: HookOperation) -> StepOutcome {
    let point = hook.point.word();
    match ask(context, service, hook, op).await {
        Err(error) => StepOutcome::failed(call_trouble(point, &error)),
        Ok(answer) => match answer.result {
            HookResult::Done => finished(answer),
            HookResult::Blocked => {
                StepOutcome::failed_for_good(said(Note::new("hook-blocked").with("hook", point), &answer))
            }
            HookResult::NotDone => StepOutcome::failed(said(Note::new("hook-not-done").with("hook", point), &answer)),
            HookResult::Unknown => StepOutcome::failed(said(Note::new("hook-unknown").with("hook", point), &answer)),
        },
    }
}

fn call_trouble(point: &str, error: &HookError) -> Trouble {
    let why = match error {
        HookError::TimedOut { .. } => Note::new("hook-timed-out"),
        _ => Note::new("hook-failed"),
    };
    Trouble::new(why.with("hook", point)).saying(error)
}

/// Asks the hook of a step that lies ahead whether it could be done; only a clear no stands in the way.
pub(super) async fn check(context: &StepContext<'_>, service: &ServicePlan, hook: &Hook) -> Result<(), Trouble> {
    let point = hook.point.word();
    match ask(context, service, hook, HookOperation::Check).await {
        Err(error) => Err(call_trouble(point, &error)),
        Ok(answer) if answer.result == HookResult::Blocked => {
            Err(said(Note::new("hook-blocked").with("hook", point), &answer))
        }
        Ok(_) => Ok(()),
    }
}

async fn ask(
    context: &StepContext<'_>,
    service: &ServicePlan,
    hook: &Hook,
    op: HookOperation,
) -> Result<HookAnswer, HookError> {
    let call = HookCall {
        schema: HookCall::SCHEMA,
        op,
        key: context.key(),
        service: service.service.key.clone().into(),
        from: service.from.clone(),
        to: Some(service.to.clone()),
        deadline: context.deadline,
    };
    context.ports.hooks.call(hook, &call).await
}

fn find<'a>(context: &StepContext<'a>, index: usize) -> Option<(&'a ServicePlan, &'a Hook)> {
    let service = context.service()?;
    Some((service, service.service.hooks.get(index)?))
}

fn finished(answer: HookAnswer) -> StepOutcome {
    StepOutcome::Finished(Findings { facts: answer.facts, message: answer.message, ..Findings::default() })
}

fn said(note: Note, answer: &HookAnswer) -> Trouble {
    let words = (!answer.message.is_empty()).then(|| answer.message.clone());
    Trouble { why: note, evidence: words.into_iter().collect() }
}

fn half_run(point: HookPoint, words: &str) -> Trouble {
    Trouble::new(Note::new("hook-half-run").with("hook", point.word())).saying(words)
}

fn gone(point: HookPoint) -> StepOutcome {
    StepOutcome::failed_for_good(Trouble::new(Note::new("hook-not-in-plan").with("hook", point.word())))
}
