//! What the console remembers: the messages that stand, their buttons, the room that was last named.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use commands::model::{Block, Message};
use commands::ports::{Room, RoomWish};

use super::buttons::{ButtonBook, Meaning};
use super::render::{self, Item, Surroundings};
use super::screen::Screen;
use super::text::one_line;
use super::{ConsoleChat, ConsoleSettings, DeskError, NumberedButton, documents};

/// How many messages are remembered. An older one is gone, and shown anew if it changes.
const REMEMBERED: usize = 2000;

pub(super) struct Desk {
    boot: String,
    documents: PathBuf,
    screen: Screen,
    buttons: ButtonBook,
    messages: BTreeMap<u64, Standing>,
    posted: u64,
    opened: BTreeSet<String>,
    current_room: String,
}

/// A message as it was last shown.
struct Standing {
    room: String,
    attempt: String,
    items: Vec<Item>,
}

impl Desk {
    pub(super) fn new(settings: ConsoleSettings) -> Self {
        Self {
            boot: settings.boot,
            documents: settings.documents,
            screen: Screen::new(settings.output, settings.surface),
            buttons: ButtonBook::default(),
            messages: BTreeMap::new(),
            posted: 0,
            opened: BTreeSet::new(),
            current_room: ConsoleChat::HOME.to_owned(),
        }
    }

    pub(super) fn standing_buttons(&self) -> Vec<NumberedButton> {
        self.buttons.standing()
    }

    pub(super) fn press(&self, number: u32) -> Meaning {
        self.buttons.press(number)
    }

    pub(super) fn interrupt(&mut self) {
        self.screen.interrupt();
    }

    pub(super) fn tell(&mut self, text: &str) -> std::io::Result<()> {
        let columns = self.screen.columns();
        let items: Vec<Item> = text.lines().map(|line| render::faint(line, columns)).collect();
        self.screen.print(None, &items)
    }

    pub(super) fn ensure_room(&mut self, wish: &RoomWish) -> std::io::Result<Room> {
        let room = Room { id: wish.name.clone(), shown_as: format!("#{}", wish.name), shortcomings: Vec::new() };
        if !self.opened.contains(&wish.name) {
            self.name_room(&wish.name)?;
            if !wish.topic.is_empty() {
                self.tell(&wish.topic)?;
            }
            self.opened.insert(wish.name.clone());
        }
        Ok(room)
    }

    pub(super) fn show(
        &mut self,
        room: &str,
        message: Option<&str>,
        attempt: &str,
        content: &Message,
    ) -> Result<String, DeskError> {
        let known = match message {
            Some(id) => {
                Some(self.number_of(id).filter(|number| self.messages.contains_key(number)).ok_or(DeskError::Gone)?)
            }
            // The same attempt again finds what the first one left, so nothing is shown twice.
            None => self.find_number(room, attempt),
        };
        let number = known.unwrap_or(self.posted + 1);
        let id = self.id_of(number);
        let items = self.render(&id, content);
        let before = self.messages.get(&number).map(|standing| standing.items.clone());
        self.put(room, &id, before, &items)?;
        self.posted = self.posted.max(number);
        self.messages.insert(number, Standing { room: room.to_owned(), attempt: attempt.to_owned(), items });
        self.forget_the_oldest();
        Ok(id)
    }

    /// Prints a new message, redraws one that stands, or tells what is new about it.
    fn put(&mut self, room: &str, id: &str, before: Option<Vec<Item>>, items: &[Item]) -> std::io::Result<()> {
        let Some(before) = before else {
            self.enter(room)?;
            return self.screen.print(Some(id), items);
        };
        if self.screen.can_redraw(id) {
            return self.screen.redraw(id, items);
        }
        let news = self.screen.news(id, &before, items);
        if news.is_empty() {
            return Ok(());
        }
        self.enter(room)?;
        self.screen.print(Some(id), &news)
    }

    pub(super) fn find(&self, room: &str, attempt: &str) -> Option<String> {
        self.find_number(room, attempt).map(|number| self.id_of(number))
    }

    pub(super) fn answer(&mut self, user: &str, content: &Message) -> std::io::Result<()> {
        // It is never shown again, so what it offers stands for good, beside that of other answers.
        let mut items = self.render(&format!("answer {}", content.digest()), content);
        items.push(render::faint(&format!("  (only {} sees this)", one_line(user)), self.screen.columns()));
        self.screen.print(None, &items)
    }

    /// Numbers its buttons, saves its documents and makes rows of all of it.
    fn render(&mut self, id: &str, content: &Message) -> Vec<Item> {
        let numbers = self.buttons.show(id, &content.buttons);
        let saved: Vec<_> = content
            .blocks
            .iter()
            .filter_map(|block| match block {
                Block::Document { name, text } => Some((name, text)),
                _ => None,
            })
            .map(|(name, text)| documents::save(&self.documents, name, text).map_err(|why| why.to_string()))
            .collect();
        render::message(content, &Surroundings { width: self.screen.columns(), numbers: &numbers, saved: &saved })
    }

    /// Names the room where it is another one than that of the line before.
    fn enter(&mut self, room: &str) -> std::io::Result<()> {
        if self.current_room == room { Ok(()) } else { self.name_room(room) }
    }

    fn name_room(&mut self, room: &str) -> std::io::Result<()> {
        let named = render::room(room, self.screen.columns());
        self.screen.print(None, &[named])?;
        room.clone_into(&mut self.current_room);
        Ok(())
    }

    fn id_of(&self, number: u64) -> String {
        format!("{}-{number}", self.boot)
    }

    fn number_of(&self, id: &str) -> Option<u64> {
        id.strip_prefix(&self.boot)?.strip_prefix('-')?.parse().ok()
    }

    fn find_number(&self, room: &str, attempt: &str) -> Option<u64> {
        let left = |standing: &Standing| standing.room == room && standing.attempt == attempt;
        self.messages.iter().rev().find(|(_, standing)| left(standing)).map(|(number, _)| *number)
    }

    fn forget_the_oldest(&mut self) {
        while self.messages.len() > REMEMBERED {
            if let Some((number, _)) = self.messages.pop_first() {
                self.buttons.show(&self.id_of(number), &[]);
            }
        }
    }
}
