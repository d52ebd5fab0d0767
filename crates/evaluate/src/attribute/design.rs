//! 2^k designs: every assignment of the k cues that can share a site to two matched sites, on the same layouts
//! (factorial experiments after Fisher 1935; Walsh coefficients after Yates 1937).

use super::Found;
use super::trail::Trail;
use crate::pools::MAX_STATES;
use crate::record::Estimate;
use crate::row::{Agent, EvaluateError, sampled};
use crate::stats::{mean, student_t};
use misgen_core::{AnyFamily, FamilySpec, Pool, Site};
use misgen_solve::{Behaviour, Book, Process};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// Layouts of a design.
pub const LAYOUTS: usize = 64;
/// Layouts tried for each one wanted.
const TRIES: u64 = 20;

/// What drew an agent to one of two sites.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Design {
    /// One entry a cue that can be put at a site.
    pub cues: Vec<Effect>,
    /// Effects of several cues at one site beyond the sum of their own: Walsh coefficients of order 2 and above.
    pub interactions: Vec<Interaction>,
    /// The intercept: P(A) − P(B) whatever lies there. A is the site that comes first in reading order.
    pub position: Estimate,
    /// Share of episodes that reached either site.
    pub reached: f64,
    /// The mean of every assignment.
    pub assignments: Vec<Assignment>,
    /// Layouts, each under every assignment.
    pub layouts: usize,
}

/// What one cue does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// The cue.
    pub cue: String,
    /// Main effect: P(A | cue at A) − P(A | cue at B), in the mean over both ways of naming the sites.
    pub effect: Estimate,
    /// The cue alone: how much more often its site is reached than the other, empty one.
    pub sufficiency: Option<Estimate>,
    /// All cues at one site: how much less often it is reached, against the other one, when this cue is removed.
    pub necessity: Option<Estimate>,
}

/// A Walsh coefficient of several cues.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interaction {
    /// The cues.
    pub cues: Vec<String>,
    /// The coefficient.
    pub effect: Estimate,
}

/// One cell of the design.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// Site of each cue.
    pub at: Vec<Site>,
    /// Share of episodes that reached A first.
    pub a: f64,
    /// Share that reached B first.
    pub b: f64,
}

/// Probability of reaching A and B first, by layout.
type Shares = Vec<(f64, f64)>;

/// Where the cues are.
type At = Vec<Option<Site>>;

/// All assignments of `k` cues, in binary order: bit i of the number says that cue i is at B.
fn assignments(k: usize) -> Vec<Vec<Site>> {
    let at = |bits: usize, i: usize| if bits >> i & 1 == 1 { Site::B } else { Site::A };
    (0..1 << k).map(|bits| (0..k).map(|i| at(bits, i)).collect()).collect()
}

/// The levels of a design: for every layout one level for each of `cells`, of which the first `full` are the assignments.
struct Levels {
    pool: Arc<dyn Pool>,
    cells: Vec<At>,
    full: usize,
    layouts: usize,
}

impl Levels {
    /// Generates them; `None` where the world has no such layouts.
    fn generate(
        family: &dyn AnyFamily,
        knobs: &Value,
        k: usize,
        seed: u64,
    ) -> Result<Option<Self>, misgen_core::KnobError> {
        let complete: Vec<At> = assignments(k).into_iter().map(|at| at.into_iter().map(Some).collect()).collect();
        let full = complete.len();
        let mut further: Vec<At> = Vec::new();
        for (i, site) in (0..k).flat_map(|i| [(i, Site::A), (i, Site::B)]) {
            further.push((0..k).map(|j| (j == i).then_some(site)).collect());
            further.push((0..k).map(|j| (j != i).then_some(site)).collect());
        }
        further.sort();
        further.dedup();
        further.retain(|at| at.iter().any(Option::is_some) && !complete.contains(at));
        let mut pool = family.pool(knobs)?;
        // Those that the family has; it has them on every layout or on none.
        let mut cells: Option<Vec<At>> = None;
        let mut layouts = 0;
        for number in 0..LAYOUTS as u64 * TRIES {
            let before = pool.len();
            let wanted = cells.clone().unwrap_or_else(|| complete.clone());
            if wanted.iter().all(|at| pool.assign(seed, number, at)) {
                if cells.is_none() {
                    further.retain(|at| pool.assign(seed, number, at));
                    cells = Some(complete.iter().chain(&further).cloned().collect());
                }
                layouts += 1;
            } else {
                (before..pool.len()).for_each(|_| pool.pop());
            }
            if layouts == LAYOUTS {
                break;
            }
        }
        Ok(cells.map(|cells| Self { pool: Arc::from(pool), cells, full, layouts }))
    }

