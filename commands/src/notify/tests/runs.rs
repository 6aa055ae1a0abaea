//! Progress, questions, the end.

use insta::assert_snapshot;

use crate::model::*;
use crate::notify::story::{Story, moved, plain, plan, step};

fn question(story: &Story) -> String {
    let slots = story.slots();
    let found = slots.iter().find(|showing| matches!(showing.slot.slot, Slot::Question(_)));
    plain(&found.expect("a question").message)
}

#[test]
fn a_run_shows_each_step_as_it_stands() {
    let mut story = Story::rolled();
    story.begins("see:api-service/release", 1).later(2);
    let part = |name: &str, state: &str| Part { name: name.to_owned(), state: state.to_owned(), detail: String::new() };
    let observation = Observation {
        verdict: Verdict::InProgress(Note::new("platform-unknown")),
        parts: vec![part("a", "running"), part("b", "starting"), part("c", "running")],
    };
    story.event("system", RollbackEvent::StepObserved { step: step("see:api-service/release"), observation });
    assert_snapshot!(story.shows("progress"), @r###"
    [Working] INC-2024-0115-001/1: rolling back api-service (production) v1.3.0 → v1.2.9
    Approved: On-call engineer at 15:31 UTC
    Started: 15:31 UTC
    ETA: about 15:32 UTC (estimate)
    ## Steps
    (Done) Check api-service (production): version, health, target, permissions | 1 s · 3 of 5 of our own probes were answered well
    (Done) Back up api-service (production) | 8 s · 2 GB in 8 s
    (Done) Maintenance page on, for api-service (production) | 1 s
    (Done) Roll api-service (production) release: v1.3.0 → v1.2.9 | 2 s
    (Working) See all of api-service (production) release run v1.2.9 | since 15:31 UTC · The platform cannot be asked now. Nothing is taken for done. (2 running, 1 starting)
    (Waiting) Verify api-service (production) by our own probes
    (Waiting) See that api-service (production) stays well for 30 s
    (Waiting) Maintenance page off, for api-service (production)
    (Waiting) Clean up after api-service (production)
    <Abort> Danger: Abort INC-2024-0115-001/1 (api-service (production) v1.3.0 → v1.2.9)? Something has moved and is not moved back: the run ends as partial.
    "###);
    assert_snapshot!(story.shows("notice"), @r###"
    [Warning] INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    Issue: Severity high (P2). Reported: “answers are slow”
    Action: Rolling back api-service (production) from v1.3.0 to v1.2.9. Approved by On-call engineer.
    ETA: about 15:32 UTC (estimate)
    Impact: api-service (production). Data impact: none (assumed). Before: 3 of 5 of our own probes were answered well.
    Status channel: #incident-rollback-2024-0115-001
    "###);
}

#[test]
fn a_pause_asks_with_all_that_is_needed_to_answer() {
    let story = Story::paused();
    assert_snapshot!(question(&story), @r###"
    [Asking] INC-2024-0115-001/1: needs an answer: Verify api-service (production) by our own probes
    Step: verify:api-service
    Why: http://127.0.0.1:8080/healthz is not well. Find out why, then retry.
    May answer: on-call engineer (On-call engineer)
    ```
    status 503
    upstream away
    ```
    ## What has moved
    - release of api-service (production): moved
    ## What each answer means
    - Retry: Verify api-service (production) by our own probes is tried again (attempt 3).
    - Skip: it is not proven that api-service (production) is well, and the run ends as partial.
    - Abort: nothing is moved back. What was opened is closed, and the run ends as partial.
    <Retry> Primary: -
    <Skip> Plain: INC-2024-0115-001/1: are you sure? Skip: it is not proven that api-service (production) is well, and the run ends as partial.
    <Abort> Danger: INC-2024-0115-001/1: are you sure? Abort: nothing is moved back. What was opened is closed, and the run ends as partial.
    notify: on-call
    "###);
    assert_snapshot!(story.shows("progress"), @r###"
    [Asking] INC-2024-0115-001/1: paused: api-service (production) v1.3.0 → v1.2.9
    Approved: On-call engineer at 15:31 UTC
    Started: 15:31 UTC
    ETA: not known
    Waiting for: an answer by on-call engineer (On-call engineer)
    ## Steps
    (Done) Check api-service (production): version, health, target, permissions | 1 s · 3 of 5 of our own probes were answered well
    (Done) Back up api-service (production) | 8 s · 2 GB in 8 s
    (Done) Maintenance page on, for api-service (production) | 1 s
    (Done) Roll api-service (production) release: v1.3.0 → v1.2.9 | 2 s
    (Done) See all of api-service (production) release run v1.2.9 | 6 s
    (Failed) Verify api-service (production) by our own probes | attempt 2 failed at 15:31 UTC: http://127.0.0.1:8080/healthz is not well. Find out why, then retry. It says: status 503
    (Waiting) See that api-service (production) stays well for 30 s
    (Waiting) Maintenance page off, for api-service (production)
    (Waiting) Clean up after api-service (production)
    <Abort> Danger: Abort INC-2024-0115-001/1 (api-service (production) v1.3.0 → v1.2.9)? Something has moved and is not moved back: the run ends as partial.
    "###);
    assert_snapshot!(story.shows("notice"), @r###"
    [Warning] INC-2024-0115-001/1: PAUSED: rolling back api-service (production) v1.3.0 → v1.2.9
    Issue: Severity high (P2). Reported: “answers are slow”
    Action: Rolling back api-service (production) from v1.3.0 to v1.2.9. Paused: people are asked.
    ETA: not known
    Impact: api-service (production). Data impact: none (assumed). Before: 3 of 5 of our own probes were answered well.
    Status channel: #incident-rollback-2024-0115-001
    "###);
}

#[test]
fn an_answer_settles_the_question_for_good() {
    let mut story = Story::paused();
    let question_number = story.last_sequence(1);
    let because = Some("checked by hand".to_owned());
    let answered =
        RollbackEvent::Answered { question: question_number, answer: Answer::Skip, role: Role::OnCall, because };
    story.later(90).event("on-call", answered);
    assert_snapshot!(question(&story), @r###"
    [Plain] INC-2024-0115-001/1: the question is settled: Verify api-service (production) by our own probes
    Why: http://127.0.0.1:8080/healthz is not well. Find out why, then retry.
    Answer: Skip, by On-call engineer as on-call engineer at 15:33 UTC. Reason: “checked by hand”
    ```
    status 503
    upstream away
    ```
    final
    "###);
    story.does("hold:api-service", 30, Findings::default()).closers();
    story.finish(Outcome::Partial {
        moved: vec![step("roll:api-service/release")],
        missing: vec![step("verify:api-service")],
    });
    assert_snapshot!(story.shows("progress"), @r###"
    [Bad] INC-2024-0115-001/1: not finished: api-service (production) v1.3.0 → v1.2.9. Not all is proven.
    Approved: On-call engineer at 15:31 UTC
    Started: 15:31 UTC
    Ended: 15:33 UTC
    Took: 2 min 42 s
    Watched: for drift until 15:48 UTC
    - release of api-service (production): moved
    - Not done, or not proven: Verify api-service (production) by our own probes.
    ## Steps
    (Done) Check api-service (production): version, health, target, permissions | 1 s · 3 of 5 of our own probes were answered well
    (Done) Back up api-service (production) | 8 s · 2 GB in 8 s
    (Undone) Maintenance page on, for api-service (production) | 1 s
    (Done) Roll api-service (production) release: v1.3.0 → v1.2.9 | 2 s
    (Done) See all of api-service (production) release run v1.2.9 | 6 s
    (Skipped) Verify api-service (production) by our own probes | left out by On-call engineer: “checked by hand”
    (Done) See that api-service (production) stays well for 30 s | 30 s
    (Done) Maintenance page off, for api-service (production) | 1 s
    (Done) Clean up after api-service (production) | 1 s
    final
    "###);
    assert_snapshot!(story.shows("user-text"), @r###"
    [Warning] INC-2024-0115-001/1: text for users
    Status: Not finished. Not all is proven.
    Time: 2024-01-15 15:33 UTC
    Duration: 8 min 43 s, from its detection at 15:25 UTC
    ## What happened
    A problem was reported, and we began to roll back api-service (production) from v1.3.0 to v1.2.9. Not all of it is confirmed.
    ## Current status
    - api-service (production): checks did not pass when they last ran.
    - No data was lost by the rollback, by the checks that ran.
    ## Next steps
    - Switchback watches for drift until 15:48 UTC. Further steps: from the team.
    final
    "###);
}

#[test]
fn an_abort_after_the_move_says_that_nothing_is_moved_back() {
    let mut story = Story::rolled();
    story.later(5).event("on-call", RollbackEvent::AbortRequested { because: None });
    assert_snapshot!(story.shows("progress"), @r###"
    [Warning] INC-2024-0115-001/1: stopping, something has moved: api-service (production) v1.3.0 → v1.2.9
    Approved: On-call engineer at 15:31 UTC
    Started: 15:31 UTC
    ETA: not known
    Stopped by: On-call engineer: no reason given
    ## Steps
    (Done) Check api-service (production): version, health, target, permissions | 1 s · 3 of 5 of our own probes were answered well
    (Done) Back up api-service (production) | 8 s · 2 GB in 8 s
    (Done) Maintenance page on, for api-service (production) | 1 s
    (Done) Roll api-service (production) release: v1.3.0 → v1.2.9 | 2 s
    (Waiting) See all of api-service (production) release run v1.2.9
    (Waiting) Verify api-service (production) by our own probes
    (Waiting) See that api-service (production) stays well for 30 s
    (Waiting) Maintenance page off, for api-service (production)
    (Waiting) Clean up after api-service (production)
    "###);
}

#[test]
fn a_void_plan_says_what_changed_and_is_proposed_again() {
    let mut story = Story::prepared();
    let differences = vec![("current".to_owned(), "1.3.0".to_owned(), "1.3.1".to_owned())];
    story.later(1).event("system", RollbackEvent::PlanVoided { differences });
    assert_snapshot!(story.shows("proposal"), @r###"
    [Warning] INC-2024-0115-001/1: the plan is void: api-service (production) v1.3.0 → v1.2.9
    Plan: 1ff83962
    Asked by: On-call engineer at 15:30 UTC
    Reason: “answers are slow”
    The live platform is no longer as the plan pins it. Votes and approval are void. What was begun is taken back, then a new plan is shown.
    ## Changed since the plan was made
    - current: was 1.3.0, is 1.3.1
    "###);
    assert_snapshot!(story.shows("notice"), @r###"
    [Warning] INC-2024-0115-001/1: STOPPED, the plan is void: api-service (production) v1.3.0 → v1.2.9
    Issue: Severity high (P2). Reported: “answers are slow”
    Action: Stopped before anything moved. A new plan is on its way.
    ETA: not known
    Impact: api-service (production). Data impact: none (assumed). Before: 3 of 5 of our own probes were answered well.
    Status channel: #incident-rollback-2024-0115-001
    "###);
    assert_snapshot!(story.shows("progress"), @r###"
    [Warning] INC-2024-0115-001/1: stopping, nothing has moved: api-service (production) v1.3.0 → v1.2.9
    Approved: On-call engineer at 15:31 UTC
    Started: 15:31 UTC
    ETA: not known
    ## Changed since the plan was made
    - current: was 1.3.0, is 1.3.1
    ## Steps
    (Done) Check api-service (production): version, health, target, permissions | 1 s · 3 of 5 of our own probes were answered well
    (Done) Back up api-service (production) | 8 s · 2 GB in 8 s
    (Done) Maintenance page on, for api-service (production) | 1 s
    (Waiting) Roll api-service (production) release: v1.3.0 → v1.2.9
    (Waiting) See all of api-service (production) release run v1.2.9
    (Waiting) Verify api-service (production) by our own probes
    (Waiting) See that api-service (production) stays well for 30 s
    (Waiting) Maintenance page off, for api-service (production)
    (Waiting) Clean up after api-service (production)
    <Abort> Danger: Abort INC-2024-0115-001/1 (api-service (production) v1.3.0 → v1.2.9)? Nothing has moved: what was begun is taken back.
    "###);
    story.does("maintenance-off:api-service", 1, Findings::default());
    story.plan_made(&plan("inode 8"));
    let proposal = story.shows("proposal");
    assert!(proposal.contains("## Changed since the plan was made\n- current: was 1.3.0, is 1.3.1"), "{proposal}");
    assert!(proposal.contains("<Approve>"), "{proposal}");
    assert_snapshot!(story.shows("progress"), @r###"
    [Warning] INC-2024-0115-001/1: the plan is void: api-service (production) v1.3.0 → v1.2.9
    Waiting for: approval by on-call engineer (On-call engineer)
    This run stopped before anything moved: the platform changed. A new plan is proposed.
    "###);
    assert_snapshot!(story.shows("notice"), @r###"
    [Warning] INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.9
    Issue: Severity high (P2). Reported: “answers are slow”
    Action: Proposed again, after a change on the platform: roll back api-service (production) from v1.3.0 to v1.2.9. Not decided.
    ETA: about 1 min 35 s after approval
    Impact: api-service (production). Data impact: none (assumed). Before: 3 of 5 of our own probes were answered well.
    Status channel: #incident-rollback-2024-0115-001
    "###);
}

#[test]
fn a_target_whose_move_is_not_known_is_not_called_moved() {
    let mut story = Story::prepared();
    story.begins("roll:api-service/release", 1).later(5);
    let findings = Findings { movement: Some(Movement::Unknown), ..moved() };
    let failed = RollbackEvent::StepFailed {
        step: step("roll:api-service/release"),
        attempt: 1,
        trouble: Trouble::new(Note::new("platform-unknown")),
        findings,
        retryable: false,
    };
    story.event("system", failed);
    let asked = Trouble::new(Note::new("platform-unknown"));
    story.event("system", RollbackEvent::Asked { step: step("roll:api-service/release"), trouble: asked });
    assert_snapshot!(question(&story), @r###"
    [Asking] INC-2024-0115-001/1: needs an answer: Roll api-service (production) release: v1.3.0 → v1.2.9
    Step: roll:api-service/release
    Why: The platform cannot be asked now. Nothing is taken for done.
    May answer: on-call engineer (On-call engineer)
    ## What has moved
    - release of api-service (production): may have moved, so it is treated as moved
    ## What each answer means
    - Retry: Roll api-service (production) release: v1.3.0 → v1.2.9 is tried again (attempt 2).
    - Skip: release of api-service (production) stays as it is, whichever version that is, and the report names it.
    - Abort: nothing is moved back. What was opened is closed, and the run ends as partial.
    <Retry> Primary: -
    <Skip> Plain: INC-2024-0115-001/1: are you sure? Skip: release of api-service (production) stays as it is, whichever version that is, and the report names it.
    <Abort> Danger: INC-2024-0115-001/1: are you sure? Abort: nothing is moved back. What was opened is closed, and the run ends as partial.
    notify: on-call
    "###);
}
