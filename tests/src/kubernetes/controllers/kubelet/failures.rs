//! Images that cannot be had, and containers that end: with pauses, again and again.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::containers::{Progress, running, terminated, waiting};
use crate::kubernetes::value::{number, text};
use crate::kubernetes::world::World;

/// The pause before a container is started again, in seconds, doubled each time to five minutes.
const BACK_OFF: i64 = 10;

/// `ErrImagePull` and `ImagePullBackOff` take turns.
pub(super) fn cannot_pull(container: &Value, known: Option<&Value>, now: &mut Progress) -> Value {
    let image = text(container, "/image");
    let tried = known.is_some_and(|known| text(known, "/state/waiting/reason").contains("Image"));
    let backing = known.is_some_and(|known| known["state"]["waiting"]["reason"] == "ImagePullBackOff");
    let words = format!(
        "failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": {image}: not found"
    );
    if !tried {
        now.events.push((
            "Warning",
            "Failed",
            format!("Failed to pull image \"{image}\": rpc error: code = NotFound desc = {words}"),
        ));
        now.again_after(SignedDuration::from_millis(20));
        let words = format!("rpc error: code = NotFound desc = {words}");
        return waiting(container, known, "ErrImagePull", &words);
    }
    if !backing {
        now.events.push(("Normal", "BackOff", format!("Back-off pulling image \"{image}\"")));
    }
    let words = format!("Back-off pulling image \"{image}\": ErrImagePull: rpc error: code = NotFound desc = {words}");
    waiting(container, known, "ImagePullBackOff", &words)
}

/// Starts, ends, waits longer and longer, starts again.
pub(super) fn crash(
    world: &World,
    pod: &Value,
    container: &Value,
    known: Option<&Value>,
    (code, reason): (i32, &str),
    lives: Option<std::time::Duration>,
    now: &mut Progress,
) -> Value {
    let lives =
        lives.map_or(SignedDuration::from_millis(5), |lives| SignedDuration::try_from(lives).unwrap_or_default());
    let restarts = known.map_or(0, |known| number(known, "/restartCount"));
    let uid = text(pod, "/metadata/uid");
    let name = text(container, "/name");
    let Some(since) = world.behaviours.started(uid, name) else {
        world.behaviours.start(uid, name, world.now());
        now.again_after(lives);
        return running(world, container, known, lives > SignedDuration::from_millis(100));
    };
    let age = world.now().duration_since(since);
    let pause = SignedDuration::from_secs((BACK_OFF << restarts.min(5)).min(300));
    let first = known.is_none_or(|known| number(known, "/restartCount") == 0 && known["lastState"] == json!({}));
    if age < lives {
        now.again_after(lives - age);
        return running(world, container, known, lives > SignedDuration::from_millis(100));
    }
    let is_running = known.is_some_and(|known| known["state"].get("running").is_some());
    if is_running {
        // The first restart comes at once, all others after a pause.
        let base = known.cloned().unwrap_or_default();
        let end = terminated(world, &base, code, reason);
        let mut status = waiting(container, known, "CrashLoopBackOff", "");
        status["lastState"] = json!({"terminated": end});
        if first {
            world.behaviours.start(uid, name, world.now());
            status["restartCount"] = json!(1);
            status["state"] = json!({"running": {"startedAt": world.time()}});
            status["started"] = json!(true);
            now.again_after(lives);
            return status;
        }
        let words = format!(
            "back-off {}s restarting failed container={name} pod={}_{}({uid})",
            pause.as_secs(),
            text(pod, "/metadata/name"),
            text(pod, "/metadata/namespace")
        );
        now.events.push((
            "Warning",
            "BackOff",
            format!(
                "Back-off restarting failed container {name} in pod {}_{}({uid})",
                text(pod, "/metadata/name"),
                text(pod, "/metadata/namespace")
            ),
        ));
        status["state"] = json!({"waiting": {"reason": "CrashLoopBackOff", "message": words}});
        now.again_after(pause);
        return status;
    }
    if age < lives + pause {
        now.again_after(lives + pause - age);
        return known.cloned().unwrap_or_default();
    }
    world.behaviours.start(uid, name, world.now());
    let mut status = running(world, container, known, false);
    status["restartCount"] = json!(restarts + 1);
    now.again_after(lives);
    status
}
