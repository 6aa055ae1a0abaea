//! Facts: appended, and read back as they were.

use commands::model::{Digest, Sequence, StoredEvent, StreamId};
use commands::ports::{CommitError, StoreError, Write};
use sqlx::{FromRow, SqliteConnection};

use super::failure::store_error;
use super::text::{count, from_json, number, parse, time};
use super::writer::Failure;

/// Appends the facts of one stream, if it is where the writer saw it last.
pub(super) async fn append(
    connection: &mut SqliteConnection,
    write: Write,
    appended: &mut Vec<StoredEvent>,
) -> Result<(), Failure<CommitError>> {
    let Write { stream, expected, events } = write;
    let name = stream.to_string();
    let (found, mut previous) = head(connection, &name).await?;
    if found != expected {
        return Err(Failure::Refused(CommitError::Conflict { stream, expected, found }));
    }
    let mut sequence = found;
    for event in events {
        sequence = sequence.next();
        let mut sealed = event.seal(0, &stream, sequence, previous);
        sealed.position = insert(connection, &name, &sealed).await?;
        previous = sealed.hash;
        appended.push(sealed);
    }
    Ok(())
}

/// Where a stream ends now: its last sequence, and the hash there.
async fn head(connection: &mut SqliteConnection, stream: &str) -> Result<(Sequence, Digest), Failure<CommitError>> {
    let last: Option<(i64, String)> =
        sqlx::query_as("SELECT sequence, hash FROM events WHERE stream = ?1 ORDER BY sequence DESC LIMIT 1")
            .bind(stream)
            .fetch_optional(connection)
            .await?;
    let Some((sequence, hash)) = last else { return Ok((Sequence::START, Digest::default())) };
    let what = || format!("event {sequence} of {stream}");
    let refused = |error: StoreError| Failure::Refused(CommitError::Store(error));
    Ok((Sequence(count(what(), sequence).map_err(refused)?), parse(what(), &hash).map_err(refused)?))
}

/// Never refuses: what it is a part of may have written before.
async fn insert(connection: &mut SqliteConnection, stream: &str, event: &StoredEvent) -> Result<u64, sqlx::Error> {
    let actor = serde_json::to_string(&event.actor).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let done = sqlx::query(
        "INSERT INTO events (stream, sequence, at, actor, kind, version, configuration, previous, body, hash) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )
    .bind(stream)
    .bind(number(event.sequence.0))
    .bind(time(event.at))
    .bind(actor)
    .bind(&event.kind)
    .bind(i64::from(event.version))
    .bind(event.configuration.to_string())
    .bind(event.previous.to_string())
    .bind(&event.body)
    .bind(event.hash.to_string())
    .execute(connection)
    .await?;
    u64::try_from(done.last_insert_rowid()).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// The events of a stream after this sequence, in order.
pub(super) async fn read(
    connection: &mut SqliteConnection,
    stream: &StreamId,
    after: Sequence,
) -> Result<Vec<StoredEvent>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT position, sequence, at, actor, kind, version, configuration, previous, body, hash FROM events \
         WHERE stream = ?1 AND sequence > ?2 ORDER BY sequence",
    )
    .bind(stream.to_string())
    .bind(number(after.0))
    .fetch_all(connection)
    .await
    .map_err(|error| store_error(&format!("read {stream}"), &error))?;
    rows.into_iter().map(|row| row.event(stream)).collect()
}

/// Which streams grew after this position: one entry for each event, in order.
pub(super) async fn since(
    connection: &mut SqliteConnection,
    position: u64,
    limit: usize,
) -> Result<Vec<(u64, StreamId)>, StoreError> {
    let rows: Vec<(i64, String)> =
        sqlx::query_as("SELECT position, stream FROM events WHERE position > ?1 ORDER BY position LIMIT ?2")
            .bind(number(position))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(connection)
            .await
            .map_err(|error| store_error(&format!("read what came after {position}"), &error))?;
    let entry = |(position, stream): (i64, String)| {
        let what = format!("event at {position}");
        Ok((count(&what, position)?, parse(&what, &stream)?))
    };
    rows.into_iter().map(entry).collect()
}

#[derive(FromRow)]
struct Row {
    position: i64,
    sequence: i64,
    at: String,
    actor: String,
    kind: String,
    version: i64,
    configuration: String,
    previous: String,
    body: String,
    hash: String,
}

impl Row {
    fn event(self, stream: &StreamId) -> Result<StoredEvent, StoreError> {
        let what = format!("event {} of {stream} (at {})", self.sequence, self.position);
        Ok(StoredEvent {
            position: count(&what, self.position)?,
            stream: stream.clone(),
            sequence: Sequence(count(&what, self.sequence)?),
            at: parse(&what, &self.at)?,
            actor: from_json(&what, &self.actor)?,
            kind: self.kind,
            version: count(&what, self.version)?,
            configuration: parse(&what, &self.configuration)?,
            previous: parse(&what, &self.previous)?,
            body: self.body,
            hash: parse(&what, &self.hash)?,
        })
    }
}
