//! What the benchmarks of the whole bot share: services with real releases and links, an endpoint that
//! answers at once, a bot over real adapters, and a chat that only listens.
#![allow(dead_code, reason = "each benchmark uses a part")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use adapters::store::sqlite::SqliteStore;
use async_trait::async_trait;
use axum::routing::get;
use commands::engine::Engine;
use commands::model::{ButtonAction, ChatName, Identity, Input, Invocation, Message, ReplyHandle};
use commands::ports::{Chat, ChatError, Room, RoomWish, Showing};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What the bot said, and when.
pub struct Heard {
    pub at: Instant,
    pub message: Message,
}

/// A chat that takes everything at once.
struct Ear {
    name: ChatName,
    heard: mpsc::UnboundedSender<Heard>,
    posted: AtomicU64,
}

impl Ear {
    fn hear(&self, message: &Message) {
        // A benchmark that has ended does not listen any more.
        let _ = self.heard.send(Heard { at: Instant::now(), message: message.clone() });
    }
}

#[async_trait]
impl Chat for Ear {
    fn name(&self) -> &ChatName {
        &self.name
    }

    async fn ensure_room(&self, wish: &RoomWish) -> Result<Room, ChatError> {
        Ok(Room { id: wish.name.clone(), shown_as: wish.name.clone(), shortcomings: Vec::new() })
    }

    async fn show(&self, showing: &Showing<'_>) -> Result<String, ChatError> {
        self.hear(showing.content);
        let posted = || self.posted.fetch_add(1, Ordering::Relaxed).to_string();
        Ok(showing.message.map_or_else(posted, str::to_owned))
    }

    async fn find(&self, _room: &str, _attempt: &str) -> Result<Option<String>, ChatError> {
        Ok(None)
    }

    async fn answer(&self, _reply: &ReplyHandle, content: &Message) -> Result<(), ChatError> {
        self.hear(content);
        Ok(())
    }
}

/// A running bot.
pub struct Bot {
    pub engine: Arc<Engine>,
    pub store: Arc<SqliteStore>,
    pub heard: mpsc::UnboundedReceiver<Heard>,
    pub folder: TempDir,
    stop: CancellationToken,
    running: JoinHandle<()>,
    typed: u64,
}

impl Bot {
    /// Over so many services of their own, all served by one endpoint.
    pub async fn start(services: usize, checks: &str, timing: &str) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let endpoint = serve().await?;
        lay_out(folder.path(), services, &checks.replace("{endpoint}", &endpoint), timing)?;
        Self::configured(folder).await
    }

    /// By the configuration in this folder.
    pub async fn configured(folder: TempDir) -> Outcome<Self> {
        bot::wiring::install_crypto_provider();
        let configuration = bot::wiring::configuration(&folder.path().join("switchback.toml"))
            .map_err(|refusal| refusal.report(false))?;
        let (sender, heard) = mpsc::unbounded_channel();
        let ear = Ear { name: "console".into(), heard: sender, posted: AtomicU64::new(1) };
        let (ports, store) = bot::wiring::ports(&configuration, vec![Arc::new(ear)]).await?;
        let engine = Engine::new(ports, configuration.settings.clone(), "benchmark".to_owned());
        let stop = CancellationToken::new();
        let running = tokio::spawn(Arc::clone(&engine).run(stop.clone()));
        Ok(Self { engine, store, heard, folder, stop, running, typed: 0 })
    }

    /// Accepts what the on-call engineer types; gives when that began.
    pub async fn types(&mut self, line: &str) -> Outcome<Instant> {
        self.takes(Input::Command(line.to_owned())).await
    }

    /// Accepts a click of the on-call engineer.
    pub async fn presses(&mut self, action: ButtonAction) -> Outcome<Instant> {
        self.takes(Input::Button(action)).await
    }

    async fn takes(&mut self, input: Input) -> Outcome<Instant> {
        self.typed += 1;
        let begun = Instant::now();
        let identity = Identity { chat: "console".into(), workspace: "bench".to_owned(), user: "engineer".to_owned() };
        let invocation = Invocation {
            key: format!("bench:{}", self.typed),
            identity,
            display_name: "engineer".to_owned(),
            room: "home".to_owned(),
            input,
            reply: ReplyHandle("engineer".to_owned()),
            received_at: Timestamp::now(),
        };
        self.engine.accept(invocation).await?;
        Ok(begun)
    }

    /// The next message like this.
    pub async fn hears(&mut self, like: impl Fn(&Message) -> bool) -> Outcome<Heard> {
        loop {
            let heard = tokio::time::timeout(Duration::from_secs(120), self.heard.recv()).await?;
            let heard = heard.ok_or("the bot has stopped")?;
            if like(&heard.message) {
                return Ok(heard);
            }
        }
    }

    pub async fn stop(self) -> Outcome {
        self.stop.cancel();
        self.running.await?;
        self.store.close().await;
        Ok(())
    }
}

/// An endpoint that is always well, on a port of its own.
async fn serve() -> Outcome<String> {
    let routes = axum::Router::new()
        .route("/health", get(|| async { "ok" }))
        .route("/version", get(|| async { axum::Json(serde_json::json!({ "version": "v1.3.0" })) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(format!("http://{address}"))
}

/// The button that approves, where a card has one.
pub fn approve(message: &Message) -> Option<ButtonAction> {
    let mut actions = message.buttons.iter().map(|button| button.action.clone());
    actions.find(|action| matches!(action, ButtonAction::Approve { .. }))
}

/// A configuration without services: one on-call engineer, who types.
pub const MAIN: &str = "[store]\npath = \"switchback.db\"\n[rota]\nzone = \"UTC\"\nhandover = \"09:00\"\n\
        start = \"2020-01-01\"\norder = [\"engineer\"]\n[[person]]\nid = \"engineer\"\nname = \"on-call engineer\"\n\
        identities = [{ chat = \"console\", workspace = \"bench\", user = \"engineer\" }]\n\
        [pace]\nobserve_every = \"10m\"\n";

/// Two releases and a link for each service, and a configuration for all.
fn lay_out(folder: &Path, services: usize, checks: &str, timing: &str) -> Outcome {
    let mut text = MAIN.to_owned();
    for number in 0..services {
        let place = folder.join(format!("service-{number}"));
        for release in ["v1.2.9", "v1.3.0"] {
            std::fs::create_dir_all(place.join("releases").join(release))?;
        }
        symlink(place.join("releases/v1.3.0"), place.join("current"))?;
        write!(
            text,
            "[[service]]\nname = \"service-{number}\"\nowners = [\"engineer\"]\n[[service.target]]\nname = \"release\"\n\
             platform = \"host\"\naddress = {{ releases = {:?}, current = {:?} }}\n\
             [service.checks]\n{checks}\n[service.timing]\n{timing}\n",
            place.join("releases"),
            place.join("current"),
        )?;
    }
    Ok(std::fs::write(folder.join("switchback.toml"), text)?)
}

/// A figure of how this process stands, from `/proc/self`: resident memory in KiB.
pub fn resident() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// The processor time of this process, user and system, in steps of 10 ms (proc(5): ticks of 1/100 s).
pub fn processor_time() -> Outcome<Duration> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = text.rsplit_once(") ").ok_or("no fields")?;
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(ticks * 10))
}

pub fn latencies(mut calls: Vec<Duration>) -> String {
    calls.sort();
    let at =
        |share: f64| calls.get((calls.len() as f64 * share) as usize).or(calls.last()).copied().unwrap_or_default();
    format!("p50 {:.2?}, p99 {:.2?}, slowest {:.2?}", at(0.5), at(0.99), at(1.0))
}

pub fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}
