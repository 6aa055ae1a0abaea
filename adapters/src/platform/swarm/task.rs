//! The tasks of a service: what really runs, whatever the service is set to.

use std::collections::HashMap;

use bollard::models;
use bollard::models::TaskState;
use bollard::query_parameters::ListTasksOptionsBuilder;
use commands::ports::PlatformError;
use jiff::Timestamp;

use super::client::{Client, within};
use super::image::Image;
use crate::redact::redact;

/// One task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) id: String,
    /// The slot of a replicated service, the node of a global one.
    pub(super) place: String,
    pub(super) node: String,
    pub(super) image: Option<Image>,
    pub(super) phase: Phase,
    /// The engine's own word.
    pub(super) state: String,
    /// True where the engine wants it to run.
    pub(super) wanted: bool,
    /// The engine's own words on what went wrong; empty where nothing did.
    pub(super) error: String,
    pub(super) created: Option<Timestamp>,
    /// Since when it is in this state, as its node told the manager.
    pub(super) since: Option<Timestamp>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// No node was found for it yet.
    Unplaced,
    /// A node has it: it fetches the image, starts, waits to be healthy.
    Starting,
    /// It runs, and is healthy where the image or the service says how to tell.
    Running,
    /// It ended by itself, or could not start.
    Failed,
    /// The engine ended it.
    Ended,
}

impl Task {
    /// Every task of this service that the manager still keeps.
    ///
    /// # Errors
    /// Any but `IntentChanged`.
    pub(super) async fn all(client: &Client, service: &str) -> Result<Vec<Self>, PlatformError> {
        let filters = HashMap::from([("service", vec![service])]);
        let options = ListTasksOptionsBuilder::new().filters(&filters).build();
        let what = format!("list the tasks of the service {service}");
        let tasks = within(&what, client.docker.list_tasks(Some(options))).await?;
        Ok(tasks.into_iter().map(Self::understand).collect())
    }

    fn understand(task: models::Task) -> Self {
        let node = task.node_id.unwrap_or_default();
        let status = task.status.unwrap_or_default();
        let image = task.spec.and_then(|spec| spec.container_spec).and_then(|container| container.image);
        let place = task.slot.filter(|slot| *slot > 0).map_or_else(|| node.clone(), |slot| slot.to_string());
        Self {
            id: task.id.unwrap_or_default(),
            place,
            node,
            image: image.and_then(|image| Image::read(&image)),
            phase: phase(status.state),
            state: status.state.map(|state| state.to_string()).unwrap_or_default(),
            wanted: task.desired_state.is_none_or(is_wanted),
            error: redact(status.err.as_deref().unwrap_or_default()),
            created: task.created_at.and_then(|time| time.parse().ok()),
            since: status.timestamp.and_then(|time| time.parse().ok()),
        }
    }

    /// True where it is of this image, for all that its own specification says.
    pub(super) fn runs(&self, image: &Image) -> bool {
        self.image.as_ref().is_some_and(|own| own.is(image))
    }

    /// True where its bytes are known as well as those of the image.
    pub(super) fn proves(&self, image: &Image) -> bool {
        let own = self.image.as_ref().and_then(|own| own.digest.as_ref());
        self.runs(image) && (image.digest.is_none() || own.is_some())
    }

    /// True where it serves, or may serve again before it is ended.
    pub(super) fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Running) || (self.wanted && matches!(self.phase, Phase::Unplaced | Phase::Starting))
    }
}

/// A task that is `ready` waits for the one before it to stop, and will run.
fn is_wanted(desired: TaskState) -> bool {
    matches!(desired, TaskState::RUNNING | TaskState::READY | TaskState::ACCEPTED)
}

fn phase(state: Option<TaskState>) -> Phase {
    match state {
        Some(TaskState::RUNNING) => Phase::Running,
        Some(TaskState::COMPLETE | TaskState::FAILED | TaskState::REJECTED) => Phase::Failed,
        Some(TaskState::SHUTDOWN | TaskState::REMOVE | TaskState::ORPHANED) => Phase::Ended,
        Some(TaskState::NEW | TaskState::ALLOCATED | TaskState::PENDING) | None => Phase::Unplaced,
        Some(_) => Phase::Starting,
    }
}
