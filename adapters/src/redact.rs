//! Takes secrets out of the words of the outside world before they reach a log, a chat or the event
//! log.
//!
//! It goes by shape, so it finds what looks like a secret and may take a little more. It is the last
//! line: the first one is that secrets are types that do not print.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// What stands where a secret stood.
pub const REDACTED: &str = "[redacted]";

/// The text without its secrets. Time grows linearly with the text (these expressions never go
/// back); redacting twice changes nothing more.
#[must_use]
pub fn redact(text: &str) -> String {
    // An expression that does not compile is a fault of ours, and hides everything: rather no words
    // than a secret.
    let Ok(shapes) = &*SHAPES else { return REDACTED.to_owned() };
    let mut text = text.to_owned();
    for (shape, keep) in &shapes.known {
        text = shape.replace_all(&text, *keep).into_owned();
    }
    text = shapes.hexadecimal.replace_all(&text, hide_unless_digest).into_owned();
    shapes.base64.replace_all(&text, hide_if_random).into_owned()
}

struct Shapes {
    /// Shapes of secrets, and what stays of each.
    known: Vec<(Regex, &'static str)>,
    /// A long run of hexadecimal digits, with the name of a digest where it has one.
    hexadecimal: Regex,
    /// A long run of the letters of base64, which are those of paths and long names too.
    base64: Regex,
}

static SHAPES: LazyLock<Result<Shapes, regex::Error>> = LazyLock::new(|| {
    let known = KNOWN.iter().map(|(shape, keep)| Ok((Regex::new(shape)?, *keep)));
    Ok(Shapes {
        known: known.collect::<Result<_, regex::Error>>()?,
        hexadecimal: Regex::new(r"(?i)\b(?P<digest>sha(?:1|224|256|384|512)[:-])?[0-9a-f]{32,}\b")?,
        base64: Regex::new(r"[A-Za-z0-9+/_-]{40,}={0,2}")?,
    })
});

/// The order matters: a header hides its whole line before its parts are looked at.
const KNOWN: &[(&str, &str)] = &[
    // A key or certificate in PEM form, also one that is cut off.
    (r"(?s)-----BEGIN [A-Z0-9 ]{1,64}-----.*?(?:-----END [A-Z0-9 ]{1,64}-----|\z)", "[redacted]"),
    // Headers that carry nothing but credentials, to the end of the line or of the quotes.
    (
        r#"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie|x-[a-z-]{0,40}(?:key|token|secret|auth))(["']?\s*[:=]\s*["']?)[^\r\n"']+"#,
        "$1$2[redacted]",
    ),
    (r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/-]{8,}=*", "$1 [redacted]"),
    // User and password of a URL.
    (r#"\b([A-Za-z][A-Za-z0-9+.-]{0,30}://)[^\s/?\#"'<>]+@"#, "$1[redacted]@"),
    // The address of a webhook is all that it takes to use it.
    (
        r#"(?i)\b(https?://[a-z0-9.-]{0,60}(?:slack|discord|discordapp)\.com/(?:services|api/webhooks)/)[^\s"'<>]+"#,
        "$1[redacted]",
    ),
    // --password hunter2
    (
        r#"(?i)(--[a-z0-9-]{0,40}(?:password|passwd|passphrase|secret|token|api-?key|access-?key|private-?key|credentials?))\s+(?:"[^"]*"|'[^']*'|[^\s"']+)"#,
        "$1 [redacted]",
    ),
    // password=hunter2, "api_key": "…", DB_SECRET_NAME='…', ?access_token=…
    (
        r#"(?i)((?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|signature)[a-z0-9_.-]{0,60}["']?\s*[:=]\s*)(?:\[redacted\]|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'&;]+)"#,
        "$1[redacted]",
    ),
    (r"(?i)([?&](?:sig|key|auth|code)=)[^\s&]+", "$1[redacted]"),
    // Tokens that tell by their first letters what they are.
    (r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", "[redacted]"),
    (r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[a-z]-|xapp-|sk-|npm_|dop_v1_)[A-Za-z0-9_-]{10,}", "[redacted]"),
    (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*", "[redacted]"),
];

/// `sha256:…` names an image or a file and is what people need to read.
fn hide_unless_digest(found: &Captures<'_>) -> String {
    if found.name("digest").is_some() { found[0].to_owned() } else { REDACTED.to_owned() }
}

/// Paths and long names stay: they are words, and words rarely change between capitals, small letters
/// and digits. Of two random letters of base64 about two in three differ in that.
fn hide_if_random(found: &Captures<'_>) -> String {
    let run = &found[0];
    let kinds: Vec<u8> = run.bytes().filter_map(kind).collect();
    let changes = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let has_all = (0..3).all(|kind| kinds.contains(&kind));
    if has_all && changes * 3 >= run.len() { REDACTED.to_owned() } else { run.to_owned() }
}

fn kind(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(0),
        b'a'..=b'z' => Some(1),
        b'0'..=b'9' => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each holds `hunter2`, or one of the long runs below, where the secret is.
    const SECRETS: &[&str] = &[
        "Authorization: Bearer hunter2",
        "curl -H 'authorization: Basic hunter2' http://127.0.0.1/",
        r#"{"Authorization": "Digest username=me, response=hunter2"}"#,
        "Cookie: session=hunter2; other=hunter2",
        "X-Api-Key: hunter2",
        "used bearer hunter2hunter2 here",
        "postgres://app:hunter2@db.internal:5432/app",
        "redis://:hunter2@127.0.0.1/0 timed out",
        "https://hooks.slack.com/services/T0/B0/hunter2",
        "https://discord.com/api/webhooks/1/hunter2",
        "pg_dump --password hunter2 --host db",
        "login --api-key 'hunter2 hunter2'",
        "password=hunter2",
        "DB_PASSWORD_MAIN='hunter2 with spaces'",
        r#"{"client_secret": "hunter2\"hunter2", "user": "me"}"#,
        "GET /x?access_token=hunter2&page=1",
        "https://storage/x?se=1&sig=hunter2",
        "-----BEGIN RSA PRIVATE KEY-----\nhunter2\nhunter2\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nhunter2",
        "AKIAHUNTER2HUNTER222",
        "ghp_hunter2hunter2hunter2",
        "xoxb-hunter2-hunter2",
        "eyJhunter2hunter2.hunter2hunter2.hunter2",
        "found 9f86d081884c7d659a2feaa0c55ad015 in the file",
        "key qL3vX9tB2mN7pR4sW8yZ1aC6dF0gH5jK3lM9nP2q rejected",
    ];

    #[test]
    fn secrets_are_taken_out() {
        for secret in SECRETS {
            let redacted = redact(secret);
            assert!(redacted.contains(REDACTED), "{secret} → {redacted}");
            for part in ["hunter2", "HUNTER2", "9f86d081884c", "qL3vX9tB2m"] {
                assert!(!redacted.contains(part), "{secret} → {redacted}");
            }
        }
    }

    #[test]
    fn what_people_need_to_read_stays() {
        for text in [
            "connection refused (os error 111)",
            "/srv/api-service/releases/2024-01-15-v1_2_9/bin/api-service-main",
            "registry.internal/api@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "org/springframework/beans/factory/support/AbstractBeanFactory2",
            "pod api-service-7d9c5b8f6d-x2x7p is not ready: 503",
            "http://127.0.0.1:8080/health?page=2",
            "9d6f2c1e-7c1a-4b8e-9f0e-2f6b8a7c5d4e",
            "no data was lost; 3 migrations are reversible",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    #[test]
    fn only_the_secret_goes() {
        assert_eq!(
            redact("connect postgres://app:x@db:5432/app failed; password=abc; retrying"),
            "connect postgres://[redacted]@db:5432/app failed; password=[redacted]; retrying"
        );
        assert_eq!(redact(r#"{"token": "abc", "user": "me"}"#), r#"{"token": [redacted], "user": "me"}"#);
    }

    #[test]
    fn redacting_twice_changes_nothing_more() {
        for secret in SECRETS {
            let once = redact(secret);
            assert_eq!(redact(&once), once);
        }
    }
}
