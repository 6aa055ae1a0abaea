//! Makes text harmless for a terminal, and breaks it into rows. Nothing that a message says can move
//! the cursor, change a colour or read in another order than it is written.

use textwrap::{Options, WordSeparator, WordSplitter, wrap};

/// How much of one text is shown, in characters: more than a screen. Whole reports are documents.
const LONGEST: usize = 4000;

/// One paragraph on one line.
pub(super) fn one_line(text: &str) -> String {
    cleaned(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Several lines, each as it is.
pub(super) fn lines(text: &str) -> Vec<String> {
    cleaned(text).lines().map(|line| line.trim_end().to_owned()).collect()
}

/// In rows of at most this many columns, the first after `first`, the others after `rest`. Broken at
/// spaces alone where it can be, so that a path or a command stays whole and can be copied.
pub(super) fn rows(text: &str, width: usize, first: &str, rest: &str) -> Vec<String> {
    let options = Options::new(width)
        .initial_indent(first)
        .subsequent_indent(rest)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(true);
    wrap(text, options).into_iter().map(|row| row.trim_end().to_owned()).collect()
}

/// Without escape sequences, control characters and invisible ones that change how others read.
/// Line ends and tabs stay, as `\n` and spaces. What is too long is cut with a mark.
fn cleaned(text: &str) -> String {
    let (text, mark) = match text.char_indices().nth(LONGEST) {
        Some((end, _)) => (&text[..end], "…"),
        None => (text, ""),
    };
    let text = anstream::adapter::strip_str(text).to_string().replace("\r\n", "\n").replace('\t', "    ");
    text.chars()
        .filter_map(|letter| match letter {
            '\n' | '\u{2028}' | '\u{2029}' | '\u{85}' | '\r' => Some('\n'),
            letter if letter.is_control() || is_invisible(letter) => None,
            letter => Some(letter),
        })
        .chain(mark.chars())
        .collect()
}

/// Marks of direction (Unicode Standard Annex 9, section 2), zero-width spaces and tags. The joiners
/// that some scripts need stay.
fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{61c}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use textwrap::core::display_width;

    use super::*;

    #[test]
    fn what_moves_cursors_or_turns_text_around_is_gone() {
        assert_eq!(one_line("a\x1b[31mred\x1b[0m\x1b]0;title\x07 b\x08\r\nc\u{202e}d\u{9b}2J\0"), "ared b cd2J");
        assert_eq!(lines("a\r\n\tb\rc\u{2028}d"), ["a", "    b", "c", "d"]);
        assert_eq!(one_line("क्‍ष 日本 é"), "क्‍ष 日本 é");
    }

    #[test]
    fn what_is_too_long_is_cut_with_a_mark() {
        assert_eq!(one_line(&"ü".repeat(LONGEST)), "ü".repeat(LONGEST));
        assert_eq!(one_line(&"ü".repeat(LONGEST + 1)), format!("{}…", "ü".repeat(LONGEST)));
    }

    #[test]
    fn no_row_is_wider_than_allowed() {
        for text in ["one two three four five six", &"x".repeat(50), &"日本語".repeat(10), "a  b"] {
            for row in rows(text, 20, "  • ", "    ") {
                assert!(display_width(&row) <= 20, "{row:?}");
            }
        }
        assert_eq!(rows("one two three four five", 20, "  • ", "    "), ["  • one two three", "    four five"]);
    }
}
