//! Watches: what changed since a version, one JSON object a line.
//!
//! After `staging/src/k8s.io/apiserver/pkg/storage/cacher/cacher.go` and `…/endpoints/handlers/watch.go`
//! (1.36): a version that is compacted is told by an `ERROR` event after a `200`, never by the status; an
//! object that leaves or enters what is selected is `DELETED` or `ADDED`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::request::{Place, Request};
use super::{Shared, reads};
use crate::kubernetes::refusal::Refusal;
use crate::kubernetes::selectors::Selector;
use crate::kubernetes::store::Change;
use crate::kubernetes::value::{set, text};

/// How a watch that is open ends before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupt {
    /// The connection breaks in the middle.
    Cut,
    /// The server ends it in good order, as it does every few minutes.
    End,
    /// An `ERROR` event says that the version is too old, and the watch ends.
    Gone,
    /// It goes on, and a bookmark tells the version.
    Bookmark,
    /// It stays open and never tells anything more, as behind a proxy that lost its other end.
    Silence,
}

/// Something that happens to the watches that are open now.
#[derive(Debug, Clone)]
pub(crate) struct Interruption {
    pub(crate) plural: String,
    pub(crate) how: Interrupt,
}

/// How often a bookmark comes by itself if versions have passed. The real server's period is a minute.
const BOOKMARKS: Duration = Duration::from_secs(1);

/// A watch that is open.
struct Watch {
    shared: Shared,
    news: tokio::sync::watch::Receiver<u64>,
    place: Place,
    selector: Selector,
    /// The last version that was looked at.
    seen: u64,
    /// The last version that was told.
    told: u64,
    /// How many interruptions there had been.
    interrupted: usize,
    waiting: VecDeque<Result<Bytes, std::io::Error>>,
    bookmarks: bool,
    bookmark_at: Instant,
    ends_at: Option<Instant>,
    ended: bool,
    silent: bool,
}

pub(super) fn watch(shared: &Shared, place: &Place, request: &Request) -> Result<Response, Refusal> {
    let world = shared.world();
    let (selector, objects) = reads::selected(&world, place, request)?;
    let streams = request.says("sendInitialEvents");
    if streams && !world.streams_lists {
        let cause = crate::kubernetes::refusal::Cause {
            field: "sendInitialEvents".into(),
            reason: "FieldValueForbidden",
            words: "Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"
                .into(),
        };
        let mut refusal = Refusal::invalid(place.kind, "", &[cause]);
        refusal.message = format!(
            "ListOptions.meta.k8s.io \"\" is invalid: {}",
            "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"
        );
        return Err(refusal);
    }
    let now = world.store.version();
    let asked = request.asks("resourceVersion");
    let from: u64 = match asked {
        "" | "0" => now,
        _ if streams => now,
        version => version
            .parse()
            .map_err(|_| Refusal::bad_request(format!("strconv.ParseUint: parsing \"{version}\": invalid syntax")))?,
    };
    let seconds: Option<u64> = request.asks("timeoutSeconds").parse().ok();
    let mut watch = Watch {
        shared: shared.clone(),
        news: world.store.news(),
        place: place.clone(),
        selector,
        seen: from,
        told: from,
        interrupted: world.interruptions.len(),
        waiting: VecDeque::new(),
        bookmarks: request.says("allowWatchBookmarks"),
        bookmark_at: Instant::now() + BOOKMARKS,
        ends_at: seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds)),
        ended: false,
        silent: false,
    };
    drop(world);
    if matches!(asked, "" | "0") || streams {
        objects.iter().for_each(|object| watch.tell("ADDED", object));
    }
    if streams {
        watch.bookmark(true);
    }
    let lines = stream::unfold(watch, async |mut watch| {
        let line = watch.next().await?;
        Some((line, watch))
    });
    Ok(([(header::CONTENT_TYPE, "application/json")], Body::from_stream(lines)).into_response())
}

