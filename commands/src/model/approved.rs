//! The proof without which nothing reaches production.

use super::{
    Digest, Effects, PlannedStep, RollbackId, ServicePlan, StepAction, StepName, Target, TargetName, TargetPlan, Vote,
};
use crate::ports::{Lease, LeaseName};

/// A plan that enough persons said yes to. Its fields are private and it cannot be deserialized: the
/// one function that makes it reads folded state (`saga::RollbackState::approved`), live and on
/// recovery alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    rollback: RollbackId,
    effects: Effects,
    digest: Digest,
    votes: Vec<Vote>,
    /// Which plan of the rollback it is, from 1.
    number: u32,
}

impl Approved {
    /// Only for `saga::rollback`.
    pub(crate) fn grant(rollback: RollbackId, effects: Effects, digest: Digest, votes: Vec<Vote>, number: u32) -> Self {
        Self { rollback, effects, digest, votes, number }
    }

    /// The key of a step's effect, the same for every attempt: `INC-2024-0115-001/1/backup:api-service`.
    /// A plan that took the place of a void one has keys of its own, `…~2`: what the void one did was
    /// taken back, and must be done again.
    #[must_use]
    pub fn effect_key(&self, step: &StepName) -> String {
        match self.number {
            0 | 1 => format!("{}/{step}", self.rollback),
            number => format!("{}/{step}~{number}", self.rollback),
        }
    }

    /// Which rollback.
    #[must_use]
    pub fn rollback(&self) -> RollbackId {
        self.rollback
    }

    /// What may be done.
    #[must_use]
    pub fn effects(&self) -> &Effects {
        &self.effects
    }

    /// What the votes said yes to.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The votes that approved it.
    #[must_use]
    pub fn votes(&self) -> &[Vote] {
        &self.votes
    }

    /// The order to do this step, under this lease; `None` if the plan has no such pivot, or the
    /// lease is of another rollback.
    #[must_use]
    pub fn order<'a>(&'a self, lease: &'a Lease, step: &StepName) -> Option<MoveOrder<'a>> {
        let step = self.effects.step(step)?;
        let StepAction::Roll { target } = &step.action else { return None };
        self.leave(lease, step, target)
    }

    /// The order to clean up after a target by this step, under this lease; `None` if the plan has no
    /// such step, or the lease is of another rollback.
    #[must_use]
    pub fn clean_up_order<'a>(&'a self, lease: &'a Lease, step: &StepName) -> Option<CleanUpOrder<'a>> {
        let step = self.effects.step(step)?;
        let StepAction::CleanUp { target } = &step.action else { return None };
        Some(CleanUpOrder { leave: self.leave(lease, step, target)? })
    }

    fn leave<'a>(&'a self, lease: &'a Lease, step: &'a PlannedStep, target: &TargetName) -> Option<MoveOrder<'a>> {
        if lease.name != LeaseName::Rollback(self.rollback) {
            return None;
        }
        let service = self.effects.service(&step.service)?;
        Some(MoveOrder {
            approved: self,
            lease,
            step,
            service,
            target: service.service.targets.iter().find(|known| known.name == *target)?,
            plan: service.target(target)?,
        })
    }
}

/// Leave to move one target to one revision: all that a platform needs, and nothing that it could be
/// given by anybody else.
#[derive(Debug, Clone, Copy)]
pub struct MoveOrder<'a> {
    approved: &'a Approved,
    lease: &'a Lease,
    step: &'a PlannedStep,
    service: &'a ServicePlan,
    target: &'a Target,
    plan: &'a TargetPlan,
}

impl<'a> MoveOrder<'a> {
    /// `INC-2024-0115-001/1/roll:api-service/release`: the same for every attempt.
    #[must_use]
    pub fn key(&self) -> String {
        self.approved.effect_key(&self.step.name)
    }

    /// The lease under which it is done.
    #[must_use]
    pub fn lease(&self) -> &'a Lease {
        self.lease
    }

    /// The step of the plan.
    #[must_use]
    pub fn step(&self) -> &'a PlannedStep {
        self.step
    }

    /// The service's plan.
    #[must_use]
    pub fn service(&self) -> &'a ServicePlan {
        self.service
    }

    /// What is moved.
    #[must_use]
    pub fn target(&self) -> &'a Target {
        self.target
    }

    /// From where to where, and what must still be so.
    #[must_use]
    pub fn plan(&self) -> &'a TargetPlan {
        self.plan
    }
}

/// Leave to remove what one target's revision from before left. It moves nothing, and no order to move
/// cleans up: the types keep the two apart.
#[derive(Debug, Clone, Copy)]
pub struct CleanUpOrder<'a> {
    leave: MoveOrder<'a>,
}

impl<'a> CleanUpOrder<'a> {
    /// `INC-2024-0115-001/1/clean-up:api-service/release`: the same for every attempt.
    #[must_use]
    pub fn key(&self) -> String {
        self.leave.key()
    }

    /// After what it cleans up.
    #[must_use]
    pub fn target(&self) -> &'a Target {
        self.leave.target
    }

    /// From where to where it went. What it came from is what is removed.
    #[must_use]
    pub fn plan(&self) -> &'a TargetPlan {
        self.leave.plan
    }
}
