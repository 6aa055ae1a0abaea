//! Persons, their identities, and every place that names a person.

use std::collections::{BTreeMap, BTreeSet};

use commands::model::PersonId;
use serde_json::Value;

use crate::configuration::hint;
use crate::configuration::load::{Draft, Rota, Vocabulary};
use crate::configuration::location::{Location, Problem};

/// Everything wrong with persons; gives who can ever be on call, `None` where
/// the rota cannot be understood.
pub(super) fn check(
    draft: &Draft,
    vocabulary: &Vocabulary<'_>,
    problems: &mut Vec<Problem>,
) -> Option<BTreeSet<PersonId>> {
    check_persons(draft, problems);
    let known: Vec<&str> = draft.main.person.iter().map(|person| person.id.as_str()).collect();
    let roles = Location::of_file(0).key("roles");
    check_known(&roles.key("incident-commander"), &draft.main.roles.incident_commander, &known, problems);
    check_known(&roles.key("stakeholder"), &draft.main.roles.stakeholder, &known, problems);
    for (location, service) in &draft.services {
        check_known(&location.key("owners"), &service.owners, &known, problems);
    }
    check_rota(&draft.rota, vocabulary, &known, problems)
}

fn check_persons(draft: &Draft, problems: &mut Vec<Problem>) {
    let mut ids = BTreeSet::new();
    let mut identities = BTreeMap::new();
    for (position, person) in draft.main.person.iter().enumerate() {
        let location = Location::of_file(0).key("person").item(position);
        if person.id.as_str().trim().is_empty() {
            problems.push(Problem::at(&location.key("id"), "a person has no id").help("write a short name"));
        }
        if !ids.insert(&person.id) {
            let what = format!("the person `{}` is there twice", person.id);
            problems.push(Problem::at(&location.key("id"), what).help("put all identities under one `[[person]]`"));
        }
        for (number, identity) in person.identities.iter().enumerate() {
            if let Some(other) = identities.insert(identity, &person.id) {
                let what = format!("{identity} is `{other}` and `{}`", person.id);
                let problem = Problem::at(&location.key("identities").item(number), what);
                problems.push(problem.help("an identity belongs to one person, or one person could vote twice"));
            }
        }
    }
}

fn check_known(list: &Location, named: &[PersonId], known: &[&str], problems: &mut Vec<Problem>) {
    for (position, id) in named.iter().enumerate().filter(|(_, id)| !known.contains(&id.as_str())) {
        problems.push(unknown(&list.item(position), id, known));
    }
}

fn unknown(location: &Location, id: &PersonId, known: &[&str]) -> Problem {
    let help = match hint::nearest(id.as_str(), known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("add `[[person]]` with `id = \"{id}\"`"),
    };
    Problem::at(location, format!("there is no person `{id}`")).help(help)
}

fn check_rota(
    rota: &Rota,
    vocabulary: &Vocabulary<'_>,
    known: &[&str],
    problems: &mut Vec<Problem>,
) -> Option<BTreeSet<PersonId>> {
    let rota = match rota {
        Rota::Nobody => return Some(BTreeSet::new()),
        Rota::Broken => return None,
        Rota::Read(settings) => settings,
    };
    let location = Location::of_file(0).key("rota");
    match (vocabulary.on_call)(rota) {
        Ok(persons) => {
            let written = serde_json::to_value(rota).unwrap_or_default();
            let persons: BTreeSet<PersonId> = persons.into_iter().collect();
            for id in persons.iter().filter(|id| !known.contains(&id.as_str())) {
                let at = find(&written, id.as_str(), &location).unwrap_or_else(|| location.clone());
                problems.push(unknown(&at, id, known));
            }
            Some(persons)
        }
        Err(why) => {
            problems.push(Problem::at(&location, format!("the rota cannot be followed: {why}")));
            None
        }
    }
}

/// Where this text first stands within a value.
fn find(value: &Value, text: &str, location: &Location) -> Option<Location> {
    match value {
        Value::String(found) => (found == text).then(|| location.clone()),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(position, item)| find(item, text, &location.item(position)))
        }
        Value::Object(table) => table.iter().find_map(|(key, inner)| find(inner, text, &location.key(key))),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}
