//! Text to command. One grammar for every chat: total, pure, and what cannot be read is data with a
//! hint, never a guess.
//!
//! ```text
//! text ─► markup ─► words ─► sentence ─► command
//!         links,    folded    key=value,   one verb's
//!         mentions, to plain  because      own grammar
//!         entities  words
//! ```
//!
//! Decoration that people and chats add (quotes, code blocks, full-width letters, trailing
//! punctuation, link markup) is taken off. What could be read in two ways is refused with a sentence
//! that shows how to write it. The reason after `because` is the person's own and stays as typed.

mod ask;
mod detected;
mod duration;
mod error;
mod fold;
mod keys;
mod markup;
mod note;
mod people;
mod reason;
mod sentence;
mod verb;
mod version;
mod vocabulary;
mod words;
mod wrapping;

#[cfg(test)]
mod tests;

use crate::model::Command;

pub use error::{ParseError, Position, Problem};
pub use keys::Key;
pub use reason::LONGEST_REASON;
pub use verb::{Verb, is_reserved};
pub use version::LONGEST_VERSION;
pub use vocabulary::Vocabulary;

use sentence::Sentence;

/// The longest text that is read, in characters: twice what Discord lets people send (2,000), and four
/// times the longest reason.
pub const LONGEST_TEXT: usize = 4_000;

/// Reads what somebody typed after `/rollback`; the word itself may still be there. Nothing at all
/// asks for help.
///
/// # Errors
/// Says what could not be read, where, and what to type instead.
pub fn parse(text: &str, vocabulary: &Vocabulary<'_>) -> Result<Command, ParseError> {
    if text.chars().nth(LONGEST_TEXT).is_some() {
        return Err(ParseError::somewhere(Problem::TooLong { limit: LONGEST_TEXT }));
    }
    let mut sentence = Sentence::read(text, wrapping::body(text), vocabulary)?;
    if sentence.is_empty() {
        return Ok(Command::Help(None));
    }
    let verb = sentence.take_verb();
    let command = match verb {
        Verb::Rollback => Command::Rollback(ask::read(&mut sentence, verb, vocabulary)?),
        Verb::Plan => Command::Plan(ask::read(&mut sentence, verb, vocabulary)?),
        Verb::History => {
            let (service, environment) = ask::one_service(&mut sentence, verb, vocabulary)?;
            Command::History(service, environment)
        }
        Verb::Why => {
            let (service, environment) = ask::one_service(&mut sentence, verb, vocabulary)?;
            Command::Why(service, environment)
        }
        Verb::Mark => Command::Mark(ask::mark(&mut sentence, vocabulary)?),
        Verb::Help => Command::Help(people::topic(&mut sentence)?),
        Verb::Status => Command::Status(people::optional_id(&mut sentence)?),
        Verb::Close => Command::Close(people::optional_id(&mut sentence)?),
        Verb::Repair => Command::Repair(people::optional_id(&mut sentence)?),
        Verb::Report => Command::Report(people::required_id(&mut sentence, verb)?),
        Verb::Approve => {
            let (id, digest) = people::id_and_digest(&mut sentence)?;
            Command::Approve(id, digest)
        }
        Verb::Deny => {
            let (id, digest) = people::id_and_digest(&mut sentence)?;
            Command::Deny(id, digest, sentence.take_reason())
        }
        Verb::Abort => Command::Abort(people::optional_id(&mut sentence)?, sentence.take_reason()),
        Verb::Retry => Command::Retry(people::optional_id(&mut sentence)?, sentence.take_reason()),
        Verb::Skip => Command::Skip(people::optional_id(&mut sentence)?, sentence.take_reason()),
    };
    sentence.finish(verb)?;
    Ok(command)
}
