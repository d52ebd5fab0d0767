//! The `misgen` binary: the command line with this project's own families.

fn main() -> std::process::ExitCode {
    misgen_cli::main_with(misgen_families::REGISTRY)
}
