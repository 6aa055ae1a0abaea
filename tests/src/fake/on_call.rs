//! Somebody is on call because the test says so.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use commands::model::{PersonId, Role, RoleAnswer, Service};
use commands::ports::{Clock, OnCall, OnCallError};

/// Answers what the test set last, and says that it is so now.
pub struct FixedOnCall {
    clock: Arc<dyn Clock>,
    says: Mutex<Says>,
}

enum Says {
    Persons(BTreeSet<PersonId>),
    Away,
}

impl FixedOnCall {
    /// These persons are on call, at whatever time the clock tells.
    #[must_use]
    pub fn new<'a>(clock: Arc<dyn Clock>, persons: impl IntoIterator<Item = &'a str>) -> Arc<Self> {
        let fixed = Self { clock, says: Mutex::new(Says::Away) };
        fixed.set(persons);
        Arc::new(fixed)
    }

    /// From now on these persons are on call; nobody if there are none.
    pub fn set<'a>(&self, persons: impl IntoIterator<Item = &'a str>) {
        *self.says.lock().unwrap() = Says::Persons(persons.into_iter().map(PersonId::from).collect());
    }

    /// From now on it does not answer.
    pub fn set_away(&self) {
        *self.says.lock().unwrap() = Says::Away;
    }
}

#[async_trait]
impl OnCall for FixedOnCall {
    async fn on_call(&self, _service: &Service) -> Result<RoleAnswer, OnCallError> {
        let rota = "fixed on-call".to_owned();
        match &*self.says.lock().unwrap() {
            Says::Away => Err(OnCallError::Unavailable { rota, why: "connection refused".to_owned() }),
            Says::Persons(persons) if persons.is_empty() => Err(OnCallError::Nobody { rota }),
            Says::Persons(persons) => {
                Ok(RoleAnswer { role: Role::OnCall, holders: persons.clone(), source: rota, as_of: self.clock.now() })
            }
        }
    }
}
