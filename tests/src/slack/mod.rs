//! A Slack of our own, on loopback: it keeps channels, messages, views and files, and refuses what Slack
//! refuses. It speaks the wire alone and knows nothing of the program that it tests.
//!
//! A test plays the people. They see what Slack would show them, and can do only what is on their screen:
//!
//! ```no_run
//! # async fn play(clock: std::sync::Arc<tests::fake::ManualClock>) {
//! use tests::slack::{FakeSlack, Transport};
//!
//! let slack = FakeSlack::start(clock).await;
//! let lead = slack.person("team lead");
//! let operations = slack.channel("operations", &[&lead]);
//! // … the program is started with slack.api_base(), slack.bot_token() and so on …
//! lead.types("/rollback api-service v1.2.9", &operations).await;
//! let card = slack.until_shown(&lead, &operations, "Roll back api-service").await;
//! lead.clicks("Approve", &card).await;
//! println!("{}", lead.sees(&operations));
//! # }
//! ```
//!
//! Facts about Slack are from its published reference (docs.slack.dev). What is common knowledge without
//! an official text is a field of [`Rules`], so that a test can play it either way.

mod arguments;
mod blocks;
mod content;
mod deliver;
mod fake;
mod faults;
mod forge;
mod form;
mod form_value;
mod journal;
mod methods;
mod person;
mod rates;
pub mod reference;
mod refusal;
mod rules;
mod screen;
mod setup;
mod shared;
mod socket;
mod wire;
mod world;

pub use arguments::Encoding;
pub use deliver::{Delivery, HttpAnswer, Kind, SignedRequest, Transport};
pub use fake::{FakeSlack, Notified};
pub use faults::{Effect, Trouble};
pub use form::Submitted;
pub use journal::Call;
pub use person::{Click, Confirm, Person, Remembered};
pub use rules::Rules;
pub use setup::{ChannelId, MessageId};
pub use world::{APP, BOT, BOT_USER, OTHER_TEAM, TEAM};
