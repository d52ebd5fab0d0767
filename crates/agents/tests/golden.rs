//! A change of the learning code must be announced: raise `AGENT_CODE_VERSION`, then write down the new hash here.

mod common;

use common::{Hall, corridor};
use misgen_agents::{AGENT_CODE_VERSION, AgentConfig, FirstLayer, Learner, kernel_set};
use misgen_core::Family;

/// Weights differ between kernel sets, so each has a line; (version, kernel set, first layer, hash).
const GOLDEN: &[(u32, &str, FirstLayer, u64)] = &[
    (1, "avx512", FirstLayer::IndexSum, 0x63bc_a5f8_9feb_6528),
    (1, "avx512", FirstLayer::Dense, 0x540a_7ffd_c365_d002),
    (1, "avx2", FirstLayer::IndexSum, 0xf2e1_1588_c7ab_809c),
    (1, "avx2", FirstLayer::Dense, 0x8778_ba87_1d35_8c77),
    (1, "generic", FirstLayer::IndexSum, 0x8016_6e0d_ccbc_b68a),
    (1, "generic", FirstLayer::Dense, 0x5836_c683_025e_2eb8),
];

/// FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01B3))
}

/// Small enough that no product is split into blocks, whose sizes would follow the machine's caches.
fn weights(first_layer: FirstLayer) -> u64 {
    let config = AgentConfig { hidden: vec![16, 16], lanes: 8, steps: 16, first_layer, ..AgentConfig::default() };
    let mut env = corridor(config.lanes);
    let mut learner = Learner::new(config, env.view().spec, Hall::CUES[0].reward(), 42);
    for _ in 0..5 {
        learner.train_update(&mut *env).unwrap();
    }
    hash(&learner.export().model)
}

#[test]
fn learning_code_that_changes_results_has_a_new_version() {
    let set = kernel_set();
    let mut wrong = Vec::new();
    for layer in [FirstLayer::IndexSum, FirstLayer::Dense] {
        let found = weights(layer);
        match GOLDEN.iter().find(|(_, s, l, _)| (*s, *l) == (set, layer)) {
            Some((.., expected)) if found == *expected => {}
            Some(_) => wrong.push(format!("({AGENT_CODE_VERSION}, {set:?}, FirstLayer::{layer:?}, {found:#018x})")),
            // No machine with these kernels has written its line yet: at least two runs must agree.
            None => assert_eq!(found, weights(layer), "{set}: two runs differ, and there is no golden hash"),
        }
    }
    assert!(wrong.is_empty(), "the weights changed: raise AGENT_CODE_VERSION and write down {wrong:#?}");
}

#[test]
fn golden_lines_are_of_this_version_and_say_one_thing() {
    for (i, (version, set, layer, _)) in GOLDEN.iter().enumerate() {
        assert_eq!(*version, AGENT_CODE_VERSION, "{set}, {layer:?}: a line of another version");
        assert!(GOLDEN[..i].iter().all(|(_, s, l, _)| (s, l) != (set, layer)), "{set}, {layer:?}: two lines");
    }
}
