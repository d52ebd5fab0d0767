# Commands of everyday work. `just` lists them.

default:
    @just --list

# The main job: train, break the correlation, report.
quickstart:
    cargo run --release -- run configs/quickstart.toml

# All tests.
test:
    cargo test --workspace

# What CI does.
ci:
    bash .ci/run

# Formatting, lints and docs.
lint:
    cargo fmt --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Rules of every family, and whether it is a good experiment.
check:
    cargo run --release -- check --all

# Speeds of this machine beside their limits.
bench:
    cargo run --release -- bench
    cargo bench --workspace

# Recompute the committed reference outcomes.
reference:
    cargo run --release -- run configs/quickstart.toml
    cargo run --release -- run configs/instrumental.toml

# Accept changed snapshots after looking at them.
snapshots:
    INSTA_UPDATE=always cargo test --workspace
