# Commands of everyday work. `just` lists them.

default:
    @just --list

# The main job: train, break the correlation, report.
quickstart:
    cargo run --release -- run configs/quickstart.toml

# All tests.
test:
    cargo test --workspace

# The Python package in a virtual environment of its own, slow parts included: agents really train (PyTorch takes 6 GB).
test-python:
    bash .ci/python full

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

# Stepping and training beside other libraries, which it installs from PyPI at pinned versions into target/ (PyTorch takes 6 GB).
bench-peers *options:
    python3 crates/cli/benches/peers.py {{options}}

# Recompute the committed reference outcomes.
reference:
    cargo run --release -- run configs/quickstart.toml
    cargo run --release -- run configs/instrumental.toml
    cargo run --release -- run configs/families.toml
    cargo run --release -- run configs/agents-suite.toml

# Accept changed snapshots after looking at them.
snapshots:
    INSTA_UPDATE=always cargo test --workspace

# Kills, faults, power losses and mutated files for so many minutes, each loop in turn; counts are printed at its end.
soak minutes="20":
    MISGEN_SOAK_SECONDS=$(({{minutes}} * 60 / 5)) cargo test --workspace --test 'soak_*' -- --nocapture --test-threads=1

# Instructions of stepping, level generation and updates against the committed counts (needs valgrind).
perf-gate *options:
    python3 .ci/perf_gate.py {{options}}

# The pages of docs as a site, in target/book; mdBook is installed into target/tools.
book:
    bash .ci/book

# Write the families' pages, pictures and films anew, after a declaration changed; look at the diff.
docs:
    cargo run --release -- docs

# One fuzz target under libFuzzer (needs a nightly toolchain and cargo-fuzz), beginning with the committed corpus.
fuzz target seconds="120":
    cargo +nightly fuzz run {{target}} -- -max_total_time={{seconds}} -max_len=65536 -timeout=10

# Write the manifests of all evaluation pools anew, after a family's VERSION or POOL_VERSION was raised.
pools:
    cargo run --release -- pool make

# Write the gate's baseline anew; review its diff.
baseline:
    cargo run --release -- run configs/gate.toml
    cargo run --release -- gate results/runs/gate-* --baseline configs/gate.baseline.json --update

# Licences, sources and banned crates (needs cargo-deny).
deny:
    cargo deny check licenses bans sources
