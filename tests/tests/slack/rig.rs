//! The whole bot before a fake Slack, with a clock that only the test moves.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;

use adapters::chat::slack::{SlackChat, SlackDoor, SlackHttp, SlackSettings, SlackSocket, SocketSettings};
use async_trait::async_trait;
use commands::engine::Engine;
use commands::model::{ChatName, Identity, Message, Place, ReplyHandle, Trouble};
use commands::ports::{Chat, ChatError, Clock as _, Furniture, Inbox, Platform, Ports, Room, RoomWish, Showing};
use secrecy::SecretString;
use tests::fake::{Death, FaultyStore};
use tests::harness::{PLATFORM, RecordingStage, Scene};
use tests::slack::{ChannelId, FakeSlack, MessageId, Person, TEAM, Transport};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// After this much time of the story whatever is waited for does not come.
const PATIENCE: Duration = Duration::from_secs(8 * 60);
/// So long in real time without a call means that the bot waits for the clock.
const QUIET: Duration = Duration::from_millis(6);
/// How far time goes in one step.
const STEP: Duration = Duration::from_millis(500);

/// The room of the first incident.
pub const ROOM: &str = "incident-rollback-2024-0115-001";
/// What most stories ask for.
pub const ASK: &str = "/rollback api-service v1.2.9 because answers are slow";

/// How Slack reaches the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Socket,
    Http,
}

/// Everybody, and where they are.
pub struct Rig {
    pub slack: FakeSlack,
    pub scene: Scene,
    /// The on-call engineer, the second one, the team lead, the commander, a stakeholder.
    pub people: BTreeMap<&'static str, Person>,
    /// Where people ask.
    pub operations: ChannelId,
    /// Where stakeholders read.
    pub status: ChannelId,
    /// Where users read.
    pub users: ChannelId,
    pub bots: Vec<Bot>,
    /// Where services run, if it is not the scene's model.
    pub platform: Option<Arc<dyn Platform>>,
    /// Whether rooms of incidents are private.
    pub private_rooms: bool,
    by: By,
}

/// One start of the bot.
pub struct Bot {
    store: Arc<FaultyStore>,
    pub chat: Arc<MortalChat>,
    stop: CancellationToken,
    running: JoinHandle<()>,
    receiver: Option<Receiver>,
}

enum Receiver {
    Socket(SlackSocket),
    Http(JoinHandle<()>),
}

impl Rig {
    /// The bot runs, and Slack reaches it by its sockets.
    pub async fn start() -> Self {
        Self::with(By::Socket, |_| {}).await
    }

    /// The same, by this transport, with changes before the bot starts.
    pub async fn with(by: By, set: impl FnOnce(&mut Self)) -> Self {
        let mut rig = Self::asleep(by).await;
        set(&mut rig);
        rig.start_bot().await;
        rig
    }

    /// Slack and people, and no bot yet.
    pub async fn asleep(by: By) -> Self {
        install_crypto();
        let mut scene = Scene::open(RecordingStage::open()).await;
        let slack = FakeSlack::start(Arc::clone(&scene.clock) as _).await;
        let names = [
            ("on-call", "on-call engineer"),
            ("second", "second engineer"),
            ("lead", "team lead"),
            ("commander", "incident commander"),
            ("stakeholder", "stakeholder"),
        ];
        let people: BTreeMap<_, _> = names.into_iter().map(|(id, name)| (id, slack.person(name))).collect();
        for person in &mut scene.settings.persons {
            let user = people[person.id.as_str()].id.clone();
            person.identities = vec![Identity { chat: "slack".into(), workspace: TEAM.to_owned(), user }];
        }
        let everybody: Vec<&Person> = people.values().collect();
        let operations = slack.channel("operations", &everybody);
        let status = slack.channel("status", &everybody);
        let users = slack.channel("users", &everybody);
        scene.settings.announce = vec![place(&status)];
        Self {
            slack,
            scene,
            people,
            operations,
            status,
            users,
            bots: Vec::new(),
            platform: None,
            private_rooms: false,
            by,
        }
    }

