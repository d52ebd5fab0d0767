//! `misgen pool`: evaluation pools and their manifests.

use crate::args::{PoolMakeArgs, PoolShowArgs, PoolVerifyArgs};
use crate::failure::Failure;
use misgen_core::Registry;

pub(crate) fn make(_args: &PoolMakeArgs, _registry: Registry) -> Result<u8, Failure> {
    Err(Failure::usage("not built yet"))
}

pub(crate) fn verify(_args: &PoolVerifyArgs, _registry: Registry) -> Result<u8, Failure> {
    Err(Failure::usage("not built yet"))
}

pub(crate) fn show(_args: &PoolShowArgs, _registry: Registry) -> Result<u8, Failure> {
    Err(Failure::usage("not built yet"))
}
