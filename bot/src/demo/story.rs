//! The story of the demo: a good release soaks, a broken one is deployed, people take it back.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use adapters::chat::console::{ConsoleChat, Speaker};
use anyhow::Context as _;
use commands::engine::Engine;
use commands::model::{ButtonAction, IncidentId, Slot, StoredEvent, StreamId};
use commands::ports::{Chat, Store};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::behaviour::Behaviour;
use super::playground::Playground;
use super::proof;
use super::script;
use crate::serve::{self, replica};
use crate::terminal::{self, Desk};
use crate::{telemetry, wiring};

/// What the requester types in the story that plays by itself.
pub(super) const REQUEST: &str =
    "/rollback api-service v1.2.9 severity=high data=none fix=90m because answers are slow and fail";
/// How long a part of the story may take before it counts as stuck.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Tells it; `by_itself` plays both people. Succeeds only if users are served the old version at the end.
pub(super) async fn tell(playground: &Playground, by_itself: bool) -> anyhow::Result<ExitCode> {
    let configuration = wiring::configuration(&playground.configuration())
        .map_err(|refusal| anyhow::anyhow!("{}", refusal.report(false)))?;
    telemetry::start(&configuration.wiring.log, std::env::var("RUST_LOG").ok().as_deref())?;
    let chat = terminal::console(playground.reports(), replica());
    let (ports, store) = wiring::ports(&configuration, vec![Arc::new(chat.clone()) as Arc<dyn Chat>]).await?;
    let engine = Engine::new(ports, configuration.settings.clone(), replica());
    let mut events = engine.listen();
    let stop = CancellationToken::new();
    let running = tokio::spawn(Arc::clone(&engine).run(stop.clone()));

    let console = configuration.wiring.chats.console.clone().context("the playground has a console")?;
    let speaker = serve::speaker(&console);
    let told = Teller { playground, chat, engine, store: Arc::clone(&store) as Arc<dyn Store>, speaker };
    let outcome = told.tell(&mut events, by_itself).await;

    stop.cancel();
    running.await?;
    store.close().await;
    outcome
}

/// Everything that the story is told with.
pub(super) struct Teller<'a> {
    playground: &'a Playground,
    pub(super) chat: ConsoleChat,
    engine: Arc<Engine>,
    pub(super) store: Arc<dyn Store>,
    speaker: Speaker,
}

