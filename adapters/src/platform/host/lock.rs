//! One mover at a time for each link, whatever process it is in.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use commands::ports::PlatformError;
use tokio::time::{Instant, sleep};

use super::failure::{self, blocking};

/// The file in the folder of the link whose `flock` a mover holds.
const NAME: &str = ".switchback.lock";

/// How long between two looks at a lock that somebody else holds.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How much is read of who holds it, in bytes.
const HOLDER_LIMIT: u64 = 300;

/// Held until it is dropped, or its process is gone. The file stays: removing it would let two
/// processes hold two files of one name.
#[derive(Debug)]
pub(super) struct Lock {
    _held: File,
}

impl Lock {
    /// Waits for it, no longer than this.
    ///
    /// # Errors
    /// `Unavailable`, with who holds it; else what the system says.
    pub(super) async fn take(folder: &Path, key: &str, within: Duration) -> Result<Self, PlatformError> {
        let path = folder.join(NAME);
        let until = Instant::now() + within;
        loop {
            let (path, key) = (path.clone(), key.to_owned());
            match blocking("take the lock", move || attempt(path, &key)).await? {
                Attempt::Taken(lock) => return Ok(lock),
                Attempt::Held(error) if Instant::now() >= until => return Err(error),
                Attempt::Held(_) => sleep(LOOK_EVERY).await,
            }
        }
    }
}

enum Attempt {
    Taken(Lock),
    Held(PlatformError),
}

fn attempt(path: PathBuf, key: &str) -> Result<Attempt, PlatformError> {
    let what = format!("lock {}", path.display());
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .map_err(|error| failure::of(&what, &error))?;
    match file.try_lock() {
        Ok(()) => {
            // For people who look, and for the next one's error. A full disk must not forbid a rollback.
            let _ = file.set_len(0).and_then(|()| write!(file, "process {} for {key}", std::process::id()));
            Ok(Attempt::Taken(Lock { _held: file }))
        }
        Err(TryLockError::WouldBlock) => {
            let holder = holder(&mut file);
            Ok(Attempt::Held(PlatformError::Unavailable { what, why: format!("it is held by {holder}") }))
        }
        Err(TryLockError::Error(error)) => Err(failure::of(what, &error)),
    }
}

fn holder(file: &mut File) -> String {
    let mut words = String::new();
    let read = file.rewind().and_then(|()| file.take(HOLDER_LIMIT).read_to_string(&mut words));
    if read.is_ok() && !words.trim().is_empty() { words.trim().to_owned() } else { "somebody unknown".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_second_waits_and_then_says_who_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path(), "first/key", Duration::ZERO).await.unwrap();
        let refused = Lock::take(folder.path(), "second/key", Duration::from_millis(120)).await.unwrap_err();
        assert!(refused.is_passing());
        let held = format!("it is held by process {} for first/key", std::process::id());
        assert!(refused.to_string().ends_with(&held), "{refused}");

        let second = tokio::spawn({
            let folder = folder.path().to_path_buf();
            async move { Lock::take(&folder, "second/key", Duration::from_secs(5)).await }
        });
        sleep(Duration::from_millis(80)).await;
        assert!(!second.is_finished());
        drop(first);
        second.await.unwrap().unwrap();
    }
}
