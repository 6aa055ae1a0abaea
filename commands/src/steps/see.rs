//! Seen, not accepted: wait until the platform runs all of the target on its revision.

use futures::StreamExt;

use super::context::{StepContext, StepOutcome};
use crate::model::{Findings, Note, TargetName, Trouble, Verdict};

pub(super) async fn perform(context: &StepContext<'_>, target: &TargetName) -> StepOutcome {
    let (target, plan, platform) = match context.target(target) {
        Ok(found) => found,
        Err(error) => return StepOutcome::of_platform(&error),
    };
    let mut looks = platform.observe(target, plan);
    while let Some(observation) = looks.next().await {
        (context.observed)(observation.clone());
        match observation.verdict {
            Verdict::Done => return StepOutcome::Finished(Findings::default()),
            Verdict::Failed(trouble) => return StepOutcome::failed(trouble),
            Verdict::Superseded { by } => {
                return StepOutcome::failed_for_good(Trouble::new(Note::new("superseded").with("by", by)));
            }
            Verdict::InProgress(_) | Verdict::Unknown(_) => {}
        }
    }
    StepOutcome::failed(Trouble::new(Note::new("platform-unknown")))
}
