//! Opening to look, beside a bot that writes.

use std::path::Path;
use std::sync::Arc;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tokio::sync::Mutex;

use super::open::{OpenError, Options, newest, readers};
use super::seat::{Readers, Seat};

/// Opens a file that is there. Its seat may be taken, and nothing can be written from it.
pub(super) async fn file(path: &Path, options: Options) -> Result<(Seat, Readers), OpenError> {
    let reading = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(options.wait_for_lock)
        .read_only(true)
        .disable_statement_logging();
    let failed = |error| OpenError::Open { path: path.to_owned(), error };
    let mut connection = reading.connect().await.map_err(failed)?;
    let found = schema(&mut connection).await.map_err(failed)?;
    connection.close().await.map_err(failed)?;
    let (path, known) = (path.to_owned(), newest());
    if found > known {
        return Err(OpenError::Newer { path, found, known });
    }
    if found < known {
        return Err(OpenError::Older { path, found, known });
    }
    let seat = Seat {
        connection: Arc::new(Mutex::new(None)),
        reopen: Some(reading.clone()),
        patience: options.wait_for_lock,
        checkpoints: None,
    };
    Ok((seat, readers(reading, options)))
}

/// The schema of the file; 0 where it has no tables of ours.
async fn schema(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let has_any: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations')")
            .fetch_one(&mut *connection)
            .await?;
    if !has_any {
        return Ok(0);
    }
    let newest: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
        .fetch_one(&mut *connection)
        .await?;
    Ok(newest.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use commands::ports::Store as _;

    use super::super::SqliteStore;
    use super::*;

    async fn refused(path: &Path) -> OpenError {
        match SqliteStore::open_read_only(path).await {
            Ok(_) => panic!("{} was opened", path.display()),
            Err(error) => error,
        }
    }

    async fn change(path: &Path, statement: &'static str) {
        let mut connection = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
        sqlx::query(statement).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    #[tokio::test]
    async fn who_looks_sees_what_is_written_and_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.sqlite");
        let bot = SqliteStore::open(&path).await.unwrap();
        let looking = SqliteStore::open_read_only(&path).await.unwrap();
        bot.set_cursor("reader", 7).await.unwrap();
        assert_eq!(looking.cursor("reader").await.unwrap(), 7);
        let error = looking.set_cursor("reader", 8).await.unwrap_err();
        assert!(error.to_string().contains("readonly"), "{error}");
        looking.close().await;
        bot.set_cursor("reader", 9).await.unwrap();
        assert_eq!(bot.cursor("reader").await.unwrap(), 9);
        bot.close().await;
        let afterwards = SqliteStore::open_read_only(&path).await.unwrap();
        assert_eq!(afterwards.cursor("reader").await.unwrap(), 9);
    }

    #[tokio::test]
    async fn a_file_of_another_release_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.sqlite");
        assert!(matches!(refused(&path).await, OpenError::Open { .. }));
        assert!(!path.exists());

        std::fs::write(&path, "").unwrap();
        assert!(matches!(refused(&path).await, OpenError::Older { found: 0, .. }));
        assert_eq!(std::fs::read(&path).unwrap(), b"");

        SqliteStore::open(&path).await.unwrap().close().await;
        change(&path, "UPDATE _sqlx_migrations SET version = version + 9000").await;
        assert!(matches!(refused(&path).await, OpenError::Newer { .. }));
        change(&path, "UPDATE _sqlx_migrations SET version = version - 9001").await;
        let error = refused(&path).await;
        assert!(matches!(error, OpenError::Older { .. }), "{error}");
        assert!(error.to_string().contains("start the bot of this release"), "{error}");
    }
}
