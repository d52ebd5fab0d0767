//! Promises 10 and 11: whatever is read is accepted or refused, without a panic and within bounded memory.
//!
//! The targets are those of `fuzz/`. Their committed corpus is replayed, and mutants of it are tried: so many in the
//! test command, for so long in a soak (`MISGEN_SOAK_SECONDS`).

#![allow(clippy::disallowed_methods, reason = "the corpus lies outside any store")]

#[path = "../../sweep/tests/soak/mod.rs"]
mod soak;
#[path = "../../../fuzz/targets.rs"]
mod targets;

use allocation_counter::measure;
use misgen_core::Rng;
use soak::Soak;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use targets::{TARGETS, Target};

/// The largest file of promise 10, bytes.
const LARGEST: usize = 1 << 20;
/// The most memory that reading it may take at a time, bytes.
const MOST_MEMORY: u64 = 64 << 20;
/// Mutants of each target in the test command.
const MUTANTS: u64 = 300;

/// What no one target's grammar explains, but some parser trips over.
const TOKENS: &[&str] = &[
    "\0",
    "\u{202e}",
    "\u{1b}[31m",
    "\\u0000",
    "nan",
    "inf",
    "-inf",
    "null",
    "true",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "=",
    ":",
    ",",
    "\n",
    "\r\n",
    "#",
    ".",
    "..",
    "../",
    "/",
    "\\",
    "<script>",
    "-->",
    "]]>",
    "0",
    "-1",
    "1e308",
    "-1e308",
    "1e-320",
    "255",
    "256",
    "65535",
    "65536",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "99999999999999999999",
    "0x7fffffffffffffff",
    "[[",
    "]]",
    "\"\"\"",
    "'''",
    "1979-05-27",
];

fn corpus_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

/// The committed inputs of a target, by the names of their files.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = corpus_folder().join(target);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut inputs: Vec<_> = files
        .map(|file| file.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    inputs.sort();
    inputs
}

/// What trying inputs has cost.
#[derive(Default)]
struct Cost {
    inputs: u64,
    /// The most bytes allocated at a time.
    memory: u64,
    slowest: Duration,
    /// Where inputs lie that ended in a panic or took too much, and which it was.
    findings: Vec<String>,
}

impl Cost {
    /// Tries one input. One that breaks the promise is kept, and named; the first few of a target are enough.
    fn add(&mut self, name: &str, target: Target, input: &[u8]) {
        let begun = Instant::now();
        let mut ended = true;
        let used = measure(|| ended = catch_unwind(AssertUnwindSafe(|| target(input))).is_ok());
        if (!ended || used.bytes_max > MOST_MEMORY) && self.findings.len() < 10 {
            let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-found-{}", self.findings.len()));
            std::fs::write(&kept, input).unwrap();
            let what = if ended { format!("{} bytes at a time", used.bytes_max) } else { "a panic".to_owned() };
            self.findings.push(format!("{}: {what}", kept.display()));
        }
        self.inputs += 1;
        self.memory = self.memory.max(used.bytes_max);
        self.slowest = self.slowest.max(begun.elapsed());
    }
}

