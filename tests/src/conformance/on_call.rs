//! Every source of who is on call.

use std::collections::BTreeSet;
use std::sync::Arc;

use commands::model::{Checks, PersonId, Policy, Role, Service, ServiceKey, Target, TargetKind, Timing};
use commands::ports::{Clock, OnCall};

/// A source that knows exactly one person on call now.
pub struct OnCallSubject {
    /// The source.
    pub on_call: Arc<dyn OnCall>,
    /// The clock by which it answers.
    pub clock: Arc<dyn Clock>,
    /// Who is on call now.
    pub person: PersonId,
}

/// A service, for sources that care.
#[must_use]
pub fn a_service() -> Service {
    Service {
        key: ServiceKey { name: "api-service".into(), environment: "production".into() },
        description: "What users call".to_owned(),
        owners: Vec::new(),
        targets: vec![Target {
            name: "release".into(),
            kind: TargetKind::Release,
            platform: "host".into(),
            address: serde_json::Value::Null,
        }],
        checks: Checks::default(),
        hooks: Vec::new(),
        policy: Policy::default(),
        timing: Timing::default(),
    }
}

/// The answer holds everything that a vote must keep of it.
pub async fn an_answer_says_who_and_since_when(subject: &OnCallSubject) {
    let before = subject.clock.now();
    let answer = subject.on_call.on_call(&a_service()).await.unwrap();
    assert_eq!(answer.role, Role::OnCall);
    assert_eq!(answer.holders, BTreeSet::from([subject.person.clone()]));
    assert!(!answer.source.trim().is_empty());
    assert!((before..=subject.clock.now()).contains(&answer.as_of), "{}", answer.as_of);
}

/// Many may ask at once, and are told the same.
pub async fn many_are_told_the_same(subject: &OnCallSubject) {
    let service = a_service();
    let answers = futures::future::join_all((0..10).map(|_| subject.on_call.on_call(&service))).await;
    for answer in answers {
        assert!(answer.unwrap().holders.contains(&subject.person));
    }
}

/// Makes a test of each property for this subject.
#[macro_export]
macro_rules! on_call_conformance {
    ($subject:expr) => {
        $crate::properties!(on_call, $subject, [an_answer_says_who_and_since_when, many_are_told_the_same]);
    };
}
