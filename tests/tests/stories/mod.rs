//! The stories: what people type, press and read from the first word to the incident report.
//!
//! A story knows its world only by [`World`], so that it can be played on the stage of any chat.

mod request;

use tests::harness::{RecordingStage, World};

async fn world() -> World {
    World::on(RecordingStage::open()).await
}
