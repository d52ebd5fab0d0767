//! `misgen completions` and `misgen man`.

use crate::args::{CompletionsArgs, ManArgs};
use crate::failure::Failure;

pub(crate) fn completions(_args: &CompletionsArgs) -> Result<u8, Failure> {
    Err(Failure::usage("not built yet"))
}

pub(crate) fn man(_args: &ManArgs) -> Result<u8, Failure> {
    Err(Failure::usage("not built yet"))
}
