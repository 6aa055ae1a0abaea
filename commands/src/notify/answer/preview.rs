//! What would happen, for one person, without opening anything.

use std::collections::BTreeSet;

use crate::model::{Assessment, Block, Message, PersonId, Plan, ServiceKey, Tone};
use crate::notify::plan::Assumed;
use crate::notify::text::{say, sentence};
use crate::notify::words::{self, Words, fact};
use crate::notify::{plan, steps};

/// What would happen and what would be lost. It has no buttons: nothing can be approved of it.
#[must_use]
pub fn plan_preview(
    words: &Words<'_>,
    preview: &Plan,
    assessment: &Assessment,
    on_call: &BTreeSet<PersonId>,
) -> Message {
    let changes = words::changes(preview.effects());
    let mut message = Message::line(Tone::Plain, say("preview-title", &[("changes", &changes)]));
    message.facts = plan::facts(words, preview, assessment, on_call, Assumed::Shown);
    message.blocks = vec![Block::Text(say("preview-only", &[]))];
    message.blocks.extend(plan::blocks(preview, steps::planned(preview.effects())));
    message
}

/// The advice is to fix forward, and nobody gave a reason against it: nothing was opened.
#[must_use]
pub fn fix_forward(words: &Words<'_>, services: &[ServiceKey], assessment: &Assessment) -> Message {
    let named = words::services(services);
    let mut message = Message::line(Tone::Warning, say("fix-forward-title", &[("services", &named)]));
    message.facts = plan::judgement(words, assessment, Assumed::Shown);
    message.blocks = vec![Block::Text(sentence(&crate::model::Note::new("against-advice-needs-reason")))];
    message.facts.push(fact(say("label-status", &[]), say("fix-forward-nothing-opened", &[])));
    message
}
