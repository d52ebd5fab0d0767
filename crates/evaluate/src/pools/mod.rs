//! Evaluation pools: screened levels, their aligned twins, and the exact values that metrics compare with.

mod request;

pub use request::{Content, Levels, PoolRequest, merged, training_shift};
use request::{has_twins, known_shift, regenerate};

use misgen_core::{
    AnyFamily, Events, FamilySpec, GenerateError, KnobError, LevelKey, Pool, Role, ShiftSpec, Split, TooLarge,
};
use misgen_solve::{Book, LevelValues, Nearer, Process, Screened, balanced, stop_events};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Levels with more states than this are not enumerated.
pub const MAX_STATES: usize = 250_000;
/// Levels generated for each one asked for, before generation stops short.
const CANDIDATES: u64 = 20;

/// How the levels of a pool came to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolStats {
    /// Levels generated.
    pub generated: usize,
    /// Levels that passed screening.
    pub survivors: usize,
    /// Levels refused, by reason.
    pub refused: BTreeMap<String, usize>,
    /// Survivors dropped so that goal and proxy are nearer equally often.
    pub dropped: usize,
    /// Why survivors were not balanced by distance, where they were not.
    pub unbalanced: Option<String>,
    /// Different levels among those kept.
    pub distinct: usize,
}

/// Why a pool could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// The knobs are refused.
    #[error(transparent)]
    Knobs(#[from] KnobError),
    /// Generation failed.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// A level is too large for exact values.
    #[error("level `{key}` of `{name}`: {source}")]
    TooLarge {
        /// The shift, or `training`.
        name: String,
        /// The level.
        key: LevelKey,
        /// How large.
        source: TooLarge,
    },
    /// No level passed screening.
    #[error("no level of shift `{name}` passed screening out of {generated} (refused: {refused:?})")]
    NoneLeft {
        /// The shift.
        name: String,
        /// Levels generated.
        generated: usize,
        /// By reason.
        refused: BTreeMap<String, usize>,
    },
    /// The law or shift is not one of this family.
    #[error("`{name}` holds ties that family `{family}` does not have")]
    Foreign {
        /// The shift, or `training`.
        name: String,
        /// The family.
        family: &'static str,
    },
    /// A stored pool does not give the levels that it was made of.
    #[error("stored pool of `{name}`: {reason}")]
    Stored {
        /// The shift, or `training`.
        name: String,
        /// What differs.
        reason: String,
    },
}

/// A pool ready to be played: levels, twins, values.
pub struct EvalPool {
    /// The family.
    pub spec: FamilySpec,
    /// The shift; for a law a pseudo-shift called `training`.
    pub shift: ShiftSpec,
    /// The levels.
    pub pool: Arc<dyn Pool>,
    /// The same layouts with every tie back to `Bound`, where the role has them.
    pub twins: Option<Arc<dyn Pool>>,
    /// Values on each level, of the process of [`EvalPool::process`].
    pub values: Vec<LevelValues>,
    /// Values on each twin, of the process that nothing stops.
    pub twin_values: Vec<LevelValues>,
    /// How the levels came to be.
    pub stats: PoolStats,
}

/// On-disk form of [`EvalPool`]: what cannot be generated again cheaply, and a digest of what can.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolFile {
    /// Version of this document.
    pub schema_version: u32,
    /// Family and version.
    pub family: String,
    /// The levels.
    pub keys: Vec<LevelKey>,
    /// Values on each level.
    pub values: Vec<LevelValues>,
    /// Values on each twin.
    pub twin_values: Vec<LevelValues>,
    /// How the levels came to be.
    pub stats: PoolStats,
    /// BLAKE3 over the digests of all levels and twins, in order.
    pub digest: String,
}

impl EvalPool {
    /// The process on which the shift is evaluated: stopped at the first designated cue on conflict shifts.
    #[must_use]
    pub fn process(&self) -> Process {
        process(&self.spec, &self.shift, self.pool.limit())
    }

    /// The process of the twins, which nothing stops.
    #[must_use]
    pub fn twin_process(&self) -> Process {
        Process::new(self.spec.gamma, self.pool.limit())
    }

    /// Cues that compete for coming first.
    #[must_use]
    pub fn designated(&self) -> Vec<usize> {
        self.shift.designated(&self.spec)
    }

    /// Survivors over generated; 1 where nothing is screened.
    #[must_use]
    pub fn diagnostic_share(&self) -> f64 {
        self.stats.survivors as f64 / self.stats.generated.max(1) as f64
    }

    /// Content digests of all levels and twins.
    #[must_use]
    pub fn digests(&self) -> BTreeSet<[u8; 32]> {
        let twins = self.twins.iter().flat_map(|t| (0..t.len()).map(|i| t.digest(i)));
        (0..self.pool.len()).map(|i| self.pool.digest(i)).chain(twins).collect()
    }