fn digits(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// Where some run of digits stands.
fn number(bytes: &[u8], rng: &mut Rng) -> Option<std::ops::Range<usize>> {
    let starts: Vec<usize> =
        (0..bytes.len()).filter(|&i| digits(bytes[i]) && (i == 0 || !digits(bytes[i - 1]))).collect();
    let start = *starts.get(rng.below(starts.len().max(1) as u32) as usize)?;
    let length = bytes[start..].iter().take_while(|byte| digits(**byte)).count();
    Some(start..start + length)
}

/// A mutant of an input: a few bytes, words or numbers changed, parts lost, repeated, or taken from another input.
fn mutant(inputs: &[(String, Vec<u8>)], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = rng.pick(inputs).1.clone();
    for _ in 0..1 + rng.below(4) {
        let at = |rng: &mut Rng, bytes: &[u8]| rng.below(bytes.len() as u32 + 1) as usize;
        let (from, to) = (at(rng, &bytes), at(rng, &bytes));
        let range = from.min(to)..from.max(to);
        let near = range.start..range.end.min(range.start + 16);
        let token = rng.pick(TOKENS).as_bytes().to_vec();
        match rng.below(11) {
            0 if from < bytes.len() => bytes[from] ^= 1 << rng.below(8),
            1 if from < bytes.len() => bytes[from] = rng.below(256) as u8,
            2 => bytes.truncate(from),
            3 => drop(bytes.drain(near)),
            4 => drop(bytes.splice(from..from, token)),
            5 => drop(bytes.splice(near, token)),
            6 => {
                if let Some(place) = number(&bytes, rng) {
                    drop(bytes.splice(place, token));
                }
            }
            7 => {
                let part = bytes[near.clone()].to_vec();
                let times = [2, 10, 1000, 20_000][rng.below(4) as usize];
                drop(bytes.splice(near, part.repeat(times)));
            }
            8 => {
                let other = &rng.pick(inputs).1;
                let cut = rng.below(other.len() as u32 + 1) as usize;
                bytes.truncate(from);
                bytes.extend_from_slice(&other[cut..]);
            }
            9 => {
                let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
                let n = lines.len() as u32;
                lines.swap(rng.below(n) as usize, rng.below(n) as usize);
                bytes = lines.join(&b'\n');
            }
            _ => {
                let deep = token.repeat([3, 300, 30_000][rng.below(3) as usize]);
                drop(bytes.splice(from..from, deep));
            }
        }
    }
    bytes.truncate(LARGEST);
    bytes
}

#[test]
fn every_target_has_a_driver_and_a_corpus() {
    let manifest = std::fs::read_to_string(corpus_folder().join("../Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let driven: Vec<&str> =
        manifest["bin"].as_array().unwrap().iter().map(|bin| bin["name"].as_str().unwrap()).collect();
    let named: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(driven, named, "the binaries of fuzz/Cargo.toml");
    let mut folders: Vec<String> = std::fs::read_dir(corpus_folder())
        .unwrap()
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    assert_eq!(folders, named, "the folders of fuzz/corpus");
    for name in named {
        let (count, total) = corpus(name).iter().fold((0, 0), |(n, sum), (_, bytes)| (n + 1, sum + bytes.len()));
        assert!((3..=100).contains(&count) && total < 100_000, "{name}: {count} inputs of {total} bytes");
    }
}

#[test]
fn the_corpus_and_its_mutants_are_accepted_or_refused_within_bounds() {
    // A panic in a dependency that a reader catches is an error like others; the many megabytes that a backtrace of it
    // takes are not the reader's.
    std::panic::set_hook(Box::new(|info| eprintln!("{info}")));
    let soak = Soak::new("parsers");
    let mut costs: Vec<Cost> = TARGETS.iter().map(|_| Cost::default()).collect();
    let corpora: Vec<_> = TARGETS.iter().map(|(name, _)| corpus(name)).collect();
    for (((name, target), cost), inputs) in TARGETS.iter().zip(&mut costs).zip(&corpora) {
        for (_, input) in inputs {
            cost.add(name, *target, input);
        }
    }
    let mut round = 0;
    while soak.goes_on(round > 0) {
        for (i, (name, target)) in TARGETS.iter().enumerate() {
            let mut rng = Rng::keyed(round, name, 0);
            for _ in 0..MUTANTS {
                costs[i].add(name, *target, &mutant(&corpora[i], &mut rng));
            }
        }
        round += 1;
    }
    for ((name, _), Cost { inputs, memory, slowest, .. }) in TARGETS.iter().zip(&costs) {
        let (kib, ms) = (memory >> 10, slowest.as_millis());
        soak.report(&format!("{name}: inputs={inputs} peak={kib} KiB slowest={ms} ms"));
    }
    let inputs: u64 = costs.iter().map(|cost| cost.inputs).sum();
    let findings: Vec<&String> = costs.iter().flat_map(|cost| &cost.findings).collect();
    soak.report(&format!("targets={} inputs={inputs} findings={}", TARGETS.len(), findings.len()));
    assert!(findings.is_empty(), "{findings:#?}");
}
