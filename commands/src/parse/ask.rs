//! Services and versions: `<service>[@version][,…] [<version>] [key=value …] [because …]`.

use crate::model::{Ask, Environment, Mark, ServiceName, Standing, Subject, Version, Wanted};

use super::error::{ParseError, Problem};
use super::keys::{self, Key};
use super::sentence::{Sentence, unexpected};
use super::verb::Verb;
use super::vocabulary::{self, Vocabulary};
use super::words::Token;
use super::{detected, duration, fold, version};

/// Reads what is to be rolled back, and what is known of the trouble.
pub(super) fn read(sentence: &mut Sentence, verb: Verb, vocabulary: &Vocabulary<'_>) -> Result<Ask, ParseError> {
    let subjects = subjects(sentence, verb, vocabulary)?;
    let wanted = general_version(sentence, vocabulary)?;
    let environment = environment(sentence, &subjects, vocabulary)?;
    Ok(Ask {
        subjects,
        wanted,
        environment,
        severity: value(sentence, Key::Severity, keys::severity)?,
        data: value(sentence, Key::Data, keys::data)?,
        time_to_fix: value(sentence, Key::Fix, duration::read)?,
        detected: value(sentence, Key::Detected, detected::read)?,
        because: sentence.take_reason(),
    })
}

/// Reads one service without a version, and its environment.
pub(super) fn one_service(
    sentence: &mut Sentence,
    verb: Verb,
    vocabulary: &Vocabulary<'_>,
) -> Result<(ServiceName, Option<Environment>), ParseError> {
    let word = sentence.take_word().ok_or(ParseError::somewhere(Problem::MissingService { verb }))?;
    let subject = subject(&word, verb, vocabulary)?;
    if subject.wanted.is_some() {
        return Err(unexpected(&word, verb));
    }
    let environment = environment(sentence, std::slice::from_ref(&subject), vocabulary)?;
    Ok((subject.service, environment))
}

/// Reads `<service> <version> good|bad because …`.
pub(super) fn mark(sentence: &mut Sentence, vocabulary: &Vocabulary<'_>) -> Result<Mark, ParseError> {
    let verb = Verb::Mark;
    let word = sentence.take_word().ok_or(ParseError::somewhere(Problem::MissingService { verb }))?;
    let subject = subject(&word, verb, vocabulary)?;
    let environment = environment(sentence, std::slice::from_ref(&subject), vocabulary)?;
    let version = marked_version(sentence, subject.wanted)?;
    let standing = match sentence.take_word() {
        Some(word) => standing(&word)?,
        None => return Err(ParseError::somewhere(Problem::NeedsStanding)),
    };
    let because = sentence.take_reason().ok_or(ParseError::somewhere(Problem::NeedsReason { verb }))?;
    Ok(Mark { service: subject.service, environment, version, standing, because })
}

/// One exact version: the service's own, or else the next word.
fn marked_version(sentence: &mut Sentence, own: Option<Wanted>) -> Result<Version, ParseError> {
    let needed = Problem::NeedsVersion { verb: Verb::Mark };
    match own {
        Some(Wanted::Version(version)) => return Ok(version),
        Some(Wanted::Previous | Wanted::LastGood) => return Err(ParseError::somewhere(needed)),
        None => {}
    }
    let Some(word) = sentence.take_word() else { return Err(ParseError::somewhere(needed)) };
    if standing(&word).is_ok() {
        return Err(needed.at(word.at));
    }
    match version::wanted(&word.text) {
        Ok(Wanted::Version(version)) => Ok(version),
        Ok(Wanted::Previous | Wanted::LastGood) => Err(needed.at(word.at)),
        Err(problem) => Err(problem.at(word.at)),
    }
}

fn standing(word: &Token) -> Result<Standing, ParseError> {
    match word.text.to_ascii_lowercase().as_str() {
        "good" => Ok(Standing::Good),
        "bad" => Ok(Standing::Bad),
        _ => Err(Problem::BadStanding { typed: fold::shown(&word.text) }.at(word.at)),
    }
}

/// The services before the version: one, and one more after each comma.
fn subjects(sentence: &mut Sentence, verb: Verb, vocabulary: &Vocabulary<'_>) -> Result<Vec<Subject>, ParseError> {
    let word = sentence.take_word().ok_or(ParseError::somewhere(Problem::MissingService { verb }))?;
    let mut subjects = vec![subject(&word, verb, vocabulary)?];
    while sentence.take_comma() {
        let Some(word) = sentence.take_word() else { break };
        let next = subject(&word, verb, vocabulary).map_err(|error| in_list(&word, error))?;
        if subjects.iter().any(|known| known.service == next.service) {
            return Err(Problem::ServiceTwice { service: next.service.to_string() }.at(word.at));
        }
        subjects.push(next);
    }
    Ok(subjects)
}

