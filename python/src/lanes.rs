//! `Lanes`: a batch of one world, which fills arrays that Python owns.

use crate::view::View;
use crate::world::{World, known_split, wrong};
use misgen_core::{Ended, Events, LevelPlan, ObsSpec, Pool, Reward, Rng, Split, StepView, VecEnv};
use misgen_evaluate::metrics::{Contest, Outcome};
use misgen_evaluate::pools::Content;
use numpy::{PyReadonlyArray1, PyReadwriteArray1};
use pyo3::prelude::*;
use std::sync::{Arc, Mutex};

/// Lanes over generated levels. Every array is one-dimensional and contiguous; observations are bytes.
#[pyclass(module = "misgen._native")]
pub(crate) struct Lanes {
    world: World,
    view: View,
    lanes: usize,
    rewards: Vec<Reward>,
    training: Reward,
    contest: Contest,
    pool: Arc<dyn Pool>,
    /// What its observations look like.
    obs: ObsSpec,
    env: Env,
    /// What the present episode of each lane came to.
    now: Tally,
    /// What the episode that ended last in each lane came to.
    last: Tally,
    actions: Vec<u8>,
}

/// An environment that only its owner touches: Python may ask from any thread, one at a time.
struct Env(Mutex<Box<dyn VecEnv>>);

impl Env {
    fn new(world: &World, pool: &Arc<dyn Pool>, lanes: usize) -> Self {
        Self(Mutex::new(Arc::clone(pool).batch(lanes, world.limit, world.stop)))
    }

    fn get(&mut self) -> &mut dyn VecEnv {
        &mut **self.0.get_mut().expect("nobody panics while it is held")
    }
}

/// What episodes came to so far, a lane each.
struct Tally {
    /// Discounted return of each cue, `[lanes * cues]`.
    returns: Vec<f64>,
    /// The cue that came first; -1 while none did.
    first: Vec<i8>,
    /// γ to the number of steps taken.
    weight: Vec<f64>,
    steps: Vec<i32>,
}

impl Tally {
    fn new(lanes: usize, cues: usize) -> Self {
        Self {
            returns: vec![0.0; lanes * cues],
            first: vec![-1; lanes],
            weight: vec![1.0; lanes],
            steps: vec![0; lanes],
        }
    }

    fn clear(&mut self, lane: usize, cues: usize) {
        self.returns[lane * cues..][..cues].fill(0.0);
        self.first[lane] = -1;
        self.weight[lane] = 1.0;
        self.steps[lane] = 0;
    }

    fn copy(&mut self, from: &Self, lane: usize, cues: usize) {
        self.returns[lane * cues..][..cues].copy_from_slice(&from.returns[lane * cues..][..cues]);
        self.first[lane] = from.first[lane];
        self.steps[lane] = from.steps[lane];
    }
}

/// The first cue of a step: the goal where it is among them, else the first declared proxy.
fn first_cue(outcome: &Outcome) -> i8 {
    match outcome {
        Outcome::Proxies(bits) => bits.trailing_zeros() as i8,
        _ => 0,
    }
}

#[pymethods]
impl Lanes {
    #[new]
    #[pyo3(signature = (family, lanes, *, knobs = "{}", law = None, mix = 0.0, shift = None, view = "planes", max_steps = None))]
    #[expect(clippy::too_many_arguments, reason = "keywords of a Python constructor")]
    fn new(
        family: &str,
        lanes: usize,
        knobs: &str,
        law: Option<&str>,
        mix: f64,
        shift: Option<&str>,
        view: &str,
        max_steps: Option<u16>,
    ) -> PyResult<Self> {
        if lanes == 0 {
            return Err(wrong("0 lanes: expected at least 1"));
        }
        let world = World::new(family, knobs, law, mix, shift, max_steps)?;
        let (spec, cues) = (world.spec, world.spec.cues.len());
        let obs = world.family.obs_spec(&world.knobs).map_err(wrong)?;
        let view = View::named(view, &obs)?;
        let pool = generate(&world, 0, Split::Train, 0, 1)?;
        let mut made = Self {
            rewards: spec.rewards(),
            training: spec.reward(),
            contest: Contest::new(&spec, &world.designated),
            env: Env::new(&world, &pool, lanes),
            pool,
            obs,
            now: Tally::new(lanes, cues),
            last: Tally::new(lanes, cues),
            actions: vec![0; lanes],
            world,
            view,
            lanes,
        };
        made.again(0, true);
        Ok(made)
    }

    /// Shape, dtype and greatest number of one lane's observation.
    fn form(&self) -> (Vec<usize>, &'static str, u32) {
        self.view.form(&self.obs)
    }

    /// Rows and columns of the grid.
    fn grid(&self) -> (usize, usize) {
        (self.obs.height, self.obs.width)
    }

