//! `switchback plan`: what a rollback would do, at the terminal. Changes nothing, opens no
//! incident; the log of a bot that runs is only read.

use std::process::ExitCode;

use adapters::store::sqlite::SqliteStore;
use commands::engine::Engine;
use commands::model::{ReplyHandle, Tone};
use commands::ports::Chat as _;

use crate::command_line::Plan;
use crate::{run, serve, terminal, wiring};

/// Shows the plan; fails where there is none.
///
/// # Errors
/// What a plan needs to be drawn is not there.
pub async fn dry_run(plan: &Plan) -> anyhow::Result<ExitCode> {
    let configuration = match wiring::configuration(&plan.configuration.path) {
        Ok(configuration) => configuration,
        Err(refusal) => return Ok(run::refuse(&refusal)),
    };
    // Where the bot never ran there is no ledger, and looking must not make one.
    let store = if configuration.wiring.store.exists() {
        SqliteStore::open_read_only(&configuration.wiring.store).await?
    } else {
        SqliteStore::in_memory().await?
    };
    let ports = wiring::ports_over(&configuration, Vec::new(), store.into())?;
    let engine = Engine::new(ports, configuration.settings, serve::replica());
    let answer = engine.preview(&plan.text()).await;
    let console = terminal::console(std::env::temp_dir(), serve::replica());
    console.answer(&ReplyHandle("you".to_owned()), &answer).await?;
    Ok(if answer.tone == Tone::Bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
