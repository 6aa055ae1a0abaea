//! Versions as people type them. A version is taken whole: nothing is cut off it, nothing added.

use crate::model::{Version, Wanted};

use super::error::Problem;
use super::fold;

/// The longest name of a version, in characters: the longest tag of an image (OCI distribution
/// specification, "Pulling manifests").
pub const LONGEST_VERSION: usize = 128;

/// `previous`, `last-good`, or a version.
pub(super) fn wanted(text: &str) -> Result<Wanted, Problem> {
    match text.to_ascii_lowercase().as_str() {
        "previous" => Ok(Wanted::Previous),
        "last-good" | "last_good" | "lastgood" => Ok(Wanted::LastGood),
        lower => {
            let near = ["previous", "last-good"].into_iter().find(|word| strsim::osa_distance(word, lower) == 1);
            match near {
                Some(near) => Err(Problem::VersionNear { typed: fold::shown(text), near }),
                None => version(text).map(Wanted::Version),
            }
        }
    }
}

/// One version: a tag, `rev:12`, or `sha256:` with the digest of an image.
pub(super) fn version(text: &str) -> Result<Version, Problem> {
    let typed = || fold::shown(text);
    // A colon at the end is taken for punctuation, and gone by now.
    match text.split_once(':').or_else(|| is_kind(text).then_some((text, ""))) {
        Some((kind, number)) if kind.eq_ignore_ascii_case("rev") => {
            let number: u64 =
                number.parse().ok().filter(|_| is_digits(number)).ok_or(Problem::BadRevision { typed: typed() })?;
            Ok(Version::new(format!("rev:{number}")))
        }
        Some((kind, digest)) if kind.eq_ignore_ascii_case("sha256") => {
            let is_digest = (12..=64).contains(&digest.len()) && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
            if is_digest {
                Ok(Version::new(format!("sha256:{}", digest.to_ascii_lowercase())))
            } else {
                Err(Problem::BadImageDigest { typed: typed() })
            }
        }
        _ if is_tag(text) => Ok(Version::new(text)),
        _ => Err(Problem::BadVersion { typed: typed() }),
    }
}

fn is_kind(text: &str) -> bool {
    ["rev", "sha256"].iter().any(|kind| text.eq_ignore_ascii_case(kind))
}

fn is_tag(text: &str) -> bool {
    text.len() <= LONGEST_VERSION
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte))
}

/// True for what is more likely a version than a name: a digit, with or without `v` before it.
pub(super) fn looks_like_one(text: &str) -> bool {
    let bare = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let is_numbered = bare.starts_with(|first: char| first.is_ascii_digit());
    (is_numbered || text.contains(':')) && version(text).is_ok()
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_taken_whole() {
        for text in ["v1.2.9", "1.2.9", "v1.2.90", "2024-01-15_3", "1.3.0-rc.1+build.5", "main-4f2a", "V2"] {
            assert_eq!(version(text).unwrap().as_str(), text);
        }
        assert_eq!(version("REV:12").unwrap().as_str(), "rev:12");
        assert_eq!(version("sha256:ABCDEF012345").unwrap().as_str(), "sha256:abcdef012345");
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in
            ["", "-v1", ".1", "v1/2", "v1 2", "v1@2", "ｖ1", "v1.2.9;", "$(id)", "../x", "a:b", &"9".repeat(129)]
        {
            assert!(matches!(version(text), Err(Problem::BadVersion { .. })), "{text}");
        }
        for text in ["rev", "rev:", "rev:x", "rev:-1", "rev:+1", "rev:99999999999999999999"] {
            assert!(matches!(version(text), Err(Problem::BadRevision { .. })), "{text}");
        }
        for text in ["sha256:", "sha256:abc", "sha256:zzzzzzzzzzzz"] {
            assert!(matches!(version(text), Err(Problem::BadImageDigest { .. })), "{text}");
        }
    }

    #[test]
    fn words_for_versions_and_their_typos() {
        assert_eq!(wanted("Previous"), Ok(Wanted::Previous));
        assert_eq!(wanted("LAST-GOOD"), Ok(Wanted::LastGood));
        assert_eq!(wanted("previus"), Err(Problem::VersionNear { typed: "previus".into(), near: "previous" }));
        assert_eq!(wanted("last-god"), Err(Problem::VersionNear { typed: "last-god".into(), near: "last-good" }));
    }
}
