//! Alerts, the report's card, and other rooms.

use insta::assert_snapshot;

use crate::model::*;
use crate::notify::story::{Story, key, plain, rollback_id, step, trouble};
use crate::notify::{Showing, Where};

fn alerts(story: &Story) -> String {
    let slots = story.slots();
    let alerts = slots.iter().filter(|showing| matches!(showing.slot.slot, Slot::Alert(_)));
    alerts.map(|showing| plain(&showing.message)).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_decision_clock_reminds() {
    let mut story = Story::proposed();
    story.later(300).event("system", RollbackEvent::Reminded { of: Reminder::DecisionSoon });
    story.later(300).event("system", RollbackEvent::Reminded { of: Reminder::DecisionDue });
    assert_snapshot!(alerts(&story), @r###"
    [Warning] INC-2024-0115-001/1: 10 of 15 minutes to decide are over
    Detected: 15:25 UTC
    notify: lead, on-call
    final

    [Warning] INC-2024-0115-001/1: the 15 minutes to decide are over
    Detected: 15:25 UTC
    May approve: on-call engineer
    notify: commander, lead, on-call
    final
    "###);
}

#[test]
fn a_question_that_waits_reminds() {
    let mut story = Story::paused();
    let question = story.last_sequence(1);
    story.later(300).event("system", RollbackEvent::Reminded { of: Reminder::Question(question) });
    assert_snapshot!(alerts(&story), @r###"
    [Warning] INC-2024-0115-001/1: a question still waits
    Step: verify:api-service
    Why: http://127.0.0.1:8080/healthz is not well. Find out why, then retry.
    Asked: 15:31 UTC
    notify: lead, on-call
    final
    "###);
}

#[test]
fn a_drift_alarms_and_names_what_runs() {
    let mut story = Story::done();
    story.later(120).incident(
        "system",
        IncidentEvent::Drifted {
            rollback: rollback_id(1),
            service: key(),
            target: "release".into(),
            now: Revision::new("releases/1.3.1"),
        },
    );
    assert_snapshot!(alerts(&story), @r###"
    [Bad] INC-2024-0115-001: api-service (production) no longer runs what it was rolled back to
    Target: release
    Runs now: releases/1.3.1
    After: INC-2024-0115-001/1
    Somebody or something moved it. Switchback does not move it back. Look at who deployed, then roll back again if it is wrong.
    notify: on-call
    final
    "###);
}

#[test]
fn a_task_and_a_void_plan_alarm() {
    let mut story = Story::prepared();
    story.incident(
        "system",
        IncidentEvent::TaskOpened {
            rollback: rollback_id(1),
            step: step("maintenance-off:api-service"),
            trouble: trouble(),
        },
    );
    let differences = vec![("current".to_owned(), "1.3.0".to_owned(), String::new())];
    story.event("system", RollbackEvent::PlanVoided { differences });
    assert_snapshot!(alerts(&story), @r###"
    [Warning] INC-2024-0115-001/1: step maintenance-off:api-service is left for people to do
    Why: http://127.0.0.1:8080/healthz is not well. Find out why, then retry.
    ```
    status 503
    upstream away
    ```
    It runs no more and holds no lock. Do it by hand, then close the incident.
    notify: on-call
    final

    [Warning] INC-2024-0115-001/1: the approval is void: api-service (production) changed
    The live platform is not as the plan pins it, so the votes no longer count. Nothing has moved. A new plan needs a new approval.
    ## Changed since the plan was made
    - current: was 1.3.0, is nothing
    notify: lead, on-call
    final
    "###);
}

#[test]
fn the_report_can_close_the_incident_until_it_is_closed() {
    let mut story = Story::done();
    assert_snapshot!(story.shows("report"), @r###"
    [Plain] INC-2024-0115-001: incident report
    Status: rolled back
    <INC-2024-0115-001.md: 110 lines>
    <INC-2024-0115-001.json: 366 lines>
    <Close incident> Plain: Close INC-2024-0115-001? Its report becomes final.
    "###);
    story.later(900).event("system", RollbackEvent::WatchEnded);
    story.incident("on-call", IncidentEvent::Closed);
    assert_snapshot!(story.shows("report"), @r###"
    [Plain] INC-2024-0115-001: incident report, closed
    Status: rolled back
    <INC-2024-0115-001.md: 112 lines>
    <INC-2024-0115-001.json: 380 lines>
    final
    "###);
}

fn place(room: &str) -> Place {
    Place { chat: "console".into(), room: room.to_owned() }
}

fn at<'a>(slots: &'a [Showing], room: &str) -> Vec<&'a Showing> {
    slots.iter().filter(|showing| showing.place == Where::Place(place(room))).collect()
}

#[test]
fn where_it_was_asked_there_is_one_line_and_later_the_end() {
    let mut story = Story::proposed();
    let slots = story.slots();
    assert_snapshot!(plain(&at(&slots, "desk")[0].message), @r###"
    [Warning] INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.9
    Status channel: #incident-rollback-2024-0115-001
    "###);
    story.event("lead", RollbackEvent::Denied { role: Some(Role::TeamLead), because: None });
    let slots = story.slots();
    assert_snapshot!(plain(&at(&slots, "desk")[0].message), @r###"
    [Plain] INC-2024-0115-001/1: denied: api-service (production) v1.3.0 → v1.2.9
    Status channel: #incident-rollback-2024-0115-001
    final
    "###);
}

#[test]
fn stakeholders_get_the_notification_and_nothing_else() {
    let mut story = Story::paused();
    story.settings.announce = vec![place("board"), place("desk"), place("R1")];
    let slots = story.slots();
    for room in ["board", "desk"] {
        let shown = at(&slots, room);
        assert_eq!(shown.len(), 1, "{room}");
        assert_eq!(shown[0].slot.slot, Slot::Notice, "{room}");
        assert_eq!(plain(&shown[0].message), story.shows("notice"), "{room}");
    }
    assert!(at(&slots, "R1").is_empty(), "the incident's own room has it already");
}

#[test]
fn no_two_messages_want_one_slot() {
    for story in [Story::paused(), Story::done()] {
        let mut names: Vec<String> = story.slots().iter().map(|showing| showing.slot.to_string()).collect();
        let before = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), before);
    }
}
