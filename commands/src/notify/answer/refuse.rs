//! Why something was not done, and who may do it or what can be done instead.

use crate::model::{AnyId, Block, Identity, Message, Note, ServiceKey, Tone, Trouble};
use crate::notify::steps;
use crate::notify::text::{say, sentence};
use crate::notify::words::{self, fact};

/// Refused: why, and who may. `may` are names of roles or persons, already in words.
#[must_use]
pub fn refused(why: &Note, may: &[String]) -> Message {
    let mut message = Message::line(Tone::Warning, say("refused-title", &[]));
    message.blocks = vec![Block::Text(sentence(why))];
    if !may.is_empty() {
        message.facts.push(fact(say("label-may", &[]), may.join(", ")));
    }
    message
}

/// Several fit: the person names one.
#[must_use]
pub fn ambiguous_id(found: &[AnyId]) -> Message {
    let mut message = Message::line(Tone::Asking, say("ambiguous-title", &[]));
    message.blocks = vec![Block::List(found.iter().map(ToString::to_string).collect())];
    message
}

/// What was typed is not understood: the parser's own note says where and what to type instead.
#[must_use]
pub fn parse_error(why: &Note) -> Message {
    let mut message = Message::line(Tone::Warning, say("parse-error-title", &[]));
    let why = sentence(why);
    let names_help = why.contains("/rollback help");
    message.blocks = vec![Block::Text(why)];
    if !names_help {
        message.blocks.push(Block::Text(say("parse-error-help", &[])));
    }
    message
}

/// It cannot be done: why, service by service, with the platform's own words.
#[must_use]
pub fn blocked(troubles: &[(ServiceKey, Trouble)]) -> Message {
    let mut message = Message::line(Tone::Bad, say("blocked-title", &[]));
    for (key, trouble) in troubles {
        let service = words::service(key);
        message
            .blocks
            .push(Block::Text(say("blocked-why", &[("service", &service), ("why", &sentence(&trouble.why))])));
        message.blocks.extend(steps::evidence(trouble).map(Block::Code));
    }
    message
}

/// This account belongs to nobody: it may read. The identity is shown, for an operator to add.
#[must_use]
pub fn no_permission_unmapped(identity: &Identity) -> Message {
    let mut message = refused(&Note::new("not-mapped"), &[]);
    message.facts.push(fact(say("label-identity", &[]), identity.to_string()));
    message
}
