//! What an image is called: `registry.example/shop/api:v1.2.9@sha256:…`.

use commands::model::Version;

/// The fewest digits by which an image may be named: those that tools show.
const SHORT_DIGEST: usize = 12;

/// A reference to an image, in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Image {
    /// With the registry, as it is written.
    pub(super) name: String,
    pub(super) tag: Option<String>,
    /// `sha256:` and 64 digits.
    pub(super) digest: Option<String>,
}

impl Image {
    /// The parts of a reference. It goes by where `@` and the last `:` stand, as the grammar of the
    /// distribution project has it; the cluster has taken the reference, so it is not judged here.
    pub(super) fn read(text: &str) -> Self {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.to_owned())),
            None => (text, None),
        };
        // A colon before the last slash is that of a port.
        match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => {
                Self { name: name.to_owned(), tag: Some(tag.to_owned()), digest }
            }
            _ => Self { name: rest.to_owned(), tag: None, digest },
        }
    }

    /// What people call it: its tag.
    pub(super) fn version(&self) -> Option<Version> {
        self.tag.as_deref().map(Version::new)
    }

    /// True where this names the image by its digest, or by the first twelve or more digits of it.
    pub(super) fn has_digest(&self, wanted: &str) -> bool {
        let digits = wanted.strip_prefix("sha256:").unwrap_or(wanted);
        let is_digest = digits.len() >= SHORT_DIGEST && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let own = self.digest.as_deref().and_then(|digest| digest.strip_prefix("sha256:"));
        is_digest && own.is_some_and(|own| own.starts_with(&digits.to_ascii_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn every_part_is_found() {
        let image = Image::read(&format!("127.0.0.1:5000/shop/api:v1.2.9@{DIGEST}"));
        assert_eq!(image.name, "127.0.0.1:5000/shop/api");
        assert_eq!(image.version(), Some(Version::new("1.2.9")));
        assert_eq!(image.digest.as_deref(), Some(DIGEST));
        assert_eq!(Image::read("127.0.0.1:5000/api").tag, None);
    }

    #[test]
    fn a_digest_is_named_by_twelve_digits_or_more() {
        let image = Image::read(&format!("api@{DIGEST}"));
        assert!(image.has_digest("sha256:0123456789ab"));
        assert!(image.has_digest("0123456789ABCDEF"));
        assert!(!image.has_digest("0123456789a"));
        assert!(!image.has_digest("123456789abc"));
        assert!(!Image::read("api:0123456789ab").has_digest("0123456789ab"));
    }
}
