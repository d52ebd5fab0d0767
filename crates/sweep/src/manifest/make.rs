//! Making the manifest of a family.

use super::{MANIFEST_VERSION, Manifest, ManifestError, PoolEntry, TRAINING, TrainingEntry, ids_text};
use crate::inputs::{POOL_SEED, PoolInputs, PoolOf, TRAINING_ROW};
use crate::train::training_levels;
use misgen_core::{AnyFamily, KnobError, Law, LevelKey, Role, ShiftSpec};
use misgen_evaluate::pools::{EvalPool, PoolError, merged};
use misgen_evaluate::{METRIC_VERSION, POOL_VERSION};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Name of a pool.
pub type Name = String;

type Digests = BTreeSet<[u8; 32]>;

/// The pools of a family under its default knobs, `levels` levels each, as a run would ask for them: the
/// training row of each law at mix 0 and at mix 1 (once, where laws share it), then the shifts.
///
/// # Errors
/// When the family refuses its own knobs or those of a shift.
pub fn wanted(family: &dyn AnyFamily, levels: u32) -> Result<Vec<(Name, PoolInputs)>, KnobError> {
    let spec = family.spec();
    let world = family.knobs(&Value::Null)?;
    let inputs = |of: PoolOf, knobs: Value| PoolInputs {
        pool_version: POOL_VERSION,
        metric_version: METRIC_VERSION,
        family: spec.name.to_owned(),
        family_version: spec.version,
        knobs,
        of,
        levels,
        seed: POOL_SEED,
    };
    let mut all: Vec<(Name, PoolInputs)> = Vec::new();
    for (i, named) in spec.laws.iter().enumerate() {
        let law = Law::named(&spec, named.name).expect("a law of the family");
        let name = if i == 0 { TRAINING_ROW.to_owned() } else { format!("{TRAINING_ROW}:{}", named.name) };
        for (name, mix) in [(name.clone(), 0.0), (format!("{name}@1"), 1.0)] {
            let pool = inputs(PoolOf::Training(law.mixed(mix)), world.clone());
            if all.iter().all(|(_, known)| known.of != pool.of) {
                all.push((name, pool));
            }
        }
    }
    for shift in spec.shifts.iter().map(ShiftSpec::from) {
        let knobs = family.knobs(&merged(&world, &shift.knobs))?;
        all.push((shift.name.clone(), inputs(PoolOf::shift(&shift), knobs)));
    }
    Ok(all)
}

/// A pool that was built, and what of it is needed after it is gone.
struct Built {
    entry: PoolEntry,
    levels: Vec<[u8; 32]>,
    twins: Vec<[u8; 32]>,
}

impl Manifest {
    /// Generates, screens and solves all pools of a family, `workers` at a time; `made` is told of each.
    ///
    /// # Errors
    /// When a pool or training levels cannot be made.
    pub fn make(
        family: &dyn AnyFamily,
        levels: u32,
        workers: usize,
        made: &(dyn Fn(&PoolEntry) + Sync),
    ) -> Result<Self, ManifestError> {
        let knobs = family.knobs(&Value::Null).map_err(|error| refused(TRAINING_ROW, error))?;
        let pools = wanted(family, levels).map_err(|error| refused("of a shift", error))?;
        let mut built = build_all(family, &pools, workers, made)?;
        let mut training = Vec::new();
        let laws = pools.iter().filter_map(|(name, inputs)| match &inputs.of {
            PoolOf::Training(law) => Some((name, law)),
            PoolOf::Shift(_) => None,
        });
        for (name, law) in laws {
            // A learner's cell plays its own training row and the shifts.
            let played = built.iter().filter(|pool| pool.entry.role != Role::Training || pool.entry.name == *name);
            let held: Digests = played.flat_map(|pool| pool.levels.iter().chain(&pool.twins)).copied().collect();
            let all = training_levels(family, &knobs, law, TRAINING, &Digests::new())?;
            let drawn: Digests = (0..all.pool.len()).map(|i| all.pool.digest(i)).collect();
            let apart = training_levels(family, &knobs, law, TRAINING, &held)?;
            training.push(TrainingEntry {
                name: name.clone(),
                law: law.clone(),
                drawn: TRAINING,
                distinct: drawn.len(),
                kept_apart: apart.kept_apart,
                overlap: apart.overlap,
            });
            for pool in &mut built {
                let shared = |of: &[[u8; 32]]| of.iter().filter(|digest| drawn.contains(*digest)).count();
                pool.entry.shared_levels.push(shared(&pool.levels));
                pool.entry.shared_twins.push(shared(&pool.twins));
            }
        }
        Ok(Self {
            schema_version: MANIFEST_VERSION,
            family: family.spec().id(),
            pool_version: POOL_VERSION,
            levels,
            knobs,
            training,
            pools: built.into_iter().map(|pool| pool.entry).collect(),
        })
    }
}

fn refused(name: &str, error: KnobError) -> ManifestError {
    ManifestError::Pool { name: name.to_owned(), source: PoolError::Knobs(error) }
}

fn build_all(
    family: &dyn AnyFamily,
    pools: &[(Name, PoolInputs)],
    workers: usize,
    made: &(dyn Fn(&PoolEntry) + Sync),
) -> Result<Vec<Built>, ManifestError> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..workers.clamp(1, pools.len()) {
            scope.spawn(|| {
                while let Some((place, (name, inputs))) = {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    pools.get(place).map(|pool| (place, pool))
                } {
                    let built = build(family, name, inputs);
                    if let Ok(built) = &built {
                        made(&built.entry);
                    }
                    done.lock().expect("no worker panics").push((place, built));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no worker panics");
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, built)| built).collect()
}

fn build(family: &dyn AnyFamily, name: &str, inputs: &PoolInputs) -> Result<Built, ManifestError> {
    let pool = EvalPool::build(family, &inputs.request());
    let pool = pool.map_err(|source| ManifestError::Pool { name: name.to_owned(), source })?;
    let keys: Vec<LevelKey> = (0..pool.pool.len()).filter_map(|i| pool.pool.key(i)).collect();
    let digests = |pool: &dyn misgen_core::Pool| (0..pool.len()).map(|i| pool.digest(i)).collect();
    Ok(Built {
        levels: digests(&*pool.pool),
        twins: pool.twins.as_ref().map_or_else(Vec::new, |twins| digests(&**twins)),
        entry: PoolEntry {
            name: name.to_owned(),
            role: pool.shift.role,
            address: inputs.address()?,
            inputs: inputs.clone(),
            digest: pool.digest(),
            kept: keys.len(),
            diagnostic_share: pool.diagnostic_share(),
            stats: pool.stats.clone(),
            shared_levels: Vec::new(),
            shared_twins: Vec::new(),
            ids: ids_text(&keys),
        },
    })
}
