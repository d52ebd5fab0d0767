//! Pools: ordered lists of levels with names and digests.

use crate::{
    Advice, Batch, CellBits, Events, Family, FamilySpec, Graph, LevelError, LevelKey, LevelText, ObsSpec, Rng, Site,
    Split, Tie, Ties, TooLarge, VecEnv, Walk,
};
use serde_json::Value;
use std::sync::Arc;

/// Layouts tried for one level before it is given up.
pub const MAX_TRIES: u16 = 1000;

/// Why a level could not be generated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// No layout was accepted.
    #[error(
        "family `{family}` found no level in {MAX_TRIES} tries (seed {seed}, split {split}, index {index}, knobs {knobs})"
    )]
    Exhausted {
        /// Family.
        family: &'static str,
        /// Seed of the pool.
        seed: u64,
        /// Split of the pool.
        split: &'static str,
        /// Number of the level.
        index: u64,
        /// The knobs, as JSON.
        knobs: String,
    },
    /// The layout of a key is not accepted.
    #[error(
        "family `{family}` has no level `{key}` under the knobs {knobs}: its layout is refused, so the id is of other knobs or another version"
    )]
    Refused {
        /// Family.
        family: &'static str,
        /// The key.
        key: LevelKey,
        /// The knobs, as JSON.
        knobs: String,
    },
    /// The family cannot realise these ties.
    #[error("family `{family}` does not support the ties {ties:?}; it supports {supports:?}, one list a proxy")]
    Unsupported {
        /// Family.
        family: &'static str,
        /// What was asked for.
        ties: Vec<Tie>,
        /// What it supports, by proxy.
        supports: &'static [&'static [Tie]],
    },
}

/// An ordered list of levels of one family under one set of knobs.
pub trait Pool: Send + Sync {
    /// The family, with the rewards that these knobs make.
    fn spec(&self) -> FamilySpec;
    /// The complete knobs.
    fn knobs(&self) -> Value;
    /// What observations of its levels look like.
    fn obs_spec(&self) -> ObsSpec;
    /// The family's suggested step limit.
    fn limit(&self) -> u16;
    /// Number of levels.
    fn len(&self) -> usize;
    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Generates level `index` of (`seed`, `split`) under `ties` and appends it: the first attempt
    /// whose layout serves under every tie that the family's laws and shifts can ask for.
    ///
    /// # Errors
    /// When [`MAX_TRIES`] layouts were refused.
    fn generate(&mut self, seed: u64, split: Split, index: u64, ties: &Ties) -> Result<(), GenerateError>;
    /// Appends the level of a key that [`Pool::generate`] made before.
    ///
    /// # Errors
    /// When the key's layout is refused (the key is of another version or other knobs).
    fn regenerate(&mut self, key: &LevelKey) -> Result<(), GenerateError>;
    /// Appends the level of design layout `number` in which cue `spec().sited[i]` is at `at[i]` ([`Family::assign`]); says
    /// whether there is one. One number gives one layout with its two sites, whatever `at` is. Such levels have no key.
    fn assign(&mut self, seed: u64, number: u64, at: &[Option<Site>]) -> bool;
    /// Appends the level that has the layout and ties of `key` and its placement from another stream, number `placement` (0 is
    /// the one of [`Pool::regenerate`]): the same place with things put elsewhere. It has no key of its own. Returns false,
    /// and appends nothing, where the layout does not serve so.
    ///
    /// # Errors
    /// When the family does not support the ties.
    fn vary(&mut self, key: &LevelKey, placement: u64) -> Result<bool, GenerateError>;
    /// Appends a level given as text.
    ///
    /// # Errors
    /// With line, column and reason.
    fn push_text(&mut self, text: &LevelText) -> Result<(), LevelError>;
    /// Removes the last level.
    fn pop(&mut self);
    /// The key of level `i`, where it was generated.
    fn key(&self, i: usize) -> Option<LevelKey>;
    /// Level `i` as text.
    fn text(&self, i: usize) -> LevelText;
    /// Content hash of level `i`: BLAKE3 of family, version and text.
    fn digest(&self, i: usize) -> [u8; 32];
    /// The reachable states of level `i`.
    ///
    /// # Errors
    /// When there are more than `cap`.
    fn graph(&self, i: usize, cap: usize) -> Result<Graph, TooLarge>;
    /// Plays level `i` for at most `limit` steps, or until an event of `stop`, by a law over what the family's declared
    /// planner advises; `law` takes the advice and the number of steps taken.
    fn walk(
        &self,
        i: usize,
        limit: u16,
        stop: Events,
        law: &mut dyn FnMut(&dyn Advice, u16) -> u8,
        chance: &mut Rng,
    ) -> Walk;
    /// Family-specific counts of an episode on level `i`.
    fn counts(&self, i: usize, events: &[u32; 16]) -> Vec<(&'static str, f64)>;
    /// The observations along an episode of level `i`: the start's, then one after each action.
    /// `chances` may be empty where every step is certain.
    fn replay(&self, i: usize, actions: &[u8], chances: &[u32]) -> Vec<Vec<u8>>;
    /// Whether `actions` and `chances` can be those of an episode of level `i`. Whoever replays records from outside asks first.
    fn is_episode(&self, i: usize, actions: &[u8], chances: &[u32]) -> bool;
    /// The cell (row-major) in which the agent is seen, in every state of `graph`, which is that of level `i`.
    fn agent_cells(&self, i: usize, graph: &Graph) -> Vec<Option<u16>>;
    /// An environment of `lanes` lanes over these levels. Episodes are truncated after `limit` steps
    /// and ended by any event of `stop`.
    fn batch(self: Arc<Self>, lanes: usize, limit: u16, stop: Events) -> Box<dyn VecEnv>;
}

/// The one implementation of [`Pool`].
pub struct TypedPool<F: Family> {
    knobs: F::Knobs,
    pub(crate) levels: Vec<F::Level>,
    keys: Vec<Option<LevelKey>>,
    needed: Vec<Ties>,
}

impl<F: Family> TypedPool<F> {
    /// An empty pool under `knobs`.
    #[must_use]
    pub fn new(knobs: F::Knobs) -> Self {
        Self { knobs, levels: Vec::new(), keys: Vec::new(), needed: FamilySpec::of::<F>().reachable_ties() }
    }

