//! A process to be killed: it appends to a log without end, and says each event that the log has
//! acknowledged, one line each: stream number, sequence, hash.
//!
//! Arguments: the log's file, the number of the first stream of its own. Four writers append to a stream
//! of their own each, all of them also to the stream 1, which other processes may share.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use adapters::store::sqlite::SqliteStore;
use commands::ports::Store;
use tests::conformance::store::{append_at_end, stream};

/// How many write at once, so that they share transactions.
const WRITERS: u32 = 4;

/// The stream of all.
const SHARED: u32 = 1;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), Some(first)) = (arguments.next(), arguments.next()) else {
        return Err("arguments: the log's file, the number of the first stream".into());
    };
    let first: u32 = first.parse()?;
    let store = Arc::new(SqliteStore::open(Path::new(&path)).await?);
    let writers = (first..first + WRITERS).map(|own| tokio::spawn(append_for_ever(Arc::clone(&store), own)));
    for writer in writers.collect::<Vec<_>>() {
        writer.await??;
    }
    Ok(())
}

async fn append_for_ever(store: Arc<SqliteStore>, own: u32) -> std::io::Result<()> {
    loop {
        for number in [own, SHARED] {
            let event = append_at_end(&*store as &dyn Store, &stream(number), "x").await;
            // One write of one short line to a pipe is whole, whatever kills the process.
            let line = format!("{number} {} {}\n", event.sequence.0, event.hash);
            std::io::stdout().write_all(line.as_bytes())?;
        }
    }
}
