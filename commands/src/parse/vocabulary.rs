//! The names that a command may use.

use std::collections::BTreeSet;

use crate::model::{Environment, ServiceKey, ServiceName};
use crate::settings::Settings;

use super::fold;

/// How many names are offered in place of one that is not known.
const MOST_SUGGESTIONS: usize = 3;

/// How alike two names must be for one to be offered in place of the other: 1 is the same, by the
/// edits that lead from one to the other (Damerau and Levenshtein) over the longer length.
const ALIKE: f64 = 0.6;

/// The services and environments of the catalogue, to check names and to offer others.
#[derive(Debug, Clone)]
pub struct Vocabulary<'a> {
    entries: Vec<Entry<'a>>,
}

/// One entry of the catalogue, with its names as they are compared.
#[derive(Debug, Clone)]
struct Entry<'a> {
    key: &'a ServiceKey,
    service: String,
    environment: String,
}

impl<'a> Vocabulary<'a> {
    /// Of the catalogue.
    #[must_use]
    pub fn of(settings: &'a Settings) -> Self {
        settings.catalogue.iter().map(|service| &service.key).collect()
    }

    /// The catalogue's spelling of a service, however it is typed: exactly so, or else without case
    /// and width.
    pub(super) fn service(&self, typed: &str) -> Option<&'a ServiceName> {
        let folded = fold::name(typed);
        let exact = self.keys().find(|key| key.name.as_str() == typed);
        exact
            .or_else(|| self.entries.iter().find(|entry| entry.service == folded).map(|entry| entry.key))
            .map(|key| &key.name)
    }

    /// The catalogue's spelling of an environment, likewise.
    pub(super) fn environment(&self, typed: &str) -> Option<&'a Environment> {
        let folded = fold::name(typed);
        let exact = self.keys().find(|key| key.environment.as_str() == typed);
        exact
            .or_else(|| self.entries.iter().find(|entry| entry.environment == folded).map(|entry| entry.key))
            .map(|key| &key.environment)
    }

    fn keys(&self) -> impl Iterator<Item = &'a ServiceKey> {
        self.entries.iter().map(|entry| entry.key)
    }

    /// All services, by name.
    pub(super) fn services(&self) -> BTreeSet<&'a str> {
        self.keys().map(|key| key.name.as_str()).collect()
    }

    /// All environments, by name.
    pub(super) fn environments(&self) -> BTreeSet<&'a str> {
        self.keys().map(|key| key.environment.as_str()).collect()
    }

    /// The environments of one service, by name.
    pub(super) fn environments_of(&self, service: &ServiceName) -> BTreeSet<&'a str> {
        self.keys().filter(|key| key.name == *service).map(|key| key.environment.as_str()).collect()
    }
}

impl<'a> FromIterator<&'a ServiceKey> for Vocabulary<'a> {
    fn from_iter<I: IntoIterator<Item = &'a ServiceKey>>(keys: I) -> Self {
        let entry = |key: &'a ServiceKey| Entry {
            key,
            service: fold::name(key.name.as_str()),
            environment: fold::name(key.environment.as_str()),
        };
        Self { entries: keys.into_iter().map(entry).collect() }
    }
}

/// At most three of these names that are spelled nearly as typed, the nearest first.
pub(super) fn near<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    // What is longer than any name is like none.
    let typed: String = fold::name(typed).trim_start_matches('-').chars().take(64).collect();
    let mut alike: Vec<(f64, &str)> = names
        .into_iter()
        .map(|name| (likeness(&typed, &fold::name(name)), name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    alike.sort_by(|(left, left_name), (right, right_name)| right.total_cmp(left).then(left_name.cmp(right_name)));
    alike.into_iter().take(MOST_SUGGESTIONS).map(|(_, name)| name.to_owned()).collect()
}

/// A beginning of at least two letters counts as alike: `prod` is meant for `production`.
fn likeness(typed: &str, name: &str) -> f64 {
    let likeness = strsim::normalized_damerau_levenshtein(typed, name);
    let begins = typed.chars().nth(1).is_some() && (name.starts_with(typed) || typed.starts_with(name));
    if begins { likeness.max(ALIKE) } else { likeness }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_spelling_comes_first() {
        let key = |name: &str, environment: &str| ServiceKey { name: name.into(), environment: environment.into() };
        let keys = [key("API", "Production"), key("api", "staging"), key("サービス", "staging")];
        let vocabulary: Vocabulary<'_> = keys.iter().collect();
        let service = |typed: &str| vocabulary.service(typed).map(ServiceName::as_str);
        assert_eq!([service("api"), service("API"), service("Api")], [Some("api"), Some("API"), Some("API")]);
        assert_eq!(service("ｻｰﾋﾞｽ"), Some("サービス"));
        assert_eq!(service("ap"), None);
        assert_eq!(vocabulary.environment("PRODUCTION").map(Environment::as_str), Some("Production"));
        assert_eq!(vocabulary.environments_of(&"api".into()), BTreeSet::from(["staging"]));
    }

    #[test]
    fn names_that_are_nearly_so() {
        let names = ["api-service", "web-service", "billing", "api-gateway", "apis"];
        assert_eq!(near("api-servcie", names), ["api-service", "web-service"]);
        assert_eq!(near("API", names), ["apis", "api-gateway", "api-service"]);
        assert_eq!(near("zzz", names), Vec::<String>::new());
        assert_eq!(near("a", names), Vec::<String>::new());
        assert_eq!(near("", names), Vec::<String>::new());
        assert_eq!(near(&"x".repeat(4000), names), Vec::<String>::new());
    }
}
