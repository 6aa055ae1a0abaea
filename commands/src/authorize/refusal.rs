//! A no that names its reason and who may.

use std::collections::BTreeSet;

use crate::model::{Note, PersonId, Role};
use crate::settings::Settings;

/// Why somebody may not, and who may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why not.
    pub why: Note,
    /// The roles that may.
    pub roles: BTreeSet<Role>,
    /// The persons who may, where they are known.
    pub persons: Vec<PersonId>,
}

impl Refusal {
    /// For this reason; nobody else could.
    #[must_use]
    pub fn new(why: Note) -> Self {
        Self { why, roles: BTreeSet::new(), persons: Vec::new() }
    }

    /// These roles may.
    #[must_use]
    pub fn or_roles(mut self, roles: impl IntoIterator<Item = Role>) -> Self {
        self.roles.extend(roles);
        self
    }

    /// These persons may.
    #[must_use]
    pub fn or_persons(mut self, persons: impl IntoIterator<Item = PersonId>) -> Self {
        self.persons.extend(persons);
        self
    }

    /// Who may, by the names that the configuration gives them, each once.
    #[must_use]
    pub fn names(&self, settings: &Settings) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for id in &self.persons {
            let name = settings.person(id).map_or_else(|| id.to_string(), |person| person.name.clone());
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}