    /// Level `i`.
    #[must_use]
    pub fn level(&self, i: usize) -> &F::Level {
        &self.levels[i]
    }

    pub(crate) fn observation(knobs: &F::Knobs) -> ObsSpec {
        let [height, width] = F::shape(knobs);
        ObsSpec { height, width, channels: F::CHANNELS, cell_bytes: size_of::<F::Cell>(), actions: F::ACTIONS.len() }
    }

    fn attempt(&self, key: &LevelKey) -> Option<F::Level> {
        let stream = Self::stream(key)?;
        let layout = F::layout(&self.knobs, &mut stream.derive("layout", 0))?;
        let make = |ties: &Ties| F::realise(&self.knobs, &layout, ties, &mut stream.derive("placement", 0));
        let level = make(&key.ties)?;
        self.needed.iter().all(|ties| *ties == key.ties || make(ties).is_some()).then_some(level)
    }

    /// What layout and placements of a key are drawn from.
    fn stream(key: &LevelKey) -> Option<Rng> {
        // A key from outside may be anything: one that no generation can have made has no level.
        let number = key.index.checked_mul(u64::from(MAX_TRIES))?.checked_add(u64::from(key.attempt))?;
        Some(Rng::keyed(key.seed, key.split.word(), number))
    }

    fn supported(ties: &Ties) -> Result<(), GenerateError> {
        if FamilySpec::of::<F>().supports(ties) {
            return Ok(());
        }
        Err(GenerateError::Unsupported { family: F::NAME, ties: ties.as_slice().to_vec(), supports: F::SUPPORTS })
    }

    fn exhausted(&self, key: &LevelKey) -> GenerateError {
        GenerateError::Exhausted {
            family: F::NAME,
            seed: key.seed,
            split: key.split.word(),
            index: key.index,
            knobs: self.knobs().to_string(),
        }
    }
}

impl<F: Family> Pool for TypedPool<F> {
    fn spec(&self) -> FamilySpec {
        FamilySpec::under::<F>(&self.knobs)
    }

    fn knobs(&self) -> Value {
        serde_json::to_value(&self.knobs).expect("knobs are plain data")
    }

    fn obs_spec(&self) -> ObsSpec {
        Self::observation(&self.knobs)
    }

    fn limit(&self) -> u16 {
        F::limit(&self.knobs)
    }

    fn len(&self) -> usize {
        self.levels.len()
    }

    fn generate(&mut self, seed: u64, split: Split, index: u64, ties: &Ties) -> Result<(), GenerateError> {
        Self::supported(ties)?;
        let mut key = LevelKey { seed, split, index, attempt: 0, ties: *ties };
        while key.attempt < MAX_TRIES {
            if let Some(level) = self.attempt(&key) {
                self.levels.push(level);
                self.keys.push(Some(key));
                return Ok(());
            }
            key.attempt += 1;
        }
        Err(self.exhausted(&key))
    }

