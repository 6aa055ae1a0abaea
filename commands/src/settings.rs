//! What the configuration says, once it is understood. Immutable: a reload makes a new one, and plans
//! that were made keep the catalogue entries that they carry.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::model::{
    DataImpact, Digest, Environment, Identity, Person, PersonId, Place, Service, ServiceKey, ServiceName, Severity,
};

/// All that the mind knows of the configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Over the configuration's bytes: events carry it.
    pub configuration: Digest,
    /// Every service, in the order of the files: the order in which several are rolled back.
    pub catalogue: Vec<Service>,
    /// Everybody who may do more than read.
    pub persons: Vec<Person>,
    /// Incident commanders.
    pub commanders: BTreeSet<PersonId>,
    /// Who is told.
    pub stakeholders: BTreeSet<PersonId>,
    /// Rooms where stakeholders read: they get the emergency notification and the end of it.
    pub announce: Vec<Place>,
    /// The name of an incident's room; `{incident}` stands for `2024-0115-001`.
    pub room_template: String,
    /// What rooms have, and how long they stay.
    pub rooms: Rooms,
    /// In which times without a zone are read and shown.
    pub zone: TimeZone,
    /// What is assumed where nobody says it.
    pub assumed: Assumed,
    /// Texts that operators put in place of ours.
    pub texts: Texts,
    /// For how long a closed incident is kept; `None`: for ever.
    pub keep_incidents: Option<SignedDuration>,
    /// How the engine paces itself.
    pub pace: Pace,
}

/// What rooms have, and how long they stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rooms {
    /// Links at the top of an incident's room: title and address. In both `{service}`, `{environment}`
    /// and `{incident}` stand for those of the incident.
    pub bookmarks: Vec<(String, String)>,
    /// Rooms where users read the final text, once somebody published it.
    pub publish: Vec<Place>,
    /// How long after its end an incident's room is archived; never where nothing is said.
    pub archive_after: Option<SignedDuration>,
}

/// What is assumed where nobody says it; shown as assumed, confirmed by the vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assumed {
    /// How bad it is.
    pub severity: Severity,
    /// What happened to data.
    pub data: DataImpact,
    /// How long a fix forward would take.
    pub time_to_fix: SignedDuration,
}

impl Default for Assumed {
    /// High, no data impact, more than an hour: what somebody who types a rollback mostly means.
    fn default() -> Self {
        Self { severity: Severity::High, data: DataImpact::None, time_to_fix: SignedDuration::from_mins(90) }
    }
}

/// Texts that operators put in place of ours: minijinja templates over the facts of the report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    /// The final text for users.
    pub user_text: Option<String>,
    /// The incident report.
    pub report: Option<String>,
}

/// How the engine paces itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// After a term without a renewal another replica takes a lease. Effects end within it.
    pub lease_term: Duration,
    /// How often the observer looks at what runs.
    pub observe_every: Duration,
    /// How often a replica looks for work that another one left.
    pub look_every: Duration,
    /// How long a chat that is away is left alone before it is tried again.
    pub chat_retry: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            lease_term: Duration::from_secs(15),
            observe_every: Duration::from_secs(20),
            look_every: Duration::from_secs(1),
            chat_retry: Duration::from_secs(2),
        }
    }
}

impl Settings {
    /// The person that this identity belongs to.
    #[must_use]
    pub fn person_of(&self, identity: &Identity) -> Option<&Person> {
        self.persons.iter().find(|person| person.identities.contains(identity))
    }

    /// The person of this id.
    #[must_use]
    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        self.persons.iter().find(|person| person.id == *id)
    }

    /// The entry of this key.
    #[must_use]
    pub fn service(&self, key: &ServiceKey) -> Option<&Service> {
        self.catalogue.iter().find(|service| service.key == *key)
    }

    /// The entries of this name, in every environment or in this one.
    pub fn services_named<'a>(
        &'a self,
        name: &'a ServiceName,
        environment: Option<&'a Environment>,
    ) -> impl Iterator<Item = &'a Service> {
        self.catalogue
            .iter()
            .filter(move |service| service.key.name == *name)
            .filter(move |service| environment.is_none_or(|wanted| service.key.environment == *wanted))
    }
}
