//! The failed image goes where nothing uses it, and only there [V7].

use commands::model::{Findings, Verdict};
use commands::ports::Platform as _;
use serde_json::json;
use tests::conformance::platform::PlatformRig as _;
use tests::swarm::SwarmRig;

use super::acts::{NEW, OLD, end, found, roll_back};

fn told(findings: &Findings) -> (&str, &str) {
    let note = &findings.notes[0];
    (&note.code, note.arguments.get("by").map_or("", String::as_str))
}

/// It stays while a service is set to it, a container runs of it, or it has another name; then it goes,
/// and going twice is the same as once. The logs of the stopped tasks stay.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_failed_image_goes_when_nobody_uses_it() {
    let rig = SwarmRig::with(&[OLD, NEW], &[]).await;
    let plan = roll_back(&rig, OLD).await;
    assert_eq!(end(&rig, &plan).await.verdict, Verdict::Done);

    let name = format!("{}-other", rig.name());
    rig.order(&["service", "create", "--quiet", "--detach", "--replicas", "0", "--name", &name, &rig.image(NEW)]).await;
    assert_eq!(told(&rig.clean_up(&plan).await.unwrap()), ("swarm-image-stays", name.as_str()));
    rig.order(&["service", "rm", &name]).await;

    let mount = "type=tmpfs,target=/control";
    rig.order(&["run", "--detach", "--network", "none", "--mount", mount, "--name", &name, &rig.image(NEW)]).await;
    assert_eq!(told(&rig.clean_up(&plan).await.unwrap()), ("swarm-image-stays", format!("/{name}").as_str()));
    rig.order(&["rm", "--force", &name]).await;

    let another = format!("{name}:kept");
    rig.order(&["tag", plan.from.as_str(), &another]).await;
    assert_eq!(told(&rig.clean_up(&plan).await.unwrap()), ("swarm-image-stays", another.as_str()));
    rig.order(&["rmi", &another]).await;

    assert!(rig.has_image(&plan.from));
    assert_eq!(told(&rig.clean_up(&plan).await.unwrap()).0, "swarm-image-removed");
    assert!(!rig.has_image(&plan.from));
    assert!(rig.has_image(&plan.to));
    assert_eq!(told(&rig.clean_up(&plan).await.unwrap()).0, "swarm-image-is-gone");
    assert_eq!(end(&rig, &plan).await.verdict, Verdict::Done, "what runs was not touched");
    let ended = format!("label=com.docker.swarm.service.name={}", rig.name());
    let stopped = rig.order(&["ps", "--all", "--quiet", "--filter", &ended, "--filter", "status=exited"]).await;
    assert!(!stopped.is_empty(), "the stopped tasks are gone, and their logs with them");
}

/// What was moved forward again in the meantime is in use.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_service_is_set_to_again_stays() {
    let rig = SwarmRig::with(&[OLD, NEW], &[]).await;
    let plan = roll_back(&rig, OLD).await;
    rig.update(&["--image", &rig.image(NEW)]).await;
    let (code, by) = (rig.clean_up(&plan).await.unwrap(), rig.name().to_owned());
    assert_eq!(told(&code).0, "swarm-image-stays");
    assert!(told(&code).1.starts_with(&by), "{code:?}");
    assert!(rig.has_image(&plan.from));
}

/// It is asked for in the address, and nothing is removed where nobody asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_asks_gets_a_step_for_it() {
    let rig = SwarmRig::with(&[OLD, NEW], &[]).await;
    let running = rig.platform.current(&rig.target()).await.unwrap();
    let to = found(&rig, OLD).await;
    for (address, asked) in [(json!({}), false), (json!({"remove_failed_image": true}), true)] {
        let found = rig.platform.examine(&rig.target_with(&address), &running, &to).await.unwrap();
        assert_eq!(found.cleans_up, asked);
    }
}
