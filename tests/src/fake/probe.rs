//! Endpoints that behave as the test says, without a socket.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use commands::ports::{Probe, ProbeAnswer, ProbeError};
use jiff::SignedDuration;

/// How an endpoint behaves when it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behaviour {
    /// It answers with this status and body, after this long.
    Answers {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
        /// How long it takes.
        after: Duration,
    },
    /// It redirects to this URL.
    Redirects(String),
    /// It takes the request and says nothing.
    SaysNothing,
    /// It begins a body and never ends it.
    NeverEnds,
    /// It begins a body and breaks off.
    BreaksOff,
    /// Nobody listens.
    Refuses,
}

impl Behaviour {
    /// It answers at once.
    #[must_use]
    pub fn status(status: u16, body: impl Into<String>) -> Self {
        Self::Answers { status, body: body.into(), after: Duration::ZERO }
    }
}

/// Answers for each URL as scripted. The last behaviour of a URL stays; a URL that nobody scripted
/// refuses.
#[derive(Debug, Default)]
pub struct ScriptedProbe {
    script: Mutex<BTreeMap<String, VecDeque<Behaviour>>>,
    asked: Mutex<Vec<String>>,
}

impl ScriptedProbe {
    /// Every URL refuses.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// From now on this URL behaves like this.
    pub fn set(&self, url: &str, behaviour: Behaviour) {
        self.script.lock().unwrap().insert(url.to_owned(), VecDeque::from([behaviour]));
    }

    /// After what it was set to do, once, it behaves like this.
    pub fn then(&self, url: &str, behaviour: Behaviour) {
        self.script.lock().unwrap().entry(url.to_owned()).or_default().push_back(behaviour);
    }

    /// How often this URL was asked.
    #[must_use]
    pub fn times_asked(&self, url: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| *asked == url).count()
    }

    fn next(&self, url: &str) -> Behaviour {
        let mut script = self.script.lock().unwrap();
        match script.get_mut(url) {
            Some(queue) if queue.len() > 1 => queue.pop_front().unwrap_or(Behaviour::Refuses),
            Some(queue) => queue.front().cloned().unwrap_or(Behaviour::Refuses),
            None => Behaviour::Refuses,
        }
    }
}

#[async_trait]
impl Probe for ScriptedProbe {
    async fn get(&self, url: &str, within: Duration) -> Result<ProbeAnswer, ProbeError> {
        self.asked.lock().unwrap().push(url.to_owned());
        let took = |after: Duration| SignedDuration::try_from(after).unwrap_or(SignedDuration::MAX);
        match self.next(url) {
            Behaviour::Answers { after, .. } if after >= within => Err(ProbeError::TimedOut(within)),
            Behaviour::Answers { status, body, after } => {
                let end = body.floor_char_boundary(64 * 1024);
                Ok(ProbeAnswer { status, took: took(after), body: body[..end].to_owned() })
            }
            Behaviour::Redirects(_) => Ok(ProbeAnswer { status: 302, took: took(Duration::ZERO), body: String::new() }),
            Behaviour::SaysNothing | Behaviour::NeverEnds => Err(ProbeError::TimedOut(within)),
            Behaviour::BreaksOff => {
                Err(ProbeError::Failed("connection closed before the body was complete".to_owned()))
            }
            Behaviour::Refuses => Err(ProbeError::Failed("Connection refused (os error 111)".to_owned())),
        }
    }
}
