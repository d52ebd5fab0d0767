//! Families behind one object-safe face, and the registry that is handed down from `main`.

use crate::{
    Channel, Cue, Family, Kind, KnobError, Knobs, Ladder, Law, MAX_PROXIES, NamedLaw, ObsSpec, Pool, Reward, Role,
    Shift, ShiftSpec, SourceRule, Tie, Ties, TypedPool,
};
use serde_json::Value;
use std::marker::PhantomData;

/// Everything that a family declares, as data.
#[derive(Clone, Copy, Debug)]
pub struct FamilySpec {
    /// [`Family::NAME`].
    pub name: &'static str,
    /// [`Family::VERSION`].
    pub version: u32,
    /// [`Family::KIND`].
    pub kind: Kind,
    /// [`Family::MEANS`].
    pub means: &'static str,
    /// [`Family::SOURCE`].
    pub source: &'static str,
    /// [`Family::RULES`].
    pub rules: &'static str,
    /// [`Family::EXACT`].
    pub exact: &'static str,
    /// [`Family::COMPARISON`].
    pub comparison: &'static [SourceRule],
    /// [`Family::EVENTS`].
    pub events: &'static [&'static str],
    /// [`Family::CUES`].
    pub cues: &'static [Cue],
    /// [`Family::SUPPORTS`].
    pub supports: &'static [&'static [Tie]],
    /// [`Family::FLAGS`].
    pub flags: &'static [&'static str],
    /// [`Family::LAWS`].
    pub laws: &'static [NamedLaw],
    /// [`Family::SHIFTS`].
    pub shifts: &'static [Shift],
    /// [`Family::LADDERS`].
    pub ladders: &'static [Ladder],
    /// [`Family::CHANNELS`].
    pub channels: &'static [Channel],
    /// [`Family::ACTIONS`].
    pub actions: &'static [&'static str],
    /// [`Family::STAY`].
    pub stay: Option<u8>,
    /// [`Family::GAMMA`].
    pub gamma: f64,
    /// [`Family::PUNISHED`].
    pub punished: bool,
    /// [`Family::GAP`].
    pub gap: f64,
    /// [`Family::FIRST_CUE_ENDS`].
    pub first_cue_ends: bool,
    /// [`Family::PLANNER`].
    pub planner: Option<&'static str>,
    /// [`Family::RATIOS`].
    pub ratios: &'static [(&'static str, &'static str, &'static str)],
    /// [`Family::SITED`].
    pub sited: &'static [usize],
    /// The cues' rewards where knobs make them other than declared; see [`FamilySpec::rewards`].
    pub knob_rewards: Option<[Reward; MAX_PROXIES + 1]>,
    /// [`Family::TRAINING_REWARD`].
    pub training_reward: Option<&'static [(u8, f32)]>,
}

impl FamilySpec {
    /// What `F` declares.
    #[must_use]
    pub const fn of<F: Family>() -> Self {
        Self {
            name: F::NAME,
            version: F::VERSION,
            kind: F::KIND,
            means: F::MEANS,
            source: F::SOURCE,
            rules: F::RULES,
            exact: F::EXACT,
            comparison: F::COMPARISON,
            events: F::EVENTS,
            cues: F::CUES,
            supports: F::SUPPORTS,
            flags: F::FLAGS,
            laws: F::LAWS,
            shifts: F::SHIFTS,
            ladders: F::LADDERS,
            channels: F::CHANNELS,
            actions: F::ACTIONS,
            stay: F::STAY,
            gamma: F::GAMMA,
            punished: F::PUNISHED,
            gap: F::GAP,
            first_cue_ends: F::FIRST_CUE_ENDS,
            planner: F::PLANNER,
            ratios: F::RATIOS,
            sited: F::SITED,
            knob_rewards: None,
            training_reward: F::TRAINING_REWARD,
        }
    }

