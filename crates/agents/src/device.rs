//! Where updates are computed: on the CPU, unless a variable of the environment asks for a GPU.
//!
//! Like the number of compute threads this belongs to the process, so that a cell's child has it from its parent.

use candle_core::Device;

/// The variable: `cpu`, `cuda` (the first GPU) or `cuda:1`.
pub const DEVICE: &str = "MISGEN_DEVICE";

/// Why updates cannot be computed where [`DEVICE`] says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// It says something else.
    #[error("{DEVICE}: found `{0}`, expected `cpu`, `cuda` or `cuda:N`")]
    Unknown(String),
    /// This program cannot use GPUs.
    #[error("{DEVICE}: found `{0}`, but this misgen was built without the feature `cuda`")]
    NotBuilt(String),
    /// There is no such GPU, or it cannot be used.
    #[error("{DEVICE}: cannot use GPU {0}: {1}")]
    NotThere(usize, String),
}

/// The GPU that `asked`, the variable's value, names; `None` is the CPU.
fn gpu(asked: &str) -> Result<Option<usize>, DeviceError> {
    let number = match asked {
        "" | "cpu" => return Ok(None),
        "cuda" => Some(0),
        _ => asked.strip_prefix("cuda:").and_then(|number| number.parse().ok()),
    };
    match number {
        None => Err(DeviceError::Unknown(asked.to_owned())),
        Some(_) if !cfg!(feature = "cuda") => Err(DeviceError::NotBuilt(asked.to_owned())),
        number => Ok(number),
    }
}

/// The GPU that this process was asked to compute updates on, if it was.
///
/// # Errors
/// When [`DEVICE`] does not say where, or says what this program was not built for.
pub fn asked_gpu() -> Result<Option<usize>, DeviceError> {
    gpu(&std::env::var_os(DEVICE).unwrap_or_default().to_string_lossy())
}

/// Whether a learner can begin here: [`DEVICE`] says where, and that is there.
///
/// # Errors
/// When it is not.
pub fn check_device() -> Result<(), DeviceError> {
    open().map(drop)
}

/// Where updates are computed.
pub(crate) fn open() -> Result<Device, DeviceError> {
    match asked_gpu()? {
        None => Ok(Device::Cpu),
        // What follows the first line is where in candle it happened.
        Some(number) => Device::new_cuda(number).map_err(|error| {
            DeviceError::NotThere(number, error.to_string().lines().next().unwrap_or_default().to_owned())
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_names_a_device_or_is_refused() {
        assert_eq!((gpu(""), gpu("cpu")), (Ok(None), Ok(None)));
        for (asked, number) in [("cuda", 0), ("cuda:0", 0), ("cuda:3", 3)] {
            let without = Err(DeviceError::NotBuilt(asked.to_owned()));
            assert_eq!(gpu(asked), if cfg!(feature = "cuda") { Ok(Some(number)) } else { without });
        }
        for asked in ["gpu", "cuda:", "cuda:x", "cuda:-1", "CPU"] {
            assert_eq!(gpu(asked), Err(DeviceError::Unknown(asked.to_owned())));
        }
    }
}
