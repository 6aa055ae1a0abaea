use super::*;

/// A StatefulSet of three on its way to `api-1`; counts are of the status.
fn set(updated: i64, ready: i64, spec: Value) -> Workload {
    let mut whole = json!({"replicas": 3, "template": template("api:v1.2.9"), "updateStrategy": rolling()});
    whole.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    let status = json!({
        "observedGeneration": 2, "updatedReplicas": updated, "readyReplicas": ready, "availableReplicas": 0, "replicas": 3,
    });
    workload(WorkloadKind::StatefulSet, whole, status)
}

fn rolling() -> Value {
    json!({"type": "RollingUpdate"})
}

fn partition(first: i64) -> Value {
    json!({"type": "RollingUpdate", "rollingUpdate": {"partition": first}})
}

fn member(ordinal: i64, revision: &str, is_ready: bool) -> Value {
    let mut pod = pod(&format!("api-{ordinal}"), revision, is_ready);
    pod["metadata"]["ownerReferences"][0] =
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "api", "uid": "u1", "controller": true});
    pod
}

fn crashing(ordinal: i64) -> Value {
    let mut pod = waiting(&format!("api-{ordinal}"), "api-2", "CrashLoopBackOff", 3);
    pod["metadata"]["ownerReferences"][0] =
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "api", "uid": "u1", "controller": true});
    pod
}

fn refusal(when: &str) -> Option<Refusal> {
    Some(Refusal { when: Some(when.parse().unwrap()), said: "forbidden: exceeded quota".to_owned() })
}

#[test]
fn a_pod_that_holds_up_its_own_replacement_is_named() {
    let pods = || vec![member(0, "api-1", true), member(1, "api-1", true), crashing(2)];
    let mut looks = Looks::new();
    assert_eq!(code(&looks.look(set(2, 2, json!({})), pods(), 0.0)), "kubernetes-running");
    let Verdict::Failed(trouble) = looks.look(set(2, 2, json!({})), pods(), 10.0) else { panic!() };
    assert_eq!((trouble.why.code.as_str(), trouble.why.arguments["pod"].as_str()), ("kubernetes-pod-blocks", "api-2"));
}

#[test]
fn members_of_a_quorum_are_given_time_to_join_again() {
    let mut looks = Looks::new();
    let unready = || vec![member(0, "api-2", true), member(1, "api-2", false), member(2, "api-1", true)];
    let coming = || vec![member(0, "api-2", true), member(1, "api-2", false), member(2, "api-1", false)];
    for at in [0.0, 50.0, 100.0] {
        assert_eq!(code(&looks.look(set(1, 1, json!({})), coming(), at)), "kubernetes-running", "another is coming");
    }
    for at in [101.0, 160.0] {
        assert_eq!(code(&looks.look(set(1, 2, json!({})), unready(), at)), "kubernetes-running");
    }
    assert_eq!(code(&looks.look(set(1, 2, json!({})), unready(), 161.0)), "kubernetes-pod-blocks");
}

#[test]
fn only_the_pod_that_the_controller_waits_for_is_named() {
    let waited_for = |pods: Vec<Value>| {
        let pods: Vec<Pod> = pods.into_iter().map(|pod| Pod::of(&serde_json::from_value(pod).unwrap())).collect();
        let history = history();
        let target = history.named(&way().to).unwrap();
        ordered::waited_for(&set(0, 0, json!({})), target, pods.iter()).map(|pod| pod.name.clone())
    };
    assert_eq!(waited_for(vec![crashing(2), crashing(1), crashing(0)]).as_deref(), Some("api-0"), "the first of all");
    assert_eq!(waited_for(vec![member(0, "api-1", true), crashing(1), crashing(2)]).as_deref(), Some("api-1"));
    assert_eq!(waited_for(vec![member(0, "api-1", false), crashing(1)]), None, "one is coming");
    assert_eq!(waited_for(vec![crashing(1), crashing(2)]), None, "one before it is to be made");
    let mut leaving = member(2, "api-2", false);
    leaving["metadata"]["deletionTimestamp"] = json!("2024-01-15T12:00:00Z");
    assert_eq!(waited_for(vec![member(0, "api-1", true), crashing(1), leaving]), None, "one is going");
    assert_eq!(waited_for(vec![crashing(0)]).as_deref(), Some("api-0"), "the others are made after it");
    let stays = set(0, 0, json!({"updateStrategy": partition(1)}));
    let pods = [member(0, "api-2", false), crashing(1)].map(|pod| Pod::of(&serde_json::from_value(pod).unwrap()));
    let history = history();
    let target = history.named(&way().to).unwrap();
    assert_eq!(ordered::waited_for(&stays, target, pods.iter()), None, "it waits for one that stays as it is");
}

#[test]
fn a_pod_of_another_set_is_none_of_this_one() {
    let mut foreign = crashing(0);
    foreign["metadata"]["ownerReferences"][0]["uid"] = json!("u2");
    let pods = || vec![foreign.clone(), member(1, "api-1", true), member(2, "api-1", true), member(3, "api-1", true)];
    let mut looks = Looks::new();
    for at in [0.0, 90.0] {
        assert_eq!(looks.look(set(3, 3, json!({})), pods(), at), Verdict::Done);
    }
}

#[test]
fn a_parallel_set_helps_itself() {
    let parallel = || set(2, 2, json!({"podManagementPolicy": "Parallel"}));
    let pods = || vec![member(0, "api-1", true), member(1, "api-1", true), crashing(2)];
    let mut looks = Looks::new();
    for at in [0.0, 60.0] {
        assert_eq!(code(&looks.look(parallel(), pods(), at)), "kubernetes-running");
    }
}

