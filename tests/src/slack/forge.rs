//! Requests over HTTP that are not what somebody did: checks by Slack itself, and forgeries by others.

use serde_json::{Value, json};

use super::deliver::{HttpAnswer, Kind, SignedRequest, Transport, command, request};
use super::{ChannelId, FakeSlack, Person};

impl FakeSlack {
    /// Any payload as a request that is signed as it should be, not sent.
    ///
    /// # Panics
    /// If the bot is reached over sockets.
    #[must_use]
    pub fn signed(&self, kind: Kind, payload: &Value) -> SignedRequest {
        let transport = self.transport();
        request(&self.shared, &transport, kind, payload).expect("the bot is reached over HTTP")
    }

    /// Any bytes to where such things go, signed as they should be at this many seconds from now, not sent.
    ///
    /// # Panics
    /// If the bot is reached over sockets.
    #[must_use]
    pub fn signed_bytes(&self, kind: Kind, content_type: &str, body: &[u8], from_now: i64) -> SignedRequest {
        let template = self.signed(kind, &json!({}));
        let at = template.headers.iter().find(|(name, _)| name == "x-slack-request-timestamp");
        let at: i64 = at.and_then(|(_, at)| at.parse().ok()).expect("it was signed with a time");
        SignedRequest::new(&template.url, content_type, body, &self.signing_secret(), at + from_now)
    }

    /// Slack looks at the certificate of the address for commands: `ssl_check=1`.
    ///
    /// # Errors
    /// If there was no answer: why.
    ///
    /// # Panics
    /// If the bot is reached over sockets.
    pub async fn checks_certificate(&self) -> Result<HttpAnswer, String> {
        let token = self.shared.world().verification_token.clone();
        self.send(&self.signed(Kind::SlashCommands, &json!({"ssl_check": "1", "token": token}))).await
    }

    /// Somebody enters the address for events: whether the challenge comes back as it should.
    ///
    /// # Errors
    /// What came instead.
    ///
    /// # Panics
    /// If the bot is reached over sockets.
    pub async fn verifies_address(&self) -> Result<(), String> {
        let challenge = self.shared.world().secret("challenge");
        let token = self.shared.world().verification_token.clone();
        let payload = json!({"type": "url_verification", "token": token, "challenge": challenge});
        let answer = self.send(&self.signed(Kind::EventsApi, &payload)).await?;
        let told = serde_json::from_str::<Value>(&answer.body).map(|body| body["challenge"].clone());
        let told = told.ok().and_then(|told| told.as_str().map(str::to_owned)).unwrap_or(answer.body);
        if answer.status == 200 && told == challenge { Ok(()) } else { Err(format!("{}: {told}", answer.status)) }
    }

    fn transport(&self) -> Transport {
        self.shared.transport.lock().unwrap().clone()
    }
}

impl Person {
    /// The request that a command would make, not sent.
    ///
    /// # Panics
    /// If the bot is reached over sockets.
    #[must_use]
    pub fn would_type(&self, text: &str, channel: &ChannelId) -> SignedRequest {
        let payload = command(&mut self.slack.shared.world(), &self.id, &channel.0, text);
        self.slack.signed(Kind::SlashCommands, &payload)
    }
}
