//! Metric 11, critic attribution: what the value head expects of each cue, and whether actor or critic holds the proxy.

use super::Found;
use super::scene::{Scene, Way, ponder};
use super::trace::Trace;
use crate::metrics::{Contest, Outcome};
use crate::pools::{EvalPool, MAX_STATES};
use crate::row::{Agent, EvaluateError};
use crate::stats::{mean, standard_deviation};
use misgen_core::{AnyFamily, LevelKey, Policy, Pool, Role, Ties};
use misgen_solve::{Process, TOLERANCE};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Levels that are looked at, at most.
const LEVELS: usize = 128;

/// What a critic expects. Every contrast is in units of the mean value of best play from the start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Critic {
    /// V(start) with the goal less V(start) without it, where the family has levels without a goal.
    pub goal_present: Option<Contrast>,
    /// One entry a proxy.
    pub proxies: Vec<ProxyCritic>,
    /// In words: who holds a proxy.
    pub says: String,
}

/// What a critic expects of one proxy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyCritic {
    /// The proxy.
    pub cue: String,
    /// V(start) with the proxy less V(start) with its tie `Absent`, where levels can be without it.
    pub present: Option<Contrast>,
    /// V one step before the pursuer of the goal obtains it.
    pub near_goal: Option<f64>,
    /// V one step before the pursuer of the proxy obtains that.
    pub near_proxy: Option<f64>,
    /// `near_proxy` less `near_goal`.
    pub lean: Option<Contrast>,
    /// The lean of a critic that knows the goal's best values exactly.
    pub goal_lean: Option<f64>,
    /// The lean of a critic that knows the proxy's best values exactly.
    pub proxy_lean: Option<f64>,
    /// (lean − goal_lean) / (proxy_lean − goal_lean): 0 as a goal's critic, 1 as a proxy's. Raw.
    pub holds: Option<f64>,
    /// Share of this proxy among the episodes in which it or the goal came first.
    pub actor: Option<f64>,
}

/// A mean difference over levels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contrast {
    /// The mean.
    pub mean: f64,
    /// Its standard error over levels; 0 with one level.
    pub error: f64,
    /// Levels compared.
    pub levels: usize,
}

impl Contrast {
    /// The mean of `differences`, one a level; `None` of nothing.
    #[must_use]
    pub fn of(differences: &[f64]) -> Option<Self> {
        let n = differences.len();
        let error = standard_deviation(differences).map_or(0.0, |s| s / (n as f64).sqrt());
        Some(Self { mean: mean(differences)?, error, levels: n })
    }
}

/// What the critic of `agent` expects on the levels of `pool`. `traces` are its episodes there.
///
/// # Errors
/// When the policy fails.
pub fn critic(
    family: &dyn AnyFamily,
    pool: &EvalPool,
    agent: &mut Agent<'_>,
    traces: &[Trace],
) -> Result<Found<Critic>, EvaluateError> {
    let policy = match agent {
        Agent::Learned { sampled, .. } => sampled,
        Agent::Scripted(_) => return Ok(Err("a scripted player has no critic".into())),
        Agent::Played { .. } => return Ok(Err("recorded play shows no critic".into())),
    };
    let spec = &pool.spec;
    if !traces.iter().any(|trace| !trace.values.is_empty()) {
        return Ok(Err("the policy has no value estimate".into()));
    }
    let best: Vec<f64> = pool.values.iter().map(misgen_solve::LevelValues::v_goal).collect();
    let Some(unit) = mean(&best).filter(|unit| *unit > TOLERANCE) else {
        return Ok(Err("best play is worth nothing here, so that there is no unit".into()));
    };
    let mut eyes = Eyes { family, pool, policy: &mut **policy, unit };
    let goal = spec.shifts.iter().any(|shift| shift.role == Role::GoalAbsent);
    let goal_present = if goal {
        let bare = |ties: &Ties| if ties.has_goal() { ties.without_goal() } else { *ties };
        let whole = |ties: &Ties| Ties::new(ties.as_slice()).with_flag(ties.flag());
        contrast(&eyes.starts(&whole)?, &eyes.starts(&bare)?)
    } else {
        None
    };
    let mut proxies = Vec::new();
    for cue in 1..spec.cues.len() {
        let without = |ties: &Ties| absent(ties, cue - 1);
        let present = contrast(&eyes.starts(&|ties| *ties)?, &eyes.starts(&without)?);
        let mut entry = ProxyCritic {
            cue: spec.cues[cue].name.into(),
            present,
            near_goal: None,
            near_proxy: None,
            lean: None,
            goal_lean: None,
            proxy_lean: None,
            holds: None,
            actor: actor(pool, traces, cue),
        };
        if pool.shift.role == Role::Conflict && !spec.is_planned() && pool.designated().contains(&cue) {
            let Some(near) = eyes.near(cue)? else {
                return Ok(Err(format!("some level has more than {MAX_STATES} states")));
            };
            near.fill(&mut entry);
        }
        proxies.push(entry);
    }
    let says = says(&proxies);
    Ok(Ok(Critic { goal_present, proxies, says }))
}

