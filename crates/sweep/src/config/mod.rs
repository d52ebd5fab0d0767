//! Reading TOML with a place for every value: trees that know where each node was written, files that
//! extend others, variables and command-line overrides as layers over them, and checks against a JSON
//! schema that report everything wrong at once.

mod error;
mod extends;
mod files;
mod form;
mod layer;
mod name;
mod schema;
mod tree;

pub use error::{ConfigError, Source, obeyed};
pub use files::{Read, Unread};
pub use layer::VARIABLES;
pub use name::{NAME_PATTERN, is_name};

pub(crate) use error::{one_line, sorted};
pub(crate) use extends::{EXTENDS, extended};
pub(crate) use files::read_config;
pub(crate) use layer::{apply_overrides, is_variable};
pub(crate) use name::{WHOLE_NAME, or_list};
pub(crate) use schema::check;
pub(crate) use tree::{Node, Seg, parse, path_text, segs, shown};
