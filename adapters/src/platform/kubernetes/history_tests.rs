use serde_json::{Value, json};

use super::*;

fn address(container: Option<&str>) -> KubernetesAddress {
    let address = json!({"namespace": "shop", "workload": "deployment/api", "container": container});
    serde_json::from_value(address).unwrap()
}

fn template(image: &str, level: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "api"}},
        "spec": {"containers": [{"name": "api", "image": image, "env": [{"name": "LOG_LEVEL", "value": level}]}]},
    })
}

fn set(number: i64, template: &Value) -> Revision {
    annotated(number, template, &json!({}))
}

fn annotated(number: i64, template: &Value, more: &Value) -> Revision {
    let mut annotations = json!({NUMBER_ANNOTATION: number.to_string()});
    annotations.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let object = json!({
        "metadata": {"name": format!("api-{number}"), "annotations": annotations},
        "spec": {"template": template},
    });
    Revision::of(WorkloadKind::Deployment, &serde_json::from_value(object).unwrap())
}

fn history(revisions: Vec<Revision>) -> History {
    History::new(revisions, &address(None))
}

fn now() -> Template {
    Template::new(json!({}))
}

/// The names of what a version resolves to: one, several, or none.
fn resolved(history: &History, version: &str) -> Vec<String> {
    match history.resolve(&Version::new(version), &now()) {
        Resolution::Found(candidate) => vec![candidate.revision.to_string()],
        Resolution::Ambiguous(all) => all.iter().map(|candidate| candidate.revision.to_string()).collect(),
        Resolution::Missing(_) => Vec::new(),
    }
}

#[test]
fn a_tag_is_matched_whole_with_or_without_v() {
    let history = history(vec![set(1, &template("api:v1.2.90", "info")), set(2, &template("api:1.2.9", "info"))]);
    assert_eq!(resolved(&history, "v1.2.9"), ["api-2"]);
    assert_eq!(resolved(&history, "1.2.90"), ["api-1"]);
    for other in ["v1.2", "v1.2.9-rc.1", "v1.2.900"] {
        assert!(resolved(&history, other).is_empty(), "{other}");
    }
}

#[test]
fn two_of_one_tag_are_shown_with_what_differs() {
    let history = history(vec![set(1, &template("api:v1.2.9", "info")), set(2, &template("api:v1.2.9", "debug"))]);
    let Resolution::Ambiguous(both) = history.resolve(&Version::new("v1.2.9"), &now()) else { panic!() };
    let levels: Vec<&str> = both.iter().map(|one| one.details["api variable LOG_LEVEL"].as_str()).collect();
    assert_eq!(levels, ["debug", "info"]);
    assert_eq!(resolved(&history, "rev:1"), ["api-1"]);
    assert_eq!(resolved(&history, "api-2"), ["api-2"]);
}

#[test]
fn a_restart_makes_no_second_version() {
    let plain = template("api:v1.2.9", "info");
    let mut restarted = plain.clone();
    restarted["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/restartedAt": "2024-01-15T12:00:00Z"});
    let history = history(vec![set(1, &plain), set(2, &restarted), set(3, &template("api:v1.3.0", "info"))]);
    assert_eq!(resolved(&history, "v1.2.9"), ["api-2"]);
    let Resolution::Found(found) = history.resolve(&Version::new("v1.2.9"), &Template::new(plain)) else { panic!() };
    assert_eq!(found.revision.as_str(), "api-1", "what is set now needs no move");
}

#[test]
fn the_first_rule_that_finds_any_decides() {
    let digest = format!("sha256:{}", "ab".repeat(32));
    let mut labelled = template("api:main", "info");
    labelled["metadata"]["labels"]["app.kubernetes.io/version"] = json!("v1.2.9");
    let cause = json!({CAUSE_ANNOTATION: "deploy v1.2.8 (hotfix)"});
    let ours = json!({CAUSE_ANNOTATION: "rollback to v1.2.7", KEY_ANNOTATION: "INC-2024-0115-001/1/roll:api/release"});
    let history = history(vec![
        set(1, &labelled),
        set(2, &template(&format!("api@{digest}"), "info")),
        annotated(3, &template("api:nightly", "info"), &cause),
        annotated(4, &template("api:edge", "info"), &ours),
    ]);
    assert_eq!(resolved(&history, "v1.2.9"), ["api-1"]);
    assert_eq!(resolved(&history, "sha256:abababababab"), ["api-2"]);
    assert_eq!(resolved(&history, "v1.2.8"), ["api-3"]);
    assert!(resolved(&history, "v1.2.7").is_empty(), "our own words are no version");
}

#[test]
fn a_number_that_a_revision_had_before_still_names_it() {
    let former = json!({FORMER_ANNOTATION: "1,3"});
    let history =
        history(vec![annotated(5, &template("api:v1", "info"), &former), set(4, &template("api:v2", "info"))]);
    assert_eq!(resolved(&history, "rev:3"), ["api-5"]);
    assert_eq!(resolved(&history, "rev:4"), ["api-4"]);
    assert_eq!(history.kubectl_previous().unwrap().name, "api-4");
}

#[test]
fn a_missing_number_counts_as_nought() {
    let object = json!({"metadata": {"name": "api-x"}, "spec": {"template": {}}});
    let revision = Revision::of(WorkloadKind::Deployment, &serde_json::from_value(object).unwrap());
    assert_eq!(revision.number, 0);
    let history = history(vec![revision, set(1, &template("api:v1", "info"))]);
    assert_eq!(history.all[0].name, "api-1");
}

#[test]
fn a_controller_revision_is_read_as_its_patch() {
    let object = json!({
        "metadata": {"name": "db-7c9", "labels": {REVISION_LABEL: "7c9"}},
        "data": {"spec": {"template": {"$patch": "replace", "spec": {"containers": [{"name": "db", "image": "db:v1"}]}}}},
        "revision": 4,
    });
    let revision = Revision::of(WorkloadKind::StatefulSet, &serde_json::from_value(object).unwrap());
    assert_eq!((revision.number, revision.template.shown_images().as_str()), (4, "db=db:v1"));
    assert!(revision.is_of_hash("7c9") && revision.is_of_hash("db-7c9") && !revision.is_of_hash("db"));
}
