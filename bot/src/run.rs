//! From the command line to what it asks for.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use adapters::clock::SystemClock;
use adapters::hook::GUARD_COMMAND;
use adapters::probe::http::HttpProbe;
use clap::Parser as _;
use commands::ports::Clock;

use crate::command_line::{self, CommandLine, Verb};
use crate::configuration::{Kubernetes, Refusal};
use crate::doctor::{self, Doctor};
use crate::{demo, dry_run, serve, wiring};

/// Does what the arguments say.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut arguments = arguments.into_iter();
    let program = arguments.next();
    let mut rest = arguments.peekable();
    // A guard must be small and early: it begins nothing that it does not need.
    if rest.peek().is_some_and(|word| word == GUARD_COMMAND) {
        return adapters::hook::guard(rest.skip(1));
    }
    let command_line = match CommandLine::try_parse_from(program.into_iter().chain(rest)) {
        Ok(command_line) => command_line,
        Err(said) => {
            // Help goes to standard output and is no error.
            let _ = said.print();
            return if said.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    wiring::install_crypto_provider();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    let outcome = runtime.block_on(dispatch(command_line.verb));
    // A thread that reads a terminal nobody types at would be waited for.
    runtime.shutdown_background();
    outcome.unwrap_or_else(|error| fail(&error))
}

async fn dispatch(verb: Verb) -> anyhow::Result<ExitCode> {
    let output = &mut std::io::stdout();
    let colour = std::io::stdout().is_terminal();
    match verb {
        Verb::Serve(file) => serve::serve(&file.path).await,
        Verb::Demo(how) => demo::play(&how).await,
        Verb::Plan(plan) => dry_run::dry_run(&plan).await,
        Verb::Check(file) => {
            // Addresses are held against the platforms' grammar; no cluster is asked.
            let platforms = wiring::platforms(&Kubernetes::default());
            Ok(command_line::check(&file.path, &wiring::vocabulary(), &platforms, colour, output)?)
        }
        Verb::Doctor(file) => diagnose(&file.path).await,
        Verb::Schema(which) => Ok(command_line::schema(which, output)?),
        Verb::HookGuard(rest) => Ok(adapters::hook::guard(rest.arguments)),
        Verb::Playground(rest) => demo::playground(&rest.arguments).await,
    }
}

async fn diagnose(path: &std::path::Path) -> anyhow::Result<ExitCode> {
    let configuration = match wiring::configuration(path) {
        Ok(configuration) => configuration,
        Err(refusal) => return Ok(refuse(&refusal)),
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let on_call = wiring::on_call(&configuration, &clock)?;
    let doctor = Doctor {
        configuration: &configuration,
        platforms: &wiring::platforms(&configuration.wiring.kubernetes),
        probe: &HttpProbe::new()?,
        on_call: Some(on_call.as_ref()),
    };
    #[allow(unused_mut, reason = "a build without other chats adds none")]
    let mut findings = doctor.examine().await;
    #[cfg(feature = "slack")]
    findings.extend(crate::slack::diagnose(&configuration).await);
    Ok(doctor::print(&findings, &mut std::io::stdout())?)
}

/// Says everything that is wrong with a configuration.
pub fn refuse(refusal: &Refusal) -> ExitCode {
    let colour = std::io::stderr().is_terminal();
    // Where even standard error is closed, the exit code says it.
    let _ = write!(std::io::stderr(), "{}", refusal.report(colour));
    ExitCode::FAILURE
}

fn fail(error: &anyhow::Error) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "switchback: {error:#}");
    ExitCode::FAILURE
}
