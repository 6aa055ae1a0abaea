//! Whether a configuration agrees with itself. One file for each matter; each adds what it finds.

mod checks;
mod hooks;
mod people;
mod policies;
mod rooms;
mod services;
mod times;

use std::collections::BTreeSet;

use commands::model::PersonId;
use jiff::tz::TimeZone;

use super::file::Main;
use super::load::{Draft, Vocabulary};
use super::location::{Location, Problem};

/// Everything that does not agree.
pub(super) fn all(draft: &Draft, vocabulary: &Vocabulary<'_>, problems: &mut Vec<Problem>) {
    let on_call = people::check(draft, vocabulary, problems);
    services::check(draft, vocabulary, problems);
    rooms::check(&draft.main, problems);
    times::check_main(&draft.main, problems);
    for (location, service) in &draft.services {
        checks::check(location, service, problems);
        hooks::check(location, service, problems);
        times::check_service(location, service, problems);
        let holders = Holders { on_call: on_call.as_ref(), commanders: &draft.main.roles.incident_commander };
        policies::check(location, service, &holders, problems);
    }
}

/// Who can ever hold which role.
struct Holders<'a> {
    /// By the rota; empty where there is none, `None` where it cannot be understood.
    on_call: Option<&'a BTreeSet<PersonId>>,
    /// By name.
    commanders: &'a [PersonId],
}

/// The time zone of the main file; UTC where its name means nothing.
pub(super) fn zone(main: &Main, problems: &mut Vec<Problem>) -> TimeZone {
    TimeZone::get(&main.zone).unwrap_or_else(|why| {
        let problem = Problem::at(&Location::of_file(0).key("zone"), why.to_string());
        problems.push(problem.help("write an IANA name: `UTC`, `Europe/Berlin`, `Asia/Tokyo`"));
        TimeZone::UTC
    })
}
