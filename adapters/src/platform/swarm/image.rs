//! What an image is called: `registry.example/shop/api:v1.2.9@sha256:…`.

use std::fmt;

use commands::model::{Revision, Version};

const ALGORITHM: &str = "sha256:";

/// How many digits of a digest people are shown.
const BRIEF: usize = 12;

/// A reference to an image. Its text is the revision.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Image {
    /// With the registry, as it is written.
    pub(super) name: String,
    pub(super) tag: Option<String>,
    /// `sha256:` and 64 digits. Only this says which bytes run.
    pub(super) digest: Option<String>,
}

impl Image {
    /// Reads a reference; `None` where it is none. It goes by the grammar of the distribution project,
    /// a little wider: what passes is safe within a URL.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) if is_digest(digest) => (rest, Some(digest.to_owned())),
            Some(_) => return None,
            None => (text, None),
        };
        // A colon before the last slash is that of a port.
        let (name, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag.to_owned())),
            _ => (rest, None),
        };
        let good_tag = tag.as_deref().is_none_or(is_tag);
        (is_name(name) && good_tag).then(|| Self { name: name.to_owned(), tag, digest })
    }

    /// The reference that this revision is.
    pub(super) fn of(revision: &Revision) -> Option<Self> {
        Self::read(revision.as_str())
    }

    /// True where both are the same bytes for all that can be said: by digest where both have one, else
    /// by name and tag.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (&self.digest, &other.digest) {
            (Some(own), Some(theirs)) => own == theirs && self.is_of(&other.name),
            _ => self.is_of(&other.name) && self.tag_or_latest() == other.tag_or_latest(),
        }
    }

    /// True where it lies in the repository of this name.
    pub(super) fn is_of(&self, name: &str) -> bool {
        repository(&self.name) == repository(name)
    }

    fn tag_or_latest(&self) -> &str {
        // An engine asked for neither tag nor digest takes `latest`.
        self.tag.as_deref().unwrap_or("latest")
    }

    /// What people call it: its tag.
    pub(super) fn version(&self) -> Option<Version> {
        self.tag.as_deref().map(Version::new)
    }

    pub(super) fn revision(&self) -> Revision {
        Revision::new(self.to_string())
    }

    /// The same repository with this tag; `None` where it cannot be a tag.
    pub(super) fn tagged(&self, tag: &str) -> Option<Self> {
        is_tag(tag).then(|| Self { name: self.name.clone(), tag: Some(tag.to_owned()), digest: None })
    }

    /// For people to read: as much of the digest as Docker itself shows of an id.
    pub(super) fn brief(&self) -> String {
        let digest = self.digest.as_deref().and_then(|digest| digest.get(..ALGORITHM.len() + BRIEF));
        let named = Self { digest: None, ..self.clone() };
        digest.map_or_else(|| named.to_string(), |digest| format!("{named}@{digest}…"))
    }

    /// What to ask an engine or a registry for: the digest where it is known, the tag else.
    pub(super) fn pinned(&self) -> String {
        match &self.digest {
            Some(digest) => format!("{}@{digest}", self.name),
            None => self.to_string(),
        }
    }
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.tag.iter().try_for_each(|tag| write!(f, ":{tag}"))?;
        self.digest.iter().try_for_each(|digest| write!(f, "@{digest}"))
    }
}

/// Docker's own registry need not be named, nor its `library` (the distribution project's "familiar"
/// names).
fn repository(name: &str) -> &str {
    let name = name.strip_prefix("index.docker.io/").or(name.strip_prefix("docker.io/")).unwrap_or(name);
    name.strip_prefix("library/").unwrap_or(name)
}

fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix(ALGORITHM).unwrap_or_default();
    digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_tag(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=128).contains(&text.len()) && text.chars().all(plain) && !text.starts_with(['-', '.'])
}

fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    let part = |part: &str| part.starts_with(|c: char| c.is_ascii_alphanumeric()) && part.chars().all(plain);
    !text.is_empty() && text.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn every_part_is_found_and_put_back() {
        for text in
            ["api", "api:v1", "127.0.0.1:5000/api", "r.example:5000/shop/api:v1.2.9", &format!("api:v1@{DIGEST}")]
        {
            assert_eq!(Image::read(text).unwrap().to_string(), text);
        }
        let image = Image::read(&format!("127.0.0.1:5000/api:v1.2.9@{DIGEST}")).unwrap();
        assert_eq!(image.version(), Some(Version::new("1.2.9")));
        assert_eq!(image.pinned(), format!("127.0.0.1:5000/api@{DIGEST}"));
        assert_eq!(image.brief(), "127.0.0.1:5000/api:v1.2.9@sha256:0123456789ab…");
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in ["", "../elsewhere", "api:", "api@sha256:12", "a b", "api:v1?x", "/api", "api/"] {
            assert_eq!(Image::read(text), None, "{text}");
        }
    }

    #[test]
    fn bytes_go_before_names() {
        let image = |text: &str| Image::read(text).unwrap();
        assert!(image(&format!("api:v1@{DIGEST}")).is(&image(&format!("api@{DIGEST}"))));
        assert!(image(&format!("api:v1@{DIGEST}")).is(&image("api:v1")));
        let other = DIGEST.replace('0', "1");
        assert!(!image(&format!("api:v1@{DIGEST}")).is(&image(&format!("api:v1@{other}"))));
        assert!(image("api").is(&image("api:latest")));
        assert!(!image("api:v1").is(&image("web:v1")));
        assert!(image("docker.io/library/nginx:1").is(&image("nginx:1")));
        assert!(!image("registry.example/nginx:1").is(&image("nginx:1")));
    }
}
