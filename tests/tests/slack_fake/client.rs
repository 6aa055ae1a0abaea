//! A caller of the Web API that does nothing by itself, and a bot that only keeps what it is sent.

use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use tests::fake::ManualClock;
use tests::slack::{FakeSlack, Transport};

/// A fake with a clock that stands still.
pub async fn slack() -> (FakeSlack, Arc<ManualClock>) {
    let clock = ManualClock::at("2024-01-15T15:30:00Z");
    (FakeSlack::start(clock.clone()).await, clock)
}

/// What a call gave: status, `Retry-After`, body.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub retry_after: Option<u64>,
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The word of the refusal; `ok` if there was none.
    pub fn outcome(&self) -> String {
        let body = self.json();
        if body["ok"] == true { "ok".into() } else { body["error"].as_str().unwrap_or("nothing").into() }
    }
}

/// A client for all: to make one takes longer than most tests. It keeps no connection, for each test has a
/// runtime of its own.
pub fn client() -> reqwest::Client {
    static CLIENT: LazyLock<reqwest::Client> =
        LazyLock::new(|| reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap());
    CLIENT.clone()
}

/// Calls with the bot's token and JSON.
pub async fn call(slack: &FakeSlack, method: &str, arguments: Value) -> Answer {
    let token = format!("Bearer {}", slack.bot_token());
    let url = format!("{}/{method}", slack.api_base());
    send(client().post(url).header("authorization", token).json(&arguments)).await
}

/// The same with a query, as reads are sent.
pub async fn get(slack: &FakeSlack, method: &str, arguments: &[(&str, &str)]) -> Answer {
    let token = format!("Bearer {}", slack.bot_token());
    let url = format!("{}/{method}?{}", slack.api_base(), form(arguments));
    send(client().get(url).header("authorization", token)).await
}

pub fn form(arguments: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(arguments).finish()
}

/// Sends it, whatever comes back.
pub async fn send(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("the fake answers");
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().parse().unwrap());
    Answer { status, retry_after, text: response.text().await.expect("the answer has a body") }
}

/// A bot that keeps what it is sent, and answers what it was told.
#[derive(Clone, Default)]
pub struct Bot {
    seen: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answers: Arc<Mutex<Vec<(u16, String)>>>,
}

impl Bot {
    /// Listens, and the fake delivers to it.
    pub async fn listen(slack: &FakeSlack) -> Self {
        let bot = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/slack", listener.local_addr().unwrap());
        let routes = Router::new().route("/slack", post(Self::take)).with_state(bot.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        slack.deliver_by(Transport::Http { commands: url.clone(), interactions: url.clone(), events: url });
        bot
    }

    async fn take(State(bot): State<Self>, headers: HeaderMap, body: Bytes) -> (StatusCode, HeaderMap, String) {
        bot.seen.lock().unwrap().push((headers, String::from_utf8(body.to_vec()).unwrap()));
        let mut answers = bot.answers.lock().unwrap();
        let (status, text) = if answers.is_empty() { (200, String::new()) } else { answers.remove(0) };
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "application/json".parse().unwrap());
        (StatusCode::from_u16(status).unwrap(), headers, text)
    }

    /// What it answers to the next thing that it is sent.
    pub fn answers(&self, status: u16, body: &str) {
        self.answers.lock().unwrap().push((status, body.into()));
    }

    /// The headers and the body of the last thing.
    pub fn last(&self) -> (HeaderMap, String) {
        self.seen.lock().unwrap().last().expect("something was sent").clone()
    }

    /// The last thing as a payload: of an interaction, of an event, or the fields of a command.
    pub fn payload(&self) -> Value {
        let (_, body) = self.last();
        if let Ok(json) = serde_json::from_str(&body) {
            return json;
        }
        let fields: serde_json::Map<String, Value> = url::form_urlencoded::parse(body.as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned().into()))
            .collect();
        fields
            .get("payload")
            .map_or(Value::Object(fields.clone()), |text| serde_json::from_str(text.as_str().unwrap()).unwrap())
    }

    /// How much it was sent.
    pub fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}
