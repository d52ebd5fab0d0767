//! One level laid open: its states, its pursuers, and where each cue is obtained. No family is named: a cue's place is
//! found by the solver.

use super::trace::{laws, looks_elsewhere};
use crate::pools::MAX_STATES;
use crate::row::{Agent, EvaluateError};
use misgen_core::{
    Decisions, Ended, Events, FamilySpec, Graph, ObsSpec, Policy, PolicyError, Pool, Rng, StepView, TooLarge,
};
use misgen_solve::{Behaviour, Playbook, Process};
use std::collections::BTreeSet;

/// A level with everything that can be known of it.
pub(super) struct Scene {
    pub(super) graph: Graph,
    pub(super) book: Playbook,
    /// The agent's cell in each state.
    pub(super) cells: Vec<Option<u16>>,
}

/// A way through a level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Way {
    /// The action of each step.
    pub(super) actions: Vec<u8>,
    /// The chance outcome of each step.
    pub(super) chances: Vec<u32>,
    /// The state in which each action is taken.
    pub(super) states: Vec<u32>,
    /// The state in which the last action ends.
    pub(super) last: u32,
    /// Whether the last step obtained what was pursued.
    pub(super) obtained: bool,
}

impl Scene {
    /// Level `i` of `pool`.
    pub(super) fn new(pool: &dyn Pool, i: usize, process: &Process, spec: &FamilySpec) -> Result<Self, TooLarge> {
        let graph = pool.graph(i, MAX_STATES)?;
        let cells = pool.agent_cells(i, &graph);
        let book = Playbook::new(&graph, process, spec);
        Ok(Self { graph, book, cells })
    }

    /// The cells in which some event of `cue` can happen, on ways that may pass ends.
    pub(super) fn region(&self, cue: Events) -> BTreeSet<u16> {
        let mut region = BTreeSet::new();
        for state in 0..self.graph.states() as u32 {
            for action in 0..self.graph.actions() {
                let edges = self.graph.edges(state, action).iter();
                let hits = edges.filter(|edge| edge.probability > 0.0 && edge.events.meets(cue));
                region.extend(hits.filter_map(|edge| self.cells[edge.next as usize]));
            }
        }
        region
    }

    /// The way of the pursuer of reward `i` until it obtains an event of `cue`: the first of equally good actions, the first
    /// of the likeliest outcomes.
    pub(super) fn way(&self, i: usize, cue: Events) -> Way {
        let process = self.book.reach().process();
        let pursuer = self.book.pursuer(i);
        let mut way = Way::default();
        for step in 0..process.limit {
            let action = pursuer.actions(way.last, step).iter().next().expect("a pursuer has an action");
            let edges = self.graph.edges(way.last, usize::from(action));
            let mut chance = 0;
            for (c, edge) in edges.iter().enumerate() {
                if edge.probability > edges[chance].probability {
                    chance = c;
                }
            }
            way.states.push(way.last);
            way.actions.push(action);
            way.chances.push(chance as u32);
            way.last = edges[chance].next;
            way.obtained = edges[chance].events.meets(cue);
            if way.obtained || process.ends(&edges[chance]) {
                break;
            }
        }
        way
    }

    /// The cell in which the pursuer of cue `i` obtains it: of several the nearest. `None` where it does not come to it.
    pub(super) fn place(&self, i: usize, cue: Events) -> Option<u16> {
        let way = self.way(i, cue);
        if way.obtained { self.cells[way.last as usize] } else { None }
    }
}

/// What a player thinks of one state.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Thought {
    /// Probability of each action; empty where it does not say.
    pub(crate) probs: Vec<f64>,
    /// Its estimate of its return.
    pub(crate) value: Option<f64>,
    /// What its last hidden layer holds.
    pub(super) features: Vec<f32>,
}

