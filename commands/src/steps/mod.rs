//! One file for each step, all of one shape: `perform(&StepContext) -> StepOutcome`.
//!
//! A step reads before it writes, so that performing it twice is the same as once, and says what it
//! found as data. It never appends to the log itself: the driver does, before and after.

mod clean_up;
mod context;
mod examine;
mod hold;
mod hook;
mod measure;
mod roll;
mod see;
mod verify;

pub(crate) use context::platform_trouble;
pub use context::{StepContext, StepOutcome};
pub use measure::measure_once;
pub(crate) use measure::{check_version, judge, served_version};

use crate::model::StepAction;

/// Does what the planned step says.
pub async fn perform(context: &StepContext<'_>) -> StepOutcome {
    match &context.step.action {
        StepAction::Examine => examine::perform(context).await,
        StepAction::Hook { point, index } => hook::perform(context, *point, *index).await,
        StepAction::UndoHook { point, index } => hook::undo(context, *point, *index).await,
        StepAction::Roll { .. } => roll::perform(context).await,
        StepAction::See { target } => see::perform(context, target).await,
        StepAction::Verify => verify::perform(context).await,
        StepAction::Hold => hold::perform(context).await,
        StepAction::CleanUp { .. } => clean_up::perform(context).await,
    }
}

/// Only looks whether a pivot moved, after an attempt that left no outcome or failed.
pub async fn read_back(context: &StepContext<'_>) -> crate::model::Movement {
    roll::read_back(context).await
}
