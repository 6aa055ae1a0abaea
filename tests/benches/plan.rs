//! From a command to the card with its plan, on the host platform: `cargo bench -p switchback-tests --bench
//! plan`. The log is a file with full sync; the endpoint answers at once, so that the figures are ours.

mod common;

use commands::model::ButtonAction;
use common::{Bot, Outcome, approve, latencies, say};

/// How many are counted, after those that warm up.
const COUNTED: usize = 300;
const WARM_UP: usize = 20;

const CHECKS: &str = "version = { url = \"{endpoint}/version\", pointer = \"/version\" }\n\
    health = { url = \"{endpoint}/health\" }\ncritical = [{ url = \"{endpoint}/health\" }, { url = \"{endpoint}/version\" }]";
const WORDS: &str = "service-0 v1.2.9 severity=high data=none fix=90m because answers are slow";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome {
    let mut bot = Bot::start(1, CHECKS, "").await?;
    let mut dry = Vec::new();
    for _ in 0..WARM_UP + COUNTED {
        let begun = bot.types(&format!("plan {WORDS}")).await?;
        dry.push(bot.hears(|message| message.headline.starts_with("Plan: ")).await?.at - begun);
    }
    let mut proposed = Vec::new();
    for _ in 0..WARM_UP + COUNTED {
        let begun = bot.types(WORDS).await?;
        let card = bot.hears(|message| approve(message).is_some()).await?;
        proposed.push(card.at - begun);
        let Some(ButtonAction::Approve { rollback, .. }) = approve(&card.message) else { continue };
        bot.types(&format!("deny {rollback}")).await?;
        bot.hears(|message| message.is_final).await?;
    }
    say(&format!("command to plan:      {}   (target: p99 at most 20 ms)", latencies(dry.split_off(WARM_UP))))?;
    say(&format!(
        "command to proposal:  {}   (durably stored, room and card shown)",
        latencies(proposed.split_off(WARM_UP))
    ))?;
    bot.stop().await
}
