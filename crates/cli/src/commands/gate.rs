//! `misgen gate`: a run held against a committed baseline.

use crate::args::GateArgs;
use crate::failure::Failure;

pub(crate) fn gate(_args: &GateArgs) -> Result<u8, Failure> {
    Err(Failure::usage("not built yet"))
}
