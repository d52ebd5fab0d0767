//! Nets that PyTorch trained and exported, against what PyTorch computes with them (`onnx/export.py`).

#![cfg(feature = "onnx")]
#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

use misgen_agents::{OnnxError, OnnxPolicy, Play};
use misgen_core::{Channel, Decisions, Ended, Events, Layer, ObsSpec, Policy, PolicyError, Rgb, Rng, StepView};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

const fn channel(name: &'static str) -> Channel {
    Channel { name, glyph: '?', color: Rgb(0, 0, 0), layer: Layer::Thing }
}

/// Those of the family `bright`.
static CHANNELS: [Channel; 5] =
    [channel("wall"), channel("agent"), channel("target"), channel("bright"), channel("brighter")];
const SPEC: ObsSpec = ObsSpec { height: 9, width: 9, channels: &CHANNELS, cell_bytes: 1, actions: 5 };
/// Damaged variants of each net.
const TRIALS: usize = 500;
const NETS: [&str; 4] = ["planes", "grid", "single", "ego"];

#[derive(Deserialize)]
struct Expected {
    observations: Vec<String>,
    #[serde(flatten)]
    nets: BTreeMap<String, Computed>,
}

#[derive(Deserialize)]
struct Computed {
    logits: Vec<Vec<f64>>,
    values: Option<Vec<f64>>,
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx").join(name)).unwrap()
}

fn model(name: &str) -> Vec<u8> {
    file(&format!("{name}.onnx"))
}

fn expected() -> Expected {
    serde_json::from_slice(&file("expected.json")).unwrap()
}

fn observations() -> Vec<Vec<u8>> {
    let byte = |hex: &[u8]| u8::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).unwrap();
    expected().observations.iter().map(|row| row.as_bytes().chunks(2).map(byte).collect()).collect()
}

/// What the policy makes of observations; `None` is an idle lane.
#[derive(Debug, PartialEq)]
struct Played {
    actions: Vec<u8>,
    probs: Vec<Vec<f32>>,
    values: Vec<f32>,
}

fn play(policy: &mut OnnxPolicy, lanes: &[Option<&[u8]>], seed: u64) -> Played {
    try_play(policy, lanes, seed).unwrap()
}

fn try_play(policy: &mut OnnxPolicy, lanes: &[Option<&[u8]>], seed: u64) -> Result<Played, PolicyError> {
    let n = lanes.len();
    let obs: Vec<u8> = lanes.iter().flat_map(|lane| lane.map_or(vec![0; SPEC.bytes()], <[u8]>::to_vec)).collect();
    let level: Vec<u32> = lanes.iter().map(|lane| if lane.is_some() { 0 } else { StepView::NO_LEVEL }).collect();
    let view = StepView {
        spec: &SPEC,
        obs: &obs,
        last_obs: &obs,
        events: &vec![Events::NONE; n],
        ended: &vec![Ended::No; n],
        level: &level,
        last_level: &level,
        steps: &vec![0; n],
        palette: None,
    };
    let (mut actions, mut probs, mut values) = (vec![9; n], vec![9.0; n * SPEC.actions], vec![9.0; n]);
    let mut rngs: Vec<Rng> = (0..n as u64).map(|lane| Rng::keyed(seed, "lane", lane)).collect();
    let mut out =
        Decisions { actions: &mut actions, probs: Some(&mut probs), values: Some(&mut values), features: None };
    policy.act(&view, &mut rngs, &mut out)?;
    Ok(Played { actions, probs: probs.chunks(SPEC.actions).map(<[f32]>::to_vec).collect(), values })
}

fn of(rows: &[Vec<u8>]) -> Vec<Option<&[u8]>> {
    rows.iter().map(|row| Some(&row[..])).collect()
}

