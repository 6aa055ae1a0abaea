//! Letters as people and keyboards give them, made plain: full-width and compatibility forms, dashes,
//! quotes, invisible characters, the punctuation around a word.

use unicode_normalization::UnicodeNormalization;

/// One character in its plain form; mostly one, sometimes several (`…` is three dots). `previous` is
/// what was read before it in the same word.
pub(super) fn plain(character: char, previous: Option<char>) -> impl Iterator<Item = char> {
    std::iter::once(character).nfkc().map(move |folded| straighten(folded, previous))
}

/// What normalization leaves, though a keyboard meant the plain character.
fn straighten(character: char, previous: Option<char>) -> char {
    match character {
        // Hyphen, figure dash, en dash, em dash, bar, minus: what a phone makes of `-` and `--`.
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        // The key beside zero gives a long-vowel mark while a Japanese layout is on.
        'ー' if previous.is_some_and(|before| before.is_ascii_alphanumeric()) => '-',
        '。' => '.',
        '、' => ',',
        other => other,
    }
}

/// A name as it is compared: plain, composed and without case.
pub(super) fn name(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for character in text.chars().filter(|character| !is_invisible(*character)) {
        let previous = folded.chars().next_back();
        folded.extend(plain(character, previous));
    }
    folded.nfkc().collect::<String>().to_lowercase()
}

/// True for characters that show nothing and say nothing: joiners, marks of direction, byte-order
/// marks, soft hyphens, variation selectors (Unicode, `Default_Ignorable_Code_Point`).
pub(super) fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// True for characters that change how other text is shown: they never leave the grammar.
pub(super) fn is_harmful(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || (character.is_control() && !matches!(character, '\n' | '\t'))
}

/// Quotes that belong together, whichever side they are of: keyboards mix them up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    Double,
    Single,
    Code,
    Corner,
}

/// Which quote a character is.
pub(super) fn quote(character: char) -> Option<Quote> {
    match character {
        '"' | '\u{201c}'..='\u{201f}' | '«' | '»' | '″' | '〝' | '〞' | '〟' | '＂' => Some(Quote::Double),
        '\'' | '\u{2018}'..='\u{201b}' | '‹' | '›' | '′' | '＇' => Some(Quote::Single),
        '`' | '´' | '｀' => Some(Quote::Code),
        '「' | '」' | '『' | '』' | '｢' | '｣' => Some(Quote::Corner),
        _ => None,
    }
}

/// A word without what stands around it: quotes, emphasis, punctuation at the end.
pub(super) fn bare(word: &str) -> &str {
    let mut word = word;
    loop {
        let before = word.len();
        word = word.trim_matches(|character| quote(character).is_some() || matches!(character, '*' | '~'));
        word = word.trim_end_matches(['.', '!', '?', ';', ':', ',']);
        word = word.strip_prefix('_').and_then(|inner| inner.strip_suffix('_')).unwrap_or(word);
        if word.len() == before {
            return word;
        }
    }
}

/// Typed text for a sentence of ours: what shows nothing or harms is left out, and it is cut after 60
/// characters.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut visible = text.chars().filter(|character| !is_invisible(*character) && !character.is_control());
    let mut shown: String = visible.by_ref().take(LONGEST).collect();
    if visible.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keyboards_and_phones_are_made_plain() {
        assert_eq!(name("ＡＰＩ－Ｓｅｒｖｉｃｅ"), "api-service");
        assert_eq!(name("apiーservice"), "api-service");
        assert_eq!(name("api\u{2014}service\u{200b}"), "api-service");
        assert_eq!(name("v1。2．9"), "v1.2.9");
        assert_eq!(name("サーバー"), "サーバー");
    }

    #[test]
    fn what_stands_around_a_word_is_taken_off() {
        for word in ["“v1.2.9”", "`v1.2.9`.", "*v1.2.9*", "_v1.2.9_", "v1.2.9!?", "「v1.2.9」", "'\"v1.2.9\"',"] {
            assert_eq!(bare(word), "v1.2.9", "{word}");
        }
        assert_eq!(bare("?!"), "");
        assert_eq!(bare("a_b_"), "a_b_");
    }

    #[test]
    fn what_is_quoted_back_is_short_and_harmless() {
        assert_eq!(shown("a\u{202e}b\u{1b}[31m"), "ab[31m");
        assert_eq!(shown(&"x".repeat(99)).chars().count(), 61);
    }
}
