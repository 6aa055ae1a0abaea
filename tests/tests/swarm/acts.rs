//! What somebody does with a service and the bot, in the words of the tests.

use commands::model::{Note, Observation, TargetPlan, Trouble, Verdict, Version};
use commands::ports::{Candidate, Examination, Platform as _, Resolution};
use serde_json::json;
use tests::conformance::platform::{MovingRig as _, PlatformRig as _, plan, until};
use tests::swarm::SwarmRig;

pub(super) const OLD: &str = "v1.2.9";
pub(super) const NEW: &str = "v1.3.0";

pub(super) fn codes(notes: &[Note]) -> Vec<&str> {
    notes.iter().map(|note| note.code.as_str()).collect()
}

pub(super) async fn found(rig: &SwarmRig, version: &str) -> Candidate {
    match rig.platform.resolve(&rig.target(), &Version::new(version)).await.unwrap() {
        Resolution::Found(candidate) => candidate,
        other => panic!("{version}: {other:?}"),
    }
}

pub(super) async fn examine(rig: &SwarmRig, version: &str) -> Examination {
    let running = rig.platform.current(&rig.target()).await.unwrap();
    rig.platform.examine(&rig.target(), &running, &found(rig, version).await).await.unwrap()
}

pub(super) async fn roll_back(rig: &SwarmRig, version: &str) -> TargetPlan {
    let plan = plan(rig, &Version::new(version)).await;
    rig.carry_out(&rig.target(), &plan).await.unwrap();
    plan
}

pub(super) async fn end(rig: &SwarmRig, plan: &TargetPlan) -> Observation {
    let target = rig.target_with(&json!({"stuck_after": "15s"}));
    let mut observations = rig.platform.observe(&target, plan);
    until(&mut observations, rig.patience(), |verdict| matches!(verdict, Verdict::Done | Verdict::Failed(_))).await
}

pub(super) async fn failure(rig: &SwarmRig, plan: &TargetPlan) -> Trouble {
    match end(rig, plan).await.verdict {
        Verdict::Failed(trouble) => trouble,
        other => panic!("{other:?}"),
    }
}
