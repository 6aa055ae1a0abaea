//! What a step is given, and what it gives back.

use jiff::Timestamp;

use crate::model::{
    Approved, Findings, Measurement, Note, Observation, PlannedStep, ServicePlan, Target, TargetName, TargetPlan,
    Trouble,
};
use crate::ports::{Lease, Platform, PlatformError, Ports};

/// What a step is given.
pub struct StepContext<'a> {
    /// The outside powers.
    pub ports: &'a Ports,
    /// The proof that it may.
    pub approved: &'a Approved,
    /// The lease under which it runs.
    pub lease: &'a Lease,
    /// What it is.
    pub step: &'a PlannedStep,
    /// True where an earlier attempt began and left no outcome: its effect may be there already.
    pub recovering: bool,
    /// What the endpoints measured before anything moved.
    pub baseline: &'a [Measurement],
    /// Targets of the step's service that people left out: they need not run the plan's revision.
    pub left_out: &'a [TargetName],
    /// By when it should have ended; for programs that are told a deadline.
    pub deadline: Timestamp,
    /// Called with each look at the platform.
    pub observed: &'a (dyn Fn(Observation) + Send + Sync),
}

/// What a step gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepOutcome {
    /// It did what it should.
    Finished(Findings),
    /// It did not.
    Failed {
        /// Why.
        trouble: Trouble,
        /// What it leaves all the same.
        findings: Findings,
        /// False where trying again cannot help.
        retryable: bool,
    },
    /// It can neither be observed nor be done again without a person's word.
    Ask(Trouble),
    /// The live platform is not as the plan pins it, and nothing was written.
    Voided(Vec<(String, String, String)>),
}

impl StepOutcome {
    /// Failed, and trying again may help.
    #[must_use]
    pub fn failed(trouble: Trouble) -> Self {
        Self::Failed { trouble, findings: Findings::default(), retryable: true }
    }

    /// Failed for good.
    #[must_use]
    pub fn failed_for_good(trouble: Trouble) -> Self {
        Self::Failed { trouble, findings: Findings::default(), retryable: false }
    }

    /// What a platform's error means for a step that only reads.
    #[must_use]
    pub fn of_platform(error: &PlatformError) -> Self {
        let trouble = platform_trouble(error);
        if error.is_passing() { Self::failed(trouble) } else { Self::failed_for_good(trouble) }
    }
}

/// A platform's error as people are told it: what it means, and its own words.
#[must_use]
pub(crate) fn platform_trouble(error: &PlatformError) -> Trouble {
    let why = match error {
        PlatformError::Address { target, .. } => Note::new("address-wrong").with("target", target),
        PlatformError::Missing { what } => Note::new("target-missing").with("target", what),
        PlatformError::Forbidden { .. } => Note::new("platform-forbidden"),
        PlatformError::Unavailable { .. } | PlatformError::Undecided { .. } => Note::new("platform-unknown"),
        PlatformError::Refused { .. } | PlatformError::IntentChanged { .. } => Note::new("platform-failed"),
    };
    Trouble::new(why).saying(error)
}

impl<'a> StepContext<'a> {
    /// The plan of the step's service.
    #[must_use]
    pub fn service(&self) -> Option<&'a ServicePlan> {
        self.approved.effects().service(&self.step.service)
    }

    /// A target of the step's service with its plan and its platform.
    ///
    /// # Errors
    /// [`PlatformError::Missing`] where the plan or this bot has none of the name.
    pub fn target(&self, name: &TargetName) -> Result<(&'a Target, &'a TargetPlan, &'a dyn Platform), PlatformError> {
        let missing = || PlatformError::Missing { what: format!("the target `{name}` of {}", self.step.service) };
        let service = self.service().ok_or_else(missing)?;
        let target = service.service.targets.iter().find(|target| target.name == *name).ok_or_else(missing)?;
        let plan = service.target(name).ok_or_else(missing)?;
        Ok((target, plan, self.ports.platform(&target.platform)?.as_ref()))
    }

    /// `INC-2024-0115-001/1/backup:api-service`: the same for every attempt at this step.
    #[must_use]
    pub fn key(&self) -> String {
        self.approved.effect_key(&self.step.name)
    }
}
