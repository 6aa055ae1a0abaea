//! A service as the engine has it: its specification, the one before, and how its update stands.

use std::collections::BTreeMap;

use commands::model::{Digest, Intent};
use commands::ports::{PlatformError, Running};
use jiff::Timestamp;
use serde_json::Value;

use super::client::Client;
use super::image::Image;

/// The label on which a move leaves its key.
pub(super) const KEY_LABEL: &str = "switchback.rollback";

/// The label of a stack with its name.
const STACK_LABEL: &str = "com.docker.stack.namespace";

/// The name of the field of an intent that a move itself changes.
pub(super) const IMAGE: &str = "image";

const IMAGE_AT: &str = "/TaskTemplate/ContainerSpec/Image";

/// One service at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Service {
    pub(super) id: String,
    pub(super) spec: Value,
    pub(super) previous: Option<Value>,
    /// The counter that a write must name.
    pub(super) index: u64,
    pub(super) update: Option<Update>,
    created: Option<Timestamp>,
    image: Image,
}

/// How an update stands, in the engine's words: a hint, never a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Update {
    pub(super) state: String,
    pub(super) message: String,
    pub(super) started: Option<Timestamp>,
}

/// How many tasks a service wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// This many.
    Replicated(u64),
    /// One on each node that may run it.
    Global,
    /// It ends by itself, and is no service that could be rolled back.
    Job,
}

impl Service {
    /// Reads it.
    ///
    /// # Errors
    /// Any but `IntentChanged`.
    pub(super) async fn read(client: &Client, name: &str) -> Result<Self, PlatformError> {
        let what = format!("read the service {name}");
        let raw = client.get(&what, &format!("/services/{name}")).await.map_err(|error| match error {
            PlatformError::Missing { .. } => {
                PlatformError::Missing { what: format!("the service {name} of the swarm") }
            }
            error => error,
        })?;
        Self::understand(raw).map_err(|why| PlatformError::Refused { what, why })
    }

    pub(super) fn understand(mut raw: Value) -> Result<Self, String> {
        let text = |raw: &Value, at: &str| raw.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
        let time = |raw: &Value, at: &str| text(raw, at).parse().ok();
        let spec = raw.get_mut("Spec").map(Value::take).filter(Value::is_object).ok_or("it has no specification")?;
        let image = text(&spec, IMAGE_AT);
        let image = Image::read(&image).ok_or_else(|| format!("its image `{image}` is no reference to an image"))?;
        let update = raw.get("UpdateStatus").filter(|update| update.is_object()).map(|update| Update {
            state: text(update, "/State"),
            message: text(update, "/Message"),
            started: time(update, "/StartedAt"),
        });
        Ok(Self {
            id: text(&raw, "/ID"),
            previous: raw.get_mut("PreviousSpec").map(Value::take).filter(Value::is_object),
            index: raw.pointer("/Version/Index").and_then(Value::as_u64).ok_or("it has no version")?,
            update: update.filter(|update| !update.state.is_empty()),
            created: time(&raw, "/CreatedAt"),
            spec,
            image,
        })
    }

    pub(super) fn image(&self) -> &Image {
        &self.image
    }

    /// The image of the specification before this one.
    pub(super) fn previous_image(&self) -> Option<Image> {
        image_of(self.previous.as_ref()?)
    }

    pub(super) fn mode(&self) -> Mode {
        let mode = &self.spec["Mode"];
        if mode.get("Global").is_some_and(Value::is_object) {
            Mode::Global
        } else if let Some(replicated) = mode.get("Replicated").filter(|mode| mode.is_object()) {
            // The engine's own default (docs.docker.com, "docker service create").
            Mode::Replicated(replicated["Replicas"].as_u64().unwrap_or(1))
        } else {
            Mode::Job
        }
    }

    /// What the swarm calls it.
    pub(super) fn name(&self) -> &str {
        self.spec["Name"].as_str().unwrap_or(&self.id)
    }

    /// The stack that it belongs to.
    pub(super) fn stack(&self) -> Option<&str> {
        self.spec["Labels"][STACK_LABEL].as_str()
    }

    /// The state of its update, in the engine's word; empty where there is none.
    pub(super) fn update_state(&self) -> &str {
        self.update.as_ref().map_or("", |update| update.state.as_str())
    }

