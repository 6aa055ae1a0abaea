//! The fake Slack itself: that it refuses what Slack refuses, and shows what people would see.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a proof fails by a panic")]

use std::io::Write as _;

use tests::slack::reference::{FOLDER, Reference};

mod client;
mod deliveries;
mod limits;
mod modals;
mod people;
mod rates;
mod real_client;
mod reference;
mod refusals;
mod sockets;
mod troubles;
mod uploads;

/// Says by name that a test did not run.
fn did_not_run(test: &str) {
    let folder = Reference::folder();
    let told = format!(
        "slack_fake: {test} did not run: there is no method reference in {} (see {FOLDER})\n",
        folder.display()
    );
    std::io::stderr().write_all(told.as_bytes()).expect("there is somebody to tell");
}
