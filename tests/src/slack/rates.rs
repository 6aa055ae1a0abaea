//! How often a method may be called. Published: tiers 2 to 4 are 20, 50 and 100 a minute for each
//! method, workspace and application; a channel takes one message a second, with short bursts.
//!
//! The fake counts the calls of the last minute, which is the strictest reading: who passes here passes
//! with every other way of counting.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use commands::ports::Monotonic;

use super::rules::Rules;

/// A class of methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tier {
    /// 20 a minute.
    Two,
    /// 50 a minute.
    Three,
    /// 100 a minute.
    Four,
    /// A rule of its own; here, none but that for messages.
    Special,
}

impl Tier {
    /// Calls in a minute.
    pub fn a_minute(self) -> Option<usize> {
        match self {
            Tier::Two => Some(20),
            Tier::Three => Some(50),
            Tier::Four => Some(100),
            Tier::Special => None,
        }
    }

    /// As the reference writes it.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Two => "t2",
            Tier::Three => "t3",
            Tier::Four => "t4",
            Tier::Special => "t5",
        }
    }
}

const MINUTE: Duration = Duration::from_secs(60);

/// When what was called.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    calls: BTreeMap<String, VecDeque<Monotonic>>,
}

impl Rates {
    /// Counts a call of this method, or says after how many seconds it may be tried.
    pub fn call(&mut self, rules: &Rules, now: Monotonic, method: &str, tier: Tier) -> Result<(), u64> {
        let Some(most) = tier.a_minute().filter(|_| rules.rates) else { return Ok(()) };
        self.room(method, now, most, MINUTE)?;
        self.count(method, now);
        Ok(())
    }

    /// Counts a message to this channel, or says after how many seconds it may be tried.
    pub fn message(&mut self, rules: &Rules, now: Monotonic, channel: &str) -> Result<(), u64> {
        if !rules.rates {
            return Ok(());
        }
        let key = format!("message to {channel}");
        let burst = u32::try_from(rules.message_burst).unwrap_or(u32::MAX);
        self.room(&key, now, rules.message_burst, Duration::from_secs(1) * burst)?;
        self.room("messages", now, rules.messages_a_minute, MINUTE)?;
        self.count(&key, now);
        self.count("messages", now);
        Ok(())
    }

    fn room(&mut self, key: &str, now: Monotonic, most: usize, window: Duration) -> Result<(), u64> {
        let calls = self.calls.entry(key.to_owned()).or_default();
        while calls.front().is_some_and(|first| now.since(*first) >= window) {
            calls.pop_front();
        }
        match calls.front() {
            Some(first) if calls.len() >= most => {
                let left = window.saturating_sub(now.since(*first));
                Err((left.as_secs() + u64::from(left.subsec_nanos() > 0)).max(1))
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, key: &str, now: Monotonic) {
        self.calls.entry(key.to_owned()).or_default().push_back(now);
    }
}