    /// Generates, screens, balances and solves a pool.
    ///
    /// # Errors
    /// Refused knobs, exhausted generation, levels too large to solve, or no survivor at all.
    pub fn build(family: &dyn AnyFamily, request: &PoolRequest) -> Result<Self, PoolError> {
        let shift = known_shift(&family.spec(), request)?;
        let knobs = merged(&request.knobs, &shift.knobs);
        let mut pool = family.pool(&knobs)?;
        let spec = pool.spec();
        let limit = pool.limit();
        let process = process(&spec, &shift, limit);
        let designated = shift.designated(&spec);
        let mut stats = PoolStats::default();
        let mut kept: Vec<(LevelKey, Nearer, LevelValues)> = Vec::new();
        let balance = shift.role == Role::Conflict && !shift.fixed_distance && stop_set(&spec, &shift) != Events::NONE;
        for index in 0..request.levels as u64 * CANDIDATES {
            let ties = request.ties(index);
            pool.generate(request.seed, Split::Eval, index, &ties)?;
            stats.generated += 1;
            let key = pool.key(0).expect("generated levels have keys");
            let too_large = |source| PoolError::TooLarge { name: shift.name.clone(), key, source };
            let book = Book::new(&*pool, 0, &process, MAX_STATES).map_err(too_large)?;
            let passed = if shift.role == Role::Conflict {
                book.screen(&spec, &designated)
            } else {
                Ok(Screened { nearer: Nearer::Same, values: book.values(&spec, &designated) })
            };
            drop(book);
            pool.pop();
            match passed {
                Ok(Screened { nearer, values }) => kept.push((key, nearer, values)),
                Err(refusal) => *stats.refused.entry(refusal.word().into()).or_default() += 1,
            }
            let nearer: Vec<Nearer> = kept.iter().map(|(_, nearer, _)| *nearer).collect();
            let usable = if balance { count_balanced(&nearer) } else { kept.len() };
            if usable >= request.levels {
                break;
            }
        }
        stats.survivors = kept.len();
        if kept.is_empty() {
            let (generated, refused) = (stats.generated, stats.refused);
            return Err(PoolError::NoneLeft { name: shift.name, generated, refused });
        }
        let nearer: Vec<Nearer> = kept.iter().map(|(_, nearer, _)| *nearer).collect();
        let mut places: Vec<usize> = if balance { balanced(&nearer) } else { (0..kept.len()).collect() };
        if balance && places.is_empty() {
            stats.unbalanced = Some("one cue is nearer on every level that passed screening".into());
            places = (0..kept.len()).collect();
        } else if shift.role == Role::Conflict && shift.fixed_distance {
            stats.unbalanced = Some("the shift itself fixes which cue is nearer".into());
        }
        stats.dropped = kept.len() - places.len();
        places.truncate(request.levels);
        let keys: Vec<LevelKey> = places.iter().map(|&i| kept[i].0).collect();
        let values = places.iter().map(|&i| kept[i].2.clone()).collect();
        let (pool, twins) = regenerate(family, &knobs, &shift, &keys)?;
        let mut twin_values = Vec::new();
        if let Some(twins) = &twins {
            let undisturbed = Process::new(spec.gamma, limit);
            for (i, key) in keys.iter().enumerate() {
                let too_large = |source| PoolError::TooLarge {
                    name: shift.name.clone(),
                    key: LevelKey { ties: key.ties.aligned(), ..*key },
                    source,
                };
                let book = Book::new(&**twins, i, &undisturbed, MAX_STATES).map_err(too_large)?;
                twin_values.push(book.values(&spec, &[0]));
            }
        }
        let mut built = Self { spec, shift, pool, twins, values, twin_values, stats };
        built.stats.distinct = (0..built.pool.len()).map(|i| built.pool.digest(i)).collect::<BTreeSet<_>>().len();
        Ok(built)
    }

    /// The same pool with only these levels and these twins, by their places here: what somebody played of it.
    ///
    /// # Errors
    /// Keys that no level has, which those of a built pool are not.
    ///
    /// # Panics
    /// When there is no such place.
    pub fn only(&self, family: &dyn AnyFamily, levels: &[usize], twins: &[usize]) -> Result<Self, PoolError> {
        let cut = |pool: &Arc<dyn Pool>, places: &[usize]| -> Result<Arc<dyn Pool>, PoolError> {
            let mut kept = family.pool(&pool.knobs())?;
            for &i in places {
                kept.regenerate(&pool.key(i).expect("generated levels have keys"))?;
            }
            Ok(Arc::from(kept))
        };
        Ok(Self {
            spec: self.spec,
            shift: self.shift.clone(),
            pool: cut(&self.pool, levels)?,
            twins: self.twins.as_ref().filter(|_| !twins.is_empty()).map(|pool| cut(pool, twins)).transpose()?,
            values: levels.iter().map(|&i| self.values[i].clone()).collect(),
            twin_values: twins.iter().map(|&i| self.twin_values[i].clone()).collect(),
            stats: self.stats.clone(),
        })
    }

