//! The Kubernetes platform: what every platform must do, and what a rollback on Kubernetes must not fall
//! for. On the model of a cluster, or on a real one where `SWITCHBACK_TEST_KUBECONFIG` names it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use tests::conformance::platform;

mod admission;
mod bot;
mod chart;
mod deployments;
mod ground;
mod hostile;
mod kubelet;
mod owners;
mod rig;
mod rights;
mod sets;
mod stories;

use rig::Rig;

tests::platform_reads!(platform, Rig::new().await);
tests::platform_moves!(platform, Rig::new().await);
