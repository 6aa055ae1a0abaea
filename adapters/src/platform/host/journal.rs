//! What a unit said before it failed, where the journal may be read.

use std::path::Path;
use std::time::Duration;

use super::program::Program;

/// systemd's own reader.
pub(super) const PROGRAM: &str = "/usr/bin/journalctl";

/// How many lines are shown.
const LINES: usize = 5;

/// How much of a line is shown, in characters.
const LINE_LIMIT: usize = 300;

/// The last lines of this invocation of a unit; none where there is no journal, or the bot may not
/// read it.
pub(super) async fn last_words(program: &Path, invocation: &str, within: Duration) -> Vec<String> {
    let arguments = [
        "--quiet".to_owned(),
        "--no-pager".to_owned(),
        "--output=cat".to_owned(),
        format!("--lines={LINES}"),
        format!("_SYSTEMD_INVOCATION_ID={invocation}"),
    ];
    let read = Program { path: program, arguments: &arguments, folder: Path::new("/"), told: &[], within };
    match read.run().await {
        Ok(ended) if ended.status.success() => lines(&ended.said),
        _ => Vec::new(),
    }
}

fn lines(said: &str) -> Vec<String> {
    let told = said.lines().filter(|line| !line.trim().is_empty());
    let mut last: Vec<String> = told.rev().take(LINES).map(|line| line.chars().take(LINE_LIMIT).collect()).collect();
    last.reverse();
    last
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn the_last_lines_are_kept_and_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let reader = folder.path().join("reader");
        fs::write(&reader, "#!/bin/sh\nfor i in 1 2 3 4 5 6; do echo \"$i: $*\"; done\n").unwrap();
        fs::set_permissions(&reader, fs::Permissions::from_mode(0o755)).unwrap();
        let words = last_words(&reader, "00ff", Duration::from_secs(5)).await;
        assert_eq!(words.len(), LINES);
        assert_eq!(words[4], "6: --quiet --no-pager --output=cat --lines=5 _SYSTEMD_INVOCATION_ID=00ff");
    }

    #[tokio::test]
    async fn without_a_journal_nothing_is_said() {
        assert!(last_words(Path::new("/nothing/here"), "00ff", Duration::from_secs(5)).await.is_empty());
        assert!(last_words(Path::new("/bin/false"), "00ff", Duration::from_secs(5)).await.is_empty());
    }
}