    /// One more start of the bot.
    pub async fn start_bot(&mut self) {
        let chat = SlackChat::new(&self.settings(), Arc::clone(&self.scene.clock) as _).unwrap();
        let chat =
            Arc::new(MortalChat { inner: chat, dies_after_post: AtomicBool::new(false), dead: AtomicBool::new(false) });
        let scene = &self.scene;
        let store = Arc::new(FaultyStore::new(Arc::clone(&scene.store) as _));
        let platform = self.platform.clone().unwrap_or_else(|| Arc::clone(&scene.platform) as _);
        let ports = Ports {
            clock: Arc::clone(&scene.clock) as _,
            store: Arc::clone(&store) as _,
            platforms: BTreeMap::from([(PLATFORM.into(), platform)]),
            chats: vec![Arc::clone(&chat) as _],
            hooks: Arc::clone(&scene.hooks) as _,
            probe: Arc::clone(&scene.probe) as _,
            on_call: Arc::clone(&scene.on_call) as _,
        };
        let engine = Engine::new(ports, scene.settings.clone(), format!("replica-{}", self.bots.len() + 1));
        let stop = CancellationToken::new();
        let running = tokio::spawn(Arc::clone(&engine).run(stop.clone()));
        let door = SlackDoor::new(chat.inner.clone(), Arc::clone(&engine) as _, Arc::clone(&scene.clock) as _);
        let receiver = self.receive(door).await;
        self.bots.push(Bot { store, chat, stop, running, receiver: Some(receiver) });
        self.settle().await;
    }

    /// How the chat is set up for this Slack.
    pub fn settings(&self) -> SlackSettings {
        SlackSettings {
            bot_token: self.slack.bot_token().into(),
            api_base: self.slack.api_base(),
            response_url_hosts: vec![self.slack.host()],
            private_rooms: self.private_rooms,
        }
    }

    async fn receive(&self, door: SlackDoor) -> Receiver {
        match self.by {
            By::Socket => Receiver::Socket(socket(&self.slack, door).await),
            By::Http => {
                let (server, address) = serve(&self.slack, door).await;
                let url = format!("http://{address}/slack/");
                let to = |what: &str| format!("{url}{what}");
                let (commands, interactions, events) = (to("commands"), to("interactions"), to("events"));
                self.slack.deliver_by(Transport::Http { commands, interactions, events });
                Receiver::Http(server)
            }
        }
    }

    pub fn person(&self, id: &str) -> &Person {
        &self.people[id]
    }

    /// The room of the first incident.
    pub fn room(&self) -> ChannelId {
        self.slack.find_channel(ROOM).expect("the room is there")
    }

    /// Somebody types this where people ask.
    pub async fn says(&self, id: &str, text: &str) {
        let delivery = self.person(id).types(text, &self.operations).await.expect("it is a command");
        assert!(delivery.acknowledged, "{delivery:?}");
        self.settle().await;
    }

    /// Somebody presses the newest button of this label that they see in the room.
    pub async fn clicks(&self, id: &str, label: &str, message: &MessageId) {
        let click = self.person(id).clicks(label, message).await;
        assert!(click.delivery.acknowledged, "{:?}", click.delivery);
        self.settle().await;
    }

    /// The proposal is there.
    pub async fn proposal(&self) -> MessageId {
        self.shown("on-call", "room", "[Approve!]").await
    }

    /// Waits until somebody is shown this, time going on meanwhile. `room` is the incident's.
    pub async fn shown(&self, id: &str, channel: &str, text: &str) -> MessageId {
        let person = self.person(id);
        let find = || {
            let channel = match channel {
                "room" => self.slack.find_channel(ROOM)?,
                name => self.slack.find_channel(name)?,
            };
            if person.can_see(&channel) { person.finds(&channel, text) } else { None }
        };
        let end = self.scene.clock.monotonic().after(PATIENCE);
        loop {
            self.settle().await;
            if let Some(found) = find() {
                return found;
            }
            if self.scene.clock.monotonic() >= end {
                let seen = self.slack.find_channel(if channel == "room" { ROOM } else { channel });
                let seen = seen.map(|channel| person.sees(&channel)).unwrap_or_default();
                panic!("{text:?} never came to {channel}:\n{seen}\n{}", self.calls());
            }
            self.scene.clock.advance(STEP);
        }
    }