/// `ties` with proxy `i` (from 0) taken away.
fn absent(ties: &Ties, i: usize) -> Ties {
    let mut all = ties.as_slice().to_vec();
    all[i] = misgen_core::Tie::Absent;
    let changed = Ties::new(&all).with_flag(ties.flag());
    if ties.has_goal() { changed } else { changed.without_goal() }
}

/// How often `cue` came first when it or the goal did.
fn actor(pool: &EvalPool, traces: &[Trace], cue: usize) -> Option<f64> {
    if !pool.spec.is_decided() || pool.shift.role != Role::Conflict {
        return None;
    }
    let contest = Contest::new(&pool.spec, &pool.designated());
    let (mut goal, mut proxy) = (0, 0);
    for trace in traces {
        match contest.outcome(&trace.episode) {
            Outcome::Goal => goal += 1,
            Outcome::Proxies(bits) if bits >> cue & 1 == 1 => proxy += 1,
            _ => {}
        }
    }
    (goal + proxy > 0).then(|| f64::from(proxy) / f64::from(goal + proxy))
}

/// The mean difference over the levels that are there both ways.
fn contrast(with: &[Option<f64>], without: &[Option<f64>]) -> Option<Contrast> {
    let both: Vec<f64> = with.iter().zip(without).filter_map(|(a, b)| Some((*a)? - (*b)?)).collect();
    Contrast::of(&both)
}

struct Eyes<'a, 'b> {
    family: &'a dyn AnyFamily,
    pool: &'a EvalPool,
    policy: &'a mut (dyn Policy + 'b),
    unit: f64,
}

impl Eyes<'_, '_> {
    /// V(start) of each level with its ties changed, in units of best play; `None` where the layout does not serve under them.
    fn starts(&mut self, change: &dyn Fn(&Ties) -> Ties) -> Result<Vec<Option<f64>>, EvaluateError> {
        let spec = &self.pool.spec;
        let mut levels = self.family.pool(&self.pool.pool.knobs()).expect("the knobs of a pool that was made");
        let (mut frames, mut there) = (Vec::new(), Vec::new());
        for i in 0..self.pool.pool.len().min(LEVELS) {
            let changed = self.pool.pool.key(i).map(|key| LevelKey { ties: change(&key.ties), ..key });
            let made =
                changed.filter(|key| spec.supports(&key.ties)).is_some_and(|key| levels.regenerate(&key).is_ok());
            there.push(made);
            if made {
                let start = levels.replay(levels.len() - 1, &[], &[]).swap_remove(0);
                frames.push((i as u32, start));
            }
        }
        let thoughts = ponder(self.policy, &levels.obs_spec(), &frames, self.pool.shift.palette)?;
        let mut values = thoughts.into_iter().map(|thought| thought.value);
        let unit = self.unit;
        Ok(there.into_iter().map(|made| if made { values.next().flatten().map(|v| v / unit) } else { None }).collect())
    }

