//! Messages as short plain text, for snapshots.

use commands::model::{Block, Button, Message, StepLine, StepMark, Tone};

/// Every line of the message. A button stands in brackets; `!` marks one that asks before it counts.
#[must_use]
pub fn plain_text(message: &Message) -> String {
    plain_lines(message).join("\n")
}

/// The same, line by line.
#[must_use]
pub fn plain_lines(message: &Message) -> Vec<String> {
    let mut lines = vec![format!("{} {}", tone(message.tone), message.headline)];
    lines.extend(message.facts.iter().map(|fact| format!("  {}: {}", fact.label, fact.value)));
    message.blocks.iter().for_each(|part| block(part, &mut lines));
    if !message.buttons.is_empty() {
        let buttons: Vec<String> = message.buttons.iter().map(button).collect();
        lines.push(format!("  {}", buttons.join(" ")));
    }
    if !message.notify.is_empty() {
        let notified: Vec<&str> = message.notify.iter().map(|person| person.as_str()).collect();
        lines.push(format!("  (notifies {})", notified.join(", ")));
    }
    lines.iter().map(|line| as_data(line)).collect()
}

/// What would act on a terminal, or turn text around, is written out.
fn as_data(text: &str) -> String {
    let acts =
        |letter: char| letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|letter| if acts(letter) { letter.escape_default().to_string() } else { letter.into() }).collect()
}

fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "•",
        Tone::Asking => "?",
        Tone::Working => "▸",
        Tone::Good => "✓",
        Tone::Warning => "!",
        Tone::Bad => "✗",
    }
}

fn block(block: &Block, lines: &mut Vec<String>) {
    match block {
        Block::Title(title) => lines.push(format!("  {title}")),
        Block::Text(text) => lines.extend(text.lines().map(|line| format!("  {line}"))),
        Block::List(points) => lines.extend(points.iter().map(|point| format!("  - {point}"))),
        Block::Steps(steps) => lines.extend(steps.iter().map(step)),
        Block::Code(code) => lines.extend(code.lines().map(|line| format!("  | {line}"))),
        Block::Document { name, text } => lines.push(format!("  <{name}: {} lines>", text.lines().count())),
    }
}

fn step(line: &StepLine) -> String {
    let mark = match line.mark {
        StepMark::Waiting => "·",
        StepMark::Working => "…",
        StepMark::Done => "✓",
        StepMark::Failed => "✗",
        StepMark::Skipped => "–",
        StepMark::Undone => "↶",
    };
    let detail = if line.detail.is_empty() { String::new() } else { format!(" — {}", line.detail) };
    format!("  {mark} {}{detail}", line.text)
}

fn button(button: &Button) -> String {
    let asks = if button.confirm.is_some() { "!" } else { "" };
    format!("[{}{asks}]", button.label)
}
