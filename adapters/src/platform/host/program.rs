//! Runs a program: no shell, its own process group, bounded in time and in what it may say.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::redact::redact;

/// How much of the end of what a program says is kept, in bytes.
const KEPT: usize = 4 * 1024;

/// How long what a program said is awaited after its end. Whoever it left behind may hold its output
/// open for ever.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// What a program finds in its environment of the bot's: enough to find other programs, and no secret.
const INHERITED: [&str; 5] = ["PATH", "HOME", "USER", "LANG", "TZ"];

/// A program to run.
#[derive(Debug)]
pub(super) struct Program<'a> {
    pub(super) path: &'a Path,
    pub(super) arguments: &'a [String],
    pub(super) folder: &'a Path,
    /// What it is told beside its arguments.
    pub(super) told: &'a [(&'static str, &'a str)],
    pub(super) within: Duration,
}

/// How it ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// The end of what it said, on both its outputs, without secrets.
    pub(super) said: String,
}

/// Why it did not end.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotRun {
    #[error("it cannot be started: {0}")]
    Start(std::io::Error),
    #[error("it did not end within {within:?} and was ended: {said}")]
    TimedOut { within: Duration, said: String },
    #[error("its end was not seen: {0}")]
    Lost(std::io::Error),
}

impl Program<'_> {
    /// Runs it to its end. If this future is dropped, or the time is over, its process group is ended:
    /// whoever is to outlive it must leave the group, as daemons do. After its end nobody is.
    ///
    /// # Errors
    /// See [`NotRun`]; a program that ended badly has ended.
    pub(super) async fn run(&self) -> Result<Ended, NotRun> {
        let mut child = self.command().spawn().map_err(NotRun::Start)?;
        let group = Group(child.id());
        let said = Said::default();
        let listeners = [said.listen(child.stdout.take()), said.listen(child.stderr.take())];
        let status = match timeout(self.within, child.wait()).await {
            Ok(status) => status.map_err(NotRun::Lost)?,
            Err(_) => {
                drop(group);
                finish(listeners).await;
                return Err(NotRun::TimedOut { within: self.within, said: said.text() });
            }
        };
        group.leave();
        finish(listeners).await;
        Ok(Ended { status, said: said.text() })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.path);
        command
            .args(self.arguments)
            .current_dir(self.folder)
            .env_clear()
            .envs(INHERITED.iter().filter_map(|name| std::env::var_os(name).map(|value| (*name, value))))
            .envs(self.told.iter().map(|(name, value)| (*name, OsStr::new(value))))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        command
    }
}

/// Ends a process group when it is dropped.
struct Group(Option<u32>);

impl Group {
    /// Leaves the group alone: its leader has ended by itself.
    fn leave(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.0.and_then(|id| i32::try_from(id).ok()) {
            // Nobody left to end is as good.
            let _ = killpg(Pid::from_raw(id), Signal::SIGKILL);
        }
    }
}

/// The end of what a program said.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Said {
    fn listen(&self, output: Option<impl AsyncRead + Unpin + Send + 'static>) -> JoinHandle<()> {
        let said = self.clone();
        tokio::spawn(async move {
            let Some(mut output) = output else { return };
            let mut part = [0; 1024];
            while let Ok(read @ 1..) = output.read(&mut part).await {
                said.keep(&part[..read]);
            }
        })
    }

    fn keep(&self, part: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(part);
        let too_much = kept.len().saturating_sub(KEPT);
        kept.drain(..too_much);
    }

    fn text(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        redact(String::from_utf8_lossy(&kept).trim())
    }
}

/// Waits for the last words, and then listens no more.
async fn finish(listeners: [JoinHandle<()>; 2]) {
    for mut listener in listeners {
        if timeout(LAST_WORDS, &mut listener).await.is_err() {
            listener.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell<'a>(arguments: &'a [String], within: Duration) -> Program<'a> {
        let told = &[("SWITCHBACK_KEY", "a key")];
        Program { path: Path::new("/bin/sh"), arguments, folder: Path::new("/"), told, within }
    }

    fn script(text: &str) -> [String; 2] {
        ["-c".to_owned(), text.to_owned()]
    }

    #[tokio::test]
    async fn it_is_told_the_key_and_no_more_of_the_environment_than_it_needs() {
        let arguments = script("env; exit 3");
        let ended = shell(&arguments, Duration::from_secs(5)).run().await.unwrap();
        assert_eq!(ended.status.code(), Some(3));
        assert!(ended.said.contains("SWITCHBACK_KEY=a key"), "{}", ended.said);
        assert!(!ended.said.contains("CARGO"), "{}", ended.said);
    }

    #[tokio::test]
    async fn only_the_end_of_a_flood_is_kept() {
        let arguments = script("i=0; while [ $i -lt 20000 ]; do echo $i; i=$((i+1)); done; echo the end >&2");
        let ended = shell(&arguments, Duration::from_secs(20)).run().await.unwrap();
        assert!(ended.said.len() <= KEPT);
        assert!(ended.said.contains("19999") && ended.said.contains("the end"), "{}", ended.said);
    }

    #[tokio::test]
    async fn a_secret_that_it_says_is_not_kept() {
        let arguments = script("echo using password=hunter2000");
        let ended = shell(&arguments, Duration::from_secs(5)).run().await.unwrap();
        assert!(ended.said.starts_with("using") && !ended.said.contains("hunter2000"), "{}", ended.said);
    }

    #[tokio::test]
    async fn its_whole_group_ends_with_its_time() {
        let arguments = script("sleep 60 & echo $!; wait");
        let error = shell(&arguments, Duration::from_millis(300)).run().await.unwrap_err();
        let NotRun::TimedOut { said, .. } = error else { panic!("{error}") };
        gone(said.trim().parse().unwrap()).await;
    }

    #[tokio::test]
    async fn its_whole_group_ends_when_nobody_waits_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let arguments = script("sleep 60 & echo $! > id; wait");
        let program = Program { folder: folder.path(), ..shell(&arguments, Duration::from_secs(60)) };
        let file = folder.path().join("id");
        tokio::select! {
            ended = program.run() => panic!("{ended:?}"),
            () = async { while super::super::process::written_in(&file).is_none() { pause().await } } => {}
        }
        gone(super::super::process::written_in(&file).unwrap()).await;
    }

    #[tokio::test]
    async fn whoever_it_leaves_behind_does_not_hold_it_up_and_lives() {
        let arguments = script("sleep 5 & echo $!");
        let began = std::time::Instant::now();
        let ended = shell(&arguments, Duration::from_secs(5)).run().await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(2));
        let left = Pid::from_raw(ended.said.parse().unwrap());
        nix::sys::signal::kill(left, Signal::SIGKILL).unwrap();
    }

    async fn pause() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    async fn gone(id: u32) {
        for _ in 0..200 {
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            if stat.is_empty() || stat.contains(") Z ") {
                return;
            }
            pause().await;
        }
        panic!("process {id} is still there");
    }
}
