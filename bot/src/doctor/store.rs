//! Whether the log can be kept: its folder is there and can be written, and the disk has room.

use std::path::Path;

use super::Finding;

/// Below this many bytes free the log may fill the disk within one incident with much output of hooks.
const TOO_LITTLE: u64 = 100 * 1024 * 1024;

/// Below this many bytes free somebody should look.
const LITTLE: u64 = 1024 * 1024 * 1024;

pub(super) fn examine(database: &Path) -> Vec<Finding> {
    let folder = match database.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => return vec![Finding::error("store", "the path names no file").do_this("set `path` of `[store]`")],
    };
    vec![writable(folder, database), room(folder)]
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
