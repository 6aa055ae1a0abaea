//! Who holds which role now, asked before anything is decided.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::model::{PersonId, Role, RoleAnswer, Service, ServiceKey};
use crate::ports::OnCall;
use crate::settings::Settings;

/// The answers of all role sources, for the services of one request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoleBook {
    answers: Vec<(ServiceKey, RoleAnswer)>,
    unavailable: Vec<(ServiceKey, String)>,
}

/// Asks for every role that the policies of these services may want. A source that does not answer
/// gives nobody a role, and is named in refusals.
pub async fn look_up(services: &[&Service], settings: &Settings, on_call: &dyn OnCall, now: Timestamp) -> RoleBook {
    let mut book = RoleBook::default();
    for service in services {
        let mut known = |role, holders: BTreeSet<PersonId>| {
            let answer = RoleAnswer { role, holders, source: "configuration".to_owned(), as_of: now };
            book.answers.push((service.key.clone(), answer));
        };
        known(Role::TeamLead, service.owners.iter().cloned().collect());
        known(Role::IncidentCommander, settings.commanders.clone());
        match on_call.on_call(service).await {
            Ok(answer) => book.answers.push((service.key.clone(), answer)),
            Err(error) => book.unavailable.push((service.key.clone(), error.to_string())),
        }
    }
    book
}

impl RoleBook {
    /// Who holds this role for this service.
    #[must_use]
    pub fn answer(&self, service: &ServiceKey, role: Role) -> Option<&RoleAnswer> {
        self.answers.iter().find(|(key, answer)| key == service && answer.role == role).map(|(_, answer)| answer)
    }

    /// Why a source did not answer.
    #[must_use]
    pub fn unavailable(&self) -> Option<&str> {
        self.unavailable.first().map(|(_, why)| why.as_str())
    }

    /// Everybody who is on call for any of the services.
    #[must_use]
    pub fn on_call(&self) -> BTreeSet<PersonId> {
        let on_call = self.answers.iter().filter(|(_, answer)| answer.role == Role::OnCall);
        on_call.flat_map(|(_, answer)| answer.holders.iter().cloned()).collect()
    }
}
