//! A whole bot on a ground: its engine, a log, a chat in memory, real time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use adapters::clock::SystemClock;
use adapters::store::sqlite::SqliteStore;
use commands::engine::Engine;
use commands::model::{
    Checks, Digest, Identity, IncidentId, Input, Invocation, Person, PersonId, Policy, ReplyHandle, RollbackId,
    Service, ServiceKey, StreamId, Target, Timing,
};
use commands::ports::{Clock, Platform, Ports, Store};
use commands::saga::{IncidentState, Journal, Phase, RollbackState};
use commands::settings::{Assumed, Pace, Settings, Texts};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use tests::fake::{FixedOnCall, RecordingChat, ScriptedHooks, ScriptedProbe};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::ground::PATIENCE;

/// The log, the chat and the clock: what outlives a process.
pub struct Desk {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    /// Where people talk.
    pub chat: Arc<RecordingChat>,
    settings: Settings,
    journal: Journal,
    keys: AtomicU32,
}

/// One process of the bot. Dropped, it is killed where it stands.
pub struct Bot {
    engine: Arc<Engine>,
    runtime: Option<Runtime>,
}

impl Drop for Bot {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A catalogue entry of this name with these targets, without checks of its own.
pub fn service(name: &str, targets: Vec<Target>) -> Service {
    let timing = Timing {
        deadline: SignedDuration::from_secs(60),
        retry: SignedDuration::from_secs(2),
        hold: SignedDuration::from_secs(1),
        watch: SignedDuration::from_mins(2),
        ..Timing::default()
    };
    Service {
        key: ServiceKey { name: name.into(), environment: "production".into() },
        description: "A service of the test".to_owned(),
        owners: vec!["lead".into()],
        targets,
        checks: Checks::default(),
        hooks: Vec::new(),
        policy: Policy::default(),
        timing,
    }
}

impl Desk {
    /// With this catalogue.
    pub async fn new(catalogue: Vec<Service>) -> Self {
        let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().await.unwrap());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let journal = Journal::new(Arc::clone(&store), Arc::clone(&clock));
        let chat = RecordingChat::new("console");
        Self { store, clock, chat, settings: settings(catalogue), journal, keys: AtomicU32::new(1) }
    }

    /// Starts a bot that moves things by this platform.
    pub fn start(&self, platform: Arc<dyn Platform>) -> Bot {
        let ports = Ports {
            clock: Arc::clone(&self.clock),
            store: Arc::clone(&self.store),
            platforms: BTreeMap::from([("kubernetes".into(), platform)]),
            chats: vec![Arc::clone(&self.chat) as _],
            hooks: ScriptedHooks::new(),
            probe: ScriptedProbe::new(),
            on_call: FixedOnCall::new(Arc::clone(&self.clock), ["on-call"]),
        };
        let replica = format!("replica-{}", self.keys.fetch_add(1, Ordering::Relaxed));
        let engine = Engine::new(ports, self.settings.clone(), replica);
        // A runtime of its own: nothing of it outlives the process.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.spawn(Arc::clone(&engine).run(CancellationToken::new()));
        Bot { engine, runtime: Some(runtime) }
    }

    async fn does(&self, bot: &Bot, input: Input) {
        let invocation = Invocation {
            key: format!("key-{}", self.keys.fetch_add(1, Ordering::Relaxed)),
            identity: identity(),
            display_name: "on-call".to_owned(),
            room: "desk".to_owned(),
            input,
            reply: ReplyHandle("on-call".to_owned()),
            received_at: self.clock.now(),
        };
        bot.engine.accept(invocation).await.unwrap();
    }

    /// The on-call engineer types this, and is answered.
    pub async fn says(&self, bot: &Bot, text: &str) -> String {
        let before = self.chat.answers().len();
        self.does(bot, Input::Command(text.to_owned())).await;
        self.wait("an answer", || async { (self.chat.answers().len() > before).then_some(()) }).await;
        format!("{:?}", self.chat.answers().last())
    }

    /// The on-call engineer presses the newest button of this label, once there is one.
    pub async fn presses(&self, bot: &Bot, label: &str) {
        let action = self.wait(label, || async { self.chat.find_button(label) }).await;
        self.does(bot, Input::Button(action)).await;
    }

    /// The rollback of this number, once this holds of it.
    pub async fn rollback(&self, number: u32, holds: impl Fn(&RollbackState) -> bool) -> Arc<RollbackState> {
        let id = self.wait("an incident", || async { self.incident_id().await }).await;
        let id = RollbackId { incident: id, number };
        let found = || async {
            let state = self.journal.rollback(id).await.ok()?;
            holds(&state).then_some(state)
        };
        self.wait("the rollback", found).await
    }

    /// The rollback of this number, once it is over.
    pub async fn ended(&self, number: u32) -> Arc<RollbackState> {
        self.rollback(number, |state| state.phase == Phase::Finished).await
    }

    /// The first incident, once this holds of it.
    pub async fn incident(&self, holds: impl Fn(&IncidentState) -> bool) -> Arc<IncidentState> {
        let found = || async {
            let state = self.journal.incident(self.incident_id().await?).await.ok()?;
            holds(&state).then_some(state)
        };
        self.wait("the incident", found).await
    }

    async fn incident_id(&self) -> Option<IncidentId> {
        let streams = self.store.since(0, 10_000).await.unwrap();
        streams.into_iter().find_map(|(_, stream)| match stream {
            StreamId::Incident(id) => Some(id),
            _ => None,
        })
    }

    async fn wait<T, F: Future<Output = Option<T>>>(&self, what: &str, found: impl Fn() -> F) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = found().await {
                return found;
            }
            assert!(Instant::now() < end, "no {what}:\n{}\n{:?}", self.chat.transcript(), self.chat.answers());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn identity() -> Identity {
    Identity { chat: "console".into(), workspace: "local".to_owned(), user: "on-call".to_owned() }
}

fn settings(catalogue: Vec<Service>) -> Settings {
    let person = |id: &str| Person { id: PersonId::from(id), name: id.to_owned(), identities: Vec::new() };
    let on_call = Person { identities: vec![identity()], ..person("on-call") };
    Settings {
        configuration: Digest::of(b"the configuration of a test"),
        catalogue,
        persons: vec![on_call, person("lead")],
        commanders: BTreeSet::from(["on-call".into()]),
        stakeholders: BTreeSet::new(),
        announce: Vec::new(),
        room_template: "incident-rollback-{incident}".to_owned(),
        rooms: commands::settings::Rooms::default(),
        zone: TimeZone::UTC,
        assumed: Assumed::default(),
        texts: Texts::default(),
        keep_incidents: None,
        pace: Pace {
            lease_term: Duration::from_secs(2),
            observe_every: Duration::from_millis(300),
            look_every: Duration::from_millis(100),
            chat_retry: Duration::from_secs(1),
        },
    }
}
