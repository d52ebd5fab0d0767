//! One level under one process, ready for reference players: solved where its states can be enumerated, planned where
//! the family declares a planner.

use crate::planned::Planned;
use crate::{Behaviour, Exact, LevelValues, Playbook, Process, Reach, Refusal, Screened, evaluate_in};
use misgen_core::{Ended, Events, FamilySpec, Graph, Pool, Rng, TooLarge, Walk};

/// A level with its reference players.
pub enum Book<'a> {
    /// Exact: every state is known.
    Solved(Box<Graph>, Box<Playbook>),
    /// By rollouts of the declared planner.
    Planned(Planned<'a>),
}

impl<'a> Book<'a> {
    /// Level `level` of `pool` under `process`; enumerates it where the family declares no planner.
    ///
    /// # Errors
    /// When it has more than `cap` states.
    pub fn new(pool: &'a dyn Pool, level: usize, process: &Process, cap: usize) -> Result<Self, TooLarge> {
        let spec = pool.spec();
        if spec.is_planned() {
            return Ok(Self::Planned(Planned::new(pool, level, process)));
        }
        let graph = pool.graph(level, cap)?;
        let book = Playbook::new(&graph, process, &spec);
        Ok(Self::Solved(Box::new(graph), Box::new(book)))
    }

    /// The values that metrics compare an agent with; `designated` are the cues whose first obtaining decides an episode.
    #[must_use]
    pub fn values(&self, spec: &FamilySpec, designated: &[usize]) -> LevelValues {
        match self {
            Self::Solved(graph, book) => book.values(graph, spec.cues, designated),
            Self::Planned(planned) => planned.values(),
        }
    }

    /// Screens the level for a conflict shift ([`crate::screen`]).
    ///
    /// # Errors
    /// The first condition that the level does not meet.
    pub fn screen(&self, spec: &FamilySpec, designated: &[usize]) -> Result<Screened, Refusal> {
        crate::screen::screen_book(self, spec, designated)
    }

    /// What a scripted player, given as [`crate::Script::parts`], brings: exactly, or as the mean of keyed rollouts.
    /// `other` is the level on which [`Behaviour::Elsewhere`] watches a pursuer.
    #[must_use]
    pub fn expected(&self, parts: &[(f64, Behaviour)], other: Option<&Self>) -> Exact {
        match self {
            Self::Solved(_, book) => book.exact(parts, other.and_then(Self::solved)),
            Self::Planned(planned) => planned.expected(parts, other.and_then(Self::planned), "control"),
        }
    }

    /// How its episodes end when they are cut at the first event of `deciding`, though the player plays the process that is not:
    /// what decides the outcome where nothing is stopped.
    #[must_use]
    pub fn decided(&self, parts: &[(f64, Behaviour)], other: Option<&Self>, deciding: Events) -> Exact {
        match self {
            Self::Planned(_) => self.expected(parts, other),
            Self::Solved(graph, book) => {
                let process = *book.reach().process();
                let cut = Reach::new(graph, &process.stopped(process.stop.and(deciding)));
                let one = |(weight, behaviour): &(f64, Behaviour)| {
                    let player = book.player(*behaviour, other.and_then(Self::solved));
                    let exact = evaluate_in(&cut, book.rewards(), |state, step, probs| player.law(state, step, probs));
                    (*weight, exact)
                };
                Exact::mixture(&parts.iter().map(one).collect::<Vec<_>>())
            }
        }
    }

    /// Plays one episode.
    pub fn play(&self, behaviour: Behaviour, other: Option<&Self>, acts: &mut Rng, chance: &mut Rng) -> Walk {
        match self {
            Self::Planned(planned) => planned.play(behaviour, other.and_then(Self::planned), acts, chance),
            Self::Solved(graph, book) => {
                let player = book.player(behaviour, other.and_then(Self::solved));
                follow(graph, book.reach().process(), &mut |state, step| player.act(state, step, acts), chance)
            }
        }
    }

    /// The pursuers of a solved level; `None` where it is planned.
    #[must_use]
    pub fn solved(&self) -> Option<&Playbook> {
        match self {
            Self::Solved(_, book) => Some(book),
            Self::Planned(_) => None,
        }
    }

    fn planned(&self) -> Option<&Planned<'a>> {
        match self {
            Self::Planned(planned) => Some(planned),
            Self::Solved(..) => None,
        }
    }
}

/// Plays one level by following its graph: `act` takes a state and the number of steps taken.
fn follow(graph: &Graph, process: &Process, act: &mut dyn FnMut(u32, u16) -> u8, chance: &mut Rng) -> Walk {
    let mut walk = Walk { ended: Ended::Truncated, ..Walk::default() };
    let mut state = 0;
    for step in 0..process.limit {
        let action = act(state, step);
        let edges = graph.edges(state, usize::from(action));
        let drawn = if edges.len() == 1 { 0 } else { chance.weighted(edges.iter().map(|e| e.probability)) };
        let edge = edges[drawn];
        walk.actions.push(action);
        walk.chances.push(drawn as u32);
        if !edge.events.is_empty() {
            walk.events.push((step, edge.events));
        }
        state = edge.next;
        if process.ends(&edge) {
            walk.ended = Ended::Terminated;
            break;
        }
    }
    walk
}
