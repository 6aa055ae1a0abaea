//! What the bot says of itself: structured lines on standard error.

use std::io::IsTerminal;

use tracing::{Level, Subscriber};
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::fmt::{MakeWriter, format::FmtSpan};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::configuration::{Log, LogFormat};

/// Why nothing can be logged.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The level means nothing.
    #[error("`{level}` is no log level: {why}")]
    Level {
        /// What was given.
        level: String,
        /// What is wrong with it.
        why: String,
    },
    /// Somebody was faster.
    #[error("logging was set up before")]
    SetUpBefore,
}

/// Sets up logging for the whole process, once. `over` (the value of `RUST_LOG`) comes before the level
/// of the configuration.
///
/// # Errors
/// See [`TelemetryError`].
pub fn start(log: &Log, over: Option<&str>) -> Result<(), TelemetryError> {
    let colour = std::io::stderr().is_terminal();
    subscriber(log, over, std::io::stderr, colour)?.try_init().map_err(|_| TelemetryError::SetUpBefore)
}

/// The same for a writer of the caller's choice, for a part of the process.
///
/// # Errors
/// [`TelemetryError::Level`].
pub fn subscriber<W>(
    log: &Log,
    over: Option<&str>,
    writer: W,
    colour: bool,
) -> Result<impl Subscriber + Send + Sync, TelemetryError>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let level = over.filter(|level| !level.trim().is_empty()).unwrap_or(&log.level);
    let filter = EnvFilter::builder()
        .parse(level)
        .map_err(|why| TelemetryError::Level { level: level.to_owned(), why: why.to_string() })?;
    let filter = filter.and(filter_fn(|metadata| keeps_to_itself(metadata.target(), *metadata.level())));
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_span_events(FmtSpan::NONE).with_ansi(colour);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match log.format {
        LogFormat::Json => lines.json().flatten_event(true).with_filter(filter).boxed(),
        LogFormat::Human => lines.with_filter(filter).boxed(),
    };
    Ok(Registry::default().with(lines))
}

/// What must not be said at any level: clients of chats log tickets, capabilities and whole payloads, and
/// what speaks the wire below them logs frames.
fn keeps_to_itself(target: &str, level: Level) -> bool {
    let of = |name: &str| target == name || target.strip_prefix(name).is_some_and(|rest| rest.starts_with("::"));
    let wire = ["tungstenite", "tokio_tungstenite", "hyper", "hyper_util", "h2", "rustls"];
    !of("slack_morphism") && (level <= Level::INFO || !wire.into_iter().any(of))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn said(log: &Log, over: Option<&str>) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = subscriber(log, over, move || writer.clone(), false).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(service = "api-service", "rollback started");
            tracing::debug!("detail");
        });
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_json_line_has_its_fields_at_the_top() {
        let text = said(&Log::default(), None);
        let line: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
        assert_eq!(line["message"], "rollback started");
        assert_eq!(line["service"], "api-service");
        assert_eq!(line["level"], "INFO");
    }

    #[test]
    fn the_environment_comes_first() {
        let log = Log { format: LogFormat::Human, level: "error".to_owned() };
        assert_eq!(said(&log, None), "");
        assert_eq!(said(&log, Some(" ")), "");
        assert_eq!(said(&log, Some("debug")).lines().count(), 2);
    }

    #[test]
    fn what_logs_secrets_is_not_heard_at_any_level() {
        for target in ["slack_morphism", "slack_morphism::hyper_tokio", "hyper_util::client", "tungstenite"] {
            assert!(!keeps_to_itself(target, Level::TRACE), "{target}");
        }
        assert!(!keeps_to_itself("slack_morphism::x", Level::ERROR), "the ticket of a socket stands in its errors");
        assert!(keeps_to_itself("slack_morphism_like", Level::TRACE) && keeps_to_itself("hyper", Level::INFO));
        assert!(keeps_to_itself("adapters::chat::slack", Level::TRACE));
    }

    #[test]
    fn a_level_that_means_nothing_is_refused() {
        let log = Log { format: LogFormat::Json, level: "switchback=loud".to_owned() };
        assert!(matches!(subscriber(&log, None, std::io::sink, false), Err(TelemetryError::Level { .. })));
    }
}
