//! How runs end, as people read it.

use insta::assert_snapshot;

use crate::model::*;
use crate::notify::story::{Story, measurement, rollback_id, step, trouble, verified};

#[test]
fn an_abort_before_the_move_unwinds() {
    let mut story = Story::prepared();
    story.later(5).event("commander", RollbackEvent::AbortRequested { because: Some("wrong service".to_owned()) });
    assert_snapshot!(story.shows("progress"), @r###"
    [Warning] INC-2024-0115-001/1: stopping, nothing has moved: api-service (production) v1.3.0 → v1.2.9
    Approved: On-call engineer at 15:31 UTC
    Started: 15:31 UTC
    ETA: not known
    Stopped by: Incident commander: “wrong service”
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
    "###);
    story.does("maintenance-off:api-service", 1, Findings::default());
    story.finish(Outcome::AsBefore { why: Note::new("ended-aborted") });
    assert_snapshot!(story.shows("progress"), @r###"
    [Warning] INC-2024-0115-001/1: not rolled back: api-service (production) v1.3.0 → v1.2.9
    Approved: On-call engineer at 15:31 UTC
    Started: 15:31 UTC
    Ended: 15:31 UTC
    Took: 16 s
    - Stopped by Incident commander before anything moved: “wrong service”
    - No target has moved.
    ## Steps
    (Done) Check api-service (production): version, health, target, permissions | 1 s · 3 of 5 of our own probes were answered well
    (Done) Back up api-service (production) | 8 s · 2 GB in 8 s
    (Undone) Maintenance page on, for api-service (production) | 1 s
    (Waiting) Roll api-service (production) release: v1.3.0 → v1.2.9 | not run
    (Waiting) See all of api-service (production) release run v1.2.9 | not run
    (Waiting) Verify api-service (production) by our own probes | not run
    (Waiting) See that api-service (production) stays well for 30 s | not run
    (Done) Maintenance page off, for api-service (production) | 1 s
    (Waiting) Clean up after api-service (production) | not run
    final
    "###);
    assert_snapshot!(story.shows("notice"), @r###"
    [Warning] INC-2024-0115-001/1: not rolled back: api-service (production) v1.3.0 → v1.2.9
    Issue: Severity high (P2). Reported: “answers are slow”
    Action: None was carried out.
    Ended: 15:31 UTC
    Impact: api-service (production). Data impact: none (assumed). Before: 3 of 5 of our own probes were answered well.
    Status channel: #incident-rollback-2024-0115-001
    - Stopped by Incident commander before anything moved: “wrong service”
    - No target has moved.
    final
    "###);
    assert_snapshot!(story.shows("user-text"), @r###"
    [Warning] INC-2024-0115-001/1: text for users
    Status: Unchanged
    Time: 2024-01-15 15:31 UTC
    Duration: 6 min 17 s, from its detection at 15:25 UTC
    ## What happened
    A problem was reported, and we prepared to roll back api-service (production) from v1.3.0 to v1.2.9. We did not carry it out, and no version was changed.
    ## Current status
    - api-service (production): not checked.
    - No data was lost by the rollback, by the checks that ran.
    ## Next steps
    - Further steps: from the team.
    final
    "###);
}

#[test]
fn a_failure_before_the_move_ends_as_before() {
    let mut story = Story::started();
    story.does("examine:api-service", 1, Findings::default());
    story.begins("backup:api-service", 1).later(3).fails("backup:api-service", 1, false);
    assert_snapshot!(story.shows("progress"), @r###"
    [Warning] INC-2024-0115-001/1: stopping, nothing has moved: api-service (production) v1.3.0 → v1.2.9
    Approved: On-call engineer at 15:31 UTC
    Started: 15:31 UTC
    ETA: not known
    ## Steps
    (Done) Check api-service (production): version, health, target, permissions | 1 s
    (Failed) Back up api-service (production) | attempt 1 failed at 15:31 UTC: http://127.0.0.1:8080/healthz is not well. Find out why, then retry. It says: status 503
    (Waiting) Maintenance page on, for api-service (production)
    (Waiting) Roll api-service (production) release: v1.3.0 → v1.2.9
    (Waiting) See all of api-service (production) release run v1.2.9
    (Waiting) Verify api-service (production) by our own probes
    (Waiting) See that api-service (production) stays well for 30 s
    (Waiting) Maintenance page off, for api-service (production)
    (Waiting) Clean up after api-service (production)
    <Abort> Danger: Abort INC-2024-0115-001/1 (api-service (production) v1.3.0 → v1.2.9)? Nothing has moved: what was begun is taken back.
    "###);
    story.finish(Outcome::AsBefore { why: Note::new("ended-step-failed").with("step", "backup:api-service") });
    assert_snapshot!(story.shows("progress"), @r###"
    [Warning] INC-2024-0115-001/1: not rolled back: api-service (production) v1.3.0 → v1.2.9
    Approved: On-call engineer at 15:31 UTC
    Started: 15:31 UTC
    Ended: 15:31 UTC
    Took: 4 s
    - Step backup:api-service failed before anything moved. What was begun was taken back. Read the evidence, then ask again.
    - No target has moved.
    ## Steps
    (Done) Check api-service (production): version, health, target, permissions | 1 s
    (Failed) Back up api-service (production) | attempt 1 failed at 15:31 UTC: http://127.0.0.1:8080/healthz is not well. Find out why, then retry. It says: status 503
    (Waiting) Maintenance page on, for api-service (production) | not run
    (Waiting) Roll api-service (production) release: v1.3.0 → v1.2.9 | not run
    (Waiting) See all of api-service (production) release run v1.2.9 | not run
    (Waiting) Verify api-service (production) by our own probes | not run
    (Waiting) See that api-service (production) stays well for 30 s | not run
    (Waiting) Maintenance page off, for api-service (production) | not run
    (Waiting) Clean up after api-service (production) | not run
    final
    "###);
}

#[test]
fn done_claims_what_was_seen_and_no_more() {
    let story = Story::done();
    assert_snapshot!(story.shows("progress"), @r###"
    [Good] INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    Approved: On-call engineer at 15:31 UTC
    Started: 15:31 UTC
    Ended: 15:32 UTC
    Took: 1 min
    Watched: for drift until 15:47 UTC
    - api-service (production) release: all of it was seen running v1.2.9 on the platform.
    - api-service (production): its version endpoint answered v1.2.9.
    - api-service (production), by our own probes: http://127.0.0.1:8080/healthz: 20 of 20 answered well, median 12 ms, before 900 ms.
    - api-service (production), by our own probes: http://127.0.0.1:8080/orders: 20 of 20 answered well, median 31 ms.
    - api-service (production): it stayed so for 30 s.
    ## Steps
    (Done) Check api-service (production): version, health, target, permissions | 1 s · 3 of 5 of our own probes were answered well
    (Done) Back up api-service (production) | 8 s · 2 GB in 8 s
    (Undone) Maintenance page on, for api-service (production) | 1 s
    (Done) Roll api-service (production) release: v1.3.0 → v1.2.9 | 2 s
    (Done) See all of api-service (production) release run v1.2.9 | 6 s
    (Done) Verify api-service (production) by our own probes | 10 s · 40 of 40 of our own probes were answered well
    (Done) See that api-service (production) stays well for 30 s | 30 s
    (Done) Maintenance page off, for api-service (production) | 1 s
    (Done) Clean up after api-service (production) | 1 s
    final
    "###);
    assert_snapshot!(story.shows("notice"), @r###"
    [Good] INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    Issue: Severity high (P2). Reported: “answers are slow”
    Action: Done.
    Ended: 15:32 UTC
    Impact: api-service (production). Data impact: none (assumed). Before: 3 of 5 of our own probes were answered well.
    Status channel: #incident-rollback-2024-0115-001
    final
    "###);
    assert_snapshot!(story.shows("user-text"), @r###"
    [Good] INC-2024-0115-001/1: text for users
    Status: Rolled back
    Time: 2024-01-15 15:32 UTC
    Duration: 7 min 1 s, from its detection at 15:25 UTC
    ## What happened
    A problem was reported, and we rolled back api-service (production) from v1.3.0 to v1.2.9.
    ## Current status
    - api-service (production): checks pass. 40 of 40 of our own probes were answered well.
    - No data was lost by the rollback, by the checks that ran.
    ## Next steps
    - Switchback watches for drift until 15:47 UTC. Further steps: from the team.
    final
    "###);
}

#[test]
fn a_step_that_people_left_out_is_named() {
    let mut story = Story::rolled();
    story.does("see:api-service/release", 6, Findings::default());
    let poor = Findings { measurements: vec![measurement("/healthz", 20, 1, 12)], ..verified() };
    story.does("verify:api-service", 10, poor);
    story.does("hold:api-service", 30, Findings::default());
    story.begins("maintenance-off:api-service", 1).fails("maintenance-off:api-service", 1, false);
    story.incident(
        "system",
        IncidentEvent::TaskOpened {
            rollback: rollback_id(1),
            step: step("maintenance-off:api-service"),
            trouble: trouble(),
        },
    );
    story.finish(Outcome::Done { skipped: vec![step("backup:api-service")] });
    assert_snapshot!(story.shows("progress"), @r###"
    [Warning] INC-2024-0115-001/1: rolled back, with steps left out: api-service (production) v1.3.0 → v1.2.9
    Approved: On-call engineer at 15:31 UTC
    Started: 15:31 UTC
    Ended: 15:31 UTC
    Took: 58 s
    Watched: for drift until 15:46 UTC
    - api-service (production) release: all of it was seen running v1.2.9 on the platform.
    - api-service (production): its version endpoint answered v1.2.9.
    - api-service (production), by our own probes: http://127.0.0.1:8080/healthz: 19 of 20 answered well, median 12 ms, before 900 ms.
    - api-service (production): it stayed so for 30 s.
    - Left out by people: Back up api-service (production).
    ## Steps
    (Done) Check api-service (production): version, health, target, permissions | 1 s · 3 of 5 of our own probes were answered well
    (Done) Back up api-service (production) | 8 s · 2 GB in 8 s
    (Done) Maintenance page on, for api-service (production) | 1 s
    (Done) Roll api-service (production) release: v1.3.0 → v1.2.9 | 2 s
    (Done) See all of api-service (production) release run v1.2.9 | 6 s
    (Done) Verify api-service (production) by our own probes | 10 s · 19 of 20 of our own probes were answered well
    (Done) See that api-service (production) stays well for 30 s | 30 s
    (Failed) Maintenance page off, for api-service (production) | attempt 1 failed at 15:31 UTC: http://127.0.0.1:8080/healthz is not well. Find out why, then retry. It says: status 503
    (Waiting) Clean up after api-service (production) | not run
    ## Left for people to do
    - Maintenance page off, for api-service (production): http://127.0.0.1:8080/healthz is not well. Find out why, then retry.
    final
    "###);
    assert_snapshot!(story.shows("user-text"), @r###"
    [Good] INC-2024-0115-001/1: text for users
    Status: Rolled back
    Time: 2024-01-15 15:31 UTC
    Duration: 6 min 59 s, from its detection at 15:25 UTC
    ## What happened
    A problem was reported, and we rolled back api-service (production) from v1.3.0 to v1.2.9.
    ## Current status
    - api-service (production): checks pass. 19 of 20 of our own probes were answered well.
    - No data was lost by the rollback, by the checks that ran.
    ## Next steps
    - Switchback watches for drift until 15:46 UTC. Further steps: from the team.
    - Some of the work is left to be done by hand.
    final
    "###);
}

#[test]
fn a_step_that_was_cut_off_is_not_shown_at_work() {
    let mut story = Story::started();
    story.begins("examine:api-service", 1);
    story.event("on-call", RollbackEvent::AbortRequested { because: None });
    story.finish(Outcome::AsBefore { why: Note::new("ended-aborted") });
    let shown = story.shows("progress");
    let cut_off =
        "(Failed) Check api-service (production): version, health, target, permissions | stopped before it ended";
    assert!(shown.contains(cut_off) && !shown.contains("(Working)"), "{shown}");
    assert!(shown.contains("Stopped by On-call engineer before anything moved"), "{shown}");
}
