//! Which of two sites is reached first, also where nothing lies there: play is followed through every assignment's level at once.

use misgen_core::{Events, Graph, Site};
use misgen_solve::Process;
use std::collections::HashMap;

/// Where an action leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// On to another node.
    Node(u32),
    /// To a site, or to both at once.
    Sites { a: bool, b: bool },
}

/// The levels of all assignments of one layout, walked in step. Steps move alike in all of them, so that a site is reached when in some
/// of them a cue that is there is obtained.
pub(super) struct Trail {
    actions: usize,
    /// `[nodes * actions]`.
    next: Vec<Next>,
}

impl Trail {
    /// `levels` are graphs in which every step is certain, each with the events that its cues have at which site.
    pub(super) fn new(levels: Vec<(&Graph, &Vec<(Site, Events)>)>) -> Self {
        let actions = levels[0].0.actions();
        let mut index: HashMap<Vec<u32>, u32> = HashMap::from([(vec![0; levels.len()], 0)]);
        let mut order = vec![vec![0; levels.len()]];
        let mut next = Vec::new();
        let mut at = 0;
        while at < order.len() {
            for action in 0..actions {
                let mut reached = (false, false);
                let mut after = order[at].clone();
                for ((graph, marks), state) in levels.iter().zip(&mut after) {
                    let edge = graph.edges(*state, action)[0];
                    *state = edge.next;
                    for (site, _) in marks.iter().filter(|(_, events)| edge.events.meets(*events)) {
                        reached = (reached.0 | (*site == Site::A), reached.1 | (*site == Site::B));
                    }
                }
                next.push(if reached == (false, false) {
                    let fresh = order.len() as u32;
                    let node = *index.entry(after).or_insert_with_key(|key| {
                        order.push(key.clone());
                        fresh
                    });
                    Next::Node(node)
                } else {
                    Next::Sites { a: reached.0, b: reached.1 }
                });
            }
            at += 1;
        }
        Self { actions, next }
    }

    fn step(&self, node: u32, action: usize) -> Next {
        self.next[node as usize * self.actions + action]
    }

    /// (1, 0) where `actions` come to A first, (0, 1) for B, (0, 0) for neither or both at once.
    pub(super) fn follow(&self, actions: &[u8]) -> (f64, f64) {
        let mut node = 0;
        for &action in actions {
            match self.step(node, usize::from(action)) {
                Next::Node(next) => node = next,
                Next::Sites { a, b } => return share(a, b, 1.0),
            }
        }
        (0.0, 0.0)
    }

    /// The probabilities of coming to A and to B first by a law of play on the level of `played`.
    pub(super) fn expect(
        &self,
        played: &Graph,
        process: &Process,
        mut law: impl FnMut(u32, u16, &mut [f64]),
    ) -> (f64, f64) {
        let mut probs = vec![0.0; self.actions];
        let mut total = (0.0, 0.0);
        // By state of the played level and node, in the order found: sums do not depend on a hash.
        let mut here = vec![((0_u32, 0_u32), 1.0)];
        for step in 0..process.limit {
            let mut there: Vec<((u32, u32), f64)> = Vec::with_capacity(here.len() * 2);
            let mut places: HashMap<(u32, u32), usize> = HashMap::with_capacity(here.len() * 2);
            for ((state, node), mass) in here {
                law(state, step, &mut probs);
                for (action, p) in probs.iter().enumerate().filter(|(_, p)| **p > 0.0) {
                    match self.step(node, action) {
                        Next::Sites { a, b } => {
                            let (a, b) = share(a, b, mass * p);
                            total = (total.0 + a, total.1 + b);
                        }
                        Next::Node(node) => {
                            let edge = played.edges(state, action)[0];
                            if !process.ends(&edge) {
                                let place = *places.entry((edge.next, node)).or_insert_with(|| {
                                    there.push(((edge.next, node), 0.0));
                                    there.len() - 1
                                });
                                there[place].1 += mass * p;
                            }
                        }
                    }
                }
            }
            here = there;
        }
        total
    }
}

fn share(a: bool, b: bool, mass: f64) -> (f64, f64) {
    (if a && !b { mass } else { 0.0 }, if b && !a { mass } else { 0.0 })
}
