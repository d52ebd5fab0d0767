//! The gate before safetensors, and what a checkpoint can be used for.

mod common;

use common::{Hall, HallKnobs, corridor, env};
use misgen_agents::{
    AgentConfig, Checkpoint, CheckpointError, FirstLayer, Learner, NetPolicy, Play, RgbView, ViewKind,
};
use misgen_core::{Decisions, Family, LevelPlan, Policy, Rng};
use serde_json::{Value, json};

fn trained() -> (Learner, Checkpoint) {
    trained_on(AgentConfig::default())
}

fn trained_on(config: AgentConfig) -> (Learner, Checkpoint) {
    let config = AgentConfig { hidden: vec![8], lanes: 4, steps: 8, ..config };
    let mut env = corridor(4);
    let mut learner = Learner::new(config, env.view().spec, Hall::CUES[0].reward(), 0);
    learner.train_update(&mut *env).unwrap();
    let saved = learner.save(&*env);
    (learner, saved)
}

/// Header and data of a model, and back.
fn split(model: &[u8]) -> (Value, Vec<u8>) {
    let (length, rest) = model.split_first_chunk().unwrap();
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    (serde_json::from_slice(header).unwrap(), data.to_vec())
}

fn join(header: &Value, data: &[u8]) -> Vec<u8> {
    let header = serde_json::to_vec(header).unwrap();
    [&(header.len() as u64).to_le_bytes()[..], &header, data].concat()
}

fn load(checkpoint: &Checkpoint) -> Result<NetPolicy, CheckpointError> {
    NetPolicy::load(checkpoint, Play::Greedy)
}

#[test]
fn a_loaded_policy_decides_as_the_learner_does() {
    for config in [AgentConfig::default(), seeing(ViewKind::Window(5)), pictured()] {
        decides_alike(config);
    }
}

fn seeing(view: ViewKind) -> AgentConfig {
    AgentConfig { view, ..AgentConfig::default() }
}

/// An agent that sees pixels of varied palettes.
fn pictured() -> AgentConfig {
    let view = ViewKind::Rgb(RgbView { tile: 3, palette: 0.5 });
    AgentConfig { first_layer: FirstLayer::Dense, ..seeing(view) }
}

fn decides_alike(config: AgentConfig) {
    let (learner, saved) = trained_on(config);
    let mut env = corridor(4);
    env.restart(&LevelPlan::Endless { seed: 3 });
    let decide = |mut policy: NetPolicy| {
        let (mut actions, mut probs, mut values) = ([0; 4], [0.0; 20], [0.0; 4]);
        let mut out = Decisions { probs: Some(&mut probs), values: Some(&mut values), ..Decisions::of(&mut actions) };
        policy.act(&env.view(), &mut [Rng::keyed(0, "play", 0); 4], &mut out).unwrap();
        (actions, probs, values)
    };
    let expected = decide(NetPolicy::of(&learner, Play::Sampled));
    let light = learner.export();
    assert!(light.model.len() * 2 < saved.model.len(), "no moments in a checkpoint for play");
    for checkpoint in [&saved, &light] {
        assert_eq!(decide(NetPolicy::load(checkpoint, Play::Sampled).unwrap()), expected);
    }
}

#[test]
fn a_checkpoint_for_play_does_not_resume() {
    let (learner, saved) = trained();
    let refused = Learner::resume(&learner.export(), &mut *corridor(4)).unwrap_err();
    assert!(matches!(refused, CheckpointError::Resume(_)), "{refused}");
    let refused = Learner::resume(&saved, &mut *corridor(5)).unwrap_err();
    assert!(refused.to_string().contains("5 lanes, expected 4"), "{refused}");
    let mut narrow = env(HallKnobs { width: 8, ..Default::default() }, 4);
    assert!(matches!(Learner::resume(&saved, &mut *narrow).unwrap_err(), CheckpointError::Resume(_)));
}

#[test]
fn every_truncation_and_every_flipped_length_is_refused() {
    let (_, saved) = trained();
    for length in (0..saved.model.len()).step_by(7).chain(0..200) {
        let cut = Checkpoint { model: saved.model[..length].to_vec(), ..saved.clone() };
        assert!(load(&cut).is_err(), "{length} bytes of {}", saved.model.len());
    }
    for length in (0..saved.config.len()).step_by(13) {
        let cut = Checkpoint { config: saved.config[..length].to_vec(), ..saved.clone() };
        assert!(matches!(load(&cut), Err(CheckpointError::Config(_))));
    }
    for bit in 0..64 {
        let mut model = saved.model.clone();
        model[bit / 8] ^= 1 << (bit % 8);
        assert!(load(&Checkpoint { model, ..saved.clone() }).is_err(), "bit {bit} of the header's length");
    }
}

#[test]
fn a_large_header_is_refused_before_it_is_read() {
    let (_, saved) = trained();
    let mut model = 2_000_000_u64.to_le_bytes().to_vec();
    model.resize(3_000_000, b'{');
    let refused = load(&Checkpoint { model, ..saved }).unwrap_err();
    assert_eq!(refused, CheckpointError::TooLarge { what: "header", found: 2_000_000, most: 1_000_000 });
}

