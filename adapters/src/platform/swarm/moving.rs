//! The move itself: one write under the service's own counter. Killed at any point and called again,
//! it finds the image set and writes nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use commands::model::{Findings, Intent, Movement, TargetPlan};
use commands::ports::PlatformError;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::client::Client;
use super::failure::is_out_of_sequence;
use super::image::Image;
use super::service::{IMAGE, Service};

/// How often a write is tried where only the counter was old.
const ATTEMPTS: u32 = 5;

/// How long after the first such attempt; twice as long after each further one.
const RETRY_AFTER: Duration = Duration::from_millis(200);

/// One move, under an order.
#[derive(Debug)]
pub(super) struct Move<'a> {
    pub(super) client: &'a Client,
    /// As the address calls it: another service of that name is then noticed.
    pub(super) service: &'a str,
    pub(super) plan: &'a TargetPlan,
    pub(super) to: Image,
    /// The same for every attempt.
    pub(super) key: &'a str,
    /// By when this attempt must end.
    pub(super) until: Instant,
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The specification that is set, with the image of the plan.
    Specification,
    /// The engine's own rollback: it follows the service's rollback settings.
    Previous,
}

impl Move<'_> {
    /// Reads, writes what is missing, and tells what was done.
    ///
    /// # Errors
    /// Any. `IntentChanged` means that nothing was written.
    pub(super) async fn carry_out(&self) -> Result<Findings, PlatformError> {
        let mut attempt = 0;
        loop {
            let service = Service::read(self.client, self.service).await?;
            self.check_intent(&service)?;
            let is_stopped = ["paused", "rollback_paused"].contains(&service.update_state());
            if *service.image() == self.to && !is_stopped {
                return Ok(findings("was there", &service, attempt));
            }
            attempt += 1;
            let way = self.way(&service);
            match self.write(&service, way).await {
                Ok(()) => return Ok(findings(way.word(), &service, attempt - 1)),
                Err(error) if is_out_of_sequence(&error) && attempt < ATTEMPTS => {
                    let pause = RETRY_AFTER * 2_u32.saturating_pow(attempt - 1);
                    if Instant::now() + pause >= self.until {
                        return Err(error);
                    }
                    sleep(pause).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The pinned intent, or the one that this very move leaves.
    fn check_intent(&self, service: &Service) -> Result<(), PlatformError> {
        let now = service.running();
        let mut fields = self.plan.intent.fields.clone();
        if now.revision == self.plan.to {
            fields.insert(IMAGE.to_owned(), self.plan.to.to_string());
        }
        let expected = Intent { identity: self.plan.intent.identity.clone(), fields };
        if expected == now.intent { Ok(()) } else { Err(PlatformError::IntentChanged { now: Box::new(now) }) }
    }

    fn way(&self, service: &Service) -> Way {
        if service.engine_goes_back_to(&self.to) { Way::Previous } else { Way::Specification }
    }

    async fn write(&self, service: &Service, way: Way) -> Result<(), PlatformError> {
        let (id, index) = (&service.id, service.index);
        let what = format!("set the service {id} to {}", self.to);
        // The credentials of the registry are those that the specification holds.
        let answer = match way {
            Way::Specification => {
                let path = format!("/services/{id}/update?version={index}&registryAuthFrom=spec");
                self.client.post(&what, &path, &service.with_image(&self.to, self.key)).await
            }
            Way::Previous => {
                let path = format!("/services/{id}/update?version={index}&rollback=previous");
                self.client.post(&what, &path, &service.spec).await
            }
        };
        if let Some(warnings) = answer?.get("Warnings").and_then(Value::as_array) {
            tracing::warn!(service = id, ?warnings, "the engine warned of an update");
        }
        Ok(())
    }
}

impl Way {
    fn word(self) -> &'static str {
        match self {
            Self::Specification => "the specification with the image of the plan",
            Self::Previous => "the engine's own rollback, to exactly that",
        }
    }
}

fn findings(how: &str, service: &Service, conflicts: u32) -> Findings {
    let facts = BTreeMap::from([
        ("written".to_owned(), how.to_owned()),
        ("service".to_owned(), service.id.clone()),
        ("version-index".to_owned(), service.index.to_string()),
        ("conflicts".to_owned(), conflicts.to_string()),
    ]);
    Findings { facts, movement: Some(Movement::Moved), ..Findings::default() }
}
