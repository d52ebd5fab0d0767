//! One level played by hand: actions in, what came of them out. Knows no terminal and no key.
//!
//! The chance of a level is drawn from the stream that [`crate::rollout::play`] keys for an agent of seed 0, so that whoever
//! plays by hand meets what an agent meets. Taking a step back replays all actions but the last, with the same chance.

use crate::metrics::{Contest, Outcome};
use crate::rollout::Episode;
use misgen_core::{Ended, Events, FamilySpec, LevelPlan, ObsSpec, Pool, VecEnv, discounted};
use misgen_solve::Process;
use std::sync::Arc;

/// Seed of the chance in levels that are played by hand.
pub const CHANCE_SEED: u64 = 0;

/// What one cue has come to so far.
#[derive(Clone, Debug, PartialEq)]
pub struct CueSoFar {
    /// Its name.
    pub name: &'static str,
    /// The first step (from 1) in which it was obtained.
    pub first: Option<u16>,
    /// Sum of its reward, not discounted.
    pub total: f64,
    /// Discounted return, the sum of γ^t r_t.
    pub discounted: f64,
}

/// One level under one process, as far as it was played.
pub struct Game {
    pool: Arc<dyn Pool>,
    spec: FamilySpec,
    contest: Contest,
    process: Process,
    place: u32,
    env: Box<dyn VecEnv>,
    actions: Vec<u8>,
    chances: Vec<u32>,
    events: Vec<Events>,
    ended: Ended,
    undone: u32,
}

impl Game {
    /// Level `place` of `pool` under `process`, before the first step; the cues in `designated` compete for coming first.
    ///
    /// # Panics
    /// When the pool has no such level.
    #[must_use]
    pub fn new(pool: Arc<dyn Pool>, place: u32, process: Process, designated: &[usize]) -> Self {
        assert!((place as usize) < pool.len(), "level {place} of a pool of {}", pool.len());
        let spec = pool.spec();
        let env = Arc::clone(&pool).batch(1, process.limit, process.stop);
        let contest = Contest::new(&spec, designated);
        let mut game = Self {
            pool,
            spec,
            contest,
            process,
            place,
            env,
            actions: Vec::new(),
            chances: Vec::new(),
            events: Vec::new(),
            ended: Ended::No,
            undone: 0,
        };
        game.begin();
        game
    }

    fn begin(&mut self) {
        self.env.restart(&LevelPlan::Once { ids: vec![self.place], seed: CHANCE_SEED });
        self.actions.clear();
        self.chances.clear();
        self.events.clear();
        self.ended = Ended::No;
    }

    /// Takes one step; does nothing once the episode has ended, or where there is no such action.
    pub fn act(&mut self, action: u8) -> bool {
        if self.ended != Ended::No || usize::from(action) >= self.spec.actions.len() {
            return false;
        }
        let view = self.env.step(&[action]);
        let (events, ended) = (view.events[0], view.ended[0]);
        self.actions.push(action);
        self.events.push(events);
        self.chances.push(self.env.chances()[0]);
        self.ended = ended;
        true
    }

    /// Takes the last step back; `false` where there is none.
    pub fn undo(&mut self) -> bool {
        let mut actions = std::mem::take(&mut self.actions);
        if actions.pop().is_none() {
            return false;
        }
        self.begin();
        for action in actions {
            self.act(action);
        }
        self.undone += 1;
        true
    }

    /// Begins the level again.
    pub fn restart(&mut self) {
        self.begin();
        self.undone = 0;
    }

    /// The family, under the knobs of the level.
    #[must_use]
    pub const fn spec(&self) -> &FamilySpec {
        &self.spec
    }

    /// The levels of which this is one.
    #[must_use]
    pub fn pool(&self) -> &Arc<dyn Pool> {
        &self.pool
    }

    /// Place of the level in its pool.
    #[must_use]
    pub const fn place(&self) -> u32 {
        self.place
    }

    /// The process whose episode this is.
    #[must_use]
    pub const fn process(&self) -> &Process {
        &self.process
    }

    /// What [`Game::frame`] looks like.
    #[must_use]
    pub fn obs_spec(&self) -> ObsSpec {
        self.pool.obs_spec()
    }

    /// What an agent would see now, [`ObsSpec::bytes`] long; after the end, what the last step led to.
    #[must_use]
    pub fn frame(&self) -> &[u8] {
        let view = self.env.view();
        let bytes = view.spec.bytes();
        if self.ended == Ended::No { &view.obs[..bytes] } else { &view.last_obs[..bytes] }
    }

    /// The actions taken.
    #[must_use]
    pub fn actions(&self) -> &[u8] {
        &self.actions
    }

    /// Steps taken back since the level was begun.
    #[must_use]
    pub const fn undone(&self) -> u32 {
        self.undone
    }

    /// Whether and how the episode ended.
    #[must_use]
    pub const fn ended(&self) -> Ended {
        self.ended
    }

    /// What the last step did, by name.
    #[must_use]
    pub fn last_events(&self) -> Vec<&'static str> {
        let bits = self.events.last().copied().unwrap_or(Events::NONE).0;
        let happened = self.spec.events.iter().enumerate().filter(|(k, _)| bits >> k & 1 == 1);
        happened.map(|(_, name)| *name).collect()
    }

    /// What came first, as far as it is decided.
    #[must_use]
    pub fn first(&self) -> Option<(u16, Outcome)> {
        let decided = |(t, events): (usize, &Events)| Some((t as u16 + 1, self.contest.decide(*events)?));
        self.events.iter().enumerate().find_map(decided)
    }

    /// What each cue has come to, the goal first.
    #[must_use]
    pub fn cues(&self) -> Vec<CueSoFar> {
        let happened = self.happened();
        let rewards = self.spec.rewards();
        let one = |(cue, reward): (&misgen_core::Cue, &misgen_core::Reward)| CueSoFar {
            name: cue.name,
            first: happened.iter().find(|(_, e)| e.meets(cue.events())).map(|(t, _)| t + 1),
            total: happened.iter().map(|(_, e)| f64::from(reward.of(*e))).sum(),
            discounted: discounted(&happened, reward, self.spec.gamma),
        };
        self.spec.cues.iter().zip(&rewards).map(one).collect()
    }

    /// The outcome of the episode as it stands.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.contest.outcome(&self.episode())
    }

    /// The episode as it stands, as an evaluation records it.
    #[must_use]
    pub fn episode(&self) -> Episode {
        let walk = misgen_core::Walk {
            actions: self.actions.clone(),
            chances: self.chances.clone(),
            events: self.happened(),
            ended: self.ended,
        };
        Episode::walked(self.place, walk)
    }

    fn happened(&self) -> Vec<(u16, Events)> {
        let all = self.events.iter().enumerate().filter(|(_, events)| !events.is_empty());
        all.map(|(t, events)| (t as u16, *events)).collect()
    }
}
