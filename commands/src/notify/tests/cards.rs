//! Proposal and notification.

use insta::assert_snapshot;

use crate::model::*;
use crate::notify::story::{Story, plan};

#[test]
fn a_request_without_a_plan_yet() {
    let story = Story::asked();
    assert_snapshot!(story.shows("proposal"), @r###"
    [Working] INC-2024-0115-001/1: planning a rollback of api-service (production) → v1.2.9
    Asked by: On-call engineer at 15:30 UTC
    Reason: “answers are slow”
    "###);
    assert_snapshot!(story.shows("notice"), @r###"
    [Warning] INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) → v1.2.9
    Issue: Severity high (P2). Reported: “answers are slow”
    Action: Proposed: roll back api-service (production) → v1.2.9. Not decided.
    ETA: not known
    Impact: api-service (production). Data impact: none (assumed). Before: not probed.
    Status channel: #incident-rollback-2024-0115-001
    "###);
}

#[test]
fn a_proposal_names_everything_that_people_decide_on() {
    let story = Story::proposed();
    assert_snapshot!(story.shows("proposal"), @r###"
    [Asking] INC-2024-0115-001/1: roll back api-service (production) v1.3.0 → v1.2.9?
    api-service (production): v1.3.0 → v1.2.9 · good in the ledger · release: releases/1.3.0 → releases/1.2.9
    Severity: high (P2)
    Data impact: none (assumed)
    Detected: 15:25 UTC
    Advice: roll back, if the assumptions hold. High severity, and the fix takes more than an hour. Users are served sooner by a rollback.
    Fix forward: 1 h 30 min (assumed). Consider this first: a rollback is the last resort.
    Not stated: data impact, fix forward. Approving confirms them.
    Estimate: about 1 min 35 s
    May approve: 1 vote of: on-call engineer (On-call engineer); who asked may vote too, if they hold the role
    Plan: 1ff83962
    Asked by: On-call engineer at 15:30 UTC
    Reason: “answers are slow”
    Expires: 16:00 UTC
    ## What would be lost
    No check named a loss. That does not prove that nothing is lost.
    ## Health now, by our own probes
    - http://127.0.0.1:8080/healthz: 3 of 5 answered well, median 900 ms
    ## Steps
    (Waiting) Check api-service (production): version, health, target, permissions
    (Waiting) Back up api-service (production)
    (Waiting) Maintenance page on, for api-service (production)
    (Waiting) Roll api-service (production) release: v1.3.0 → v1.2.9
    (Waiting) See all of api-service (production) release run v1.2.9
    (Waiting) Verify api-service (production) by our own probes
    (Waiting) See that api-service (production) stays well for 30 s
    (Waiting) Maintenance page off, for api-service (production)
    (Waiting) Clean up after api-service (production)
    <Approve> Primary: Roll back api-service (production) from v1.3.0 to v1.2.9? Plan 1ff83962.
    <Deny> Plain: Deny INC-2024-0115-001/1: api-service (production) v1.3.0 → v1.2.9? The request ends.
    notify: on-call
    "###);
    assert_snapshot!(story.shows("notice"), @r###"
    [Warning] INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.9
    Issue: Severity high (P2). Reported: “answers are slow”
    Action: Proposed: roll back api-service (production) from v1.3.0 to v1.2.9. Not decided.
    ETA: about 1 min 35 s after approval
    Impact: api-service (production). Data impact: none (assumed). Before: 3 of 5 of our own probes were answered well.
    Status channel: #incident-rollback-2024-0115-001
    "###);
    assert_eq!(story.shows("progress"), "(none)");
}

#[test]
fn warnings_losses_and_a_bad_version_make_yes_the_dangerous_button() {
    let safe = plan("inode 7");
    let circumstances = Circumstances {
        warnings: vec![Note::new("target-known-bad").with("version", "v1.2.9").with("because", "it leaks")],
        losses: vec![Note::new("target-newer").with("version", "v1.2.9")],
        standings: vec![(crate::notify::story::key(), Standing::Bad)],
        migrations: vec![(
            crate::notify::story::key(),
            HookAnswer {
                result: HookResult::Blocked,
                facts: [("pending".to_owned(), "3".to_owned())].into(),
                message: "3 migrations cannot be taken back".to_owned(),
            },
        )],
        ..safe.circumstances().clone()
    };
    let mut story = Story::asked();
    story.plan_made(&Plan::new(safe.effects().clone(), circumstances).unwrap());
    assert_snapshot!(story.shows("proposal"), @r###"
    [Asking] INC-2024-0115-001/1: roll back api-service (production) v1.3.0 → v1.2.9?
    api-service (production): v1.3.0 → v1.2.9 · known bad in the ledger · release: releases/1.3.0 → releases/1.2.9
    Severity: high (P2)
    Data impact: none (assumed)
    Detected: 15:25 UTC
    Advice: roll back, if the assumptions hold. High severity, and the fix takes more than an hour. Users are served sooner by a rollback.
    Fix forward: 1 h 30 min (assumed). Consider this first: a rollback is the last resort.
    Not stated: data impact, fix forward. Approving confirms them.
    Estimate: about 1 min 35 s
    May approve: 1 vote of: on-call engineer (On-call engineer); who asked may vote too, if they hold the role
    Plan: 1ff83962
    Asked by: On-call engineer at 15:30 UTC
    Reason: “answers are slow”
    Expires: 16:00 UTC
    ## Warnings
    - v1.2.9 is marked bad: “it leaks”. Choose another version, unless you know better.
    ## What would be lost
    - v1.2.9 is newer than what runs. This is a deployment, not a rollback.
    ## Migrations
    - api-service (production): the check says no. 3 migrations cannot be taken back (pending=3)
    ## Health now, by our own probes
    - http://127.0.0.1:8080/healthz: 3 of 5 answered well, median 900 ms
    ## Steps
    (Waiting) Check api-service (production): version, health, target, permissions
    (Waiting) Back up api-service (production)
    (Waiting) Maintenance page on, for api-service (production)
    (Waiting) Roll api-service (production) release: v1.3.0 → v1.2.9
    (Waiting) See all of api-service (production) release run v1.2.9
    (Waiting) Verify api-service (production) by our own probes
    (Waiting) See that api-service (production) stays well for 30 s
    (Waiting) Maintenance page off, for api-service (production)
    (Waiting) Clean up after api-service (production)
    <Approve> Danger: Roll back api-service (production) from v1.3.0 to v1.2.9? Plan 1ff83962.
    <Deny> Plain: Deny INC-2024-0115-001/1: api-service (production) v1.3.0 → v1.2.9? The request ends.
    notify: on-call
    "###);
}

#[test]
fn a_calm_request_asks_a_team_lead_other_than_the_requester() {
    let urgent = plan("inode 7");
    let mut effects = Effects { priority: Priority::P3, ..urgent.effects().clone() };
    effects.services[0].service.owners.push("on-call".into());
    let calm = Plan::new(effects, urgent.circumstances().clone()).unwrap();
    let mut story = Story::asked();
    story.plan_made(&calm);
    let proposal = story.shows("proposal");
    let asked = "May approve: 1 vote of: team lead (Team lead, On-call engineer); not who asked";
    assert!(proposal.contains(asked), "{proposal}");
    assert!(proposal.contains("Expires: 19:30 UTC"), "{proposal}");
    assert!(proposal.ends_with("notify: lead\n"), "{proposal}");
}

#[test]
fn two_services_name_each_its_own_rule() {
    let one = plan("inode 7");
    let mut effects = one.effects().clone();
    let mut second = effects.services[0].clone();
    second.service.key = "web@production".parse().unwrap();
    second.service.policy.p2.votes = 2;
    second.service.policy.p2.roles = [Role::OnCall, Role::IncidentCommander].into();
    second.from = None;
    effects.services.push(second);
    let both = Plan::new(effects, one.circumstances().clone()).unwrap();
    let mut story = Story::asked();
    story.plan_made(&both);
    let proposal = story.shows("proposal");
    let facts: Vec<&str> = proposal.lines().filter(|line| line.contains("web")).collect();
    assert_snapshot!(facts.join("\n"), @r###"
    [Asking] INC-2024-0115-001/1: roll back api-service (production) v1.3.0 → v1.2.9, web (production) revision releases/1.3.0 → v1.2.9?
    web (production): revision releases/1.3.0 → v1.2.9 · unproven in the ledger · release: releases/1.3.0 → releases/1.2.9
    May approve: api-service (production): 1 vote of: on-call engineer (On-call engineer); who asked may vote too, if they hold the role · web (production): 2 votes of: on-call engineer (On-call engineer) or incident commander (Incident commander); who asked may vote too, if they hold the role
    <Approve> Primary: Roll back api-service (production) from v1.3.0 to v1.2.9, web (production) from revision releases/1.3.0 to v1.2.9? Plan 21938ac3.
    <Deny> Plain: Deny INC-2024-0115-001/1: api-service (production) v1.3.0 → v1.2.9, web (production) revision releases/1.3.0 → v1.2.9? The request ends.
    "###);
}

#[test]
fn an_approved_proposal_says_who_decided_and_has_no_buttons() {
    let story = Story::approved();
    assert_snapshot!(story.shows("proposal"), @r###"
    [Plain] INC-2024-0115-001/1: approved: api-service (production) v1.3.0 → v1.2.9
    Approved: 15:31 UTC
    Severity: high (P2)
    Data impact: none (assumed)
    Detected: 15:25 UTC
    Advice: roll back. High severity, and the fix takes more than an hour. Users are served sooner by a rollback.
    Fix forward: 1 h 30 min (assumed). Consider this first: a rollback is the last resort.
    Not stated: data impact, fix forward. Assumed, and confirmed by the votes.
    Plan: 1ff83962
    Asked by: On-call engineer at 15:30 UTC
    Reason: “answers are slow”
    ## Votes
    - On-call engineer at 15:31 UTC
    "###);
    assert_snapshot!(story.shows("notice"), @r###"
    [Warning] INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    Issue: Severity high (P2). Reported: “answers are slow”
    Action: Rolling back api-service (production) from v1.3.0 to v1.2.9. Approved by On-call engineer.
    ETA: about 15:32 UTC (estimate)
    Impact: api-service (production). Data impact: none (assumed). Before: 3 of 5 of our own probes were answered well.
    Status channel: #incident-rollback-2024-0115-001
    "###);
    assert_snapshot!(story.shows("progress"), @r###"
    [Working] INC-2024-0115-001/1: about to start: api-service (production) v1.3.0 → v1.2.9
    Approved: On-call engineer at 15:31 UTC
    ETA: about 15:32 UTC (estimate)
    ## Steps
    (Waiting) Check api-service (production): version, health, target, permissions
    (Waiting) Back up api-service (production)
    (Waiting) Maintenance page on, for api-service (production)
    (Waiting) Roll api-service (production) release: v1.3.0 → v1.2.9
    (Waiting) See all of api-service (production) release run v1.2.9
    (Waiting) Verify api-service (production) by our own probes
    (Waiting) See that api-service (production) stays well for 30 s
    (Waiting) Maintenance page off, for api-service (production)
    (Waiting) Clean up after api-service (production)
    <Abort> Danger: Abort INC-2024-0115-001/1 (api-service (production) v1.3.0 → v1.2.9)? Nothing has moved: what was begun is taken back.
    "###);
}

#[test]
fn a_denial_has_a_final_text_of_its_own() {
    let mut story = Story::proposed();
    let because = Some("a fix is nearly out".to_owned());
    story.later(60).event("lead", RollbackEvent::Denied { role: Some(Role::TeamLead), because });
    assert_snapshot!(story.shows("proposal"), @r###"
    [Plain] INC-2024-0115-001/1: denied: api-service (production) v1.3.0 → v1.2.9
    Severity: high (P2)
    Data impact: none (assumed)
    Detected: 15:25 UTC
    Advice: roll back, if the assumptions hold. High severity, and the fix takes more than an hour. Users are served sooner by a rollback.
    Fix forward: 1 h 30 min (assumed). Consider this first: a rollback is the last resort.
    Not stated: data impact, fix forward
    Plan: 1ff83962
    Asked by: On-call engineer at 15:30 UTC
    Reason: “answers are slow”
    Denied by Team lead as team lead at 15:31 UTC. Reason: “a fix is nearly out”. No target has moved.
    final
    "###);
    assert_snapshot!(story.shows("notice"), @r###"
    [Plain] INC-2024-0115-001/1: denied: api-service (production) v1.3.0 → v1.2.9
    Issue: Severity high (P2). Reported: “answers are slow”
    Action: None. The rollback of api-service (production) from v1.3.0 to v1.2.9 is not carried out.
    Ended: 15:31 UTC
    Impact: api-service (production). Data impact: none (assumed). Before: 3 of 5 of our own probes were answered well.
    Status channel: #incident-rollback-2024-0115-001
    Denied by Team lead as team lead at 15:31 UTC. Reason: “a fix is nearly out”. No target has moved.
    Nothing was rolled back. Fix forward (assumed: 1 h 30 min), or ask again.
    final
    "###);
    assert_eq!(story.shows("user-text"), "(none)");
}

#[test]
fn an_expired_request_has_a_final_text_of_its_own() {
    let mut story = Story::proposed();
    story.later(1_800).event("system", RollbackEvent::Expired);
    assert_snapshot!(story.shows("proposal"), @r###"
    [Plain] INC-2024-0115-001/1: expired: api-service (production) v1.3.0 → v1.2.9
    Severity: high (P2)
    Data impact: none (assumed)
    Detected: 15:25 UTC
    Advice: roll back, if the assumptions hold. High severity, and the fix takes more than an hour. Users are served sooner by a rollback.
    Fix forward: 1 h 30 min (assumed). Consider this first: a rollback is the last resort.
    Not stated: data impact, fix forward
    Plan: 1ff83962
    Asked by: On-call engineer at 15:30 UTC
    Reason: “answers are slow”
    Not approved in time: expired at 16:00 UTC. No target has moved.
    final
    "###);
    assert_snapshot!(story.shows("notice"), @r###"
    [Plain] INC-2024-0115-001/1: expired: api-service (production) v1.3.0 → v1.2.9
    Issue: Severity high (P2). Reported: “answers are slow”
    Action: None. The rollback of api-service (production) from v1.3.0 to v1.2.9 is not carried out.
    Ended: 16:00 UTC
    Impact: api-service (production). Data impact: none (assumed). Before: 3 of 5 of our own probes were answered well.
    Status channel: #incident-rollback-2024-0115-001
    Not approved in time: expired at 16:00 UTC. No target has moved.
    Nothing was rolled back. Fix forward (assumed: 1 h 30 min), or ask again.
    final
    "###);
}

#[test]
fn a_replaced_request_names_what_took_its_place() {
    let mut story = Story::paused();
    story.later(60).event("commander", RollbackEvent::Replaced { by: crate::notify::story::rollback_id(2) });
    assert_snapshot!(story.shows("notice"), @r###"
    [Plain] INC-2024-0115-001/1: replaced: api-service (production) v1.3.0 → v1.2.9
    Issue: Severity high (P2). Reported: “answers are slow”
    Action: Another rollback takes the place of: api-service (production) from v1.3.0 to v1.2.9.
    Ended: 15:32 UTC
    Impact: api-service (production). Data impact: none (assumed). Before: 3 of 5 of our own probes were answered well.
    Status channel: #incident-rollback-2024-0115-001
    Replaced by INC-2024-0115-001/2 at 15:32 UTC while it ran. That one takes over its lock and what it left open.
    final
    "###);
    assert_snapshot!(story.shows("progress"), @r###"
    [Plain] INC-2024-0115-001/1: replaced: api-service (production) v1.3.0 → v1.2.9
    Approved: On-call engineer at 15:31 UTC
    Started: 15:31 UTC
    Ended: 15:32 UTC
    Took: 1 min 40 s
    ## Steps
    (Done) Check api-service (production): version, health, target, permissions | 1 s · 3 of 5 of our own probes were answered well
    (Done) Back up api-service (production) | 8 s · 2 GB in 8 s
    (Done) Maintenance page on, for api-service (production) | 1 s
    (Done) Roll api-service (production) release: v1.3.0 → v1.2.9 | 2 s
    (Done) See all of api-service (production) release run v1.2.9 | 6 s
    (Failed) Verify api-service (production) by our own probes | attempt 2 failed at 15:31 UTC: http://127.0.0.1:8080/healthz is not well. Find out why, then retry. It says: status 503
    (Waiting) See that api-service (production) stays well for 30 s | not run
    (Waiting) Maintenance page off, for api-service (production) | not run
    (Waiting) Clean up after api-service (production) | not run
    Replaced by INC-2024-0115-001/2 at 15:32 UTC while it ran. That one takes over its lock and what it left open.
    final
    "###);
    let question = story.slots().into_iter().find(|showing| matches!(showing.slot.slot, Slot::Question(_))).unwrap();
    assert_snapshot!(crate::notify::story::plain(&question.message), @r###"
    [Plain] INC-2024-0115-001/1: the question is settled: Verify api-service (production) by our own probes
    Why: http://127.0.0.1:8080/healthz is not well. Find out why, then retry.
    Answer: The rollback was replaced by INC-2024-0115-001/2 at 15:32 UTC.
    ```
    status 503
    upstream away
    ```
    final
    "###);
}

#[test]
fn a_log_that_cannot_be_read_takes_the_buttons_away() {
    let mut story = Story::proposed();
    story.garbled();
    let told = story.told_until(story.len());
    let slots = crate::notify::slots(&story.view(&told));
    let proposal = slots.iter().find(|showing| showing.slot.slot == Slot::Proposal).unwrap();
    assert!(proposal.message.buttons.is_empty() && !proposal.message.is_final);
    let last = proposal.message.facts.last().unwrap();
    assert_snapshot!(last.value, @r###"
    This release cannot read the log of this rollback, so it does nothing: event `expired` of version 99 is newer than this release. Deploy the release that wrote it, or a newer one.
    "###);
}
