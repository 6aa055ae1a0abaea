//! Text made harmless, and cut with a mark.

/// What stands where something was cut.
const MARK: char = '…';

/// Without control characters, and without marks that hide or reorder what stands around them (Unicode
/// Standard Annex 9; zero-width characters). Line breaks stay.
pub(in super::super) fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let letters = text.chars().filter_map(|letter| match letter {
        '\n' => Some('\n'),
        '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => Some('\n'),
        '\t' => Some(' '),
        letter if letter.is_control() || is_invisible(letter) => None,
        letter => Some(letter),
    });
    letters.collect()
}

fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{61c}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// The three characters that mean something in Slack's own form (docs.slack.dev, "Formatting message text").
/// Without an angle bracket no mention, no link and no channel-wide notification can be written.
pub(in super::super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// At most so many characters, the last of them a mark where something is missing.
pub(in super::super) fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some(_) => text.chars().take(longest.saturating_sub(1)).chain([MARK]).collect(),
    }
}

/// Slack refuses a text without words.
pub(super) fn words(text: &str) -> String {
    if text.trim().is_empty() { "–".to_owned() } else { text.to_owned() }
}
