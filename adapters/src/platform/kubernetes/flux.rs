//! Flux: when it takes a move back.

use commands::model::Note;
use jiff::{SignedDuration, Timestamp};
use kube::Client;
use kube::api::DynamicObject;
use serde_json::Value;

use super::cluster::within;
use super::resource::{self, HELM_RELEASES, KUSTOMIZATIONS, Resource};
use super::template::text;

/// When it looks at a workload again.
#[derive(Debug, PartialEq)]
enum Round {
    At(Timestamp),
    /// At some moment of this span: when it looked last is not known.
    Within(SignedDuration),
}

/// What a Kustomization does to a move.
pub(super) async fn look_at_kustomization(client: &Client, namespace: &str, name: &str, now: Timestamp) -> Note {
    let object = read(client, namespace, KUSTOMIZATIONS, name).await;
    note(object.as_ref(), "Kustomization", name, now)
}

/// What a HelmRelease does to a move: nothing before its next release, unless it corrects drift.
pub(super) async fn look_at_release(client: &Client, namespace: &str, name: &str, now: Timestamp) -> Note {
    let object = read(client, namespace, HELM_RELEASES, name).await;
    let corrects = |object: &DynamicObject| text(&object.data["spec"]["driftDetection"]["mode"]) == "enabled";
    if object.as_ref().is_none_or(corrects) {
        note(object.as_ref(), "HelmRelease", name, now)
    } else {
        Note::new("kubernetes-flux-release").with("name", name)
    }
}

/// What cannot be read, for whatever reason, is not known.
async fn read(client: &Client, namespace: &str, resource: Resource, name: &str) -> Option<DynamicObject> {
    let api = resource::within(client, namespace, resource);
    within("read the owner of a workload", api.get(name)).await.ok()
}

/// Flux reverts at its next round, unless it is suspended.
fn note(object: Option<&DynamicObject>, kind: &str, name: &str, now: Timestamp) -> Note {
    let about = |code: &'static str| Note::new(code).with("kind", kind).with("name", name);
    let Some(object) = object else { return about("kubernetes-flux-unread") };
    if object.data["spec"]["suspend"].as_bool() == Some(true) {
        return about("kubernetes-flux-suspended");
    }
    match next_round(&object.data, now) {
        Some(Round::At(when)) => about("kubernetes-flux").with("when", when.strftime("%H:%M:%S UTC")),
        Some(Round::Within(span)) => about("kubernetes-flux-within").with("interval", format!("{span:#}")),
        None => about("kubernetes-flux-unread"),
    }
}

/// An interval after the last round that is known. Not every round leaves its time behind (conditions keep
/// the time at which they last changed), so one that would be over by now tells nothing of when the next is.
fn next_round(object: &Value, now: Timestamp) -> Option<Round> {
    let every = interval(text(&object["spec"]["interval"]))?;
    let next = last_round(&object["status"], now).and_then(|last| last.checked_add(every).ok());
    Some(next.filter(|next| *next > now).map_or(Round::Within(every), Round::At))
}

/// The newest sign of a round.
fn last_round(status: &Value, now: Timestamp) -> Option<Timestamp> {
    let rounds = status["history"].as_array().into_iter().flatten().map(|entry| &entry["lastReconciled"]);
    let conditions = status["conditions"].as_array().into_iter().flatten().map(|entry| &entry["lastTransitionTime"]);
    let handled = [&status["lastHandledReconcileAt"]];
    let times = rounds.chain(conditions).chain(handled).filter_map(|time| time.as_str()?.parse::<Timestamp>().ok());
    times.filter(|time| *time <= now).max()
}

/// Go's way to write a span of time: `1h30m`, `90s`; at least one second.
fn interval(text: &str) -> Option<SignedDuration> {
    text.parse().ok().filter(|span: &SignedDuration| span.as_secs() >= 1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(interval: &str, status: Value, suspend: bool) -> Note {
        let object = json!({
            "metadata": {"name": "apps"}, "spec": {"interval": interval, "suspend": suspend}, "status": status,
        });
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        note(Some(&object), "Kustomization", "apps", "2024-01-15T12:05:30Z".parse().unwrap())
    }

    fn ready_since(time: &str) -> Value {
        json!({"conditions": [{"type": "Ready", "lastTransitionTime": time}]})
    }

    #[test]
    fn k10_the_next_round_is_told_to_the_second_while_it_is_known() {
        let note = told("10m0s", ready_since("2024-01-15T12:03:00Z"), false);
        assert_eq!((note.code.as_str(), note.arguments["when"].as_str()), ("kubernetes-flux", "12:13:00 UTC"));
        let mut newer = ready_since("2024-01-15T08:03:00Z");
        newer["history"] = json!([{"lastReconciled": "2024-01-15T12:04:00Z"}]);
        assert_eq!(told("10m0s", newer, false).arguments["when"], "12:14:00 UTC");
    }

    #[test]
    fn no_moment_is_made_up_of_an_old_one() {
        for status in [ready_since("2024-01-15T08:03:00Z"), ready_since("2024-01-15T11:55:30Z"), json!({})] {
            let note = told("10m0s", status, false);
            let code = "kubernetes-flux-within";
            assert_eq!((note.code.as_str(), note.arguments["interval"].as_str()), (code, "10m"));
        }
        assert_eq!(told("1h30m", json!({}), false).arguments["interval"], "1h 30m");
    }

    #[test]
    fn what_is_suspended_comes_round_no_more() {
        assert_eq!(told("10m", ready_since("2024-01-15T12:03:00Z"), true).code, "kubernetes-flux-suspended");
    }

    #[test]
    fn an_interval_of_nothing_tells_nothing() {
        for interval in ["0s", "soon", ""] {
            assert_eq!(told(interval, ready_since("2024-01-15T12:03:00Z"), false).code, "kubernetes-flux-unread");
        }
    }
}
