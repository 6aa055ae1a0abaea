//! `switchback serve`: the bot until it is told to stop.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adapters::chat::console::{ConsoleChat, Speaker};
use anyhow::Context as _;
use commands::engine::Engine;
use commands::model::Identity;
use commands::ports::{Chat, Clock, Store};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::configuration::Console;
use crate::health::{self, Readiness};
use crate::metrics::Metrics;
use crate::reloadable::Reloadable;
use crate::terminal::{self, Desk};
use crate::{telemetry, wiring};

/// How long a stop waits for effects that are under way; what takes longer is recovered by the next start.
const GRACE: Duration = Duration::from_secs(25);

/// Serves until SIGTERM or SIGINT; SIGHUP reads the configuration again.
///
/// # Errors
/// What the bot needs to begin is not there. What fails later is logged, and goes on.
pub async fn serve(path: &Path) -> anyhow::Result<ExitCode> {
    let configuration = match wiring::configuration(path) {
        Ok(configuration) => configuration,
        Err(refusal) => return Ok(crate::run::refuse(&refusal)),
    };
    telemetry::start(&configuration.wiring.log, std::env::var("RUST_LOG").ok().as_deref())?;
    configuration.warnings.iter().for_each(|warning| tracing::warn!(warning, "the configuration is unwise"));
    // Before anything can be told that it is ready: a signal that nobody listens for ends the process.
    let mut signals = Signals::listen()?;

    let console = configuration.wiring.chats.console.clone();
    let chat = console.as_ref().map(|console| terminal::console(console.documents.clone(), replica()));
    #[allow(unused_mut, reason = "a build without other chats adds none")]
    let mut chats: Vec<Arc<dyn Chat>> = chat.iter().map(|chat| Arc::new(chat.clone()) as _).collect();
    #[cfg(feature = "slack")]
    let slack = Slack::of(&configuration, &mut chats)?;
    #[cfg(not(feature = "slack"))]
    anyhow::ensure!(configuration.wiring.slack.is_none(), "this build has no Slack: remove `[chat.slack]`");
    let (mut ports, store) = wiring::ports(&configuration, chats).await?;
    let on_call = Arc::new(Reloadable::new(Arc::clone(&ports.on_call)));
    ports.on_call = on_call.clone();
    let clock = Arc::clone(&ports.clock);
    let listener = TcpListener::bind(configuration.wiring.listen)
        .await
        .with_context(|| format!("listening at {}", configuration.wiring.listen))?;
    let engine = Engine::new(ports, configuration.settings.clone(), replica());

    let stop = CancellationToken::new();
    let running = tokio::spawn(Arc::clone(&engine).run(stop.clone()));
    let (stopping, is_stopping) = watch::channel(false);
    let metrics = Arc::new(Metrics::default());
    tokio::spawn(count(Arc::clone(&engine), Arc::clone(&metrics)));
    let log = Arc::clone(&store) as Arc<dyn Store>;
    let readiness = readiness(log, Arc::clone(&engine), is_stopping);
    let token = configuration.wiring.metrics_token.as_ref();
    let served = axum::serve(listener, health::router(readiness, metrics, token));
    tokio::spawn(async move { served.await });
    #[cfg(feature = "slack")]
    let receiver = match slack {
        Some(slack) => Some(slack.receive(&configuration, Arc::clone(&engine)).await?),
        None => None,
    };
    if let (Some(chat), Some(console)) = (chat, console) {
        tokio::spawn(read_terminal(Desk::new(chat, speaker(&console), Arc::clone(&engine))));
    }
    tracing::info!(listen = %configuration.wiring.listen, "ready");

    signals.until_told_to_stop(&Reload { path, engine: &engine, on_call: &on_call, clock }).await;
    tracing::info!("stopping: effects that are under way may end, everything else is recovered by the next start");
    // Nobody may be looking at readiness any more.
    let _ = stopping.send(true);
    // What comes in from now on is for another replica, or for the next start.
    #[cfg(feature = "slack")]
    if let Some(receiver) = receiver {
        receiver.stop().await;
    }
    stop.cancel();
    if tokio::time::timeout(GRACE, running).await.is_err() {
        tracing::warn!("an effect did not end in time; the next start observes it first");
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Slack before there is an engine: the engine needs the chat, and what receives needs the engine.
#[cfg(feature = "slack")]
struct Slack {
    chat: adapters::chat::slack::SlackChat,
    clock: Arc<dyn Clock>,
}

#[cfg(feature = "slack")]
impl Slack {
    fn of(
        configuration: &crate::configuration::Configuration,
        chats: &mut Vec<Arc<dyn Chat>>,
    ) -> anyhow::Result<Option<Self>> {
        let Some(wiring) = &configuration.wiring.slack else { return Ok(None) };
        let clock = wiring::clock();
        let chat = crate::slack::chat(wiring, Arc::clone(&clock))?;
        chats.push(Arc::new(chat.clone()));
        Ok(Some(Self { chat, clock }))
    }

    async fn receive(
        self,
        configuration: &crate::configuration::Configuration,
        engine: Arc<Engine>,
    ) -> anyhow::Result<crate::slack::Receiver> {
        let wiring = configuration.wiring.slack.as_ref().context("the Slack that was configured")?;
        crate::slack::receive(wiring, self.chat, engine, self.clock).await
    }
}

/// Unique for each start of each process, so that no two replicas are taken for one.
#[must_use]
pub fn replica() -> String {
    let host = nix::unistd::gethostname().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!("{host}-{}-{}", std::process::id(), jiff::Timestamp::now().as_microsecond())
}

/// Who types at the terminal, by the configuration.
#[must_use]
pub fn speaker(console: &Console) -> Speaker {
    let identity =
        Identity { chat: ConsoleChat::NAME.into(), workspace: console.workspace.clone(), user: console.user.clone() };
    Speaker { identity, display_name: console.user.clone(), may_speak_as_others: console.may_speak_as_others }
}

fn readiness(store: Arc<dyn Store>, engine: Arc<Engine>, stopping: watch::Receiver<bool>) -> Readiness {
    let log = move || {
        let store = Arc::clone(&store);
        async move { store.open_incidents().await.map(drop).map_err(|error| error.to_string()) }
    };
    let leases = move || {
        let unkept = engine.leases_unkept_for();
        let kept = unkept < engine.settings().pace.lease_term;
        std::future::ready(if kept { Ok(()) } else { Err(format!("not kept for {} s", unkept.as_secs())) })
    };
    Readiness::default().unless("running", stopping).asking("log", log).asking("leases", leases)
}

async fn count(engine: Arc<Engine>, metrics: Arc<Metrics>) {
    use tokio::sync::broadcast::error::RecvError;
    let mut events = engine.listen();
    loop {
        match events.recv().await {
            Ok(event) => metrics.observe(&event),
            Err(RecvError::Lagged(lost)) => tracing::warn!(lost, "metrics missed events"),
            Err(RecvError::Closed) => return,
        }
    }
}

async fn read_terminal(mut desk: Desk) {
    let mut lines = terminal::lines();
    while let Some(line) = lines.recv().await {
        if let Err(error) = desk.take(&line).await {
            tracing::error!(%error, "a line of the terminal was not taken");
        }
    }
}

/// What others tell this process.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("listening for signals");
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    async fn until_told_to_stop(&mut self, reload: &Reload<'_>) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hang_up.recv() => reload.read_again(),
            }
        }
    }
}

/// What a configuration that is read again goes to.
struct Reload<'a> {
    path: &'a Path,
    engine: &'a Engine,
    on_call: &'a Reloadable,
    clock: Arc<dyn Clock>,
}

impl Reload<'_> {
    /// A configuration that is wrong changes nothing. `[store]`, `[http]`, `[log]`, `[kubernetes]` and
    /// `[chat]` are read at the start only.
    fn read_again(&self) {
        let begun = Instant::now();
        let configuration = match wiring::configuration(self.path) {
            Ok(configuration) => configuration,
            Err(refusal) => {
                tracing::error!(wrong = refusal.count(), "the configuration is wrong; the old one stays");
                crate::run::refuse(&refusal);
                return;
            }
        };
        match wiring::on_call(&configuration, &self.clock) {
            Ok(source) => self.on_call.replace(source),
            Err(error) => return tracing::error!(%error, "the rota cannot be followed; the old configuration stays"),
        }
        let digest = configuration.settings.configuration.short();
        self.engine.reload(configuration.settings);
        tracing::info!(digest, took = ?begun.elapsed(), "the configuration is read again");
    }
}

#[cfg(test)]
mod tests;
