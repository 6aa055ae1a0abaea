//! The guard: starts one program, reports how it ended, and ends the whole group when the bot is gone.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, RawFd};
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, close, getpgrp, getpid, setpgid};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::pipe;
use tokio::process::{Child, ChildStdin, Command};
use tokio::signal::unix::{SignalKind, signal};

use super::OUTPUT_LIMIT;
use super::report::{End, Report};

/// What the bot's `main` does when it is started as a guard, before it does anything else. The
/// arguments are those after [`GUARD_COMMAND`](super::GUARD_COMMAND): the program and its own.
///
/// It returns only if it could not begin; otherwise it ends with its process group.
pub fn guard(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut arguments = arguments.into_iter();
    let Some(program) = arguments.next() else { return ExitCode::from(2) };
    close_what_was_left_open();
    let mut command = Command::new(program);
    command.args(arguments);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.and_then(|runtime| runtime.block_on(watch(command))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Everything but the three standard streams: files that the bot was started with, or that a library
/// of it opened without care, are none of the program's business. Nothing of this process is open yet.
fn close_what_was_left_open() {
    let Ok(entries) = fs::read_dir("/proc/self/fd") else { return };
    let open: Vec<RawFd> =
        entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).filter(|file| *file > 2).collect();
    for file in open {
        // One of them was the folder itself, which is closed by now.
        let _ = close(file);
    }
}

async fn watch(command: Command) -> io::Result<()> {
    lead_a_group()?;
    ignore_what_is_meant_for_the_program()?;
    let mut bot = BufReader::new(pipe::Receiver::from_owned_fd(io::stdin().as_fd().try_clone_to_owned()?)?);
    let mut call = Vec::new();
    bot.read_until(b'\n', &mut call).await?;
    if call.last() != Some(&b'\n') {
        return Ok(()); // The bot went before it had said what to do, and nothing was started.
    }
    let report = tokio::select! {
        report = run(command, call) => report,
        () = gone(&mut bot) => return end_group(),
    };
    // The bot reads, so this does not block; if it does not read any more, the pipe is broken.
    let told = report.to_bytes().and_then(|bytes| io::stdout().write_all(&bytes)).and_then(|()| io::stdout().flush());
    if told.is_ok() {
        // What the program left behind ends with the call, and when that is, the bot says: by ending
        // the group, or by being gone.
        gone(&mut bot).await;
    }
    end_group()
}

/// The bot starts the guard as a leader already. Anybody else who does may lose no more than it.
fn lead_a_group() -> io::Result<()> {
    if getpgrp() != getpid() {
        setpgid(Pid::from_raw(0), Pid::from_raw(0))?;
    }
    Ok(())
}

/// A program may well say `kill 0` to its own children. Its guard is in that group and stays.
fn ignore_what_is_meant_for_the_program() -> io::Result<()> {
    for kind in [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup(), SignalKind::quit()] {
        // Once asked for, a signal no longer ends this process, even if nobody listens any more. A
        // handler is not passed on to a program that is started, so there they are as always.
        drop(signal(kind)?);
    }
    Ok(())
}

/// Returns when the bot's end of the pipe is closed.
async fn gone(bot: &mut BufReader<pipe::Receiver>) {
    let mut nothing = [0; 64];
    while let Ok(1..) = bot.read(&mut nothing).await {}
}

/// Everything in the group, this process included, at once and for certain.
fn end_group() -> io::Result<()> {
    Ok(killpg(getpgrp(), Signal::SIGKILL)?)
}

async fn run(mut command: Command, call: Vec<u8>) -> Report {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let followed = match child {
        Ok(child) => follow(child, &call).await,
        Err(why) => Err(why),
    };
    followed.unwrap_or_else(|why| Report::without_output(End::NotStarted(why.to_string())))
}

async fn follow(mut child: Child, call: &[u8]) -> io::Result<Report> {
    /// What the program itself wrote is in the pipes when it ends. Only what it left behind can hold
    /// them open, and is not waited for longer than this.
    const LINGER: Duration = Duration::from_millis(50);
    let mut input = child.stdin.take();
    let mut stdout = Output::of(child.stdout.take());
    let mut stderr = Output::of(child.stderr.take());
    let status = tokio::select! {
        status = child.wait() => Some(status?),
        () = stdout.overflow() => None,
        () = stderr.overflow() => None,
        () = feed(&mut input, call) => None,
    };
    if status.is_some() {
        // Whether the time is up says nothing: what is there was read.
        let _ = tokio::time::timeout(LINGER, async { tokio::join!(stdout.fill(), stderr.fill()) }).await;
    }
    Ok(match status {
        Some(status) if !stdout.is_over() && !stderr.is_over() => {
            Report { end: End::of(status), stdout: stdout.bytes, stderr: stderr.bytes }
        }
        _ => Report::without_output(End::Flooded),
    })
}

/// Gives the program its call, and never returns: nothing follows from it. A program that does not
/// want to know closes its end, and that is its right.
async fn feed(input: &mut Option<ChildStdin>, call: &[u8]) {
    if let Some(mut input) = input.take() {
        let _ = input.write_all(call).await;
    }
    std::future::pending().await
}

/// One output of the program, as far as it was read.
struct Output<R> {
    from: Option<R>,
    bytes: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Output<R> {
    fn of(from: Option<R>) -> Self {
        Self { from, bytes: Vec::new() }
    }

    fn is_over(&self) -> bool {
        self.bytes.len() > OUTPUT_LIMIT
    }

    /// Reads to the end, or to a little more than the limit. May be dropped and called again.
    async fn fill(&mut self) {
        while let Some(from) = &mut self.from
            && self.bytes.len() <= OUTPUT_LIMIT
        {
            if !matches!(from.read_buf(&mut self.bytes).await, Ok(1..)) {
                self.from = None;
            }
        }
    }

    /// Reads, and returns only when it is more than the limit.
    async fn overflow(&mut self) {
        self.fill().await;
        if !self.is_over() {
            std::future::pending().await
        }
    }
}