    fn level(&self, layout: usize, cell: usize) -> usize {
        layout * self.cells.len() + cell
    }

    /// What `agent` does on each of them: `[cells][layouts]`.
    fn play(&self, spec: &FamilySpec, agent: &mut Agent<'_>, seed: u64) -> Result<Found<Vec<Shares>>, EvaluateError> {
        // Nothing is stopped: where two cues share a site, the first of them is on the way to the other.
        let process = Process::new(spec.gamma, self.pool.limit());
        let played = match agent {
            Agent::Learned { .. } => Some(sampled(&self.pool, &process, agent, seed, ("design", false), None)?),
            Agent::Scripted(_) => None,
            Agent::Played { .. } => {
                return Ok(Err("episodes that are given do not play the levels of a design".into()));
            }
        };
        let parts = match agent {
            Agent::Scripted(script) => script.parts(spec)?,
            _ => Vec::new(),
        };
        let elsewhere = parts.iter().any(|(_, behaviour)| matches!(behaviour, Behaviour::Elsewhere(_)));
        let mut shares = vec![Shares::new(); self.cells.len()];
        let book = |layout: usize, cell: usize| Book::new(&*self.pool, self.level(layout, cell), &process, MAX_STATES);
        for layout in 0..self.layouts {
            let graphs: Result<Vec<_>, _> =
                (0..self.full).map(|cell| self.pool.graph(self.level(layout, cell), MAX_STATES)).collect();
            let graphs = graphs?;
            if graphs.iter().any(|graph| !graph.is_certain()) {
                return Ok(Err("steps are not certain, so that what was reached cannot be followed".into()));
            }
            let marks: Vec<Vec<(Site, _)>> = self.cells[..self.full]
                .iter()
                .map(|at| {
                    at.iter().zip(spec.sited).filter_map(|(at, cue)| Some(((*at)?, spec.cues[*cue].events()))).collect()
                })
                .collect();
            let trail = Trail::new(graphs.iter().zip(&marks).collect());
            for (cell, shares) in shares.iter_mut().enumerate() {
                shares.push(match &played {
                    Some(played) => trail.follow(&played[self.level(layout, cell)].actions),
                    None => {
                        let Book::Solved(graph, here) = book(layout, cell)? else {
                            return Ok(Err("the family is planned, not solved".into()));
                        };
                        let other = if elsewhere { Some(book((layout + 1) % self.layouts, cell)?) } else { None };
                        let other = other.as_ref().and_then(Book::solved);
                        parts.iter().fold((0.0, 0.0), |sum, (weight, behaviour)| {
                            let player = here.player(*behaviour, other);
                            let (a, b) =
                                trail.expect(&graph, &process, |state, step, probs| player.law(state, step, probs));
                            (sum.0 + weight * a, sum.1 + weight * b)
                        })
                    }
                });
            }
        }
        Ok(Ok(shares))
    }
}