#[test]
fn a_partition_leaves_the_pods_below_it() {
    let pods = || vec![member(0, "api-2", true), member(1, "api-2", true), member(2, "api-1", true)];
    let partitioned = || set(1, 3, json!({"updateStrategy": partition(2)}));
    assert_eq!(Looks::new().look(partitioned(), pods(), 0.0), Verdict::Done);
    let refused = Looks::new().with(Some(partitioned()), pods(), refusal("2024-01-15T12:00:00Z"), 0.0);
    assert_eq!(refused.verdict, Verdict::Done, "a refusal that has passed is none");
}

#[test]
fn pods_below_a_partition_do_not_stand_in_for_those_above_it() {
    // Those that stay run the revision already; the one that is to move still serves, and is ready.
    let pods = |last: Value| vec![member(0, "api-1", true), member(1, "api-1", true), last];
    let partitioned = || set(2, 3, json!({"updateStrategy": partition(2)}));
    let Verdict::InProgress(note) = Looks::new().look(partitioned(), pods(member(2, "api-2", true)), 0.0) else {
        panic!()
    };
    let counts = ["made", "ready", "wanted", "old"].map(|name| note.arguments[name].as_str());
    assert_eq!((note.code.as_str(), counts), ("kubernetes-running", ["0", "0", "1", "1"]));
    assert_eq!(Looks::new().look(partitioned(), pods(member(2, "api-1", true)), 0.0), Verdict::Done);
}

#[test]
fn another_revision_of_the_very_same_template_counts() {
    let mut made_anew = set(3, 3, json!({}));
    made_anew.object.data["status"]["updateRevision"] = json!("api-9");
    let pods = || (0..3).map(|ordinal| member(ordinal, "api-9", true)).collect::<Vec<_>>();
    assert_eq!(Looks::new().look(made_anew, pods(), 0.0), Verdict::Done);
    assert_eq!(code(&Looks::new().look(set(3, 3, json!({})), pods(), 0.0)), "kubernetes-running");
}

#[test]
fn ordinals_need_not_begin_at_nought() {
    let started = |strategy: Value| set(1, 2, json!({"ordinals": {"start": 5}, "updateStrategy": strategy}));
    let blocked = || vec![member(5, "api-2", true), crashing(6), member(7, "api-1", true)];
    let mut looks = Looks::new();
    looks.look(started(partition(1)), blocked(), 0.0);
    assert_eq!(code(&looks.look(started(partition(1)), blocked(), 10.0)), "kubernetes-pod-blocks");
    let mut looks = Looks::new();
    looks.look(started(partition(2)), blocked(), 0.0);
    assert_eq!(code(&looks.look(started(partition(2)), blocked(), 10.0)), "kubernetes-running", "that one is to stay");
}

#[test]
fn ready_is_not_yet_available() {
    let pods = || (0..3).map(|ordinal| member(ordinal, "api-1", true)).collect::<Vec<_>>();
    let mut slow = set(3, 3, json!({"minReadySeconds": 30}));
    assert_eq!(code(&Looks::new().look(slow.clone(), pods(), 0.0)), "kubernetes-running");
    slow.object.data["status"]["availableReplicas"] = json!(3);
    assert_eq!(Looks::new().look(slow, pods(), 0.0), Verdict::Done);
}

#[test]
fn pods_that_wait_for_somebody_to_delete_them_are_listed() {
    let pods = vec![member(0, "api-2", true), member(1, "api-2", true), member(2, "api-1", true)];
    let by_hand = set(1, 3, json!({"updateStrategy": {"type": "OnDelete"}}));
    let Verdict::InProgress(note) = Looks::new().look(by_hand, pods, 0.0) else { panic!() };
    assert_eq!((note.code.as_str(), note.arguments["pods"].as_str()), ("kubernetes-on-delete", "api-0, api-1"));
}

#[test]
fn a_set_that_may_make_no_pods_tells_by_events() {
    let mut looks = Looks::new();
    let mut look = |pods: Vec<Value>, at: f64| {
        let refused = refusal("2024-01-15T12:00:05Z");
        code(&looks.with(Some(set(0, 0, json!({}))), pods, refused, at).verdict).to_owned()
    };
    assert_eq!(look(vec![], 0.0), "kubernetes-creation-fails");
    assert_eq!(look(vec![], 10.0), "kubernetes-cannot-create");
    let mut made = member(0, "api-1", true);
    made["metadata"]["creationTimestamp"] = json!("2024-01-15T12:00:09Z");
    assert_eq!(look(vec![made.clone()], 11.0), "kubernetes-running", "one was made since");
    made["metadata"]["creationTimestamp"] = json!("2024-01-15T12:00:01Z");
    assert_eq!(look(vec![made], 12.0), "kubernetes-creation-fails");
}

#[test]
fn a_daemon_set_wants_every_node() {
    let daemon = |updated: i64, available: i64| {
        let status = json!({
            "observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": updated, "numberAvailable": available,
        });
        workload(WorkloadKind::DaemonSet, json!({"template": template("api:v1.2.9")}), status)
    };
    let mut looks = Looks::new();
    assert_eq!(code(&looks.look(daemon(2, 3), ready(2), 0.0)), "kubernetes-running");
    assert_eq!(code(&looks.look(daemon(3, 2), ready(3), 0.0)), "kubernetes-running");
    assert_eq!(looks.look(daemon(3, 3), ready(3), 0.0), Verdict::Done);
}
