//! What chats make of typed text: links, mentions, emoji and escaped characters, in the forms of Slack
//! (docs.slack.dev, "Formatting message text") and Discord (Reference, "Message Formatting").

use std::ops::Range;

/// A part of the text, and the bytes of the input that it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) range: Range<usize>,
    pub(super) kind: Kind<'a>,
}

/// What a part of the text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// A character as typed; escapes of chats are undone.
    Character(char),
    /// A link: its address, and the words that it is shown by.
    Link { address: &'a str, label: Option<&'a str> },
    /// A person, a group, a room, everybody, an emoji: in words that call nobody.
    Mention(String),
}

/// Reads the parts of `text` within `range`, which lies on the boundaries of characters.
pub(super) fn pieces(text: &str, range: Range<usize>) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut at = range.start;
    while let Some(rest) = text.get(at..range.end).filter(|rest| !rest.is_empty()) {
        let (kind, length) = next(rest);
        pieces.push(Piece { range: at..at + length, kind });
        at += length;
    }
    pieces
}

/// The first part of a text that is not empty, and how many bytes it takes.
fn next(rest: &str) -> (Kind<'_>, usize) {
    angle(rest)
        .or_else(|| square(rest))
        .or_else(|| escaped(rest))
        .unwrap_or_else(|| rest.chars().next().map_or((Kind::Character(' '), rest.len()), plain))
}

fn plain<'a>(character: char) -> (Kind<'a>, usize) {
    (Kind::Character(character), character.len_utf8())
}

/// `&amp;`, `&lt;`, `&gt;`: what Slack escapes, each undone once.
fn escaped(rest: &str) -> Option<(Kind<'_>, usize)> {
    [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')]
        .into_iter()
        .find(|(escape, _)| rest.starts_with(escape))
        .map(|(escape, character)| (Kind::Character(character), escape.len()))
}

/// `<…>`, where it is markup and not two signs of comparison.
fn angle(rest: &str) -> Option<(Kind<'_>, usize)> {
    let after = rest.strip_prefix('<')?;
    let end = after.find(['<', '>', '\n'])?;
    let inner = after.get(..end)?;
    after.get(end..)?.strip_prefix('>')?;
    Some((inside(inner)?, end + 2))
}

fn inside(inner: &str) -> Option<Kind<'_>> {
    let (head, label) = match inner.split_once('|') {
        Some((head, label)) => (head, Some(label).filter(|label| !label.is_empty())),
        None => (inner, None),
    };
    if is_address(head) {
        return Some(Kind::Link { address: head, label });
    }
    let named = |sign: &str, id: &str| {
        let name = label.unwrap_or(id);
        Kind::Mention(format!("{sign}{}", name.trim_start_matches(['@', '#'])))
    };
    match head.chars().next()? {
        '@' => Some(named("@", head.get(1..)?)),
        '#' => Some(named("#", head.get(1..)?)),
        '!' => Some(named("@", head.get(1..)?.split('^').next()?)),
        ':' | 'a' => emoji(head),
        _ => None,
    }
}

/// `:name:123` and `a:name:123`, an emoji of a Discord guild.
fn emoji<'a>(head: &str) -> Option<Kind<'a>> {
    let mut parts = head.strip_prefix('a').unwrap_or(head).strip_prefix(':')?.split(':');
    let (name, id) = (parts.next()?, parts.next()?);
    let is_emoji = parts.next().is_none() && !name.is_empty() && id.parse::<u64>().is_ok();
    is_emoji.then(|| Kind::Mention(format!(":{name}:")))
}

/// `[label](address)`, a link of Markdown.
fn square(rest: &str) -> Option<(Kind<'_>, usize)> {
    let after = rest.strip_prefix('[')?;
    let (label, tail) = after.split_at_checked(after.find([']', '[', '\n'])?)?;
    let tail = tail.strip_prefix("](")?;
    let (address, _) = tail.split_at_checked(tail.find([')', '(', '\n', ' '])?)?;
    let length = label.len() + address.len() + 4;
    let is_link = rest.get(..length)?.ends_with(')') && is_address(address) && !label.is_empty();
    is_link.then_some((Kind::Link { address, label: Some(label) }, length))
}

/// True for texts that lead somewhere instead of naming something.
pub(super) fn is_address(text: &str) -> bool {
    text.contains("://") || ["mailto:", "tel:"].iter().any(|scheme| text.starts_with(scheme))
}

/// A text without the escapes of chats.
pub(super) fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind<'_>> {
        pieces(text, 0..text.len()).into_iter().map(|piece| piece.kind).collect()
    }

    #[test]
    fn mentions_become_words_that_call_nobody() {
        for (text, words) in [
            ("<@U123>", "@U123"),
            ("<@U123|sam>", "@sam"),
            ("<@&77>", "@&77"),
            ("<#C1|ops>", "#ops"),
            ("<!channel>", "@channel"),
            ("<!subteam^S1|@on-call>", "@on-call"),
            ("<:fire:123>", ":fire:"),
            ("<a:fire:123>", ":fire:"),
        ] {
            assert_eq!(kinds(text), [Kind::Mention(words.to_owned())], "{text}");
        }
    }

    #[test]
    fn links_keep_their_label_and_address() {
        let label = Some("v1.2.9");
        assert_eq!(kinds("<https://x.test/a|v1.2.9>"), [Kind::Link { address: "https://x.test/a", label }]);
        assert_eq!(kinds("[v1.2.9](https://x.test)"), [Kind::Link { address: "https://x.test", label }]);
        assert_eq!(kinds("<https://x.test>"), [Kind::Link { address: "https://x.test", label: None }]);
    }

    #[test]
    fn signs_of_comparison_are_no_markup() {
        for text in ["a < b > c", "<", "<>", "[x](y)", "[x]", "<a:b>", "&amp"] {
            let read: String = kinds(text)
                .iter()
                .map(|kind| match kind {
                    Kind::Character(character) => *character,
                    other => panic!("{text}: {other:?}"),
                })
                .collect();
            assert_eq!(read, text);
        }
    }

    #[test]
    fn escapes_are_undone_once() {
        assert_eq!(kinds("&amp;lt;").len(), 4);
        assert_eq!(unescape("&amp;lt; &lt;"), "&lt; <");
    }
}
