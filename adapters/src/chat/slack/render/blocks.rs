//! Blocks that cannot break Slack's limits: what does not fit is cut with a mark, never refused.
//!
//! Limits of docs.slack.dev ("Block Kit"): 50 blocks in a message, 150 characters in a header, 3,000 in the
//! text of a section. That all blocks together are limited too is known by its error (`msg_blocks_too_long`);
//! what was measured (slackapi/bolt-js#2509) fits 13,422 characters with 125 for each block.

use commands::notify::text::say;
use serde_json::{Value, json};

use super::text::{clean, cut, escape, words};
use super::{is_id, plain};

/// One less than Slack takes, for the row of buttons.
const MOST: usize = 49;
const HEADER: usize = 150;
const SECTION: usize = 3_000;
/// The longest single value beside others.
const VALUE: usize = 1_200;
/// What all blocks may weigh together, with some room left for what was not measured.
const WHOLE: usize = 13_000;
const BLOCK: usize = 125;
const TITLE: usize = 300;

/// What is being gathered into one section.
#[derive(Default)]
enum Open {
    #[default]
    Nothing,
    /// Lines that Slack does not read.
    Plain(String),
    /// Lines in Slack's form, every part of them made here or escaped.
    Formed(String),
}

/// The blocks of one message, in the making.
#[derive(Default)]
pub(super) struct Blocks {
    done: Vec<Value>,
    open: Open,
    /// What the blocks weigh that are done.
    weight: usize,
    cut: bool,
}

impl Blocks {
    pub(super) fn header(&mut self, text: &str) {
        let text = cut(&text.replace('\n', " "), HEADER);
        self.push(json!({ "type": "header", "text": plain(&words(&text)) }));
    }

    /// A label with a value that is escaped already.
    pub(super) fn fact(&mut self, label: &str, value: &str) {
        let value = self.cut_to(value, VALUE);
        let label = cut(&escape(&clean(label)), TITLE);
        self.formed(&format!("*{}:* {}", words(&label), words(&value)));
    }

    pub(super) fn title(&mut self, title: &str) {
        self.close();
        let title = self.cut_to(&escape(&clean(title)), TITLE);
        self.formed(&format!("*{}*", words(&title)));
        self.close();
    }

    /// Lines of data. A long one goes on in the next section.
    pub(super) fn plain(&mut self, text: &str) {
        if self.cut {
            return;
        }
        let text = bounded(text);
        let mut rest = text.as_str();
        loop {
            let end = rest.char_indices().nth(SECTION - 1).map_or(rest.len(), |(end, _)| end);
            self.line(&rest[..end]);
            rest = &rest[end..];
            if rest.is_empty() {
                return;
            }
        }
    }

    /// Text as it is, in a fixed width. A fence within it would end it, so it gets another sign.
    pub(super) fn code(&mut self, code: &str) {
        self.close();
        if self.cut {
            return;
        }
        let code = bounded(code).replace("```", "'''");
        let mut piece = String::new();
        for line in code.lines() {
            let line = cut(&escape(line), SECTION / 2);
            if piece.chars().count() + line.chars().count() + 8 > SECTION {
                self.fence(&std::mem::take(&mut piece));
            }
            piece.push_str(&line);
            piece.push('\n');
        }
        self.fence(&piece);
    }

    pub(super) fn mentions(&mut self, users: &[&str]) {
        self.close();
        let named: Vec<String> =
            users.iter().filter(|user| is_id(user)).take(20).map(|user| format!("<@{user}>")).collect();
        if !named.is_empty() {
            let text = json!({ "type": "mrkdwn", "text": named.join(" "), "verbatim": true });
            self.push(json!({ "type": "context", "elements": [text] }));
        }
    }

    /// The blocks, with what must be there whatever was cut; and whether something was.
    pub(super) fn finish(mut self, last: Option<Value>) -> (Vec<Value>, bool) {
        self.close();
        if self.cut {
            self.done.truncate(MOST - 1);
            let text = plain(&say("cut-mark", &[]));
            self.done.push(json!({ "type": "context", "elements": [text] }));
        }
        self.done.extend(last);
        (self.done, self.cut)
    }

    /// Leaves room for a block that must be there, and for the mark that something was cut.
    pub(super) fn leaving_room_for(last: Option<&Value>) -> Self {
        Self { weight: last.map_or(0, weight) + BLOCK * 2, ..Self::default() }
    }

    fn fence(&mut self, code: &str) {
        if !code.trim().is_empty() {
            self.section(json!({ "type": "mrkdwn", "text": format!("```{code}```"), "verbatim": true }));
        }
    }

    fn line(&mut self, line: &str) {
        match &mut self.open {
            Open::Plain(text) if fits(text, line) => {
                text.push('\n');
                text.push_str(line);
            }
            _ => {
                self.close();
                self.open = Open::Plain(line.to_owned());
            }
        }
    }

    fn formed(&mut self, line: &str) {
        match &mut self.open {
            Open::Formed(text) if fits(text, line) => {
                text.push('\n');
                text.push_str(line);
            }
            _ => {
                self.close();
                self.open = Open::Formed(line.to_owned());
            }
        }
    }

    fn close(&mut self) {
        match std::mem::take(&mut self.open) {
            Open::Plain(text) if !text.trim().is_empty() => self.section(plain(&text)),
            Open::Formed(text) => self.section(json!({ "type": "mrkdwn", "text": text, "verbatim": true })),
            Open::Plain(_) | Open::Nothing => {}
        }
    }

    fn section(&mut self, text: Value) {
        self.push(json!({ "type": "section", "text": text }));
    }

    /// Once something did not fit nothing more is shown: what follows a gap would be misread.
    fn push(&mut self, mut block: Value) {
        let room = WHOLE.saturating_sub(self.weight);
        if self.cut || self.done.len() >= MOST || room < BLOCK * 2 {
            self.cut = true;
            return;
        }
        if weight(&block) > room {
            self.cut = true;
            // Text that Slack does not read can be cut anywhere.
            let text = block["text"]["text"].as_str().filter(|_| block["text"]["type"] == "plain_text");
            let Some(text) = text.map(|text| cut(text, room - BLOCK)) else { return };
            block["text"]["text"] = Value::String(text);
        }
        self.weight += weight(&block);
        self.done.push(block);
    }

    /// Escapes are not cut in two: `&am` would be shown as it is.
    fn cut_to(&mut self, escaped: &str, longest: usize) -> String {
        let shortened = cut(escaped, longest);
        if shortened == escaped {
            return shortened;
        }
        match shortened.rfind('&') {
            Some(start) if !shortened[start..].contains(';') => format!("{}…", &shortened[..start]),
            _ => shortened,
        }
    }
}

/// What a block counts for in the whole of a message: its texts, and itself.
pub(super) fn weight(block: &Value) -> usize {
    fn texts(value: &Value) -> usize {
        match value {
            Value::Object(fields) => {
                let own = fields.get("text").and_then(Value::as_str).map_or(0, |text| text.chars().count());
                own + fields.values().map(texts).sum::<usize>()
            }
            Value::Array(items) => items.iter().map(texts).sum(),
            _ => 0,
        }
    }
    BLOCK + texts(block)
}

/// No more than could ever be shown: one more than that, so that it is seen to be cut.
fn bounded(text: &str) -> String {
    let end = text.char_indices().nth(WHOLE + 1).map_or(text.len(), |(end, _)| end);
    clean(&text[..end])
}

fn fits(text: &str, line: &str) -> bool {
    text.chars().count() + line.chars().count() < SECTION
}
