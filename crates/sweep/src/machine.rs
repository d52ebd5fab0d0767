//! The machine and the build, for the record: `machine.json`. No result depends on it.

use misgen_store::{Address, Fs};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Version of `machine.json`.
pub const MACHINE_VERSION: u32 = 1;

/// What a run was computed with. Fields that cannot be found out are null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// [`MACHINE_VERSION`].
    pub schema_version: u32,
    /// Model of the processor.
    pub cpu: Option<String>,
    /// Those of its features that matter to kernels.
    pub features: Vec<String>,
    /// Logical cores that this process may use.
    pub cores: Option<usize>,
    /// Kernel set of learners: part of the address of their cells.
    pub kernels: String,
    /// Operating system.
    pub os: String,
    /// Processor architecture.
    pub arch: String,
    /// Version of misgen.
    pub version: String,
    /// Compiler.
    pub rustc: Option<String>,
    /// Whether the program was built without optimisation.
    pub debug_build: bool,
    /// BLAKE3 digest of the lock file.
    pub lock_file: Option<Address>,
    /// Commit that was checked out when it was built.
    pub commit: Option<String>,
}

/// Digest of the lock file that this program was built with, where it had one.
fn lock_file() -> Option<Address> {
    let text: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/Cargo.lock"));
    (!text.is_empty()).then(|| Address::of_bytes(text))
}

fn known(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The model that Linux names first.
fn cpu_model(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    known(line.split_once(':')?.1.trim())
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<String> {
    macro_rules! detected {
        ($($name:tt),*) => {
            [$(($name, std::arch::is_x86_feature_detected!($name))),*]
        };
    }
    let all = detected!("sse4.2", "avx", "fma", "avx2", "avx512f", "avx512bw", "avx512dq", "avx512vl");
    all.iter().filter(|(_, present)| *present).map(|(name, _)| (*name).to_owned()).collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn features() -> Vec<String> {
    Vec::new()
}

impl Machine {
    /// The present one.
    #[must_use]
    pub fn present(fs: &dyn Fs) -> Self {
        let cpuinfo = fs.read(Path::new("/proc/cpuinfo"), 4 << 20).unwrap_or_default();
        Self {
            schema_version: MACHINE_VERSION,
            cpu: cpu_model(&String::from_utf8_lossy(&cpuinfo)),
            features: features(),
            cores: std::thread::available_parallelism().ok().map(usize::from),
            kernels: misgen_agents::kernel_set().to_owned(),
            os: std::env::consts::OS.to_owned(),
            arch: std::env::consts::ARCH.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rustc: known(env!("MISGEN_RUSTC")),
            debug_build: cfg!(debug_assertions),
            lock_file: lock_file(),
            commit: known(env!("MISGEN_COMMIT")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_read_from_what_linux_says() {
        let text = "processor\t: 0\nmodel name\t: Some CPU @ 2.00GHz\nprocessor\t: 1\nmodel name\t: Other\n";
        assert_eq!(cpu_model(text).as_deref(), Some("Some CPU @ 2.00GHz"));
        assert_eq!(cpu_model("model name\t:\n"), None);
        assert_eq!(cpu_model(""), None);
    }

    #[test]
    fn the_record_names_compiler_and_kernels_and_reads_back() {
        let machine = Machine::present(&misgen_store::RealFs);
        assert!(machine.rustc.as_deref().is_some_and(|text| text.starts_with("rustc ")), "{machine:?}");
        assert_eq!(machine.kernels, misgen_agents::kernel_set());
        assert_eq!(serde_json::from_str::<Machine>(&serde_json::to_string(&machine).unwrap()).unwrap(), machine);
    }
}
