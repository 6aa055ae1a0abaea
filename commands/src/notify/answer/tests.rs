//! Answers, as people read them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use insta::assert_snapshot;

use super::*;
use crate::ledger::{Ledger, NoChoice, choose};
use crate::model::*;
use crate::notify::story::{Story, actor, assessment, key, plain, plan, rollback_id, service, trouble};
use crate::notify::words::Words;
use crate::ports::Candidate;

fn words(story: &Story) -> Words<'_> {
    Words { settings: &story.settings, day: "2024-01-15".parse().unwrap() }
}

fn ledger() -> Ledger {
    let mut ledger = Ledger::default();
    let seen = |version: &str| ServiceEvent::SeenRunning {
        target: "release".into(),
        revision: Revision::new(format!("releases/{version}")),
        version: Some(Version::new(version)),
    };
    let said = ServiceEvent::Marked {
        version: Some(Version::new("v1.2.9")),
        revisions: BTreeMap::new(),
        standing: Standing::Good,
        cause: MarkCause::Said { because: "it ran for a month".to_owned() },
    };
    let events = [seen("v1.2.9"), said, seen("v1.3.0")];
    for (number, event) in (1..).zip(events) {
        let stored = StoredEvent {
            position: number,
            stream: StreamId::Service(key()),
            sequence: Sequence(number),
            at: "2024-01-14T09:00:00Z".parse::<jiff::Timestamp>().unwrap()
                + jiff::SignedDuration::from_hours(number as i64),
            actor: actor("lead"),
            kind: String::new(),
            version: 1,
            configuration: Digest::default(),
            previous: Digest::default(),
            body: String::new(),
            hash: Digest::default(),
        };
        ledger.apply(&stored, Some(&event.into()));
    }
    ledger
}

