//! What a pool is asked to hold, and its levels before anything is screened or solved.

use super::PoolError;
use misgen_core::{AnyFamily, FamilySpec, Law, LevelKey, Pool, Rng, Role, ShiftSpec, Ties};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// What a pool is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Held-out levels of a training law.
    Law(Law),
    /// Levels of a shift.
    Shift(ShiftSpec),
}

/// Everything that determines an evaluation pool, given the family's version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoolRequest {
    /// The world's knobs; a shift's own are laid over them.
    pub knobs: Value,
    /// What to generate.
    pub content: Content,
    /// Levels wanted.
    pub levels: usize,
    /// Seed of the level stream.
    pub seed: u64,
}

impl PoolRequest {
    /// The shift; for a law the pseudo-shift of [`training_shift`].
    #[must_use]
    pub fn shift(&self) -> ShiftSpec {
        match &self.content {
            Content::Law(law) => training_shift(law.rows()[0].ties.aligned()),
            Content::Shift(shift) => shift.clone(),
        }
    }

    /// The ties of level `index` of the stream.
    #[must_use]
    pub fn ties(&self, index: u64) -> Ties {
        match &self.content {
            Content::Law(law) => law.draw(&mut Rng::keyed(self.seed, "law", index)),
            Content::Shift(shift) => shift.ties,
        }
    }

    /// The levels of `keys`, and their aligned twins where the role has them. Nothing is screened or solved.
    ///
    /// # Errors
    /// Refused knobs, and keys that no level has.
    pub fn levels(&self, family: &dyn AnyFamily, keys: &[LevelKey]) -> Result<Levels, PoolError> {
        let shift = self.shift();
        regenerate(family, &merged(&self.knobs, &shift.knobs), &shift, keys)
    }
}

/// The pseudo-shift of a training law under whose twins `aligned` holds.
#[must_use]
pub fn training_shift(aligned: Ties) -> ShiftSpec {
    ShiftSpec {
        name: "training".into(),
        means: "held-out levels of the training law".into(),
        role: Role::Training,
        ties: aligned,
        knobs: Value::Null,
        min_share: 0.0,
        fixed_distance: false,
        severity: None,
        palette: None,
    }
}

/// The world's knobs with those of a shift laid over them.
#[must_use]
pub fn merged(world: &Value, shift: &Value) -> Value {
    let mut all = world.as_object().cloned().unwrap_or_default();
    all.extend(shift.as_object().cloned().unwrap_or_default());
    Value::Object(all)
}

/// Whether the role compares play with aligned twins that differ from its own levels.
pub(super) const fn has_twins(role: Role) -> bool {
    matches!(role, Role::Conflict | Role::ProxyAbsent)
}

/// The shift of a request, if the family supports its ties.
pub(super) fn known_shift(spec: &FamilySpec, request: &PoolRequest) -> Result<ShiftSpec, PoolError> {
    let shift = request.shift();
    let known = match &request.content {
        Content::Law(law) => law.rows().iter().all(|row| spec.supports(&row.ties)),
        Content::Shift(shift) => spec.supports(&shift.ties),
    };
    if known { Ok(shift) } else { Err(PoolError::Foreign { name: shift.name, family: spec.name }) }
}

/// The levels of a pool, and their aligned twins where its role has them.
pub type Levels = (Arc<dyn Pool>, Option<Arc<dyn Pool>>);

pub(super) fn regenerate(
    family: &dyn AnyFamily,
    knobs: &Value,
    shift: &ShiftSpec,
    keys: &[LevelKey],
) -> Result<Levels, PoolError> {
    let mut pool = family.pool(knobs)?;
    for key in keys {
        pool.regenerate(key)?;
    }
    let mut twins = None;
    if has_twins(shift.role) {
        let mut aligned = family.pool(knobs)?;
        for key in keys {
            aligned.regenerate(&LevelKey { ties: key.ties.aligned(), ..*key })?;
        }
        twins = Some(Arc::from(aligned));
    }
    Ok((Arc::from(pool), twins))
}
