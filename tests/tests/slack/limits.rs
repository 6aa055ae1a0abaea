//! Ten rollbacks at once, within what Slack takes.

use std::time::Duration;

use tests::slack::Call;

use super::rig::{By, Rig};

/// The most calls within any minute.
fn most_in_a_minute(calls: &[Call]) -> usize {
    let within = |first: &Call| calls.iter().filter(|call| (first.at..first.at + 60).contains(&call.at)).count();
    calls.iter().map(within).max().unwrap_or_default()
}

#[tokio::test]
async fn ten_rollbacks_in_parallel_stay_within_the_limits_and_all_ends_are_shown() {
    let names: Vec<String> = (0..10).map(|number| format!("service-{number}")).collect();
    let rig = Rig::with(By::Http, |rig| {
        for name in &names {
            let mut service = rig.scene.service("api-service").clone();
            service.key.name = name.as_str().into();
            service.targets[0].address = serde_json::Value::String(name.clone());
            service.checks.version = None;
            service.checks.critical.clear();
            service.checks.health = None;
            rig.scene.platform.add(name, &["v1.2.8", "v1.2.9", "v1.3.0"], Duration::from_secs(30));
            rig.scene.settings.catalogue.push(service);
        }
    })
    .await;
    for name in &names {
        rig.says("on-call", &format!("/rollback {name} v1.2.9 because answers are slow")).await;
    }
    let room = |number: usize| format!("incident-rollback-2024-0115-{number:03}");
    for number in 1..=names.len() {
        let proposal = rig.shown("on-call", &room(number), "[Approve!]").await;
        rig.clicks("on-call", "Approve", &proposal).await;
    }
    for number in 1..=names.len() {
        rig.shown("on-call", &room(number), "*Took:*").await;
    }
    let updates = rig.slack.calls("chat.update");
    assert!(updates.len() > 50, "too few to prove anything: {}", updates.len());
    assert!(most_in_a_minute(&updates) <= 50, "{}", most_in_a_minute(&updates));
    let refused: Vec<Call> = rig.slack.journal().into_iter().filter(|call| call.status == 429).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    rig.finish();
}
