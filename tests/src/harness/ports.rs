//! All outside powers of one life.

use std::collections::BTreeMap;
use std::sync::Arc;

use commands::ports::{Chat, Clock, HookRunner, OnCall, Platform, Ports, Probe, Store};

use super::mortal::Mortal;
use super::{Life, PLATFORM, Scene};
use crate::fake::FaultyStore;

/// The powers of a scene, as one life has them.
pub(super) fn ports(scene: &Scene, life: &Arc<Life>, store: &Arc<FaultyStore>) -> Ports {
    let life = || Arc::clone(life);
    let platform = Mortal::<dyn Platform> { life: life(), power: Arc::clone(&scene.platform) as _ };
    let chat = Mortal::<dyn Chat> { life: life(), power: scene.stage.chat() };
    Ports {
        clock: Arc::new(Mortal::<dyn Clock> { life: life(), power: Arc::clone(&scene.clock) as _ }),
        store: Arc::clone(store) as Arc<dyn Store>,
        platforms: BTreeMap::from([(PLATFORM.into(), Arc::new(platform) as Arc<dyn Platform>)]),
        chats: vec![Arc::new(chat)],
        hooks: Arc::new(Mortal::<dyn HookRunner> { life: life(), power: Arc::clone(&scene.hooks) as _ }),
        probe: Arc::new(Mortal::<dyn Probe> { life: life(), power: Arc::clone(&scene.probe) as _ }),
        on_call: Arc::new(Mortal::<dyn OnCall> { life: life(), power: Arc::clone(&scene.on_call) as _ }),
    }
}
