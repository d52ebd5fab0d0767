//! `misgen schema`: JSON schemas for editors.

use crate::args::SchemaArgs;
use crate::failure::Failure;
use misgen_core::Registry;

pub(crate) fn schema(_args: &SchemaArgs, _registry: Registry) -> Result<u8, Failure> {
    Err(Failure::usage("not built yet"))
}
