use serde_json::json;

use super::*;

fn image(text: &str) -> Image {
    Image::read(text).unwrap()
}

fn way() -> Way {
    Way { from: Some(image("api:v1.3.0")), to: image("api:v1.2.9"), stuck_after: Duration::from_secs(10) }
}

fn service(set_to: &str, replicas: u64, update: serde_json::Value) -> Service {
    let spec = json!({
        "Mode": {"Replicated": {"Replicas": replicas}},
        "TaskTemplate": {"ContainerSpec": {"Image": set_to}},
    });
    let raw = json!({"ID": "s1", "Version": {"Index": 1}, "Spec": spec, "UpdateStatus": update});
    Service::understand(raw).unwrap()
}

fn task(id: &str, of: &str, phase: Phase) -> Task {
    Task {
        id: id.to_owned(),
        place: "1".to_owned(),
        node: "n1".to_owned(),
        image: Some(image(of)),
        phase,
        state: format!("{phase:?}").to_lowercase(),
        wanted: matches!(phase, Phase::Running | Phase::Starting | Phase::Unplaced),
        error: String::new(),
        created: None,
    }
}

fn look(service: &Service, tasks: Vec<Task>, at: u64, memory: &mut Memory) -> Verdict {
    let nodes = vec![Node { id: "n1".to_owned(), is_up: true, ..Node::default() }];
    let swarm = Ok(Swarm { service: service.clone(), tasks, nodes });
    judge(&way(), &Seen { swarm, at: Duration::from_secs(at) }, memory).verdict
}

fn code(verdict: Verdict) -> String {
    match verdict {
        Verdict::InProgress(note) => note.code,
        Verdict::Failed(trouble) | Verdict::Unknown(trouble) => trouble.why.code,
        other => format!("{other:?}"),
    }
}

#[test]
fn done_is_by_tasks_that_were_seen_for_a_while() {
    let mut memory = Memory::default();
    let from = service("api:v1.3.0", 1, json!(null));
    let to = service("api:v1.2.9", 1, json!(null));
    let run = |id: &str, of: &str| task(id, of, Phase::Running);
    assert_eq!(code(look(&from, vec![run("a", "api:v1.3.0")], 0, &mut memory)), "swarm-not-moved");
    assert_eq!(code(look(&to, vec![run("a", "api:v1.3.0")], 1, &mut memory)), "swarm-running");
    assert_eq!(code(look(&to, vec![run("b", "api:v1.2.9")], 2, &mut memory)), "swarm-running");
    assert_eq!(look(&to, vec![run("b", "api:v1.2.9")], 3, &mut memory), Verdict::Done);
    let both = vec![run("a", "api:v1.3.0"), run("b", "api:v1.2.9")];
    assert_eq!(code(look(&to, both, 4, &mut memory)), "swarm-running", "an old task serves too");
}

#[test]
fn a_completed_update_of_what_crashes_is_failed() {
    let mut memory = Memory::default();
    let to = service("api:v1.2.9", 1, json!({"State": "completed"}));
    look(&to, vec![], 0, &mut memory);
    let ended = |ids: &[&str]| ids.iter().map(|id| task(id, "api:v1.2.9", Phase::Failed)).collect::<Vec<_>>();
    assert_eq!(code(look(&to, ended(&["a"]), 1, &mut memory)), "swarm-running");
    assert_eq!(code(look(&to, ended(&["a", "b"]), 2, &mut memory)), "swarm-crashes");
}

#[test]
fn failures_of_long_ago_are_not_held_against_it() {
    let mut memory = Memory::default();
    let to = service("api:v1.2.9", 1, json!(null));
    let old = || vec![task("x", "api:v1.2.9", Phase::Failed), task("y", "api:v1.2.9", Phase::Failed)];
    let with = |mut tasks: Vec<Task>| {
        tasks.push(task("b", "api:v1.2.9", Phase::Running));
        tasks
    };
    look(&to, with(old()), 0, &mut memory);
    assert_eq!(look(&to, with(old()), 2, &mut memory), Verdict::Done);
}

#[test]
fn a_task_that_no_node_takes_is_failed_after_a_while_with_its_words() {
    let mut memory = Memory::default();
    let to = service("api:v1.2.9", 1, json!({"State": "updating"}));
    let waiting = || vec![Task { error: "no suitable node".to_owned(), ..task("b", "api:v1.2.9", Phase::Unplaced) }];
    assert_eq!(code(look(&to, waiting(), 0, &mut memory)), "swarm-waiting");
    assert_eq!(code(look(&to, waiting(), 9, &mut memory)), "swarm-waiting");
    let Verdict::Failed(trouble) = look(&to, waiting(), 10, &mut memory) else { panic!() };
    assert_eq!((trouble.why.code.as_str(), trouble.evidence), ("swarm-stuck", vec!["no suitable node".to_owned()]));
}

#[test]
fn a_stopped_update_and_the_engines_own_rollback_are_failed_at_once() {
    let mut memory = Memory::default();
    let paused =
        service("api:v1.2.9", 1, json!({"State": "rollback_paused", "Message": "rollback paused due to failure"}));
    let Verdict::Failed(trouble) = look(&paused, vec![], 0, &mut memory) else { panic!() };
    assert_eq!(trouble.evidence, ["rollback paused due to failure"]);
    let back = service("api:v1.3.0", 1, json!({"State": "rollback_started", "Message": "update rolled back"}));
    assert_eq!(code(look(&back, vec![], 1, &mut memory)), "swarm-engine-rolled-back");
}

#[test]
fn nobody_serving_is_never_done_and_another_image_is_somebody_else() {
    let mut memory = Memory::default();
    let none = service("api:v1.2.9", 0, json!(null));
    assert_eq!(code(look(&none, vec![], 0, &mut memory)), "swarm-nobody-serves");
    let other = service("api:v1.2.7", 1, json!(null));
    assert!(matches!(look(&other, vec![], 1, &mut memory), Verdict::Superseded { .. }));
}
