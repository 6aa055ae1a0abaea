//! What the leaf needs to know of one workspace.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

/// How long one call may take before its outcome is unknown. Slack answers within a second or not at all.
pub(super) const CALL_WITHIN: Duration = Duration::from_secs(10);

/// One installation of the app.
#[derive(Clone)]
pub struct SlackSettings {
    /// The bot's token, `xoxb-…`.
    pub bot_token: SecretString,
    /// Where the Web API is; [`Self::API_BASE`] but for tests and gateways.
    pub api_base: String,
    /// Hosts to which answers may be posted; [`Self::RESPONSE_URL_HOST`] unless a gateway stands between.
    pub response_url_hosts: Vec<String>,
    /// Whether rooms of incidents are private.
    pub private_rooms: bool,
}

impl SlackSettings {
    /// Slack's own Web API.
    pub const API_BASE: &'static str = "https://slack.com/api";
    /// The host of every `response_url` that Slack gives.
    pub const RESPONSE_URL_HOST: &'static str = "hooks.slack.com";

    /// Slack itself, with public rooms.
    #[must_use]
    pub fn new(bot_token: SecretString) -> Self {
        Self {
            bot_token,
            api_base: Self::API_BASE.to_owned(),
            response_url_hosts: vec![Self::RESPONSE_URL_HOST.to_owned()],
            private_rooms: false,
        }
    }
}

impl fmt::Debug for SlackSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlackSettings")
            .field("api_base", &self.api_base)
            .field("response_url_hosts", &self.response_url_hosts)
            .field("private_rooms", &self.private_rooms)
            .finish_non_exhaustive()
    }
}
