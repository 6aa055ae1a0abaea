//! Kubernetes: `cargo bench -p switchback-tests --bench kubernetes`.
//!
//! 1. From the order to the patch, and from the vote to the patch with the whole bot, beside the time that
//!    the API server takes for the same calls. At most 10 ms more at the 99th percentile.
//! 2. From "the cluster says complete" to the verdict *done*: at most 100 ms.
//! 3. Many Deployments observed at once by one process: memory that stays. The model is another process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measurement that cannot go on fails")]

#[path = "../tests/kubernetes/bot.rs"]
#[allow(dead_code, reason = "tests use more of it")]
mod bot;
mod common;
#[path = "../tests/kubernetes/ground.rs"]
#[allow(dead_code, reason = "tests use more of it")]
mod ground;
#[path = "../tests/kubernetes/kubelet.rs"]
#[allow(dead_code, reason = "tests use more of it")]
mod kubelet;
#[path = "../tests/kubernetes/rig.rs"]
#[allow(dead_code, reason = "tests use more of it")]
mod rig;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use adapters::platform::kubernetes::{KubernetesPlatform, KubernetesSettings};
use commands::model::{Target, TargetPlan, Verdict};
use commands::ports::Platform;
use common::{Outcome, latencies, processor_time, resident, say};
use futures::StreamExt as _;
use kube::api::ListParams;
use serde_json::json;
use tests::conformance::platform::PlatformRig as _;
use tests::kubernetes::{Cluster, deployment};
use tokio::sync::oneshot;

use bot::{Desk, service};
use ground::{Ground, is_settled};
use rig::{Rig, image};

const ROUNDS: usize = 100;
const WHOLE_ROUNDS: usize = 20;
const SIZES: [usize; 3] = [50, 100, 200];

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["model", size] => model(size.parse()?).await,
        ["observe", size] => observe(size.parse()?).await,
        _ => {
            from_order_to_patch().await?;
            from_vote_to_patch().await?;
            from_complete_to_done().await?;
            for size in SIZES {
                let output = Command::new(std::env::current_exe()?).args(["observe", &size.to_string()]).output()?;
                let printed = String::from_utf8_lossy(&output.stdout);
                say(printed.trim_end())?;
                if !output.status.success() {
                    return Err(String::from_utf8_lossy(&output.stderr).into());
                }
            }
            Ok(())
        }
    }
}

/// Resolves when the patch arrives at the API server, before anything is done about it.
fn arrival(rig: &Rig) -> oneshot::Receiver<Instant> {
    let (sender, receiver) = oneshot::channel();
    rig.ground.cluster().rival("nobody", "deployments", "prod", "api", move |_| {
        let _ = sender.send(Instant::now());
    });
    receiver
}

/// What the same reads take without the adapter.
async fn reads(rig: &Rig) -> Duration {
    let begun = Instant::now();
    rig.ground.api("deployments").get("api").await.unwrap();
    rig.ground.api("replicasets").list(&ListParams::default().labels("app=api")).await.unwrap();
    begun.elapsed()
}

fn beyond(calls: &[Duration], server: &[Duration]) -> String {
    let at = |all: &[Duration], percent: usize| {
        let mut all = all.to_vec();
        all.sort_unstable();
        all[(all.len() - 1) * percent / 100]
    };
    let more = at(calls, 99).saturating_sub(at(server, 50));
    format!("p99 {:.2} ms beyond the server's own (median {:.2} ms)", millis(more), millis(at(server, 50)))
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

async fn from_order_to_patch() -> Outcome {
    let rig = Rig::on(Ground::model().await, 1, |_| {}).await;
    let (mut calls, mut server) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let plan = rig.plan(["v1.2.9", "v1.3.0"][round % 2]).await;
        server.push(reads(&rig).await);
        let arrived = arrival(&rig);
        let begun = Instant::now();
        rig.carry(&plan).await.map_err(|error| error.to_string())?;
        calls.push(arrived.await? - begun);
        rig.ground.settled("deployments", "api").await;
    }
    say(&format!("from the order to the patch: {}", beyond(&calls, &server)))?;
    say(&format!("    all of it: {}", latencies(calls)))?;
    Ok(())
}

/// With the whole bot: the vote, the last look (permissions, dry run, owners, references…), the move.
async fn from_vote_to_patch() -> Outcome {
    let mut calls = Vec::new();
    let mut looks = Vec::new();
    for _ in 0..WHOLE_ROUNDS {
        let rig = Rig::on(Ground::model().await, 1, |_| {}).await;
        let desk = Desk::new(vec![service("api", vec![rig.target()])]).await;
        let settings =
            KubernetesSettings { kubeconfig: Some(rig.ground.kubeconfig.clone()), ..KubernetesSettings::default() };
        let bot = desk.start(Arc::new(KubernetesPlatform::new(settings)));
        desk.says(&bot, "api v1.2.9 because of a benchmark").await;
        desk.rollback(1, |state| state.plan.is_some()).await;
        let begun = Instant::now();
        rig.examine("v1.2.9").await;
        looks.push(begun.elapsed());
        let arrived = arrival(&rig);
        desk.presses(&bot, "Approve").await;
        let arrived = arrived.await?;
        let state = desk.ended(1).await;
        // Both clocks are this machine's.
        let approved = state.approved_at.ok_or("it was approved")?;
        let ago = Duration::try_from(jiff::Timestamp::now().duration_since(approved))?;
        calls.push(ago.saturating_sub(arrived.elapsed()));
    }
    say(&format!("from the vote to the patch, with the last look before it: {}", latencies(calls)))?;
    say(&format!("    one such look alone: {}", latencies(looks)))?;
    Ok(())
}

