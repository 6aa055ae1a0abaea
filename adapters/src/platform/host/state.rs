//! What is set on the disk: the releases, and the link to one of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use commands::model::Intent;
use commands::ports::{PlatformError, Running};

use super::address::HostAddress;
use super::failure::blocking;
use super::link::Link;
use super::releases::Releases;

/// The name of the field of an intent that a move itself changes.
pub(super) const REVISION: &str = "release";

/// The disk at one moment.
#[derive(Debug)]
pub(super) struct State {
    pub(super) releases: Arc<Releases>,
    pub(super) link: Result<Link, PlatformError>,
}

/// Reads the releases, and then the link: a release that the link leads to is then among them.
///
/// # Errors
/// What reading the releases meets; what reading the link meets is part of the state.
pub(super) async fn read(address: &HostAddress) -> Result<State, PlatformError> {
    let address = address.clone();
    blocking("read the releases", move || {
        let mut releases = Releases::read(&address)?;
        let mut link = Link::read(&address, &releases);
        if link.is_err() {
            // A release that came between the two looks is no fault of the link.
            releases = Releases::read(&address)?;
            link = Link::read(&address, &releases);
        }
        Ok(State { releases: Arc::new(releases), link })
    })
    .await
}

/// What the target is set to, as the port tells it.
pub(super) fn running(address: &HostAddress, releases: &Releases, link: &Link) -> Running {
    Running {
        revision: link.revision.clone(),
        version: Some(link.version.clone()),
        intent: intent(address, releases, link),
        since: link.since,
    }
}

/// What a plan pins: which folder of releases it is by device and inode, where the link leads, and what
/// would be restarted. No time is in it: a release is written to, and a link made anew, without any
/// meaning for the plan.
fn intent(address: &HostAddress, releases: &Releases, link: &Link) -> Intent {
    Intent {
        identity: releases.identity.clone(),
        fields: BTreeMap::from([
            (REVISION.to_owned(), link.revision.to_string()),
            ("restarts".to_owned(), address.restarted_by()),
        ]),
    }
}
