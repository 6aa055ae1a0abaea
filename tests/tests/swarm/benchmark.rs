//! How long a move takes until it is seen done, beside the engine's own rollback of the same service.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use commands::model::{Verdict, Version};
use commands::ports::Platform as _;
use tests::conformance::platform::{MovingRig as _, PlatformRig as _, plan, until};
use tests::swarm::SwarmRig;

/// Rounds of each; `SWITCHBACK_ROUNDS` asks for more.
const ROUNDS: usize = 2;

/// With Docker's own default of five seconds for which an update is monitored. No slower in the mean;
/// the figures are left in `swarm-benchmark.txt` in the folder of the build.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_is_no_slower_than_the_engines_own_rollback() {
    let asked = std::env::var("SWITCHBACK_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let rounds: usize = asked.unwrap_or(ROUNDS);
    let monitored = ["--update-monitor", "5s", "--rollback-monitor", "5s"];
    let rig = SwarmRig::with(&["v1.2.9", "v1.3.0"], &monitored).await;
    let (mut own, mut engines, mut figures) = (Duration::ZERO, Duration::ZERO, String::new());
    for round in 1..=rounds {
        let began = Instant::now();
        let (target, plan) = (rig.target(), plan(&rig, &Version::new("v1.2.9")).await);
        rig.carry_out(&target, &plan).await.unwrap();
        let mut observations = rig.platform.observe(&target, &plan);
        until(&mut observations, rig.patience(), |verdict| *verdict == Verdict::Done).await;
        let ours = began.elapsed();
        assert_eq!(rig.served().await, Some(Version::new("v1.2.9")));

        rig.update(&["--image", &rig.image("v1.3.0")]).await;
        let began = Instant::now();
        rig.update(&["--rollback"]).await;
        let theirs = began.elapsed();
        assert_eq!(rig.served().await, Some(Version::new("v1.2.9")));
        rig.update(&["--image", &rig.image("v1.3.0")]).await;

        writeln!(figures, "round {round}: move to done {ours:.2?}, docker service update --rollback {theirs:.2?}")
            .unwrap();
        (own, engines) = (own + ours, engines + theirs);
    }
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/swarm-benchmark.txt"), &figures).unwrap();
    assert!(own <= engines, "{figures}");
}