async fn from_complete_to_done() -> Outcome {
    let rig = Rig::on(Ground::model().await, 3, |_| {}).await;
    let mut delays = Vec::new();
    for round in 0..ROUNDS / 2 {
        let (target, plan) = (rig.target(), rig.plan(["v1.2.9", "v1.3.0"][round % 2]).await);
        let mut looks = rig.platform.observe(&target, &plan);
        looks.next().await;
        rig.carry(&plan).await.map_err(|error| error.to_string())?;
        let done = async {
            while let Some(look) = looks.next().await {
                if look.verdict == Verdict::Done {
                    break;
                }
            }
            Instant::now()
        };
        let complete = async {
            while !is_settled(&rig.ground.cluster().deployment("prod", "api")) {
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
            Instant::now()
        };
        let (done, complete) = tokio::join!(done, complete);
        delays.push(done.saturating_duration_since(complete));
    }
    say(&format!("from complete to done: {}", latencies(delays)))?;
    Ok(())
}

fn name(number: usize) -> String {
    format!("service-{number}")
}

/// A model with so many Deployments, in a process of its own. Each line that it reads makes it write to
/// every one of them.
async fn model(size: usize) -> Outcome {
    let cluster = Cluster::start().await;
    for number in 0..size {
        cluster.apply(deployment(&name(number), &image("v1.2.9"), 2));
    }
    cluster.settle().await;
    for number in 0..size {
        cluster.release("deployments", &name(number), &image("v1.3.0")).await;
    }
    say(&cluster.kubeconfig().display().to_string())?;
    for (round, line) in std::io::stdin().lines().enumerate() {
        line?;
        for number in 0..size {
            cluster.change("deployments", "prod", &name(number), |object| {
                object["metadata"]["annotations"]["stirred"] = json!(round.to_string());
            });
        }
        cluster.settle().await;
        say("stirred")?;
    }
    Ok(())
}

/// The model's process and the ends of it that are used.
struct Model {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<std::process::ChildStdout>,
    kubeconfig: PathBuf,
}

impl Model {
    fn start(size: usize) -> Outcome<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["model", &size.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let orders = child.stdin.take().ok_or("no way in")?;
        let mut answers = BufReader::new(child.stdout.take().ok_or("no way out")?);
        let mut line = String::new();
        answers.read_line(&mut line)?;
        Ok(Self { child, orders, answers, kubeconfig: PathBuf::from(line.trim()) })
    }

    fn stir(&mut self) -> Outcome {
        writeln!(self.orders, "stir")?;
        self.answers.read_line(&mut String::new())?;
        Ok(())
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn observe(size: usize) -> Outcome {
    ::bot::wiring::install_crypto_provider();
    let mut model = tokio::task::block_in_place(|| Model::start(size))?;
    let settings = KubernetesSettings { kubeconfig: Some(model.kubeconfig.clone()), ..KubernetesSettings::default() };
    let platform = Arc::new(KubernetesPlatform::new(settings));
    let before = resident()?;
    let (seen, rounds) = (Arc::new(AtomicUsize::new(0)), 60);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..size {
        let (platform, seen) = (Arc::clone(&platform), Arc::clone(&seen));
        let address = json!({"namespace": "prod", "workload": format!("deployment/{}", name(number))});
        let target = Target {
            name: "release".into(),
            kind: commands::model::TargetKind::Release,
            platform: "kubernetes".into(),
            address,
        };
        let running = platform.current(&target).await.map_err(|error| error.to_string())?;
        let plan = TargetPlan {
            target: target.name.clone(),
            from: running.revision.clone(),
            to: running.revision,
            intent: running.intent,
            deletes: Vec::new(),
        };
        tasks.spawn(async move {
            let mut looks = platform.observe(&target, &plan);
            while let Some(look) = looks.next().await {
                if look.verdict == Verdict::Done {
                    seen.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
    let begun = Instant::now();
    while seen.load(Ordering::Relaxed) < size {
        if begun.elapsed() > Duration::from_secs(60) {
            return Err(format!("only {} of {size} were seen", seen.load(Ordering::Relaxed)).into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let all_seen = begun.elapsed();
    let mut memory = vec![resident()?];
    let worked = processor_time()?;
    for _ in 0..rounds {
        tokio::task::block_in_place(|| model.stir())?;
        tokio::time::sleep(Duration::from_millis(500)).await;
        memory.push(resident()?);
    }
    let worked = millis(processor_time()? - worked) / (rounds * size) as f64;
    let then: Vec<String> = [0, 15, 30, 45, 60].iter().map(|round| format!("{} KiB", memory[*round])).collect();
    say(&format!(
        "{size} observed at once: all seen after {all_seen:.1?}, {:.1} KiB each; memory, each {} changes: {}; {worked:.2} ms \
         of processor time for each change",
        memory[0].saturating_sub(before) as f64 / size as f64,
        15 * size,
        then.join(", ")
    ))?;
    tasks.abort_all();
    Ok(())
}
