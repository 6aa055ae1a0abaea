//! Revisions: their numbers, and which are kept.

use serde_json::{Value, json};
use tests::kubernetes::{Cluster, PodBehaviour, deployment};

use crate::{BAD, GOOD, WORSE, cluster_with, roll_back};

const REVISION: &str = "deployment.kubernetes.io/revision";

fn images(cluster: &Cluster) -> Vec<(i64, &'static str)> {
    let known = |image: &str| *[GOOD, BAD, WORSE].iter().find(|known| **known == image).unwrap();
    cluster.revisions("prod", "api").into_iter().map(|(number, image)| (number, known(&image))).collect()
}

/// Sections 1.1 C 1 and 2, K1: the old set gets the next number, and the list has a hole.
#[tokio::test]
async fn a_revision_that_comes_back_gets_the_next_number() {
    let cluster = cluster_with(&[GOOD, BAD, WORSE], 2).await;
    assert_eq!(images(&cluster), [(1, GOOD), (2, BAD), (3, WORSE)]);
    roll_back(&cluster, GOOD).await;
    cluster.settle().await;
    assert_eq!(images(&cluster), [(2, BAD), (3, WORSE), (4, GOOD)]);
    let sets = cluster.all("replicasets", "prod");
    let good = sets.iter().find(|set| set["metadata"]["annotations"][REVISION] == "4").unwrap();
    assert_eq!(good["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"], "1");
}

/// Section 1.1 C 1: the number of the Deployment follows in a status write, so the answer to the patch and
/// some of what comes after still have the old one.
#[tokio::test]
async fn the_new_revision_is_not_in_the_answer() {
    let cluster = cluster_with(&[GOOD, BAD], 1).await;
    cluster.hold_still();
    let answer = roll_back(&cluster, GOOD).await;
    assert_eq!(answer["metadata"]["annotations"][REVISION], "2");
    let number = |cluster: &Cluster| cluster.deployment("prod", "api")["metadata"]["annotations"][REVISION].clone();
    let set_has_it = |cluster: &Cluster| {
        let sets = cluster.all("replicasets", "prod");
        sets.iter().any(|set| set["metadata"]["annotations"][REVISION] == "3")
    };
    while !set_has_it(&cluster) {
        assert!(cluster.step());
    }
    assert_eq!(number(&cluster), "2");
    cluster.settle().await;
    assert_eq!(number(&cluster), "3");
}

/// Section 1.1 C 5: after a rollout that came through nothing is left to go back to …
#[tokio::test]
async fn no_history_is_kept_with_a_limit_of_0() {
    let cluster = Cluster::start().await;
    let mut api = deployment("api", GOOD, 2);
    api["spec"]["revisionHistoryLimit"] = json!(0);
    cluster.apply(api);
    cluster.settle().await;
    cluster.behave(BAD, PodBehaviour::NeverReady);
    cluster.release("deployments", "api", BAD).await;
    // … but in the middle of one the old set still has pods, and stays.
    assert_eq!(images(&cluster), [(1, GOOD), (2, BAD)]);
    cluster.behave(BAD, PodBehaviour::ReadyAfter(std::time::Duration::ZERO));
    cluster.settle().await;
    assert_eq!(images(&cluster), [(2, BAD)]);
}

#[tokio::test]
async fn the_oldest_revisions_go_first() {
    let cluster = Cluster::start().await;
    let mut api = deployment("api", GOOD, 1);
    api["spec"]["revisionHistoryLimit"] = json!(1);
    cluster.apply(api);
    cluster.settle().await;
    cluster.release("deployments", "api", BAD).await;
    cluster.release("deployments", "api", WORSE).await;
    assert_eq!(images(&cluster), [(2, BAD), (3, WORSE)]);
}

/// Section 1.1 E: the words of why stay with the template's set, and come back with it only if a writer
/// brings them: here nobody did.
#[tokio::test]
async fn the_change_cause_of_each_release_is_kept_by_its_set() {
    let cluster = cluster_with(&[GOOD], 1).await;
    let cause = "kubernetes.io/change-cause";
    cluster.change("deployments", "prod", "api", |api| {
        api["spec"]["template"]["spec"]["containers"][0]["image"] = json!(BAD);
        api["metadata"]["annotations"][cause] = json!("release v1.3.0");
    });
    cluster.settle().await;
    let sets = cluster.all("replicasets", "prod");
    let causes: Vec<&Value> = sets.iter().map(|set| &set["metadata"]["annotations"][cause]).collect();
    assert!(causes.contains(&&json!("release v1.3.0")) && causes.contains(&&Value::Null), "{causes:?}");
}

/// Of two sets with the same template it is the older one that counts.
#[tokio::test]
async fn the_same_template_makes_no_second_set() {
    let cluster = cluster_with(&[GOOD, BAD], 1).await;
    for image in [GOOD, BAD, GOOD] {
        roll_back(&cluster, image).await;
        cluster.settle().await;
    }
    assert_eq!(images(&cluster), [(4, BAD), (5, GOOD)]);
}
