//! Structured logs: one JSON object a line, on standard error.

use tracing::level_filters::LevelFilter;

/// From here on, at this level and above. A second call changes nothing. A level and no more:
/// directives would bring an engine of regular expressions into every image.
pub fn start(level: LevelFilter) {
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_writer(std::io::stderr)
        .with_max_level(level)
        .finish();
    tracing::subscriber::set_global_default(subscriber).ok();
}