fn largest(row: &[f64]) -> usize {
    (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap()
}

/// Distance between the largest of a row and the next one.
fn margin(row: &[f64]) -> f64 {
    let best = largest(row);
    row.iter().enumerate().filter(|(i, _)| *i != best).map(|(_, x)| row[best] - x).fold(f64::INFINITY, f64::min)
}

#[test]
fn nets_play_as_pytorch_computes() {
    let (seen, expected) = (observations(), expected());
    for name in NETS {
        let computed = &expected.nets[name];
        let mut policy = OnnxPolicy::load(&model(name), &SPEC, Play::Greedy).unwrap();
        let played = play(&mut policy, &of(&seen), 0);
        assert_eq!(computed.logits.len(), seen.len());
        let mut decided = 0;
        for (lane, logits) in computed.logits.iter().enumerate() {
            // Log-probabilities are logits up to a constant.
            let sum = logits.iter().map(|z| z.exp()).sum::<f64>().ln();
            for (z, p) in logits.iter().zip(&played.probs[lane]) {
                let found = f64::from(*p).ln();
                assert!((found - (z - sum)).abs() < 1e-4, "{name}, lane {lane}: {found} beside {}", z - sum);
            }
            if margin(logits) > 1e-3 {
                assert_eq!(usize::from(played.actions[lane]), largest(logits), "{name}, lane {lane}");
                decided += 1;
            }
        }
        assert!(decided >= 30, "{name}: {decided} clear decisions");
        for (lane, found) in played.values.iter().enumerate() {
            match &computed.values {
                Some(values) => {
                    assert!((f64::from(*found) - values[lane]).abs() < 1e-4, "{name}: {found} beside {}", values[lane]);
                }
                None => assert!(found.is_nan(), "{name}: a value of a net that has none"),
            }
        }
    }
}

/// Bits of probabilities and values of each row.
fn bits(played: &Played, lane: usize) -> Vec<u32> {
    played.probs[lane].iter().chain([&played.values[lane]]).map(|x| x.to_bits()).collect()
}

#[test]
fn what_a_lane_does_depends_on_no_other_lane() {
    let seen = observations();
    for name in NETS {
        let mut policy = OnnxPolicy::load(&model(name), &SPEC, Play::Greedy).unwrap();
        let alone: Vec<_> = seen.iter().map(|row| bits(&play(&mut policy, &[Some(row)], 0), 0)).collect();
        assert!(alone.iter().any(|row| *row != alone[0]), "{name}: the rows are all alike");
        for lanes in [2, 17, 64, 65, 150] {
            for first in [0, 5, 31] {
                let order: Vec<usize> = (0..lanes).map(|lane| (first + 7 * lane) % seen.len()).collect();
                let rows: Vec<Option<&[u8]>> = order.iter().map(|i| Some(&seen[*i][..])).collect();
                let played = play(&mut policy, &rows, 0);
                for (lane, i) in order.iter().enumerate() {
                    assert_eq!(bits(&played, lane), alone[*i], "{name}: {lanes} lanes, lane {lane}");
                }
            }
        }
    }
}

#[test]
fn a_net_that_mixes_the_rows_of_a_batch_is_refused() {
    let error = OnnxPolicy::load(&model("mixing"), &SPEC, Play::Greedy).unwrap_err();
    assert!(matches!(&error, OnnxError::Refused(why) if why.contains("rows beside it")), "{error}");
}

#[test]
fn idle_lanes_are_passed_over() {
    let seen = observations();
    let mut policy = OnnxPolicy::load(&model("planes"), &SPEC, Play::Sampled).unwrap();
    let all = play(&mut policy, &of(&seen), 3);
    let mut rows = of(&seen);
    for lane in [0, 4, 31] {
        rows[lane] = None;
    }
    let some = play(&mut policy, &rows, 3);
    for (lane, row) in rows.iter().enumerate() {
        if row.is_some() {
            assert_eq!((some.actions[lane], bits(&some, lane)), (all.actions[lane], bits(&all, lane)));
        } else {
            assert_eq!((some.actions[lane], &some.probs[lane]), (0, &vec![0.0; 5]));
            assert!(some.values[lane].is_nan());
        }
    }
}

#[test]
fn sampled_play_draws_in_proportion_from_the_lane_s_stream() {
    let seen = observations();
    let mut policy = OnnxPolicy::load(&model("ego"), &SPEC, Play::Sampled).unwrap();
    let mut counts = vec![[0.0; 5]; seen.len()];
    let games = 400;
    for seed in 0..games {
        let played = play(&mut policy, &of(&seen), seed);
        assert_eq!(played, play(&mut policy, &of(&seen), seed));
        for (lane, action) in played.actions.iter().enumerate() {
            counts[lane][usize::from(*action)] += 1.0 / games as f64;
        }
    }
    let probs = play(&mut policy, &of(&seen), 0).probs;
    for (found, expected) in counts.iter().flatten().zip(probs.iter().flatten()) {
        let expected = f64::from(*expected);
        let deviation = (expected * (1.0 - expected) / games as f64).sqrt();
        assert!((found - expected).abs() < 5.0 * deviation + 1e-9, "{found} of {expected}");
    }
}

#[test]
fn what_does_not_fit_is_said_with_what_would() {
    let load = |name: &str, spec: &ObsSpec| OnnxPolicy::load(&model(name), spec, Play::Greedy).unwrap_err();
    let smaller = ObsSpec { height: 8, ..SPEC };
    let error = load("planes", &smaller);
    assert_eq!(
        error.to_string(),
        "input \"observations\": f32 [?, 5, 9, 9], expected f32 [batch, 5, 8, 9] (channels, rows, columns), \
         [batch, 360] (the view `grid`), [batch, 1092] (the view `ego`)"
    );
    let more = ObsSpec { actions: 6, ..SPEC };
    let error = load("grid", &more);
    assert_eq!(error.to_string(), "output 0 (logits): F32 [3, 5], expected F32 [3, 6] for 3 rows");
    let text = b"this is no model";
    assert!(matches!(OnnxPolicy::load(text, &SPEC, Play::Greedy), Err(OnnxError::Format(_))));
    assert!(matches!(OnnxPolicy::load(&[], &SPEC, Play::Greedy), Err(OnnxError::Refused(_))));
    let large = vec![0; 256_000_001];
    assert!(matches!(OnnxPolicy::load(&large, &SPEC, Play::Greedy), Err(OnnxError::TooLarge { found: 256_000_001 })));
}

/// `bytes` with every `from` replaced by `to`, of equal length.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut out = bytes.to_vec();
    let mut found = 0;
    for at in 0..=bytes.len() - from.len() {
        if &bytes[at..at + from.len()] == from {
            out[at..at + from.len()].copy_from_slice(to);
            found += 1;
        }
    }
    assert!(found > 0, "{} is not in the file", String::from_utf8_lossy(from));
    out
}

