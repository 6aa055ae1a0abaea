//! From a path to a configuration, or to everything that is wrong with it.

use std::num::NonZeroU16;
use std::path::Path;

use adapters::oncall::rota::RotaSettings;
use commands::model::{PersonId, Service};
use commands::settings::{Pace, Settings};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer, Error, ValueDeserializer};

use super::file::{Announce, Main};
use super::location::{Location, Problem, Whereabouts};
use super::refusal::Refusal;
use super::service_entry::ServiceEntry;
use super::source::{ReadError, Source, Sources};
use super::wiring::Wiring;
use super::{schema, shape, slack, templates, validate};

/// What others know and a configuration must agree with.
pub struct Vocabulary<'a> {
    /// Whether a word means something in the grammar of commands, so that no service can have it as
    /// its name.
    pub is_reserved: &'a dyn Fn(&str) -> bool,
    /// Who can ever be on call by this `[rota]`; the error says what is wrong with it.
    pub on_call: &'a dyn Fn(&RotaSettings) -> Result<Vec<PersonId>, String>,
    /// The value of an environment variable; secrets may be there.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

impl std::fmt::Debug for Vocabulary<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vocabulary")
    }
}

/// A configuration that is understood and agrees with itself.
#[derive(Debug)]
pub struct Configuration {
    /// What the mind needs.
    pub settings: Settings,
    /// What the body needs.
    pub wiring: Wiring,
    /// What is unwise, and taken all the same: a secret that everybody can read.
    pub warnings: Vec<String>,
    /// Where each service of `settings.catalogue` stands.
    pub(super) services: Vec<Location>,
    pub(super) sources: Sources,
}

/// What was read of the files before it is held against itself.
pub(super) struct Draft {
    pub(super) main: Main,
    pub(super) rota: Rota,
    pub(super) services: Vec<(Location, Service)>,
}

/// What was read of `[rota]`.
pub(super) enum Rota {
    /// Nothing: it is not there.
    Nobody,
    /// Something that cannot be understood, and was said to be.
    Broken,
    /// The rota.
    Read(RotaSettings),
}

/// Reads the configuration whose main file is at this path. Relative paths in a file are read against
/// the file's folder.
///
/// # Errors
/// [`Refusal`] with every mistake that was found; nothing of a configuration with one is taken.
pub fn load(path: &Path, vocabulary: &Vocabulary<'_>) -> Result<Configuration, Box<Refusal>> {
    let mut sources = Sources::default();
    let mut problems = Vec::new();
    sources.documents.push(Source::read(path).map_err(|why| unreadable(&why))?);
    let Some(draft) = read(&mut sources, &mut problems) else { return Err(Box::new(Refusal::new(&sources, problems))) };
    let texts = templates::read(&draft.main.texts, &mut sources, &mut problems);
    validate::all(&draft, vocabulary, &mut problems);
    let folder = sources.documents[0].folder();
    let (metrics_token, mut warnings) = read_token(&draft.main, &folder, vocabulary, &mut problems);
    let slack = draft.main.chat.slack.as_ref();
    let slack = slack.and_then(|slack| slack::read(slack, &folder, vocabulary, &mut problems, &mut warnings));
    let zone = validate::zone(&draft.main, &mut problems);
    if !problems.is_empty() {
        return Err(Box::new(Refusal::new(&sources, problems)));
    }
    let wiring = Wiring::new(&draft.main, &draft.rota, &folder, metrics_token, slack);
    let (services, catalogue) = draft.services.into_iter().unzip();
    let settings = settings(draft.main, catalogue, texts, zone, &sources);
    Ok(Configuration { settings, wiring, warnings, services, sources })
}

fn unreadable(why: &ReadError) -> Box<Refusal> {
    Box::new(Refusal::unreadable(why, "name the main file with `--config FILE`"))
}

/// Reads all files into types. `None` where so much is wrong that holding the rest against itself
/// would only report the same mistakes again.
fn read(sources: &mut Sources, problems: &mut Vec<Problem>) -> Option<Draft> {
    let source = sources.documents[0].clone();
    let mut table = parse(sources, 0, &source.text, &schema::main_schema(), problems)?;
    let inline = match table.get_mut().remove("service").map(Spanned::into_inner) {
        Some(DeValue::Array(items)) => items.iter().cloned().collect(),
        _ => Vec::new(),
    };
    let rota = match table.get_mut().remove("rota") {
        None => Rota::Nobody,
        Some(value) => taken(RotaSettings::deserialize(ValueDeserializer::from(value)), 0, problems)
            .map_or(Rota::Broken, Rota::Read),
    };
    let main = Main::deserialize(Deserializer::from(table));
    let mut services = Vec::new();
    for (position, value) in inline.into_iter().enumerate() {
        let entry = ServiceEntry::deserialize(ValueDeserializer::from(value));
        let location = Location::of_file(0).key("service").item(position);
        services.extend(taken(entry, 0, problems).map(|entry| (location, entry.into_service(&source.folder()))));
    }
    let main = taken(main, 0, problems)?;
    if let Some(folder) = &main.catalogue {
        services.extend(read_folder(&source.folder().join(folder), sources, problems));
    }
    Some(Draft { main, rota, services })
}

