//! Real processes on one log: killed by signal while they write, and two at once.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use adapters::store::sqlite::SqliteStore;
use commands::model::{Digest, Sequence};
use commands::ports::Store;
use tests::conformance::store::{append_at_end, assert_chain, stream};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::files::new_path;

/// What a process said was acknowledged: stream and sequence, with the hash.
type Acknowledged = BTreeMap<(u32, u64), Digest>;

struct Appender {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    acknowledged: Acknowledged,
}

impl Appender {
    fn start(path: &Path, first: u32) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_appender"))
            .arg(path)
            .arg(first.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines, acknowledged: Acknowledged::new() }
    }

    /// One more line; false at the end.
    async fn hear(&mut self) -> bool {
        let Some(line) = self.lines.next_line().await.unwrap() else { return false };
        let [number, sequence, hash] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("`{line}`") };
        let event = (number.parse().unwrap(), sequence.parse().unwrap());
        assert_eq!(self.acknowledged.insert(event, hash.parse().unwrap()), None, "{event:?} twice");
        true
    }

    async fn hear_many(&mut self, lines: usize) {
        for _ in 0..lines {
            assert!(self.hear().await, "it ended by itself: {:?}", self.child.wait().await);
        }
    }

    /// By SIGKILL: it cannot clean up. What it said before is heard.
    async fn kill(mut self) -> Acknowledged {
        self.child.start_kill().unwrap();
        while self.hear().await {}
        let status = self.child.wait().await.unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "{status}");
        self.acknowledged
    }
}

/// Every event that was acknowledged is there as it was, and all streams are chains.
async fn assert_kept(store: &SqliteStore, acknowledged: &Acknowledged) {
    let mut streams = BTreeMap::new();
    for number in acknowledged.keys().map(|(number, _)| *number) {
        if let std::collections::btree_map::Entry::Vacant(entry) = streams.entry(number) {
            let events = store.read(&stream(number), Sequence::START).await.unwrap();
            assert_chain(&events);
            entry.insert(events);
        }
    }
    for ((number, sequence), hash) in acknowledged {
        assert_eq!(streams[number][*sequence as usize - 1].hash, *hash, "stream {number}, event {sequence}");
    }
}

#[tokio::test]
async fn what_a_killed_process_acknowledged_is_there() {
    let (_folder, path) = new_path();
    let mut acknowledged = Acknowledged::new();
    for life in 0..5_u32 {
        let mut appender = Appender::start(&path, 100 + life * 10);
        appender.hear_many(60 + 7 * life as usize).await;
        acknowledged.extend(appender.kill().await);
        let store = SqliteStore::open(&path).await.unwrap();
        assert_kept(&store, &acknowledged).await;
        append_at_end(&store, &stream(1), "between two lives").await;
        store.close().await;
    }
    assert!(acknowledged.len() > 300);
}

#[tokio::test]
async fn two_processes_write_one_log_and_one_is_killed() {
    let (_folder, path) = new_path();
    let (mut left, mut right) = (Appender::start(&path, 100), Appender::start(&path, 200));
    tokio::join!(left.hear_many(60), right.hear_many(60));
    let mut acknowledged = left.kill().await;
    right.hear_many(60).await;
    let of_right = right.kill().await;
    let both_wrote = |of: &Acknowledged| of.keys().any(|(number, _)| *number == 1);
    assert!(both_wrote(&acknowledged) && both_wrote(&of_right), "the shared stream is written by both");
    for (event, hash) in of_right {
        assert_eq!(acknowledged.insert(event, hash), None, "{event:?} was acknowledged to both");
    }
    let store = SqliteStore::open(&path).await.unwrap();
    assert_kept(&store, &acknowledged).await;
}
