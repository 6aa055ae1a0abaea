//! Calls one hook as the bot does, so that a test can kill what would be the bot: `hook-caller
//! <program> <arguments…>`. With `SWITCHBACK_TEST_UNLINK` its own file is removed first, as by an
//! upgrade.

#![allow(clippy::unwrap_used, reason = "a proof fails by a panic")]

use std::process::ExitCode;

use adapters::hook::{GUARD_COMMAND, ProcessHooks, guard};
use commands::model::{Hook, HookPoint};
use commands::ports::HookRunner;
use jiff::SignedDuration;
use tests::conformance::hooks::a_call;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).peekable();
    if arguments.next_if(|first| first == GUARD_COMMAND).is_some() {
        return guard(arguments);
    }
    if std::env::var_os("SWITCHBACK_TEST_UNLINK").is_some() {
        std::fs::remove_file(std::env::current_exe().unwrap()).unwrap();
    }
    let mut arguments = arguments.map(|argument| argument.into_string().unwrap());
    let hook = Hook {
        point: HookPoint::Backup,
        program: arguments.next().unwrap().into(),
        arguments: arguments.collect(),
        timeout: SignedDuration::from_mins(10),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let answer = runtime.block_on(ProcessHooks::guarded_by_itself().call(&hook, &a_call()));
    if answer.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
