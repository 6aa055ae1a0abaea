use serde_json::{Value, json};

use super::*;
use crate::platform::kubernetes::address::KubernetesAddress;

/// When all looks are, by the bot's own clock.
const NOW: Timestamp = Timestamp::constant(1_705_327_200, 0);

const AT_REST: [i64; 4] = [3, 3, 3, 3];

fn template(image: &str) -> Value {
    json!({"metadata": {"labels": {"app": "api"}}, "spec": {"containers": [{"name": "api", "image": image}]}})
}

fn address(kind: &str) -> KubernetesAddress {
    serde_json::from_value(json!({"namespace": "shop", "workload": format!("{kind}/api")})).unwrap()
}

fn history() -> History {
    let all = [(1, "api:v1.2.9"), (2, "api:v1.3.0")]
        .map(|(number, image)| Revision::for_tests(&format!("api-{number}"), number, template(image)));
    History::new(all.to_vec(), &address("deployment"))
}

fn way() -> Way {
    Way { uid: "u1".to_owned(), to: commands::model::Revision::new("api-1") }
}

/// A Deployment with this image; counts are wanted, updated, all, available.
fn deployment(image: &str, [wanted, updated, all, available]: [i64; 4], conditions: Value) -> Workload {
    let status = json!({
        "observedGeneration": 2, "updatedReplicas": updated, "replicas": all, "availableReplicas": available,
        "conditions": conditions,
    });
    workload(WorkloadKind::Deployment, json!({"replicas": wanted, "template": template(image)}), status)
}

fn workload(kind: WorkloadKind, spec: Value, status: Value) -> Workload {
    let fields = json!({"f:spec": {"f:template": {}}});
    let managers = json!([
        {"manager": "ci", "operation": "Update", "time": "2024-01-15T12:00:00Z", "fieldsV1": fields},
        {"manager": "kube-controller-manager", "operation": "Update", "subresource": "status",
         "time": "2024-01-15T13:00:00Z", "fieldsV1": {"f:status": {}}},
    ]);
    let metadata = json!({"name": "api", "uid": "u1", "generation": 2, "managedFields": managers});
    let object = json!({"metadata": metadata, "spec": spec, "status": status});
    Workload::of(kind, serde_json::from_value(object).unwrap())
}

fn pod(name: &str, revision: &str, is_ready: bool) -> Value {
    json!({
        "metadata": {
            "name": name, "uid": name, "labels": {"controller-revision-hash": revision},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": revision, "uid": "r", "controller": true}],
        },
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": if is_ready { "True" } else { "False" }}]},
    })
}

fn waiting(name: &str, revision: &str, reason: &str, restarts: i64) -> Value {
    let mut pod = pod(name, revision, false);
    let state = json!({"waiting": {"reason": reason, "message": "back-off pulling image"}});
    pod["status"]["containerStatuses"] = json!([{"name": "api", "restartCount": restarts, "state": state}]);
    pod
}

fn ready(count: i64) -> Vec<Value> {
    (0..count).map(|n| pod(&format!("api-1-{n}"), "api-1", true)).collect()
}

struct Looks(Memory);

impl Looks {
    fn new() -> Self {
        Self(Memory::default())
    }

    fn look(&mut self, workload: Workload, pods: Vec<Value>, seconds: f64) -> Verdict {
        self.with(Some(workload), pods, None, seconds).verdict
    }

    fn with(
        &mut self,
        workload: Option<Workload>,
        pods: Vec<Value>,
        refused: Option<Refusal>,
        seconds: f64,
    ) -> Observation {
        let pods = pods.into_iter().map(|pod| Pod::of(&serde_json::from_value(pod).unwrap()));
        let pods = pods.map(|pod| (pod.uid.clone(), pod)).collect();
        let cluster = Cluster { workload, history: history(), pods, refused };
        let seen = Seen { cluster: Ok(&cluster), at: Duration::from_secs_f64(seconds), now: NOW };
        judge(&way(), &seen, &mut self.0)
    }
}

