//! What the server has: groups, versions, kinds; and reviews, which are no objects.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::request::Request;
use super::serve::object;
use super::writes;
use crate::kubernetes::kinds::{KINDS, Kind};
use crate::kubernetes::refusal::Refusal;
use crate::kubernetes::world::World;

/// A path that nothing is at: plain text, unlike for an object that is missing.
pub(super) fn nothing_here() -> Response {
    (StatusCode::NOT_FOUND, "404 page not found\n").into_response()
}

pub(super) fn answer(world: &World, request: &Request) -> Result<Response, Refusal> {
    let path: Vec<&str> = request.path.split('/').filter(|part| !part.is_empty()).collect();
    match path.as_slice() {
        ["healthz" | "livez" | "readyz"] => Ok("ok".into_response()),
        ["version"] => Ok(object(StatusCode::OK, &version())),
        ["api"] => Ok(object(StatusCode::OK, &json!({"kind": "APIVersions", "versions": ["v1"]}))),
        ["apis"] => Ok(object(StatusCode::OK, &groups(world))),
        ["api", "v1"] => Ok(object(StatusCode::OK, &held(world, "", "v1"))),
        ["apis", group] if known(world).any(|kind| kind.group == *group) => {
            Ok(object(StatusCode::OK, &one_group(group)))
        }
        ["apis", group, version] if known(world).any(|kind| (kind.group, kind.version) == (*group, *version)) => {
            Ok(object(StatusCode::OK, &held(world, group, version)))
        }
        ["apis", "authorization.k8s.io", "v1"] => Ok(object(StatusCode::OK, &reviews())),
        ["apis", "authorization.k8s.io", "v1", _] if request.method == "POST" => writes::review(world, request),
        _ => Ok(nothing_here()),
    }
}

fn version() -> Value {
    json!({
        "major": "1", "minor": "36", "gitVersion": "v1.36.2", "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "2026-06-10T10:00:00Z", "goVersion": "go1.25", "compiler": "gc", "platform": "linux/amd64",
    })
}

fn known(world: &World) -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(|kind| !kind.custom || world.installed.contains(kind.group))
}

fn groups(world: &World) -> Value {
    let mut names: Vec<&str> = known(world).map(|kind| kind.group).filter(|group| !group.is_empty()).collect();
    names.push("authorization.k8s.io");
    names.dedup();
    let groups: Vec<Value> = names.into_iter().map(one_group).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

fn one_group(name: &str) -> Value {
    let version = KINDS.iter().find(|kind| kind.group == name).map_or("v1", |kind| kind.version);
    let version = json!({"groupVersion": format!("{name}/{version}"), "version": version});
    json!({"kind": "APIGroup", "apiVersion": "v1", "name": name, "versions": [version.clone()], "preferredVersion": version})
}

fn reviews() -> Value {
    let review = json!({"name": "selfsubjectaccessreviews", "singularName": "selfsubjectaccessreview",
                        "namespaced": false, "kind": "SelfSubjectAccessReview", "verbs": ["create"]});
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "authorization.k8s.io/v1",
           "resources": [review]})
}

fn held(world: &World, group: &str, version: &str) -> Value {
    let kinds = known(world).filter(|kind| (kind.group, kind.version) == (group, version));
    let resources: Vec<Value> = kinds.flat_map(Kind::listed).collect();
    let name = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": resources})
}
