//! What Slack keeps: one workspace with a bot in it, and a second one whose people may be guests.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use commands::ports::Clock;

use super::deliver::Pending;
use super::faults::Faults;
use super::journal::Call;
use super::rates::Rates;
use super::rules::Rules;
use super::{Delivery, Notified};

mod channel;
mod file;
mod message;
mod person;
mod reply;
mod token;
mod view;

pub(crate) use channel::{Bookmark, Channel, Pin, Visibility};
pub(crate) use file::{File, FileState};
pub(crate) use message::{Message, told};
pub(crate) use person::{Group, User};
pub(crate) use reply::{Reply, Trigger};
pub(crate) use token::{Token, TokenKind, all_scopes};
pub(crate) use view::View;

/// The workspace of the bot.
pub const TEAM: &str = "T0HOME";
/// A workspace of others, whose people come in as guests.
pub const OTHER_TEAM: &str = "T0OTHER";
/// The bot as a member.
pub const BOT_USER: &str = "U0BOT";
/// The bot as the sender of messages.
pub const BOT: &str = "B0BOT";
/// The application.
pub const APP: &str = "A0APP";

/// All of it.
pub(crate) struct World {
    pub rules: Rules,
    pub clock: Arc<dyn Clock>,
    pub tokens: BTreeMap<String, Token>,
    pub users: BTreeMap<String, User>,
    pub groups: Vec<Group>,
    pub channels: BTreeMap<String, Channel>,
    pub messages: Vec<Message>,
    pub files: BTreeMap<String, File>,
    /// The open modals of each person, the topmost last.
    pub views: BTreeMap<String, Vec<View>>,
    /// The home tab of each person.
    pub homes: BTreeMap<String, View>,
    pub triggers: BTreeMap<String, Trigger>,
    pub replies: BTreeMap<String, Reply>,
    pub rates: Rates,
    pub faults: Faults,
    pub journal: Vec<Call>,
    pub deliveries: Vec<Delivery>,
    pub notified: Vec<Notified>,
    /// What no story should show: late answers, contents that cannot be shown.
    pub complaints: Vec<String>,
    /// Every value that must never be seen in a log.
    pub secrets: Vec<String>,
    /// Tickets for sockets that were given out and not used.
    pub tickets: VecDeque<String>,
    /// Where the fake itself is reached, without a path: `http://127.0.0.1:…`.
    pub origin: String,
    /// Where sockets are opened: `ws://127.0.0.1:…`.
    pub socket_origin: String,
    /// With which requests are signed.
    pub signing_secret: String,
    /// The old way to prove who calls; it is in every payload.
    pub verification_token: String,
    /// Events that were not acknowledged.
    pub pending: Vec<Pending>,
    numbers: u64,
    last_stamp: i128,
}

impl World {
    /// With the bot and nobody else.
    pub fn new(clock: Arc<dyn Clock>, origin: String, socket_origin: String) -> Self {
        let mut world = Self {
            rules: Rules::default(),
            clock,
            tokens: BTreeMap::new(),
            users: BTreeMap::new(),
            groups: Vec::new(),
            channels: BTreeMap::new(),
            messages: Vec::new(),
            files: BTreeMap::new(),
            views: BTreeMap::new(),
            homes: BTreeMap::new(),
            triggers: BTreeMap::new(),
            replies: BTreeMap::new(),
            rates: Rates::default(),
            faults: Faults::default(),
            journal: Vec::new(),
            deliveries: Vec::new(),
            notified: Vec::new(),
            complaints: Vec::new(),
            secrets: Vec::new(),
            tickets: VecDeque::new(),
            origin,
            socket_origin,
            signing_secret: String::new(),
            verification_token: String::new(),
            pending: Vec::new(),
            numbers: 0,
            last_stamp: 0,
        };
        world.signing_secret = world.secret("signing");
        world.verification_token = world.secret("verification");
        world.users.insert(BOT_USER.into(), User::bot());
        world
    }

    /// An id that was never given before: `C0001`.
    pub fn id(&mut self, letter: &str) -> String {
        self.numbers += 1;
        format!("{letter}{:04}", self.numbers)
    }

    /// A value that nobody can guess and that must not be seen in a log.
    pub fn secret(&mut self, kind: &str) -> String {
        self.numbers += 1;
        let secret = format!("{kind}{:04}y{:08x}", self.numbers, self.numbers.wrapping_mul(0x9e37_79b1) as u32);
        self.secrets.push(secret.clone());
        secret
    }

    /// The time of now as the id of a message: seconds and microseconds, never the same twice.
    pub fn stamp(&mut self) -> String {
        let now = self.clock.now().as_microsecond() as i128;
        self.last_stamp = now.max(self.last_stamp + 1);
        format!("{}.{:06}", self.last_stamp / 1_000_000, self.last_stamp % 1_000_000)
    }

    /// Seconds since the epoch.
    pub fn seconds(&self) -> i64 {
        self.clock.now().as_second()
    }
}
