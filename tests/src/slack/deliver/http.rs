//! Signed requests, and such as only look so.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use super::{Acknowledged, Kind, Transport};
use crate::slack::shared::Shared;

/// A request as Slack makes it; a test may spoil it. The same may be sent again: that is a replay.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedRequest {
    /// Where it goes.
    pub url: String,
    /// Its headers, the signature among them.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// Its type, as it was given.
    pub content_type: String,
    /// `X-Slack-No-Retry`, if it was given.
    pub no_retry: bool,
    /// The body.
    pub body: String,
}

impl SignedRequest {
    /// Signed with this secret at this time (seconds since the epoch).
    #[must_use]
    pub fn new(url: &str, content_type: &str, body: impl Into<Vec<u8>>, secret: &str, at: i64) -> Self {
        let body = body.into();
        let headers = vec![
            ("content-type".into(), content_type.into()),
            ("user-agent".into(), "Slackbot 1.0 (+https://api.slack.com/robots)".into()),
            ("x-slack-request-timestamp".into(), at.to_string()),
            ("x-slack-signature".into(), signature(secret, at, &body)),
        ];
        Self { url: url.into(), headers, body }
    }

    /// With this header in the place of what it had; empty takes it away.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.headers.push((name.into(), value.into()));
        }
        self
    }

    /// With this body, the signature left as it was.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends it.
    ///
    /// # Errors
    /// If there was no answer within ten seconds of real time: why.
    pub async fn send(&self, client: &reqwest::Client) -> Result<HttpAnswer, String> {
        let mut request = client.post(&self.url).body(self.body.clone()).timeout(Duration::from_secs(10));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(|error| format!("connection_failed: {error}"))?;
        let status = response.status().as_u16();
        let header =
            |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (content_type, no_retry) = (header("content-type").to_owned(), header("x-slack-no-retry") == "1");
        let body = response.text().await.map_err(|error| format!("connection_failed: {error}"))?;
        Ok(HttpAnswer { status, content_type, no_retry, body })
    }
}

/// `v0=` and the HMAC of version, time and body, as Slack publishes it.
fn signature(secret: &str, at: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key may have any length");
    mac.update(format!("v0:{at}:").as_bytes());
    mac.update(body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v0={hex}")
}

/// The request that carries this, signed as Slack signs it.
pub(crate) fn request(shared: &Shared, transport: &Transport, kind: Kind, payload: &Value) -> Option<SignedRequest> {
    let Transport::Http { commands, interactions, events } = transport else { return None };
    let world = shared.world();
    let at = if world.rules.sign_by_system_time { jiff::Timestamp::now().as_second() } else { world.seconds() };
    let secret = &world.signing_secret;
    let form = "application/x-www-form-urlencoded";
    Some(match kind {
        Kind::SlashCommands => SignedRequest::new(commands, form, pairs(payload), secret, at),
        Kind::Interactive => {
            let body = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("payload", &payload.to_string())
                .finish();
            SignedRequest::new(interactions, form, body, secret, at)
        }
        Kind::EventsApi => SignedRequest::new(events, "application/json", payload.to_string(), secret, at),
    })
}

fn pairs(payload: &Value) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in payload.as_object().into_iter().flatten() {
        form.append_pair(name, value.as_str().unwrap_or(&value.to_string()));
    }
    form.finish()
}

/// Sends it and waits for the answer.
pub(super) async fn send(
    shared: &Shared,
    transport: &Transport,
    kind: Kind,
    payload: &Value,
    retry: Option<(u32, &str)>,
) -> Acknowledged {
    let failed = |failure: String| Acknowledged { failure: Some(failure), body: Value::Null };
    let Some(mut request) = request(shared, transport, kind, payload) else { return failed("no address".into()) };
    if let Some((number, reason)) = retry {
        request =
            request.with_header("x-slack-retry-num", &number.to_string()).with_header("x-slack-retry-reason", reason);
    }
    shared.sent.lock().expect("nobody panics here").push(request.clone());
    match request.send(&shared.client).await {
        Err(failure) => failed(failure),
        Ok(answer) => {
            // An answer in plain words is a message too.
            let plain = || if answer.body.trim().is_empty() { Value::Null } else { answer.body.clone().into() };
            let body = serde_json::from_str(&answer.body).unwrap_or_else(|_| plain());
            let failure = (answer.status != 200).then(|| format!("status {}", answer.status));
            Acknowledged { failure, body }
        }
    }
}
