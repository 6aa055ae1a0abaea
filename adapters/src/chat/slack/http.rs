//! Deliveries by HTTP: signed by Slack with the app's secret, refused where they are too large, too old or
//! were delivered before.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use slack_morphism::SlackSigningSecret;
use slack_morphism::signature_verifier::{SlackEventSignatureVerifier, SlackEventSignatureVerifierError};

use super::door::{Reception, SlackDoor};

/// The largest delivery that is read, in bytes: a form may have 250 kB, and grows by its encoding.
pub const LARGEST_BODY: usize = 1024 * 1024;
/// How old a signature may be, in seconds (docs.slack.dev, "Verifying requests from Slack").
const OLDEST: i64 = 300;

/// The routes that Slack delivers to.
#[derive(Clone)]
pub struct SlackHttp {
    door: SlackDoor,
    verifier: Arc<SlackEventSignatureVerifier>,
}

impl SlackHttp {
    /// Deliveries signed with this secret go through this door.
    #[must_use]
    pub fn new(door: SlackDoor, signing_secret: &SecretString) -> Self {
        let secret = SlackSigningSecret(signing_secret.expose_secret().to_owned());
        Self { door, verifier: Arc::new(SlackEventSignatureVerifier::new(&secret)) }
    }

    /// `POST /slack` for commands, clicks and the questions of forms: all three addresses of the app may be
    /// the same, or have more behind it.
    pub fn router(self) -> Router {
        Router::new().route("/slack", post(deliver)).route("/slack/{*rest}", post(deliver)).with_state(self)
    }
}

async fn deliver(State(http): State<SlackHttp>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    // The limit comes first: nothing is known of the sender yet.
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    if let Err(status) = http.verify(&parts.headers, &body) {
        return status.into_response();
    }
    let payload = match payload(&parts.headers, &body) {
        Some(payload) => payload,
        None => {
            http.door.note_unreadable(&"no JSON and no form");
            return StatusCode::BAD_REQUEST.into_response();
        }
    };
    if payload["type"] == "url_verification" {
        return payload["challenge"].as_str().unwrap_or_default().to_owned().into_response();
    }
    if payload.get("ssl_check").is_some() {
        return StatusCode::OK.into_response();
    }
    let is_retry = parts.headers.contains_key("x-slack-retry-num");
    match http.door.receive(payload).await {
        Reception::Taken(None) => StatusCode::OK.into_response(),
        Reception::Taken(Some(reply)) => axum::Json(reply).into_response(),
        // Slack says when it delivers again. The same without a word of it is somebody who listened.
        Reception::Known if is_retry => StatusCode::OK.into_response(),
        Reception::Known => StatusCode::CONFLICT.into_response(),
        Reception::Unreadable => StatusCode::BAD_REQUEST.into_response(),
        Reception::NotStored => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

impl SlackHttp {
    /// The signature by the crate, the time by our own clock.
    fn verify(&self, headers: &HeaderMap, body: &Bytes) -> Result<(), StatusCode> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let signature = text(SlackEventSignatureVerifier::SLACK_SIGNED_HASH_HEADER);
        let time = text(SlackEventSignatureVerifier::SLACK_SIGNED_TIMESTAMP);
        let (Some(signature), Some(time), Ok(body)) = (signature, time, std::str::from_utf8(body)) else {
            return Err(StatusCode::UNAUTHORIZED);
        };
        match self.verifier.verify(signature, body, time) {
            // It looks at the signature first: an error about the time means that the signature is right.
            Ok(()) | Err(SlackEventSignatureVerifierError::IncorrectOrExpiredTimestampError(_)) => {}
            Err(_) => return Err(StatusCode::UNAUTHORIZED),
        }
        let now = self.door.clock().now().as_second();
        let age = time.parse::<i64>().ok().and_then(|signed| now.checked_sub(signed));
        if age.is_some_and(|age| (-OLDEST..=OLDEST).contains(&age)) { Ok(()) } else { Err(StatusCode::UNAUTHORIZED) }
    }
}

/// JSON as it is; a form as an object, or the JSON in its field `payload`.
fn payload(headers: &HeaderMap, body: &Bytes) -> Option<Value> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        return serde_json::from_slice(body).ok();
    }
    let mut fields = Map::new();
    for (name, value) in form_urlencoded::parse(body) {
        if name == "payload" {
            return serde_json::from_str(&value).ok();
        }
        fields.insert(name.into_owned(), Value::String(value.into_owned()));
    }
    (!fields.is_empty()).then_some(Value::Object(fields))
}
