//! Layers as candle operations with their own backward pass.
//!
//! The stock graph builds a dozen tensors for a layer and its activation; each of these builds
//! one forward, and backward only the gradients that somebody uses.

mod conv;
mod gru;
mod index_sum;
mod linear;
mod scored;

pub use conv::Conv;
pub use gru::GruSequence;
pub use index_sum::IndexSum;
pub use linear::Linear;
pub use scored::Scored;
pub(crate) use scored::surrogate;

use candle_core::{CpuStorage, Device, Layout, Result, Storage, Tensor};

/// The numbers of a contiguous f32 storage.
pub(crate) fn floats<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let Some((from, to)) = layout.contiguous_offsets() else {
        candle_core::bail!("expected a contiguous tensor, found strides {:?}", layout.stride());
    };
    Ok(&storage.as_slice::<f32>()?[from..to])
}

/// Hands the numbers of a contiguous f32 tensor to `f`: those on the CPU without a copy, those elsewhere as one.
///
/// # Errors
/// When the tensor is strided or of another type.
pub(crate) fn with_floats<R>(tensor: &Tensor, f: impl FnOnce(&[f32]) -> R) -> Result<R> {
    let here = tensor.to_device(&Device::Cpu)?;
    let (storage, layout) = here.storage_and_layout();
    match &*storage {
        Storage::Cpu(cpu) => Ok(f(floats(cpu, layout)?)),
        _ => candle_core::bail!("expected a tensor on the CPU"),
    }
}
