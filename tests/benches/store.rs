//! How long the log takes, on a real file with full sync: `cargo bench -p switchback-tests --bench store`.
//!
//! The file lies in a temporary folder, or in the folder that is given as an argument. Latencies are
//! counted from the moment at which a call was due, so that a call that waits for the one before it is
//! not counted as fast.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use adapters::store::sqlite::SqliteStore;
use commands::model::Sequence;
use commands::ports::{Accepted, Store};
use futures::future::join_all;
use tests::conformance::store::{append, invocation, stream};
use tokio::time::{MissedTickBehavior, interval};

/// How many calls come in each second, for latencies.
const RATE: u32 = 200;

/// How many callers call without a pause, for throughput.
const CALLERS: u32 = 50;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome {
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).map(PathBuf::from);
    let folder = folder.unwrap_or_else(std::env::temp_dir);
    let folder = tempfile::tempdir_in(folder)?;
    let store = Arc::new(SqliteStore::open(&folder.path().join("log.sqlite")).await?);
    say(&format!("file: {}", folder.path().display()))?;

    say(&format!("one sync of this disk:   {}", latencies(disk_alone(folder.path())?)))?;
    let accepts = at_a_rate(&store, Duration::from_secs(15), accept).await?;
    say(&format!("accept, {RATE}/s:          {}   (target: p99 at most 5 ms)", latencies(accepts)))?;
    let commits = at_a_rate(&store, Duration::from_secs(10), commit).await?;
    say(&format!("commit, {RATE}/s:          {}", latencies(commits)))?;
    let rate = without_a_pause(&store, Duration::from_secs(5), accept).await?;
    say(&format!("accept, {CALLERS} callers:      {rate:.0}/s   (target: at least 8000/s)"))?;
    let rate = without_a_pause(&store, Duration::from_secs(5), commit).await?;
    say(&format!("commit, {CALLERS} callers:      {rate:.0}/s, each a new stream with one event"))?;
    let begun = Instant::now();
    store.commit(append(stream(u32::MAX), 0, &["x"; 1000])).await?;
    let written = begun.elapsed();
    let events = store.read(&stream(u32::MAX), Sequence::START).await?;
    let read = begun.elapsed().saturating_sub(written);
    say(&format!("one stream of {} events:  written in {written:.1?}, read in {read:.1?}", events.len()))?;
    store.close().await;
    Ok(())
}

/// What two pages and a sync take without any store: no call that is durable can be faster than this.
fn disk_alone(folder: &Path) -> Outcome<Vec<Duration>> {
    let mut file = std::fs::File::create(folder.join("disk"))?;
    let mut syncs = Vec::new();
    for _ in 0..1000 {
        file.write_all(&[7; 8192])?;
        let begun = Instant::now();
        file.sync_data()?;
        syncs.push(begun.elapsed());
    }
    Ok(syncs)
}

/// Stores the `number`th invocation.
async fn accept(store: Arc<SqliteStore>, number: u32) -> Outcome {
    match store.accept(&invocation(&format!("invocation-{number}"))).await? {
        Accepted::New => Ok(()),
        Accepted::Duplicate => Err(format!("invocation {number} was not new").into()),
    }
}

/// Begins the `number`th stream, after those of `accept`.
async fn commit(store: Arc<SqliteStore>, number: u32) -> Outcome {
    store.commit(append(stream(number), 0, &["{\"type\":\"started\"}"])).await?;
    Ok(())
}

/// Numbers that no other part of this run uses.
fn fresh() -> u32 {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

/// Calls at a fixed rate, whether the last call has returned or not.
async fn at_a_rate<F>(
    store: &Arc<SqliteStore>,
    time: Duration,
    call: impl Fn(Arc<SqliteStore>, u32) -> F,
) -> Outcome<Vec<Duration>>
where
    F: Future<Output = Outcome> + Send + 'static,
{
    let mut ticks = interval(Duration::from_secs(1) / RATE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut calls = Vec::new();
    for _ in 0..RATE * time.as_secs() as u32 {
        let due = ticks.tick().await.into_std();
        let called = call(Arc::clone(store), fresh());
        calls.push(tokio::spawn(async move { called.await.map(|()| due.elapsed()) }));
    }
    join_all(calls).await.into_iter().map(|call| call?).collect()
}

/// How many calls a second, where each caller calls again as soon as it has its answer.
async fn without_a_pause<F>(
    store: &Arc<SqliteStore>,
    time: Duration,
    call: impl Fn(Arc<SqliteStore>, u32) -> F + Copy + Send + 'static,
) -> Outcome<f64>
where
    F: Future<Output = Outcome> + Send + 'static,
{
    let begun = Instant::now();
    let callers = (0..CALLERS).map(|_| {
        let store = Arc::clone(store);
        tokio::spawn(async move {
            let mut done = 0_u32;
            while begun.elapsed() < time {
                call(Arc::clone(&store), fresh()).await?;
                done += 1;
            }
            Outcome::Ok(done)
        })
    });
    let mut done = 0;
    for caller in join_all(callers).await {
        done += caller??;
    }
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}

fn latencies(mut calls: Vec<Duration>) -> String {
    calls.sort();
    let at =
        |share: f64| calls.get((calls.len() as f64 * share) as usize).or(calls.last()).copied().unwrap_or_default();
    format!("p50 {:.2?}, p99 {:.2?}, p99.9 {:.2?}, slowest {:.2?}", at(0.5), at(0.99), at(0.999), at(1.0))
}

fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}
