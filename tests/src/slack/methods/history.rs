//! Messages, read back.

use serde_json::json;

use super::channel_list::page;
use crate::slack::arguments::Arguments;
use crate::slack::refusal::{Answer, Refusal};
use crate::slack::world::{BOT_USER, Message, World};

pub(super) fn history(world: &mut World, arguments: &Arguments) -> Answer {
    let id = arguments.must("channel");
    world.joined(&id)?;
    let stands = |message: &&Message| {
        let reply = message.thread.as_ref().is_some_and(|first| *first != message.ts);
        message.channel == id && (!reply || message.broadcast)
    };
    let mut found: Vec<&Message> = world.messages.iter().filter(stands).collect();
    found.sort_by(|a, b| b.ts.cmp(&a.ts));
    answer(world, found, arguments)
}

pub(super) fn replies(world: &mut World, arguments: &Arguments) -> Answer {
    let (id, ts) = (arguments.must("channel"), arguments.must("ts"));
    if !world.channel(&id)?.has(BOT_USER) {
        return Err(Refusal::new("channel_not_found"));
    }
    world.message(&id, &ts).ok_or_else(|| Refusal::new("thread_not_found"))?;
    let of_thread =
        |message: &&Message| message.channel == id && (message.ts == ts || message.thread.as_ref() == Some(&ts));
    let mut found: Vec<&Message> = world.messages.iter().filter(of_thread).collect();
    found.sort_by(|a, b| a.ts.cmp(&b.ts));
    answer(world, found, arguments)
}

fn answer(world: &World, found: Vec<&Message>, arguments: &Arguments) -> Answer {
    let inclusive = arguments.flag("inclusive");
    for (name, code) in [("oldest", "invalid_ts_oldest"), ("latest", "invalid_ts_latest")] {
        if arguments.text(name).is_some_and(|ts| ts.parse::<f64>().is_err()) {
            return Err(Refusal::new(code));
        }
    }
    let (oldest, latest) = (arguments.text("oldest"), arguments.text("latest"));
    let after =
        |ts: &str| oldest.as_deref().is_none_or(|oldest| micros(ts) > micros(oldest) || inclusive && ts == oldest);
    let before =
        |ts: &str| latest.as_deref().is_none_or(|latest| micros(ts) < micros(latest) || inclusive && ts == latest);
    let with_metadata = arguments.flag("include_all_metadata");
    let messages: Vec<_> = found
        .into_iter()
        .filter(|message| !message.deleted && message.only_for.is_none() && after(&message.ts) && before(&message.ts))
        .map(|message| message.object(world, with_metadata))
        .collect();
    let (messages, next) = page(&messages, arguments)?;
    let more = !next.is_empty();
    Ok(json!({"messages": messages, "has_more": more, "pin_count": 0, "response_metadata": {"next_cursor": next}}))
}

/// Microseconds of a timestamp, exactly.
fn micros(ts: &str) -> u64 {
    let (seconds, rest) = ts.split_once('.').unwrap_or((ts, ""));
    format!("{seconds}{:0<6}", &rest[..rest.len().min(6)]).parse().unwrap_or(0)
}
