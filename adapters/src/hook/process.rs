//! The bot's side of a call: start a guard, hand it the call, judge what it reports.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use commands::model::{Hook, HookAnswer, HookCall};
use commands::ports::{HookError, HookRunner};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use super::OUTPUT_LIMIT;
use super::report::{End, Report};
use crate::redact::{REDACTED, redact};

/// The first argument of the bot where it is to be a guard: its `main` then calls
/// [`guard`](super::guard) with the arguments after it.
pub const GUARD_COMMAND: &str = "hook-guard";

/// How much of standard error is kept as evidence: the last characters of it.
const EVIDENCE: usize = 2000;

/// Runs hooks as processes of this machine, each in a group of its own that ends with the bot.
#[derive(Debug, Clone)]
pub struct ProcessHooks {
    guard: PathBuf,
}

impl ProcessHooks {
    /// With this program as guard: one that calls [`guard`](super::guard) where its first argument is
    /// [`GUARD_COMMAND`].
    #[must_use]
    pub fn new(guard: impl Into<PathBuf>) -> Self {
        Self { guard: guard.into() }
    }

    /// With the running program itself as guard, also after its file was replaced by a newer one.
    #[must_use]
    pub fn guarded_by_itself() -> Self {
        Self::new("/proc/self/exe")
    }
}

#[async_trait]
impl HookRunner for ProcessHooks {
    async fn call(&self, hook: &Hook, call: &HookCall) -> Result<HookAnswer, HookError> {
        let program = hook.program.display().to_string();
        let mut group = Group::start(&self.guard, hook)?;
        let limit = Duration::try_from(hook.timeout).unwrap_or_default();
        let report = tokio::time::timeout(limit, group.exchange(call)).await;
        group.end().await;
        match report {
            Ok(Ok(report)) => judge(program, call, &report),
            Ok(Err(why)) => {
                Err(HookError::Failed { program, status: "the end of its guard".to_owned(), output: why.to_string() })
            }
            Err(_) => Err(HookError::TimedOut { program, seconds: limit.as_millis().div_ceil(1000) as u64 }),
        }
    }
}

/// A guard and all that runs under it. It ends when this value does.
struct Group {
    guard: Child,
}

impl Group {
    fn start(guard: &Path, hook: &Hook) -> Result<Self, HookError> {
        let failed = |why: String| HookError::Start { program: hook.program.display().to_string(), why };
        if !hook.program.is_absolute() {
            return Err(failed("it is not named by an absolute path".to_owned()));
        }
        let mut command = Command::new(guard);
        command.arg(GUARD_COMMAND).arg(&hook.program).args(&hook.arguments);
        command.env_clear().envs(environment()).current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let guard = command.spawn().map_err(|why| failed(format!("its guard {}: {why}", guard.display())))?;
        Ok(Self { guard })
    }

    /// Says what to do and waits for the report. The pipe stays open: its end is the end of the group.
    async fn exchange(&mut self, call: &HookCall) -> io::Result<Report> {
        let gone = || io::Error::other("the guard has no pipe");
        let mut line = serde_json::to_vec(call)?;
        line.push(b'\n');
        self.guard.stdin.as_mut().ok_or_else(gone)?.write_all(&line).await?;
        Report::read(self.guard.stdout.as_mut().ok_or_else(gone)?).await
    }

    /// Ends all of it, and waits until the guard is gone.
    async fn end(mut self) {
        /// SIGKILL takes effect at once, but for a process that waits for a broken disk.
        const SOON: Duration = Duration::from_secs(2);
        self.kill();
        // The runtime collects it later where it takes longer.
        let _ = tokio::time::timeout(SOON, self.guard.wait()).await;
    }

