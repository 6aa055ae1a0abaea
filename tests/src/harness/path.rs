//! A way through a rollback as data, so that it can be walked again and again, each time with another
//! fault.

use std::sync::Arc;
use std::time::Duration;

use commands::ports::Clock as _;

use super::{RecordingStage, Scene, Seen, World};
use crate::fake::FaultyStore;

/// After this much time of the story without what an act is for, people do it again.
const DO_AGAIN: Duration = Duration::from_secs(120);
/// After this much time the end stands in every card.
const SHOWN: Duration = Duration::from_secs(20);
/// So often people do one thing.
const TIMES: usize = 20;

/// What somebody does.
#[derive(Clone)]
pub enum Act {
    /// Types this.
    Says(&'static str, &'static str),
    /// Presses the newest button of this label.
    Presses(&'static str, &'static str),
    /// Something happens outside.
    Happens(fn(&Scene)),
}

/// Something that is done, and how it is seen that it was.
#[derive(Clone)]
pub struct Beat {
    /// What is done.
    pub act: Act,
    /// What the log says then.
    pub until: fn(&Seen) -> bool,
}

/// One way through a rollback.
#[derive(Clone)]
pub struct Path {
    /// How the scene differs from the common one.
    pub scene: fn(&mut Scene),
    /// What happens, in order.
    pub beats: Vec<Beat>,
    /// How it may end, whatever goes wrong with the bot: the ends of its rollbacks.
    pub ends: &'static [&'static str],
}

/// How a walk is made harder.
pub trait Fault {
    /// Tells the log of this life, counted from 1, when to die.
    fn arm(&self, life: usize, store: &FaultyStore);
}

/// Nothing goes wrong.
pub struct Plain;

impl Fault for Plain {
    fn arm(&self, _life: usize, _store: &FaultyStore) {}
}

impl Path {
    /// Walks it to its end, where nothing more happens by itself, and gives the world as it is then.
    ///
    /// # Panics
    /// If it never comes to an end.
    pub async fn walk(&self, fault: &dyn Fault) -> World {
        let mut walk = Walk { world: World::asleep(RecordingStage::open(), self.scene).await, fault, lives: 0 };
        walk.live().await;
        for beat in &self.beats {
            walk.act(beat).await;
        }
        walk.wait(Duration::from_secs(4 * 60 * 60), Seen::is_over).await;
        // A bot that has just begun waits for the lease of the chat before it shows the end.
        walk.wait(SHOWN, |_| false).await;
        walk.world
    }
}

struct Walk<'a> {
    world: World,
    fault: &'a dyn Fault,
    lives: usize,
}

impl Walk<'_> {
    /// A new life, until one lasts as long as it takes to come to rest.
    async fn live(&mut self) {
        self.world.replicas.iter().for_each(super::Replica::kill);
        self.lives += 1;
        let (fault, life) = (self.fault, self.lives);
        self.world.start_armed(|store| fault.arm(life, store)).await;
    }

    /// Does it until it is seen to be done.
    async fn act(&mut self, beat: &Beat) {
        if let Act::Happens(happens) = beat.act {
            happens(&self.world.scene);
        }
        for _ in 0..TIMES {
            if (beat.until)(&self.world.seen().await) {
                return;
            }
            self.perform(&beat.act).await;
            if self.wait(DO_AGAIN, beat.until).await {
                return;
            }
        }
        let seen = self.world.seen().await;
        panic!("it goes no further:\n{}\n{}", self.world.read(), self.world.tell_all(&seen).await);
    }

    async fn perform(&mut self, act: &Act) {
        match act {
            Act::Says(person, text) => self.world.says(person, text).await,
            Act::Presses(person, label) => {
                // After a death the card may not be there yet; people wait and look again.
                if let Some(invocation) = self.world.click(person, label) {
                    self.world.deliver(invocation).await;
                }
            }
            // It happened, and people wait for what comes of it.
            Act::Happens(_) => {}
        }
    }

    /// Lets time pass until that is so; a bot that dies meanwhile is started again. False if it is not
    /// so after this long.
    async fn wait(&mut self, at_most: Duration, wanted: impl Fn(&Seen) -> bool) -> bool {
        let clock = Arc::clone(&self.world.scene.clock);
        let end = clock.monotonic().after(at_most);
        loop {
            if self.world.is_dead() {
                self.live().await;
                continue;
            }
            if wanted(&self.world.seen().await) {
                return true;
            }
            if clock.monotonic() >= end {
                return false;
            }
            self.world.scene.step(Duration::from_secs(60)).await;
        }
    }
}

/// Somebody types this until the log says so.
#[must_use]
pub fn says(person: &'static str, text: &'static str, until: fn(&Seen) -> bool) -> Beat {
    Beat { act: Act::Says(person, text), until }
}

/// Somebody presses this until the log says so.
#[must_use]
pub fn presses(person: &'static str, label: &'static str, until: fn(&Seen) -> bool) -> Beat {
    Beat { act: Act::Presses(person, label), until }
}

/// This happens outside until the log says so.
#[must_use]
pub fn happens(what: fn(&Scene), until: fn(&Seen) -> bool) -> Beat {
    Beat { act: Act::Happens(what), until }
}
