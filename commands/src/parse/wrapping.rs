//! What may stand around a whole command: the word `/rollback`, quotes, a code block.

use std::ops::Range;

use super::fold::{self, Quote};

/// Names of languages that people write behind the fence of a code block.
const LANGUAGES: [&str; 7] = ["sh", "bash", "zsh", "shell", "console", "text", "txt"];

/// Where the command itself stands in the text.
pub(super) fn body(text: &str) -> Range<usize> {
    let body = unwrapped(text);
    let body = unwrapped(without_command_word(body));
    let start = body.as_ptr().addr() - text.as_ptr().addr();
    start..start + body.len()
}

/// Without quotes or fences around all of it.
fn unwrapped(text: &str) -> &str {
    let text = text.trim_matches(|character: char| character.is_whitespace() || fold::is_invisible(character));
    match text.strip_prefix("```").and_then(|inner| inner.strip_suffix("```")) {
        Some(inner) => without_language(inner).trim(),
        None => unquoted(text),
    }
}

fn without_language(block: &str) -> &str {
    match block.split_once('\n') {
        Some((first, rest)) if LANGUAGES.contains(&first.trim()) => rest,
        _ => block,
    }
}

/// Without one pair of quotes around all of it; a text with more of the same quotes inside is left as
/// it is, except that `it's` may stand in single quotes.
pub(super) fn unquoted(text: &str) -> &str {
    let mut inner = text.chars();
    let (Some(first), Some(last)) = (inner.next(), inner.next_back()) else { return text };
    let inner = inner.as_str();
    match fold::quote(first) {
        Some(kind) if fold::quote(last) == Some(kind) && !has_quotes(inner, kind) => inner.trim(),
        _ => text,
    }
}

fn has_quotes(text: &str, kind: Quote) -> bool {
    let characters: Vec<char> = text.chars().collect();
    let is_letter = |index: usize| characters.get(index).is_some_and(|character| character.is_alphanumeric());
    characters.iter().enumerate().any(|(index, character)| {
        let is_apostrophe = kind == Quote::Single && index > 0 && is_letter(index - 1) && is_letter(index + 1);
        fold::quote(*character) == Some(kind) && !is_apostrophe
    })
}

/// Without the word `/rollback` or `rollback` at the start.
fn without_command_word(text: &str) -> &str {
    let (first, rest) = text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
    let word = fold::name(first);
    if fold::bare(&word).trim_start_matches('/') == "rollback" { rest } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_a_command_is_taken_off() {
        for text in [
            "api v1",
            "/rollback api v1",
            "  ／ｒｏｌｌｂａｃｋ　api v1 ",
            "`/rollback` api v1",
            "`/rollback api v1`",
            "/rollback ```api v1```",
            "```bash\n/rollback api v1\n```",
            "“rollback api v1”",
        ] {
            assert_eq!(&text[body(text)], "api v1", "{text}");
        }
    }

    #[test]
    fn quotes_around_single_words_stay_for_the_words() {
        for text in ["\"api\" \"v1\"", "'api' because 'slow'", "rollbacks api"] {
            assert_eq!(&text[body(text)], text);
        }
        assert_eq!(unquoted("'it's slow'"), "it's slow");
        assert_eq!(unquoted("\""), "\"");
    }

    #[test]
    fn nothing_stays_nothing() {
        for text in ["", " ", "/rollback", "``````", "\"\"", "\u{200b}"] {
            assert_eq!(&text[body(text)], "", "{text:?}");
        }
    }
}
