//! Who owns which field, and what server-side apply makes of it.

use serde_json::{Value, json};
use tests::kubernetes::Cluster;

use crate::{API, BAD, GOOD, WORSE, call, cluster_with, roll_back};

const IMAGE: &str = "/fieldsV1/f:spec/f:template/f:spec/f:containers/k:{\"name\":\"api\"}/f:image";

fn owner_of_image(object: &Value) -> Vec<(String, String)> {
    let entries = object["metadata"]["managedFields"].as_array().unwrap();
    let owning = entries.iter().filter(|entry| entry.pointer(IMAGE).is_some());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    owning.map(|entry| (text(&entry["manager"]), text(&entry["operation"]))).collect()
}

/// Section 1.1 F: who wrote the template last is who superseded a rollback.
#[tokio::test]
async fn the_last_writer_owns_the_image() {
    let cluster = cluster_with(&[GOOD, BAD], 1).await;
    let pair = |manager: &str, how: &str| vec![(manager.to_owned(), how.to_owned())];
    assert_eq!(owner_of_image(&cluster.deployment("prod", "api")), pair("ci", "Update"));
    let answer = roll_back(&cluster, GOOD).await;
    assert_eq!(owner_of_image(&answer), pair("rollback-bot", "Update"));
    cluster.change_as("argocd-controller", "deployments", "prod", "api", |api| {
        api["spec"]["template"]["spec"]["containers"][0]["image"] = json!(WORSE);
    });
    let api = cluster.deployment("prod", "api");
    assert_eq!(owner_of_image(&api), pair("argocd-controller", "Update"));
    let controller = api["metadata"]["managedFields"].as_array().unwrap();
    let controller = controller.iter().find(|entry| entry["manager"] == "kube-controller-manager").unwrap();
    assert_eq!(controller["subresource"], "status");
}

async fn apply(cluster: &Cluster, image: &str, force: bool) -> (u16, Value) {
    let body = tests::kubernetes::deployment("api", image, 1);
    let path = format!("{API}?fieldManager=ci-apply&force={force}");
    let (code, answer, _) = call(cluster, "PATCH", &path, "application/apply-patch+yaml", &body).await;
    (code, answer)
}

/// Trap 11: after a rollback the next apply of the pipeline conflicts, and the words name the bot.
#[tokio::test]
async fn trap_11_the_next_apply_conflicts_with_the_bot() {
    let cluster = Cluster::start().await;
    cluster.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "prod"}}));
    assert_eq!(apply(&cluster, GOOD, false).await.0, 201);
    cluster.settle().await;
    assert_eq!(apply(&cluster, BAD, false).await.0, 200);
    cluster.settle().await;
    let api = cluster.deployment("prod", "api");
    assert_eq!(owner_of_image(&api), [("ci-apply".to_owned(), "Apply".to_owned())]);
    roll_back(&cluster, GOOD).await;
    cluster.settle().await;
    for image in [BAD, WORSE] {
        let (code, answer) = apply(&cluster, image, false).await;
        assert_eq!(code, 409);
        let words = "Apply failed with 1 conflict: conflict with \"rollback-bot\" using apps/v1: \
                     .spec.template.spec.containers[name=\"api\"].image";
        assert_eq!(answer["message"], words);
        assert_eq!(answer["details"]["causes"][0]["reason"], "FieldManagerConflict");
    }
    let (code, answer) = apply(&cluster, WORSE, true).await;
    assert_eq!((code, &answer["spec"]["template"]["spec"]["containers"][0]["image"]), (200, &json!(WORSE)));
    assert_eq!(owner_of_image(&answer), [("ci-apply".to_owned(), "Apply".to_owned())]);
}

/// What is applied no more is taken away; what others wrote stays.
#[tokio::test]
async fn an_apply_takes_its_own_away() {
    let cluster = cluster_with(&[GOOD], 1).await;
    let path = format!("{API}?fieldManager=tool");
    let patch = |annotations: Value| json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api", "annotations": annotations}});
    let kind = "application/apply-patch+yaml";
    call(&cluster, "PATCH", &path, kind, &patch(json!({"a": "1", "b": "2"}))).await;
    let (code, answer, _) = call(&cluster, "PATCH", &path, kind, &patch(json!({"b": "2"}))).await;
    let annotations = &answer["metadata"]["annotations"];
    assert_eq!((code, annotations.get("a"), &annotations["b"]), (200, None, &json!("2")));
    assert_eq!(annotations["deployment.kubernetes.io/revision"], "1");
    let (code, _, _) = call(&cluster, "PATCH", API, kind, &patch(json!({}))).await;
    assert_eq!(code, 400, "who applies says who it is");
}
