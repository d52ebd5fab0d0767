//! The log: text on stderr, and in a cell's process also lines of JSON that end up beside its result.

use misgen_sweep::log::Log;
use serde_json::{Map, Value};
use std::fmt::Debug;
use std::time::Instant;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Starts logging for this process: `filter` decides what stderr shows; `log` takes what our own crates say from
/// `info` up, whatever the filter.
pub(crate) fn start(filter: EnvFilter, log: Option<Log>) {
    let stderr = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).without_time().with_filter(filter);
    let ours = FilterFn::new(|data| *data.level() <= Level::INFO && data.target().starts_with("misgen"));
    let kept = log.map(|log| Lines { log, since: Instant::now() }.with_filter(ours));
    tracing_subscriber::registry().with(stderr).with(kept).init();
}

/// Events as lines of JSON.
struct Lines {
    log: Log,
    since: Instant,
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        let mut line = Map::new();
        let milliseconds = self.since.elapsed().as_millis() as u64;
        line.insert("seconds".into(), (milliseconds as f64 / 1000.0).into());
        line.insert("level".into(), event.metadata().level().as_str().into());
        line.insert("target".into(), event.metadata().target().into());
        line.insert("message".into(), fields.0.remove("message").unwrap_or_else(|| "".into()));
        line.insert("fields".into(), Value::Object(fields.0));
        self.log.push(&Value::Object(line).to_string());
    }
}

/// The fields of an event. Numbers that are none become null, as everywhere in JSON.
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, format!("{value:?}"));
    }
}
