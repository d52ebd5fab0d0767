//! `misgen train`: one agent by hand.

use super::world::{family, knobs, law};
use crate::args::TrainArgs;
use crate::failure::Failure;
use crate::output;
use misgen_agents::{Checkpoint, Learner};
use misgen_core::{Law, Registry};
use misgen_store::{Fs, MAX_FILE_BYTES, RealFs, Store, canonical_json};
use misgen_sweep::curriculum::prepare;
use misgen_sweep::inputs::TrainingPool;
use misgen_sweep::suite::open_agent;
use misgen_sweep::train::{environment, go_on, record, training_levels};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Levels of a training pool.
const LEVELS: u32 = 4096;

/// What an agent was trained on: `training.json` beside its checkpoint, the declaration that S_ID needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Card {
    pub(crate) schema_version: u32,
    /// Family and version.
    pub(crate) family: String,
    /// All knobs.
    pub(crate) knobs: Value,
    /// Name of the training law.
    pub(crate) law_name: String,
    /// The training law, mix included.
    pub(crate) law: Law,
    /// Share of free levels in it.
    pub(crate) mix: f64,
    /// Training seed.
    pub(crate) seed: u64,
}

/// Name of the card's file.
pub(crate) const CARD: &str = "training.json";

/// The bytes of a file; `None` where there is none.
pub(super) fn read_file(fs: &dyn Fs, path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match fs.read(path, MAX_FILE_BYTES) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::environment(format!("{}: {error}", path.display()))),
    }
}

/// The card at `path`; `None` where there is none.
pub(super) fn read_card(fs: &dyn Fs, path: &Path) -> Result<Option<Card>, Failure> {
    let card = read_file(fs, path)?.map(|bytes| serde_json::from_slice(&bytes)).transpose();
    card.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// Reads a checkpoint folder; `None` where there is none.
pub(crate) fn read_checkpoint(fs: &dyn Fs, folder: &Path) -> Result<Option<(Checkpoint, Option<Card>)>, Failure> {
    let read = |name: &str| read_file(fs, &folder.join(name));
    let (Some(model), Some(config)) = (read("model.safetensors")?, read("config.json")?) else { return Ok(None) };
    Ok(Some((Checkpoint { model, config }, read_card(fs, &folder.join(CARD))?)))
}

pub(crate) fn train(args: &TrainArgs, registry: Registry) -> Result<u8, Failure> {
    let family = family(registry, &args.family)?;
    let spec = family.spec();
    let (law_name, law) = law(&spec, &args.world)?;
    let knobs = knobs(family, &args.world)?;
    if !(0.0..=1.0).contains(&args.mix) {
        return Err(Failure::usage(format!("--mix {}: expected a share from 0 to 1", args.mix)));
    }
    let law = law.mixed(args.mix);
    let fs: Arc<dyn Fs> = Arc::new(RealFs);
    let mut set = args.set.clone();
    set.extend(args.frames.map(|frames| format!("frames={frames}")));
    let config = open_agent(fs.as_ref(), &args.agent, &set)?;
    let wanted = TrainingPool { levels: LEVELS, seed: args.seed };
    let levels = training_levels(family, &knobs, &law, wanted, &BTreeSet::new()).map_err(Failure::job)?;
    let levels = prepare(family, &law, levels, &BTreeSet::new(), &config, wanted.seed).map_err(Failure::usage)?;
    let mut env = environment(&levels, &config);
    let (id, seed) = (spec.id(), args.seed);
    let card = Card { schema_version: 1, family: id, knobs, law_name: law_name.into(), law, mix: args.mix, seed };
    let mut learner = match read_checkpoint(fs.as_ref(), &args.out)? {
        None => levels.learner(&config, args.seed),
        Some((checkpoint, found)) => {
            if found.as_ref() != Some(&card) {
                return Err(Failure::usage(format!(
                    "{}: holds an agent that was trained on something else ({CARD}); choose another --out",
                    args.out.display()
                )));
            }
            let mut learner = Learner::resume(&checkpoint, env.as_mut()).map_err(Failure::usage)?;
            levels.tell(&mut learner).map_err(Failure::usage)?;
            learner.extend(config.frames);
            if *learner.config() != config {
                return Err(Failure::usage(format!(
                    "{}: holds an agent with other settings than {}; only `frames` may grow",
                    args.out.display(),
                    args.agent.display()
                )));
            }
            learner
        }
    };
    let begun = learner.frames();
    let mut last = begun;
    let history = go_on(&mut learner, env.as_mut(), &mut |learner| {
        let (done, total) = (learner.frames(), learner.config().frames);
        if done - last >= total / 10 {
            last = done;
            anstream::eprintln!("{done} of {total} frames");
        }
    })
    .map_err(Failure::job)?;
    let checkpoint = learner.save(env.as_ref());
    let store = Store::create(fs, &args.out)?;
    store.write_document("config.json", &checkpoint.config)?;
    store.write_document("model.safetensors", &checkpoint.model)?;
    store.write_document(CARD, &canonical_json(&card).map_err(Failure::job)?)?;
    let training = record(&levels, &learner, &history);
    if args.json {
        output::json(&json!({ "frames": learner.frames(), "began_at": begun, "training": training }))?;
    } else {
        let end = training.curve.last().and_then(|p| p.episode_return);
        let end = end
            .map_or_else(|| "no episode of its own ended".into(), |r| format!("mean episode return {r:.3} at the end"));
        output::document(&format!("{} frames, {end}; checkpoint in {}\n", learner.frames(), args.out.display()))?;
    }
    Ok(0)
}
