//! misgen with a family of its own: every command works as `misgen` does, over the families listed here.

mod lamp;

use misgen_core::{Of, Registry};
use misgen_families::corner::Corner;

/// Our family, and one of misgen's to compare with.
static REGISTRY: Registry = Registry(&[&Of::<lamp::Lamp>::NEW, &Of::<Corner>::NEW]);

/// Training takes half as long with it; see ARCHITECTURE.md of misgen, "Decisions worth knowing".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    misgen_cli::main_with(REGISTRY)
}
