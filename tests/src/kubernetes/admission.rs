//! Who else may say no to a write: accounts that are missing, quotas, policies.
//!
//! Words after `plugin/pkg/admission/serviceaccount`, `staging/src/k8s.io/apiserver/pkg/admission/plugin/
//! resourcequota` and `staging/src/k8s.io/pod-security-admission` (1.36).

use serde_json::Value;

use super::kinds::Kind;
use super::quota;
use super::refusal::Refusal;
use super::store::Key;
use super::value::text;
use super::world::World;

/// A policy of a test: objects of this kind in this namespace are refused with these words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Denial {
    pub(crate) plural: String,
    pub(crate) namespace: String,
    pub(crate) words: String,
}

/// Pods whose account is not there. At this time a name that is still to be made up has no end.
pub(crate) fn accounts(world: &World, kind: &Kind, object: &Value) -> Result<(), Refusal> {
    let account = text(object, "/spec/serviceAccountName");
    if kind.plural != "pods" || matches!(account, "" | "default") {
        return Ok(());
    }
    let namespace = text(object, "/metadata/namespace");
    if world.store.get(&Key::new(Kind::named("serviceaccounts"), namespace, account)).is_some() {
        return Ok(());
    }
    let name = match text(object, "/metadata/name") {
        "" => text(object, "/metadata/generateName"),
        name => name,
    };
    let why = format!("error looking up service account {namespace}/{account}: serviceaccount \"{account}\" not found");
    Err(Refusal::forbidden(kind, name, &why))
}

/// Policies and quotas, of what is made.
pub(crate) fn check(world: &World, kind: &'static Kind, object: &Value) -> Result<(), Refusal> {
    check_update(world, kind, object)?;
    if kind.plural == "pods" { quota::admit(world, kind, object) } else { Ok(()) }
}

/// Policies, of what is changed.
pub(crate) fn check_update(world: &World, kind: &'static Kind, object: &Value) -> Result<(), Refusal> {
    let namespace = text(object, "/metadata/namespace");
    let denial = world.denials.iter().find(|denial| denial.plural == kind.plural && denial.namespace == namespace);
    denial.map_or(Ok(()), |denial| Err(Refusal::forbidden(kind, text(object, "/metadata/name"), &denial.words)))
}
