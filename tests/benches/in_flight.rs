//! Many rollbacks at once in one process: `cargo bench -p switchback-tests --bench in_flight`. Memory and
//! time for each event must grow linearly. Each size runs in a process of its own.

mod common;

use std::process::Command;
use std::time::{Duration, Instant};

use commands::model::{Sequence, StreamId};
use commands::ports::Store as _;
use common::{Bot, Outcome, approve, processor_time, resident, say};

const SIZES: [usize; 3] = [250, 500, 1000];
const CHECKS: &str = "health = { url = \"{endpoint}/health\" }\nwindow = \"1s\"\ninterval = \"1s\"";

/// Long enough that the last has begun to hold before the first has ended.
const TIMING: &str = "hold = \"4m\"";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome {
    let size = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    match size {
        Some(size) => measure(size).await,
        None => compare(),
    }
}

/// One process for each size, and how what they take grows.
fn compare() -> Outcome {
    let mut figures: Vec<[f64; 3]> = Vec::new();
    for size in SIZES {
        let output = Command::new(std::env::current_exe()?).arg(size.to_string()).output()?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            return Err(format!("{size}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        let (words, numbers) = printed.trim_end().rsplit_once(" | ").ok_or("no figures")?;
        say(words)?;
        let numbers: Vec<f64> = numbers.split(' ').filter_map(|number| number.parse().ok()).collect();
        figures.push(numbers.try_into().map_err(|_| "three figures were expected")?);
    }
    for (pair, sizes) in figures.windows(2).zip(SIZES.windows(2)) {
        let grown = |index: usize| pair[1][index] / pair[0][index];
        say(&format!(
            "{} → {}: memory for each × {:.2}, time for each event × {:.2}, processor time for each event × {:.2}",
            sizes[0],
            sizes[1],
            grown(0),
            grown(1),
            grown(2)
        ))?;
    }
    Ok(())
}

/// Brings so many to their hold, all at the same time.
async fn measure(size: usize) -> Outcome {
    let mut bot = Bot::start(size, CHECKS, TIMING).await?;
    let (memory, worked, begun) = (resident()?, processor_time()?, Instant::now());
    for number in 0..size {
        bot.types(&format!("service-{number} v1.2.9 severity=high data=none fix=90m because of a benchmark")).await?;
    }
    for _ in 0..size {
        let card = bot.hears(|message| approve(message).is_some()).await?;
        if let Some(action) = approve(&card.message) {
            bot.presses(action).await?;
        }
    }
    let proposed = begun.elapsed();
    let events = until_all_hold(&bot, size).await?;
    let (elapsed, worked) = (begun.elapsed(), processor_time()? - worked);
    let each = (resident()? - memory) as f64 / size as f64;
    let per_event = |time: Duration| time.as_secs_f64() * 1000.0 / events as f64;
    say(&format!(
        "{size} in flight: {each:.1} KiB each ({memory} KiB before), {events} events in {elapsed:.1?} (all proposed after \
         {proposed:.1?}): {:.2} ms for each event, {:.2} ms of processor time | {each} {} {}",
        per_event(elapsed),
        per_event(worked),
        per_event(elapsed),
        per_event(worked)
    ))?;
    // The rest would be waiting.
    Ok(())
}

/// Waits until each has begun its hold and none has ended; gives how many events there are.
async fn until_all_hold(bot: &Bot, size: usize) -> Outcome<usize> {
    let (mut position, mut events) = (0, 0);
    let mut holding = std::collections::BTreeSet::new();
    let begun = Instant::now();
    loop {
        let news = bot.store.since(position, 100_000).await?;
        events += news.len();
        position = news.last().map_or(position, |(last, _)| *last);
        let grown: std::collections::BTreeSet<String> = news.iter().map(|(_, stream)| stream.to_string()).collect();
        for name in grown {
            let Ok(stream @ StreamId::Rollback(_)) = name.parse::<StreamId>() else { continue };
            let last = bot.store.read(&stream, Sequence::START).await?.pop().ok_or("an empty stream")?;
            if last.kind == "step-started" && last.body.contains("hold:") {
                holding.insert(name);
            } else if last.kind == "finished" || last.kind == "asked" {
                return Err(format!("{name} is {} before all hold: {}", last.kind, last.body).into());
            }
        }
        if holding.len() == size {
            return Ok(events);
        }
        if begun.elapsed() > Duration::from_secs(230) {
            return Err(format!("only {} of {size} hold", holding.len()).into());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