    /// Names of the actions.
    fn actions(&self) -> Vec<&'static str> {
        self.world.spec.actions.to_vec()
    }

    /// Names of the cues, the goal first.
    fn cues(&self) -> Vec<&'static str> {
        self.world.spec.cues.iter().map(|cue| cue.name).collect()
    }

    /// Names of the events; bit k of a number of events is the k-th.
    fn events(&self) -> Vec<&'static str> {
        self.world.spec.events.to_vec()
    }

    /// All knobs, as JSON.
    fn knobs(&self) -> String {
        self.world.knobs.to_string()
    }

    /// Steps after which an episode is truncated.
    fn max_steps(&self) -> u16 {
        self.world.limit
    }

    /// Ids of the levels, in the order of the pool.
    fn level_ids(&self) -> Vec<String> {
        (0..self.pool.len()).map(|i| self.pool.key(i).expect("generated levels have keys").to_string()).collect()
    }

    /// Generates levels `index` to `index + levels` of (`seed`, `split`) unless they are there already, and starts every lane afresh:
    /// on levels drawn without end, or (`once`) on each level exactly once.
    fn restart(&mut self, seed: u64, split: &str, index: u64, levels: usize, once: bool) -> PyResult<()> {
        self.pool = generate(&self.world, seed, known_split(split)?, index, levels)?;
        self.env = Env::new(&self.world, &self.pool, self.lanes);
        self.again(seed, once);
        Ok(())
    }

    /// Starts every lane afresh on the levels that are there, under draws and chance of `seed`.
    fn again(&mut self, seed: u64, once: bool) {
        let ids = (0..self.pool.len() as u32).collect();
        self.env.get().restart(&if once { LevelPlan::Once { ids, seed } } else { LevelPlan::Endless { seed } });
        for lane in 0..self.lanes {
            self.now.clear(lane, self.world.spec.cues.len());
        }
    }

    /// Takes one step in every lane that has a level; says in how many an episode ended. An ended lane begins the next at once.
    #[expect(clippy::too_many_arguments, reason = "one array a result")]
    fn step(
        &mut self,
        py: Python<'_>,
        actions: PyReadonlyArray1<'_, i64>,
        mut obs: PyReadwriteArray1<'_, u8>,
        mut rewards: PyReadwriteArray1<'_, f64>,
        mut terminated: PyReadwriteArray1<'_, bool>,
        mut truncated: PyReadwriteArray1<'_, bool>,
        mut events: PyReadwriteArray1<'_, u16>,
    ) -> PyResult<usize> {
        let n = self.world.spec.actions.len();
        let actions = actions.as_slice()?;
        if actions.len() != self.lanes {
            return Err(wrong(format!("{} actions, expected one for each of {} lanes", actions.len(), self.lanes)));
        }
        if let Some(lane) = actions.iter().position(|action| !(0..n as i64).contains(action)) {
            return Err(wrong(format!("action {} in lane {lane}, expected 0 to {}", actions[lane], n - 1)));
        }
        self.actions.iter_mut().zip(actions).for_each(|(to, from)| *to = *from as u8);
        let (obs, rewards) = (obs.as_slice_mut()?, rewards.as_slice_mut()?);
        let (terminated, truncated) = (terminated.as_slice_mut()?, truncated.as_slice_mut()?);
        let events = events.as_slice_mut()?;
        for (what, found) in [("rewards", rewards.len()), ("events", events.len()), ("ends", terminated.len())] {
            expect(what, found, self.lanes)?;
        }
        expect("truncations", truncated.len(), self.lanes)?;
        self.expect_obs(obs)?;
        Ok(py.detach(|| self.step_into(obs, rewards, terminated, truncated, events)))
    }

    /// Writes the current observations.
    fn observe(&mut self, mut obs: PyReadwriteArray1<'_, u8>) -> PyResult<()> {
        let obs = obs.as_slice_mut()?;
        self.expect_obs(obs)?;
        let view = self.env.get().view();
        self.view.write_all(view.spec, view.obs, obs);
        Ok(())
    }

    /// Writes what the present episodes came to so far: discounted return of each cue, the first cue, the place of the level among the
    /// generated ones (-1 where nothing is left to play), and the number of steps.
    fn tally(
        &mut self,
        mut returns: PyReadwriteArray1<'_, f64>,
        mut first: PyReadwriteArray1<'_, i8>,
        mut level: PyReadwriteArray1<'_, i64>,
        mut steps: PyReadwriteArray1<'_, i32>,
    ) -> PyResult<()> {
        self.now.write(
            self.env.get().view().level,
            returns.as_slice_mut()?,
            first.as_slice_mut()?,
            level.as_slice_mut()?,
            steps.as_slice_mut()?,
        )
    }

    /// The same of the episodes that ended last, and of lanes in which the last step ended one, the observation that it ended with;
    /// other lanes' observations are left alone.
    fn finals(
        &mut self,
        mut obs: PyReadwriteArray1<'_, u8>,
        mut returns: PyReadwriteArray1<'_, f64>,
        mut first: PyReadwriteArray1<'_, i8>,
        mut level: PyReadwriteArray1<'_, i64>,
        mut steps: PyReadwriteArray1<'_, i32>,
    ) -> PyResult<()> {
        let obs = obs.as_slice_mut()?;
        self.expect_obs(obs)?;
        let view = self.env.get().view();
        let (from, to) = (view.spec.bytes(), self.view.bytes(view.spec));
        for lane in (0..self.lanes).filter(|lane| is_end(view.ended[*lane])) {
            self.view.write(view.spec, &view.last_obs[lane * from..][..from], &mut obs[lane * to..][..to]);
        }
        self.last.write(
            view.last_level,
            returns.as_slice_mut()?,
            first.as_slice_mut()?,
            level.as_slice_mut()?,
            steps.as_slice_mut()?,
        )
    }

    /// The observation of a lane as text, a line a row; with `last`, the one that its last episode ended with.
    fn ascii(&mut self, lane: usize, last: bool) -> PyResult<Vec<String>> {
        let spec = self.obs;
        Ok(spec.ascii(self.packed(lane, last)?))
    }

    /// Writes the observation of a lane as a picture of `[rows * 8, columns * 8, 3]` pixels.
    fn picture(&mut self, lane: usize, last: bool, mut out: PyReadwriteArray1<'_, u8>) -> PyResult<()> {
        let spec = self.obs;
        let mut view = View::named("pixels", &spec)?;
        let out = out.as_slice_mut()?;
        expect("pixels", out.len(), view.bytes(&spec))?;
        view.write(&spec, self.packed(lane, last)?, out);
        Ok(())
    }
}

