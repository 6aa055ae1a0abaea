//! A message in Slack's form: Block Kit, with a text for notifications beside it.
//!
//! All text of a message is data. It stands in `plain_text`, which Slack does not read, or in `mrkdwn` with
//! `verbatim` and with `&`, `<` and `>` escaped, so that no mention, no channel-wide notification and no link
//! can come of it. Mentions and links are made here alone, of ids.

mod blocks;
mod text;

use commands::model::{Block, Button, ButtonStyle, Fact, Message, StepLine, StepMark, Tone};
use serde_json::{Value, json};

use blocks::Blocks;
pub(super) use text::{clean, cut, escape};

/// The longest text beside the blocks: `chat.update` refuses more than 4,000.
const FALLBACK: usize = 3_000;
/// The longest label of a button, and the longest parts of a dialog that asks before it counts.
const LABEL: usize = 75;
const CONFIRM_TITLE: usize = 100;
const CONFIRM_TEXT: usize = 300;
const CONFIRM_WORD: usize = 30;

/// A message as Slack takes it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rendered {
    /// What notifications and screen readers say.
    pub(super) text: String,
    /// What is shown.
    pub(super) blocks: Vec<Value>,
    /// What is too long to be shown, or wants to be kept: name and text.
    pub(super) files: Vec<(String, String)>,
}

/// Whether documents can go beside the message as files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Documents {
    /// They can.
    AsFiles,
    /// They cannot: the first of them is shown as far as it fits.
    Shown,
}

/// The message, with mentions of these users of this workspace.
pub(super) fn render(message: &Message, mentions: &[&str], documents: Documents) -> Rendered {
    let actions = actions(&message.buttons);
    let mut blocks = Blocks::leaving_room_for(actions.as_ref());
    let headline = format!("{} {}", mark(message.tone), clean(&message.headline));
    blocks.header(&headline);
    blocks.mentions(mentions);
    facts(&mut blocks, message);
    let mut files = Vec::new();
    let mut shown_document = false;
    for block in &message.blocks {
        match block {
            Block::Document { name, text } if documents == Documents::AsFiles => {
                files.push((file_name(name), text.clone()));
            }
            Block::Document { text, .. } if !shown_document => {
                shown_document = true;
                blocks.code(text);
            }
            Block::Document { .. } => {}
            other => part(&mut blocks, other),
        }
    }
    let (blocks, was_cut) = blocks.finish(actions);
    if was_cut && documents == Documents::AsFiles {
        files.push(("whole-message.txt".to_owned(), whole(message)));
    }
    Rendered { text: fallback(&headline, message, mentions), blocks, files }
}

/// One glance says how it stands; no image and no emoji name is needed for it.
fn mark(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "•",
        Tone::Asking => "❔",
        Tone::Working => "▶",
        Tone::Good => "✅",
        Tone::Warning => "⚠",
        Tone::Bad => "❌",
    }
}

fn facts(blocks: &mut Blocks, message: &Message) {
    for fact in &message.facts {
        let link = message.room.as_ref().filter(|room| room.shown_as == fact.value && is_id(&room.place.room));
        match link {
            Some(room) => blocks.fact(&fact.label, &format!("<#{}>", room.place.room)),
            None => blocks.fact(&fact.label, &escape(&clean(&fact.value))),
        }
    }
}

fn part(blocks: &mut Blocks, block: &Block) {
    match block {
        Block::Title(title) => blocks.title(title),
        Block::Text(text) => blocks.plain(text),
        Block::List(points) => points.iter().for_each(|point| blocks.plain(&format!("• {point}"))),
        Block::Steps(steps) => steps.iter().for_each(|line| blocks.plain(&step(line))),
        Block::Code(code) => blocks.code(code),
        Block::Document { .. } => {}
    }
}

fn step(line: &StepLine) -> String {
    let mark = match line.mark {
        StepMark::Waiting => "○",
        StepMark::Working => "▶",
        StepMark::Done => "✓",
        StepMark::Failed => "✗",
        StepMark::Skipped => "–",
        StepMark::Undone => "↶",
    };
    if line.detail.is_empty() {
        format!("{mark} {}", line.text)
    } else {
        format!("{mark} {} — {}", line.text, line.detail)
    }
}

/// All buttons in one row; what a button means is its value, which comes back with the click.
fn actions(buttons: &[Button]) -> Option<Value> {
    let elements: Vec<Value> =
        buttons.iter().take(25).enumerate().filter_map(|(index, one)| button(index, one)).collect();
    (!elements.is_empty()).then(|| json!({ "type": "actions", "block_id": "actions", "elements": elements }))
}

fn button(index: usize, button: &Button) -> Option<Value> {
    // An action is made of ids: it always serializes, and is far shorter than the 2,000 that Slack takes.
    let value = serde_json::to_string(&button.action).ok()?;
    let label = text::words(&cut(&clean(&button.label), LABEL));
    let mut element = json!({
        "type": "button",
        "action_id": format!("press-{index}"),
        "text": plain(&label),
        "value": value,
    });
    match button.style {
        ButtonStyle::Primary => element["style"] = json!("primary"),
        ButtonStyle::Danger => element["style"] = json!("danger"),
        ButtonStyle::Plain => {}
    }
    if let Some(question) = &button.confirm {
        element["confirm"] = json!({
            "title": plain(&cut(&label, CONFIRM_TITLE)),
            "text": plain(&text::words(&cut(&clean(question), CONFIRM_TEXT))),
            "confirm": plain(&cut(&label, CONFIRM_WORD)),
            "deny": plain(&cut(&commands::notify::text::say("word-go-back", &[]), CONFIRM_WORD)),
        });
    }
    Some(element)
}

/// A text that Slack does not read.
pub(super) fn plain(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text, "emoji": false })
}

/// What stands in notifications: headline, first facts, mentions.
fn fallback(headline: &str, message: &Message, mentions: &[&str]) -> String {
    let line = |fact: &Fact| format!("{}: {}", clean(&fact.label), clean(&fact.value));
    let lines: Vec<String> = std::iter::once(headline.to_owned()).chain(message.facts.iter().map(line)).collect();
    let mut text = escape(&cut(&lines.join("\n"), FALLBACK / 2));
    // Escaping makes it longer, five characters for one at most.
    if text.chars().count() > FALLBACK {
        text = escape(&cut(headline, FALLBACK / 10));
    }
    for user in mentions.iter().filter(|user| is_id(user)).take(20) {
        text.push_str(&format!(" <@{user}>"));
    }
    text
}

/// Ids of Slack are capitals and digits: anything else is not put between angle brackets.
pub(super) fn is_id(text: &str) -> bool {
    (2..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn file_name(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' };
    let name: String = name.trim_start_matches('.').chars().take(100).map(letter).collect();
    if name.is_empty() { "document.txt".to_owned() } else { name }
}

/// The message as lines, for the file that a message too long to be shown goes to.
fn whole(message: &Message) -> String {
    let mut lines = vec![clean(&message.headline)];
    lines.extend(message.facts.iter().map(|fact| format!("{}: {}", clean(&fact.label), clean(&fact.value))));
    for block in &message.blocks {
        match block {
            Block::Title(text) | Block::Text(text) | Block::Code(text) => lines.push(clean(text)),
            Block::List(points) => lines.extend(points.iter().map(|point| format!("• {}", clean(point)))),
            Block::Steps(steps) => lines.extend(steps.iter().map(|line| clean(&step(line)))),
            Block::Document { .. } => {}
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests;
