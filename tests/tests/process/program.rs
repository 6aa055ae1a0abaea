//! The program under test, started as a person or systemd would, and watched.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The bot's own `main.rs`.
pub(super) const SWITCHBACK: &str = env!("CARGO_BIN_EXE_switchback-under-test");

/// How long a part of a test may take before it has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A running program. Killed when this is dropped.
pub(crate) struct Program {
    child: Child,
    input: Option<ChildStdin>,
    said: watch::Receiver<String>,
    errors: watch::Receiver<String>,
    readers: [JoinHandle<()>; 2],
}

/// How one ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) said: String,
    pub(crate) errors: String,
}

impl Program {
    pub(super) fn start<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Self {
        Self::start_in(Path::new("."), arguments)
    }

    fn start_in<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> Self {
        let mut child = Command::new(SWITCHBACK)
            .args(arguments)
            .current_dir(folder)
            // What a developer's shell holds must not change what a test sees.
            .env_remove("RUST_LOG")
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (said, first) = collect(child.stdout.take().unwrap());
        let (errors, second) = collect(child.stderr.take().unwrap());
        let input = child.stdin.take();
        Self { child, input, said, errors, readers: [first, second] }
    }

    /// Runs one to its end, with nothing to read.
    pub(super) async fn run<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Ended {
        Self::run_in(Path::new("."), arguments).await
    }

    /// The same, in this working folder.
    pub(crate) async fn run_in<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> Ended {
        let mut program = Self::start_in(folder, arguments);
        program.input = None;
        program.ended().await
    }

    pub(super) fn id(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id().expect("the program has ended")).unwrap())
    }

    pub(super) fn signal(&self, signal: Signal) {
        kill(self.id(), signal).unwrap();
    }

    pub(super) async fn types(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        input.flush().await.unwrap();
    }

    /// Waits until standard output has this, and gives all of it.
    pub(super) async fn says(&mut self, what: &str) -> String {
        found(&mut self.said, what).await
    }

    /// Waits until standard error has this, and gives all of it.
    pub(super) async fn logs(&mut self, what: &str) -> String {
        found(&mut self.errors, what).await
    }

    /// All that it has printed until now.
    pub(super) fn printed(&self) -> String {
        format!("{}{}", *self.said.borrow(), *self.errors.borrow())
    }

    /// Waits for its end.
    pub(super) async fn ended(mut self) -> Ended {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let status = status.unwrap_or_else(|_| panic!("it does not end: {}", self.printed()));
        for reader in &mut self.readers {
            // What it started may hold the other end open.
            let _ = tokio::time::timeout(Duration::from_millis(500), reader).await;
        }
        Ended { status: status.unwrap(), said: self.said.borrow().clone(), errors: self.errors.borrow().clone() }
    }
}

async fn found(text: &mut watch::Receiver<String>, what: &str) -> String {
    let waited = tokio::time::timeout(PATIENCE, text.wait_for(|text| text.contains(what))).await;
    let whole = waited.ok().and_then(|text| text.ok().map(|text| text.clone()));
    whole.unwrap_or_else(|| panic!("`{what}` was not printed:\n{}", *text.borrow()))
}

fn collect(mut from: impl AsyncRead + Unpin + Send + 'static) -> (watch::Receiver<String>, JoinHandle<()>) {
    let (sender, receiver) = watch::channel(String::new());
    let reader = tokio::spawn(async move {
        let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            bytes.extend_from_slice(&buffer[..count]);
            sender.send_modify(|text| *text = String::from_utf8_lossy(&bytes).into_owned());
        }
    });
    (receiver, reader)
}