/// What is unknown behind a comma is no verb, and may be the version.
fn in_list(word: &Token, error: ParseError) -> ParseError {
    match error.problem {
        Problem::MissingService { .. } => Problem::VersionInList { typed: fold::shown(&word.text) }.at(word.at),
        Problem::UnknownWord { typed, known, near } => {
            let near = near.into_iter().filter(|name| known.contains(name)).collect();
            Problem::UnknownService { typed, near, known }.at(word.at)
        }
        problem => ParseError { problem, at: error.at },
    }
}

/// `service` or `service@version`.
fn subject(word: &Token, verb: Verb, vocabulary: &Vocabulary<'_>) -> Result<Subject, ParseError> {
    let (name, wanted) = match word.text.split_once('@') {
        Some((name, version)) => (fold::bare(name), Some(fold::bare(version))),
        None => (word.text.as_str(), None),
    };
    let service = vocabulary.service(name).ok_or_else(|| unknown(name, word, verb, vocabulary))?.clone();
    let wanted = match wanted {
        Some("") => return Err(Problem::MissingVersion { after: fold::shown(&word.text) }.at(word.at)),
        Some(text) => Some(version::wanted(text).map_err(|problem| problem.at(word.at))?),
        None => None,
    };
    Ok(Subject { service, wanted })
}

/// Why a name is no service: what it may have been meant to be.
fn unknown(name: &str, word: &Token, verb: Verb, vocabulary: &Vocabulary<'_>) -> ParseError {
    let known: Vec<String> = vocabulary.services().into_iter().map(str::to_owned).collect();
    let typed = fold::shown(name);
    let before_colon = name.split_once(':').and_then(|(stem, _)| vocabulary.service(fold::bare(stem)));
    let problem = if known.is_empty() {
        Problem::NoServices
    } else if let Some(service) = before_colon {
        Problem::WrongSign { service: service.to_string() }
    } else if let Some(key) = Key::named(name) {
        Problem::MissingEquals { key }
    } else {
        let names = vocabulary.services();
        let near = match verb {
            Verb::Rollback => vocabulary::near(name, names.into_iter().chain(Verb::ALL.map(Verb::word))),
            _ => vocabulary::near(name, names),
        };
        let is_version =
            version::looks_like_one(name) || matches!(version::wanted(name), Ok(Wanted::Previous | Wanted::LastGood));
        match verb {
            _ if near.is_empty() && is_version => Problem::MissingService { verb },
            Verb::Rollback => Problem::UnknownWord { typed, near, known },
            _ => Problem::UnknownService { typed, near, known },
        }
    };
    problem.at(word.at)
}

/// The version behind the services, with or without `to`.
fn general_version(sentence: &mut Sentence, vocabulary: &Vocabulary<'_>) -> Result<Option<Wanted>, ParseError> {
    let Some(mut word) = sentence.take_word() else { return Ok(None) };
    if word.text.eq_ignore_ascii_case("to") {
        let missing = Problem::MissingVersion { after: word.text.clone() }.at(word.at);
        word = sentence.take_word().ok_or(missing)?;
    }
    let problem = if let Some(service) = vocabulary.service(&word.text) {
        Problem::MissingComma { service: service.to_string() }
    } else if let Some(environment) = vocabulary.environment(&word.text) {
        Problem::EnvironmentAsVersion { environment: environment.to_string() }
    } else if let Some(verb) = Verb::named(&word.text) {
        Problem::VerbNotFirst { verb }
    } else if let Some(key) = Key::named(&word.text).or_else(|| Key::of_value(&word.text)) {
        Problem::MissingEquals { key }
    } else {
        return version::wanted(&word.text).map(Some).map_err(|problem| problem.at(word.at));
    };
    Err(problem.at(word.at))
}

/// The environment, which must have each of these services.
fn environment(
    sentence: &mut Sentence,
    subjects: &[Subject],
    vocabulary: &Vocabulary<'_>,
) -> Result<Option<Environment>, ParseError> {
    let Some(word) = sentence.take_value(Key::Environment) else { return Ok(None) };
    let owned = |names: std::collections::BTreeSet<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let Some(environment) = vocabulary.environment(&word.text) else {
        let near = vocabulary::near(&word.text, vocabulary.environments());
        let known = if near.is_empty() { owned(vocabulary.environments()) } else { near };
        return Err(Problem::UnknownEnvironment { typed: fold::shown(&word.text), known }.at(word.at));
    };
    for subject in subjects {
        let there = vocabulary.environments_of(&subject.service);
        if !there.contains(environment.as_str()) {
            let (service, environment) = (subject.service.to_string(), environment.to_string());
            return Err(Problem::ServiceNotThere { service, environment, known: owned(there) }.at(word.at));
        }
    }
    Ok(Some(environment.clone()))
}

fn value<T>(
    sentence: &mut Sentence,
    key: Key,
    read: impl FnOnce(&str) -> Result<T, Problem>,
) -> Result<Option<T>, ParseError> {
    let Some(word) = sentence.take_value(key) else { return Ok(None) };
    read(&word.text).map(Some).map_err(|problem| problem.at(word.at))
}
