//! What comes in: stored before it is acknowledged, handled at least once, answered at most once.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Engine;
use crate::handle;
use crate::model::{Invocation, Message, Note};
use crate::notify::answer as say;

impl Engine {
    /// Handles what was stored and not handled before a restart, then what arrives, each in a task of
    /// its own: a slow platform must not hold up the next click. Now and then it looks for what another
    /// replica took and left, or what the log failed.
    pub(super) async fn handle_arrivals(self: Arc<Self>, stop: CancellationToken) {
        let Some(mut arrivals) = self.waiting.lock().await.take() else { return };
        let tasks = TaskTracker::new();
        self.sweep(&tasks, jiff::SignedDuration::ZERO).await;
        loop {
            let clock = &self.ports.clock;
            let term = self.settings().pace.lease_term;
            tokio::select! {
                () = stop.cancelled() => break,
                invocation = arrivals.recv() => match invocation {
                    Some(invocation) => self.begin(&tasks, invocation),
                    None => break,
                },
                () = clock.sleep_until(clock.monotonic().after(term)) => {
                    let old_enough = jiff::SignedDuration::try_from(term).unwrap_or_default();
                    self.sweep(&tasks, old_enough).await;
                }
            }
        }
        tasks.close();
        tasks.wait().await;
    }

    /// What has waited this long, and is not being handled here. Another replica may be at it: what it
    /// does is done once all the same, since the commit says so.
    async fn sweep(self: &Arc<Self>, tasks: &TaskTracker, waited: jiff::SignedDuration) {
        let now = self.ports.clock.now();
        match self.ports.store.unhandled().await {
            Ok(left) => {
                let old = left.into_iter().filter(|invocation| now.duration_since(invocation.received_at) >= waited);
                old.for_each(|invocation| self.begin(tasks, invocation));
            }
            Err(error) => tracing::error!(%error, "what was not handled cannot be read"),
        }
        self.forget_what_is_old().await;
    }

    fn begin(self: &Arc<Self>, tasks: &TaskTracker, invocation: Invocation) {
        if self.handling.insert(invocation.key.clone()) {
            tasks.spawn(Arc::clone(self).handle_one(invocation));
        }
    }

    async fn handle_one(self: Arc<Self>, invocation: Invocation) {
        let key = invocation.key.clone();
        let answer = AssertUnwindSafe(handle::handle(&self, &invocation)).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!(key, "a command panicked; it is not tried again");
            Some(say::refused(&Note::new("command-panicked"), &[]))
        });
        if let Some(answer) = answer {
            self.answer(&invocation, &answer).await;
        }
        self.handling.remove(&key);
    }

    async fn answer(&self, invocation: &Invocation, answer: &Message) {
        let key = &invocation.key;
        // From here on it is handled; an answer that gets lost now is not sent again.
        if let Err(error) = self.ports.store.handled(key).await {
            tracing::error!(key, %error, "an invocation could not be marked as handled");
        }
        let Some(chat) = self.ports.chat(invocation.chat()) else { return };
        if let Err(error) = chat.answer(&invocation.reply, answer).await {
            tracing::warn!(key, %error, "an answer was not delivered");
        }
    }
}
