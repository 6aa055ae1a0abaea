//! The pivot: move one target to its revision.

use super::context::{StepContext, StepOutcome, platform_trouble};
use crate::model::{Findings, Movement, Note, StepAction, Trouble};
use crate::ports::PlatformError;

pub(super) async fn perform(context: &StepContext<'_>) -> StepOutcome {
    let Some(order) = context.approved.order(context.lease, &context.step.name) else {
        let note = Note::new("no-leave-to-move").with("step", &context.step.name);
        return StepOutcome::failed_for_good(Trouble::new(note));
    };
    let platform = match context.ports.platform(&order.target().platform) {
        Ok(platform) => platform,
        Err(error) => return StepOutcome::of_platform(&error),
    };
    match platform.move_to(&order).await {
        Ok(findings) => StepOutcome::Finished(Findings { movement: Some(Movement::Moved), ..findings }),
        Err(PlatformError::IntentChanged { now }) => StepOutcome::Voided(order.plan().intent.differences(&now.intent)),
        Err(error) => {
            let movement = Some(moved_after(&error, read_back(context).await));
            StepOutcome::Failed {
                trouble: platform_trouble(&error),
                findings: Findings { movement, ..Findings::default() },
                retryable: error.is_passing(),
            }
        }
    }
}

/// A write of which nobody knows may be done after it was looked: then "not moved" is not known either.
fn moved_after(error: &PlatformError, seen: Movement) -> Movement {
    match (error, seen) {
        (PlatformError::Undecided { .. }, Movement::NotMoved) => Movement::Unknown,
        (_, seen) => seen,
    }
}

/// The truth about a pivot: is its target set to the plan's revision? What cannot be read may have
/// moved; what is neither where it was nor where it should be has moved, by whomever.
pub(super) async fn read_back(context: &StepContext<'_>) -> Movement {
    let StepAction::Roll { target } = &context.step.action else { return Movement::Unknown };
    let Ok((target, plan, platform)) = context.target(target) else { return Movement::Unknown };
    match platform.current(target).await {
        Ok(running) if running.revision == plan.to => Movement::Moved,
        Ok(running) if running.revision == plan.from => Movement::NotMoved,
        Ok(_) | Err(_) => Movement::Unknown,
    }
}
