//! What goes wrong on demand, as the real client sees it; and the journal of what was asked.

use std::time::{Duration, Instant};

use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use tests::kubernetes::{Fault, On};

use crate::{API, BAD, GOOD, call, cluster_with, deployments, undo};

const JSON_PATCH: &str = "application/json-patch+json";

#[tokio::test]
async fn answers_of_trouble_come_as_planned() {
    let cluster = cluster_with(&[GOOD], 1).await;
    cluster.fault(On::next("get", "deployments"), Fault::internal());
    cluster.fault(On::next("get", "deployments").times(2), Fault::unavailable());
    cluster.fault(On::next("get", "deployments"), Fault::too_many(7));
    cluster.fault(On::next("get", "deployments"), Fault::Garbage(502, "<html>bad gateway</html>".into()));
    let mut codes = Vec::new();
    let mut later = None;
    for _ in 0..6 {
        let (code, answer, headers) = call(&cluster, "GET", API, "", &Value::Null).await;
        codes.push(code);
        if code == 429 {
            assert_eq!(answer["details"]["retryAfterSeconds"], 7);
            later = headers.get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        }
    }
    assert_eq!((codes, later.as_deref()), (vec![500, 503, 503, 429, 502, 200], Some("7")));
}

#[tokio::test]
async fn a_connection_that_is_cut_did_nothing() {
    let cluster = cluster_with(&[GOOD, BAD], 1).await;
    let patch: json_patch::Patch = serde_json::from_value(undo(&cluster, GOOD)).unwrap();
    cluster.fault(On::next("patch", "deployments"), Fault::Cut);
    let api = deployments(&cluster).await;
    let error = api.patch("api", &PatchParams::default(), &Patch::Json::<()>(patch)).await.unwrap_err();
    assert!(!matches!(error, kube::Error::Api(_)), "{error}");
    assert_eq!(cluster.deployment("prod", "api")["spec"]["template"]["spec"]["containers"][0]["image"], BAD);
    let writes = cluster.writes();
    assert_eq!((writes.len(), writes[0].answered, writes[0].changed), (1, None, false));
}

/// Who patches again after this patches twice: it has to look first.
#[tokio::test]
async fn an_answer_may_be_lost_after_the_patch_was_taken() {
    let cluster = cluster_with(&[GOOD, BAD], 1).await;
    let patch: json_patch::Patch = serde_json::from_value(undo(&cluster, GOOD)).unwrap();
    cluster.fault(On::next("patch", "deployments"), Fault::LoseAnswer);
    let api = deployments(&cluster).await;
    api.patch("api", &PatchParams::default(), &Patch::Json::<()>(patch)).await.unwrap_err();
    assert_eq!(cluster.deployment("prod", "api")["spec"]["template"]["spec"]["containers"][0]["image"], GOOD);
    let writes = cluster.writes();
    assert_eq!((cluster.patches("deployments"), writes[0].answered, writes[0].changed), (1, None, true));
}

/// Status writes of controllers make every version old, and the template is as it was.
#[tokio::test]
async fn status_writes_are_conflicts() {
    let cluster = cluster_with(&[GOOD, BAD], 1).await;
    cluster.fault(On::next("patch", "deployments").times(3), Fault::StatusWrite);
    let mut codes = Vec::new();
    for _ in 0..4 {
        let version = cluster.deployment("prod", "api")["metadata"]["resourceVersion"].clone();
        let mut patch = undo(&cluster, GOOD);
        let pin = json!({"op": "replace", "path": "/metadata/resourceVersion", "value": version});
        patch.as_array_mut().unwrap().insert(0, pin);
        codes.push(call(&cluster, "PATCH", API, JSON_PATCH, &patch).await.0);
        cluster.settle().await;
    }
    assert_eq!(codes, [409, 409, 409, 200]);
}

#[tokio::test]
async fn a_rival_writes_between_reading_and_patching() {
    let cluster = cluster_with(&[GOOD, BAD], 1).await;
    let version = cluster.deployment("prod", "api")["metadata"]["resourceVersion"].clone();
    cluster.rival("ci", "deployments", "prod", "api", |api| {
        api["spec"]["template"]["spec"]["containers"][0]["image"] = json!("registry.example/api:v1.3.2");
    });
    let mut patch = undo(&cluster, GOOD);
    let pin = json!({"op": "replace", "path": "/metadata/resourceVersion", "value": version});
    patch.as_array_mut().unwrap().insert(0, pin);
    let rehearsal = format!("{API}?dryRun=All");
    assert_eq!(call(&cluster, "PATCH", &rehearsal, JSON_PATCH, &patch).await.0, 200);
    assert_eq!(call(&cluster, "PATCH", API, JSON_PATCH, &patch).await.0, 409);
    let image = cluster.deployment("prod", "api")["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    assert_eq!(image, "registry.example/api:v1.3.2");
}

#[tokio::test]
async fn answers_may_be_slow_or_never_come() {
    let cluster = cluster_with(&[GOOD], 1).await;
    let api = deployments(&cluster).await;
    cluster.fault(On::next("get", "deployments").after(1), Fault::Slow(Duration::from_millis(80)));
    api.get("api").await.unwrap();
    let began = Instant::now();
    api.get("api").await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(80));
    cluster.fault(On::next("get", "deployments").always(), Fault::Hang);
    let waited = tokio::time::timeout(Duration::from_millis(50), api.get("api")).await;
    assert!(waited.is_err(), "there is no answer");
    cluster.no_faults();
    api.get("api").await.unwrap();
}

#[tokio::test]
async fn a_watch_may_be_gone_by_its_status() {
    let cluster = cluster_with(&[GOOD], 1).await;
    cluster.fault(On::next("watch", "deployments"), Fault::gone());
    let path = "/apis/apps/v1/namespaces/prod/deployments?watch=true&timeoutSeconds=1";
    let (code, answer, _) = call(&cluster, "GET", path, "", &Value::Null).await;
    assert_eq!((code, &answer["reason"]), (410, &json!("Expired")));
}

#[tokio::test]
async fn the_journal_holds_what_was_sent() {
    let cluster = cluster_with(&[GOOD, BAD], 1).await;
    let patch = undo(&cluster, GOOD);
    let path = format!("{API}?fieldManager=rollback-bot");
    call(&cluster, "GET", API, "", &Value::Null).await;
    call(&cluster, "PATCH", &path, JSON_PATCH, &patch).await;
    let writes = cluster.writes();
    let [write] = writes.as_slice() else { panic!("{writes:#?}") };
    assert_eq!((write.verb.as_str(), write.method.as_str(), write.path.as_str()), ("patch", "PATCH", API));
    assert_eq!((&write.query["fieldManager"], &write.body), (&"rollback-bot".to_owned(), &patch));
    assert_eq!((write.answered, write.changed, cluster.calls().len()), (Some(200), true, 2));
    cluster.forget_calls();
    assert!(cluster.calls().is_empty());
}
