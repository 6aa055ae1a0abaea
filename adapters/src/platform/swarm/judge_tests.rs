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
        since: None,
    }
}

fn look(service: &Service, tasks: Vec<Task>, at: u64, memory: &mut Memory) -> Verdict {
    let nodes = vec![Node { id: "n1".to_owned(), is_up: true, ..Node::default() }];
    let swarm = Ok(Swarm { service: service.clone(), tasks, nodes, now: None });
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

fn digest(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}

/// A look at tasks of one service, each at its place and on its node, of which `n2` is down.
fn look_wide(to: &str, set_to: &str, tasks: Vec<Task>, at: u64, memory: &mut Memory) -> Verdict {
    let node = |id: &str, is_up| Node { id: id.to_owned(), is_up, ..Node::default() };
    let nodes = vec![node("n1", true), node("n2", false), node("n3", true)];
    let service = service(set_to, 2, json!(null));
    let way = Way { to: image(to), ..way() };
    judge(&way, &Seen { swarm: Ok(Swarm { service, tasks, nodes, now: None }), at: Duration::from_secs(at) }, memory)
        .verdict
}

fn placed(id: &str, of: &str, place: &str, node: &str) -> Task {
    Task { place: place.to_owned(), node: node.to_owned(), ..task(id, of, Phase::Running) }
}

#[test]
fn two_tasks_in_one_slot_are_one() {
    let (mut memory, to) = (Memory::default(), "api:v1.2.9");
    let crowded = || vec![placed("a", to, "1", "n1"), placed("b", to, "1", "n3")];
    look_wide(to, to, crowded(), 0, &mut memory);
    assert_eq!(code(look_wide(to, to, crowded(), 2, &mut memory)), "swarm-running");
    let spread = vec![placed("a", to, "1", "n1"), placed("b", to, "2", "n3")];
    assert_eq!(look_wide(to, to, spread, 4, &mut memory), Verdict::Done);
}

#[test]
fn what_a_lost_node_ran_is_neither_counted_nor_waited_for() {
    let (mut memory, to) = (Memory::default(), "api:v1.2.9");
    let moved =
        |lost: &str| vec![placed("a", to, "1", "n1"), placed("b", to, "2", "n3"), placed("old", lost, "2", "n2")];
    look_wide(to, to, moved("api:v1.3.0"), 0, &mut memory);
    assert_eq!(look_wide(to, to, moved("api:v1.3.0"), 2, &mut memory), Verdict::Done);
    let lost = vec![placed("a", to, "1", "n1"), placed("old", to, "2", "n2")];
    assert_eq!(code(look_wide(to, to, lost, 4, &mut memory)), "swarm-running");
}

/// A tag proves nothing where the plan has a digest: what the container says does, and where none says
/// anything it is unknown.
#[test]
fn a_tag_without_a_digest_is_no_proof() {
    let (right, wrong) = (format!("api:v1.2.9@{}", digest('a')), format!("api:v1.2.9@{}", digest('b')));
    let both = |of: &str| vec![placed("a", of, "1", "n1"), placed("b", of, "2", "n3")];
    for (of, expected) in [("api:v1.2.9", "swarm-bytes-unknown"), (right.as_str(), "Done")] {
        let mut memory = Memory::default();
        look_wide(&right, "api:v1.2.9", both(of), 0, &mut memory);
        assert_eq!(code(look_wide(&right, "api:v1.2.9", both(of), 2, &mut memory)), expected);
    }
    let verdict = look_wide(&right, "api:v1.2.9", both(&wrong), 0, &mut Memory::default());
    let Verdict::Superseded { by } = verdict else { panic!("{verdict:?}") };
    assert!(by.contains(&format!("set to api:v1.2.9, which means {} now", digest('b'))), "{by}");
}

#[test]
fn nodes_that_run_different_bytes_of_one_tag_are_told() {
    let (mut memory, to) = (Memory::default(), "api:v1.2.9");
    let tasks = || {
        ['a', 'b'].map(|digit| placed(&digit.to_string(), &format!("{to}@{}", digest(digit)), &digit.to_string(), "n1"))
    };
    look_wide(to, to, tasks().into(), 0, &mut memory);
    let Verdict::Failed(trouble) = look_wide(to, to, tasks().into(), 2, &mut memory) else { panic!() };
    assert_eq!((trouble.why.code.as_str(), trouble.evidence.len()), ("swarm-bytes-differ", 2), "{trouble}");
}

/// Between two pushes of one tag, only the digest says whether anything moved.
#[test]
fn the_same_tag_is_not_arrived_before_it_moved() {
    let way = Way { from: Some(image("api:v1")), to: image(&format!("api:v1@{}", digest('a'))), ..way() };
    let look = |set_to: &str, memory: &mut Memory| {
        let swarm =
            Ok(Swarm { service: service(set_to, 1, json!(null)), tasks: Vec::new(), nodes: Vec::new(), now: None });
        code(judge(&way, &Seen { swarm, at: Duration::ZERO }, memory).verdict)
    };
    let mut memory = Memory::default();
    assert_eq!(look("api:v1", &mut memory), "swarm-not-moved");
    assert_eq!(look(&way.to.to_string(), &mut memory), "swarm-running");
}

/// A hold begins with a look of its own at what arrived before.
#[test]
fn what_has_run_for_long_is_done_at_the_first_look() {
    let to = service("api:v1.2.9", 1, json!(null));
    let first = |created: &str, since: &str| {
        let time = |text: &str| Some(format!("2024-01-15T15:30:{text}Z").parse().unwrap());
        let task = Task { created: time(created), since: time(since), ..task("b", "api:v1.2.9", Phase::Running) };
        let nodes = vec![Node { id: "n1".to_owned(), is_up: true, ..Node::default() }];
        let swarm = Ok(Swarm { service: to.clone(), tasks: vec![task], nodes, now: time("10") });
        judge(&way(), &Seen { swarm, at: Duration::ZERO }, &mut Memory::default()).verdict
    };
    assert_eq!(first("05", "09"), Verdict::Done);
    assert_eq!(code(first("05", "09.5")), "swarm-running");
    assert_eq!(code(first("05", "59")), "swarm-running", "a clock that is ahead proves nothing");
    assert_eq!(code(first("09.5", "01")), "swarm-running", "nor does one that is behind");
}
