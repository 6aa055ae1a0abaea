//! `[chat.slack]`: one installation of the app in one workspace.

use std::net::SocketAddr;
use std::path::Path;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::load::Vocabulary;
use super::location::{Location, Problem};
use crate::secret::SecretReference;

/// How what people type and click reaches the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SlackTransport {
    /// The bot opens connections to Slack. It needs no public address.
    #[default]
    Socket,
    /// Slack calls the bot over HTTP.
    Http,
}

/// A Slack workspace in which the app is installed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slack {
    /// The bot's token, `xoxb-…`.
    #[schemars(extend("x-hidden" = true))]
    pub bot_token: SecretReference,
    /// How what people type and click reaches the bot.
    #[serde(default)]
    pub transport: SlackTransport,
    /// For `socket`: the app's token, `xapp-…`, with `connections:write`.
    #[serde(default)]
    #[schemars(extend("x-hidden" = true))]
    pub app_token: Option<SecretReference>,
    /// For `http`: the signing secret of the app.
    #[serde(default)]
    #[schemars(extend("x-hidden" = true))]
    pub signing_secret: Option<SecretReference>,
    /// For `http`: the address and port where Slack's deliveries arrive, at `/slack`. Put TLS before it.
    #[serde(default = "listen")]
    #[schemars(with = "String")]
    pub deliveries: SocketAddr,
    /// Whether rooms of incidents are private.
    #[serde(default)]
    pub private_rooms: bool,
    /// Where the Web API is. Another one is for gateways and tests.
    #[serde(default = "api_base")]
    pub api_base: String,
    /// Hosts to which answers may be posted; with a port where it is not that of `https`.
    #[serde(default = "response_url_hosts")]
    pub response_url_hosts: Vec<String>,
}

fn listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9181))
}

fn api_base() -> String {
    "https://slack.com/api".to_owned()
}

fn response_url_hosts() -> Vec<String> {
    vec!["hooks.slack.com".to_owned()]
}

/// The same with its secrets read.
#[derive(Debug)]
pub struct SlackWiring {
    /// What the file says.
    pub slack: Slack,
    /// The bot's token.
    pub bot_token: SecretString,
    /// What the transport needs: the app's token, or the signing secret.
    pub transport_secret: SecretString,
}

/// Reads the secrets; adds what is wrong, and what is unwise.
pub(super) fn read(
    slack: &Slack,
    folder: &Path,
    vocabulary: &Vocabulary<'_>,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<String>,
) -> Option<SlackWiring> {
    let at = Location::of_file(0).key("chat").key("slack");
    let mut secret = |reference: &SecretReference, key: &str| match reference.read(folder, vocabulary.variable) {
        Ok(secret) => {
            warnings.extend(secret.warning);
            Some(secret.value)
        }
        Err(why) => {
            problems
                .push(Problem::at(&at.key(key), why.to_string()).help("set it; `docs/chat/slack.md` says where it is"));
            None
        }
    };
    let bot_token = secret(&slack.bot_token, "bot_token");
    let (key, reference) = match slack.transport {
        SlackTransport::Socket => ("app_token", &slack.app_token),
        SlackTransport::Http => ("signing_secret", &slack.signing_secret),
    };
    let transport_secret = reference.as_ref().and_then(|reference| secret(reference, key));
    if reference.is_none() {
        let what = format!("this transport needs `{key}`");
        problems.push(
            Problem::at(&at, what).help(format!("add `{key} = {{ env = \"…\" }}`, or choose the other transport")),
        );
    }
    if !slack.api_base.starts_with("https://") && !slack.api_base.starts_with("http://") {
        problems
            .push(Problem::at(&at.key("api_base"), "no address of a Web API").help("as in `https://slack.com/api`"));
    }
    Some(SlackWiring { slack: slack.clone(), bot_token: bot_token?, transport_secret: transport_secret? })
}
