//! Logs: on standard error and in a file a day, without secrets.

use std::path::Path;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use wiro_engine::environment;
use wiro_engine::redaction::Redacting;

const FILE_PREFIX: &str = "wiro-studio";
/// Older days are removed.
const DAYS_KEPT: usize = 7;

/// Starts the log; what is written last reaches the file when the guard is dropped.
pub(crate) fn start() -> Option<WorkerGuard> {
    let file = environment::log_dir().and_then(|dir| open(&dir));
    let (file, guard) = file.map(tracing_appender::non_blocking).unzip();
    let file = file.map(|file| layer().with_ansi(false).with_writer(Redacting(file)));
    tracing_subscriber::registry()
        .with(filter())
        .with(layer().with_writer(Redacting(std::io::stderr)))
        .with(file)
        .init();
    guard
}

/// D-Bus traffic is not worth reading, and socket messages hold task tokens.
fn filter() -> EnvFilter {
    let mut filter =
        EnvFilter::try_from_env("WIRO_LOG").unwrap_or_else(|_| EnvFilter::new("info,zbus=warn"));
    for quiet in ["tungstenite=info", "tokio_tungstenite=info"] {
        if let Ok(directive) = quiet.parse() {
            filter = filter.add_directive(directive);
        }
    }
    filter
}

/// A folder that cannot be written leaves standard error.
fn open(dir: &Path) -> Option<RollingFileAppender> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .create(dir)
        .ok()?;
    RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix(FILE_PREFIX)
        .filename_suffix("log")
        .max_log_files(DAYS_KEPT)
        .build(dir)
        .ok()
}