#[test]
fn a_plan_is_shown_without_buttons() {
    let story = Story::asked();
    let on_call = BTreeSet::new();
    assert_snapshot!(plain(&plan_preview(&words(&story), &plan("inode 7"), &assessment(), &on_call)), @r###"
    [Plain] Plan: api-service (production) v1.3.0 → v1.2.9
    api-service (production): v1.3.0 → v1.2.9 · good in the ledger · release: releases/1.3.0 → releases/1.2.9
    Severity: high (P2)
    Data impact: none (assumed)
    Detected: 15:25 UTC
    Advice: roll back, if the assumptions hold. High severity, and the fix takes more than an hour. Users are served sooner by a rollback.
    Fix forward: 1 h 30 min (assumed). Consider this first: a rollback is the last resort.
    Not stated: data impact, fix forward
    Estimate: about 1 min 35 s
    May approve: 1 vote of: on-call engineer; who asked may vote too, if they hold the role
    Plan: 1ff83962
    This is what would happen. Nothing was changed or opened.
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
    "###);
}

#[test]
fn fix_forward_names_the_rule_and_what_to_add() {
    let story = Story::asked();
    let advice = Advice { decision: Decision::FixForward, rule: Rule::LowFixForward };
    let judged = Assessment { severity: Stated::Given(Severity::Low), advice, ..assessment() };
    assert_snapshot!(plain(&fix_forward(&words(&story), &[key()], &judged)), @r###"
    [Warning] Fix forward: api-service (production)
    Severity: low (P4)
    Data impact: none (assumed)
    Detected: 15:25 UTC
    Advice: fix forward, if the assumptions hold. Low severity. Users can wait for a fix, however long it takes.
    Fix forward: 1 h 30 min (assumed). Consider this first: a rollback is the last resort.
    Not stated: data impact, fix forward
    Status: Nothing was opened.
    The advice is to fix forward. To roll back all the same, add `because …`
    "###);
}

#[test]
fn status_lists_what_goes_on() {
    let story = Story::paused();
    let told = story.told();
    let incidents = [(Arc::new(told.incident), told.rollbacks)];
    assert_snapshot!(plain(&status(&incidents, &story.settings)), @r###"
    [Plain] 1 incident
    ## INC-2024-0115-001 · high (P2) · opened 2024-01-15 15:30 UTC · #incident-rollback-2024-0115-001
    - INC-2024-0115-001/1: api-service (production) v1.3.0 → v1.2.9: paused, waits for an answer (for: on-call engineer), asked by On-call engineer
    "###);
    assert_eq!(plain(&status(&[], &story.settings)), "[Plain] No incident is open\n");
}

#[test]
fn history_tells_what_ran_and_what_is_thought_of_it() {
    let story = Story::asked();
    let candidate = Candidate {
        revision: Revision::new("releases/1.2.8"),
        version: Some(Version::new("v1.2.8")),
        created: None,
        details: BTreeMap::new(),
    };
    let candidates = [(TargetName::new("release"), vec![candidate])];
    assert_snapshot!(plain(&history(&words(&story), &service(), &ledger(), &candidates)), @r###"
    [Plain] History of api-service (production)
    ## Seen running, newest first
    - 2024-01-14 12:00 UTC release: v1.3.0 (unproven)
    - 2024-01-14 10:00 UTC release: v1.2.9 (good)
    ## Marks, newest first
    - 2024-01-14 11:00 UTC v1.2.9: good, said by Team lead: “it ran for a month”
    ## The platform still has, of release
    - v1.2.8 (releases/1.2.8), made not known, unproven
    "###);
}

#[test]
fn why_tells_the_choice_and_the_rule() {
    let story = Story::asked();
    let (ledger, target, running) = (ledger(), TargetName::new("release"), Version::new("v1.3.0"));
    let choice = choose(&ledger, &Wanted::LastGood, &target, Some(&running));
    let now = [(target, Some(running))];
    assert_snapshot!(plain(&why(&words(&story), &service(), &ledger, &now, &choice)), @r###"
    [Plain] Without a version, api-service (production) would go back to
    release runs: v1.3.0
    Chosen: v1.2.9
    Standing: good
    Last seen running: 2024-01-14 10:00 UTC
    Mark: 2024-01-14 11:00 UTC v1.2.9: good, said by Team lead: “it ran for a month”
    The rule: of the versions that the bot's own ledger marks good and that do not run now, the one that ran last. The platform's own “previous” is never asked.
    "###);
    let nothing = why(&words(&story), &service(), &Ledger::default(), &[], &Err(NoChoice::NothingGood));
    assert!(plain(&nothing).contains("marks no version good"), "{}", plain(&nothing));
}

#[test]
fn a_refusal_tells_why_and_who_may() {
    let may = ["on-call engineer".to_owned(), "incident commander".to_owned()];
    assert_snapshot!(plain(&refused(&Note::new("not-eligible").with("roles", may.join(", ")), &may)), @r###"
    [Warning] Not done
    May do it: on-call engineer, incident commander
    Your role does not count here. Needed: on-call engineer, incident commander.
    "###);
    let identity = Identity { chat: "console".into(), workspace: "local".to_owned(), user: "guest".to_owned() };
    assert_snapshot!(plain(&no_permission_unmapped(&identity)), @r###"
    [Warning] Not done
    Your account: console:local/guest
    Your chat account belongs to no person in the configuration. You may read, not decide. Ask an operator to add you.
    "###);
    assert_snapshot!(plain(&blocked(&[(key(), trouble())])), @r###"
    [Bad] This rollback cannot be done now
    api-service (production): http://127.0.0.1:8080/healthz is not well. Find out why, then retry.
    ```
    status 503
    upstream away
    ```
    "###);
    assert_snapshot!(plain(&ambiguous_id(&[AnyId::Rollback(rollback_id(1)), AnyId::Rollback(rollback_id(2))])), @r###"
    [Asking] Several are open. Name one:
    - INC-2024-0115-001/1
    - INC-2024-0115-001/2
    "###);
    assert_snapshot!(plain(&parse_error(&Note::new("service-unknown").with("service", "api"))), @r###"
    [Warning] Not understood
    There is no service api in the catalogue.
    Type `/rollback help` to see every form.
    "###);
}

#[test]
fn what_was_taken_is_said_in_a_line() {
    let mark = Mark {
        service: "api-service".into(),
        environment: None,
        version: Version::new("v1.3.0"),
        standing: Standing::Bad,
        because: "it leaks".to_owned(),
    };
    let id = rollback_id(1);
    let lines = [
        accepted(id, None, "incident-rollback-2024-0115-001"),
        voted(id, 1, 2),
        voted(id, 2, 2),
        denied(id),
        abort_taken(id, false),
        abort_taken(id, true),
        retry_taken(id),
        skip_taken(id),
        marked(&mark),
        closed(id.incident),
    ];
    assert_snapshot!(lines.iter().map(plain).collect::<String>(), @r###"
    [Working] INC-2024-0115-001/1: proposed. Those who may decide are asked in its room.
    Status channel: #incident-rollback-2024-0115-001 (being made)
    [Plain] INC-2024-0115-001/1: your vote counts. 1 of 2 are there.
    [Good] INC-2024-0115-001/1: your vote counts. Approved (2 of 2).
    [Plain] INC-2024-0115-001/1: denied. No target has moved.
    [Plain] INC-2024-0115-001/1: stopping. Nothing has moved: what was begun is taken back.
    [Plain] INC-2024-0115-001/1: stopping. Something has moved and is not moved back: the run ends as partial.
    [Plain] INC-2024-0115-001/1: the step is tried again.
    [Plain] INC-2024-0115-001/1: the run goes on without the step.
    [Plain] api-service v1.3.0 is now marked bad
    Reason: “it leaks”
    [Plain] INC-2024-0115-001: closed
    "###);
}

#[test]
fn help_knows_every_verb() {
    assert_snapshot!(plain(&help(None)), @r###"
    [Plain] What you can type
    ```
    /rollback <service>[@version][,<service>…] [<version>|previous|last-good] [env=…] [severity=critical|high|medium|low] [data=none|minor|major] [fix=45m] [detected=15:25] [because …]
    /rollback plan <service> [the same as above]
    /rollback status [id]
    /rollback history <service> [env=…]
    /rollback report <id>
    /rollback why <service> [env=…]
    /rollback help [verb]
    /rollback close [incident]
    /rollback approve [id] [<short digest>]
    /rollback deny [id] [because …]
    /rollback abort [id] [because …]
    /rollback retry [id] [because …]
    /rollback skip [id] because …
    /rollback mark <service> <version> good|bad because …
    /rollback repair [incident]
    ```
    `help <verb>` explains one. Ids of incidents and of rollbacks both work. Text after `because` goes to the end of the line.
    "###);
    for verb in VERBS {
        let text = plain(&help(Some(verb)));
        assert!(text.starts_with(&format!("[Plain] {verb}\n")) && text.contains("/rollback"), "{text}");
    }
    assert!(plain(&help(Some("rolback"))).contains("no verb “rolback”"));
}
