//! Puts rows on the output: redrawn in place where they can be, and otherwise only what is new.

use std::io::{self, Write};

use commands::model::{StepMark, Tone};

use super::render::{Item, Look, Row};

/// What sort of output it is. Sizes are in columns and rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// A terminal that understands cursor movement and colours (ECMA-48).
    Terminal {
        /// How wide it is.
        width: u16,
        /// How high it is: what has left it at the top cannot be redrawn.
        height: u16,
    },
    /// A file or a pipe: what is printed stays.
    Plain {
        /// After how many columns text is broken.
        width: u16,
    },
}

impl Surface {
    /// The width to draw in: narrower than this nothing is readable, and the last column of a terminal
    /// is left alone, since some break the row when it is filled.
    pub(super) fn columns(self) -> usize {
        const AT_LEAST: usize = 30;
        let width = match self {
            Self::Terminal { width, .. } => usize::from(width).saturating_sub(1),
            Self::Plain { width } => usize::from(width),
        };
        width.max(AT_LEAST)
    }
}

/// Everything that was printed since something came between: what can still be redrawn.
pub(super) struct Screen {
    output: Box<dyn Write + Send>,
    surface: Surface,
    tail: Vec<Drawn>,
}

struct Drawn {
    /// The message, where it is one.
    message: Option<String>,
    rows: Vec<Row>,
}

impl Screen {
    pub(super) fn new(output: Box<dyn Write + Send>, surface: Surface) -> Self {
        Self { output, surface, tail: Vec::new() }
    }

    pub(super) fn columns(&self) -> usize {
        self.surface.columns()
    }

    /// Somebody typed a line: the cursor is no longer where it was left.
    pub(super) fn interrupt(&mut self) {
        self.tail.clear();
    }

    /// Prints something new.
    pub(super) fn print(&mut self, message: Option<&str>, items: &[Item]) -> io::Result<()> {
        let rows = rows_of(items);
        let written = self.write(0, &rows);
        self.remember(Drawn { message: message.map(str::to_owned), rows });
        written
    }

    /// Whether this message still stands where it can be reached.
    pub(super) fn can_redraw(&self, message: &str) -> bool {
        matches!(self.surface, Surface::Terminal { .. }) && self.place_of(message).is_some()
    }

    /// Puts the message in the place of what it was, with all that follows under it.
    pub(super) fn redraw(&mut self, message: &str, items: &[Item]) -> io::Result<()> {
        let Some(place) = self.place_of(message) else { return self.print(Some(message), items) };
        let above = rows_of_all(&self.tail[place..]).len();
        self.tail[place].rows = rows_of(items);
        let rows = rows_of_all(&self.tail[place..]);
        let written = self.write(above, &rows);
        self.forget_what_left_the_top();
        written
    }

    /// What is to be printed of a message that changed and cannot be redrawn: all of it at a terminal
    /// that has the room, else the items that are new. They stand under their headline where
    /// something else was printed meanwhile.
    pub(super) fn news(&self, message: &str, before: &[Item], now: &[Item]) -> Vec<Item> {
        let fits = |height: u16| rows_of(now).len() < usize::from(height);
        if matches!(self.surface, Surface::Terminal { height, .. } if fits(height)) {
            return now.to_vec();
        }
        let mut news = new_items(before, now);
        let is_last = self.tail.last().is_some_and(|drawn| drawn.message.as_deref() == Some(message));
        if let (Some(headline), Some(first)) = (now.first(), news.first())
            && !is_last
            && first != headline
        {
            news.insert(0, headline.clone());
        }
        news
    }

    fn place_of(&self, message: &str) -> Option<usize> {
        self.tail.iter().position(|drawn| drawn.message.as_deref() == Some(message))
    }

    fn remember(&mut self, drawn: Drawn) {
        self.tail.push(drawn);
        self.forget_what_left_the_top();
    }

    fn forget_what_left_the_top(&mut self) {
        // Of a file or pipe only the last message is ever asked for, and only its name.
        let Surface::Terminal { height, .. } = self.surface else {
            self.tail.drain(..self.tail.len().saturating_sub(1));
            return;
        };
        // The cursor stands in a row of its own under the last one.
        while !self.tail.is_empty() && rows_of_all(&self.tail).len() >= usize::from(height) {
            self.tail.remove(0);
        }
    }

    /// In one piece, so that nothing of others comes between.
    fn write(&mut self, above: usize, rows: &[Row]) -> io::Result<()> {
        let mut text = String::new();
        if above > 0 {
            // To the first column, up, and clear to the end of the screen.
            text.push_str(&format!("\r\x1b[{above}A\x1b[J"));
        }
        for row in rows {
            match self.surface {
                Surface::Terminal { .. } => text.push_str(&coloured(row)),
                Surface::Plain { .. } => text.push_str(&row.text),
            }
            text.push('\n');
        }
        self.output.write_all(text.as_bytes())?;
        self.output.flush()
    }
}

fn rows_of_all(drawn: &[Drawn]) -> Vec<Row> {
    drawn.iter().flat_map(|drawn| drawn.rows.clone()).collect()
}

/// The items that were not there before, each as often as it is there more often.
fn new_items(before: &[Item], now: &[Item]) -> Vec<Item> {
    let mut known: Vec<&str> = before.iter().map(|item| item.key.as_str()).collect();
    let is_new = |item: &&Item| match known.iter().position(|key| *key == item.key) {
        Some(index) => {
            known.swap_remove(index);
            false
        }
        None => true,
    };
    now.iter().filter(is_new).cloned().collect()
}

fn rows_of(items: &[Item]) -> Vec<Row> {
    items.iter().flat_map(|item| item.rows.clone()).collect()
}

/// With the colours of ECMA-48 that every theme keeps readable.
fn coloured(row: &Row) -> String {
    let code = match row.look {
        Look::Plain | Look::Step(StepMark::Skipped | StepMark::Undone) => return row.text.clone(),
        Look::Headline(tone) => match tone {
            Tone::Plain => "1",
            Tone::Asking => "1;36",
            Tone::Working => "1;34",
            Tone::Good => "1;32",
            Tone::Warning => "1;33",
            Tone::Bad => "1;31",
        },
        Look::Title => "1",
        Look::Step(StepMark::Done) => "32",
        Look::Step(StepMark::Failed) => "31",
        Look::Step(StepMark::Working) => "34",
        Look::Step(StepMark::Waiting) | Look::Faint => "2",
    };
    format!("\x1b[{code}m{}\x1b[0m", row.text)
}
