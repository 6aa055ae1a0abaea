//! Secrets: named in the configuration, read from the environment or a file, and never printed.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

/// Where a secret is: in an environment variable or in a file. Exactly one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-hidden" = true))]
pub struct SecretReference {
    /// The name of an environment variable.
    #[serde(default)]
    pub env: Option<String>,
    /// A file that holds nothing else; a line break at its end is left out.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub file: Option<PathBuf>,
}

/// A secret that was read, and what is unwise about how it is kept.
#[derive(Debug)]
pub struct Secret {
    /// The secret. It prints as `[REDACTED]`.
    pub value: SecretString,
    /// What should be changed about how it is kept; it was read all the same.
    pub warning: Option<String>,
}

/// Why a secret could not be read. Says where it should be, never what it is.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Neither place is named, or both are.
    #[error("a secret is either `{{ env = \"NAME\" }}` or `{{ file = \"/path\" }}`")]
    NotOnePlace,
    /// The variable is not set, or is no text.
    #[error("the environment variable {0} is not set")]
    NotSet(String),
    /// The file cannot be read.
    #[error("cannot read the secret in {0}: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// There is nothing in it.
    #[error("the secret in {0} is empty")]
    Empty(String),
}

impl SecretReference {
    /// Reads the secret. A relative path is read against `folder`; `variable` gives the value of an
    /// environment variable.
    ///
    /// # Errors
    /// See [`SecretError`].
    pub fn read(&self, folder: &Path, variable: impl Fn(&str) -> Option<String>) -> Result<Secret, SecretError> {
        let (text, warning, place) = match (&self.env, &self.file) {
            (Some(name), None) => {
                (variable(name).ok_or_else(|| SecretError::NotSet(name.clone()))?, None, name.clone())
            }
            (None, Some(file)) => {
                let path = folder.join(file);
                let text = std::fs::read_to_string(&path).map_err(|why| SecretError::Unreadable(path.clone(), why))?;
                (text, readable_by_all(&path), path.display().to_string())
            }
            _ => return Err(SecretError::NotOnePlace),
        };
        let value = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
        if value.is_empty() {
            return Err(SecretError::Empty(place));
        }
        Ok(Secret { value: SecretString::from(value), warning })
    }
}

fn readable_by_all(path: &Path) -> Option<String> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    (mode & 0o004 != 0)
        .then(|| format!("{} can be read by every user of this machine: `chmod o-r {0}`", path.display()))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn in_file(path: &Path) -> SecretReference {
        SecretReference { env: None, file: Some(path.to_owned()) }
    }

    fn nothing(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn the_line_break_at_the_end_of_a_file_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for (text, expected) in [("hunter2\n", "hunter2"), ("hunter2\r\n", "hunter2"), (" two\nlines ", " two\nlines ")]
        {
            std::fs::write(folder.path().join("token"), text).unwrap();
            let secret = in_file(Path::new("token")).read(folder.path(), nothing).unwrap();
            assert_eq!(secret.value.expose_secret(), expected);
        }
    }

    #[test]
    fn a_secret_never_prints() {
        let reference = SecretReference { env: Some("TOKEN".to_owned()), file: None };
        let secret = reference.read(Path::new("/"), |_| Some("hunter2".to_owned())).unwrap();
        assert!(!format!("{secret:?}").contains("hunter2"));
        assert_eq!(secret.value.expose_secret(), "hunter2");
    }

    #[test]
    fn a_file_that_everybody_can_read_is_read_and_warned_of() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "hunter2").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(in_file(&path).read(folder.path(), nothing).unwrap().warning.is_some());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(in_file(&path).read(folder.path(), nothing).unwrap().warning, None);
    }

    #[test]
    fn what_is_not_there_is_said_by_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let named = SecretReference { env: Some("TOKEN".to_owned()), file: None };
        assert_eq!(
            named.read(folder.path(), nothing).unwrap_err().to_string(),
            "the environment variable TOKEN is not set"
        );
        assert!(matches!(named.read(folder.path(), |_| Some(String::new())), Err(SecretError::Empty(_))));
        let gone = in_file(&folder.path().join("gone"));
        assert!(matches!(gone.read(folder.path(), nothing), Err(SecretError::Unreadable(..))));
        let both = SecretReference { env: Some("TOKEN".to_owned()), file: Some("token".into()) };
        assert!(matches!(both.read(folder.path(), nothing), Err(SecretError::NotOnePlace)));
    }
}