/// Every `*.toml` of the catalogue's folder, in the order of their names. What begins with a dot is
/// an editor's.
fn read_folder(folder: &Path, sources: &mut Sources, problems: &mut Vec<Problem>) -> Vec<(Location, Service)> {
    let location = Location::of_file(0).key("catalogue");
    let found = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>());
    let mut paths = match found {
        Ok(paths) => paths,
        Err(why) => {
            let what = format!("cannot read the folder {}: {why}", folder.display());
            problems.push(Problem::at(&location, what).help("make the folder, or remove `catalogue`"));
            return Vec::new();
        }
    };
    let hidden = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    paths.retain(|path| path.extension().is_some_and(|end| end == "toml") && !hidden(path));
    paths.sort();
    let mut services = Vec::new();
    for path in paths {
        match Source::read(&path) {
            Ok(source) => services.extend(read_service(source, sources, problems)),
            Err(why) => problems.push(Problem::at(&location, why.to_string()).help("mend the file, or move it away")),
        }
    }
    services
}

fn read_service(source: Source, sources: &mut Sources, problems: &mut Vec<Problem>) -> Option<(Location, Service)> {
    let file = sources.documents.len();
    sources.documents.push(source.clone());
    let table = parse(sources, file, &source.text, &schema::service_schema(), problems)?;
    let entry = taken(ServiceEntry::deserialize(Deserializer::from(table)), file, problems)?;
    Some((Location::of_file(file), entry.into_service(&source.folder())))
}

/// The table of a file without its unknown keys; `None` where it is no TOML.
fn parse<'text>(
    sources: &mut Sources,
    file: usize,
    text: &'text str,
    schema: &Value,
    problems: &mut Vec<Problem>,
) -> Option<Spanned<DeTable<'text>>> {
    let (mut table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        problems.extend(errors.iter().map(|error| syntax(error, file)));
        return None;
    }
    let shape = shape::check(schema, &mut table, file);
    problems.extend(shape.problems);
    sources.hidden.extend(shape.hidden.into_iter().map(|bytes| (file, bytes)));
    Some(table)
}

fn syntax(error: &Error, file: usize) -> Problem {
    Problem::at_bytes(file, error.span().unwrap_or_default(), error.message())
}

/// What was read, or the mistake. A mistake that the look at the shape has named is not named twice.
fn taken<T>(result: Result<T, Error>, file: usize, problems: &mut Vec<Problem>) -> Option<T> {
    let error = match result {
        Ok(value) => return Some(value),
        Err(error) => error,
    };
    let bytes = error.span().unwrap_or_default();
    let named = problems.iter().any(|known| match &known.whereabouts {
        Whereabouts::Bytes(of, known) => *of == file && known.start <= bytes.end && bytes.start <= known.end,
        Whereabouts::Path(_) => false,
    });
    if !named {
        problems.push(syntax(&error, file));
    }
    None
}

fn read_token(
    main: &Main,
    folder: &Path,
    vocabulary: &Vocabulary<'_>,
    problems: &mut Vec<Problem>,
) -> (Option<secrecy::SecretString>, Vec<String>) {
    let Some(reference) = &main.http.metrics_token else { return (None, Vec::new()) };
    match reference.read(folder, vocabulary.variable) {
        Ok(secret) => (Some(secret.value), secret.warning.into_iter().collect()),
        Err(why) => {
            let location = Location::of_file(0).key("http").key("metrics_token");
            problems.push(Problem::at(&location, why.to_string()).help("set it, or remove `metrics_token`"));
            (None, Vec::new())
        }
    }
}

fn settings(
    main: Main,
    catalogue: Vec<Service>,
    texts: commands::settings::Texts,
    zone: TimeZone,
    sources: &Sources,
) -> Settings {
    let place = |place: Announce| commands::model::Place { chat: place.chat.as_str().into(), room: place.room };
    Settings {
        configuration: sources.digest(),
        catalogue,
        persons: main.person,
        commanders: main.roles.incident_commander.into_iter().collect(),
        stakeholders: main.roles.stakeholder.into_iter().collect(),
        announce: main.rooms.announce.into_iter().map(place).collect(),
        room_template: main.rooms.template,
        rooms: commands::settings::Rooms {
            bookmarks: main.rooms.bookmark.into_iter().map(|link| (link.title, link.url)).collect(),
            publish: main.rooms.publish.into_iter().map(place).collect(),
            archive_after: main.rooms.archive_after,
        },
        zone,
        assumed: commands::settings::Assumed {
            severity: main.assumed.severity,
            data: main.assumed.data,
            time_to_fix: main.assumed.time_to_fix,
        },
        texts,
        keep_incidents: main.store.keep_closed_incidents_for_days.map(days),
        pace: Pace {
            lease_term: main.pace.lease_term.unsigned_abs(),
            observe_every: main.pace.observe_every.unsigned_abs(),
            look_every: main.pace.look_every.unsigned_abs(),
            chat_retry: main.pace.chat_retry.unsigned_abs(),
        },
    }
}

/// So many days of 24 hours.
fn days(count: NonZeroU16) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(count.get()))
}

impl Configuration {
    /// Refuses this configuration for what others found in it; `None` where they found nothing.
    #[must_use]
    pub fn refused_for(&self, problems: Vec<Problem>) -> Option<Refusal> {
        (!problems.is_empty()).then(|| Refusal::new(&self.sources, problems))
    }
}
