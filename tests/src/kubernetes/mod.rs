//! A model of a Kubernetes cluster: its API over HTTP, and its controllers.
//!
//! It is stateful. What is written is what is read; watches tell every write in its order; controllers
//! react to what they see, each write a version of its own. Tests decide how images behave, what is denied
//! and what goes wrong, and read every call that was made.
//!
//! The facts are those of `kubernetes/kubernetes` 1.36 (and of `kubernetes/kubectl` where a command is
//! imitated); each module names the files that it follows. Where a real cluster does something else, the
//! model is wrong.

mod access;
mod admission;
mod api;
mod apply;
mod behaviour;
mod cluster;
mod controllers;
mod defaults;
mod deletion;
mod faults;
mod fields;
mod gitops;
mod journal;
mod kinds;
mod names;
mod patch;
mod queue;
mod quota;
mod refusal;
mod samples;
mod selectors;
mod store;
mod strategic;
mod validation;
mod value;
mod world;

pub use api::Interrupt;
pub use behaviour::PodBehaviour;
pub use cluster::Cluster;
pub use faults::{Fault, On};
pub use journal::Call;
pub use kinds::Kind;
pub use refusal::Refusal;
pub use samples::{daemon_set, deployment, stateful_set};
