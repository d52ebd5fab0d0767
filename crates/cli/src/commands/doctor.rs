//! `misgen doctor`: what this machine can do.

use crate::args::DoctorArgs;
use crate::failure::Failure;

pub(crate) fn doctor(_args: &DoctorArgs) -> Result<u8, Failure> {
    Err(Failure::usage("not built yet"))
}
