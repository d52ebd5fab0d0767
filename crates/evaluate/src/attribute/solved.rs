//! The levels of a conflict shift as the solver sees them, with what an agent did on them.

use super::Found;
use super::watch::Watched;
use crate::pools::{EvalPool, MAX_STATES};
use crate::rollout::Episode;
use misgen_core::{Events, Graph, Pool, Role};
use misgen_solve::{Behaviour, Book, Playbook, Reach, Visits, deciding_events};

/// One solved level.
pub(super) struct Solved {
    pub(super) graph: Box<Graph>,
    pub(super) book: Box<Playbook>,
    /// The process cut at the first event that decides the outcome: there the question of the goal is answered.
    pub(super) cut: Reach,
    deciding: Events,
}

/// Why soft values cannot say anything here, if they cannot.
pub(super) fn applies(pool: &EvalPool) -> Found<()> {
    if pool.shift.role != Role::Conflict {
        Err("defined on conflict shifts, where cues are apart".into())
    } else if !pool.spec.is_decided() {
        Err("the kind is not decided by a first cue".into())
    } else if pool.spec.is_planned() {
        Err("the family is planned, not solved: its states are too many for soft values".into())
    } else {
        Ok(())
    }
}

impl Solved {
    /// Level `i` of `pool`, for which [`applies`] holds.
    pub(super) fn new(pool: &EvalPool, i: usize) -> Result<Self, misgen_core::TooLarge> {
        let process = pool.process();
        let levels: &dyn Pool = &*pool.pool;
        match Book::new(levels, i, &process, MAX_STATES)? {
            Book::Solved(graph, book) => {
                let deciding = deciding_events(&pool.spec, &pool.designated());
                let cut = Reach::new(&graph, &process.stopped(process.stop.and(deciding)));
                Ok(Self { graph, book, cut, deciding })
            }
            Book::Planned(_) => unreachable!("planned families have no soft values"),
        }
    }

    /// What a scripted player does in expectation; `other` is the level on which one that looks elsewhere watches.
    pub(super) fn expected(&self, parts: &[(f64, Behaviour)], other: Option<&Self>) -> Visits {
        let mut visits = Visits::none(&self.cut);
        for (weight, behaviour) in parts.iter().filter(|(weight, _)| *weight > 0.0) {
            let player = self.book.player(*behaviour, other.map(|other| &*other.book));
            visits.expect(&self.cut, *weight, |state, step, probs| player.law(state, step, probs));
        }
        visits
    }

    /// What was done in watched episodes of this level, each action by its probability.
    pub(super) fn watched<'a>(&self, episodes: impl IntoIterator<Item = &'a Watched>) -> Visits {
        let mut visits = Visits::none(&self.cut);
        for Watched { episode, probs } in episodes {
            let actions = self.graph.actions();
            self.follow(episode, |state, step| {
                let row = &probs[usize::from(step) * actions..][..actions];
                visits.add(&self.cut, state, step, row.iter().map(|p| f64::from(*p)));
            });
        }
        visits
    }

    /// The actions of one episode.
    pub(super) fn played(&self, episode: &Episode) -> Visits {
        let mut visits = Visits::none(&self.cut);
        let one = |taken: u8| (0..self.graph.actions()).map(move |a| f64::from(u8::from(a == usize::from(taken))));
        self.follow(episode, |state, step| {
            visits.add(&self.cut, state, step, one(episode.actions[usize::from(step)]));
        });
        visits
    }

    /// Calls `visit` with the state and number of every step up to the one that decides; returns how many there are.
    pub(super) fn follow(&self, episode: &Episode, mut visit: impl FnMut(u32, u16)) -> usize {
        let mut state = 0;
        for (step, &action) in episode.actions.iter().enumerate() {
            visit(state, step as u16);
            let edge = self.graph.follow(state, action, episode.chances.get(step).copied().unwrap_or(0));
            if edge.end || edge.events.meets(self.deciding) {
                return step + 1;
            }
            state = edge.next;
        }
        episode.actions.len()
    }
}
