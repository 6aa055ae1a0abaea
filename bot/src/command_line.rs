//! What can be typed at a terminal.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::configuration::{self, Configuration, Platforms, Refusal, Vocabulary};

/// Takes production back to a version that worked.
#[derive(Debug, Parser)]
#[command(name = "switchback", version, about, propagate_version = true)]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run the bot until it is told to stop; SIGHUP reads the configuration again.
    Serve(ConfigurationFile),
    /// Show the whole job in a temporary folder: a broken release, a rollback, the report.
    Demo(Demo),
    /// Show what a rollback would do and what would be lost; changes nothing, opens nothing.
    Plan(Plan),
    /// Read the configuration and say everything that is wrong with it.
    Check(ConfigurationFile),
    /// Look at everything that a rollback will need: disk, programs, platforms, probes, rota.
    Doctor(ConfigurationFile),
    /// Print the JSON schema of the configuration, for editors.
    Schema(Schema),
    /// Runs one hook and ends it with the bot. The bot starts this itself.
    #[command(hide = true)]
    HookGuard(Rest),
    /// The service of the demo. The demo starts this itself.
    #[command(hide = true)]
    Playground(Rest),
}

/// Which configuration.
#[derive(Debug, Clone, Args)]
pub struct ConfigurationFile {
    /// The main file of the configuration.
    #[arg(long = "config", value_name = "FILE", default_value = "/etc/switchback/switchback.toml")]
    pub path: PathBuf,
}

/// How the demo is played.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// Play the story without asking anybody.
    #[arg(long)]
    pub yes: bool,
    /// Build the playground in this folder and leave it there.
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

/// What to plan, as it would be typed in a chat after `/rollback plan`.
#[derive(Debug, Clone, Args)]
pub struct Plan {
    /// Which configuration.
    #[command(flatten)]
    pub configuration: ConfigurationFile,
    /// The words: `api-service v1.2.9 severity=high`.
    #[arg(required = true, value_name = "TEXT")]
    pub words: Vec<String>,
}

impl Plan {
    /// The words as one line.
    #[must_use]
    pub fn text(&self) -> String {
        self.words.join(" ")
    }
}

/// Which schema.
#[derive(Debug, Clone, Copy, Args)]
pub struct Schema {
    /// The schema of one file of the catalogue's folder, in place of the main file's.
    #[arg(long)]
    pub service: bool,
    /// The reference of all keys as Markdown, in place of a schema.
    #[arg(long, conflicts_with = "service")]
    pub reference: bool,
}

/// Arguments that are passed on as they are.
#[derive(Debug, Clone, Args)]
pub struct Rest {
    /// The arguments.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    pub arguments: Vec<OsString>,
}

/// Reads a configuration and holds it against the platforms and the programs on this machine. Prints
/// everything that is wrong, or in one line what was understood; fails where anything is wrong.
///
/// # Errors
/// The output cannot be written.
pub fn check(
    path: &Path,
    vocabulary: &Vocabulary<'_>,
    platforms: &Platforms,
    colour: bool,
    output: &mut dyn Write,
) -> io::Result<ExitCode> {
    match checked(path, vocabulary, platforms) {
        Ok(configuration) => {
            for warning in &configuration.warnings {
                writeln!(output, "warning: {warning}")?;
            }
            writeln!(output, "{}", understood(path, &configuration))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(refusal) => {
            write!(output, "{}", refusal.report(colour))?;
            writeln!(output, "{} wrong in {}", things(refusal.count(), "thing"), path.display())?;
            Ok(ExitCode::FAILURE)
        }
    }
}

fn checked(path: &Path, vocabulary: &Vocabulary<'_>, platforms: &Platforms) -> Result<Configuration, Box<Refusal>> {
    let configuration = configuration::load(path, vocabulary)?;
    let mut problems = configuration::check_addresses(&configuration, platforms);
    problems.extend(configuration::check_programs(&configuration));
    match configuration.refused_for(problems) {
        Some(refusal) => Err(Box::new(refusal)),
        None => Ok(configuration),
    }
}

fn understood(path: &Path, configuration: &Configuration) -> String {
    let settings = &configuration.settings;
    format!(
        "{} is good: {}, {}, configuration {}",
        path.display(),
        things(settings.catalogue.len(), "service"),
        things(settings.persons.len(), "person"),
        settings.configuration.short()
    )
}

fn things(count: usize, name: &str) -> String {
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

/// Prints a schema or the reference.
///
/// # Errors
/// The output cannot be written.
pub fn schema(which: Schema, output: &mut dyn Write) -> io::Result<ExitCode> {
    if which.reference {
        output.write_all(configuration::reference().as_bytes())?;
    } else {
        let schema = if which.service { configuration::service_schema() } else { configuration::main_schema() };
        serde_json::to_writer_pretty(&mut *output, &schema)?;
        writeln!(output)?;
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parsed(line: &str) -> Verb {
        CommandLine::try_parse_from(line.split(' ')).unwrap().verb
    }

    #[test]
    fn the_command_line_agrees_with_itself() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn words_of_a_plan_are_one_line() {
        let Verb::Plan(plan) = parsed("switchback plan --config a.toml api-service v1.2.9 severity=high") else {
            panic!("no plan")
        };
        assert_eq!(plan.text(), "api-service v1.2.9 severity=high");
        assert_eq!(plan.configuration.path, Path::new("a.toml"));
    }

    #[test]
    fn a_guarded_program_keeps_its_own_options() {
        let Verb::HookGuard(rest) = parsed("switchback hook-guard /bin/backup --config x -v") else {
            panic!("no guard")
        };
        assert_eq!(rest.arguments, ["/bin/backup", "--config", "x", "-v"]);
    }

    #[test]
    fn schemas_are_json_and_the_reference_is_not() {
        for service in [false, true] {
            let mut output = Vec::new();
            schema(Schema { service, reference: false }, &mut output).unwrap();
            let schema: serde_json::Value = serde_json::from_slice(&output).unwrap();
            assert_eq!(schema["additionalProperties"], false);
            assert_eq!(schema["title"], if service { "Service" } else { "Switchback" });
        }
        let mut output = Vec::new();
        schema(Schema { service: false, reference: true }, &mut output).unwrap();
        assert!(output.starts_with(b"### "));
    }
}
