//! A command in its parts: words, `key=value` pairs, and the reason. What a verb does not take is left
//! over, and refused at the end.

use std::collections::VecDeque;
use std::ops::Range;

use super::error::{ParseError, Position, Problem};
use super::fold;
use super::keys::Key;
use super::reason;
use super::verb::Verb;
use super::vocabulary::{Vocabulary, near};
use super::words::{self, Foreign, Kind, Token};

/// One command.
#[derive(Debug)]
pub(super) struct Sentence {
    words: VecDeque<Token>,
    pairs: Vec<Pair>,
    reason: Option<(String, Position)>,
}

/// `key=value`
#[derive(Debug)]
struct Pair {
    key: Key,
    value: Token,
    at: Position,
}

impl Sentence {
    /// Takes this part of the text apart.
    pub(super) fn read(text: &str, body: Range<usize>, vocabulary: &Vocabulary<'_>) -> Result<Self, ParseError> {
        let mut tokens = words::read(text, body.clone());
        let reason = reason_of(text, body.end, &mut tokens)?;
        let mut sentence = Self { words: VecDeque::new(), pairs: Vec::new(), reason };
        let mut tokens = VecDeque::from(tokens);
        while let Some(token) = tokens.pop_front() {
            refuse_foreign(&token)?;
            match token.kind {
                Kind::Word if tokens.front().is_some_and(|next| next.kind == Kind::Equals) => {
                    sentence.pair(token, &mut tokens, vocabulary)?;
                }
                Kind::Equals => return Err(Problem::StrayEquals.at(token.at)),
                _ => sentence.words.push_back(token),
            }
        }
        Ok(sentence)
    }

    /// Reads on after a word that an equals sign follows.
    fn pair(
        &mut self,
        word: Token,
        tokens: &mut VecDeque<Token>,
        vocabulary: &Vocabulary<'_>,
    ) -> Result<(), ParseError> {
        let key = Key::named(&word.text).ok_or_else(|| unknown_key(&word, vocabulary))?;
        if self.pairs.iter().any(|pair| pair.key == key) {
            return Err(Problem::KeyTwice { key }.at(word.at));
        }
        let at = tokens.pop_front().map_or(word.at, |equals| word.at.to(equals.at));
        let mut value = match tokens.pop_front() {
            Some(value) if matches!(value.kind, Kind::Word | Kind::Foreign(_)) && !is_key(&value, tokens) => value,
            _ => return Err(Problem::MissingValue { key }.at(at)),
        };
        refuse_foreign(&value)?;
        while let Some(next) =
            tokens.pop_front_if(|next| next.kind == Kind::Word && key.continues(&value.text, &next.text))
        {
            value = Token { text: format!("{} {}", value.text, next.text), at: value.at.to(next.at), ..value };
        }
        // Commas beside a pair stand between pairs and not between services.
        tokens.pop_front_if(|next| next.kind == Kind::Comma);
        self.words.pop_back_if(|last| last.kind == Kind::Comma);
        self.pairs.push(Pair { key, at: at.to(value.at), value });
        Ok(())
    }

    /// True where nothing at all was typed.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty() && self.pairs.is_empty() && self.reason.is_none()
    }

    /// The verb that it begins with; none means to roll back.
    pub(super) fn take_verb(&mut self) -> Verb {
        let verb = self.words.front().filter(|word| word.kind == Kind::Word).and_then(|word| {
            let asks_for_help = matches!(word.text.as_str(), "-h" | "--help");
            Verb::named(&word.text).or_else(|| asks_for_help.then_some(Verb::Help))
        });
        if verb.is_some() {
            self.words.pop_front();
        }
        verb.unwrap_or(Verb::Rollback)
    }

    /// The next word; commas before it are skipped.
    pub(super) fn take_word(&mut self) -> Option<Token> {
        while self.take_comma() {}
        self.words.pop_front()
    }

    /// Whether a comma came next; it is taken.
    pub(super) fn take_comma(&mut self) -> bool {
        self.words.pop_front_if(|next| next.kind == Kind::Comma).is_some()
    }

    /// The value of this key, where it was typed.
    pub(super) fn take_value(&mut self, key: Key) -> Option<Token> {
        let index = self.pairs.iter().position(|pair| pair.key == key)?;
        Some(self.pairs.swap_remove(index).value)
    }

    /// The reason, where one was typed.
    pub(super) fn take_reason(&mut self) -> Option<String> {
        self.reason.take().map(|(text, _)| text)
    }

    /// Refuses what the verb did not take, the first of it first.
    pub(super) fn finish(mut self, verb: Verb) -> Result<(), ParseError> {
        if let Some(word) = self.take_word() {
            return Err(unexpected(&word, verb));
        }
        if let Some(pair) = self.pairs.iter().min_by_key(|pair| pair.at.offset) {
            return Err(Problem::KeyNotHere { key: pair.key, verb }.at(pair.at));
        }
        match self.reason {
            Some((_, at)) => Err(Problem::ReasonNotHere { verb }.at(at)),
            None => Ok(()),
        }
    }
}

/// Cuts the reason off the tokens: everything after the first `because`, from the text itself.
fn reason_of(text: &str, end: usize, tokens: &mut Vec<Token>) -> Result<Option<(String, Position)>, ParseError> {
    let Some(index) = tokens.iter().position(Token::is_because) else { return Ok(None) };
    let tail = tokens.split_off(index);
    let mut start = tail.first().map_or(end, |because| because.at.end());
    // `because:` and `because=` are what people make of it.
    if let Some(sign) = tail.get(1).filter(|sign| matches!(sign.kind, Kind::Equals | Kind::Comma)) {
        let between = text.get(start..sign.at.offset).unwrap_or("x");
        if between.trim().is_empty() {
            start = sign.at.end();
        }
    }
    let at = tail.first().map_or(Position::default(), |because| because.at);
    let said = reason::read(text, start..end).map_err(|problem| problem.at(at))?;
    Ok(Some((said, Position::of(&(start..end)))))
}

/// True where a word is a key itself, with its own equals sign behind it.
fn is_key(word: &Token, following: &VecDeque<Token>) -> bool {
    Key::named(&word.text).is_some() && following.front().is_some_and(|next| next.kind == Kind::Equals)
}

fn refuse_foreign(token: &Token) -> Result<(), ParseError> {
    let typed = fold::shown(&token.text);
    match token.kind {
        Kind::Foreign(Foreign::Mention) => Err(Problem::Mention { typed }.at(token.at)),
        Kind::Foreign(Foreign::Link) => Err(Problem::Link { typed }.at(token.at)),
        Kind::Word | Kind::Equals | Kind::Comma => Ok(()),
    }
}

fn unknown_key(word: &Token, vocabulary: &Vocabulary<'_>) -> ParseError {
    let problem = match vocabulary.service(&word.text) {
        Some(service) => Problem::WrongSign { service: service.to_string() },
        None => Problem::UnknownKey {
            typed: fold::shown(&word.text),
            near: near(&word.text, Key::ALL.iter().map(|key| key.word())),
        },
    };
    problem.at(word.at)
}

/// Says of a word that nothing takes what it probably was meant to be.
pub(super) fn unexpected(word: &Token, verb: Verb) -> ParseError {
    let problem = match Key::named(&word.text) {
        Some(key) => Problem::MissingEquals { key },
        None => Problem::Unexpected { typed: fold::shown(&word.text), verb },
    };
    problem.at(word.at)
}
