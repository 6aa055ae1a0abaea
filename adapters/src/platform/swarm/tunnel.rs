//! The way to an engine by SSH: the machine's own `ssh` runs `docker system dial-stdio` there, as Docker's
//! own program has it. A socket that only this user reaches leads into it, one `ssh` for each connection;
//! none outlives the bot, and the user's own configuration says which hosts are trusted.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, copy};
use tokio::net::{UnixListener, UnixStream};
use tokio::process::{ChildStderr, Command};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;

use crate::redact::redact;

/// How much of what `ssh` says is kept, in bytes.
const WORDS: u64 = 2_000;

/// How long after the end of a connection its last words are waited for.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// One way. It is closed, with all its connections, when this is dropped.
#[derive(Debug)]
pub(super) struct Tunnel {
    folder: TempDir,
    said: Arc<Mutex<String>>,
    listener: AbortHandle,
}

impl Tunnel {
    /// To the host of this URL, which begins with `ssh://` and holds only what a URL of a host may. Nothing
    /// is connected yet.
    ///
    /// # Errors
    /// The socket cannot be made.
    pub(super) fn open(url: &str) -> io::Result<Self> {
        // Only this user may enter the folder.
        let folder = tempfile::Builder::new().prefix("switchback-").tempdir()?;
        let listener = UnixListener::bind(folder.path().join("engine"))?;
        let said = Arc::<Mutex<String>>::default();
        let listener = tokio::spawn(accept(listener, url.to_owned(), Arc::clone(&said))).abort_handle();
        Ok(Self { folder, said, listener })
    }

    /// The socket that leads there.
    pub(super) fn socket(&self) -> PathBuf {
        self.folder.path().join("engine")
    }

    /// What `ssh` said last; empty where it said nothing.
    pub(super) fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

async fn accept(listener: UnixListener, url: String, said: Arc<Mutex<String>>) {
    // They end with this.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let (url, said) = (url.clone(), Arc::clone(&said));
        connections.spawn(async move {
            let mut stream = stream;
            let words = carry(&mut stream, &url).await;
            let words = words.unwrap_or_else(|error| format!("`ssh` cannot be run: {error}"));
            if !words.is_empty() {
                tracing::warn!(url, words, "a connection by ssh ended");
                *said.lock().unwrap_or_else(PoisonError::into_inner) = words;
            }
            // Not before: who is hung up on asks why.
            drop(stream);
        });
    }
}

/// Carries one connection to its end; gives what `ssh` said.
async fn carry(stream: &mut UnixStream, url: &str) -> io::Result<String> {
    let mut ssh = Command::new("ssh");
    // Nobody is there whom it could ask.
    ssh.args(["-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "--", url, "docker", "system", "dial-stdio"]);
    ssh.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut ssh = ssh.spawn()?;
    let (Some(mut there), Some(mut back), Some(words)) = (ssh.stdin.take(), ssh.stdout.take(), ssh.stderr.take())
    else {
        return Ok(String::new());
    };
    let (mut asked, mut answers) = stream.split();
    // Whoever hangs up first ends it.
    tokio::select! {
        _ = copy(&mut asked, &mut there) => {}
        _ = copy(&mut back, &mut answers) => {}
    }
    let words = last_words(words).await;
    // It may have ended by itself.
    let _ = ssh.kill().await;
    Ok(words)
}

async fn last_words(from: ChildStderr) -> String {
    let (mut words, mut from) = (Vec::new(), from.take(WORDS));
    // What came until then is kept in any case.
    let _ = timeout(LAST_WORDS, from.read_to_end(&mut words)).await;
    redact(String::from_utf8_lossy(&words).trim())
}
