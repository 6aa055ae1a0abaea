//! A story's world: people speak, time passes, engines start, die and are read.

use std::sync::Arc;
use std::time::Duration;

use commands::model::{Input, Invocation, ReplyHandle};
use commands::ports::{Accepted, Clock as _, StoreError};

use super::{Reader, Replica, Scene, Screen, Seen, Stage, Vital, laws};
use crate::fake::FaultyStore;

/// After this much time of the story whatever is waited for does not come.
const PATIENCE: Duration = Duration::from_secs(8 * 60 * 60);

/// The bot in a scene.
pub struct World {
    /// The outside.
    pub scene: Scene,
    /// The starts of the bot, the dead ones too.
    pub replicas: Vec<Replica>,
    reader: Reader,
    screen: Screen,
    keys: u64,
}

impl World {
    /// One replica, started, on this stage.
    pub async fn on(stage: Arc<dyn Stage>) -> Self {
        Self::with(stage, |_| {}).await
    }

    /// The same, with changes of the scene before anything starts.
    pub async fn with(stage: Arc<dyn Stage>, set: impl FnOnce(&mut Scene)) -> Self {
        let mut world = Self::asleep(stage, set).await;
        world.start().await;
        world
    }

    /// The scene, and no bot yet.
    pub async fn asleep(stage: Arc<dyn Stage>, set: impl FnOnce(&mut Scene)) -> Self {
        let mut scene = Scene::open(stage).await;
        set(&mut scene);
        Self { reader: Reader::of(&scene), scene, replicas: Vec::new(), screen: Screen::default(), keys: 0 }
    }

    /// One more replica.
    pub async fn start(&mut self) -> usize {
        self.start_armed(|_| {}).await
    }

    /// One more replica, whose log is told beforehand when to die.
    pub async fn start_armed(&mut self, arm: impl FnOnce(&FaultyStore)) -> usize {
        let name = format!("replica-{}", self.replicas.len() + 1);
        self.replicas.push(Replica::start(&self.scene, name, arm));
        self.scene.quiet().await;
        self.replicas.len() - 1
    }

    /// Kills every replica where it stands, and starts a new one.
    pub async fn restart(&mut self) {
        self.replicas.iter().for_each(Replica::kill);
        self.start().await;
    }

    /// Kills a replica where it stands.
    pub fn kill(&self, index: usize) {
        self.replicas[index].kill();
    }

    /// Asks a replica to end, and waits until it has.
    ///
    /// # Panics
    /// If it does not within a quarter of an hour of the story.
    pub async fn stop(&mut self, index: usize) {
        self.replicas[index].ask_to_stop();
        self.scene.quiet().await;
        for _ in 0..2_000 {
            if self.replicas[index].has_stopped() {
                self.replicas[index].kill();
                return;
            }
            self.scene.step(Duration::from_secs(1)).await;
        }
        panic!("replica {index} does not stop");
    }

    /// Somebody types this, the `/rollback` in front included.
    ///
    /// # Panics
    /// If it does not begin so.
    pub async fn says(&mut self, person: &str, text: &str) {
        let typed = text.strip_prefix("/rollback").expect("a command begins with /rollback").trim();
        let invocation = self.invocation(person, Input::Command(typed.to_owned()));
        self.deliver(invocation).await;
    }

    /// Somebody presses the newest button of this label.
    ///
    /// # Panics
    /// If no message has such a button now.
    pub async fn presses(&mut self, person: &str, label: &str) {
        let invocation = self.click(person, label).unwrap_or_else(|| panic!("no button says {label:?} now"));
        self.deliver(invocation).await;
    }

    /// A press of the newest button of this label, not delivered yet.
    pub fn click(&mut self, person: &str, label: &str) -> Option<Invocation> {
        let action = self.scene.stage.button(label)?;
        Some(self.invocation(person, Input::Button(action)))
    }

    /// What the chat delivers when this person does this.
    pub fn invocation(&mut self, person: &str, input: Input) -> Invocation {
        self.keys += 1;
        Invocation {
            key: format!("{person}-{}", self.keys),
            identity: self.scene.stage.identity(person),
            display_name: person.to_owned(),
            room: "desk".to_owned(),
            input,
            reply: ReplyHandle(person.to_owned()),
            received_at: self.scene.clock.now(),
        }
    }

    /// The chat delivers this to the first replica that works, and waits for all to come to rest.
    pub async fn deliver(&mut self, invocation: Invocation) {
        if let Some(outcome) = self.hand_over(invocation).await
            && let Err(error) = outcome
        {
            self.screen.aside(format!("not accepted: {error}"));
        }
        self.scene.quiet().await;
    }

    /// Gives this to the first replica that works; nothing where it dies of it, or none does.
    pub async fn hand_over(&self, invocation: Invocation) -> Option<Result<Accepted, StoreError>> {
        let replica = self.replicas.iter().find(|replica| !replica.life.is_dead())?;
        tokio::select! {
            biased;
            () = replica.life.died() => None,
            outcome = replica.engine.accept(invocation) => Some(outcome),
        }
    }

    /// Lets this many seconds pass.
    pub async fn pass(&self, seconds: u64) {
        self.scene.pass(Duration::from_secs(seconds)).await;
    }

    /// Lets time pass until the log says so.
    ///
    /// # Panics
    /// If it does not within eight hours of the story; with what was unread and the rollbacks.
    pub async fn until(&mut self, wanted: impl Fn(&Seen) -> bool) -> Seen {
        self.scene.quiet().await;
        let end = self.scene.clock.monotonic().after(PATIENCE);
        loop {
            let seen = self.seen().await;
            if wanted(&seen) {
                return seen;
            }
            if self.scene.clock.monotonic() >= end {
                panic!("it never comes to that:\n{}\n{}", self.read(), self.tell_all(&seen).await);
            }
            self.scene.step(Duration::from_secs(60)).await;
        }
    }

    /// What the log says now.
    pub async fn seen(&mut self) -> Seen {
        self.reader.look().await
    }

    /// The log, stream by stream.
    pub fn reader(&mut self) -> &mut Reader {
        &mut self.reader
    }

    /// What is new in the chat, whole.
    pub fn read(&mut self) -> String {
        self.screen.read(&*self.scene.stage)
    }

    /// What is new in the chat: headlines and buttons.
    pub fn skim(&mut self) -> String {
        self.screen.skim(&*self.scene.stage)
    }

    /// The timelines of all rollbacks.
    pub async fn tell_all(&self, seen: &Seen) -> String {
        let mut told = Vec::new();
        for state in &seen.rollbacks {
            told.push(format!("{}\n{}", state.id, self.scene.tell(state.id).await));
        }
        told.join("\n")
    }

    /// The end of a story: everything was read, and the laws hold.
    ///
    /// # Panics
    /// If not.
    pub async fn finish(mut self) {
        let unread = self.read();
        assert!(unread.is_empty(), "nobody read this:\n{unread}");
        self.check_laws().await;
    }

    /// Everything that must be so at any quiet moment, and at the end of everything more.
    ///
    /// # Panics
    /// If a law is broken, with the timelines.
    pub async fn check_laws(&mut self) {
        let broken = laws(&self.scene, &mut self.reader).await;
        if !broken.is_empty() {
            let seen = self.seen().await;
            panic!("{}\n{}", broken.join("\n"), self.tell_all(&seen).await);
        }
    }

    /// Whether any replica that should work is dead.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.replicas.last().is_none_or(|replica| replica.life.is_dead())
    }

    /// Stalls or wakes a replica.
    pub fn set(&self, index: usize, vital: Vital) {
        self.replicas[index].life.set(vital);
    }
}
