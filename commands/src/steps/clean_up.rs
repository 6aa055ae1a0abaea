//! At the end, where the catalogue asks for it: what the bad release left on the platform goes [V7].

use super::context::{StepContext, StepOutcome};
use crate::model::{Note, Trouble};

pub(super) async fn perform(context: &StepContext<'_>) -> StepOutcome {
    let Some(order) = context.approved.clean_up_order(context.lease, &context.step.name) else {
        let note = Note::new("no-leave-to-move").with("step", &context.step.name);
        return StepOutcome::failed_for_good(Trouble::new(note));
    };
    let platform = match context.ports.platform(&order.target().platform) {
        Ok(platform) => platform,
        Err(error) => return StepOutcome::of_platform(&error),
    };
    match platform.clean_up(&order).await {
        Ok(findings) => StepOutcome::Finished(findings),
        Err(error) => StepOutcome::of_platform(&error),
    }
}
