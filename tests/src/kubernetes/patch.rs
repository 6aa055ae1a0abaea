//! Patches: of which kinds there are, and what comes of them.
//!
//! After `staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go` (1.36): a patch is carried out on
//! what is there, and its outcome is written as if somebody had sent it whole; so a resource version in
//! it that is not the one there is a conflict, and a `test` that fails is `422`.

use serde_json::Value;

use super::kinds::Kind;
use super::refusal::Refusal;
use super::strategic;

/// A patch as it was sent.
#[derive(Debug, Clone)]
pub(crate) enum Patch {
    Json(Value),
    Merge(Value),
    Strategic(Value),
    Apply(Value),
}

impl Patch {
    pub(crate) fn read(content_type: &str, body: Value, kind: &Kind) -> Result<Self, Refusal> {
        match content_type.split(';').next().unwrap_or_default().trim() {
            "application/json-patch+json" => Ok(Self::Json(body)),
            "application/merge-patch+json" => Ok(Self::Merge(body)),
            "application/strategic-merge-patch+json" if !kind.custom => Ok(Self::Strategic(body)),
            "application/apply-patch+yaml" => Ok(Self::Apply(body)),
            other => {
                let known = "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
                let words =
                    format!("the body of the request was in an unknown format - accepted media types include: {known}");
                Err(Refusal::new(415, "UnsupportedMediaType", format!("{words} (not {other})")))
            }
        }
    }

    /// What comes of it, for all but apply.
    pub(crate) fn carried_out(&self, object: &Value) -> Result<Value, Refusal> {
        let mut object = object.clone();
        match self {
            Self::Json(operations) => {
                let operations: json_patch::Patch = serde_json::from_value(operations.clone())
                    .map_err(|why| Refusal::bad_request(format!("error decoding patch: {why}")))?;
                // A path that leads nowhere, or a test that fails.
                json_patch::patch(&mut object, &operations).map_err(|_| Refusal::patch_does_not_apply())?;
            }
            Self::Merge(changes) => json_patch::merge(&mut object, changes),
            Self::Strategic(changes) | Self::Apply(changes) => strategic::merge(&mut object, changes),
        }
        if object.is_object() { Ok(object) } else { Err(Refusal::bad_request("the patch leaves no object")) }
    }
}
