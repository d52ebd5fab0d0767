//! The demonstrator of learners that imitate: optimal play, wherever the learner has got to.

use crate::{Process, Pursuit, Reach, pursue_in};
use misgen_core::{Demonstrator, Graph, Pool, StepView, VecEnv};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// States of solved levels that are kept; more, and all are forgotten and solved again when they are met.
const KEPT_STATES: usize = 4 << 20;

/// Advises, in every lane of a batch over a pool, the play that is best for one reward: the pursuer's sets of equally good
/// actions where levels can be enumerated, the declared planner's where the family has one.
pub struct Guide {
    pool: Arc<dyn Pool>,
    process: Process,
    /// The largest level that is solved, in states.
    cap: usize,
    /// Place of the reward among the cues', then the training reward.
    reward: usize,
    planned: bool,
    stay: Option<u8>,
    solved: FxHashMap<u32, Arc<(Graph, Pursuit)>>,
    states: usize,
    /// Level and state of each lane.
    lanes: Vec<Option<Lane>>,
}

struct Lane {
    id: u32,
    level: Arc<(Graph, Pursuit)>,
    state: u32,
}

impl Guide {
    /// To the training reward on the levels of `pool`, in episodes of `process`; levels of more than `cap` states are refused when they are met.
    #[must_use]
    pub fn to_training(pool: Arc<dyn Pool>, process: Process, cap: usize) -> Self {
        let spec = pool.spec();
        let reward = if spec.training_reward.is_some() { spec.all_rewards().len() - 1 } else { 0 };
        Self::new(pool, process, cap, reward)
    }

    /// The same to the goal.
    #[must_use]
    pub fn to_goal(pool: Arc<dyn Pool>, process: Process, cap: usize) -> Self {
        Self::new(pool, process, cap, 0)
    }

    fn new(pool: Arc<dyn Pool>, process: Process, cap: usize, reward: usize) -> Self {
        let spec = pool.spec();
        let (planned, stay) = (spec.is_planned(), spec.stay);
        Self { pool, process, cap, reward, planned, stay, solved: FxHashMap::default(), states: 0, lanes: Vec::new() }
    }

    fn solved(&mut self, id: u32) -> Result<Arc<(Graph, Pursuit)>, String> {
        if let Some(level) = self.solved.get(&id) {
            return Ok(Arc::clone(level));
        }
        let graph = self.pool.graph(id as usize, self.cap).map_err(|error| format!("no demonstration: {error}"))?;
        let reach = Reach::new(&graph, &self.process);
        let rewards = self.pool.spec().all_rewards();
        let both = [rewards[self.reward], rewards[0]];
        let pursuit = pursue_in(&reach, if self.reward == 0 { &both[..1] } else { &both }, self.stay);
        if self.states + graph.states() > KEPT_STATES {
            self.solved.clear();
            self.states = 0;
        }
        self.states += graph.states();
        let level = Arc::new((graph, pursuit));
        self.solved.insert(id, Arc::clone(&level));
        Ok(level)
    }
}

impl Demonstrator for Guide {
    fn advise(&mut self, env: &dyn VecEnv, out: &mut [u16]) -> Result<(), String> {
        if self.planned {
            env.planned(self.reward, out);
            return Ok(());
        }
        let view = env.view();
        self.lanes.resize_with(view.lanes(), || None);
        for (lane, out) in out.iter_mut().enumerate() {
            let (id, step) = (view.level[lane], view.steps[lane]);
            if id == StepView::NO_LEVEL {
                (self.lanes[lane], *out) = (None, 0);
                continue;
            }
            if step == 0 || self.lanes[lane].is_none() {
                assert_eq!(step, 0, "a demonstrator follows episodes from their beginning");
                self.lanes[lane] = Some(Lane { id, level: self.solved(id)?, state: 0 });
            }
            let here = self.lanes[lane].as_ref().expect("just put there");
            *out = here.level.1.actions(here.state, step).0;
        }
        Ok(())
    }

    fn follow(&mut self, env: &dyn VecEnv, actions: &[u8]) {
        let (view, chances) = (env.view(), env.chances());
        for (lane, here) in self.lanes.iter_mut().enumerate() {
            let Some(at) = here else { continue };
            if view.steps[lane] == 0 {
                // The episode ended with this step.
                *here = None;
            } else {
                assert_eq!(at.id, view.level[lane], "a demonstrator sees every step");
                at.state = at.level.0.follow(at.state, actions[lane], chances[lane]).next;
            }
        }
    }
}