#[test]
fn names_shapes_and_types_must_be_the_expected_ones() {
    let (learner, _) = trained();
    let saved = learner.export();
    let (header, data) = split(&saved.model);
    let refused = |header: &Value| {
        let model = join(header, &data);
        match load(&Checkpoint { model, ..saved.clone() }).unwrap_err() {
            CheckpointError::Tensor { name, found, .. } => (name, found),
            other => panic!("{other}"),
        }
    };
    let rename = |from: &str, to: &str| {
        let mut header = header.clone();
        let tensor = header.as_object_mut().unwrap().remove(from).unwrap();
        header[to] = tensor;
        header
    };
    assert_eq!(refused(&rename("value.bias", "../../x")), ("../../x".into(), "superfluous".into()));
    let mut other = header.clone();
    other["policy.weight"]["shape"] = json!([5, 8]);
    assert_eq!(refused(&other), ("policy.weight".into(), "F32 [5, 8]".into()));
    let mut other = header.clone();
    other["policy.weight"]["dtype"] = json!("I32");
    assert_eq!(refused(&other), ("policy.weight".into(), "I32 [8, 5]".into()));
    let mut other = header.clone();
    let end = data.len();
    other["empty"] = json!({ "dtype": "F32", "shape": [0], "data_offsets": [end, end] });
    assert_eq!(refused(&other), ("empty".into(), "superfluous".into()));
}

#[test]
fn a_number_that_is_not_finite_is_named() {
    let (learner, _) = trained();
    let saved = learner.export();
    let (header, mut data) = split(&saved.model);
    let start = header["trunk.0.bias"]["data_offsets"][0].as_u64().unwrap() as usize;
    data[start + 12..start + 16].copy_from_slice(&f32::NAN.to_le_bytes());
    let refused = load(&Checkpoint { model: join(&header, &data), ..saved }).unwrap_err();
    assert_eq!(refused, CheckpointError::NotFinite { name: "trunk.0.bias".into(), index: 3 });
}

#[test]
fn a_config_that_asks_for_the_impossible_is_refused_before_any_allocation() {
    let (_, saved) = trained();
    let config: Value = serde_json::from_slice(&saved.config).unwrap();
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut config = config.clone();
        change(&mut config);
        load(&Checkpoint { config: serde_json::to_vec(&config).unwrap(), ..saved.clone() }).unwrap_err().to_string()
    };
    assert!(refused(&|c| c["settings"]["hidden"] = json!([4_000_000_000_u64])).contains("hidden[0]"));
    assert!(refused(&|c| c["observations"]["height"] = json!(1_000_000)).contains("1000000×9"));
    assert!(refused(&|c| c["observations"]["channels"] = json!(["wall"])).contains("no channel `agent`"));
    assert!(refused(&|c| c["schema_version"] = json!(7)).contains("schema_version 7"));
    assert!(refused(&|c| c["surprise"] = json!(1)).contains("surprise"));
    assert!(refused(&|c| c["settings"]["hidden"] = json!([4096, 4096])).contains("trunk."));
}

#[test]
fn a_view_that_cannot_be_is_refused() {
    let (_, saved) = trained_on(pictured());
    let config: Value = serde_json::from_slice(&saved.config).unwrap();
    assert_eq!(config["observations"]["looks"][1], json!({ "glyph": "@", "color": [200, 120, 40], "layer": "thing" }));
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut config = config.clone();
        change(&mut config);
        load(&Checkpoint { config: serde_json::to_vec(&config).unwrap(), ..saved.clone() }).unwrap_err().to_string()
    };
    assert!(refused(&|c| c["settings"]["view"] = json!({ "rgb": { "tile": 0 } })).contains("view.rgb.tile: 0"));
    assert!(
        refused(&|c| c["settings"]["view"] = json!({ "rgb": { "tile": 4_000_000_000_u32 } })).contains("view.rgb.tile")
    );
    assert!(refused(&|c| c["settings"]["view"] = json!({ "rgb": { "palette": -0.5 } })).contains("view.rgb.palette"));
    assert!(refused(&|c| c["settings"]["view"] = json!({ "window": 999_999_999 })).contains("view.window"));
    assert!(refused(&|c| c["settings"]["view"] = json!({ "window": 7 })).contains("trunk.0.weight"));
    assert!(refused(&|c| c["settings"]["view"] = json!({ "rgb": { "tile": 8 } })).contains("trunk.0.weight"));
    assert!(refused(&|c| c["settings"]["first_layer"] = json!("index-sum")).contains("settings.first_layer"));
    assert!(refused(&|c| c["observations"]["looks"] = Value::Null).contains("no `looks`"));
    assert!(refused(&|c| c["observations"]["looks"] = json!([])).contains("0 `looks`, expected 4"));
}

#[test]
fn training_on_pixels_resumes_exactly() {
    let config = AgentConfig { hidden: vec![8], lanes: 4, steps: 8, ..pictured() };
    let mut env = corridor(4);
    let mut learner = Learner::new(config, env.view().spec, Hall::CUES[0].reward(), 0);
    learner.train_update(&mut *env).unwrap();
    let saved = learner.save(&*env);
    let mut other = corridor(4);
    let mut again = Learner::resume(&saved, &mut *other).unwrap();
    assert_eq!(again.train_update(&mut *other).unwrap(), learner.train_update(&mut *env).unwrap());
    assert_eq!(again.export(), learner.export());
}

#[test]
fn counters_that_do_not_fit_together_do_not_resume() {
    let (_, saved) = trained();
    let config: Value = serde_json::from_slice(&saved.config).unwrap();
    for (field, value) in [
        ("/training/adam_steps", json!(u64::MAX)),
        ("/training/progress/updates", json!(u64::MAX)),
        ("/training/progress/updates", json!(2)),
        ("/training/progress/frames", json!(1)),
    ] {
        let mut config = config.clone();
        *config.pointer_mut(field).expect("a field of a checkpoint") = value;
        let damaged = Checkpoint { config: serde_json::to_vec(&config).unwrap(), ..saved.clone() };
        let refused = Learner::resume(&damaged, &mut *corridor(4)).unwrap_err();
        assert!(refused.to_string().contains("do not fit together"), "{field}: {refused}");
    }
}
