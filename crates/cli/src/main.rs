//! The `misgen` binary: the command line with this project's own families.

/// Keeps the large buffers of training, which glibc gives back to the system and faults in again at every update.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    misgen_cli::main_with(misgen_families::REGISTRY)
}
