//! A look at everything that a rollback will need, before it is needed. Reads only.

mod finding;
mod services;
mod store;

use std::time::Duration;

use commands::ports::{OnCall, Probe};

pub use finding::{Finding, Level, print};

use crate::configuration::{Configuration, Platforms};

/// How long one question to the outside may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is looked at, and with whose help.
pub struct Doctor<'a> {
    /// The configuration; that it could be loaded is the first finding.
    pub configuration: &'a Configuration,
    /// The platforms, by name.
    pub platforms: &'a Platforms,
    /// Sends probes.
    pub probe: &'a dyn Probe,
    /// Who is on call; `None` where nothing knows.
    pub on_call: Option<&'a dyn OnCall>,
}

impl std::fmt::Debug for Doctor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Doctor").field("configuration", self.configuration).finish_non_exhaustive()
    }
}

impl Doctor<'_> {
    /// Everything that was found, in the order in which a rollback needs it.
    pub async fn examine(&self) -> Vec<Finding> {
        let mut findings = vec![self.configuration_finding()];
        findings.extend(self.configuration.warnings.iter().map(|warning| Finding::warning("configuration", warning)));
        findings.extend(store::examine(&self.configuration.wiring.store).await);
        for service in &self.configuration.settings.catalogue {
            findings.extend(self.examine_service(service).await);
        }
        findings
    }

    fn configuration_finding(&self) -> Finding {
        let settings = &self.configuration.settings;
        let (services, persons) = (settings.catalogue.len(), settings.persons.len());
        let message = format!("understood: services {services}, persons {persons}, {}", settings.configuration.short());
        if services == 0 {
            return Finding::warning("configuration", message)
                .do_this("add a `[[service]]`: nothing can be rolled back");
        }
        Finding::good("configuration", message)
    }
}

#[cfg(test)]
mod tests;
