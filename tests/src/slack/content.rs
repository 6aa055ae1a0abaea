//! What a message holds, and what Slack refuses to put into one.

use serde_json::Value;

use super::arguments::Arguments;
use super::blocks;
use super::refusal::Refusal;

/// Published: at most so many attachments, and so many characters of `markdown_text`.
const ATTACHMENTS: usize = 100;
const MARKDOWN: usize = 12_000;

/// The content of a message.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Content {
    pub text: String,
    pub blocks: Vec<Value>,
    pub attachments: Vec<Value>,
    pub metadata: Option<Value>,
}

impl Content {
    /// Text alone.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Reads and checks what a call brings; also says whether it names blocks at all.
    pub fn read(arguments: &Arguments) -> Result<(Self, bool), Refusal> {
        let text = arguments.text("text");
        let markdown = arguments.text("markdown_text");
        let blocks = array(arguments, "blocks", "invalid_blocks_format")?;
        let attachments = array(arguments, "attachments", "invalid_attachments")?.unwrap_or_default();
        if markdown.is_some() && (text.is_some() || blocks.is_some()) {
            return Err(Refusal::new("markdown_text_conflict"));
        }
        if markdown.as_ref().is_some_and(|text| text.chars().count() > MARKDOWN) {
            return Err(Refusal::new("msg_too_long"));
        }
        if attachments.len() > ATTACHMENTS {
            return Err(Refusal::new("too_many_attachments"));
        }
        let named = blocks.is_some();
        let metadata = metadata(arguments)?;
        let mut content = Self {
            text: text.or(markdown).unwrap_or_default(),
            blocks: blocks.unwrap_or_default(),
            attachments,
            metadata,
        };
        let problems = blocks::check_message(&content.all_blocks().cloned().collect::<Vec<_>>());
        if !problems.is_empty() {
            return Err(Refusal::new("invalid_blocks").saying(&problems));
        }
        if content.text.is_empty() && content.all_blocks().next().is_none() && content.attachments.is_empty() {
            return Err(Refusal::new("no_text"));
        }
        content.name_blocks();
        Ok((content, named))
    }

    /// Blocks of the message and of its attachments.
    pub fn all_blocks(&self) -> impl Iterator<Item = &Value> {
        let attached = self.attachments.iter().filter_map(|attachment| attachment["blocks"].as_array());
        self.blocks.iter().chain(attached.flatten())
    }

    /// What all blocks weigh together.
    pub fn weight(&self, of_one: usize) -> usize {
        self.all_blocks().map(|block| of_one + written(block)).sum()
    }

    /// Slack gives a name to each block that has none.
    fn name_blocks(&mut self) {
        for (number, block) in self.blocks.iter_mut().enumerate() {
            if let Some(block) = block.as_object_mut() {
                block.entry("block_id").or_insert_with(|| format!("b{number}").into());
            }
        }
    }
}

/// Characters of every text in a block.
fn written(value: &Value) -> usize {
    match value {
        Value::Object(fields) => {
            let own = fields.get("text").and_then(Value::as_str).map_or(0, |text| text.chars().count());
            own + fields.values().map(written).sum::<usize>()
        }
        Value::Array(items) => items.iter().map(written).sum(),
        _ => 0,
    }
}

/// A list that may come as a string.
fn array(arguments: &Arguments, name: &str, refusal: &'static str) -> Result<Option<Vec<Value>>, Refusal> {
    match arguments.structure(name) {
        Some(None) => Ok(None),
        Some(Some(Value::Array(items))) => Ok(Some(items)),
        _ => Err(Refusal::new(refusal)),
    }
}

fn metadata(arguments: &Arguments) -> Result<Option<Value>, Refusal> {
    let bad = || Refusal::new("invalid_metadata_format");
    let Some(metadata) = arguments.structure("metadata").ok_or_else(bad)? else { return Ok(None) };
    let well =
        metadata["event_type"].as_str().is_some_and(|kind| !kind.is_empty()) && metadata["event_payload"].is_object();
    if well { Ok(Some(metadata)) } else { Err(bad()) }
}
