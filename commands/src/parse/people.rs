//! What people say about incidents and rollbacks: ids, the digest of a plan, the word that help is
//! asked for.

use crate::model::{AnyId, IncidentId, RollbackId};

use super::error::{ParseError, Problem};
use super::fold;
use super::sentence::Sentence;
use super::verb::Verb;
use super::vocabulary;
use super::words::Token;

/// How many digits of a digest people may type: eight are what a plan shows, 64 are all.
const DIGEST_DIGITS: std::ops::RangeInclusive<usize> = 8..=64;

/// An id, where one was typed.
pub(super) fn optional_id(sentence: &mut Sentence) -> Result<Option<AnyId>, ParseError> {
    sentence.take_word().map(|word| id(&word)).transpose()
}

/// An id.
pub(super) fn required_id(sentence: &mut Sentence, verb: Verb) -> Result<AnyId, ParseError> {
    optional_id(sentence)?.ok_or(ParseError::somewhere(Problem::NeedsId { verb }))
}

/// An id and a digest, each where it was typed.
pub(super) fn id_and_digest(sentence: &mut Sentence) -> Result<(Option<AnyId>, Option<String>), ParseError> {
    let Some(first) = sentence.take_word() else { return Ok((None, None)) };
    if let Ok(digest) = digest(&first) {
        return Ok((None, Some(digest)));
    }
    let looks_like_an_id = first.text.to_ascii_lowercase().starts_with("inc");
    let id = if looks_like_an_id { id(&first)? } else { id(&first).or(Err(not_a_digest(&first)))? };
    let digest = sentence.take_word().map(|word| digest(&word)).transpose()?;
    Ok((Some(id), digest))
}

/// The verb that help is asked for.
pub(super) fn topic(sentence: &mut Sentence) -> Result<Option<String>, ParseError> {
    let Some(word) = sentence.take_word() else { return Ok(None) };
    let Some(verb) = Verb::named(&word.text) else {
        let near = vocabulary::near(&word.text, Verb::ALL.map(Verb::word));
        return Err(Problem::UnknownTopic { typed: fold::shown(&word.text), near }.at(word.at));
    };
    Ok(Some(verb.word().to_owned()))
}

fn id(word: &Token) -> Result<AnyId, ParseError> {
    let rollback = word.text.parse::<RollbackId>().map(AnyId::Rollback).ok();
    rollback
        .or_else(|| word.text.parse::<IncidentId>().map(AnyId::Incident).ok())
        .ok_or_else(|| Problem::BadId { typed: fold::shown(&word.text) }.at(word.at))
}

fn digest(word: &Token) -> Result<String, ParseError> {
    let is_hexadecimal = word.text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hexadecimal && DIGEST_DIGITS.contains(&word.text.len()) {
        Ok(word.text.to_ascii_lowercase())
    } else {
        Err(not_a_digest(word))
    }
}

fn not_a_digest(word: &Token) -> ParseError {
    Problem::BadDigest { typed: fold::shown(&word.text) }.at(word.at)
}
