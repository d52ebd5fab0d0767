//! The native half of the Python package: environments over the Rust batch, evaluation of callables, attribution.
//!
//! Python allocates every buffer that arrays come from; this side fills them in while the interpreter's lock is released.
//! Names that do not exist, knobs out of range and answers of the wrong form are `ValueError`s that say what was expected.

mod columns;
mod evaluation;
mod lanes;
mod policy;
mod view;
mod world;

use pyo3::prelude::*;

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::evaluation::{Evaluation, attribute, evaluate};
    #[pymodule_export]
    use super::lanes::Lanes;
    #[pymodule_export]
    use super::world::{describe, families};
}