#[test]
fn operators_of_other_nets_are_refused() {
    let grid = model("grid");
    for (from, to, why) in [
        ("Tanh", "LSTM", "not among the operators"),
        ("Tanh", "Tile", "not among the operators"),
        ("observations", "observatiONs", ""),
        ("logits", "logitz", ""),
    ] {
        let changed = OnnxPolicy::load(&replaced(&grid, from.as_bytes(), to.as_bytes()), &SPEC, Play::Greedy);
        match changed {
            Ok(_) => assert!(why.is_empty(), "{to} for {from} was read"),
            Err(error) => assert!(!why.is_empty() && error.to_string().contains(why), "{to} for {from}: {error}"),
        }
    }
}

/// What became of damaged files.
#[derive(Debug, Default)]
struct Count {
    read: usize,
    refused: usize,
    panics: usize,
}

impl Count {
    fn add(&mut self, bytes: &[u8], seen: &[Vec<u8>]) {
        match OnnxPolicy::load(bytes, &SPEC, Play::Greedy) {
            Err(OnnxError::Format(why)) if why.contains("gave up") => self.panics += 1,
            Err(_) => self.refused += 1,
            Ok(mut policy) => {
                self.read += 1;
                // Damaged weights may make a number that is none, which is an error; a panic would end this test.
                let _ = try_play(&mut policy, &of(seen), 0);
            }
        }
    }
}

#[test]
fn damaged_files_are_errors_and_no_panics() {
    let seen = observations();
    let mut count = Count::default();
    for name in NETS {
        let whole = model(name);
        for cut in 0..64 {
            count.add(&whole[..cut], &seen);
            count.add(&whole[..whole.len() - 1 - cut], &seen);
        }
        let mut rng = Rng::keyed(0, name, 0);
        let mut below = |n: usize| rng.below(n as u32) as usize;
        for trial in 0..TRIALS {
            let mut bytes = whole.clone();
            // Weights are most of a file; what stands before them is what can go wrong.
            let part = if trial % 4 == 0 { bytes.len() } else { 900 };
            for _ in 0..=below(3) {
                let at = below(part);
                match below(4) {
                    0 => bytes[at] = below(256) as u8,
                    1 => drop(bytes.remove(at)),
                    2 => bytes.insert(at, below(256) as u8),
                    _ => bytes[at] ^= 1 << below(8),
                }
            }
            count.add(&bytes, &seen);
        }
    }
    assert_eq!(count.panics, 0, "the gate lets something pass that tract cannot read: {count:?}");
    assert!(count.refused > 4 * TRIALS / 2 && count.read > 100, "{count:?}");
}