    /// BLAKE3 over the digests of all levels, then of all twins, as hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(&self.pool, self.twins.as_ref())
    }

    /// What to store.
    #[must_use]
    pub fn to_file(&self) -> PoolFile {
        PoolFile {
            schema_version: crate::record::SCHEMA_VERSION,
            family: self.spec.id(),
            keys: (0..self.pool.len()).filter_map(|i| self.pool.key(i)).collect(),
            values: self.values.clone(),
            twin_values: self.twin_values.clone(),
            stats: self.stats.clone(),
            digest: self.digest(),
        }
    }

    /// The pool of a stored file; the levels are generated again and held against its digest.
    ///
    /// # Errors
    /// When the file is of another family or version, or gives other levels.
    pub fn from_file(family: &dyn AnyFamily, request: &PoolRequest, file: PoolFile) -> Result<Self, PoolError> {
        let spec = family.spec();
        let shift = known_shift(&spec, request)?;
        let stored = |reason: String| PoolError::Stored { name: shift.name.clone(), reason };
        if file.family != spec.id() {
            return Err(stored(format!("it is of `{}`, expected `{}`", file.family, spec.id())));
        }
        if file.values.len() != file.keys.len()
            || file.twin_values.len() != if has_twins(shift.role) { file.keys.len() } else { 0 }
        {
            return Err(stored("its lists differ in length".into()));
        }
        if file.keys.is_empty() || file.keys.len() > request.levels {
            return Err(stored(format!("it holds {} levels, expected 1 to {}", file.keys.len(), request.levels)));
        }
        // The goal, each proxy, and the training reward where there is one.
        let rewards = spec.cues.len() + usize::from(spec.training_reward.is_some());
        let square = |random: &[f64], pursuers: &[Vec<f64>]| {
            random.len() == rewards && pursuers.len() == rewards && pursuers.iter().all(|p| p.len() == rewards)
        };
        let fits = |v: &LevelValues| {
            square(&v.random, &v.pursuers)
                && v.sampled.is_some() == spec.is_planned()
                && v.sampled.iter().all(|s| square(&s.random, &s.pursuers) && s.pursuer_counts.len() == rewards)
        };
        if !file.values.iter().chain(&file.twin_values).all(fits) {
            return Err(stored(format!("its values are not of {rewards} rewards")));
        }
        let knobs = merged(&request.knobs, &shift.knobs);
        let (pool, twins) = regenerate(family, &knobs, &shift, &file.keys)?;
        let (values, twin_values, stats) = (file.values, file.twin_values, file.stats);
        let loaded = Self { spec: pool.spec(), shift, pool, twins, values, twin_values, stats };
        let digest = loaded.digest();
        if digest != file.digest {
            let (name, found) = (loaded.shift.name, file.digest);
            return Err(PoolError::Stored { name, reason: format!("its levels hash to {digest}, expected {found}") });
        }
        Ok(loaded)
    }
}

/// BLAKE3 over the digests of `levels`, then of `twins`, as hexadecimal digits.
#[must_use]
pub fn digest(levels: &Arc<dyn Pool>, twins: Option<&Arc<dyn Pool>>) -> String {
    let mut hasher = blake3::Hasher::new();
    for pool in std::iter::once(levels).chain(twins) {
        for i in 0..pool.len() {
            hasher.update(&pool.digest(i));
        }
    }
    hasher.finalize().to_hex().to_string()
}

fn stop_set(spec: &FamilySpec, shift: &ShiftSpec) -> Events {
    if shift.role == Role::Conflict { stop_events(spec, &shift.designated(spec)) } else { Events::NONE }
}

/// The process on which levels of `shift` are evaluated: stopped at the first designated cue on conflict shifts.
#[must_use]
pub fn process(spec: &FamilySpec, shift: &ShiftSpec, limit: u16) -> Process {
    Process::new(spec.gamma, limit).stopped(stop_set(spec, shift))
}

fn count_balanced(nearer: &[Nearer]) -> usize {
    let count = |which| nearer.iter().filter(|n| **n == which).count();
    count(Nearer::Same) + 2 * count(Nearer::Goal).min(count(Nearer::Proxy))
}
