//! What the bot may do: role-based access control, as rules of what is denied.

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::value::text;
use super::world::World;

/// Who the bot is to the cluster.
pub(crate) const USER: &str = "system:serviceaccount:switchback:switchback";

/// Something that is denied. `*` stands for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) verb: String,
    /// The plural, with what stands beside it if that is meant: `pods/eviction`.
    pub(crate) resource: String,
    pub(crate) namespace: String,
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'a> {
    pub(crate) verb: &'a str,
    pub(crate) group: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
}

impl World {
    pub(crate) fn may(&self, wish: &Wish<'_>) -> bool {
        let means = |rule: &str, value: &str| rule == "*" || rule == value;
        !self.forbidden.iter().any(|rule| {
            means(&rule.verb, wish.verb)
                && means(&rule.resource, wish.resource)
                && means(&rule.namespace, wish.namespace)
        })
    }
}

/// The words for what is denied (`endpoints/handlers/responsewriters/errors.go`).
pub(crate) fn refused(wish: &Wish<'_>) -> Refusal {
    let Wish { verb, group, resource, namespace, name } = *wish;
    let place = match namespace {
        "" => "at the cluster scope".to_owned(),
        namespace => format!("in the namespace \"{namespace}\""),
    };
    let plural = resource.split('/').next().unwrap_or(resource);
    let qualified = if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") };
    let object = if name.is_empty() { qualified } else { format!("{qualified} \"{name}\"") };
    let message = format!(
        "{object} is forbidden: User \"{USER}\" cannot {verb} resource \"{resource}\" in API group \"{group}\" {place}"
    );
    let mut refusal = Refusal::new(403, "Forbidden", message);
    refusal.details = json!({"name": name, "group": group, "kind": plural});
    refusal
}

/// The answer to a `SelfSubjectAccessReview`.
pub(crate) fn review(world: &World, mut review: Value) -> Value {
    let spec = review["spec"].clone();
    let of = |key: &str| text(&spec, &format!("/resourceAttributes/{key}"));
    let resource = match of("subresource") {
        "" => of("resource").to_owned(),
        beside => format!("{}/{beside}", of("resource")),
    };
    let wish = Wish {
        verb: of("verb"),
        group: of("group"),
        resource: &resource,
        namespace: of("namespace"),
        name: of("name"),
    };
    let allowed = world.may(&wish);
    review["status"] = json!({"allowed": allowed});
    if allowed {
        review["status"]["reason"] = json!("RBAC: allowed by RoleBinding \"switchback\"");
    }
    review
}
