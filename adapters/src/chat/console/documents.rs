//! Saves documents of messages as files.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Saves the text under this name in the folder, in one move: a reader sees the old text or the new
/// one. Gives the path.
pub(super) fn save(folder: &Path, name: &str, text: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let path = folder.join(harmless(name));
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|failed| failed.error)?;
    Ok(path)
}

/// A name that stays in its folder, is not hidden, and that no shell minds.
fn harmless(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' };
    let name: String = name.trim_start_matches('.').chars().take(100).map(letter).collect();
    if name.is_empty() { "document".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_the_folder() {
        for (name, file) in [
            ("INC-2024-0115-001.md", "INC-2024-0115-001.md"),
            ("../../etc/passwd", "-..-etc-passwd"),
            ("..", "document"),
            ("a/b\n.md", "a-b-.md"),
            ("-rf", "-rf"),
        ] {
            assert_eq!(harmless(name), file);
        }
    }

    #[test]
    fn a_document_that_is_issued_again_takes_the_place_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("reports");
        save(&inside, "report.md", "one").unwrap();
        let path = save(&inside, "report.md", "two").unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), "two");
        assert_eq!(fs::read_dir(inside).unwrap().count(), 1);
    }
}
