//! A tag is no proof: which bytes run is told by the container where the specification has no digest.

use commands::model::{Verdict, Version};
use commands::ports::{Platform as _, Resolution};
use tests::conformance::platform::{MovingRig as _, PlatformRig as _, until};
use tests::swarm::SwarmRig;

use super::acts::{NEW, OLD, end, roll_back};

/// Newer command lines of Docker set a service to a tag alone.
async fn set_by_tag(rig: &SwarmRig, version: &str) {
    rig.update(&["--no-resolve-image", "--force", "--image", &rig.image(version)]).await;
    let image = rig.inspect().await["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"].take();
    assert_eq!(image, rig.image(version).as_str());
}

/// The same tag, set by somebody else: the same bytes are done, other bytes are somebody else's move.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_tag_is_looked_into() {
    let rig = SwarmRig::with(&[OLD, NEW], &[]).await;
    let plan = roll_back(&rig, OLD).await;
    assert!(plan.to.as_str().contains("@sha256:"), "{}", plan.to);
    assert_eq!(end(&rig, &plan).await.verdict, Verdict::Done);
    set_by_tag(&rig, OLD).await;
    assert_eq!(end(&rig, &plan).await.verdict, Verdict::Done, "the container says which bytes it runs");

    let pushed = rig.push(OLD, "second", true);
    rig.order(&["pull", "--quiet", &rig.image(OLD)]).await;
    set_by_tag(&rig, OLD).await;
    let target = rig.target();
    let mut observations = rig.platform.observe(&target, &plan);
    let seen = until(&mut observations, rig.patience(), |verdict| matches!(verdict, Verdict::Superseded { .. })).await;
    let Verdict::Superseded { by } = seen.verdict else { unreachable!() };
    assert!(by.contains(&pushed), "{by}");
}

/// What a task ran by its tag is offered by its digest, also when the tag was pushed anew since.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ran_by_tag_is_known_by_its_bytes() {
    let rig = SwarmRig::before(&[OLD], &[]).await;
    let first = rig.push(OLD, "first", true);
    set_by_tag(&rig, OLD).await;
    rig.update(&["--image", &rig.image(NEW)]).await;
    rig.push(OLD, "second", true);
    match rig.platform.resolve(&rig.target(), &Version::new(OLD)).await.unwrap() {
        Resolution::Found(found) => assert_eq!(found.revision.as_str(), format!("{}@{first}", rig.image(OLD))),
        other => panic!("{other:?}"),
    }
    let plan = roll_back(&rig, OLD).await;
    assert_eq!(end(&rig, &plan).await.verdict, Verdict::Done);
    assert_eq!(rig.served().await, Some(Version::new(OLD)));
}
