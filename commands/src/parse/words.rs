//! Words, and the two signs between them: `=` and the comma.

use std::ops::Range;

use super::error::Position;
use super::fold;
use super::keys::Key;
use super::markup::{self, Kind as Markup};

/// A word or a sign, and where it stands in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
    pub(super) at: Position,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Plain letters, without what stood around them.
    Word,
    /// Something of the chat that names nothing of ours.
    Foreign(Foreign),
    /// `=`, or `:` behind a key.
    Equals,
    /// `,`
    Comma,
}

/// What a word of the chat is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Foreign {
    /// A person, a room, an emoji.
    Mention,
    /// A link.
    Link,
}

impl Token {
    /// True for the word after which the reason stands.
    pub(super) fn is_because(&self) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case("because")
    }
}

/// Reads all tokens of this part of the text.
pub(super) fn read(text: &str, range: Range<usize>) -> Vec<Token> {
    let mut reader = Reader::default();
    for piece in markup::pieces(text, range) {
        let at = Position::of(&piece.range);
        match piece.kind {
            Markup::Character(character) => reader.character(character, at),
            Markup::Mention(words) => reader.foreign(&words, Foreign::Mention, at),
            Markup::Link { address, label } => reader.link(label.unwrap_or(address), at),
        }
    }
    reader.end_word();
    reader.tokens
}

/// One plain character, and where it came from.
#[derive(Debug, Clone, Copy)]
struct Glyph {
    character: char,
    at: Position,
}

#[derive(Debug, Default)]
struct Reader {
    tokens: Vec<Token>,
    word: Vec<Glyph>,
    foreign: Option<Foreign>,
}

impl Reader {
    fn character(&mut self, typed: char, at: Position) {
        if fold::is_invisible(typed) {
            return;
        }
        let previous = self.word.last().map(|glyph| glyph.character);
        for character in fold::plain(typed, previous) {
            match character {
                '=' => self.sign(Kind::Equals, at),
                ',' => self.sign(Kind::Comma, at),
                space if space.is_whitespace() => self.end_word(),
                character => self.word.push(Glyph { character, at }),
            }
        }
    }

    /// A link that is shown by the words that somebody typed is these words.
    fn link(&mut self, words: &str, at: Position) {
        let words = markup::unescape(words);
        if markup::is_address(&words) {
            self.foreign(&words, Foreign::Link, at);
        } else {
            words.chars().for_each(|character| self.character(character, at));
        }
    }

    fn foreign(&mut self, words: &str, foreign: Foreign, at: Position) {
        self.word.extend(words.chars().map(|character| Glyph { character, at }));
        self.foreign = Some(foreign);
    }

    fn sign(&mut self, kind: Kind, at: Position) {
        self.end_word();
        let text = if kind == Kind::Comma { "," } else { "=" };
        self.tokens.push(Token { kind, text: text.to_owned(), at });
    }

    fn end_word(&mut self) {
        let glyphs = std::mem::take(&mut self.word);
        match self.foreign.take() {
            Some(foreign) => self.push(Kind::Foreign(foreign), &glyphs),
            None => self.split_at_colon(&glyphs),
        }
    }

    /// `env:production` is `env=production`, and so is `env : production`.
    fn split_at_colon(&mut self, glyphs: &[Glyph]) {
        let Some(colon) = glyphs.iter().position(|glyph| glyph.character == ':') else {
            return self.push(Kind::Word, glyphs);
        };
        let (before, after) = glyphs.split_at(colon);
        let stem = spell(before);
        let stem = fold::bare(&stem);
        let is_alone = before.is_empty() && after.len() == 1;
        if is_alone || stem.eq_ignore_ascii_case("because") || Key::named(stem).is_some() {
            self.push(Kind::Word, before);
            if let Some((sign, rest)) = after.split_first() {
                self.sign(Kind::Equals, sign.at);
                self.push(Kind::Word, rest);
            }
        } else {
            self.push(Kind::Word, glyphs);
        }
    }

    fn push(&mut self, kind: Kind, glyphs: &[Glyph]) {
        let (Some(first), Some(last)) = (glyphs.first(), glyphs.last()) else { return };
        let spelled = spell(glyphs);
        let (text, kind) = match kind {
            Kind::Word => (fold::bare(&spelled), kind_of(fold::bare(&spelled))),
            foreign => (spelled.as_str(), foreign),
        };
        if !text.is_empty() {
            self.tokens.push(Token { kind, text: text.to_owned(), at: first.at.to(last.at) });
        }
    }
}

/// Some markup only shows once it is plain: `＜＠U1＞`, `@sam` in a terminal.
fn kind_of(text: &str) -> Kind {
    if markup::is_address(text) {
        Kind::Foreign(Foreign::Link)
    } else if text.starts_with(['@', '#']) || text.contains(['<', '>']) {
        Kind::Foreign(Foreign::Mention)
    } else {
        Kind::Word
    }
}

fn spell(glyphs: &[Glyph]) -> String {
    use unicode_normalization::UnicodeNormalization;
    glyphs.iter().map(|glyph| glyph.character).nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        read(text, 0..text.len()).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn words_and_signs() {
        assert_eq!(texts("a,b  v1 env = x fix=1h"), ["a", ",", "b", "v1", "env", "=", "x", "fix", "=", "1h"]);
        assert_eq!(texts("env: x, data:none api:v1"), ["env", "=", "x", ",", "data", "=", "none", "api:v1"]);
        assert_eq!(texts("env : x"), ["env", "=", "x"]);
        assert_eq!(texts("detected:15:25"), ["detected", "=", "15:25"]);
    }

    #[test]
    fn markup_is_told_from_words() {
        let kinds = |text: &str| read(text, 0..text.len()).into_iter().map(|token| token.kind).collect::<Vec<_>>();
        assert_eq!(kinds("<@U1>"), [Kind::Foreign(Foreign::Mention)]);
        assert_eq!(kinds("＜＠U1＞"), [Kind::Foreign(Foreign::Mention)]);
        assert_eq!(kinds("api<@U1>"), [Kind::Foreign(Foreign::Mention)]);
        assert_eq!(kinds("https://x.test/a"), [Kind::Foreign(Foreign::Link)]);
        assert_eq!(kinds("<https://x.test/?a=b,c>"), [Kind::Foreign(Foreign::Link)]);
        assert_eq!(kinds("<http://api.test|api.test>"), [Kind::Word]);
    }

    #[test]
    fn positions_are_bytes_of_the_input() {
        let text = "ａｐｉ　“v1”";
        let tokens = read(text, 0..text.len());
        let spelled: Vec<&str> = tokens.iter().map(|token| &text[token.at.range()]).collect();
        assert_eq!(spelled, ["ａｐｉ", "“v1”"]);
    }
}
