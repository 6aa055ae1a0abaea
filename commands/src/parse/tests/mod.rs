//! The grammar as tables, as sentences, and as laws.

mod commands;
mod laws;
mod refusals;
mod sentences;

use crate::model::{Command, ServiceKey};

use super::{ParseError, Problem, Vocabulary, parse};

/// The services that these tests know, with their environments.
const CATALOGUE: [(&str, &str); 6] = [
    ("api-service", "production"),
    ("api-service", "staging"),
    ("Web_Front", "production"),
    ("shop.example", "production"),
    ("billing2", "production"),
    ("data", "staging"),
];

fn catalogue() -> Vec<ServiceKey> {
    CATALOGUE.map(|(name, environment)| ServiceKey { name: name.into(), environment: environment.into() }).into()
}

fn read(text: &str) -> Result<Command, ParseError> {
    parse(text, &catalogue().iter().collect::<Vocabulary<'_>>())
}

fn problem(text: &str) -> Problem {
    match read(text) {
        Err(error) => error.problem,
        Ok(command) => panic!("{text:?} was read as {command:?}"),
    }
}
