//! What stands beside objects: status, scale, eviction, logs.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::discovery::nothing_here;
use super::request::{Place, Request};
use super::serve::object;
use super::{reads, writes};
use crate::kubernetes::deletion::Deletion;
use crate::kubernetes::kinds::Kind;
use crate::kubernetes::patch::Patch;
use crate::kubernetes::refusal::Refusal;
use crate::kubernetes::selectors::selects;
use crate::kubernetes::value::{entries, flag, list, number, part, share, text};
use crate::kubernetes::world::World;

pub(super) fn answer(world: &mut World, place: &Place, request: &Request, verb: &str) -> Result<Response, Refusal> {
    match (place.beside.as_str(), verb) {
        ("status", "get") => reads::get(world, place),
        ("status", "update") => writes::update(world, place, request),
        ("status", "patch") => writes::patch(world, place, request),
        ("scale", _) if place.kind.scales() => scale(world, place, request, verb),
        ("eviction", "create") if place.kind.plural == "pods" => evict(world, place, request),
        ("log", "get") if place.kind.plural == "pods" => log(world, place, request),
        _ => Ok(nothing_here()),
    }
}

/// A workload seen as a number.
fn scale_of(workload: &Value) -> Value {
    let selector: Vec<String> =
        entries(workload, "/spec/selector/matchLabels").map(|(key, value)| format!("{key}={value}")).collect();
    let metadata = part(workload, "/metadata");
    json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": {"name": metadata["name"], "namespace": metadata["namespace"], "uid": metadata["uid"],
                     "resourceVersion": metadata["resourceVersion"], "creationTimestamp": metadata["creationTimestamp"]},
        "spec": {"replicas": number(workload, "/spec/replicas")},
        "status": {"replicas": number(workload, "/status/replicas"), "selector": selector.join(",")},
    })
}

fn scale(world: &mut World, place: &Place, request: &Request, verb: &str) -> Result<Response, Refusal> {
    let key = place.key();
    let workload = world.get(&key)?;
    let wanted = match verb {
        "get" => return Ok(object(StatusCode::OK, &scale_of(&workload))),
        "update" => request.body.clone(),
        "patch" => {
            Patch::read(&request.content_type, request.body.clone(), place.kind)?.carried_out(&scale_of(&workload))?
        }
        _ => return Ok(nothing_here()),
    };
    let mut scaled = (*workload).clone();
    scaled["spec"]["replicas"] = json!(number(&wanted, "/spec/replicas"));
    scaled["metadata"]["resourceVersion"] = part(&wanted, "/metadata/resourceVersion").clone();
    let scaled = world.replace(&key, scaled, &writes::writer(place, request), request.is_rehearsal())?;
    Ok(object(StatusCode::OK, &scale_of(&scaled)))
}

/// Evicts a pod unless a budget forbids it (`pkg/registry/core/pod/storage/eviction.go`).
fn evict(world: &mut World, place: &Place, request: &Request) -> Result<Response, Refusal> {
    let pod = world.get(&place.key())?;
    for budget in world.store.all(Kind::named("poddisruptionbudgets"), &place.namespace) {
        if selects(&budget["spec"]["selector"], part(&pod, "/metadata/labels")) && !has_room(world, &budget) {
            let mut refusal = Refusal::new(
                429,
                "TooManyRequests",
                "Cannot evict pod as it would violate the pod's disruption budget.",
            );
            let words = format!("The disruption budget {} needs more healthy pods", text(&budget, "/metadata/name"));
            refusal.details = json!({"causes": [{"reason": "DisruptionBudget", "message": words}]});
            return Err(refusal);
        }
    }
    world.delete(&place.key(), &Deletion::plain(), request.is_rehearsal())?;
    let done = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok(object(StatusCode::CREATED, &done))
}

fn has_room(world: &World, budget: &Value) -> bool {
    let pods = world.store.all(Kind::named("pods"), text(budget, "/metadata/namespace"));
    let mine = pods.iter().filter(|pod| selects(&budget["spec"]["selector"], part(pod, "/metadata/labels")));
    let (mut all, mut healthy) = (0, 0);
    for pod in mine {
        all += 1;
        healthy += i64::from(list(pod, "/status/containerStatuses").iter().any(|status| flag(status, "/ready")));
    }
    let wanted = match (part(budget, "/spec/minAvailable"), part(budget, "/spec/maxUnavailable")) {
        (Value::Null, Value::Null) => 0,
        (Value::Null, most) => all - share(most, all, true),
        (least, _) => share(least, all, true),
    };
    healthy > wanted
}

fn log(world: &World, place: &Place, request: &Request) -> Result<Response, Refusal> {
    let pod = world.get(&place.key())?;
    let statuses = list(&pod, "/status/containerStatuses");
    let wanted = request.asks("container");
    let status = statuses.iter().find(|status| wanted.is_empty() || status["name"] == wanted);
    let Some(status) = status else {
        return Err(Refusal::bad_request(format!("container {wanted} is not valid for pod {}", place.name)));
    };
    let started = status["restartCount"].as_i64().unwrap_or_default() > 0 || status["state"].get("running").is_some();
    if !started {
        let reason = text(status, "/state/waiting/reason");
        let words =
            format!("container \"{}\" in pod \"{}\" is waiting to start: {reason}", text(status, "/name"), place.name);
        return Err(Refusal::bad_request(words));
    }
    let text = world.behaviours.log_of(text(status, "/image"));
    let lines: Vec<&str> = text.lines().collect();
    let tail = request.asks("tailLines").parse().unwrap_or(lines.len()).min(lines.len());
    Ok(lines[lines.len() - tail..].join("\n").into_response())
}
