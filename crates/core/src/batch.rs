//! The batched environment: many lanes of one family, observations patched in place.

use crate::{CellBits, Events, Family, ObsSpec, Pool, Rng, TypedPool};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How a lane's last step ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// The episode goes on.
    #[default]
    No,
    /// The rules (or a stopping event) ended it: no value lies beyond.
    Terminated,
    /// The step limit cut it: value lies beyond, bootstrap from `last_obs`.
    Truncated,
    /// The lane has no level left to play and did nothing.
    Idle,
}

/// Which levels the lanes play.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LevelPlan {
    /// Training: episodes without end, each on a uniformly drawn level.
    Endless {
        /// Seed of the draws and of chance.
        seed: u64,
    },
    /// Training under a curriculum: episodes without end, lane i always on level `ids[i]`.
    Lanes {
        /// A level of the pool for each lane.
        ids: Vec<u32>,
        /// Seed of chance.
        seed: u64,
    },
    /// Evaluation: each id exactly once, in this order, whatever the number of lanes.
    Once {
        /// Levels of the pool.
        ids: Vec<u32>,
        /// Seed of chance.
        seed: u64,
    },
}

/// The lanes after a restart or a step; struct of arrays, one entry (or row) a lane.
#[derive(Clone, Copy, Debug)]
pub struct StepView<'a> {
    /// What observations look like.
    pub spec: &'a ObsSpec,
    /// Current observations, `[lanes * spec.bytes()]`: after a restart, the new episode's first.
    pub obs: &'a [u8],
    /// The observation before the restart, where `ended` says that there was one; else stale.
    pub last_obs: &'a [u8],
    /// Events of the last step.
    pub events: &'a [Events],
    /// Whether and how the last step ended an episode.
    pub ended: &'a [Ended],
    /// The level being played now; [`StepView::NO_LEVEL`] in an idle lane.
    pub level: &'a [u32],
    /// The level in which the last step took place.
    pub last_level: &'a [u32],
    /// Steps taken in the present episode.
    pub steps: &'a [u16],
    /// How far palettes are varied, 0 to 1, where whoever asks for play says so; else that is the policy's matter. Views in
    /// pixels read it, nothing else does.
    pub palette: Option<f32>,
}

impl StepView<'_> {
    /// The level of a lane that has nothing left to play.
    pub const NO_LEVEL: u32 = u32::MAX;

    /// Number of lanes.
    #[must_use]
    pub const fn lanes(&self) -> usize {
        self.level.len()
    }

    /// Current observation of `lane`.
    #[must_use]
    pub fn lane(&self, lane: usize) -> &[u8] {
        let bytes = self.spec.bytes();
        &self.obs[lane * bytes..(lane + 1) * bytes]
    }
}

/// A batched environment. [`Batch`] is the one implementation: monomorphic inside, erased per batch.
pub trait VecEnv: Send {
    /// Number of lanes.
    fn lanes(&self) -> usize;
    /// Starts every lane afresh under `plan`.
    ///
    /// # Panics
    /// When the plan is of another number of lanes, or of levels that the pool does not have.
    fn restart(&mut self, plan: &LevelPlan);
    /// The lanes as they are.
    fn view(&self) -> StepView<'_>;
    /// Takes one step in every lane that has a level; an ended lane restarts at once. Never allocates.
    fn step(&mut self, actions: &[u8]) -> StepView<'_>;
    /// Sets [`StepView::palette`], which no level or step depends on. `None` until then.
    fn set_palette(&mut self, palette: Option<f32>);
    /// The chance draws of the last step, one a lane. For records; not part of what a policy sees.
    fn chances(&self) -> &[u32];
    /// What the family's declared planner advises for reward `reward` (see [`Family::plan`]) in each lane as it is now, as sets of
    /// actions; none in an idle lane. For demonstrators; not part of what a policy sees.
    fn planned(&self, reward: usize, out: &mut [u16]);
    /// Everything that [`VecEnv::load`] needs to go on exactly here, as text.
    fn save(&self) -> String;
    /// Goes on exactly where [`VecEnv::save`] was called, on the same pool. What the last step did
    /// (events, chances, endings, `last_obs`) is not part of it.
    ///
    /// # Errors
    /// When the text is not a saved state of this family, pool and number of lanes.
    fn load(&mut self, saved: &str) -> Result<(), String>;
}

/// Lanes of family `F` over one pool.
pub struct Batch<F: Family> {
    pool: Arc<TypedPool<F>>,
    spec: ObsSpec,
    cells: usize,
    limit: u16,
    stop: Events,
    palette: Option<f32>,
    plan: LevelPlan,
    /// Episodes begun so far.
    begun: u64,
    state: Vec<F::State>,
    rng: Vec<Rng>,
    chance: Vec<u32>,
    /// First observation of each level that has been begun, `[levels * cells]`.
    first_obs: Vec<F::Cell>,
    /// Which levels have been begun.
    known: Vec<bool>,
    obs: Vec<F::Cell>,
    last_obs: Vec<F::Cell>,
    events: Vec<Events>,
    ended: Vec<Ended>,
    level: Vec<u32>,
    last_level: Vec<u32>,
    steps: Vec<u16>,
}