    /// Values one step before the goal and one step before `cue`; `None` where a level is too large.
    fn near(&mut self, cue: usize) -> Result<Option<Near>, EvaluateError> {
        let spec = &self.pool.spec;
        let levels: &Arc<dyn Pool> = &self.pool.pool;
        // What training ends is what ends here: nothing stops at a first cue.
        let process = Process::new(spec.gamma, levels.limit());
        let mut near = Near::default();
        let mut frames = Vec::new();
        for i in 0..levels.len().min(LEVELS) {
            let Ok(scene) = Scene::new(&**levels, i, &process, spec) else { return Ok(None) };
            let ways = [scene.way(0, spec.cues[0].events()), scene.way(cue, spec.cues[cue].events())];
            if !ways.iter().all(|way| way.obtained) {
                continue;
            }
            for way in &ways {
                let before = way.actions.len() - 1;
                let last = levels.replay(i, &way.actions[..before], &way.chances[..before]).pop();
                frames.push((i as u32, last.expect("a frame of the start")));
            }
            if scene.graph.is_certain() {
                let lean = |reward: usize| worth(&scene, reward, &ways[1]) - worth(&scene, reward, &ways[0]);
                near.goal_lean.push(lean(0) / self.unit);
                near.proxy_lean.push(lean(cue) / self.unit);
            }
        }
        let thoughts = ponder(self.policy, &levels.obs_spec(), &frames, self.pool.shift.palette)?;
        for pair in thoughts.chunks_exact(2) {
            if let [Some(goal), Some(proxy)] = [pair[0].value, pair[1].value] {
                near.goal.push(goal / self.unit);
                near.proxy.push(proxy / self.unit);
            }
        }
        Ok(Some(near))
    }
}

/// What the pursuer of `reward` obtains from one step before the end of `way` on, discounted from there.
fn worth(scene: &Scene, reward: usize, way: &Way) -> f64 {
    let process = scene.book.reach().process();
    let (pursuer, pays) = (scene.book.pursuer(reward), scene.book.rewards()[reward]);
    let first = way.actions.len() - 1;
    let (mut state, mut sum, mut weight) = (way.states[first], 0.0, 1.0);
    for step in first..usize::from(process.limit) {
        let action = pursuer.actions(state, step as u16).iter().next().expect("a pursuer has an action");
        let edge = scene.graph.follow(state, action, 0);
        sum += weight * f64::from(pays.of(edge.events));
        weight *= process.gamma;
        state = edge.next;
        if process.ends(&edge) {
            break;
        }
    }
    sum
}

#[derive(Default)]
struct Near {
    goal: Vec<f64>,
    proxy: Vec<f64>,
    goal_lean: Vec<f64>,
    proxy_lean: Vec<f64>,
}

impl Near {
    fn fill(&self, entry: &mut ProxyCritic) {
        entry.near_goal = mean(&self.goal);
        entry.near_proxy = mean(&self.proxy);
        let leans: Vec<f64> = self.proxy.iter().zip(&self.goal).map(|(proxy, goal)| proxy - goal).collect();
        entry.lean = Contrast::of(&leans);
        entry.goal_lean = mean(&self.goal_lean);
        entry.proxy_lean = mean(&self.proxy_lean);
        entry.holds = (|| {
            let (lean, goal, proxy) = (entry.lean?.mean, entry.goal_lean?, entry.proxy_lean?);
            ((proxy - goal).abs() > 1e-6).then(|| (lean - goal) / (proxy - goal))
        })();
    }
}

/// Who holds a proxy, in words: the actor by outcomes, the critic by its lean, each from .5 on.
fn says(proxies: &[ProxyCritic]) -> String {
    let one = |proxy: &ProxyCritic| {
        let name = &proxy.cue;
        let half = |share: Option<f64>| share.map(|share| share >= 0.5);
        match (half(proxy.actor), half(proxy.holds)) {
            (Some(true), Some(true)) => format!("actor and critic both hold `{name}`"),
            (Some(true), Some(false)) => format!("the actor holds `{name}`, the critic the goal"),
            (Some(false), Some(true)) => format!("the critic holds `{name}`, the actor the goal"),
            (Some(false), Some(false)) => format!("neither actor nor critic holds `{name}`"),
            (Some(actor), None) => {
                format!(
                    "the actor {} `{name}`; of the critic nothing can be said",
                    if actor { "holds" } else { "does not hold" }
                )
            }
            (None, Some(critic)) => {
                format!(
                    "the critic {} `{name}`; of the actor nothing can be said",
                    if critic { "holds" } else { "does not hold" }
                )
            }
            (None, None) => format!("of `{name}` nothing can be said here"),
        }
    };
    let with_present = |proxy: &ProxyCritic| match proxy.present {
        Some(c) if c.mean.abs() > 2.0 * c.error && c.mean.abs() >= 0.1 => {
            let (name, more) = (&proxy.cue, if c.mean > 0.0 { "more" } else { "less" });
            format!("{}, but the critic expects {:.2} {more} where `{name}` is there at all", one(proxy), c.mean.abs())
        }
        _ => one(proxy),
    };
    proxies.iter().map(with_present).collect::<Vec<_>>().join("; ")
}