impl Watch {
    async fn next(&mut self) -> Option<Result<Bytes, std::io::Error>> {
        loop {
            if let Some(line) = self.waiting.pop_front() {
                return Some(line);
            }
            if self.ended {
                return None;
            }
            self.news.mark_unchanged();
            self.look();
            if !self.waiting.is_empty() || self.ended {
                continue;
            }
            let end = self.ends_at.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
            tokio::select! {
                changed = self.news.changed() => if changed.is_err() { return None },
                () = tokio::time::sleep_until(end) => self.ended = true,
                () = tokio::time::sleep_until(self.bookmark_at) => {
                    self.bookmark_at = Instant::now() + BOOKMARKS;
                    if self.seen > self.told {
                        self.bookmark(false);
                    }
                }
            }
        }
    }

    /// Looks at what is new.
    fn look(&mut self) {
        let shared = self.shared.clone();
        let world = shared.world();
        let Some(changes) = world.store.since(self.seen) else {
            let words = format!("too old resource version: {} ({})", self.seen, world.store.compacted());
            self.end_with(&Refusal::expired(words));
            return;
        };
        let mine: Vec<Change> = changes.filter(|change| self.is_mine(change)).cloned().collect();
        self.seen = world.store.version();
        let interruptions: Vec<Interruption> = world.interruptions[self.interrupted..].to_vec();
        self.interrupted = world.interruptions.len();
        drop(world);
        mine.iter().for_each(|change| self.tell_change(change));
        let concerned = interruptions.iter().filter(|one| one.plural == "*" || one.plural == self.place.kind.plural);
        for interruption in concerned.collect::<Vec<_>>() {
            match interruption.how {
                Interrupt::End => self.ended = true,
                Interrupt::Bookmark => self.bookmark(false),
                Interrupt::Silence => self.silent = true,
                Interrupt::Gone => {
                    let words = format!("too old resource version: {} ({})", self.told, self.seen);
                    self.end_with(&Refusal::expired(words));
                }
                Interrupt::Cut => {
                    self.ended = true;
                    self.waiting.push_back(Err(std::io::Error::other("the connection is cut")));
                }
            }
        }
    }

    fn is_mine(&self, change: &Change) -> bool {
        let (key, place) = (&change.key, &self.place);
        (key.group, key.plural) == (place.kind.group, place.kind.plural)
            && (place.namespace.is_empty() || key.namespace == place.namespace)
            && (place.name.is_empty() || key.name == place.name)
    }

    fn tell_change(&mut self, change: &Change) {
        let before = change.before.as_ref().is_some_and(|before| self.selector.takes(before));
        let now = !change.deleted && self.selector.takes(&change.object);
        match (before, now) {
            (false, true) => self.tell("ADDED", &change.object),
            (true, true) => self.tell("MODIFIED", &change.object),
            (true, false) => {
                // What it was when it still was selected, with the version of the change.
                let mut last = (**change.before.as_ref().unwrap_or(&change.object)).clone();
                set(&mut last, &["metadata", "resourceVersion"], json!(change.version.to_string()));
                self.tell("DELETED", &Arc::new(last));
            }
            (false, false) => {}
        }
    }

    fn tell(&mut self, what: &str, object: &Arc<Value>) {
        self.told = text(object, "/metadata/resourceVersion").parse().unwrap_or(self.told).max(self.told);
        self.line(&json!({"type": what, "object": object}));
    }

    fn bookmark(&mut self, initial: bool) {
        if !self.bookmarks {
            return;
        }
        let kind = self.place.kind;
        let mut object = json!({"kind": kind.name, "apiVersion": kind.api_version(), "metadata": {
            "resourceVersion": self.seen.to_string(), "creationTimestamp": null}});
        if initial {
            object["metadata"]["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        self.told = self.seen;
        self.line(&json!({"type": "BOOKMARK", "object": object}));
    }

    fn end_with(&mut self, refusal: &Refusal) {
        self.line(&json!({"type": "ERROR", "object": refusal.status()}));
        self.ended = true;
    }

    fn line(&mut self, event: &Value) {
        if self.silent {
            return;
        }
        self.waiting.push_back(Ok(Bytes::from(format!("{event}\n"))));
    }
}
