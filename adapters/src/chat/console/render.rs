//! A message as rows of a terminal. Form comes from structure alone: marks, columns, frames.

use std::path::PathBuf;

use commands::model::{Block, Button, Fact, Message, StepLine, StepMark, Tone};
use textwrap::core::display_width;

use super::text::{lines, one_line, rows};

/// A piece of a message that is told as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// What must differ for it to be worth telling again.
    pub(super) key: String,
    /// Its rows.
    pub(super) rows: Vec<Row>,
}

/// One row, and how it looks where there are colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) text: String,
    pub(super) look: Look,
}

/// How a row looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Plain,
    Headline(Tone),
    Title,
    Step(StepMark),
    Faint,
}

/// What a message needs from outside itself.
pub(super) struct Surroundings<'a> {
    /// In columns.
    pub(super) width: usize,
    /// The numbers of its buttons, in order.
    pub(super) numbers: &'a [u32],
    /// Where its documents were saved, in order; or why not.
    pub(super) saved: &'a [Result<PathBuf, String>],
}

/// The whole message.
pub(super) fn message(message: &Message, around: &Surroundings<'_>) -> Vec<Item> {
    let width = around.width;
    let mut items = vec![headline(message.tone, &message.headline, width)];
    let column = message.facts.iter().map(|fact| display_width(&one_line(&fact.label))).max().unwrap_or(0);
    items.extend(message.facts.iter().map(|known| fact(known, column.min(width / 3), width)));
    let mut saved = around.saved.iter();
    for part in &message.blocks {
        match part {
            Block::Document { name, .. } => items.extend(saved.next().map(|saved| document(name, saved, width))),
            Block::Steps(steps) => items.extend(steps.iter().map(|line| step(line, width))),
            Block::List(points) => items.extend(points.iter().map(|point| paragraph(point, "  • ", "    ", width))),
            Block::Title(title) => items.push(heading(title, width)),
            Block::Text(text) => items.extend(lines(text).iter().map(|line| paragraph(line, "  ", "  ", width))),
            Block::Code(code) => items.extend(lines(code).iter().map(|line| framed(line, width))),
        }
    }
    items.extend(buttons(&message.buttons, around.numbers, width));
    items
}

/// The name of the room that the following messages are in.
pub(super) fn room(name: &str, width: usize) -> Item {
    under_an_empty_row(faint(&format!("── #{name} ──"), width))
}

/// A line of the console's own between messages.
pub(super) fn faint(text: &str, width: usize) -> Item {
    item(text.to_owned(), rows(&one_line(text), width, "", "  "), Look::Faint)
}

fn item(key: String, rows: Vec<String>, look: Look) -> Item {
    Item { key, rows: rows.into_iter().map(|text| Row { text, look }).collect() }
}

fn headline(tone: Tone, text: &str, width: usize) -> Item {
    let mark = match tone {
        Tone::Plain => "•",
        Tone::Asking => "?",
        Tone::Working => "▸",
        Tone::Good => "✓",
        Tone::Warning => "!",
        Tone::Bad => "✗",
    };
    let text = one_line(text);
    let headline = item(format!("{mark} {text}"), rows(&text, width, &format!("{mark} "), "  "), Look::Headline(tone));
    under_an_empty_row(headline)
}

fn fact(fact: &Fact, column: usize, width: usize) -> Item {
    let (label, value) = (one_line(&fact.label), one_line(&fact.value));
    let rest = " ".repeat(column + 4);
    let missing = column.saturating_sub(display_width(&label));
    let rows = if display_width(&label) > column {
        [rows(&label, width, "  ", "  "), rows(&value, width, &rest, &rest)].concat()
    } else {
        rows(&value, width, &format!("  {label}{}  ", " ".repeat(missing)), &rest)
    };
    item(format!("{label}: {value}"), rows, Look::Plain)
}

fn heading(title: &str, width: usize) -> Item {
    under_an_empty_row(item(one_line(title), rows(&one_line(title), width, "  ", "  "), Look::Title))
}

fn under_an_empty_row(mut item: Item) -> Item {
    item.rows.insert(0, Row { text: String::new(), look: Look::Plain });
    item
}

fn paragraph(text: &str, first: &str, rest: &str, width: usize) -> Item {
    let text = one_line(text);
    let rows = rows(&text, width, first, rest);
    item(text, rows, Look::Plain)
}

fn framed(line: &str, width: usize) -> Item {
    item(line.to_owned(), rows(line, width, "  │ ", "  │ "), Look::Plain)
}

fn step(line: &StepLine, width: usize) -> Item {
    let mark = match line.mark {
        StepMark::Waiting => "·",
        StepMark::Working => "…",
        StepMark::Done => "✓",
        StepMark::Failed => "✗",
        StepMark::Skipped => "–",
        StepMark::Undone => "↶",
    };
    let (text, detail) = (one_line(&line.text), one_line(&line.detail));
    let whole = if detail.is_empty() { text.clone() } else { format!("{text} — {detail}") };
    let rows = rows(&whole, width, &format!("  {mark} "), "    ");
    // While a step is on its way its detail counts seconds or pods: where that cannot be redrawn in
    // place, it would be a flood.
    let tell_detail = !matches!(line.mark, StepMark::Waiting | StepMark::Working);
    let key = if tell_detail { format!("{mark} {whole}") } else { format!("{mark} {text}") };
    item(key, rows, Look::Step(line.mark))
}

fn document(name: &str, saved: &Result<PathBuf, String>, width: usize) -> Item {
    let name = one_line(name);
    let told = match saved {
        Ok(path) => format!("{name} → {}", path.display()),
        Err(why) => format!("{name} could not be saved: {why}"),
    };
    paragraph(&told, "  ⎙ ", "    ", width)
}

/// All buttons in one item, so that what is offered is always told whole. A button is never broken
/// over two rows unless it is wider than one.
fn buttons(buttons: &[Button], numbers: &[u32], width: usize) -> Option<Item> {
    let mut found: Vec<String> = Vec::new();
    for (button, number) in buttons.iter().zip(numbers) {
        let shown = format!("[{number}] {}", one_line(&button.label));
        match found.last_mut() {
            Some(row) if display_width(row) + 3 + display_width(&shown) <= width => {
                row.push_str("   ");
                row.push_str(&shown);
            }
            _ => found.extend(rows(&shown, width, "  ", "      ")),
        }
    }
    (!found.is_empty()).then(|| item(found.join("\n"), found, Look::Title))
}
