//! Who may, and when it is enough.

use std::collections::BTreeSet;
use std::sync::Mutex;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::{RoleBook, Tally, ballot, look_up, tally};
use crate::model::*;
use crate::notify::story;
use crate::plan::{compose, tests::facts};
use crate::ports::{OnCall, OnCallError};

const NOW: &str = "2024-01-15T15:30:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// Says that these persons are on call, as of this moment; nobody can say where there is none.
struct Rota(Mutex<Option<(Vec<&'static str>, Timestamp)>>);

#[async_trait]
impl OnCall for Rota {
    async fn on_call(&self, _service: &Service) -> Result<RoleAnswer, OnCallError> {
        let rota = "rota".to_owned();
        match &*self.0.lock().unwrap() {
            None => Err(OnCallError::Unavailable { rota, why: "no answer".to_owned() }),
            Some((persons, as_of)) => {
                let holders = persons.iter().map(|person| PersonId::from(*person)).collect();
                Ok(RoleAnswer { role: Role::OnCall, holders, source: rota, as_of: *as_of })
            }
        }
    }
}

fn effects(services: &[&str], priority: Priority, change: impl Fn(&mut ApprovalRule)) -> Effects {
    let all = services.iter().map(|name| {
        let mut facts = facts(name, &["release"], &[]);
        facts.service.owners = vec![format!("lead-of-{name}").as_str().into()];
        let policy = &mut facts.service.policy;
        [&mut policy.p1, &mut policy.p2, &mut policy.p3, &mut policy.p4].into_iter().for_each(&change);
        facts
    });
    compose(all.collect(), priority).unwrap().effects().clone()
}

async fn book(effects: &Effects, on_call: Option<(Vec<&'static str>, Timestamp)>) -> RoleBook {
    let services: Vec<&Service> = effects.services.iter().map(|plan| &plan.service).collect();
    look_up(&services, &story::settings(), &Rota(Mutex::new(on_call)), now()).await
}

fn vote(person: &str, effects: &Effects, book: &RoleBook) -> (Timestamp, Vote) {
    let ballot = ballot(&person.into(), effects, book, now()).unwrap();
    let digest = Digest::default();
    (now(), Vote { person: person.into(), role: ballot.role, answer: ballot.answer, covers: ballot.covers, digest })
}

#[tokio::test]
async fn the_priority_decides_which_role_counts() {
    let urgent = effects(&["api"], Priority::P1, |_| {});
    let known = book(&urgent, Some((vec!["anna"], now()))).await;
    assert_eq!(ballot(&"anna".into(), &urgent, &known, now()).unwrap().role, Role::OnCall);
    let refused = ballot(&"lead-of-api".into(), &urgent, &known, now()).unwrap_err();
    assert_eq!((refused.why.code.as_str(), refused.persons), ("not-eligible", vec![PersonId::from("anna")]));

    let calm = effects(&["api"], Priority::P3, |_| {});
    let known = book(&calm, Some((vec!["anna"], now()))).await;
    assert_eq!(ballot(&"lead-of-api".into(), &calm, &known, now()).unwrap().role, Role::TeamLead);
    assert!(ballot(&"anna".into(), &calm, &known, now()).is_err());
}

#[tokio::test]
async fn an_answer_that_is_too_old_gives_no_role() {
    let effects = effects(&["api"], Priority::P1, |_| {});
    let old = now() - SignedDuration::from_mins(6);
    let known = book(&effects, Some((vec!["anna"], old))).await;
    assert_eq!(ballot(&"anna".into(), &effects, &known, now()).unwrap_err().why.code, "role-answer-too-old");
    let young = now() - SignedDuration::from_mins(5);
    let known = book(&effects, Some((vec!["anna"], young))).await;
    assert!(ballot(&"anna".into(), &effects, &known, now()).is_ok());
}

#[tokio::test]
async fn a_source_that_does_not_answer_gives_nobody_a_role() {
    let effects = effects(&["api"], Priority::P1, |_| {});
    let known = book(&effects, None).await;
    assert_eq!(ballot(&"anna".into(), &effects, &known, now()).unwrap_err().why.code, "on-call-unavailable");
    assert!(known.on_call().is_empty());
}

#[tokio::test]
async fn one_person_counts_once_and_the_requester_only_where_the_rule_says_so() {
    let two = effects(&["api"], Priority::P1, |rule| rule.votes = 2);
    let known = book(&two, Some((vec!["anna", "ben"], now()))).await;
    let (anna, ben) = (vote("anna", &two, &known), vote("ben", &two, &known));
    let other = "carla".into();
    assert!(matches!(tally(&two, &[anna.clone(), anna.clone()], &other, now()), Tally::Wanting(_)));
    assert_eq!(tally(&two, &[anna.clone(), ben.clone()], &other, now()), Tally::Quorum);

    let not_own = effects(&["api"], Priority::P1, |rule| rule.own_request = false);
    assert!(matches!(tally(&not_own, std::slice::from_ref(&anna), &"anna".into(), now()), Tally::Wanting(_)));
    assert_eq!(tally(&not_own, &[ben], &"anna".into(), now()), Tally::Quorum);
    let own = ballot(&"anna".into(), &not_own, &known, now()).unwrap();
    let refused = own.allows_own_request(&"anna".into(), &"anna".into(), &not_own, &known).unwrap_err();
    assert_eq!(refused.persons, vec![PersonId::from("ben")]);
}

#[tokio::test]
async fn a_vote_expires() {
    let effects = effects(&["api"], Priority::P1, |_| {});
    let known = book(&effects, Some((vec!["anna"], now()))).await;
    let cast = vote("anna", &effects, &known);
    let at = |minutes| now() + SignedDuration::from_mins(minutes);
    assert_eq!(tally(&effects, std::slice::from_ref(&cast), &"ben".into(), at(30)), Tally::Quorum);
    assert!(matches!(tally(&effects, &[cast], &"ben".into(), at(31)), Tally::Wanting(_)));
}

#[tokio::test]
async fn each_service_wants_votes_of_its_own() {
    let both = effects(&["api", "web"], Priority::P3, |_| {});
    let known = book(&both, Some((vec!["anna"], now()))).await;
    let api = vote("lead-of-api", &both, &known);
    let Tally::Wanting(missing) = tally(&both, std::slice::from_ref(&api), &"anna".into(), now()) else {
        panic!("a lead of one service decides on both")
    };
    assert_eq!(missing.iter().map(|(key, votes)| (key.name.as_str(), *votes)).collect::<Vec<_>>(), [("web", 1)]);
    let web = vote("lead-of-web", &both, &known);
    assert_eq!(tally(&both, &[api, web], &"anna".into(), now()), Tally::Quorum);
}

#[tokio::test]
async fn a_rule_without_votes_still_wants_one() {
    let none = effects(&["api"], Priority::P1, |rule| rule.votes = 0);
    assert!(matches!(tally(&none, &[], &"anna".into(), now()), Tally::Wanting(_)));
}

#[tokio::test]
async fn a_role_that_the_rule_does_not_name_counts_for_nothing() {
    let effects = effects(&["api"], Priority::P1, |rule| rule.roles = BTreeSet::from([Role::IncidentCommander]));
    let known = book(&effects, Some((vec!["anna"], now()))).await;
    assert!(ballot(&"anna".into(), &effects, &known, now()).is_err());
    assert_eq!(ballot(&"commander".into(), &effects, &known, now()).unwrap().role, Role::IncidentCommander);
}