fn code(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Done => "done",
        Verdict::InProgress(note) => &note.code,
        Verdict::Failed(trouble) | Verdict::Unknown(trouble) => &trouble.why.code,
        Verdict::Superseded { .. } => "superseded",
    }
}

#[test]
fn what_was_moved_back_is_somebody_elses_also_before_the_first_look() {
    let by = || Verdict::Superseded { by: "ci at 12:00:00 UTC: api=api:v1.3.0".to_owned() };
    let back = || deployment("api:v1.3.0", AT_REST, json!([]));
    assert_eq!(Looks::new().look(back(), ready(3), 0.0), by());
    let mut looks = Looks::new();
    looks.look(deployment("api:v1.2.9", AT_REST, json!([])), ready(3), 1.0);
    assert_eq!(looks.look(back(), ready(3), 2.0), by());
}

#[test]
fn a_third_template_is_somebody_elses() {
    let verdict = Looks::new().look(deployment("api:v1.4.0", AT_REST, json!([])), ready(3), 0.0);
    assert_eq!(code(&verdict), "superseded");
}

/// A third template, and when this bot and its key came there.
fn supplanted(second: u8) -> Workload {
    let mut third = deployment("api:v1.4.0", AT_REST, json!([]));
    let mut own = third.object.metadata.managed_fields.clone().unwrap()[0].clone();
    own.manager = Some("switchback".to_owned());
    own.time = serde_json::from_value(json!(format!("2024-01-15T12:00:0{second}Z"))).unwrap();
    third.object.metadata.managed_fields.as_mut().unwrap().push(own);
    let key = ("switchback.rollback".to_owned(), "INC-2024-0115-002/1/roll:api/release".to_owned());
    third.object.metadata.annotations = Some([key].into());
    third
}

#[test]
fn the_bot_is_not_named_for_what_somebody_else_wrote_in_the_same_second() {
    let Verdict::Superseded { by } = Looks::new().look(supplanted(0), ready(3), 0.0) else { panic!() };
    assert_eq!(by, "ci at 12:00:00 UTC: api=api:v1.4.0");
    let Verdict::Superseded { by } = Looks::new().look(supplanted(1), ready(3), 0.0) else { panic!() };
    assert_eq!(by, "switchback (INC-2024-0115-002/1/roll:api/release) at 12:00:01 UTC: api=api:v1.4.0");
}

#[test]
fn an_old_observation_is_never_done() {
    let mut unseen = deployment("api:v1.2.9", AT_REST, json!([]));
    unseen.object.metadata.generation = Some(3);
    assert_eq!(code(&Looks::new().look(unseen, ready(3), 0.0)), "kubernetes-not-observed");
}

#[test]
fn done_is_all_of_it() {
    let mut looks = Looks::new();
    for counts in [[3, 0, 3, 3], [3, 1, 3, 3], [3, 2, 4, 3], [3, 3, 4, 3], [3, 3, 3, 2]] {
        let verdict = looks.look(deployment("api:v1.2.9", counts, json!([])), ready(3), 0.0);
        assert_eq!(code(&verdict), "kubernetes-running", "{counts:?}");
    }
    let early = looks.look(deployment("api:v1.2.9", AT_REST, json!([])), ready(2), 1.0);
    assert_eq!(code(&early), "kubernetes-running", "the pods themselves must be ready");
    assert_eq!(looks.look(deployment("api:v1.2.9", AT_REST, json!([])), ready(3), 1.0), Verdict::Done);
}

#[test]
fn a_condition_alone_is_no_proof() {
    let available = json!([{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}]);
    let verdict = Looks::new().look(deployment("api:v1.2.9", [3, 0, 3, 3], available), ready(0), 0.0);
    assert_eq!(code(&verdict), "kubernetes-running");
}

fn exceeded(updated: &str) -> Value {
    json!([{
        "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "lastUpdateTime": updated,
        "lastTransitionTime": updated, "message": "ReplicaSet has timed out progressing.",
    }])
}

