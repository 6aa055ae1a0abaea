//! What comes from outside, made fit to stand in a message: bounded, and without characters that hide
//! or reorder text. Markup is left as it is: the adapter of each chat escapes it.

/// The longest that somebody typed, or that the outside world said, within a sentence; in characters.
const LONGEST_LINE: usize = 400;
/// The longest value that is made of several: every target of a rollback is named. In characters.
const LONGEST_VALUE: usize = 4_000;
/// The longest quoted output, in characters; what is quoted is bounded by its source already.
const LONGEST_QUOTE: usize = 2_000;

/// One line of what somebody typed: line breaks and other control characters become spaces.
#[must_use]
pub fn line(text: &str) -> String {
    clip(on_one_line(text), LONGEST_LINE)
}

/// One line that is made of several values.
#[must_use]
pub fn value(text: &str) -> String {
    clip(on_one_line(text), LONGEST_VALUE)
}

fn on_one_line(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !reorders(*c)).map(|c| if c.is_control() || is_break(c) { ' ' } else { c })
}

/// Several lines: line breaks stay, other control characters become spaces.
#[must_use]
pub fn quote(text: &str) -> String {
    let plain = text.chars().filter(|c| !reorders(*c) && *c != '\r');
    clip(plain.map(|c| if c.is_control() && c != '\n' { ' ' } else { c }), LONGEST_QUOTE)
}

/// A whole text that somebody wrote: line breaks stay, and it is as long as the longest of a form
/// (3,000 characters, what Slack's forms take).
#[must_use]
pub fn text(text: &str) -> String {
    const LONGEST_TEXT: usize = 3_000;
    let plain = text.chars().filter(|c| !reorders(*c) && *c != '\r');
    clip(plain.map(|c| if c.is_control() && c != '\n' { ' ' } else { c }), LONGEST_TEXT)
}

fn clip(text: impl Iterator<Item = char>, longest: usize) -> String {
    let mut text = text.peekable();
    let mut clipped: String = text.by_ref().take(longest).collect();
    if text.peek().is_some() {
        clipped.push('…');
    }
    clipped.trim().to_owned()
}

/// Unicode's own line and paragraph separators.
fn is_break(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Marks that change the order or the visibility of what stands around them (Unicode TR9, and the zero
/// width characters): with them a text can show another version than it names.
fn reorders(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_and_shows_what_it_says() {
        assert_eq!(line("v1.2.9\n<!channel>\u{202E}9.2.1v\u{7}"), "v1.2.9 <!channel>9.2.1v");
        assert_eq!(line(&"x".repeat(500)).chars().count(), 401);
        assert!(line(&"x".repeat(500)).ends_with('…'));
    }

    #[test]
    fn a_quote_keeps_its_lines() {
        assert_eq!(quote("one\r\ntwo\u{1b}[31m\n"), "one\ntwo [31m");
        assert_eq!(quote(&"é".repeat(3_000)).chars().count(), 2_001);
    }
}