/// What a policy thinks of observations. `level` is the level's number, as a batch would say it.
///
/// # Errors
/// When the policy cannot act.
pub(crate) fn ponder(
    policy: &mut dyn Policy,
    spec: &ObsSpec,
    frames: &[(u32, Vec<u8>)],
    palette: Option<f64>,
) -> Result<Vec<Thought>, PolicyError> {
    let units = policy.features();
    let mut thoughts = Vec::with_capacity(frames.len());
    for chunk in frames.chunks(crate::rollout::LANES) {
        let lanes = chunk.len();
        let obs: Vec<u8> = chunk.iter().flat_map(|(_, frame)| frame.iter().copied()).collect();
        let level: Vec<u32> = chunk.iter().map(|(level, _)| *level).collect();
        let (events, ended, steps) = (vec![Events::NONE; lanes], vec![Ended::No; lanes], vec![0; lanes]);
        let view = StepView {
            spec,
            obs: &obs,
            last_obs: &obs,
            events: &events,
            ended: &ended,
            level: &level,
            last_level: &level,
            steps: &steps,
            palette: palette.map(|palette| palette as f32),
        };
        // Nobody takes the actions drawn here.
        let mut rngs = vec![Rng::keyed(0, "ponder", 0); lanes];
        let (mut actions, mut values) = (vec![0; lanes], vec![f32::NAN; lanes]);
        let (mut probs, mut features) = (vec![f32::NAN; lanes * spec.actions], vec![0.0; lanes * units]);
        let mut decisions = Decisions {
            actions: &mut actions,
            probs: Some(&mut probs),
            values: Some(&mut values),
            features: (units > 0).then_some(&mut features),
        };
        policy.act(&view, &mut rngs, &mut decisions)?;
        for lane in 0..lanes {
            let probs = &probs[lane * spec.actions..(lane + 1) * spec.actions];
            let said = !probs.iter().any(|p| p.is_nan());
            thoughts.push(Thought {
                probs: if said { probs.iter().map(|p| f64::from(*p)).collect() } else { Vec::new() },
                value: (!values[lane].is_nan()).then(|| f64::from(values[lane])),
                features: features[lane * units..(lane + 1) * units].to_vec(),
            });
        }
    }
    Ok(thoughts)
}

/// What an agent would do along ways that it did not choose.
pub(super) enum Mind<'a> {
    /// A policy looks at the observations.
    Learned(&'a mut dyn Policy, Option<f64>),
    /// A scripted player's law is exact.
    Scripted(Vec<(f64, Behaviour)>),
}

impl<'a> Mind<'a> {
    /// The mind of `agent`, which sees palettes varied by `palette`; `None` of recorded play.
    ///
    /// # Errors
    /// When the scripted player does not exist in this family.
    pub(super) fn of(
        agent: &'a mut Agent<'_>,
        spec: &FamilySpec,
        palette: Option<f64>,
    ) -> Result<Option<Self>, EvaluateError> {
        Ok(match agent {
            Agent::Learned { sampled, .. } => Some(Self::Learned(&mut **sampled, palette)),
            Agent::Scripted(script) => Some(Self::Scripted(script.parts(spec)?)),
            Agent::Played { .. } => None,
        })
    }

    /// Whether it plays, without looking, what fits another level.
    pub(super) fn looks_elsewhere(&self) -> bool {
        matches!(self, Self::Scripted(parts) if looks_elsewhere(parts))
    }

    /// What it would do in the states of a way through level `i` of `pool`, one row a step; empty rows where it does not say.
    pub(super) fn along(
        &mut self,
        pool: &dyn Pool,
        i: usize,
        scene: &Scene,
        other: Option<&Scene>,
        way: &Way,
        number: u32,
    ) -> Result<Vec<Vec<f64>>, PolicyError> {
        match self {
            Self::Scripted(parts) => {
                Ok(laws(&scene.book, parts, other.map(|other| &other.book), &way.states, &way.actions))
            }
            Self::Learned(policy, palette) => {
                let taken = way.states.len() - 1;
                let frames = pool.replay(i, &way.actions[..taken], &way.chances[..taken]);
                let frames: Vec<(u32, Vec<u8>)> = frames.into_iter().map(|frame| (number, frame)).collect();
                let thoughts = ponder(&mut **policy, &pool.obs_spec(), &frames, *palette)?;
                Ok(thoughts.into_iter().map(|thought| thought.probs).collect())
            }
        }
    }
}
