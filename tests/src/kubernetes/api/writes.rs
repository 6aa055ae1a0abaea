//! Making, replacing, patching and deleting.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::request::{Place, Request};
use super::serve::object;
use super::{discovery, reads};
use crate::kubernetes::access;
use crate::kubernetes::deletion::Deletion;
use crate::kubernetes::fields::Writer;
use crate::kubernetes::patch::Patch;
use crate::kubernetes::refusal::Refusal;
use crate::kubernetes::store::Key;
use crate::kubernetes::value::{set, text};
use crate::kubernetes::world::World;

pub(super) fn create(world: &mut World, place: &Place, request: &Request) -> Result<Response, Refusal> {
    let mut body = request.body.clone();
    address(&mut body, place)?;
    let made = world.create(body, &Writer::new(&request.manager()), request.is_rehearsal())?;
    Ok(object(StatusCode::CREATED, &made))
}

/// Makes the body say what the path says; refuses it where it says something else.
fn address(body: &mut Value, place: &Place) -> Result<(), Refusal> {
    if !body.is_object() {
        return Err(Refusal::bad_request("the request has no object"));
    }
    let namespace = text(body, "/metadata/namespace");
    if !namespace.is_empty() && place.kind.namespaced && namespace != place.namespace {
        let words = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Refusal::bad_request(words));
    }
    let name = text(body, "/metadata/name");
    if !place.name.is_empty() && !name.is_empty() && name != place.name {
        let words = format!("the name of the object ({name}) does not match the name on the URL ({})", place.name);
        return Err(Refusal::bad_request(words));
    }
    body["apiVersion"] = json!(place.kind.api_version());
    body["kind"] = json!(place.kind.name);
    if place.kind.namespaced {
        set(body, &["metadata", "namespace"], json!(place.namespace));
    }
    if !place.name.is_empty() {
        set(body, &["metadata", "name"], json!(place.name));
    }
    Ok(())
}

/// The writer that a request speaks for.
pub(super) fn writer(place: &Place, request: &Request) -> Writer {
    let beside = match place.beside.as_str() {
        "status" => Some("status"),
        "scale" => Some("scale"),
        _ => None,
    };
    Writer { manager: request.manager(), beside }
}

pub(super) fn update(world: &mut World, place: &Place, request: &Request) -> Result<Response, Refusal> {
    let mut body = request.body.clone();
    address(&mut body, place)?;
    if place.kind.custom && text(&body, "/metadata/resourceVersion").is_empty() {
        let cause = crate::kubernetes::refusal::Cause::invalid(
            "metadata.resourceVersion",
            &json!(0),
            "must be specified for an update",
        );
        return Err(Refusal::invalid(place.kind, &place.name, &[cause]));
    }
    let written = world.replace(&place.key(), body, &writer(place, request), request.is_rehearsal())?;
    Ok(object(StatusCode::OK, &written))
}

pub(super) fn patch(world: &mut World, place: &Place, request: &Request) -> Result<Response, Refusal> {
    let (key, writer) = (place.key(), writer(place, request));
    let patch = Patch::read(&request.content_type, request.body.clone(), place.kind)?;
    if !request.is_rehearsal() {
        world.let_rivals_write(&key);
    }
    if let Patch::Apply(wanted) = patch {
        if request.asks("fieldManager").is_empty() {
            return Err(Refusal::bad_request(
                "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch",
            ));
        }
        let there = world.store.get(&key).is_some();
        let applied = world.apply(&key, wanted, &writer, request.says("force"), request.is_rehearsal())?;
        return Ok(object(if there { StatusCode::OK } else { StatusCode::CREATED }, &applied));
    }
    let patched = patch.carried_out(&*world.get(&key)?)?;
    let written = world.replace(&key, patched, &writer, request.is_rehearsal())?;
    Ok(object(StatusCode::OK, &written))
}

pub(super) fn delete(world: &mut World, place: &Place, request: &Request) -> Result<Response, Refusal> {
    let how = Deletion::read(request.asks("propagationPolicy"), request.asks("gracePeriodSeconds"), &request.body);
    if !place.name.is_empty() {
        let last = world.delete(&place.key(), &how, request.is_rehearsal())?;
        let Some(last) = last else {
            let details = json!({"name": place.name, "kind": place.kind.plural, "group": place.kind.group});
            let done =
                json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details});
            return Ok(object(StatusCode::OK, &done));
        };
        return Ok(object(StatusCode::OK, &last));
    }
    let (_, objects) = reads::selected(world, place, request)?;
    for key in objects.iter().filter_map(|object| Key::of(object)) {
        world.delete(&key, &how, request.is_rehearsal())?;
    }
    let items: Vec<Arc<Value>> = objects;
    let kind = format!("{}List", place.kind.name);
    let metadata = json!({"resourceVersion": world.store.version().to_string()});
    let list = json!({"kind": kind, "apiVersion": place.kind.api_version(), "metadata": metadata, "items": items});
    Ok(object(StatusCode::OK, &list))
}

/// Reviews: asked with POST, stored nowhere.
pub(super) fn review(world: &World, request: &Request) -> Result<Response, Refusal> {
    match request.path.rsplit('/').next() {
        Some("selfsubjectaccessreviews") => {
            Ok(object(StatusCode::CREATED, &access::review(world, request.body.clone())))
        }
        _ => Ok(discovery::nothing_here()),
    }
}

/// A controller writes the status of an object: nothing that anybody reads changes, but its version does.
pub(super) fn touch_status(world: &mut World, place: Option<&Place>) {
    let Some(key) = place.map(Place::key) else { return };
    let Some(before) = world.store.get(&key) else { return };
    let mut object = (*before).clone();
    let count = crate::kubernetes::value::number(&object, "/status/collisionCount");
    set(&mut object, &["status", "collisionCount"], json!(count + 1));
    // Only if somebody deleted it in between, which cannot be here.
    let _ = world.replace(&key, object, &Writer::of_status("kube-controller-manager"), false);
}