const fn is_end(ended: Ended) -> bool {
    matches!(ended, Ended::Terminated | Ended::Truncated)
}

fn expect(what: &str, found: usize, expected: usize) -> PyResult<()> {
    if found == expected { Ok(()) } else { Err(wrong(format!("room for {found} {what}, expected {expected}"))) }
}

/// Levels `index` to `index + levels` of (`seed`, `split`): the same that training and evaluation pools hold.
fn generate(world: &World, seed: u64, split: Split, index: u64, levels: usize) -> PyResult<Arc<dyn Pool>> {
    if levels == 0 {
        return Err(wrong("0 levels: expected at least 1"));
    }
    let mut pool = world.family.pool(&world.knobs).map_err(wrong)?;
    for i in index..index + levels as u64 {
        let ties = match &world.content {
            Content::Law(law) => law.draw(&mut Rng::keyed(seed, "law", i)),
            Content::Shift(shift) => shift.ties,
        };
        pool.generate(seed, split, i, &ties).map_err(wrong)?;
    }
    Ok(Arc::from(pool))
}

impl Lanes {
    fn expect_obs(&self, obs: &[u8]) -> PyResult<()> {
        expect("bytes of observations", obs.len(), self.lanes * self.view.bytes(&self.obs))
    }

    fn packed(&mut self, lane: usize, last: bool) -> PyResult<&[u8]> {
        if lane >= self.lanes {
            return Err(wrong(format!("lane {lane}, expected less than {}", self.lanes)));
        }
        let view = self.env.get().view();
        let bytes = view.spec.bytes();
        Ok(&if last { view.last_obs } else { view.obs }[lane * bytes..][..bytes])
    }

    fn step_into(
        &mut self,
        obs: &mut [u8],
        rewards: &mut [f64],
        terminated: &mut [bool],
        truncated: &mut [bool],
        events: &mut [u16],
    ) -> usize {
        let (cues, gamma) = (self.rewards.len(), self.world.spec.gamma);
        let view = self.env.get().step(&self.actions);
        self.view.write_all(view.spec, view.obs, obs);
        let mut ends = 0;
        for lane in 0..self.lanes {
            let (happened, ended) = (view.events[lane], view.ended[lane]);
            rewards[lane] = f64::from(self.training.of(happened));
            events[lane] = happened.0;
            terminated[lane] = ended == Ended::Terminated;
            truncated[lane] = ended == Ended::Truncated;
            if happened != Events::NONE {
                for (sum, reward) in self.now.returns[lane * cues..][..cues].iter_mut().zip(&self.rewards) {
                    *sum += self.now.weight[lane] * f64::from(reward.of(happened));
                }
                if self.now.first[lane] < 0
                    && let Some(outcome) = self.contest.decide(happened)
                {
                    self.now.first[lane] = first_cue(&outcome);
                }
            }
            self.now.weight[lane] *= gamma;
            self.now.steps[lane] += i32::from(ended != Ended::Idle);
            if is_end(ended) {
                ends += 1;
                self.last.copy(&self.now, lane, cues);
                self.now.clear(lane, cues);
            }
        }
        ends
    }
}

impl Tally {
    fn write(
        &self,
        levels: &[u32],
        returns: &mut [f64],
        first: &mut [i8],
        level: &mut [i64],
        steps: &mut [i32],
    ) -> PyResult<()> {
        expect("returns", returns.len(), self.returns.len())?;
        for (what, found) in [("first cues", first.len()), ("levels", level.len()), ("steps", steps.len())] {
            expect(what, found, self.first.len())?;
        }
        returns.copy_from_slice(&self.returns);
        first.copy_from_slice(&self.first);
        steps.copy_from_slice(&self.steps);
        let number = |id: u32| if id == StepView::NO_LEVEL { -1 } else { i64::from(id) };
        level.iter_mut().zip(levels).for_each(|(to, from)| *to = number(*from));
        Ok(())
    }
}
