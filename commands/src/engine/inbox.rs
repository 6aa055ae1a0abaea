//! What comes in: stored before it is acknowledged, handled at least once, answered at most once.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Engine;
use crate::handle;
use crate::model::Invocation;

/// For how long the keys of handled invocations are remembered: longer than any chat delivers twice.
const REMEMBER: jiff::SignedDuration = jiff::SignedDuration::from_hours(48);

impl Engine {
    /// Handles what was stored and not handled before a restart, then what arrives, each in a task of
    /// its own: a slow platform must not hold up the next click.
    pub(super) async fn handle_arrivals(self: Arc<Self>, stop: CancellationToken) {
        let Some(mut arrivals) = self.waiting.lock().await.take() else { return };
        let tasks = TaskTracker::new();
        match self.ports.store.unhandled().await {
            Ok(left) => {
                for invocation in left {
                    tasks.spawn(Arc::clone(&self).handle_one(invocation));
                }
            }
            Err(error) => tracing::error!(%error, "what was not handled before the restart cannot be read"),
        }
        let horizon = self.ports.clock.now() - REMEMBER;
        if let Err(error) = self.ports.store.forget_invocations(horizon).await {
            tracing::warn!(%error, "old invocations could not be forgotten");
        }
        loop {
            let invocation = tokio::select! {
                () = stop.cancelled() => break,
                invocation = arrivals.recv() => invocation,
            };
            let Some(invocation) = invocation else { break };
            tasks.spawn(Arc::clone(&self).handle_one(invocation));
        }
        tasks.close();
        tasks.wait().await;
    }

    async fn handle_one(self: Arc<Self>, invocation: Invocation) {
        let key = invocation.key.clone();
        let Some(answer) = handle::handle(&self, &invocation).await else { return };
        // From here on it is handled; an answer that gets lost now is not sent again.
        if let Err(error) = self.ports.store.handled(&key).await {
            tracing::error!(key, %error, "an invocation could not be marked as handled");
        }
        let Some(chat) = self.ports.chat(invocation.chat()) else { return };
        if let Err(error) = chat.answer(&invocation.reply, &answer).await {
            tracing::warn!(key, %error, "an answer was not delivered");
        }
    }
}
