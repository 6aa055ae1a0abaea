use super::*;
use commands::model::Version;

fn release(name: &str) -> Place {
    Place::Release(Revision::new(name))
}

fn process(id: u32, place: Place) -> Process {
    Process { id, began: u64::from(id) * 10, place }
}

/// The unit, on its way from `old` to `new`, all well.
fn sight() -> Sight {
    Sight {
        name: "api.service".to_owned(),
        condition: Condition::Running,
        words: "active (running)".to_owned(),
        main: Some(process(7, release("new"))),
        others: Vec::new(),
        restarts: 0,
        invocation: Some("00ff".to_owned()),
    }
}

fn seen(link: &str, sight: Sight) -> Seen {
    Seen { link: Ok(Link::for_test(link, Version::new(link))), service: Ok(Some(sight)), at: Duration::ZERO }
}

fn verdict_of(seen: &Seen, memory: &mut Memory) -> Verdict {
    let to = Revision::new("new");
    judge(&to, seen, memory).verdict
}

fn first(seen: &Seen) -> Verdict {
    verdict_of(seen, &mut Memory::default())
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
fn each_condition_has_its_verdict() {
    let cases = [
        (sight(), "done"),
        (Sight { condition: Condition::Changing { ordered: true }, ..sight() }, "host-changing"),
        (Sight { condition: Condition::Changing { ordered: false }, ..sight() }, "host-changing"),
        (Sight { condition: Condition::Failed { result: "timeout".to_owned() }, ..sight() }, "host-failed"),
        (Sight { condition: Condition::Stopped, ..sight() }, "host-stopped"),
        (Sight { condition: Condition::Absent, main: None, ..sight() }, "host-process-awaited"),
        (Sight { main: None, ..sight() }, "host-changing"),
        (Sight { main: Some(process(7, Place::Starting)), ..sight() }, "host-changing"),
        (Sight { main: Some(process(7, release("old"))), ..sight() }, "host-old-process"),
        (Sight { main: Some(process(7, release("other"))), ..sight() }, "host-old-process"),
        (Sight { others: vec![process(8, release("new"))], ..sight() }, "done"),
        (Sight { others: vec![process(8, release("old"))], ..sight() }, "host-old-process"),
        (Sight { main: Some(process(7, Place::Hidden("no".to_owned()))), ..sight() }, "host-process-hidden"),
        (
            Sight {
                main: Some(process(7, Place::Outside { program: "/bin/x".to_owned(), folder: "/".to_owned() })),
                ..sight()
            },
            "host-process-outside",
        ),
    ];
    for (sight, expected) in cases {
        assert_eq!(code(&first(&seen("new", sight.clone()))), expected, "{sight:?}");
    }
}

#[test]
fn the_link_decides_first() {
    assert_eq!(code(&first(&seen("old", sight()))), "superseded", "it went back before the first look");
    assert_eq!(code(&first(&seen("other", sight()))), "superseded");
    let mut memory = Memory::default();
    assert_eq!(code(&verdict_of(&seen("new", sight()), &mut memory)), "done");
    assert_eq!(code(&verdict_of(&seen("old", sight()), &mut memory)), "superseded", "it was there, and went back");
}

#[test]
fn what_cannot_be_read_is_never_done() {
    let error = || PlatformError::Missing { what: "it".to_owned() };
    let unread = Seen { link: Err(error()), ..seen("new", sight()) };
    assert_eq!(code(&first(&unread)), "host-link-unread");
    let unread = Seen { service: Err(error()), ..seen("new", sight()) };
    assert_eq!(code(&first(&unread)), "host-service-unread");
}

#[test]
fn without_a_process_to_look_at_the_link_is_all_there_is() {
    let linked = Seen { service: Ok(None), ..seen("new", sight()) };
    assert_eq!(first(&linked), Verdict::Done);
}

#[test]
fn restarts_are_counted_from_the_first_look() {
    let mut memory = Memory::default();
    let mut with = |restarts| code(&verdict_of(&seen("new", Sight { restarts, ..sight() }), &mut memory)).to_owned();
    assert_eq!(with(5), "done", "it restarted long ago");
    assert_eq!(with(6), "done", "once may be chance");
    assert_eq!(with(7), "host-crashes");
    assert_eq!(with(0), "done", "started by hand again");
    assert_eq!(with(2), "host-crashes");
}

#[test]
fn a_process_without_a_counter_is_counted_by_its_incarnations() {
    let mut memory = Memory::default();
    let mut with = |id| {
        let sight = Sight { main: Some(process(id, release("new"))), invocation: None, ..sight() };
        code(&verdict_of(&seen("new", sight), &mut memory)).to_owned()
    };
    assert_eq!([with(1), with(1), with(2), with(3)], ["done", "done", "done", "host-crashes"]);
}

#[test]
fn absence_is_borne_for_a_while() {
    let mut memory = Memory::default();
    let absent = Sight { condition: Condition::Absent, main: None, invocation: None, ..sight() };
    let mut at = |sight: &Sight, seconds| {
        let seen = Seen { at: Duration::from_secs(seconds), ..seen("new", sight.clone()) };
        code(&verdict_of(&seen, &mut memory)).to_owned()
    };
    assert_eq!(at(&absent, 10), "host-process-awaited");
    assert_eq!(at(&absent, 14), "host-process-awaited");
    assert_eq!(at(&Sight { invocation: None, ..sight() }, 14), "done");
    assert_eq!(at(&absent, 18), "host-process-awaited", "it was there in between");
    assert_eq!(at(&absent, 23), "host-process-gone");
}

#[test]
fn the_parts_tell_the_link_and_the_process() {
    let to = Revision::new("new");
    let told = judge(&to, &seen("new", sight()), &mut Memory::default()).parts;
    let told: Vec<String> = told.iter().map(|part| format!("{}|{}|{}", part.name, part.state, part.detail)).collect();
    assert_eq!(told, ["link|new|", "api.service|active (running)|process 7 in new, 0 restarts"]);
}
