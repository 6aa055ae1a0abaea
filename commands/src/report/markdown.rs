//! Typed text in Markdown: it stays text, whatever it is made of.

use crate::notify::clean::{quote, value};

/// Characters that form Markdown (CommonMark 0.31, with tables and strikethrough of GitHub's dialect)
/// wherever they stand. Any of them may stand behind a backslash.
const FORMING: &[char] = &['\\', '`', '*', '_', '[', ']', '<', '>', '|', '#', '~', '&', '$'];

/// One line that is shown as it is written, wherever in a line it stands.
#[must_use]
pub(super) fn escape(text: &str) -> String {
    let text = value(text);
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if FORMING.contains(&c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escape_start(escaped)
}

/// What forms a list, a heading or a rule only where a line begins.
fn escape_start(text: String) -> String {
    if text.starts_with(['-', '+', '=']) {
        return format!("\\{text}");
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let marks_list = digits > 0 && text[digits..].starts_with(['.', ')']);
    let ends_number = text[digits..].chars().nth(1).is_none_or(char::is_whitespace);
    if marks_list && ends_number { format!("{}\\{}", &text[..digits], &text[digits..]) } else { text }
}

/// A fenced block, with a fence that nothing within can close.
#[must_use]
pub(super) fn fence(text: &str) -> String {
    let text = quote(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}\n{text}\n{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_text_forms_nothing() {
        let hostile = "# not a title\n- [x](http://evil) `code` <script> **bold** | cell | @everyone";
        let expected = r"\# not a title - \[x\](http://evil) \`code\` \<script\> \*\*bold\*\* \| cell \| @everyone";
        assert_eq!(escape(hostile), expected);
        assert_eq!(escape("- item"), r"\- item");
        assert_eq!(escape("12. item"), r"12\. item");
        assert_eq!(escape("1.2.9"), "1.2.9");
        assert_eq!(escape("v1.2.9 at 15:42"), "v1.2.9 at 15:42");
    }

    #[test]
    fn a_fence_cannot_be_closed_from_within() {
        assert_eq!(fence("a\n````\nb"), "`````\na\n````\nb\n`````");
        assert_eq!(fence("plain"), "```\nplain\n```");
    }
}
