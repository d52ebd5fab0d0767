//! `misgen validate`: files checked, nothing run.

use crate::args::ValidateArgs;
use crate::failure::Failure;
use misgen_core::Registry;

pub(crate) fn validate(_args: &ValidateArgs, _registry: Registry) -> Result<u8, Failure> {
    Err(Failure::usage("not built yet"))
}
