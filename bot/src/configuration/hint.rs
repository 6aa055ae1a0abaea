//! "Did you mean": the word that somebody most likely meant.

/// How alike two words must be, from 0 (nothing in common) to 1 (the same), by the Jaro-Winkler
/// measure. Below it a guess misleads more often than it helps.
const ALIKE: f64 = 0.8;

/// The known word that is most like the one typed, if one is like it at all.
pub(super) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase().replace('-', "_");
    known
        .into_iter()
        .map(|word| (strsim::jaro_winkler(&typed, &word.to_lowercase().replace('-', "_")), word))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, word)| word)
}

/// What to write instead: the nearest word where there is one, else all of them.
pub(super) fn instead(typed: &str, known: &[&str]) -> String {
    match nearest(typed, known.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None if known.is_empty() => "remove it".to_owned(),
        None => format!("known here: {}", listed(known)),
    }
}

/// `a`, `b` and `c`, each in backticks.
pub(super) fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_a_stranger_is_not() {
        let known = ["timeout", "window", "max_response"];
        assert_eq!(nearest("timout", known), Some("timeout"));
        assert_eq!(nearest("max-response", known), Some("max_response"));
        assert_eq!(nearest("Window", known), Some("window"));
        assert_eq!(nearest("colour", known), None);
    }

    #[test]
    fn without_a_guess_all_words_are_named() {
        assert_eq!(instead("colour", &["a", "b"]), "known here: `a`, `b`");
        assert_eq!(instead("colour", &[]), "remove it");
    }
}
