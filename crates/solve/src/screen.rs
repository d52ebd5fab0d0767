//! Screening of conflict levels: only levels on which goal and proxy pursuit visibly differ are used.

use crate::{
    Behaviour, Book, Ends, LevelValues, Playbook, Process, TOLERANCE, deciding_events, distance, distance_via,
    pursue_in,
};
use misgen_core::{Events, FamilySpec, Graph, Kind};

/// The least V_goal - V_goal(proxy pursuer) of a conflict level.
pub const MIN_GAP: f64 = 0.3;

/// Which of the goal and the nearest designated proxy takes fewer steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nearer {
    /// The goal.
    Goal,
    /// A proxy.
    Proxy,
    /// Neither, or the family's kind does not ask.
    Same,
}

/// A level that passed.
#[derive(Clone, Debug, PartialEq)]
pub struct Screened {
    /// For balancing.
    pub nearer: Nearer,
    /// The level's values under the process of the screening.
    pub values: LevelValues,
}

/// Why a level cannot serve as a conflict level. `cue` is an index into the family's cues.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The proxy's event happens without a move.
    #[error("the start lies inside the region of cue {cue}")]
    StartInside {
        /// The proxy.
        cue: usize,
    },
    /// Not within half the limit.
    #[error("cue {cue} is {} away, allowed are {allowed}", .steps.map_or("out of reach, any number of steps".into(), |s| format!("{s} steps")))]
    TooFar {
        /// Goal or proxy.
        cue: usize,
        /// Fewest steps, where it can be reached at all.
        steps: Option<u32>,
        /// Half the limit.
        allowed: u32,
    },
    /// A shortest way to the goal obtains the proxy.
    #[error("a shortest way to the goal obtains cue {cue}")]
    ProxyOnTheWay {
        /// The proxy.
        cue: usize,
    },
    /// A shortest way to the proxy obtains the goal.
    #[error("a shortest way to cue {cue} obtains the goal")]
    GoalOnTheWay {
        /// The proxy.
        cue: usize,
    },
    /// A pursuer does not come to its own cue first, or not always.
    #[error("the pursuer of cue {cue} comes to it first with probability {share:.3}, needed is 1")]
    Undecided {
        /// The cue.
        cue: usize,
        /// How often.
        share: f64,
    },
    /// Pursuing the proxy costs the goal too little.
    #[error("pursuing cue {cue} costs the goal {gap:.3}, needed are {MIN_GAP}")]
    SmallGap {
        /// The proxy.
        cue: usize,
        /// V_goal - V_goal(proxy pursuer).
        gap: f64,
    },
}

impl Refusal {
    /// A word for it, to count refusals by.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::StartInside { .. } => "start-inside",
            Self::TooFar { .. } => "too-far",
            Self::ProxyOnTheWay { .. } => "proxy-on-the-way",
            Self::GoalOnTheWay { .. } => "goal-on-the-way",
            Self::Undecided { .. } => "undecided",
            Self::SmallGap { .. } => "small-gap",
        }
    }
}

/// Screens a level of a conflict shift. `process` is the one on which the shift is evaluated (stopped
/// at the `designated` cues where the family asks for it); `designated` are indices into the cues, the
/// goal's 0 among them or not.
///
/// Distances are those of the map: ways may pass ends, and in noisy levels use any possible outcome. Where a family's
/// episodes are decided by a first cue that does not end them, distances say nothing: there each pursuer has to
/// come to its own cue first, whatever happens. Instrumental families are screened by their value gap alone;
/// misspecified and continuing ones not at all.
///
/// # Errors
/// The first condition that the level does not meet.
pub fn screen(graph: &Graph, process: &Process, spec: &FamilySpec, designated: &[usize]) -> Result<Screened, Refusal> {
    let book = Playbook::new(graph, process, spec);
    screen_book(&Book::Solved(Box::new(graph.clone()), Box::new(book)), spec, designated)
}

/// [`screen`] where the level has a book already.
pub(crate) fn screen_book(book: &Book<'_>, spec: &FamilySpec, designated: &[usize]) -> Result<Screened, Refusal> {
    let proxies = || designated.iter().copied().filter(|&cue| cue != 0);
    let nearer = match book {
        Book::Solved(graph, solved) if spec.is_decided() && spec.first_cue_ends => {
            keep_apart(graph, solved.reach().process(), spec, proxies())?
        }
        _ => Nearer::Same,
    };
    if spec.is_decided() && !spec.first_cue_ends {
        decided(book, spec, designated)?;
    }
    let values = book.values(spec, designated);
    if spec.is_decided() || spec.kind == Kind::Instrumental {
        for cue in proxies() {
            let gap = values.v_goal() - values.v_goal_of_pursuer(cue);
            if gap < MIN_GAP {
                return Err(Refusal::SmallGap { cue, gap });
            }
        }
    }
    Ok(Screened { nearer, values })
}