/// On-disk form of a batch's moving parts.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved<S> {
    plan: LevelPlan,
    begun: u64,
    state: Vec<S>,
    rng: Vec<Rng>,
    level: Vec<u32>,
    steps: Vec<u16>,
}

impl<F: Family> Batch<F> {
    /// `lanes` lanes over `pool`, truncated after `limit` steps, ended by any event of `stop`.
    /// Idle until the first [`VecEnv::restart`].
    ///
    /// # Panics
    /// When the pool is empty.
    #[must_use]
    pub fn new(pool: Arc<TypedPool<F>>, lanes: usize, limit: u16, stop: Events) -> Self {
        assert!(!pool.levels.is_empty(), "a batch needs at least one level");
        let spec = pool.obs_spec();
        let cells = spec.height * spec.width;
        let start = F::start(&pool.levels[0]);
        Self {
            spec,
            cells,
            limit,
            stop,
            palette: None,
            plan: LevelPlan::Once { ids: Vec::new(), seed: 0 },
            begun: 0,
            state: vec![start; lanes],
            rng: vec![Rng::keyed(0, "chance", 0); lanes],
            chance: vec![0; lanes],
            first_obs: vec![F::Cell::EMPTY; pool.levels.len() * cells],
            known: vec![false; pool.levels.len()],
            obs: vec![F::Cell::EMPTY; lanes * cells],
            last_obs: vec![F::Cell::EMPTY; lanes * cells],
            events: vec![Events::NONE; lanes],
            ended: vec![Ended::Idle; lanes],
            level: vec![StepView::NO_LEVEL; lanes],
            last_level: vec![StepView::NO_LEVEL; lanes],
            steps: vec![0; lanes],
            pool,
        }
    }

    /// Puts the next level of the plan into `lane`, or leaves it without one.
    fn begin(&mut self, lane: usize) {
        let (level, rng) = match &self.plan {
            LevelPlan::Endless { seed } => {
                let n = self.pool.levels.len() as u32;
                let level = Rng::keyed(*seed, "draw", self.begun).below(n);
                (level, Rng::keyed(*seed, "chance", self.begun))
            }
            LevelPlan::Lanes { ids, seed } => (ids[lane], Rng::keyed(*seed, "chance", self.begun)),
            LevelPlan::Once { ids, seed } => match ids.get(self.begun as usize) {
                Some(&id) => (id, Rng::keyed(*seed, "chance", u64::from(id))),
                None => {
                    // Emptied, so that what an idle lane shows does not depend on what it played before.
                    self.obs[lane * self.cells..(lane + 1) * self.cells].fill(F::Cell::EMPTY);
                    self.level[lane] = StepView::NO_LEVEL;
                    self.steps[lane] = 0;
                    return;
                }
            },
        };
        self.begun += 1;
        self.level[lane] = level;
        self.rng[lane] = rng;
        self.steps[lane] = 0;
        let id = level as usize;
        let level = &self.pool.levels[id];
        self.state[lane] = F::start(level);
        let first = &mut self.first_obs[id * self.cells..(id + 1) * self.cells];
        if !self.known[id] {
            F::observe(level, &self.state[lane], first);
            self.known[id] = true;
        }
        self.obs[lane * self.cells..(lane + 1) * self.cells].copy_from_slice(first);
    }
}

impl<F: Family> VecEnv for Batch<F> {
    fn lanes(&self) -> usize {
        self.state.len()
    }

    fn restart(&mut self, plan: &LevelPlan) {
        if let LevelPlan::Lanes { ids, .. } = plan {
            assert_eq!(ids.len(), self.lanes(), "one level a lane");
        }
        self.plan = plan.clone();
        self.begun = 0;
        for lane in 0..self.lanes() {
            self.begin(lane);
            self.events[lane] = Events::NONE;
            self.ended[lane] = if self.level[lane] == StepView::NO_LEVEL { Ended::Idle } else { Ended::No };
            self.chance[lane] = 0;
            self.last_level[lane] = self.level[lane];
        }
    }