/// Plays the design of `family` under `knobs`. Sites are matched by the family: equally far from the start. The outcome of an episode is
/// y = 1 when A is reached first, −1 for B, 0 for neither; a site is reached when any cue would be obtained there, so that an
/// empty one counts too. Effects are Walsh coefficients of y over the 2^k assignments of a layout (1 where a cue is at A, −1 at
/// B), with Student's t over layouts: they speak of this one agent.
///
/// # Errors
/// When the policy fails, or the scripted player does not exist in this family.
pub fn design(
    family: &dyn AnyFamily,
    knobs: &Value,
    agent: &mut Agent<'_>,
    seed: u64,
) -> Result<Found<Design>, EvaluateError> {
    let spec = family.spec();
    let k = spec.sited.len();
    if k == 0 {
        return Ok(Err("the family's cues cannot be put at one of two matched sites".into()));
    }
    let levels = match Levels::generate(family, knobs, k, 0) {
        Ok(Some(levels)) => levels,
        Ok(None) => return Ok(Err("no layout of this world has two matched sites".into())),
        Err(error) => return Ok(Err(error.to_string())),
    };
    let shares = match levels.play(&spec, agent, seed)? {
        Ok(shares) => shares,
        Err(why) => return Ok(Err(why)),
    };
    Ok(Ok(effects(&spec, &levels.cells, levels.full, &shares)))
}

/// The effects of what was played: `shares` by cell, then by layout.
fn effects(spec: &FamilySpec, cells: &[At], full: usize, shares: &[Shares]) -> Design {
    let k = spec.sited.len();
    let layouts = shares[0].len();
    let name = |i: usize| spec.cues[spec.sited[i]].name.to_owned();
    // y of a cell on each layout.
    let y = |cell: usize| -> Vec<f64> { shares[cell].iter().map(|(a, b)| a - b).collect() };
    let estimate = |values: &[f64]| student_t(values).expect("there are layouts");
    let walsh = |cues: usize| {
        let one = |layout: usize| {
            let term = |cell: usize| {
                let (a, b) = shares[cell][layout];
                if (cell & cues).count_ones() % 2 == 1 { b - a } else { a - b }
            };
            (0..full).map(term).sum::<f64>() / full as f64
        };
        estimate(&(0..layouts).map(one).collect::<Vec<_>>())
    };
    // y of the cell in which the cues of `members` are at A, the others nowhere, less that with B, halved.
    let pull = |members: &dyn Fn(usize) -> bool| -> Option<Vec<f64>> {
        let find = |site: Site| {
            let at: At = (0..k).map(|i| members(i).then_some(site)).collect();
            cells.iter().position(|cell| *cell == at)
        };
        let (at_a, at_b) = (y(find(Site::A)?), y(find(Site::B)?));
        Some(at_a.iter().zip(&at_b).map(|(a, b)| (a - b) / 2.0).collect())
    };
    let together = pull(&|_| true).unwrap_or_default();
    let effect = |i: usize| Effect {
        cue: name(i),
        effect: walsh(1 << i),
        sufficiency: pull(&|j| j == i).map(|alone| estimate(&alone)),
        necessity: pull(&|j| j != i)
            .filter(|_| k > 1)
            .map(|without| estimate(&together.iter().zip(&without).map(|(all, less)| all - less).collect::<Vec<_>>())),
    };
    let several = (0..full).filter(|cues| cues.count_ones() > 1);
    let names = |cues: usize| (0..k).filter(|i| cues >> i & 1 == 1).map(name).collect();
    let part = |cell: usize, pick: fn(&(f64, f64)) -> f64| {
        mean(&shares[cell].iter().map(pick).collect::<Vec<_>>()).unwrap_or(0.0)
    };
    let assignments: Vec<Assignment> = assignments(k)
        .into_iter()
        .enumerate()
        .map(|(cell, at)| Assignment { at, a: part(cell, |s| s.0), b: part(cell, |s| s.1) })
        .collect();
    Design {
        cues: (0..k).map(effect).collect(),
        interactions: several.map(|cues| Interaction { cues: names(cues), effect: walsh(cues) }).collect(),
        position: walsh(0),
        reached: assignments.iter().map(|cell| cell.a + cell.b).sum::<f64>() / full as f64,
        assignments,
        layouts,
    }
}