    /// Lets this much time pass.
    pub async fn pass(&self, seconds: u64) {
        let end = self.scene.clock.monotonic().after(Duration::from_secs(seconds));
        while self.scene.clock.monotonic() < end {
            self.settle().await;
            self.scene.clock.advance(end.since(self.scene.clock.monotonic()).min(STEP));
        }
        self.settle().await;
    }

    /// Lets minutes pass, in steps that no lease minds.
    pub async fn pass_minutes(&self, minutes: u64) {
        for _ in 0..minutes * 20 {
            self.scene.clock.advance(Duration::from_secs(3));
            self.settle().await;
        }
        self.settle().await;
    }

    /// Lets much time pass in great steps: nothing is expected on the way.
    pub async fn pass_hours(&self, hours: u64) {
        for _ in 0..hours * 6 {
            self.scene.clock.advance(Duration::from_secs(600));
            self.settle().await;
        }
        // After such leaps a replica has lost its leases, and takes them again after a term.
        self.pass(30).await;
    }

    /// Until the bot waits for the clock, or for a person.
    pub async fn settle(&self) {
        self.slack.until_quiet(QUIET).await;
        self.scene.clock.settle().await;
    }

    /// What somebody sees in a channel.
    pub fn sees(&self, id: &str, channel: &ChannelId) -> String {
        settled(&self.person(id).sees(channel))
    }

    /// The lines of it that only this person sees, and what stands below their first.
    pub fn told(&self, id: &str, channel: &ChannelId) -> String {
        let (screen, mut mine) = (self.sees(id, channel), false);
        let is_mine = |line: &&str| {
            if !line.starts_with(' ') {
                mine = line.starts_with("switchback (only you");
            }
            mine
        };
        screen.lines().filter(is_mine).collect::<Vec<_>>().join("\n")
    }

    /// How often this stands in a channel.
    pub fn count(&self, channel: &ChannelId, text: &str) -> usize {
        self.person("on-call").sees(channel).matches(text).count()
    }

    /// Posts of this attempt that Slack took, whether the bot heard of it or not.
    pub fn posts(&self, attempt: &str) -> usize {
        let is = |call: &&tests::slack::Call| call.arguments["metadata"]["event_payload"]["attempt"] == attempt;
        self.slack.calls("chat.postMessage").iter().filter(is).count()
    }

    /// Every call so far, a line for each.
    pub fn calls(&self) -> String {
        let calls = self.slack.journal().into_iter();
        calls.map(|call| format!("{} {} {} {}\n", call.at, call.method, call.status, call.outcome)).collect()
    }

    /// The newest bot.
    pub fn bot(&self) -> &Bot {
        self.bots.last().expect("a bot runs")
    }

    /// The end of a story: nothing that no story may show.
    pub fn finish(self) {
        self.check();
    }

    /// Slack has no complaint, and nothing secret stands where it could be read.
    pub fn check(&self) {
        assert_eq!(self.slack.complaints(), Vec::<String>::new());
        assert_eq!(self.slack.leaks_in(&self.slack.journal_lines()), Vec::<String>::new());
    }
}