    fn view(&self) -> StepView<'_> {
        StepView {
            spec: &self.spec,
            obs: bytemuck::cast_slice(&self.obs),
            last_obs: bytemuck::cast_slice(&self.last_obs),
            events: &self.events,
            ended: &self.ended,
            level: &self.level,
            last_level: &self.last_level,
            steps: &self.steps,
            palette: self.palette,
        }
    }

    fn step(&mut self, actions: &[u8]) -> StepView<'_> {
        assert_eq!(actions.len(), self.lanes(), "one action a lane");
        for (lane, &action) in actions.iter().enumerate() {
            let id = self.level[lane];
            self.last_level[lane] = id;
            if id == StepView::NO_LEVEL {
                self.events[lane] = Events::NONE;
                self.ended[lane] = Ended::Idle;
                self.chance[lane] = 0;
                continue;
            }
            let level = &self.pool.levels[id as usize];
            let before = self.state[lane];
            let mut after = before;
            let chance = F::noise(level, &before).draw(&mut self.rng[lane]);
            let step = F::step(level, &mut after, action, chance);
            let range = lane * self.cells..(lane + 1) * self.cells;
            F::patch(level, &before, &after, &mut self.obs[range.clone()]);
            self.state[lane] = after;
            self.chance[lane] = chance;
            self.steps[lane] += 1;
            self.events[lane] = step.events;
            let ended = if step.terminated || step.events.meets(self.stop) {
                Ended::Terminated
            } else if self.steps[lane] >= self.limit {
                Ended::Truncated
            } else {
                Ended::No
            };
            self.ended[lane] = ended;
            if ended != Ended::No {
                self.last_obs[range.clone()].copy_from_slice(&self.obs[range]);
                self.begin(lane);
            }
        }
        self.view()
    }

    fn set_palette(&mut self, palette: Option<f32>) {
        self.palette = palette;
    }

    fn chances(&self) -> &[u32] {
        &self.chance
    }

    fn planned(&self, reward: usize, out: &mut [u16]) {
        let all = ((1_u32 << F::ACTIONS.len()) - 1) as u16;
        for (lane, out) in out.iter_mut().enumerate() {
            *out = match self.level[lane] {
                StepView::NO_LEVEL => 0,
                id => {
                    let left = self.limit - self.steps[lane];
                    F::plan(&self.pool.levels[id as usize], &self.state[lane], reward, left) & all
                }
            };
        }
    }

    fn save(&self) -> String {
        serde_json::to_string(&Saved {
            plan: self.plan.clone(),
            begun: self.begun,
            state: self.state.clone(),
            rng: self.rng.clone(),
            level: self.level.clone(),
            steps: self.steps.clone(),
        })
        .expect("states are plain data")
    }

    fn load(&mut self, saved: &str) -> Result<(), String> {
        let saved: Saved<F::State> = serde_json::from_str(saved).map_err(|e| format!("saved lanes: {e}"))?;
        let lanes = self.lanes();
        if [saved.state.len(), saved.rng.len(), saved.level.len(), saved.steps.len()] != [lanes; 4] {
            return Err(format!("saved lanes: {} lanes, expected {lanes}", saved.state.len()));
        }
        let levels = self.pool.levels.len();
        if let Some(id) = saved.level.iter().find(|&&id| id != StepView::NO_LEVEL && id as usize >= levels) {
            return Err(format!("saved lanes: level {id}, but the pool has {levels}"));
        }
        let played = saved.level.iter().zip(&saved.state).filter(|(id, _)| **id != StepView::NO_LEVEL);
        for (&id, state) in played {
            if !F::is_state(&self.pool.levels[id as usize], state) {
                return Err(format!("saved lanes: a state that level {id} does not have"));
            }
        }
        if let LevelPlan::Lanes { ids, .. } = &saved.plan
            && ids.len() != lanes
        {
            return Err(format!("saved lanes: levels for {} lanes, expected {lanes}", ids.len()));
        }
        if let LevelPlan::Once { ids, .. } | LevelPlan::Lanes { ids, .. } = &saved.plan
            && let Some(id) = ids.iter().find(|&&id| id as usize >= levels)
        {
            return Err(format!("saved lanes: level {id} is planned, but the pool has {levels}"));
        }
        if let Some(steps) = saved.steps.iter().find(|&&steps| steps > self.limit) {
            return Err(format!("saved lanes: {steps} steps, but the limit is {}", self.limit));
        }
        // Episodes are numbered: a count that no training reaches would run over.
        if saved.begun > u64::MAX / 2 {
            return Err(format!("saved lanes: {} episodes", saved.begun));
        }
        self.plan = saved.plan;
        self.begun = saved.begun;
        self.state = saved.state;
        self.rng = saved.rng;
        self.level = saved.level;
        self.last_level.clone_from(&self.level);
        self.steps = saved.steps;
        for lane in 0..lanes {
            self.events[lane] = Events::NONE;
            self.chance[lane] = 0;
            let obs = &mut self.obs[lane * self.cells..(lane + 1) * self.cells];
            if self.level[lane] == StepView::NO_LEVEL {
                self.ended[lane] = Ended::Idle;
                obs.fill(F::Cell::EMPTY);
            } else {
                self.ended[lane] = Ended::No;
                F::observe(&self.pool.levels[self.level[lane] as usize], &self.state[lane], obs);
            }
        }
        Ok(())
    }
}
