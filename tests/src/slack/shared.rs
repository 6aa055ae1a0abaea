//! What all parts of the fake hold together.

use std::sync::{Mutex, MutexGuard};

use tokio::sync::watch;

use super::deliver::{SignedRequest, Transport};
use super::socket::Sockets;
use super::world::World;

/// The world, and how it is reached.
pub(crate) struct Shared {
    world: Mutex<World>,
    changes: watch::Sender<u64>,
    pub transport: Mutex<Transport>,
    /// Every signed request that was sent.
    pub sent: Mutex<Vec<SignedRequest>>,
    pub sockets: Sockets,
    pub client: reqwest::Client,
}

impl Shared {
    /// Around this world, with nobody to deliver to yet.
    pub fn new(world: World) -> Self {
        // A client wants one although it never leaves loopback; who came first is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        Self {
            world: Mutex::new(world),
            changes: watch::Sender::new(0),
            transport: Mutex::new(Transport::Socket),
            sent: Mutex::default(),
            sockets: Sockets::default(),
            client: client.build().expect("a client needs nothing"),
        }
    }

    /// The world, for a moment.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("no rule of the fake panics")
    }

    /// Tells whoever waits that something may have changed.
    pub fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Sees every change from now on.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
