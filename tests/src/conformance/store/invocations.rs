//! Invocations are stored once and handled once; incident ids are drawn once.

use std::collections::BTreeSet;

use commands::model::{ButtonAction, Digest, Input, Invocation, ReplyHandle};
use commands::ports::Accepted;
use futures::future::join_all;
use jiff::civil::Date;

use super::*;

/// Sixteen deliveries of one click at once, by both replicas: one is new.
pub async fn an_invocation_is_stored_once(replicas: Replicas) {
    let deliveries = (0..16).map(|number| {
        let store = replicas.turn(number);
        tokio::spawn(async move { store.accept(&invocation("click")).await.unwrap() })
    });
    let answers: Vec<Accepted> = join_all(deliveries).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| **answer == Accepted::New).count(), 1);
    assert_eq!(replicas.one.unhandled().await.unwrap().len(), 1);
    assert_eq!(replicas.two.accept(&invocation("another")).await.unwrap(), Accepted::New);
}

/// The oldest first, each with all that it said.
pub async fn invocations_come_back_as_they_were(replicas: Replicas) {
    let digest = Digest::of(b"plan");
    let button = Input::Button(ButtonAction::Approve { rollback: rollback(1), digest });
    let sent = [
        invocation("first"),
        Invocation { input: button, reply: ReplyHandle("https://127.0.0.1/?a=b&c".to_owned()), ..invocation("second") },
        Invocation { input: Input::Command("“障害” 'x' \\ \n".to_owned()), ..invocation("third 🚨") },
    ];
    for invocation in &sent {
        assert_eq!(replicas.one.accept(invocation).await.unwrap(), Accepted::New);
    }
    assert_eq!(replicas.two.unhandled().await.unwrap(), sent);
}

/// Ten replicas' worth of calls at once: one handled it. What it said is gone, its key stays.
pub async fn an_invocation_is_handled_once(replicas: Replicas) {
    replicas.one.accept(&invocation("click")).await.unwrap();
    replicas.one.accept(&invocation("other")).await.unwrap();
    let calls = (0..10).map(|number| {
        let store = replicas.turn(number);
        tokio::spawn(async move { store.handled("click").await.unwrap() })
    });
    let first_times = join_all(calls).await.into_iter().filter(|call| *call.as_ref().unwrap()).count();
    assert_eq!(first_times, 1);
    assert_eq!(replicas.one.unhandled().await.unwrap(), [invocation("other")]);
    assert_eq!(replicas.two.accept(&invocation("click")).await.unwrap(), Accepted::Duplicate);
    assert_eq!(replicas.one.unhandled().await.unwrap(), [invocation("other")]);
}

/// One that waits is never forgotten, nor one that is new.
pub async fn only_old_handled_keys_are_forgotten(replicas: Replicas) {
    let store = &replicas.one;
    let received = |key, time| Invocation { received_at: at(time), ..invocation(key) };
    store.accept(&received("old, handled", "10:00:00")).await.unwrap();
    store.accept(&received("old, waits", "10:00:00")).await.unwrap();
    store.accept(&received("just before, handled", "11:59:59.999")).await.unwrap();
    store.accept(&received("new, handled", "12:00:00")).await.unwrap();
    for key in ["old, handled", "just before, handled", "new, handled"] {
        assert!(store.handled(key).await.unwrap());
    }
    assert_eq!(store.forget_invocations(at("12:00:00")).await.unwrap(), 2);
    assert_eq!(store.forget_invocations(at("12:00:00")).await.unwrap(), 0);
    assert_eq!(store.accept(&invocation("new, handled")).await.unwrap(), Accepted::Duplicate);
    assert_eq!(store.accept(&invocation("old, waits")).await.unwrap(), Accepted::Duplicate);
    assert_eq!(store.accept(&invocation("old, handled")).await.unwrap(), Accepted::New);
}

/// Forty draws at once by both replicas are forty ids; each day counts from 1.
pub async fn incident_ids_are_never_drawn_twice(replicas: Replicas) {
    assert_eq!(replicas.one.draw_incident(day()).await.unwrap(), incident(1));
    let draws = (0..40).map(|number| {
        let store = replicas.turn(number);
        tokio::spawn(async move { store.draw_incident(day()).await.unwrap() })
    });
    let mut drawn: BTreeSet<_> = join_all(draws).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(drawn.len(), 40);
    assert!(drawn.iter().all(|id| id.day == day() && id.number > 1));
    let tomorrow = Date::constant(2024, 1, 16);
    let first = replicas.two.draw_incident(tomorrow).await.unwrap();
    assert_eq!((first.day, first.number), (tomorrow, 1));
    assert!(drawn.insert(replicas.one.draw_incident(day()).await.unwrap()));
}
