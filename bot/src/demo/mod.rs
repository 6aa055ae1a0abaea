//! `switchback demo`: the whole job for real, in a temporary folder. A small service runs a broken
//! release; somebody asks for a rollback, people are asked, the release is rolled back, users are
//! proven to be served by the old version, the texts and the report are written.

mod behaviour;
mod playground;
mod proof;
mod script;
mod service;
mod story;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::command_line::Demo;
use playground::Playground;

/// Plays the demo. Succeeds only if users are served the old version at the end, and well.
///
/// # Errors
/// The playground cannot be built or the bot not be started in it.
pub async fn play(how: &Demo) -> anyhow::Result<ExitCode> {
    let folder = match &how.keep {
        Some(folder) => std::path::absolute(folder)?,
        None => tempfile::Builder::new().prefix("switchback-demo-").tempdir()?.keep(),
    };
    let playground = Playground::build(&folder).await.context("building the playground")?;
    let ended = story::tell(&playground, how.yes).await;
    playground.stop_service();
    ended
}

/// What the demo starts itself: `service RELEASE PORT`, `restart FOLDER`, and `build FOLDER`, which makes
/// a playground for trying `switchback serve`.
///
/// # Errors
/// The words are others, or what they ask for fails.
pub async fn playground(words: &[OsString]) -> anyhow::Result<ExitCode> {
    let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    match words.as_slice() {
        ["service", port] => service::serve(port.parse().context("reading the port")?).await?,
        ["restart", folder] => Playground::open(folder.as_ref())?.restart_service().await?,
        ["build", folder] => drop(Playground::build(folder.as_ref()).await?),
        _ => anyhow::bail!("the playground knows `service PORT`, `restart FOLDER` and `build FOLDER`"),
    }
    Ok(ExitCode::SUCCESS)
}
