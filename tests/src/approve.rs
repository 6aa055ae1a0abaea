//! Leave to move one target and to clean up after it, got the only way that there is: by folding a log in
//! which it was asked for, planned, voted on and approved.

use std::collections::BTreeSet;

use commands::model::{
    Actor, Advice, Approved, Assessment, Checks, Circumstances, CleanUpOrder, DataImpact, Decision, Digest, Effects,
    Event, MoveOrder, Place, Plan, PlannedStep, Policy, Priority, Request, Role, RoleAnswer, RollbackEvent, RollbackId,
    Rule, Sequence, Service, ServiceKey, ServicePlan, Severity, Stated, StepAction, StepClass, StepName, StreamId,
    Target, TargetPlan, Timing, Version, Vote, Wanted,
};
use commands::ports::{Lease, LeaseName, NewEvent};
use commands::saga::RollbackState;
use jiff::{SignedDuration, Timestamp};

/// An approved rollback of one target, under a lease.
#[derive(Debug)]
pub struct Leave {
    approved: Approved,
    lease: Lease,
    roll: StepName,
    clean_up: StepName,
}

impl Leave {
    /// To move this target by this plan, each attempt within this time.
    ///
    /// # Panics
    /// If the log that is made for it does not fold to an approval.
    #[must_use]
    pub fn to_move(target: &Target, plan: &TargetPlan, timeout: SignedDuration) -> Self {
        let key = ServiceKey { name: "api-service".into(), environment: "production".into() };
        let [roll, clean_up] =
            ["roll", "clean-up"].map(|word| StepName(format!("{word}:{}/{}", key.name, target.name)));
        let id: RollbackId = "INC-2024-0115-001/1".parse().expect("an id");
        let planned = Plan::new(effects(&key, target, plan, [&roll, &clean_up], timeout), Circumstances::default());
        let planned = planned.expect("a plan is written as JSON");
        let approved = fold(id, &key, &planned).approved().expect("the log holds an approval");
        let lease = Lease { name: LeaseName::Rollback(id), holder: "test".to_owned(), epoch: 1 };
        Self { approved, lease, roll, clean_up }
    }

    /// The order.
    ///
    /// # Panics
    /// Never: the lease and the step are those of the plan.
    #[must_use]
    pub fn order(&self) -> MoveOrder<'_> {
        self.approved.order(&self.lease, &self.roll).expect("the plan has the step")
    }

    /// The order to clean up after the move.
    ///
    /// # Panics
    /// Never: the lease and the step are those of the plan.
    #[must_use]
    pub fn clean_up_order(&self) -> CleanUpOrder<'_> {
        self.approved.clean_up_order(&self.lease, &self.clean_up).expect("the plan has the step")
    }
}

fn effects(
    key: &ServiceKey,
    target: &Target,
    plan: &TargetPlan,
    [roll, clean_up]: [&StepName; 2],
    timeout: SignedDuration,
) -> Effects {
    let service = Service {
        key: key.clone(),
        description: String::new(),
        owners: Vec::new(),
        targets: vec![target.clone()],
        checks: Checks::default(),
        hooks: Vec::new(),
        policy: Policy::default(),
        timing: Timing::default(),
    };
    let to = Version::new(plan.to.as_str());
    let step = |name: &StepName, class, action| PlannedStep {
        name: name.clone(),
        class,
        action,
        service: key.clone(),
        closes: None,
        only_after_move: false,
        timeout,
        retry_for: SignedDuration::ZERO,
    };
    Effects {
        schema: Effects::SCHEMA,
        priority: Priority::P1,
        services: vec![ServicePlan { service, from: None, to, targets: vec![plan.clone()] }],
        steps: vec![
            step(roll, StepClass::Pivot, StepAction::Roll { target: target.name.clone() }),
            step(clean_up, StepClass::Always, StepAction::CleanUp { target: target.name.clone() }),
        ],
    }
}

fn fold(id: RollbackId, key: &ServiceKey, plan: &Plan) -> RollbackState {
    let events = [
        requested(key),
        RollbackEvent::Planned {
            effects: plan.bytes().to_owned(),
            digest: plan.digest(),
            circumstances: plan.circumstances().clone(),
        },
        RollbackEvent::Voted(vote(key, plan.digest())),
        RollbackEvent::Approved { digest: plan.digest() },
    ];
    let mut state = None;
    for (sequence, event) in (1..).zip(events) {
        let event = Event::Rollback(Box::new(event));
        let stored = NewEvent {
            at: Timestamp::UNIX_EPOCH,
            actor: Actor::System,
            kind: String::new(),
            version: 1,
            configuration: Digest::default(),
            body: String::new(),
        };
        let stored = stored.seal(sequence, &StreamId::Rollback(id), Sequence(sequence), Digest::default());
        match &mut state {
            None => state = RollbackState::begin(id, &stored, &event),
            Some(state) => state.apply(&stored, Ok(&event)),
        }
    }
    state.expect("the log begins with a request")
}

fn requested(key: &ServiceKey) -> RollbackEvent {
    RollbackEvent::Requested {
        request: Request {
            requester: "on-call-engineer".into(),
            asked_in: Place { chat: "console".into(), room: "terminal".to_owned() },
            services: vec![(key.clone(), Wanted::LastGood)],
            because: None,
        },
        assessment: Assessment {
            severity: Stated::Given(Severity::Critical),
            data: Stated::Given(DataImpact::None),
            time_to_fix: Stated::Given(SignedDuration::from_hours(1)),
            detected_at: Stated::Given(Timestamp::UNIX_EPOCH),
            advice: Advice { decision: Decision::RollBack, rule: Rule::CriticalSlowFix },
        },
        replaces: None,
    }
}

fn vote(key: &ServiceKey, digest: Digest) -> Vote {
    let answer = RoleAnswer {
        role: Role::OnCall,
        holders: BTreeSet::from(["on-call-engineer".into()]),
        source: "static rota".to_owned(),
        as_of: Timestamp::UNIX_EPOCH,
    };
    Vote { person: "on-call-engineer".into(), role: Role::OnCall, answer, covers: vec![key.clone()], digest }
}
