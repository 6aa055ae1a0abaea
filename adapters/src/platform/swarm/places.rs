//! Where a service should have tasks: what "all of it" means.

use std::collections::BTreeSet;

use super::node::Node;
use super::service::{Mode, Service};
use super::task::Task;

/// Where there should be tasks.
#[derive(Debug)]
pub(super) enum Places {
    /// In so many slots.
    Slots(usize),
    /// On each of these nodes.
    Nodes(BTreeSet<String>),
}

impl Places {
    /// `None` for a job.
    pub(super) fn of(service: &Service, nodes: &[Node]) -> Option<Self> {
        match service.mode() {
            Mode::Replicated(replicas) => usize::try_from(replicas).ok().map(Self::Slots),
            Mode::Global => {
                let placement = &service.spec["TaskTemplate"]["Placement"];
                let may = nodes.iter().filter(|node| node.may_run(placement));
                Some(Self::Nodes(may.map(|node| node.id.clone()).collect()))
            }
            Mode::Job => None,
        }
    }

    pub(super) fn wanted(&self) -> usize {
        match self {
            Self::Slots(slots) => *slots,
            Self::Nodes(nodes) => nodes.len(),
        }
    }

    /// In how many of them one of these tasks is: two tasks in one place are one.
    pub(super) fn filled_by(&self, tasks: &[&Task]) -> usize {
        let places: BTreeSet<&String> = tasks.iter().map(|task| &task.place).collect();
        match self {
            Self::Slots(_) => places.len(),
            Self::Nodes(nodes) => places.into_iter().filter(|place| nodes.contains(*place)).count(),
        }
    }
}