impl Bot {
    /// It ends as by a signal.
    pub async fn stop(&mut self) {
        self.disconnect().await;
        self.stop.cancel();
        // What waits for the clock may wait a little longer.
        for _ in 0..200 {
            if self.running.is_finished() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.running.abort();
    }

    /// It is ended where it stands: nothing of it reaches Slack any more.
    pub async fn kill(&mut self) {
        self.chat.dead.store(true, Ordering::SeqCst);
        self.store.kill_after(0, Death::Silent);
        self.disconnect().await;
        self.stop.cancel();
        self.running.abort();
    }

    /// Slack reaches it no more.
    pub async fn disconnect(&mut self) {
        match self.receiver.take() {
            Some(Receiver::Socket(socket)) => socket.stop().await,
            Some(Receiver::Http(server)) => server.abort(),
            None => {}
        }
    }
}

/// What stands on a screen, without what hangs on how fast this machine is: seconds, sizes and digests of
/// reports.
pub fn settled(screen: &str) -> String {
    let shapes = [
        (r"\b\d{2}:\d{2}:\d{2}\b", "TIME"),
        (r"\b\d+ s\b", "N s"),
        (r"\.(md|json) \([0-9a-f]{8}\): \d+ bytes", ".$1 (DIGEST): N bytes"),
        (r"archives/C\w+/p\d{16}", "archives/CHANNEL/pTIME"),
    ];
    shapes.into_iter().fold(screen.to_owned(), |text, (shape, instead)| {
        regex::Regex::new(shape).unwrap().replace_all(&text, instead).into_owned()
    })
}

/// One channel in Slack.
pub fn place(channel: &ChannelId) -> Place {
    Place { chat: "slack".into(), room: channel.0.clone() }
}

/// Sockets of a door, both greeted.
pub async fn socket(slack: &FakeSlack, door: SlackDoor) -> SlackSocket {
    slack.deliver_by(Transport::Socket);
    let settings = SocketSettings { app_token: slack.app_token().into(), api_base: slack.api_base() };
    let socket = SlackSocket::start(&settings, door).await.unwrap();
    slack.until("two sockets", |_| (socket.connected() == 2).then_some(())).await;
    socket
}

/// A server of a door, signed for by this Slack.
pub async fn serve(slack: &FakeSlack, door: SlackDoor) -> (JoinHandle<()>, std::net::SocketAddr) {
    let secret: SecretString = slack.signing_secret().into();
    let router = SlackHttp::new(door, &secret).router();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }), address)
}

/// A door that stores in a log of its own and has nobody behind it.
pub fn door(slack: &FakeSlack, inbox: Arc<dyn Inbox>, clock: Arc<dyn commands::ports::Clock>) -> SlackDoor {
    let mut settings = SlackSettings::new(slack.bot_token().into());
    settings.api_base = slack.api_base();
    settings.response_url_hosts = vec![slack.host()];
    SlackDoor::new(SlackChat::new(&settings, Arc::clone(&clock)).unwrap(), inbox, clock)
}

/// One provider for the whole process, chosen before anything speaks TLS.
pub fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        rustls::crypto::ring::default_provider().install_default().expect("nobody was earlier");
    });
}

/// The chat as one life of the bot has it: it may die with a message posted and nothing noted of it.
pub struct MortalChat {
    pub inner: SlackChat,
    pub dies_after_post: AtomicBool,
    dead: AtomicBool,
}

impl MortalChat {
    async fn live(&self) {
        if self.dead.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl Chat for MortalChat {
    fn name(&self) -> &ChatName {
        self.inner.name()
    }

    async fn ensure_room(&self, wish: &RoomWish) -> Result<Room, ChatError> {
        self.live().await;
        self.inner.ensure_room(wish).await
    }

    async fn show(&self, showing: &Showing<'_>) -> Result<String, ChatError> {
        self.live().await;
        let shown = self.inner.show(showing).await;
        if showing.message.is_none() && shown.is_ok() && self.dies_after_post.swap(false, Ordering::SeqCst) {
            self.dead.store(true, Ordering::SeqCst);
        }
        self.live().await;
        shown
    }

    async fn find(&self, room: &str, attempt: &str) -> Result<Option<String>, ChatError> {
        self.live().await;
        self.inner.find(room, attempt).await
    }

    fn thread_of(&self, room: &str, message: &str) -> Option<String> {
        self.inner.thread_of(room, message)
    }

    fn furnishes(&self) -> bool {
        self.inner.furnishes()
    }

    async fn furnish(&self, room: &str, furniture: &Furniture) -> Result<Vec<Trouble>, ChatError> {
        self.live().await;
        self.inner.furnish(room, furniture).await
    }

    async fn archive(&self, room: &str) -> Result<(), ChatError> {
        self.live().await;
        self.inner.archive(room).await
    }

    async fn answer(&self, reply: &ReplyHandle, content: &Message) -> Result<(), ChatError> {
        self.live().await;
        self.inner.answer(reply, content).await
    }
}