    fn kill(&self) {
        // There is an id for as long as nobody waited for the guard's end, and for so long neither the
        // id nor the group of that number can be somebody else's.
        if let Some(id) = self.guard.id().and_then(|id| i32::try_from(id).ok()) {
            // It fails only where nothing is left of the group.
            let _ = killpg(Pid::from_raw(id), Signal::SIGKILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// All that a program finds in its environment: where programs are, and that it should speak plainly.
fn environment() -> [(&'static str, OsString); 3] {
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    [("PATH", path), ("LANG", "C.UTF-8".into()), ("TZ", "UTC".into())]
}

fn judge(program: String, call: &HookCall, report: &Report) -> Result<HookAnswer, HookError> {
    let status = match &report.end {
        End::NotStarted(why) => return Err(HookError::Start { program, why: why.clone() }),
        End::Flooded => return Err(HookError::Flooded { program, limit: OUTPUT_LIMIT }),
        End::Ended(status) => ExitStatus::from_raw(*status),
    };
    let output = evidence(&report.stderr);
    if !status.success() {
        return Err(HookError::Failed { program, status: status.to_string(), output });
    }
    if !output.is_empty() {
        tracing::debug!(program, key = call.key, output, "a hook that succeeded wrote to standard error");
    }
    answer(&report.stdout).map_err(|why| HookError::Garbled { program, why })
}

/// Exactly one JSON object, with nothing but white space around it.
fn answer(stdout: &[u8]) -> Result<HookAnswer, String> {
    let Some(b'{') = stdout.trim_ascii_start().first() else {
        let found = if stdout.trim_ascii().is_empty() { "nothing" } else { "something else" };
        return Err(format!("one JSON object was expected on standard output, and {found} was there"));
    };
    let answer: HookAnswer = serde_json::from_slice(stdout).map_err(|why| shortened(&redact(&why.to_string())))?;
    Ok(HookAnswer {
        result: answer.result,
        facts: answer.facts.into_iter().map(|(name, value)| (redact(&name), redact_fact(&name, &value))).collect(),
        message: redact(&answer.message),
    })
}

/// A value may be a secret by its name alone.
fn redact_fact(name: &str, value: &str) -> String {
    if redact(&format!("{name}={value:?}")) == format!("{name}={REDACTED}") {
        return REDACTED.to_owned();
    }
    redact(value)
}

/// The end of what was written, redacted before it is cut, so that no cut hides what a secret is
/// known by.
fn evidence(stderr: &[u8]) -> String {
    let text = redact(&String::from_utf8_lossy(stderr));
    let text = text.trim();
    match text.char_indices().nth_back(EVIDENCE - 1) {
        Some((start, _)) if start > 0 => format!("…{}", &text[start..]),
        _ => text.to_owned(),
    }
}

/// An error may quote what it does not understand, however long that is.
fn shortened(text: &str) -> String {
    let cut = text.char_indices().nth(300).map_or(Cow::Borrowed(text), |(end, _)| format!("{}…", &text[..end]).into());
    cut.into_owned()
}

#[cfg(test)]
mod tests {
    use commands::model::HookResult;

    use super::*;

    #[test]
    fn one_object_is_an_answer_and_anything_else_is_not() {
        assert_eq!(answer(b" {\"result\": \"done\"}\n\n").unwrap().result, HookResult::Done);
        for garbage in
            ["", " \n", "done", "[\"done\", {}, \"\"]", "{\"result\":\"done\"} x", "{}{}", "{\"result\":\"yes\"}"]
        {
            assert!(answer(garbage.as_bytes()).is_err(), "{garbage}");
        }
        assert!(answer(b"{\"result\":\"done\",\"message\":\"\xff\"}").is_err());
    }

    #[test]
    fn an_answer_is_redacted() {
        let text = br#"{"result": "done", "facts": {"url": "postgres://me:hunter2@db/x", "db_password": "hunter2 hunter2"}, "message": "token=hunter2"}"#;
        let answer = answer(text).unwrap();
        assert_eq!(answer.facts["url"], "postgres://[redacted]@db/x");
        assert_eq!(answer.facts["db_password"], "[redacted]");
        assert_eq!(answer.message, "token=[redacted]");
    }

    #[test]
    fn evidence_is_the_end_and_its_secrets_go_before_the_cut() {
        let long = format!("{}password={}", "x".repeat(100), "ü".repeat(EVIDENCE));
        assert_eq!(evidence(long.as_bytes()), format!("{}password=[redacted]", "x".repeat(100)));
        let long = "ü ".repeat(EVIDENCE);
        assert_eq!(evidence(long.as_bytes()).chars().count(), EVIDENCE + 1);
    }
}
