//! The outside powers as one life of an engine has them: nothing of a dead engine reaches them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use commands::model::{
    ChatName, CleanUpOrder, Findings, Hook, HookAnswer, HookCall, Message, MoveOrder, Observation, ReplyHandle,
    RoleAnswer, Service, Target, TargetPlan, Trouble, Version,
};
use commands::ports::{
    Candidate, Chat, ChatError, Clock, Examination, Furniture, HookError, HookRunner, Monotonic, OnCall, OnCallError,
    Platform, PlatformError, Probe, ProbeAnswer, ProbeError, Resolution, Room, RoomWish, Running, Showing,
};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use jiff::Timestamp;

use super::Life;

/// A power, as one life has it.
pub(super) struct Mortal<P: ?Sized> {
    pub(super) life: Arc<Life>,
    pub(super) power: Arc<P>,
}

#[async_trait]
impl Clock for Mortal<dyn Clock> {
    fn now(&self) -> Timestamp {
        self.power.now()
    }

    fn monotonic(&self) -> Monotonic {
        self.power.monotonic()
    }

    async fn sleep_until(&self, when: Monotonic) {
        self.life.live(self.power.sleep_until(when)).await;
    }
}

#[async_trait]
impl Platform for Mortal<dyn Platform> {
    fn check_address(&self, target: &Target) -> Result<(), PlatformError> {
        self.power.check_address(target)
    }

    async fn current(&self, target: &Target) -> Result<Running, PlatformError> {
        self.life.live(self.power.current(target)).await
    }

    async fn history(&self, target: &Target) -> Result<Vec<Candidate>, PlatformError> {
        self.life.live(self.power.history(target)).await
    }

    async fn resolve(&self, target: &Target, version: &Version) -> Result<Resolution, PlatformError> {
        self.life.live(self.power.resolve(target, version)).await
    }

    async fn examine(&self, target: &Target, running: &Running, to: &Candidate) -> Result<Examination, PlatformError> {
        self.life.live(self.power.examine(target, running, to)).await
    }

    async fn move_to(&self, order: &MoveOrder<'_>) -> Result<Findings, PlatformError> {
        self.life.live(self.power.move_to(order)).await
    }

    async fn clean_up(&self, order: &CleanUpOrder<'_>) -> Result<Findings, PlatformError> {
        self.life.live(self.power.clean_up(order)).await
    }

    fn observe<'a>(&'a self, target: &'a Target, plan: &'a TargetPlan) -> BoxStream<'a, Observation> {
        let looks = self.power.observe(target, plan);
        looks.then(move |seen| self.life.live(std::future::ready(seen))).boxed()
    }
}

#[async_trait]
impl HookRunner for Mortal<dyn HookRunner> {
    async fn call(&self, hook: &Hook, call: &HookCall) -> Result<HookAnswer, HookError> {
        self.life.live(self.power.call(hook, call)).await
    }
}

#[async_trait]
impl Probe for Mortal<dyn Probe> {
    async fn get(&self, url: &str, within: Duration) -> Result<ProbeAnswer, ProbeError> {
        self.life.live(self.power.get(url, within)).await
    }
}

#[async_trait]
impl OnCall for Mortal<dyn OnCall> {
    async fn on_call(&self, service: &Service) -> Result<RoleAnswer, OnCallError> {
        self.life.live(self.power.on_call(service)).await
    }
}

#[async_trait]
impl Chat for Mortal<dyn Chat> {
    fn name(&self) -> &ChatName {
        self.power.name()
    }

    async fn ensure_room(&self, wish: &RoomWish) -> Result<Room, ChatError> {
        self.life.live(self.power.ensure_room(wish)).await
    }

    async fn show(&self, showing: &Showing<'_>) -> Result<String, ChatError> {
        self.life.live(self.power.show(showing)).await
    }

    async fn find(&self, room: &str, attempt: &str) -> Result<Option<String>, ChatError> {
        self.life.live(self.power.find(room, attempt)).await
    }

    fn thread_of(&self, room: &str, message: &str) -> Option<String> {
        self.power.thread_of(room, message)
    }

    fn furnishes(&self) -> bool {
        self.power.furnishes()
    }

    async fn furnish(&self, room: &str, furniture: &Furniture) -> Result<Vec<Trouble>, ChatError> {
        self.life.live(self.power.furnish(room, furniture)).await
    }

    async fn archive(&self, room: &str) -> Result<(), ChatError> {
        self.life.live(self.power.archive(room)).await
    }

    async fn answer(&self, reply: &ReplyHandle, content: &Message) -> Result<(), ChatError> {
        self.life.live(self.power.answer(reply, content)).await
    }
}