    fn regenerate(&mut self, key: &LevelKey) -> Result<(), GenerateError> {
        Self::supported(&key.ties)?;
        let level = if key.attempt < MAX_TRIES { self.attempt(key) } else { None };
        let level = level.ok_or_else(|| GenerateError::Refused {
            family: F::NAME,
            key: *key,
            knobs: self.knobs().to_string(),
        })?;
        self.levels.push(level);
        self.keys.push(Some(*key));
        Ok(())
    }

    fn assign(&mut self, seed: u64, number: u64, at: &[Option<Site>]) -> bool {
        debug_assert_eq!(at.len(), F::SITED.len(), "one site a sited cue");
        let stream = Rng::keyed(seed, "design", number);
        let level = F::layout(&self.knobs, &mut stream.derive("layout", 0))
            .and_then(|layout| F::assign(&self.knobs, &layout, at, &mut stream.derive("placement", 0)));
        let made = level.is_some();
        self.levels.extend(level);
        self.keys.extend(made.then_some(None));
        made
    }

    fn vary(&mut self, key: &LevelKey, placement: u64) -> Result<bool, GenerateError> {
        Self::supported(&key.ties)?;
        let level = Self::stream(key).and_then(|stream| {
            let layout = F::layout(&self.knobs, &mut stream.derive("layout", 0))?;
            F::realise(&self.knobs, &layout, &key.ties, &mut stream.derive("placement", placement))
        });
        let found = level.is_some();
        self.keys.extend(level.is_some().then_some(None));
        self.levels.extend(level);
        Ok(found)
    }

    fn push_text(&mut self, text: &LevelText) -> Result<(), LevelError> {
        let level = F::decode(text)?;
        // Lanes are made for the knobs' shape; a family whose text is fields alone has only its knobs to go by.
        let [rows, columns] = F::shape(&self.knobs);
        let found = [text.map.lines().count(), text.map.lines().next().map_or(0, |line| line.chars().count())];
        if !text.map.is_empty() && found != [rows, columns] {
            let reason = format!("a map of {}×{}, expected {rows}×{columns} under these knobs", found[0], found[1]);
            return Err(LevelError { line: 1, column: 1, reason });
        }
        self.levels.push(level);
        self.keys.push(None);
        Ok(())
    }

    fn pop(&mut self) {
        self.levels.pop();
        self.keys.pop();
    }

    fn key(&self, i: usize) -> Option<LevelKey> {
        self.keys[i]
    }

    fn text(&self, i: usize) -> LevelText {
        F::encode(&self.levels[i])
    }

    fn digest(&self, i: usize) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(F::NAME.as_bytes());
        hasher.update(&F::VERSION.to_le_bytes());
        let text = self.text(i);
        hasher.update(text.map.as_bytes());
        for (name, value) in &text.fields {
            hasher.update(&[0]).update(name.as_bytes()).update(&[1]).update(value.as_bytes());
        }
        *hasher.finalize().as_bytes()
    }

    fn graph(&self, i: usize, cap: usize) -> Result<Graph, TooLarge> {
        Graph::enumerate::<F>(&self.levels[i], cap)
    }

    fn walk(
        &self,
        i: usize,
        limit: u16,
        stop: Events,
        law: &mut dyn FnMut(&dyn Advice, u16) -> u8,
        chance: &mut Rng,
    ) -> Walk {
        crate::walk::walk::<F>(&self.levels[i], limit, stop, law, chance)
    }

    fn counts(&self, i: usize, events: &[u32; 16]) -> Vec<(&'static str, f64)> {
        F::counts(&self.levels[i], events)
    }

    fn replay(&self, i: usize, actions: &[u8], chances: &[u32]) -> Vec<Vec<u8>> {
        let level = &self.levels[i];
        let mut state = F::start(level);
        let shape = self.obs_spec();
        let mut cells = vec![F::Cell::EMPTY; shape.height * shape.width];
        let mut frame = |state: &F::State| {
            F::observe(level, state, &mut cells);
            bytemuck::cast_slice(&cells).to_vec()
        };
        let mut frames = vec![frame(&state)];
        for (t, &action) in actions.iter().enumerate() {
            F::step(level, &mut state, action, chances.get(t).copied().unwrap_or(0));
            frames.push(frame(&state));
        }
        frames
    }

    fn is_episode(&self, i: usize, actions: &[u8], chances: &[u32]) -> bool {
        crate::place::is_episode::<F>(&self.levels[i], actions, chances)
    }

    fn agent_cells(&self, i: usize, graph: &Graph) -> Vec<Option<u16>> {
        crate::place::agent_cells::<F>(&self.levels[i], graph, &self.obs_spec())
    }

    fn batch(self: Arc<Self>, lanes: usize, limit: u16, stop: Events) -> Box<dyn VecEnv> {
        Box::new(Batch::new(self, lanes, limit, stop))
    }
}
