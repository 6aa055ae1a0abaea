//! The bot's program: a few lines over a function that tests can call too.

use std::process::ExitCode;

fn main() -> ExitCode {
    bot::run::run(std::env::args_os())
}
