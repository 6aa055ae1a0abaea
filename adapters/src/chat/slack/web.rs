//! The Web API: one call at a time, each with a deadline, and what its outcome means.
//!
//! The crate's own types are used where it has a session for them; methods that it lacks, or sends in a form
//! that Slack refuses (`conversations.invite` as a list), go as raw JSON through the same session. Its rate
//! control stays off: it holds back all channels for one.

use std::sync::Arc;
use std::time::Duration;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::ClientConfig;
use rustls::crypto::ring;
use secrecy::ExposeSecret;
use serde_json::Value;
use slack_morphism::errors::SlackClientError;
use slack_morphism::hyper_tokio::{SlackClientHyperHttpsConnector, SlackHyperClient};
use slack_morphism::{
    ClientResult, SlackApiToken, SlackApiTokenValue, SlackClient, SlackClientApiCallContext, SlackClientHttpConnector,
};
use tokio::time::timeout;
use url::Url;

use super::settings::{CALL_WITHIN, SlackSettings};
use crate::redact::redact;

/// Why a call had no good outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CallError {
    /// No answer, or none that tells: whether it had its effect is not known.
    Away(String),
    /// Over Slack's limits; nothing was done.
    Limited(Option<Duration>),
    /// Slack said no.
    Refused {
        /// Slack's word for it: `channel_not_found`.
        code: String,
        /// What it says beside.
        body: Value,
    },
}

/// Why the leaf cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum SlackStartError {
    /// The address of the API is none.
    #[error("`{0}` is no address of a Web API: {1}")]
    Address(String, url::ParseError),
    /// There is nothing by which Slack's certificate could be checked.
    #[error("no certificates to trust: {0}")]
    Certificates(std::io::Error),
}

/// The Web API of one workspace, with one token.
#[derive(Clone)]
pub(super) struct Web {
    client: Arc<SlackHyperClient>,
    token: Arc<SlackApiToken>,
    hosts: Arc<[String]>,
}

impl Web {
    pub(super) fn new(settings: &SlackSettings) -> Result<Self, SlackStartError> {
        Ok(Self {
            client: Arc::new(client(&settings.api_base)?),
            token: Arc::new(token(settings.bot_token.expose_secret())),
            hosts: settings.response_url_hosts.clone().into(),
        })
    }

    /// Calls a method with JSON.
    pub(super) async fn post(&self, method: &str, body: &Value) -> Result<Value, CallError> {
        let session = self.client.open_session(&self.token);
        within(session.http_session_api.http_post(method, body, None)).await
    }

    /// Calls a method that reads, or takes no JSON.
    pub(super) async fn get(&self, method: &str, arguments: &[(&str, String)]) -> Result<Value, CallError> {
        let session = self.client.open_session(&self.token);
        let arguments: Vec<(&str, Option<&String>)> =
            arguments.iter().map(|(name, value)| (*name, Some(value))).collect();
        within(session.http_session_api.http_get(method, &arguments, None)).await
    }

    /// Posts to an address that came with a command or a click. It is a capability: no token goes there, and
    /// only to hosts of the configuration.
    pub(super) async fn respond(&self, address: &str, body: &Value) -> Result<(), CallError> {
        let refused = |code: &str| CallError::Refused { code: code.to_owned(), body: Value::Null };
        let address = Url::parse(address).map_err(|_| refused("no_response_url"))?;
        if !self.may_answer_to(&address) {
            return Err(refused("response_url_host"));
        }
        let span = tracing::Span::none();
        let context = SlackClientApiCallContext {
            rate_control_params: None,
            token: None,
            tracing_span: &span,
            is_sensitive_url: true,
        };
        let posted: Result<Value, CallError> =
            within(self.client.http_api.connector.http_post_uri(address, body, context)).await;
        posted.map(drop)
    }

    /// Uploads to an address that `files.getUploadURLExternal` gave.
    pub(super) async fn upload(&self, address: &str, text: &str) -> Result<(), CallError> {
        let address = Url::parse(address)
            .map_err(|_| CallError::Refused { code: "no_upload_url".to_owned(), body: Value::Null })?;
        let span = tracing::Span::none();
        let context = SlackClientApiCallContext {
            rate_control_params: None,
            token: None,
            tracing_span: &span,
            is_sensitive_url: true,
        };
        let kind = "text/plain; charset=utf-8".to_owned();
        let connector = &self.client.http_api.connector;
        let sent: Result<Value, CallError> =
            within(connector.http_post_uri_binary(address, kind, text.as_bytes(), context)).await;
        sent.map(drop)
    }

    fn may_answer_to(&self, address: &Url) -> bool {
        let Some(host) = address.host_str() else { return false };
        let with_port = address.port().map(|port| format!("{host}:{port}"));
        self.hosts.iter().any(|allowed| {
            // A host with a port is one of a test or a gateway, and needs no TLS of its own.
            let exact = with_port.as_deref() == Some(allowed.as_str());
            exact || (allowed == host && with_port.is_none() && address.scheme() == "https")
        })
    }
}

