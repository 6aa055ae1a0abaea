//! The one writer: all changes that wait are done in one transaction and share one sync.
//!
//! A sync of the disk takes milliseconds and a change takes microseconds, so whatever came in during
//! one sync goes into the next. A change that is refused leaves the others of its batch alone; a
//! batch that fails fails for all of its changes, since SQLite may have rolled all of it back.

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use commands::ports::StoreError;
use sqlx::SqliteConnection;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::failure::store_error;
use super::seat::Seat;

/// How many changes share one transaction at most: bounds how long the last one of it waits.
const LARGEST_BATCH: usize = 256;

/// How many changes wait at most before their senders wait too.
const LONGEST_QUEUE: usize = 1024;

/// Something to be changed in one transaction.
pub(super) trait Change: Send + 'static {
    /// What its sender gets.
    type Answer: Send + 'static;
    /// Why nothing of it was done.
    type Error: From<StoreError> + Send + 'static;

    /// What it does, for errors.
    const NAME: &'static str;

    /// Whether it may be refused after it changed something: then it gets a savepoint of its own.
    fn may_undo(&self) -> bool {
        false
    }

    /// Does it.
    fn apply(
        self,
        connection: &mut SqliteConnection,
    ) -> impl Future<Output = Result<Self::Answer, Failure<Self::Error>>> + Send;
}

/// Why a change was not done.
#[derive(Debug)]
pub(super) enum Failure<E> {
    /// This one alone is refused.
    Refused(E),
    /// The transaction cannot be trusted any more.
    Broken(sqlx::Error),
}

impl<E> From<sqlx::Error> for Failure<E> {
    fn from(error: sqlx::Error) -> Self {
        Self::Broken(error)
    }
}

/// Takes changes and hands them to the task that writes.
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    task: Mutex<Option<JoinHandle<()>>>,
}

enum Message {
    Do(Box<dyn Job>),
    Close,
}

impl Writer {
    /// Starts the task that writes. It ends when it is closed, or when nobody can send any more.
    pub(super) fn start(seat: Seat) -> Self {
        let (queue, waiting) = mpsc::channel(LONGEST_QUEUE);
        let task = tokio::spawn(Batches { waiting, seat }.run());
        Self { queue, task: Mutex::new(Some(task)) }
    }

    /// Does this with whatever else waits; returns when it is durable, or refused. One that is dropped
    /// while it waits may or may not be done.
    pub(super) async fn write<C: Change>(&self, change: C) -> Result<C::Answer, C::Error> {
        let ended = || C::Error::from(StoreError::Unavailable(format!("{}: the log is closed", C::NAME)));
        let (reply, answer) = oneshot::channel();
        let job = Queued { change: Some(change), outcome: None, reply };
        self.queue.send(Message::Do(Box::new(job))).await.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }

    /// Does what waits, then ends. Later changes are refused.
    pub(super) async fn close(&self) {
        let mut task = self.task.lock().await;
        // Neither can fail in a way that matters: a task that is gone has closed its connection.
        let _ = self.queue.send(Message::Close).await;
        if let Some(task) = task.take() {
            let _ = task.await;
        }
    }
}

/// A change of any type, with the one who waits for it.
#[async_trait]
trait Job: Send {
    /// Does it, or finds that it is refused. An error means that the whole batch has failed.
    async fn apply(&mut self, connection: &mut SqliteConnection) -> Result<(), StoreError>;

    /// Tells how it ended, once the batch is durable or has failed.
    fn settle(self: Box<Self>, batch: Result<(), StoreError>);
}

struct Queued<C: Change> {
    change: Option<C>,
    outcome: Option<Result<C::Answer, C::Error>>,
    reply: oneshot::Sender<Result<C::Answer, C::Error>>,
}

#[async_trait]
impl<C: Change> Job for Queued<C> {
    async fn apply(&mut self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let Some(change) = self.change.take() else { return Ok(()) };
        let outcome = match change.may_undo() {
            true => apply_undoing(change, connection).await,
            false => change.apply(connection).await,
        };
        self.outcome = Some(match outcome {
            Ok(answer) => Ok(answer),
            Err(Failure::Refused(why)) => Err(why),
            Err(Failure::Broken(error)) => return Err(store_error(C::NAME, &error)),
        });
        Ok(())
    }

    fn settle(self: Box<Self>, batch: Result<(), StoreError>) {
        let outcome = match (batch, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(StoreError::Unavailable(format!("{}: it was not done", C::NAME)).into()),
            // A refusal too: it may have been because of a change before it that is undone now.
            (Err(error), _) => Err(error.into()),
        };
        // Whoever asked may have gone; what was done is done.
        let _ = self.reply.send(outcome);
    }
}

/// Does a change so that nothing of it is left when it is refused.
async fn apply_undoing<C: Change>(
    change: C,
    connection: &mut SqliteConnection,
) -> Result<C::Answer, Failure<C::Error>> {
    run(connection, "SAVEPOINT change").await?;
    let outcome = change.apply(connection).await;
    if let Err(Failure::Refused(_)) = &outcome {
        run(connection, "ROLLBACK TO change").await?;
    }
    if !matches!(outcome, Err(Failure::Broken(_))) {
        run(connection, "RELEASE change").await?;
    }
    outcome
}

/// Runs one statement without arguments; prepared once.
async fn run(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), sqlx::Error> {
    sqlx::query(statement).execute(connection).await.map(drop)
}

/// The task that writes.
struct Batches {
    waiting: mpsc::Receiver<Message>,
    seat: Seat,
}

impl Batches {
    async fn run(mut self) {
        let mut messages = Vec::with_capacity(LARGEST_BATCH);
        while self.waiting.recv_many(&mut messages, LARGEST_BATCH).await > 0 {
            let mut jobs = Vec::with_capacity(messages.len());
            for message in messages.drain(..) {
                match message {
                    Message::Do(job) => jobs.push(job),
                    Message::Close => self.waiting.close(),
                }
            }
            let outcome = self.write(&mut jobs).await;
            for job in jobs {
                job.settle(outcome.clone());
            }
        }
        self.seat.close().await;
    }

    async fn write(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
        if jobs.is_empty() {
            return Ok(());
        }
        let seat = Arc::clone(&self.seat.connection);
        let mut seat = seat.lock().await;
        let connection = self.seat.take(&mut seat).await?;
        let outcome = match self.seat.begin(connection).await {
            Ok(()) => batch(connection, jobs).await,
            Err(error) => Err(error),
        };
        if let Some(checkpoints) = &mut self.seat.checkpoints {
            checkpoints.count();
        }
        if let Err(error) = &outcome {
            tracing::warn!(%error, changes = jobs.len(), "a batch of changes failed");
            // Frees the lock for other processes at once. It fails where SQLite rolled back by itself.
            let _ = run(connection, "ROLLBACK").await;
            self.seat.leave(&mut seat);
        }
        outcome
    }
}

/// All of it, in a transaction that has begun.
async fn batch(connection: &mut SqliteConnection, jobs: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    for job in jobs {
        job.apply(connection).await?;
    }
    run(connection, "COMMIT").await.map_err(|error| store_error("commit a transaction", &error))
}