impl Teller<'_> {
    async fn tell(&self, events: &mut Receiver<StoredEvent>, by_itself: bool) -> anyhow::Result<ExitCode> {
        let (good, broken) = (Behaviour::healthy().version, Behaviour::broken().version);
        say(&format!("A small service runs {good} at {}.", self.playground.url("")))?;
        within("the bot sees the good release pass its checks", next(events, &["marked"])).await?;
        self.playground.deploy(&broken).await?;
        within("the bot sees the broken release", next(events, &["seen-running"])).await?;
        say(&format!("The bot has seen {good} pass its checks for a while: it is good. Then {broken} was deployed,"))?;
        say("which answers slowly and with errors.\n")?;
        let end = if by_itself { self.play(events).await? } else { self.listen(events).await? };
        let Some(incident) = end else { return Ok(ExitCode::FAILURE) };
        within("the report is shown", self.report_shown(incident)).await?;
        match proof::users_are_served(self.playground, &good).await {
            Ok(proof) => {
                say(&format!("\nProven from outside: {proof}."))?;
                say(&format!("The report: {}", self.playground.reports().join(format!("{incident}.md")).display()))?;
                Ok(ExitCode::SUCCESS)
            }
            Err(error) => {
                say(&format!("\nUsers are not served {good}: {error}"))?;
                Ok(ExitCode::FAILURE)
            }
        }
    }

    /// Both people, by themselves.
    async fn play(&self, events: &mut Receiver<StoredEvent>) -> anyhow::Result<Option<IncidentId>> {
        let mut desk = self.desk();
        say(&format!("requester> {REQUEST}"))?;
        desk.take(REQUEST).await?;
        let number = within("the plan is shown", self.approve_button()).await?;
        let line = format!("as on-call: {number}");
        for _ in 0..2 {
            // The first asks for confirmation, the second confirms.
            say(&format!("on-call> {number}"))?;
            desk.take(&line).await?;
        }
        // Nobody is there to answer a question.
        within("the rollback ends", self.end(events)).await
    }

    /// Whoever types, at a terminal or by a script.
    async fn listen(&self, events: &mut Receiver<StoredEvent>) -> anyhow::Result<Option<IncidentId>> {
        say("You are the requester. Type for example:")?;
        say(&format!("  {REQUEST}"))?;
        say("A number presses a button. Speak as the on-call engineer with `as on-call: 1`.\n")?;
        let mut desk = self.desk();
        let mut lines = terminal::lines();
        let mut end = std::pin::pin!(self.end(events));
        loop {
            tokio::select! {
                ended = &mut end => return ended,
                line = lines.recv() => match line {
                    Some(line) => self.take(&mut desk, &line).await?,
                    // The script is over: what it began comes to its end, or waits for what nobody types.
                    None => break,
                },
            }
        }
        tokio::select! {
            ended = &mut end => ended,
            stuck = script::stuck(self) => {
                say(&format!("\nThe script has ended, and the story still waits {}", stuck?.words()))?;
                Ok(None)
            }
        }
    }

    /// A script does not see the screen: its buttons are pressed when they are there.
    async fn take(&self, desk: &mut Desk, line: &str) -> anyhow::Result<()> {
        let pressed = line.rsplit_once(':').map_or(line, |(_, said)| said).trim();
        if let Ok(number) = pressed.parse::<u32>() {
            let stands = async {
                while !self.chat.buttons().iter().any(|button| button.number == number) {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            };
            // If it does not come, the console says that there is no such button.
            let _ = tokio::time::timeout(Duration::from_secs(5), stands).await;
        }
        desk.take(line).await
    }

    fn desk(&self) -> Desk {
        Desk::new(self.chat.clone(), self.speaker.clone(), Arc::clone(&self.engine))
    }

    async fn approve_button(&self) -> anyhow::Result<u32> {
        loop {
            let buttons = self.chat.buttons();
            let approve = |button: &&adapters::chat::console::NumberedButton| {
                matches!(button.button.action, ButtonAction::Approve { .. })
            };
            if let Some(found) = buttons.iter().find(approve) {
                return Ok(found.number);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The incident, when its rollback has come to an end; `None` where people decided against it.
    async fn end(&self, events: &mut Receiver<StoredEvent>) -> anyhow::Result<Option<IncidentId>> {
        let event = next(events, &["finished", "denied", "expired"]).await?;
        match event.stream {
            StreamId::Rollback(id) if event.kind == "finished" => Ok(Some(id.incident)),
            _ => {
                let broken = Behaviour::broken().version;
                say(&format!(
                    "\nThe rollback was {} before anything moved: users are still served {broken}.",
                    event.kind
                ))?;
                Ok(None)
            }
        }
    }

    async fn report_shown(&self, incident: IncidentId) -> anyhow::Result<()> {
        loop {
            let slots = self.store.slots(incident).await?;
            if slots.iter().any(|row| row.slot.slot == Slot::Report && row.shown.is_some()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// The next event of one of these kinds.
async fn next(events: &mut Receiver<StoredEvent>, kinds: &[&str]) -> anyhow::Result<StoredEvent> {
    loop {
        match events.recv().await {
            Ok(event) if kinds.contains(&event.kind.as_str()) => return Ok(event),
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => anyhow::bail!("the bot has stopped"),
        }
    }
}

async fn within<T>(what: &str, part: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let waited = tokio::time::timeout(PATIENCE, part).await;
    waited.with_context(|| format!("waiting a minute until {what}"))?
}

fn say(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
