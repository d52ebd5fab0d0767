//! `misgen compare`: two runs or agents, paired by seed.

use crate::args::CompareArgs;
use crate::failure::Failure;

pub(crate) fn compare(_args: &CompareArgs) -> Result<u8, Failure> {
    Err(Failure::usage("not built yet"))
}
