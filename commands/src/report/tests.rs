//! What the report says, and what it does not.

use insta::assert_snapshot;

use super::*;
use crate::model::{Answer, Findings, HookAnswer, HookResult, Outcome, Plan, Role, RollbackEvent, StepName};
use crate::notify::story::{Story, key, plan, step};

fn of(story: &Story) -> Report {
    let told = story.told();
    report(&story.view(&told))
}

fn text(story: &Story) -> String {
    markdown(&of(story), None).unwrap()
}

#[test]
fn the_report_of_a_rollback_that_is_done() {
    assert_snapshot!(text(&Story::done()), @r###"
    # Rollback incident report INC-2024-0115-001

    - **Date:** 2024-01-15
    - **Services:** api-service@production
    - **Severity:** high (P2)
    - **Result:** success
    - **Incident:** open
    - **Detected:** 2024-01-15 15:25 UTC
    - **Start:** 2024-01-15 15:31 UTC
    - **End:** 2024-01-15 15:32 UTC
    - **Duration:** 1 min

    ## Reason

    Reported by people; not verified:

    - answers are slow

    ## Impact

    - **Data, as stated:** none (assumed, confirmed by the votes)
    - **Data, as checked:** backup:api-service: data\_loss=none
    - **Before the rollback, by our own probes:**
      - http://127.0.0.1:8080/healthz: 3 of 5 answered well; the last failure: status 500


    ## Root cause

    Not recorded. The reason above is what people reported when they asked; an investigation may find another.

    ## Rollback INC-2024-0115-001/1

    - **Type:** A (application)
    - **Result:** success
    - **Requested by:** On-call engineer, 2024-01-15 15:30 UTC
    - **Approved by:** On-call engineer as on-call engineer (said by static rota), 2024-01-15 15:31 UTC
    - **Plan:** 1ff839623968a1e7dc367f4976b8e74c993e51f22fdc891067d16ba49765e7bb
    - **Start:** 2024-01-15 15:31 UTC
    - **End:** 2024-01-15 15:32 UTC

    - api-service (production) release: all of it was seen running v1.2.9 on the platform.
    - api-service (production): its version endpoint answered v1.2.9.
    - api-service (production), by our own probes: http://127.0.0.1:8080/healthz: 20 of 20 answered well, median 12 ms, before 900 ms.
    - api-service (production), by our own probes: http://127.0.0.1:8080/orders: 20 of 20 answered well, median 31 ms.
    - api-service (production): it stayed so for 30 s.

    ### Services

    - **api-service (production):** from v1.3.0 to v1.2.9; by the ledger good; state: checks pass
      - release: releases/1.3.0 → releases/1.2.9: moved, and seen running
      - http://127.0.0.1:8080/healthz: 20 of 20 answered well, median 12 ms, before 900 ms
      - http://127.0.0.1:8080/orders: 20 of 20 answered well, median 31 ms

    ### What was done

    1. Check api-service (production): version, health, target, permissions: done (1 s · 3 of 5 of our own probes were answered well)
    2. Back up api-service (production): done (8 s · 2 GB in 8 s)
    3. Maintenance page on, for api-service (production): done, and taken back (1 s)
    4. Roll api-service (production) release: v1.3.0 → v1.2.9: done (2 s)
    5. See all of api-service (production) release run v1.2.9: done (6 s)
    6. Verify api-service (production) by our own probes: done (10 s · 40 of 40 of our own probes were answered well)
    7. See that api-service (production) stays well for 30 s: done (30 s)
    8. Maintenance page off, for api-service (production): done (1 s)
    9. Clean up after api-service (production): done (1 s)

    ### Where the minutes went

    | detect | decide | wait for approval | execute | verify |
    |---|---|---|---|---|
    | not recorded | 5 min | 1 min | 19 s | 42 s |

    ## Timeline (UTC)

    - 15:30:00 Incident opened for api-service (production), severity high (P2), detected at 15:25 UTC (On-call engineer)
    - 15:30:00 INC-2024-0115-001/1 was added to the incident (Switchback)
    - 15:30:00 Asked for: api-service (production) to v1.2.9. Reason: “answers are slow” (On-call engineer)
    - 15:30:01 The room \#incident-rollback-2024-0115-001 is ready (Switchback)
    - 15:30:02 Plan 1ff83962 made (Switchback)
    - 15:31:00 Vote for plan 1ff83962 as on-call engineer, by static rota (On-call engineer)
    - 15:31:00 Plan 1ff83962 approved (Switchback)
    - 15:31:01 Run started (Switchback)
    - 15:31:01 Step examine:api-service started, attempt 1 (Switchback)
    - 15:31:02 Step examine:api-service finished (Switchback)
    - 15:31:02 Step backup:api-service started, attempt 1 (Switchback)
    - 15:31:10 Step backup:api-service finished (Switchback)
    - 15:31:10 Step maintenance:api-service started, attempt 1 (Switchback)
    - 15:31:11 Step maintenance:api-service finished (Switchback)
    - 15:31:11 Step roll:api-service/release started, attempt 1 (Switchback)
    - 15:31:13 Step roll:api-service/release finished (Switchback)
    - 15:31:13 Step see:api-service/release started, attempt 1 (Switchback)
    - 15:31:19 Step see:api-service/release finished (Switchback)
    - 15:31:19 Step verify:api-service started, attempt 1 (Switchback)
    - 15:31:29 Step verify:api-service finished (Switchback)
    - 15:31:29 Step hold:api-service started, attempt 1 (Switchback)
    - 15:31:59 Step hold:api-service finished (Switchback)
    - 15:31:59 Step maintenance-off:api-service started, attempt 1 (Switchback)
    - 15:32:00 Step maintenance-off:api-service finished (Switchback)
    - 15:32:00 Step clean-up:api-service started, attempt 1 (Switchback)
    - 15:32:01 Step clean-up:api-service finished (Switchback)
    - 15:32:01 Run ended: done (Switchback)

    ## Follow-ups

    - [ ] Find the root cause
    - [ ] Decide what prevents it from happening again
    - [ ] Hold the review, and add the lessons below

    ## Lessons

    _To be written by people._
    "###);
}

#[test]
fn the_report_of_a_proposal_invents_nothing() {
    assert_snapshot!(text(&Story::asked_because(None)), @r###"
    # Rollback incident report INC-2024-0115-001

    - **Date:** 2024-01-15
    - **Services:** api-service@production
    - **Severity:** high (P2)
    - **Result:** not over
    - **Incident:** open
    - **Detected:** 2024-01-15 15:25 UTC
    - **Start:** no run has started
    - **End:** not over
    - **Duration:** not recorded

    ## Reason

    Not recorded.

    ## Impact

    - **Data, as stated:** none (assumed)
    - **Data, as checked:** not checked
    - **Before the rollback:** not probed

    ## Root cause

    Not recorded. The reason above is what people reported when they asked; an investigation may find another.

    ## Rollback INC-2024-0115-001/1

    - **Type:** not known
    - **Result:** not over
    - **Requested by:** On-call engineer, 2024-01-15 15:30 UTC
    - **Approved by:** nobody
    - **Start:** not yet
    - **End:** not over


    ### Services

    No plan was made.

    ### What was done

    Nothing.

    ### Where the minutes went

    | detect | decide | wait for approval | execute | verify |
    |---|---|---|---|---|
    | not recorded | 5 min | not recorded | not recorded | not recorded |

    ## Timeline (UTC)

    - 15:30:00 Incident opened for api-service (production), severity high (P2), detected at 15:25 UTC (On-call engineer)
    - 15:30:00 INC-2024-0115-001/1 was added to the incident (Switchback)
    - 15:30:00 Asked for: api-service (production) to v1.2.9. Reason: no reason given (On-call engineer)
    - 15:30:01 The room \#incident-rollback-2024-0115-001 is ready (Switchback)

    ## Follow-ups

    - [ ] Find the root cause
    - [ ] Decide what prevents it from happening again
    - [ ] Hold the review, and add the lessons below

    ## Lessons

    _To be written by people._
    "###);
}

#[test]
fn the_json_form_reads_back() {
    for story in [Story::asked(), Story::paused(), Story::done()] {
        let report = of(&story);
        let json = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
        assert!(json.starts_with(r#"{"schema":1,"id":"INC-2024-0115-001""#), "{json}");
    }
}

#[test]
fn minutes_are_of_events_or_not_known() {
    let minutes = of(&Story::done()).rollbacks[0].minutes;
    // 15:25 detected, 15:30:00 asked, 15:31:00 approved, 15:31:19 seen, 15:32:01 ended.
    let expected = Minutes {
        detect: None,
        decide: Some(300),
        decide_assumed: false,
        approve: Some(60),
        execute: Some(19),
        verify: Some(42),
    };
    assert_eq!(minutes, expected);
    let minutes = of(&Story::paused()).rollbacks[0].minutes;
    assert_eq!((minutes.execute, minutes.verify), (Some(19), None));
    let minutes = of(&Story::prepared()).rollbacks[0].minutes;
    assert_eq!((minutes.execute, minutes.verify), (None, None));
}

fn skipped(name: &str) -> Story {
    let mut story = Story::paused();
    let question = story.last_sequence(1);
    story.event(
        "on-call",
        RollbackEvent::Answered { question, answer: Answer::Skip, role: Role::OnCall, because: None },
    );
    let missing: Vec<StepName> = vec![step(name)];
    story.finish(Outcome::Partial { moved: vec![step("roll:api-service/release")], missing });
    story
}

#[test]
fn the_result_is_what_the_steps_prove() {
    assert_eq!(of(&Story::done()).result, ResultWord::Success);
    assert_eq!(of(&Story::proposed()).result, ResultWord::Open);
    assert_eq!(of(&skipped("verify:api-service")).result, ResultWord::Partial);
    let mut unseen = Story::rolled();
    unseen.finish(Outcome::Partial { moved: vec![step("roll:api-service/release")], missing: Vec::new() });
    assert_eq!(of(&unseen).result, ResultWord::Failure);
    let mut denied = Story::proposed();
    denied.event("lead", RollbackEvent::Denied { role: Some(Role::TeamLead), because: None });
    assert_eq!(of(&denied).result, ResultWord::NotRun);
    let mut replaced = Story::paused();
    replaced.event("lead", RollbackEvent::Replaced { by: crate::notify::story::rollback_id(2) });
    assert_eq!(of(&replaced).result, ResultWord::Partial);
}

#[test]
fn a_verification_that_failed_is_not_called_healthy() {
    let state = |story: &Story| of(story).rollbacks[0].services[0].state;
    assert_eq!(state(&Story::done()), ServiceState::Healthy);
    assert_eq!(state(&Story::rolled()), ServiceState::NotChecked);
    assert_eq!(state(&Story::paused()), ServiceState::Failing);
    assert_eq!(state(&skipped("verify:api-service")), ServiceState::Failing);
    let mut again = Story::rolled();
    again.does("see:api-service/release", 6, Findings::default());
    again.begins("verify:api-service", 1).later(10).fails("verify:api-service", 1, true);
    again.later(2).begins("verify:api-service", 2);
    assert_eq!(state(&again), ServiceState::Failing, "an attempt under way does not undo the failure");
}

#[test]
fn a_verification_that_looked_at_nothing_proves_nothing() {
    let blind = plan("inode 7");
    let mut effects = blind.effects().clone();
    effects.services[0].service.checks = crate::model::Checks::default();
    let mut story = Story::asked();
    let blind = Plan::new(effects, blind.circumstances().clone()).unwrap();
    story.plan_made(&blind);
    story.vote(&blind);
    story.event("system", RollbackEvent::Approved { digest: blind.digest() }).event("system", RollbackEvent::Started);
    story.begins("verify:api-service", 1).ends("verify:api-service", Findings::default());
    let state = &story.told().rollbacks[0];
    let is_verified = state.step(&step("verify:api-service")).is_finished();
    assert_eq!((is_verified, service_state(state, &key())), (true, ServiceState::NotChecked));
}

#[test]
fn what_moved_something_outweighs_what_came_to_nothing() {
    let state = |story: &Story| story.told().rollbacks[0].clone();
    let mut denied = Story::proposed();
    denied.event("lead", RollbackEvent::Denied { role: Some(Role::TeamLead), because: None });
    let (moved, denied, open) = (state(&skipped("verify:api-service")), state(&denied), state(&Story::proposed()));
    let heaviest = |states: &[&std::sync::Arc<crate::saga::RollbackState>]| {
        let states: Vec<_> = states.iter().map(|state| (*state).clone()).collect();
        weightiest(&states).map(super::proof::result)
    };
    assert_eq!(heaviest(&[&moved, &denied]), Some(ResultWord::Partial));
    assert_eq!(heaviest(&[&denied, &open]), Some(ResultWord::Open));
    assert_eq!(heaviest(&[&denied]), Some(ResultWord::NotRun));
    assert_eq!(heaviest(&[]), None);
}

fn data_of(story: &Story) -> DataFinding {
    data_finding(&story.told().rollbacks[0])
}

#[test]
fn no_data_loss_is_said_only_if_a_check_said_so() {
    assert_eq!(data_of(&Story::started()), DataFinding::NotChecked);
    assert_eq!(data_of(&Story::done()), DataFinding::NoLoss(vec!["backup:api-service".to_owned()]));
    let safe = plan("inode 7");
    let mut circumstances = safe.circumstances().clone();
    let facts = [("data_loss".to_owned(), "orders of 15:20 to 15:30".to_owned())].into();
    circumstances.migrations = vec![(key(), HookAnswer { result: HookResult::Done, facts, message: String::new() })];
    let mut story = Story::asked();
    story.plan_made(&Plan::new(safe.effects().clone(), circumstances.clone()).unwrap());
    let loss = ("migrations:api-service".to_owned(), "orders of 15:20 to 15:30".to_owned());
    assert_eq!(data_of(&story), DataFinding::Loss(vec![loss]));
    circumstances.migrations[0].1.result = HookResult::Unknown;
    let mut story = Story::asked();
    story.plan_made(&Plan::new(safe.effects().clone(), circumstances).unwrap());
    assert_eq!(data_of(&story), DataFinding::NotChecked, "a check that cannot say proves nothing");
}

#[test]
fn a_failed_step_proves_nothing_about_data() {
    let mut story = Story::started();
    story.does("examine:api-service", 1, Findings::default());
    story.begins("backup:api-service", 1);
    let facts = [("data_loss".to_owned(), "none".to_owned())].into();
    story.event(
        "system",
        RollbackEvent::StepFailed {
            step: step("backup:api-service"),
            attempt: 1,
            trouble: crate::notify::story::trouble(),
            findings: Findings { facts, ..Findings::default() },
            retryable: false,
        },
    );
    assert_eq!(data_of(&story), DataFinding::NotChecked);
}

fn user_text_of(story: &Story) -> UserText {
    let told = story.told();
    user_text(&story.view(&told), &told.rollbacks[0]).unwrap()
}

#[test]
fn operators_may_write_the_texts_and_a_wrong_name_is_an_error() {
    let story = Story::done();
    let report = of(&story);
    let own = "{% for r in rollbacks %}{{ r.id }}: {{ r.reported_reason }} & {{ 'a*b' }}{% endfor %}";
    assert_eq!(markdown(&report, Some(own)).unwrap(), "INC-2024-0115-001/1: answers are slow & a\\*b");
    let error = markdown(&report, Some("line one\n{{ rolbacks }}")).unwrap_err().to_string();
    assert!(error.contains("`report`") && error.contains(":2"), "{error}");
    assert!(markdown(&report, Some("{% for %}")).is_err());
    assert!(markdown(&report, Some("{% for a in range(100000) %}xxxxxxxxxxxxxxxxxxxx{% endfor %}")).is_err());
    let users = user_text_of(&story);
    assert_eq!(
        user_text_markdown(&users, Some("{{ status }} at {{ time }}")).unwrap(),
        "Rolled back at 2024-01-15 15:32 UTC"
    );
    assert_snapshot!(user_text_markdown(&users, None).unwrap(), @r###"
    ## Service update: rollback completed

    **Status:** Rolled back
    **Time:** 2024-01-15 15:32 UTC
    **Duration:** 7 min 1 s, from its detection at 15:25 UTC

    **What happened:**
    A problem was reported, and we rolled back api-service (production) from v1.3.0 to v1.2.9.

    **Current status:**
    - api-service (production): checks pass. 40 of 40 of our own probes were answered well.
    - No data was lost by the rollback, by the checks that ran.

    **Next steps:**
    - Switchback watches for drift until 15:47 UTC. Further steps: from the team.
    "###);
}

#[test]
fn templates_are_tried_before_they_are_needed() {
    use crate::settings::Texts;
    let texts = |report: Option<&str>, user_text: Option<&str>| Texts {
        report: report.map(ToOwned::to_owned),
        user_text: user_text.map(ToOwned::to_owned),
    };
    let ours = texts(Some(include_str!("template.md.j2")), Some(include_str!("user_text.md.j2")));
    assert!(check_templates(&ours).is_ok());
    assert!(check_templates(&texts(Some("{{ nothing.such }}"), None)).is_err());
    assert!(check_templates(&texts(None, Some("{{ report }}"))).is_err());
}

#[test]
fn a_template_that_fails_at_the_end_costs_its_form_and_not_the_text() {
    let mut story = Story::done();
    story.settings.texts.report = Some("{{ no.such }}".to_owned());
    story.settings.texts.user_text = Some("{{ no.such }}".to_owned());
    let broken = story.slots();
    story.settings.texts = crate::settings::Texts::default();
    assert_eq!(broken, story.slots());
}