    /// This specification with another image and the key of the move; all else stays.
    pub(super) fn with_image(&self, image: &Image, key: &str) -> Value {
        let mut spec = self.spec.clone();
        if let Some(place) = spec.pointer_mut(IMAGE_AT) {
            *place = Value::String(image.to_string());
        }
        if !spec["Labels"].is_object() {
            spec["Labels"] = Value::Object(serde_json::Map::new());
        }
        spec["Labels"][KEY_LABEL] = Value::String(key.to_owned());
        spec
    }

    /// True where the engine's own rollback leads to exactly this image and nothing else. After a
    /// rollback of its own "previous" leads forward again: then never.
    pub(super) fn engine_goes_back_to(&self, image: &Image) -> bool {
        !self.update_state().starts_with("rollback") && self.previous_is_exactly(image)
    }

    /// True where the specification before this one is this one with that image, and nothing else.
    pub(super) fn previous_is_exactly(&self, image: &Image) -> bool {
        let Some(previous) = &self.previous else { return false };
        let expected = self.with_image(image, "");
        image_of(previous).is_some_and(|known| known == *image)
            && without_key(previous.clone()) == without_key(expected)
    }

    /// What the service is set to, as the port tells it.
    pub(super) fn running(&self) -> Running {
        Running {
            revision: self.image.revision(),
            version: self.image.version(),
            intent: self.intent(),
            since: self.since(),
        }
    }

    /// Since when this specification is set, where that can be said: the engine's `UpdatedAt` is of any
    /// write, its own bookkeeping included.
    fn since(&self) -> Option<Timestamp> {
        match (&self.update, &self.previous) {
            (Some(update), _) => update.started,
            (None, None) => self.created,
            (None, Some(_)) => None,
        }
    }

    /// What a plan pins: which service it is, and what decides what its tasks run. Not how many there
    /// are, nor labels, nor any counter: those change while nothing that matters does.
    fn intent(&self) -> Intent {
        let container = &self.spec["TaskTemplate"]["ContainerSpec"];
        let mut fields = BTreeMap::from([
            (IMAGE.to_owned(), self.image.to_string()),
            ("mode".to_owned(), mode_word(self.mode()).to_owned()),
            ("secrets".to_owned(), ids(&container["Secrets"], "SecretID")),
            ("configs".to_owned(), ids(&container["Configs"], "ConfigID")),
        ]);
        for (name, value) in [("environment", "Env"), ("command", "Command"), ("arguments", "Args")] {
            fields.insert(name.to_owned(), digest(&container[value]));
        }
        fields.insert("rest".to_owned(), digest(&self.rest()));
        Intent { identity: self.id.clone(), fields }
    }

    /// All that a plan does not pin by a name of its own, without what it does not pin at all.
    fn rest(&self) -> Value {
        let mut rest = self.spec.clone();
        if let Some(fields) = rest.as_object_mut() {
            fields.remove("Labels");
            fields.remove("Mode");
        }
        if let Some(task) = rest.pointer_mut("/TaskTemplate").and_then(Value::as_object_mut) {
            task.remove("ForceUpdate");
        }
        if let Some(container) = rest.pointer_mut("/TaskTemplate/ContainerSpec").and_then(Value::as_object_mut) {
            for named in ["Image", "Env", "Command", "Args", "Secrets", "Configs"] {
                container.remove(named);
            }
        }
        rest
    }
}

fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Replicated(_) => "replicated",
        Mode::Global => "global",
        Mode::Job => "job",
    }
}

/// The image of a specification.
pub(super) fn image_of(spec: &Value) -> Option<Image> {
    Image::read(spec.pointer(IMAGE_AT)?.as_str()?)
}

fn without_key(mut spec: Value) -> Value {
    if let Some(labels) = spec.get_mut("Labels").and_then(Value::as_object_mut) {
        labels.remove(KEY_LABEL);
    }
    spec
}

fn ids(list: &Value, name: &str) -> String {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut ids: Vec<&str> = list.iter().filter_map(|entry| entry[name].as_str()).collect();
    ids.sort_unstable();
    ids.join(" ")
}

/// Values may be secret, and long.
fn digest(value: &Value) -> String {
    if value.is_null() { String::new() } else { Digest::of(value.to_string().as_bytes()).to_string() }
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
