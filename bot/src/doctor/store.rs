//! Whether the log can be kept, and is what was written: its folder is there and can be written, the
//! disk has room, and each event fits the one before it.

use std::path::Path;

use adapters::store::sqlite::SqliteStore;
use commands::saga::{Inspection, inspect};

use super::Finding;

/// Below this many bytes free the log may fill the disk within one incident with much output of hooks.
const TOO_LITTLE: u64 = 100 * 1024 * 1024;

/// Below this many bytes free somebody should look.
const LITTLE: u64 = 1024 * 1024 * 1024;

pub(super) async fn examine(database: &Path) -> Vec<Finding> {
    let folder = match database.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => return vec![Finding::error("store", "the path names no file").do_this("set `path` of `[store]`")],
    };
    let mut findings = vec![writable(folder, database), room(folder)];
    if database.exists() {
        findings.push(log(database).await);
    }
    findings
}

/// Looks through the whole log, beside a bot that may be writing it.
async fn log(database: &Path) -> Finding {
    let inspection = async {
        let store = SqliteStore::open_read_only(database).await.map_err(|error| error.to_string())?;
        let inspection = inspect(&store).await.map_err(|error| error.to_string());
        store.close().await;
        inspection
    };
    match inspection.await {
        Ok(Inspection { streams, events, changed }) => match changed.as_slice() {
            [] => Finding::good("log", format!("events {events} in streams {streams}, each as it was written")),
            [(stream, sequence), others @ ..] => {
                let more = if others.is_empty() { String::new() } else { format!(", and {} more", others.len()) };
                let what = format!("event {} of {stream} is not as it was written{more}", sequence.0);
                Finding::error("log", what).do_this("find out who wrote to the file; put a copy of it back from before")
            }
        },
        Err(why) => Finding::error("log", format!("cannot be read: {why}"))
            .do_this("look as the user that runs the bot, with the same release"),
    }
}

fn writable(folder: &Path, database: &Path) -> Finding {
    // Readable and writable, and made by nobody: opening never makes or empties the file.
    let opened = match std::fs::symlink_metadata(database) {
        Ok(_) => std::fs::OpenOptions::new().read(true).write(true).open(database).map(drop),
        Err(_) => Ok(()),
    };
    match opened.and_then(|()| tempfile::tempfile_in(folder).map(drop)) {
        Ok(()) => Finding::good("store", format!("{} can be written", folder.display())),
        Err(why) => Finding::error("store", format!("{} cannot be written: {why}", database.display()))
            .do_this("make the folder and give it to the user that runs the bot; look as that user"),
    }
}

fn room(folder: &Path) -> Finding {
    match nix::sys::statvfs::statvfs(folder) {
        Ok(about) => {
            let free = about.blocks_available().saturating_mul(about.fragment_size());
            let message = format!("{} MiB free", free / (1024 * 1024));
            match free {
                ..TOO_LITTLE => {
                    Finding::error("store disk", message).do_this("make room: the log must never be refused")
                }
                TOO_LITTLE..LITTLE => Finding::warning("store disk", message).do_this("make room soon"),
                LITTLE.. => Finding::good("store disk", message),
            }
        }
        Err(why) => Finding::error("store disk", format!("cannot be looked at: {why}")),
    }
}