#[test]
fn a_deadline_that_is_told_again_is_not_this_ones() {
    let mut looks = Looks::new();
    let old = || exceeded("2024-01-15T11:00:00Z");
    looks.look(deployment("api:v1.2.9", [1, 0, 1, 0], old()), vec![], 0.0);
    let again = looks.look(deployment("api:v1.2.9", [1, 0, 1, 0], old()), vec![], 0.1);
    assert_eq!(code(&again), "kubernetes-running");
    let own = looks.look(deployment("api:v1.2.9", [1, 0, 1, 0], exceeded("2024-01-15T12:00:00Z")), vec![], 5.0);
    assert_eq!(code(&own), "kubernetes-deadline");
}

#[test]
fn a_deadline_that_stays_is_believed_at_last() {
    let mut looks = Looks::new();
    let old = || exceeded("2024-01-15T11:00:00Z");
    looks.look(deployment("api:v1.2.9", [1, 0, 1, 0], old()), vec![], 0.0);
    let verdict = looks.look(deployment("api:v1.2.9", [1, 0, 1, 0], old()), vec![], 16.0);
    assert_eq!(code(&verdict), "kubernetes-deadline");
}

#[test]
fn a_quota_is_seen_though_no_deadline_passes() {
    let failing = || {
        json!([
            {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
            {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota: team"},
        ])
    };
    let mut looks = Looks::new();
    let first = looks.look(deployment("api:v1.2.9", [3, 0, 3, 3], failing()), vec![], 0.0);
    assert_eq!(code(&first), "kubernetes-creation-fails");
    let Verdict::Failed(trouble) = looks.look(deployment("api:v1.2.9", [3, 0, 3, 3], failing()), vec![], 10.0) else {
        panic!()
    };
    assert_eq!(trouble.evidence, ["exceeded quota: team"]);
}

#[test]
fn a_refusal_that_passes_is_forgotten() {
    let failing = json!([{"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}]);
    let mut looks = Looks::new();
    looks.look(deployment("api:v1.2.9", [3, 0, 3, 3], failing.clone()), vec![], 0.0);
    looks.look(deployment("api:v1.2.9", [3, 1, 3, 3], json!([])), ready(1), 5.0);
    let again = looks.look(deployment("api:v1.2.9", [3, 1, 3, 3], failing), ready(1), 12.0);
    assert_eq!(code(&again), "kubernetes-creation-fails");
}

#[test]
fn nobody_to_serve_is_done_and_told() {
    let observation = Looks::new().with(Some(deployment("api:v1.2.9", [0, 0, 0, 0], json!([]))), vec![], None, 0.0);
    assert_eq!(observation.verdict, Verdict::Done);
    assert_eq!(observation.parts[0].state, "0 replicas");
}

#[test]
fn an_image_that_cannot_be_pulled_is_named_with_the_kubelets_words() {
    let mut looks = Looks::new();
    let now = || deployment("api:v1.2.9", [3, 1, 4, 3], json!([]));
    let pods = || vec![waiting("api-1-0", "api-1", "ImagePullBackOff", 0)];
    assert_eq!(code(&looks.look(now(), pods(), 0.0)), "kubernetes-pod-waits");
    let Verdict::Failed(trouble) = looks.look(now(), pods(), 10.0) else { panic!() };
    assert_eq!(
        (trouble.why.arguments["pod"].as_str(), trouble.evidence[0].as_str()),
        ("api-1-0", "back-off pulling image")
    );
}

#[test]
fn a_crash_loop_counts_although_it_runs_in_between() {
    let mut looks = Looks::new();
    let now = || deployment("api:v1.2.9", [1, 1, 1, 0], json!([]));
    looks.look(now(), vec![waiting("p", "api-1", "CrashLoopBackOff", 1)], 0.0);
    assert_eq!(code(&looks.look(now(), vec![pod("p", "api-1", false)], 5.0)), "kubernetes-running");
    let verdict = looks.look(now(), vec![waiting("p", "api-1", "CrashLoopBackOff", 2)], 11.0);
    assert_eq!(code(&verdict), "kubernetes-pod-stuck");
}

#[test]
fn pods_of_the_bad_revision_say_nothing_of_the_old_one() {
    let mut looks = Looks::new();
    let now = || deployment("api:v1.2.9", [3, 1, 4, 3], json!([]));
    for at in [0.0, 20.0] {
        let verdict = looks.look(now(), vec![waiting("bad", "api-2", "CrashLoopBackOff", 9)], at);
        assert_eq!(code(&verdict), "kubernetes-running");
    }
}

#[test]
fn a_restart_delays_done_and_after_it_is_a_failure() {
    let mut looks = Looks::new();
    let now = || deployment("api:v1.2.9", [1, 1, 1, 1], json!([]));
    let restarted = |times: i64| {
        let mut pod = pod("p", "api-1", true);
        pod["status"]["containerStatuses"] = json!([{"name": "api", "restartCount": times, "state": {"running": {}}}]);
        vec![pod]
    };
    looks.look(deployment("api:v1.2.9", [1, 1, 1, 0], json!([])), restarted(0), 0.0);
    assert_eq!(code(&looks.look(now(), restarted(1), 1.0)), "kubernetes-restarts");
    assert_eq!(looks.look(now(), restarted(1), 6.0), Verdict::Done);
    assert_eq!(code(&looks.look(now(), restarted(2), 7.0)), "kubernetes-restarted");
    assert_eq!(code(&looks.look(now(), restarted(2), 30.0)), "kubernetes-restarted", "it was not well all the time");
}

#[test]
fn deleted_and_made_anew_are_failures() {
    let gone = Looks::new().with(None, vec![], None, 0.0).verdict;
    assert_eq!(code(&gone), "kubernetes-deleted");
    let mut other = deployment("api:v1.2.9", AT_REST, json!([]));
    other.object.metadata.uid = Some("u2".to_owned());
    assert_eq!(code(&Looks::new().look(other, ready(3), 0.0)), "kubernetes-recreated");
}

#[test]
fn a_tag_that_means_two_images_is_not_done() {
    let on_node = |name: &str, digest: &str, injected: &str| {
        let mut pod = pod(name, "api-1", true);
        pod["status"]["containerStatuses"] = json!([
            {"name": "api", "imageID": format!("registry.example/api@sha256:{digest}")},
            {"name": "proxy", "imageID": format!("registry.example/proxy@sha256:{injected}")},
        ]);
        pod
    };
    let now = || deployment("api:v1.2.9", [2, 2, 2, 2], json!([]));
    let same = vec![on_node("a", "1111", "5"), on_node("b", "1111", "6")];
    assert_eq!(Looks::new().look(now(), same, 0.0), Verdict::Done, "what a webhook put in is not of the template");
    let other = vec![on_node("a", "1111", "5"), on_node("b", "2222", "5")];
    let Verdict::Failed(trouble) = Looks::new().look(now(), other, 0.0) else { panic!() };
    assert_eq!(
        (trouble.why.code.as_str(), trouble.why.arguments["container"].as_str()),
        ("kubernetes-images-differ", "api")
    );
    assert_eq!(trouble.evidence, ["a: sha256:1111", "b: sha256:2222"]);
}

#[test]
fn of_very_many_pods_those_are_shown_of_which_something_is_to_be_said() {
    let mut pods = ready(200);
    pods.push(waiting("zz", "api-1", "ImagePullBackOff", 0));
    let observation = Looks::new().with(Some(deployment("api:v1.2.9", [201; 4], json!([]))), pods, None, 0.0);
    let shown: Vec<&str> = observation.parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!((shown.len(), shown[24], shown[25]), (26, "zz", "176 more"));
    assert_eq!(observation.parts[25].state, "176 ready");
}

#[test]
fn what_cannot_be_asked_is_unknown_and_never_done() {
    let error = PlatformError::Unavailable { what: "look".to_owned(), why: "refused".to_owned() };
    let seen = Seen { cluster: Err(&error), at: Duration::ZERO, now: NOW };
    assert_eq!(code(&judge(&way(), &seen, &mut Memory::default()).verdict), "kubernetes-unread");
}

#[path = "judge_set_tests.rs"]
mod sets;
