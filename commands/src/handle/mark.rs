//! `mark`: a person says that a version is good or bad.

use std::collections::BTreeMap;

use super::{Answered, Context};
use crate::model::{Mark, MarkCause, ServiceEvent, StreamId};
use crate::notify::answer as say;
use crate::ports::Resolution;
use crate::saga::Draft;

impl Context<'_> {
    pub(crate) async fn mark(&self, mark: Mark) -> Answered {
        let person = self.person()?;
        let service = self.one_service(&mark.service, mark.environment.as_ref())?;
        let ledger = self.engine.journal.ledger(&service.key).await?;
        let mut revisions = BTreeMap::new();
        for target in &service.targets {
            // What the platform no longer has can still be good or bad by its name.
            if let Ok(platform) = self.engine.ports.platform(&target.platform)
                && let Ok(Resolution::Found(candidate)) = platform.resolve(target, &mark.version).await
            {
                revisions.insert(target.name.clone(), candidate.revision);
            }
        }
        let known =
            !revisions.is_empty() || ledger.sightings().iter().any(|s| s.version.as_ref() == Some(&mark.version));
        if !known {
            let note = crate::model::Note::new("version-never-seen")
                .with("service", &service.key.name)
                .with("version", &mark.version);
            return Err(note.into());
        }
        let event = ServiceEvent::Marked {
            version: Some(mark.version.clone()),
            revisions,
            standing: mark.standing,
            cause: MarkCause::Said { because: mark.because.clone() },
        };
        let stream = StreamId::Service(service.key.clone());
        let mut draft = Draft::new().fact(stream, ledger.sequence(), &self.actor(&person), event);
        draft.rows.handles = Some(self.invocation.key.clone());
        self.engine.commit(draft).await?;
        Ok(say::marked(&mark))
    }
}