/// A client of the API at this address.
pub(super) fn client(api_base: &str) -> Result<SlackHyperClient, SlackStartError> {
    let connector = SlackClientHyperHttpsConnector::from(connector(api_base)?);
    Ok(SlackClient::new(connector.with_slack_api_url(api_base.trim_end_matches('/'))))
}

/// How connections to this address are made. The crypto provider is named, so that it does not matter which
/// others are in the build.
pub(super) fn connector(api_base: &str) -> Result<HttpsConnector<HttpConnector>, SlackStartError> {
    let address = Url::parse(api_base).map_err(|why| SlackStartError::Address(api_base.to_owned(), why))?;
    let builder = HttpsConnectorBuilder::new();
    if address.scheme() == "http" {
        // Nothing to trust is needed where nothing is encrypted.
        let config = ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(|why| SlackStartError::Certificates(std::io::Error::other(why)))?
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        return Ok(builder.with_tls_config(config).https_or_http().enable_http1().build());
    }
    let trusting =
        builder.with_provider_and_native_roots(ring::default_provider()).map_err(SlackStartError::Certificates)?;
    Ok(trusting.https_only().enable_http1().build())
}

/// A token as the crate wants it.
pub(super) fn token(text: &str) -> SlackApiToken {
    SlackApiToken::new(SlackApiTokenValue(text.to_owned()))
}

async fn within(call: impl Future<Output = ClientResult<Value>>) -> Result<Value, CallError> {
    match timeout(CALL_WITHIN, call).await {
        Ok(outcome) => outcome.map_err(|error| meaning(&error)),
        Err(_) => Err(CallError::Away(format!("no answer within {} s", CALL_WITHIN.as_secs()))),
    }
}

/// The crate's errors print whole bodies, with capabilities in them: none of them is passed on.
fn meaning(error: &SlackClientError) -> CallError {
    match error {
        SlackClientError::ApiError(error) => {
            let body = error.http_response_body.as_deref().and_then(|body| serde_json::from_str(body).ok());
            code(error.code.clone(), body.unwrap_or_default())
        }
        SlackClientError::RateLimitError(error) => CallError::Limited(error.retry_after),
        SlackClientError::HttpError(error) if error.status_code.is_client_error() => {
            let words = error.http_response_body.clone().unwrap_or_default();
            let known = words.len() < 64 && words.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let word = if known && !words.is_empty() { words } else { format!("http_{}", error.status_code.as_u16()) };
            CallError::Refused { code: word, body: Value::Null }
        }
        SlackClientError::HttpError(error) => CallError::Away(format!("HTTP status {}", error.status_code)),
        SlackClientError::ProtocolError(error) => CallError::Away(format!("not JSON: {}", error.json_error)),
        SlackClientError::HttpProtocolError(_) => CallError::Away("the connection failed".to_owned()),
        SlackClientError::SystemError(error) => CallError::Away(redact(&error.to_string())),
        SlackClientError::EndOfStream(_) | SlackClientError::SocketModeProtocolError(_) => {
            CallError::Away("the connection ended".to_owned())
        }
    }
}

/// Words of Slack that mean trouble on its side, or a limit, in spite of their status.
fn code(code: String, body: Value) -> CallError {
    match code.as_str() {
        "ratelimited" | "rate_limited" => CallError::Limited(None),
        "fatal_error" | "internal_error" | "service_unavailable" | "request_timeout" | "team_added_to_org" => {
            CallError::Away(code)
        }
        _ => CallError::Refused { code, body },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn web(hosts: &[&str]) -> Web {
        let mut settings = SlackSettings::new("xoxb-1".into());
        settings.api_base = "http://127.0.0.1:9/api".to_owned();
        settings.response_url_hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        Web::new(&settings).unwrap()
    }

    #[test]
    fn answers_go_to_hosts_of_the_configuration_alone() {
        let web = web(&["hooks.slack.com", "127.0.0.1:8080"]);
        let may = |address: &str| web.may_answer_to(&Url::parse(address).unwrap());
        assert!(may("https://hooks.slack.com/commands/T1/2/x"));
        assert!(may("http://127.0.0.1:8080/r/1"));
        for other in [
            "http://hooks.slack.com/commands/T1/2/x",
            "https://hooks.slack.com:444/commands",
            "https://hooks.slack.com.evil.test/commands",
            "https://user@evil.test/hooks.slack.com",
            "http://127.0.0.1:8081/r/1",
            "http://169.254.169.254/latest",
            "file:///etc/passwd",
        ] {
            assert!(!may(other), "{other}");
        }
    }

    #[test]
    fn trouble_on_slacks_side_is_not_a_no() {
        assert_eq!(code("internal_error".to_owned(), Value::Null), CallError::Away("internal_error".to_owned()));
        assert_eq!(code("ratelimited".to_owned(), Value::Null), CallError::Limited(None));
        assert!(matches!(code("is_archived".to_owned(), Value::Null), CallError::Refused { .. }));
    }
}
