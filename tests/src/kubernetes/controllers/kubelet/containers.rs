//! The containers of a pod: which may start, and what each says of itself.

use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::failures::{cannot_pull, crash};
use crate::kubernetes::behaviour::PodBehaviour;
use crate::kubernetes::value::{flag, list, number, text};
use crate::kubernetes::world::World;

/// What comes of one look at the containers of a pod.
pub(super) struct Progress {
    pub(super) wait: Option<SignedDuration>,
    pub(super) statuses: Vec<Value>,
    pub(super) events: Vec<(&'static str, &'static str, String)>,
}

impl Progress {
    pub(super) fn again_after(&mut self, wait: SignedDuration) {
        self.wait = Some(self.wait.map_or(wait, |earlier| earlier.min(wait)));
    }
}

/// Whether the pod's turn goes on to the next kind of containers.
pub(super) fn containers(
    world: &World,
    pod: &Value,
    list_of: &str,
    statuses: &str,
    may_start: bool,
    now: &mut Progress,
) -> bool {
    let once = list_of == "initContainers";
    let mut may_start = may_start;
    for container in list(pod, &format!("/spec/{list_of}")) {
        let name = text(container, "/name");
        let known = list(pod, &format!("/status/{statuses}")).iter().find(|status| status["name"] == name);
        let status = if may_start {
            let sidecar = text(container, "/restartPolicy") == "Always";
            one(world, pod, container, known, once && !sidecar, now)
        } else {
            waiting(container, known, "PodInitializing", "")
        };
        if once {
            may_start &= text(&status, "/state/terminated/reason") == "Completed" || flag(&status, "/started");
        }
        now.statuses.push(status);
    }
    may_start
}

fn base(container: &Value, known: Option<&Value>) -> Value {
    let mut status = json!({"name": container["name"], "image": container["image"], "imageID": "", "ready": false,
                            "started": false, "restartCount": 0, "lastState": {}});
    for key in ["restartCount", "lastState", "imageID", "containerID"] {
        if let Some(value) = known.and_then(|known| known.get(key)) {
            status[key] = value.clone();
        }
    }
    status
}

pub(super) fn waiting(container: &Value, known: Option<&Value>, reason: &str, message: &str) -> Value {
    let mut status = base(container, known);
    status["state"] = json!({"waiting": {"reason": reason}});
    if !message.is_empty() {
        status["state"]["waiting"]["message"] = json!(message);
    }
    status
}

/// The digest that an image of this name has.
pub(crate) fn digest_of(image: &str) -> String {
    if let Some((_, digest)) = image.split_once('@') {
        return digest.to_owned();
    }
    let hex: String = Sha256::digest(image.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

fn repository(image: &str) -> &str {
    let bare = image.split('@').next().unwrap_or(image);
    match bare.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => bare,
    }
}

pub(super) fn running(world: &World, container: &Value, known: Option<&Value>, ready: bool) -> Value {
    let image = text(container, "/image");
    let mut status = base(container, known);
    let digest = world.behaviours.digest(image).unwrap_or_else(|| digest_of(image));
    status["imageID"] = json!(format!("{}@{digest}", repository(image)));
    status["containerID"] =
        json!(format!("containerd://{}", &digest_of(&format!("{digest}{}", number(&status, "/restartCount")))[7..]));
    let since = known.and_then(|known| known["state"].get("running")).cloned();
    status["state"] = json!({"running": since.unwrap_or_else(|| json!({"startedAt": world.time()}))});
    status["ready"] = json!(ready);
    status["started"] = json!(true);
    status
}

pub(super) fn terminated(world: &World, status: &Value, code: i32, reason: &str) -> Value {
    let started = text(status, "/state/running/startedAt");
    let started = if started.is_empty() { world.time() } else { started.to_owned() };
    json!({"exitCode": code, "reason": reason, "startedAt": started, "finishedAt": world.time(),
           "containerID": status["containerID"]})
}

/// One look at one container.
fn one(world: &World, pod: &Value, container: &Value, known: Option<&Value>, once: bool, now: &mut Progress) -> Value {
    let image = text(container, "/image");
    let behaviour = world.behaviours.of(image);
    match behaviour {
        PodBehaviour::ReadyAfter(after) => {
            let ready_after =
                if once { SignedDuration::ZERO } else { SignedDuration::try_from(after).unwrap_or_default() };
            let age = age_of(world, pod);
            if age < ready_after {
                now.again_after(ready_after - age);
                // Slow ones run, and are not ready yet.
                let slow = ready_after > SignedDuration::from_millis(200);
                return if slow {
                    running(world, container, known, false)
                } else {
                    waiting(container, known, "ContainerCreating", "")
                };
            }
            let mut status = running(world, container, known, true);
            if once {
                status["state"] = json!({"terminated": terminated(world, &status, 0, "Completed")});
                if let Some(known) = known.filter(|known| known["state"].get("terminated").is_some()) {
                    status["state"] = known["state"].clone();
                }
                status["started"] = json!(false);
            }
            status
        }
        PodBehaviour::NeverReady => running(world, container, known, false),
        PodBehaviour::Crashes(code) => crash(world, pod, container, known, (code, "Error"), None, now),
        PodBehaviour::OutOfMemory => crash(world, pod, container, known, (137, "OOMKilled"), None, now),
        PodBehaviour::CrashesAfter(after) => crash(world, pod, container, known, (1, "Error"), Some(after), now),
        PodBehaviour::CannotPull => cannot_pull(container, known, now),
        PodBehaviour::InvalidImageName => {
            let words = format!(
                "Failed to apply default image tag \"{image}\": couldn't parse image name \"{image}\": invalid reference format"
            );
            now.events.push(("Warning", "InspectFailed", words.clone()));
            waiting(container, known, "InvalidImageName", &words)
        }
        PodBehaviour::NeverPulled => {
            let words = format!("Container image \"{image}\" is not present with pull policy of Never");
            now.events.push(("Warning", "ErrImageNeverPull", words.clone()));
            waiting(container, known, "ErrImageNeverPull", &words)
        }
        PodBehaviour::ConfigMissing(name) => {
            let words = format!("configmap \"{name}\" not found");
            now.events.push(("Warning", "Failed", format!("Error: {words}")));
            waiting(container, known, "CreateContainerConfigError", &words)
        }
        PodBehaviour::Unschedulable | PodBehaviour::Stuck => waiting(container, known, "ContainerCreating", ""),
    }
}

fn age_of(world: &World, pod: &Value) -> SignedDuration {
    // Objects tell times to the second; the model remembers better.
    world.now().duration_since(world.behaviours.born(text(pod, "/metadata/uid")))
}