    /// Name and version: `corner-v0`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}-v{}", self.name, self.version)
    }

    /// Number of proxies.
    #[must_use]
    pub const fn proxies(&self) -> usize {
        self.cues.len() - 1
    }

    /// The cue called `name`.
    #[must_use]
    pub fn cue(&self, name: &str) -> Option<usize> {
        self.cues.iter().position(|cue| cue.name == name)
    }

    /// What `F` declares, with the rewards that `knobs` make of it.
    #[must_use]
    pub(crate) fn under<F: Family>(knobs: &F::Knobs) -> Self {
        let mut rewards = [Reward([0.0; 16]); MAX_PROXIES + 1];
        for (slot, reward) in rewards.iter_mut().zip(F::rewards(knobs)) {
            *slot = reward;
        }
        Self { knob_rewards: Some(rewards), ..Self::of::<F>() }
    }

    /// The reward of each cue, goal first, under the knobs that this came with ([`Pool::spec`]); else as declared.
    #[must_use]
    pub fn rewards(&self) -> Vec<Reward> {
        match &self.knob_rewards {
            Some(rewards) => rewards[..self.cues.len()].to_vec(),
            None => self.cues.iter().map(Cue::reward).collect(),
        }
    }

    /// [`FamilySpec::rewards`], then the training reward where the family declares one.
    #[must_use]
    pub fn all_rewards(&self) -> Vec<Reward> {
        let mut all = self.rewards();
        all.extend(self.training_reward.map(Reward::new));
        all
    }

    /// The reward that agents train on: the goal's unless the family declares another.
    #[must_use]
    pub fn reward(&self) -> Reward {
        self.training_reward.map_or_else(|| self.rewards()[0], Reward::new)
    }

    /// All shifts: those declared one by one, then the rungs of the ladders.
    #[must_use]
    pub fn all_shifts(&self) -> Vec<ShiftSpec> {
        self.shifts.iter().map(ShiftSpec::from).chain(self.ladders.iter().flat_map(Ladder::rungs)).collect()
    }

    /// The shift, or the rung of a ladder, called `name`.
    #[must_use]
    pub fn shift(&self, name: &str) -> Option<ShiftSpec> {
        self.all_shifts().into_iter().find(|shift| shift.name == name)
    }

    /// Whether an agent that only saw `law` may have learned proxy `proxy` (counted from 0) instead of the goal: it is
    /// `Bound` in every level or, in gated families, whatever the flag makes of it.
    #[must_use]
    pub fn binds(&self, law: &Law, proxy: usize) -> bool {
        self.kind == Kind::Gated || law.binds(proxy)
    }

    /// Whether the outcome of an episode is which cue came first.
    #[must_use]
    pub const fn is_decided(&self) -> bool {
        matches!(self.kind, Kind::Coincident | Kind::Gated)
    }

    /// Whether values are those of the declared planner, not exact.
    #[must_use]
    pub const fn is_planned(&self) -> bool {
        self.planner.is_some()
    }

    /// Step limit of a training episode, given the pool's: a continuing world goes on.
    #[must_use]
    pub const fn training_limit(&self, limit: u16) -> u16 {
        if matches!(self.kind, Kind::Continuing) { u16::MAX } else { limit }
    }

    /// Whether levels can realise `ties`.
    #[must_use]
    pub fn supports(&self, ties: &Ties) -> bool {
        ties.as_slice().len() == self.proxies()
            && ties.as_slice().iter().zip(self.supports).all(|(tie, able)| able.contains(tie))
            && (ties.flag() == 0 || usize::from(ties.flag()) < self.flags.len())
            && (ties.has_goal() || self.shifts.iter().any(|s| s.role == Role::GoalAbsent))
    }

    /// Every combination of ties that the family's own laws (mixed or not), shifts and aligned
    /// twins can ask for. A layout serves only if it serves under all of them.
    #[must_use]
    pub fn reachable_ties(&self) -> Vec<Ties> {
        let laws = self.laws.iter().filter_map(|law| Law::named(self, law.name));
        let mut all: Vec<Ties> =
            laws.flat_map(|law| law.mixed(0.5).rows().iter().map(|row| row.ties).collect::<Vec<_>>()).collect();
        for shift in self.shifts.iter().chain(self.ladders.iter().map(|ladder| &ladder.shift)) {
            all.extend([shift.held(), shift.held().aligned()]);
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// A family behind an object-safe face.
pub trait AnyFamily: Send + Sync {
    /// What it declares.
    fn spec(&self) -> FamilySpec;
    /// Fills `overrides` (an object) up with the defaults.
    ///
    /// # Errors
    /// Unknown knobs, wrong types, values out of range.
    fn knobs(&self, overrides: &Value) -> Result<Value, KnobError>;
    /// JSON schema of the knobs.
    fn knobs_schema(&self) -> Value;
    /// What observations look like under `overrides`.
    ///
    /// # Errors
    /// As [`AnyFamily::knobs`].
    fn obs_spec(&self, overrides: &Value) -> Result<ObsSpec, KnobError>;
    /// An empty pool of levels under `overrides`.
    ///
    /// # Errors
    /// As [`AnyFamily::knobs`].
    fn pool(&self, overrides: &Value) -> Result<Box<dyn Pool>, KnobError>;
}

/// `F` as a value: `&Of::<F>::NEW` is a registry entry.
pub struct Of<F>(PhantomData<fn() -> F>);

impl<F: Family> Of<F> {
    /// The value.
    pub const NEW: Self = Self(PhantomData);

    fn typed(overrides: &Value) -> Result<F::Knobs, KnobError> {
        let given = if overrides.is_null() { Value::Object(Default::default()) } else { overrides.clone() };
        let knobs: F::Knobs = serde_json::from_value(given.clone()).map_err(|error| {
            // serde_json names the field in its message only; find which one it is.
            let culprit = given.as_object().and_then(|object| {
                object.iter().find(|(name, value)| {
                    let one = Value::Object([((*name).clone(), (*value).clone())].into_iter().collect());
                    serde_json::from_value::<F::Knobs>(one).is_err()
                })
            });
            KnobError::new(culprit.map_or("", |(name, _)| name.as_str()), error.to_string())
        })?;
        knobs.check()?;
        Ok(knobs)
    }
}

impl<F: Family> AnyFamily for Of<F> {
    fn spec(&self) -> FamilySpec {
        FamilySpec::of::<F>()
    }

    fn knobs(&self, overrides: &Value) -> Result<Value, KnobError> {
        Ok(serde_json::to_value(Self::typed(overrides)?).expect("knobs are plain data"))
    }

    fn knobs_schema(&self) -> Value {
        schemars::schema_for!(F::Knobs).to_value()
    }

    fn obs_spec(&self, overrides: &Value) -> Result<ObsSpec, KnobError> {
        Ok(TypedPool::<F>::observation(&Self::typed(overrides)?))
    }

    fn pool(&self, overrides: &Value) -> Result<Box<dyn Pool>, KnobError> {
        Ok(Box::new(TypedPool::<F>::new(Self::typed(overrides)?)))
    }
}

/// A record is of a family that this program does not have, or has in another version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this program does not have version {version} of `{name}`{}", .known.map_or_else(String::new, |known| format!(", only {known}")))]
pub struct NoSuchVersion {
    /// Name of the family.
    pub name: String,
    /// Version of the record.
    pub version: u32,
    /// The version that this program has, where it has one.
    pub known: Option<u32>,
}

/// The families that a program knows, in the order in which it lists them.
#[derive(Clone, Copy)]
pub struct Registry(pub &'static [&'static dyn AnyFamily]);

impl Registry {
    /// The family called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'static dyn AnyFamily> {
        self.iter().find(|family| family.spec().name == name)
    }

    /// The family called `name` in the version that a record was made with.
    ///
    /// # Errors
    /// When this program does not have it.
    pub fn versioned(&self, name: &str, version: u32) -> Result<&'static dyn AnyFamily, NoSuchVersion> {
        let family = self.get(name);
        let known = family.map(|family| family.spec().version);
        family.filter(|_| known == Some(version)).ok_or_else(|| NoSuchVersion { name: name.to_owned(), version, known })
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &'static dyn AnyFamily> + use<> {
        self.0.iter().copied()
    }

    /// All names.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.iter().map(|family| family.spec().name).collect()
    }
}
