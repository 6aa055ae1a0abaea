//! What a reader of the chat sees, and has read.

use std::collections::BTreeMap;

use commands::model::Message;

use super::Stage;
use crate::fake::plain_lines;

/// Keeps what was read.
#[derive(Default)]
pub struct Screen {
    read: BTreeMap<String, Message>,
    answers: usize,
    /// What did not come from the chat, and is to be read too.
    aside: Vec<String>,
}

impl Screen {
    /// Something that a person meets outside the chat's messages.
    pub fn aside(&mut self, line: String) {
        self.aside.push(line);
    }

    /// What is new: private answers first, then room by room each message, whole where it is new, else
    /// the lines that are. How many steps lie between two readings, and which of two slots was filled
    /// first, does not matter: what stands counts.
    pub fn read(&mut self, stage: &dyn Stage) -> String {
        self.news(stage, |_, _| true)
    }

    /// The same, but of each answer and message the first line and its buttons only.
    pub fn skim(&mut self, stage: &dyn Stage) -> String {
        self.news(stage, |index, line| index == 0 || line.trim_start().starts_with('['))
    }

    fn news(&mut self, stage: &dyn Stage, keep: impl Fn(usize, &str) -> bool) -> String {
        let mut news = std::mem::take(&mut self.aside);
        let chosen = |message: &Message| -> Vec<String> {
            let lines = plain_lines(message).into_iter().enumerate();
            lines.filter(|(index, line)| keep(*index, line)).map(|(_, line)| line).collect()
        };
        let answers = stage.answers();
        for (reply, message) in &answers[self.answers..] {
            news.push(format!("to {} alone", reply.0));
            news.extend(chosen(message));
        }
        self.answers = answers.len();
        let mut standing = stage.standing();
        standing.sort_by(|one, other| one.place.cmp(&other.place));
        for standing in standing {
            let before = self.read.insert(standing.id, standing.content.clone());
            match before {
                Some(before) if before == standing.content => {}
                Some(before) => {
                    let mut known = chosen(&before);
                    news.push(format!("{} now", standing.place));
                    news.extend(chosen(&standing.content).into_iter().filter(|line| {
                        let place = known.iter().position(|old| old == line);
                        place.map(|index| known.swap_remove(index)).is_none()
                    }));
                }
                None => {
                    news.push(standing.place);
                    news.extend(chosen(&standing.content));
                }
            }
        }
        news.join("\n")
    }
}
