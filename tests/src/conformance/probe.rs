//! Every probe.

use std::sync::Arc;
use std::time::Duration;

use commands::ports::{Probe, ProbeAnswer, ProbeError};
use jiff::SignedDuration;

use crate::fake::Behaviour;

/// A probe, and a world in which it asks.
pub struct ProbeSubject {
    /// The probe.
    pub probe: Arc<dyn Probe>,
    /// Makes an endpoint that behaves like this, and gives its URL.
    pub serve: Box<dyn Fn(Behaviour) -> String + Send + Sync>,
    /// How often the endpoint of this URL was asked.
    pub times_asked: Box<dyn Fn(&str) -> usize + Send + Sync>,
}

/// Enough for an answer on a busy machine.
const PLENTY: Duration = Duration::from_secs(10);

impl ProbeSubject {
    async fn get(&self, behaviour: Behaviour, within: Duration) -> Result<ProbeAnswer, ProbeError> {
        let url = (self.serve)(behaviour);
        self.probe.get(&url, within).await
    }
}

/// Any status is an answer, with its body.
pub async fn any_status_is_an_answer(subject: &ProbeSubject) {
    for status in [200, 204, 404, 500, 503] {
        let body = if status == 204 { "" } else { "{\"version\": \"v1.2.9\"} – ü" };
        let answer = subject.get(Behaviour::status(status, body), PLENTY).await.unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (status, body));
    }
}

/// The time taken is that of the whole answer.
pub async fn the_time_taken_is_told(subject: &ProbeSubject) {
    let after = Duration::from_millis(150);
    let slow = Behaviour::Answers { status: 200, body: "late".to_owned(), after };
    let took = subject.get(slow, PLENTY).await.unwrap().took;
    assert!(took >= SignedDuration::from_millis(150) && took < SignedDuration::from_secs(10), "{took:?}");
}

/// The limit covers an endpoint that takes the request and says nothing.
pub async fn silence_is_not_waited_for(subject: &ProbeSubject) {
    let within = Duration::from_millis(200);
    assert_eq!(subject.get(Behaviour::SaysNothing, within).await, Err(ProbeError::TimedOut(within)));
}

/// The limit covers the body too.
pub async fn a_body_that_never_ends_is_not_waited_for(subject: &ProbeSubject) {
    let within = Duration::from_millis(200);
    assert_eq!(subject.get(Behaviour::NeverEnds, within).await, Err(ProbeError::TimedOut(within)));
}

/// Half an answer is none.
pub async fn a_body_that_breaks_off_is_no_answer(subject: &ProbeSubject) {
    let answer = subject.get(Behaviour::BreaksOff, PLENTY).await;
    assert!(matches!(answer, Err(ProbeError::Failed(_))), "{answer:?}");
}

/// Of a huge body the first 64 KiB are kept.
pub async fn of_a_huge_body_the_beginning_is_kept(subject: &ProbeSubject) {
    let body = "0123456789abcdef".repeat(256 * 1024);
    let answer = subject.get(Behaviour::status(200, &body), PLENTY).await.unwrap();
    assert_eq!(answer.body, body[..64 * 1024]);
}

/// A redirect is an answer like any other.
pub async fn a_redirect_is_not_followed(subject: &ProbeSubject) {
    let elsewhere = (subject.serve)(Behaviour::status(200, "elsewhere"));
    let answer = subject.get(Behaviour::Redirects(elsewhere.clone()), PLENTY).await.unwrap();
    assert_eq!(answer.status, 302);
    assert_eq!((subject.times_asked)(&elsewhere), 0);
}

/// Nobody listens: the system's own words say so.
pub async fn a_refusal_is_told_in_the_systems_words(subject: &ProbeSubject) {
    let refusal = subject.get(Behaviour::Refuses, PLENTY).await.unwrap_err();
    let ProbeError::Failed(words) = &refusal else { panic!("{refusal:?}") };
    assert!(words.contains("Connection refused"), "{words}");
    assert!(!words.contains("http://"), "{words}");
}

/// One question is one request: nothing is repeated behind the asker's back.
pub async fn each_endpoint_is_asked_once(subject: &ProbeSubject) {
    for behaviour in [Behaviour::status(503, "no"), Behaviour::BreaksOff] {
        let url = (subject.serve)(behaviour);
        let _ = subject.probe.get(&url, PLENTY).await;
        assert_eq!((subject.times_asked)(&url), 1);
    }
}

/// Makes a test of each property for this subject.
#[macro_export]
macro_rules! probe_conformance {
    ($subject:expr) => {
        $crate::properties!(
            probe,
            $subject,
            [
                any_status_is_an_answer,
                the_time_taken_is_told,
                silence_is_not_waited_for,
                a_body_that_never_ends_is_not_waited_for,
                a_body_that_breaks_off_is_no_answer,
                of_a_huge_body_the_beginning_is_kept,
                a_redirect_is_not_followed,
                a_refusal_is_told_in_the_systems_words,
                each_endpoint_is_asked_once,
            ]
        );
    };
}