/// Each designated cue's pursuer comes to that cue first, and to no other one in the same step.
fn decided(book: &Book<'_>, spec: &FamilySpec, designated: &[usize]) -> Result<(), Refusal> {
    let deciding = deciding_events(spec, designated);
    for &cue in designated {
        let own = Events(spec.cues[cue].events().0 & deciding.0);
        let firsts = book.decided(&[(1.0, Behaviour::Pursue(cue))], None, deciding).first(deciding);
        let share: f64 = firsts.iter().filter(|(set, _)| !set.is_empty() && set.0 & !own.0 == 0).map(|(_, p)| p).sum();
        if share < 1.0 - 1e-9 {
            return Err(Refusal::Undecided { cue, share });
        }
    }
    Ok(())
}

/// The conditions on distances.
fn keep_apart(
    graph: &Graph,
    process: &Process,
    spec: &FamilySpec,
    proxies: impl Iterator<Item = usize>,
) -> Result<Nearer, Refusal> {
    let allowed = u32::from(process.limit / 2);
    let within = |cue: usize| match distance(graph, spec.cues[cue].events(), Ends::Pass) {
        Some(steps) if steps <= allowed => Ok(steps),
        steps => Err(Refusal::TooFar { cue, steps, allowed }),
    };
    let goal = spec.cues[0].events();
    let to_goal = within(0)?;
    let mut nearest: Option<u32> = None;
    for cue in proxies {
        let proxy = spec.cues[cue].events();
        let inside = |stay: u8| graph.edges(0, usize::from(stay)).iter().any(|edge| edge.events.meets(proxy));
        if spec.stay.is_some_and(inside) {
            return Err(Refusal::StartInside { cue });
        }
        let to_proxy = within(cue)?;
        // A way through the other cue that is not longer is itself a shortest one.
        if distance_via(graph, goal, proxy).is_some_and(|steps| steps <= to_goal) {
            return Err(Refusal::ProxyOnTheWay { cue });
        }
        if distance_via(graph, proxy, goal).is_some_and(|steps| steps <= to_proxy) {
            return Err(Refusal::GoalOnTheWay { cue });
        }
        nearest = Some(nearest.map_or(to_proxy, |least| least.min(to_proxy)));
    }
    Ok(match nearest.map(|steps| steps.cmp(&to_goal)) {
        Some(std::cmp::Ordering::Less) => Nearer::Proxy,
        Some(std::cmp::Ordering::Greater) => Nearer::Goal,
        Some(std::cmp::Ordering::Equal) | None => Nearer::Same,
    })
}

/// Places of the levels to keep so that the goal is nearer as often as a proxy: those of the
/// commoner kind beyond the number of the rarer are dropped, the later first. Ties stay.
#[must_use]
pub fn balanced(levels: &[Nearer]) -> Vec<usize> {
    let count = |which| levels.iter().filter(|nearer| **nearer == which).count();
    let each = count(Nearer::Goal).min(count(Nearer::Proxy));
    let (mut goals, mut proxies) = (0, 0);
    let mut keep = Vec::with_capacity(levels.len());
    for (i, nearer) in levels.iter().enumerate() {
        let used = match nearer {
            Nearer::Goal => &mut goals,
            Nearer::Proxy => &mut proxies,
            Nearer::Same => {
                keep.push(i);
                continue;
            }
        };
        *used += 1;
        if *used <= each {
            keep.push(i);
        }
    }
    keep
}

/// Whether behaviour on a level can tell goal and proxy apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ambiguity {
    /// Some play is optimal for both: watching an agent on this level tells nothing.
    Ambiguous,
    /// Whoever is optimal for one is not for the other.
    Diagnostic,
}

/// Whether some play on the level is optimal for the goal and for cue `proxy` at once.
#[must_use]
pub fn ambiguity(graph: &Graph, process: &Process, spec: &FamilySpec, proxy: usize) -> Ambiguity {
    let book = Playbook::new(graph, process, spec);
    let (goal, other) = (book.rewards()[0], book.rewards()[proxy]);
    let wanted = pursue_in(book.reach(), &[other], None).value(0);
    let left = pursue_in(book.reach(), &[goal, other], None).value(1);
    // Each step of the recursion may give away a tolerance.
    let slack = TOLERANCE * f64::from(process.limit) * wanted.abs().max(1.0);
    if left >= wanted - slack { Ambiguity::Ambiguous } else { Ambiguity::Diagnostic }
}
