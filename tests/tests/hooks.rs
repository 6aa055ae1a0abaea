//! Hooks as processes of this machine, and the death of the bot that called them.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Arc;

use adapters::hook::ProcessHooks;
use commands::model::{HookCall, HookOperation, HookResult};
use commands::ports::HookRunner;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use tests::conformance::hooks::{HooksSubject, a_call, has_ended, is_alive, number_in, script};

const CALLER: &str = env!("CARGO_BIN_EXE_hook-caller");

fn subject() -> HooksSubject {
    HooksSubject { hooks: Arc::new(ProcessHooks::new(CALLER)), folder: tempfile::tempdir().unwrap() }
}

tests::hooks_conformance!(subject());

/// A bot of its own that calls a hook which starts another program and hangs. Ended with the value.
struct Bot {
    process: Child,
    folder: TempDir,
}

impl Bot {
    fn start(text: &str) -> Self {
        // Beside the program, so that it can be linked and not copied.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let caller = folder.path().join("bot");
        fs::hard_link(CALLER, &caller).unwrap();
        let hook = script(text, &[folder.path().to_str().unwrap()]);
        let process = Command::new(caller)
            .arg(hook.program)
            .args(hook.arguments)
            .env("SWITCHBACK_TEST_UNLINK", "yes")
            .spawn()
            .unwrap();
        Self { process, folder }
    }

    async fn number(&self, file: &str) -> i32 {
        number_in(&self.folder.path().join(file)).await
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.process.id()).unwrap()), signal).unwrap();
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Writes who it is, who guards it and whom it started, and hangs against all advice.
const HANGS: &str = r#"trap '' TERM INT HUP
    sleep 1000 & echo $! > "$1/child"
    echo $PPID > "$1/guard"; echo $$ > "$1/program"
    wait; sleep 1000"#;

#[tokio::test]
async fn a_hook_dies_with_a_bot_that_is_killed() {
    let mut bot = Bot::start(HANGS);
    let processes = [bot.number("child").await, bot.number("guard").await, bot.number("program").await];
    assert!(processes.into_iter().all(is_alive));
    assert!(!bot.folder.path().join("bot").exists(), "it ran although its file was removed");
    bot.signal(Signal::SIGKILL);
    bot.process.wait().unwrap();
    for process in processes {
        has_ended(process).await;
    }
}

#[tokio::test]
async fn a_hook_dies_with_a_bot_that_ends() {
    let bot = Bot::start(HANGS);
    let processes = [bot.number("child").await, bot.number("guard").await, bot.number("program").await];
    bot.signal(Signal::SIGTERM);
    for process in processes {
        has_ended(process).await;
    }
}

#[tokio::test]
async fn a_group_that_was_stopped_dies_with_its_bot_too() {
    let mut bot = Bot::start(r#"echo $PPID > "$1/guard"; echo $$ > "$1/program"; kill -STOP 0; sleep 1000"#);
    let processes = [bot.number("guard").await, bot.number("program").await];
    bot.signal(Signal::SIGKILL);
    bot.process.wait().unwrap();
    for process in processes {
        has_ended(process).await;
    }
}

#[tokio::test]
async fn a_hook_whose_guard_is_killed_has_failed_and_is_ended() {
    let mut bot = Bot::start(HANGS);
    let processes = [bot.number("child").await, bot.number("program").await];
    kill(Pid::from_raw(bot.number("guard").await), Signal::SIGKILL).unwrap();
    assert_eq!(bot.process.wait().unwrap().code(), Some(1));
    for process in processes {
        has_ended(process).await;
    }
}

/// The page that authors of hooks read has a whole program in it. It must do what the page says.
#[tokio::test]
async fn the_program_of_the_documentation_keeps_its_promises() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/hooks.md")).unwrap();
    let (_, after) = page.split_once("```sh\n").unwrap();
    let (program, _) = after.split_once("```\n").unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("hook"), program).unwrap();
    let backups = folder.path().join("backups");
    let mut hook = script("", &[]);
    hook.arguments = [folder.path().join("hook"), backups.clone()].map(|path| path.display().to_string()).to_vec();

    let hooks = ProcessHooks::new(CALLER);
    for (op, result, files) in [
        (HookOperation::Check, HookResult::Blocked, 0),
        (HookOperation::Observe, HookResult::NotDone, 0),
        (HookOperation::Do, HookResult::Done, 1),
        (HookOperation::Do, HookResult::Done, 1),
        (HookOperation::Observe, HookResult::Done, 1),
        (HookOperation::Check, HookResult::NotDone, 1),
        (HookOperation::Undo, HookResult::Unknown, 1),
    ] {
        if op == HookOperation::Observe {
            fs::create_dir_all(&backups).unwrap();
        }
        let answer = hooks.call(&hook, &HookCall { op, ..a_call() }).await.unwrap();
        assert_eq!(answer.result, result, "{op:?}: {answer:?}");
        assert_eq!(fs::read_dir(&backups).map(Iterator::count).unwrap_or(0), files, "{op:?}");
    }
}
