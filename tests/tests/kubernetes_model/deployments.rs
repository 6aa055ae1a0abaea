//! Deployments: from one set to the next.

use std::time::Duration;

use serde_json::json;
use tests::kubernetes::{Cluster, PodBehaviour, deployment};

use crate::{BAD, GOOD, WORSE, cluster_with, condition, deployments, reason, roll_back};

#[tokio::test]
async fn a_rollout_comes_through_by_itself() {
    let cluster = cluster_with(&[GOOD, BAD], 3).await;
    let api = deployments(&cluster).await.get("api").await.unwrap();
    let status = api.status.unwrap();
    assert_eq!((status.available_replicas, status.updated_replicas, status.replicas), (Some(3), Some(3), Some(3)));
    assert_eq!(api.metadata.annotations.unwrap()["deployment.kubernetes.io/revision"], "2");
    assert_eq!(cluster.revisions("prod", "api"), [(1, GOOD.to_owned()), (2, BAD.to_owned())]);
    let images: Vec<_> = cluster
        .pods_of("deployments", "prod", "api")
        .iter()
        .map(|pod| pod["spec"]["containers"][0]["image"].clone())
        .collect();
    assert_eq!(images, [BAD, BAD, BAD]);
}

/// A quarter more, rounded up; a quarter less, rounded down.
#[tokio::test]
async fn a_rolling_update_keeps_its_bounds() {
    let cluster = cluster_with(&[GOOD], 4).await;
    cluster.hold_still();
    cluster.change("deployments", "prod", "api", |api| {
        api["spec"]["template"]["spec"]["containers"][0]["image"] = json!(BAD)
    });
    let (mut most, mut least) = (0, i64::MAX);
    while cluster.step() {
        let sets = cluster.all("replicasets", "prod");
        most = most.max(sets.iter().map(|set| set["spec"]["replicas"].as_i64().unwrap()).sum());
        least = least.min(cluster.deployment("prod", "api")["status"]["availableReplicas"].as_i64().unwrap());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(most == 5 && least >= 3, "{most} {least}");
    assert_eq!(reason(&cluster.deployment("prod", "api"), "Progressing"), "NewReplicaSetAvailable");
}

/// Section 1.1 C 4: what serves nobody goes first, so a rollback from it comes through at once.
#[tokio::test]
async fn a_rollback_from_a_release_that_crashes_comes_through() {
    let cluster = Cluster::start().await;
    cluster.behave(BAD, PodBehaviour::Crashes(1));
    cluster.apply(deployment("api", GOOD, 3));
    cluster.settle().await;
    cluster.release("deployments", "api", BAD).await;
    assert_eq!(cluster.deployment("prod", "api")["status"]["unavailableReplicas"], 1);
    roll_back(&cluster, GOOD).await;
    cluster.settle().await;
    let api = cluster.deployment("prod", "api");
    assert_eq!((&api["status"]["availableReplicas"], &api["status"]["replicas"]), (&json!(3), &json!(3)));
    assert_eq!(reason(&api, "Progressing"), "NewReplicaSetAvailable");
}

#[tokio::test]
async fn recreate_makes_the_new_when_the_old_are_gone() {
    let cluster = Cluster::start().await;
    let mut api = deployment("api", GOOD, 2);
    api["spec"]["strategy"] = json!({"type": "Recreate"});
    cluster.apply(api);
    cluster.settle().await;
    cluster.pods_go_after(Duration::from_millis(60));
    cluster.change("deployments", "prod", "api", |api| {
        api["spec"]["template"]["spec"]["containers"][0]["image"] = json!(BAD)
    });
    let mut together = false;
    while cluster.deployment("prod", "api")["status"]["availableReplicas"] != 2
        || !cluster.pods_of("deployments", "prod", "api").iter().all(|pod| pod["spec"]["containers"][0]["image"] == BAD)
    {
        let pods = cluster.pods_of("deployments", "prod", "api");
        let has = |image: &str| pods.iter().any(|pod| pod["spec"]["containers"][0]["image"] == image);
        together |= has(GOOD) && has(BAD);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(!together);
}

/// Section 1.2 1: nothing rolls while it is paused, and all of it when it is resumed.
#[tokio::test]
async fn a_paused_deployment_rolls_when_it_is_resumed() {
    let cluster = cluster_with(&[GOOD], 2).await;
    cluster.change("deployments", "prod", "api", |api| api["spec"]["paused"] = json!(true));
    cluster.settle().await;
    cluster.release("deployments", "api", BAD).await;
    let api = cluster.deployment("prod", "api");
    assert_eq!(reason(&api, "Progressing"), "DeploymentPaused");
    assert_eq!(condition(&api, "Progressing")["status"], "Unknown");
    assert_eq!(cluster.revisions("prod", "api"), [(1, GOOD.to_owned())]);
    cluster.change("deployments", "prod", "api", |api| api["spec"]["paused"] = json!(false));
    cluster.settle().await;
    assert_eq!(cluster.revisions("prod", "api"), [(1, GOOD.to_owned()), (2, BAD.to_owned())]);
    assert_eq!(reason(&cluster.deployment("prod", "api"), "Progressing"), "NewReplicaSetAvailable");
}

#[tokio::test]
async fn a_change_of_number_in_a_rollout_is_spread() {
    let cluster = Cluster::start().await;
    cluster.behave(BAD, PodBehaviour::NeverReady);
    let mut api = deployment("api", GOOD, 10);
    api["spec"]["strategy"] = json!({"rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}});
    cluster.apply(api);
    cluster.settle().await;
    cluster.release("deployments", "api", BAD).await;
    let sizes = |cluster: &Cluster| {
        let of = |image: &str| {
            let sets = cluster.all("replicasets", "prod");
            let set = sets.iter().find(|set| set["spec"]["template"]["spec"]["containers"][0]["image"] == image);
            set.unwrap()["spec"]["replicas"].as_i64().unwrap()
        };
        (of(GOOD), of(BAD))
    };
    assert_eq!(sizes(&cluster), (8, 5));
    cluster.change("deployments", "prod", "api", |api| api["spec"]["replicas"] = json!(15));
    cluster.settle().await;
    // The example of the documentation: three more for the old, two for the new.
    assert_eq!(sizes(&cluster), (11, 7));
}

/// Section 1.1 C 1: what the sets are told, and what not.
#[tokio::test]
async fn annotations_go_to_the_set_but_for_six() {
    let cluster = Cluster::start().await;
    let mut api = deployment("api", GOOD, 1);
    let last = "kubectl.kubernetes.io/last-applied-configuration";
    api["metadata"]["annotations"] = json!({"team": "payments", last: "{}"});
    cluster.apply(api);
    cluster.settle().await;
    let set = &cluster.all("replicasets", "prod")[0];
    let annotations = set["metadata"]["annotations"].as_object().unwrap();
    let mut names: Vec<_> = annotations.keys().map(String::as_str).collect();
    names.sort_unstable();
    let own = |name: &str| format!("deployment.kubernetes.io/{name}");
    assert_eq!(names, [&own("desired-replicas"), &own("max-replicas"), &own("revision"), "team"]);
}

/// `deployment/strategy.go`: a change of annotations counts as one of the specification.
#[tokio::test]
async fn an_annotation_is_a_new_generation() {
    let cluster = cluster_with(&[GOOD], 1).await;
    let generation = cluster.deployment("prod", "api")["metadata"]["generation"].as_i64().unwrap();
    cluster.change("deployments", "prod", "api", |api| api["metadata"]["annotations"]["oncall"] = json!("alice"));
    cluster.change("deployments", "prod", "api", |api| api["metadata"]["labels"]["tier"] = json!("front"));
    cluster.settle().await;
    let api = cluster.deployment("prod", "api");
    assert_eq!(api["metadata"]["generation"], generation + 1);
    assert_eq!(api["status"]["observedGeneration"], generation + 1);
}

#[tokio::test]
async fn a_pod_counts_after_min_ready_seconds() {
    let cluster = Cluster::start().await;
    let mut api = deployment("api", GOOD, 2);
    api["spec"]["minReadySeconds"] = json!(30);
    cluster.apply(api);
    cluster.settle().await;
    let status = cluster.deployment("prod", "api")["status"].clone();
    assert_eq!((&status["readyReplicas"], status.get("availableReplicas")), (&json!(2), None));
    cluster.advance(Duration::from_secs(31));
    let api = cluster.until("deployments", "prod", "api", |api| api["status"]["availableReplicas"] == 2).await;
    assert_eq!(reason(&api, "Progressing"), "NewReplicaSetAvailable");
}

#[tokio::test]
async fn what_belonged_to_it_goes_with_it() {
    let cluster = cluster_with(&[GOOD, BAD, WORSE], 2).await;
    cluster.delete("deployments", "prod", "api");
    cluster.settle().await;
    assert!(cluster.all("replicasets", "prod").is_empty() && cluster.all("pods", "prod").is_empty());
}
