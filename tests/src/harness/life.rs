//! One life of one engine: it lives, stalls as a stopped process does, or is dead.

use std::sync::Arc;

use tokio::sync::watch;

use crate::fake::FaultyStore;

/// How an engine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vital {
    /// It works.
    Alive,
    /// Nothing of it goes on until it is woken: a stopped process, a machine that sleeps.
    Stalled,
    /// It was killed: nothing of it ever goes on.
    Dead,
}

/// One life. Whatever an engine asks of the outside world goes through it.
pub struct Life {
    vital: watch::Sender<Vital>,
    store: Arc<FaultyStore>,
}

impl Life {
    /// A life that ends, too, when this store dies.
    #[must_use]
    pub fn new(store: Arc<FaultyStore>) -> Arc<Self> {
        Arc::new(Self { vital: watch::Sender::new(Vital::Alive), store })
    }

    /// Kills it, stalls it, or wakes it. The dead stay dead.
    pub fn set(&self, vital: Vital) {
        self.vital.send_if_modified(|now| {
            let changes = *now != Vital::Dead && *now != vital;
            if changes {
                *now = vital;
            }
            changes
        });
    }

    /// Whether it was killed, by the test or by its store.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.store.is_dead() || *self.vital.borrow() == Vital::Dead
    }

    /// Does something in life only: what is on its way at a death ends there, and what is said to a
    /// stalled engine is heard when it wakes.
    pub async fn live<T>(&self, doing: impl Future<Output = T>) -> T {
        self.awake().await;
        let done = tokio::select! {
            biased;
            () = self.died() => std::future::pending().await,
            done = doing => done,
        };
        self.awake().await;
        done
    }

    /// Returns when it is dead.
    pub async fn died(&self) {
        let mut vital = self.vital.subscribe();
        tokio::select! {
            () = self.store.died() => {}
            _ = vital.wait_for(|vital| *vital == Vital::Dead) => {}
        }
    }

    /// Returns while it is alive.
    async fn awake(&self) {
        if self.store.is_dead() {
            std::future::pending::<()>().await;
        }
        let mut vital = self.vital.subscribe();
        // The sender lives as long as this value, so waiting cannot fail.
        let _ = vital.wait_for(|vital| *vital == Vital::Alive).await;
    }
}
