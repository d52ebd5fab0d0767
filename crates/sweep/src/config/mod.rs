//! Reading TOML with a place for every value: trees that know where each node was written,
//! command-line overrides as a layer over them, and checks against a JSON schema that report
//! everything wrong at once.

mod error;
mod layer;
mod name;
mod schema;
mod tree;

pub use error::{ConfigError, Source};
pub use name::{NAME_PATTERN, is_name};

pub(crate) use error::sorted;
pub(crate) use layer::apply_override;
pub(crate) use name::or_list;
pub(crate) use schema::check;
pub(crate) use tree::{Node, Seg, parse, path_text, segs, shown};
