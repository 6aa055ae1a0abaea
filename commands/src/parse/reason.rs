//! The words after `because`: the person's own, kept as typed. Only what the chat added is undone, and
//! what could change how other text is shown is left out.

use std::ops::Range;

use super::error::Problem;
use super::fold;
use super::markup::{self, Kind};
use super::wrapping::unquoted;

/// The longest reason, in characters: it fits a field of a Discord embed (1,024) and a sentence of a
/// report.
pub const LONGEST_REASON: usize = 1_000;

/// Reads the reason that stands in this part of the text.
pub(super) fn read(text: &str, range: Range<usize>) -> Result<String, Problem> {
    let mut said = String::new();
    for piece in markup::pieces(text, range) {
        match piece.kind {
            Kind::Character(character) if fold::is_harmful(character) => {}
            Kind::Character(character) => said.push(character),
            Kind::Mention(words) => said.push_str(&words),
            Kind::Link { address, label } => said.push_str(&link(address, label)),
        }
    }
    let said = trimmed(&said);
    if said.chars().all(|character| character.is_whitespace() || fold::is_invisible(character)) {
        return Err(Problem::EmptyReason);
    }
    if said.chars().nth(LONGEST_REASON).is_some() {
        return Err(Problem::ReasonTooLong { limit: LONGEST_REASON });
    }
    Ok(said.to_owned())
}

/// Without spaces and quotes around it, however many were put there.
fn trimmed(said: &str) -> &str {
    let mut said = said;
    loop {
        let before = said.len();
        said = unquoted(said.trim()).trim();
        if said.len() == before {
            // A quote and nothing else says nothing.
            return if said.chars().all(|character| fold::quote(character).is_some()) { "" } else { said };
        }
    }
}

/// A chat makes a link of what looks like one: the typed words are its label then.
fn link(address: &str, label: Option<&str>) -> String {
    let (address, label) = (markup::unescape(address), label.map(markup::unescape));
    match label {
        Some(label) if address.ends_with(label.as_str()) => label,
        Some(label) => format!("{label} ({address})"),
        None => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Result<String, Problem> {
        read(text, 0..text.len())
    }

    #[test]
    fn a_reason_stays_as_typed() {
        for (text, reason) in [
            (" Checkout IS slow!  ", "Checkout IS slow!"),
            ("“it's　ＳＬＯＷ”", "it's　ＳＬＯＷ"),
            ("'it's slow'", "it's slow"),
            ("\"a\" or \"b\"", "\"a\" or \"b\""),
            ("p95 &gt; 2s &amp;&amp; errors", "p95 > 2s && errors"),
            ("<@U1|sam> saw it in <#C1|ops>, <!channel>", "@sam saw it in #ops, @channel"),
            ("see <http://x.test|x.test> and <https://y.test/1|this>", "see x.test and this (https://y.test/1)"),
            ("{$name} %s $(rm -rf /)", "{$name} %s $(rm -rf /)"),
            ("one\ntwo", "one\ntwo"),
            ("a\u{1b}[2Jb\u{202e}c", "a[2Jbc"),
        ] {
            assert_eq!(said(text).as_deref(), Ok(reason), "{text}");
        }
    }

    #[test]
    fn a_reason_says_something_and_ends() {
        for text in ["", "  ", "\"\"", "“ ”", "\"", "\u{200b}\u{3000}"] {
            assert_eq!(said(text), Err(Problem::EmptyReason), "{text:?}");
        }
        assert!(said(&"é".repeat(LONGEST_REASON)).is_ok());
        assert_eq!(said(&"é".repeat(LONGEST_REASON + 1)), Err(Problem::ReasonTooLong { limit: LONGEST_REASON }));
    }
}
