//! Names of services and targets: words that people can type, each meaning one thing.

use std::collections::BTreeMap;

use crate::configuration::load::{Draft, Vocabulary};
use crate::configuration::location::{Location, Problem};

/// Every service whose name cannot be typed or means two things, and every target likewise.
pub(super) fn check(draft: &Draft, vocabulary: &Vocabulary<'_>, problems: &mut Vec<Problem>) {
    let mut seen = BTreeMap::new();
    for (location, service) in &draft.services {
        let name = service.key.name.as_str();
        check_name(&location.key("name"), "service", name, problems);
        check_name(&location.key("environment"), "environment", service.key.environment.as_str(), problems);
        if (vocabulary.is_reserved)(name) {
            let problem = Problem::at(&location.key("name"), format!("`{name}` is a word of the commands"));
            problems.push(problem.help("give the service a name that means nothing else: `…-service`"));
        }
        if seen.insert(service.key.to_string().to_lowercase(), ()).is_some() {
            let what = format!("the service {} is there twice", service.key);
            problems
                .push(Problem::at(&location.key("name"), what).help("remove one, or give it another `environment`"));
        }
        if service.targets.is_empty() {
            let problem = Problem::at(location, format!("the service `{name}` has no target: nothing would move"));
            problems.push(problem.help("add a `[[service.target]]`, or `[[target]]` in a file of its own"));
        }
        let mut targets = BTreeMap::new();
        for (position, target) in service.targets.iter().enumerate() {
            let at = location.key("target").item(position).key("name");
            check_name(&at, "target", target.name.as_str(), problems);
            if targets.insert(target.name.as_str().to_lowercase(), ()).is_some() {
                let problem = Problem::at(&at, format!("the target `{}` of `{name}` is there twice", target.name));
                problems.push(problem.help("give each target a name of its own"));
            }
        }
    }
}

/// A name must survive being typed: no spaces, nothing that the grammar, ids or step names use.
fn check_name(location: &Location, what: &str, name: &str, problems: &mut Vec<Problem>) {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.chars().all(plain) {
        let problem = Problem::at(location, format!("`{name}` cannot be the {what}'s name"));
        problems.push(problem.help("use letters, digits, `-`, `_` and `.`, and begin with a letter or digit"));
    }
}
