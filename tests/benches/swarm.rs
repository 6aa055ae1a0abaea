//! A rollback on a real Docker engine, from approval to the word that it is done, beside `docker service
//! update --rollback` of the same service, in one run: `cargo bench -p switchback-tests --bench swarm [--
//! ROUNDS]`, ten where nothing is said. An update is monitored for Docker's own default of five seconds. The
//! hold is left out: the engine has none.

mod common;

use std::time::{Duration, Instant};

use common::{Bot, MAIN, Outcome, approve, say};
use tests::swarm::{SwarmRig, free_port};

const ROUNDS: usize = 10;

const OLD: &str = "v1.2.9";
const NEW: &str = "v1.3.0";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome {
    let rounds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(ROUNDS);
    let port = format!("PORT={}", free_port());
    let monitored = ["--update-monitor", "5s", "--rollback-monitor", "5s", "--replicas", "2", "--env", &port];
    let rig = SwarmRig::with(&[OLD, NEW], &monitored).await;
    let url = format!("http://127.0.0.1:{}", port.trim_start_matches("PORT="));
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("switchback.toml"), format!("{MAIN}{}", service(&rig, &url)))?;
    let mut bot = Bot::configured(folder).await?;
    let (mut own, mut engines) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        own.push(roll_back(&mut bot, round).await?);
        expect(&url, OLD).await?;
        rig.update(&["--image", &rig.image(NEW)]).await;
        expect(&url, NEW).await?;

        let begun = Instant::now();
        rig.update(&["--rollback"]).await;
        engines.push(begun.elapsed());
        expect(&url, OLD).await?;
        rig.update(&["--image", &rig.image(NEW)]).await;
        say(&format!("round {round}: switchback {:.2?}, docker {:.2?}", own[round - 1], engines[round - 1]))?;
    }
    let mean = |all: &[Duration]| all.iter().sum::<Duration>().as_secs_f64() / all.len().max(1) as f64;
    let (own, engines) = (mean(&own), mean(&engines));
    say(&format!(
        "from approval to done, mean of {rounds}: {own:.2} s; docker service update --rollback: {engines:.2} s; \
         ratio {:.2}   (target: at most 1.00)",
        own / engines
    ))?;
    bot.stop().await
}

fn service(rig: &SwarmRig, url: &str) -> String {
    format!(
        "[[service]]\nname = \"api-service\"\nowners = [\"engineer\"]\n[[service.target]]\nname = \"release\"\n\
         platform = \"swarm\"\naddress = {{ service = {:?}, engine = {{ socket = {:?} }} }}\n\
         [service.checks]\nversion = {{ url = \"{url}/version\" }}\nhealth = {{ url = \"{url}/health\" }}\n\
         window = \"500ms\"\ninterval = \"100ms\"\n[service.timing]\nhold = \"0s\"\n",
        rig.name(),
        rig.docker.socket(),
    )
}

/// One whole rollback; how long it took from the press of the button to the word that it is done.
async fn roll_back(bot: &mut Bot, round: usize) -> Outcome<Duration> {
    bot.types(&format!("api-service {OLD} severity=high data=none fix=90m because of round {round}")).await?;
    let card = bot.hears(|message| approve(message).is_some()).await?;
    let pressed = bot.presses(approve(&card.message).ok_or("no button")?).await?;
    let end = bot
        .hears(|message| ["rolled back", "asked", "ended"].iter().any(|word| message.headline.contains(word)))
        .await?;
    if !end.message.headline.contains("rolled back") {
        return Err(format!("it did not end well: {:?}", end.message).into());
    }
    Ok(end.at - pressed)
}

/// Fails unless users are served this version.
async fn expect(url: &str, version: &str) -> Outcome {
    let served = reqwest::get(format!("{url}/version")).await?.text().await?;
    if served == version { Ok(()) } else { Err(format!("users are served {served}, not {version}").into()) }
}
