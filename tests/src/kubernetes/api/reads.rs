//! Getting one and listing many.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::request::{Place, Request};
use super::serve::object;
use crate::kubernetes::refusal::Refusal;
use crate::kubernetes::selectors::Selector;
use crate::kubernetes::value::text;
use crate::kubernetes::world::World;

pub(super) fn get(world: &World, place: &Place) -> Result<Response, Refusal> {
    Ok(object(StatusCode::OK, &*world.get(&place.key())?))
}

/// The objects that a request means.
pub(super) fn selected(
    world: &World,
    place: &Place,
    request: &Request,
) -> Result<(Selector, Vec<Arc<Value>>), Refusal> {
    let selector = Selector::parse(request.asks("labelSelector"), request.asks("fieldSelector"))?;
    let mut objects = world.store.all(place.kind, &place.namespace);
    objects.retain(|object| {
        selector.takes(object) && (place.name.is_empty() || text(object, "/metadata/name") == place.name)
    });
    Ok((selector, objects))
}

pub(super) fn list(world: &World, place: &Place, request: &Request) -> Result<Response, Refusal> {
    let (_, mut objects) = selected(world, place, request)?;
    let mut metadata = json!({"resourceVersion": world.store.version().to_string()});
    if let Some((version, last)) = request.asks("continue").split_once('/') {
        let version: u64 = version.parse().map_err(|_| Refusal::bad_request("continue key is not valid"))?;
        if version < world.store.compacted() {
            return Err(Refusal::expired(
                "The provided continue parameter is too old to display a consistent list result. You must start a new \
                 list without the continue parameter.",
            ));
        }
        objects.retain(|object| place_of(object).as_str() > last);
        metadata["resourceVersion"] = json!(version.to_string());
    }
    let limit = request.asks("limit").parse().unwrap_or(0_usize);
    if limit > 0 && objects.len() > limit {
        metadata["remainingItemCount"] = json!(objects.len() - limit);
        objects.truncate(limit);
        let last = objects.last().map(|object| place_of(object)).unwrap_or_default();
        metadata["continue"] = json!(format!("{}/{last}", text(&metadata, "/resourceVersion")));
    }
    // Members of a list do not say of which kind they are.
    let bare = |object: &Arc<Value>| {
        let mut object = (**object).clone();
        if !place.kind.custom
            && let Some(map) = object.as_object_mut()
        {
            map.remove("apiVersion");
            map.remove("kind");
        }
        object
    };
    let items: Vec<Value> = objects.iter().map(bare).collect();
    let kind = format!("{}List", place.kind.name);
    let list = json!({"kind": kind, "apiVersion": place.kind.api_version(), "metadata": metadata, "items": items});
    Ok(object(StatusCode::OK, &list))
}

fn place_of(object: &Value) -> String {
    format!("{}\u{0}{}", text(object, "/metadata/namespace"), text(object, "/metadata/name"))
}
