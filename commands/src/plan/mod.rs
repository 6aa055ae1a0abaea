//! Facts to ordered steps, as data. Only reads the outside world; opens and changes nothing.

mod compose;
mod resolve;
mod survey;
#[cfg(test)]
pub(crate) mod tests;

use futures::future::try_join_all;

pub use compose::compose;
pub use survey::{ServiceFacts, TargetFacts, survey};

use crate::model::{Plan, Priority, Service, ServiceKey, Trouble, Wanted};
use crate::ports::Ports;
use crate::saga::Journal;

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} blockers, the first: {}", .0.len(), .0.first().map(|(service, trouble)| format!("{service}: {trouble}")).unwrap_or_default())]
pub struct Blocked(pub Vec<(ServiceKey, Trouble)>);

/// The plan to take these services back, in this order.
///
/// # Errors
/// [`Blocked`], with every reason found.
pub async fn draw(
    services: &[(Service, Wanted)],
    priority: Priority,
    ports: &Ports,
    journal: &Journal,
) -> Result<Plan, Blocked> {
    let surveys = services.iter().map(|(service, wanted)| async move {
        let ledger = journal.ledger(&service.key).await.map_err(|error| {
            let trouble = Trouble::new(crate::model::Note::new("unreadable-log")).saying(error);
            Blocked(vec![(service.key.clone(), trouble)])
        })?;
        Ok::<_, Blocked>(survey(service, wanted, &ledger, ports).await)
    });
    let facts = try_join_all(surveys).await?;
    compose(facts, priority)
}
