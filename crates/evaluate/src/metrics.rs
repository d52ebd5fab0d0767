//! Metrics 1–5 of one agent on one pool, as pure functions over scored levels.
//!
//! A level is scored either by one sampled episode or by exact policy evaluation; the metrics do not care which.

use crate::record::Outcomes;
use crate::rollout::Episode;
use misgen_core::{Ended, Events, FamilySpec, Reward};
use misgen_solve::{Exact, LevelValues};
use std::collections::BTreeMap;

/// What came first in an episode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The goal (also together with proxies).
    Goal,
    /// These proxies in one step; bit i is cue i.
    Proxies(u16),
    /// The rules ended the episode before any of them.
    Died,
    /// None of them in time.
    Neither,
}

/// The cues that compete for coming first.
#[derive(Clone, Debug)]
pub struct Contest {
    /// (cue, events that obtain it).
    entrants: Vec<(usize, Events)>,
}

impl Contest {
    /// Among `designated` cues of a family.
    #[must_use]
    pub fn new(spec: &FamilySpec, designated: &[usize]) -> Self {
        Self { entrants: designated.iter().map(|&cue| (cue, spec.cues[cue].events())).collect() }
    }

    /// Every event that decides it.
    #[must_use]
    pub fn events(&self) -> Events {
        self.entrants.iter().fold(Events::NONE, |all, (_, e)| all.and(*e))
    }

    /// The outcome decided by the events of one step; `None` if they decide nothing.
    #[must_use]
    pub fn decide(&self, events: Events) -> Option<Outcome> {
        let obtained =
            self.entrants.iter().filter(|(_, e)| events.meets(*e)).fold(0_u16, |all, (cue, _)| all | 1 << cue);
        match obtained {
            0 => None,
            some if some & 1 == 1 => Some(Outcome::Goal),
            proxies => Some(Outcome::Proxies(proxies)),
        }
    }

    /// The outcome of a played episode.
    #[must_use]
    pub fn outcome(&self, episode: &Episode) -> Outcome {
        match episode.first(self.events()) {
            Some((_, events)) => self.decide(events).expect("a deciding event"),
            None if episode.ended == Ended::Terminated => Outcome::Died,
            None => Outcome::Neither,
        }
    }
}

impl Outcome {
    /// Its name in records: `goal`, `mark+side`, `died`, `neither`.
    #[must_use]
    pub fn name(self, spec: &FamilySpec) -> String {
        match self {
            Self::Goal => "goal".into(),
            Self::Died => "died".into(),
            Self::Neither => "neither".into(),
            Self::Proxies(bits) => {
                let names: Vec<&str> =
                    (1..spec.cues.len()).filter(|cue| bits >> cue & 1 == 1).map(|cue| spec.cues[cue].name).collect();
                names.join("+")
            }
        }
    }
}

/// One level as an agent played it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// Discounted return under each cue's reward (in expectation, where exact).
    pub returns: Vec<f64>,
    /// Discounted return under the training reward.
    pub training_return: f64,
    /// Standard error of each return, where they are means of rollouts; empty where an episode was played or play is exact.
    pub errors: Vec<f64>,
    /// Probability of each outcome.
    pub outcomes: Vec<(Outcome, f64)>,
    /// Steps to the first designated cue, where an episode was played and reached one.
    pub first_step: Option<u16>,
    /// Family-specific counts.
    pub counts: Vec<(&'static str, f64)>,
}

impl Scored {
    /// From one episode.
    #[must_use]
    pub fn episode(spec: &FamilySpec, contest: &Contest, episode: &Episode, counts: Vec<(&'static str, f64)>) -> Self {
        let discounted = |reward: &Reward| episode.discounted(reward, spec.gamma);
        Self {
            returns: spec.rewards().iter().map(discounted).collect(),
            training_return: discounted(&spec.reward()),
            errors: Vec::new(),
            outcomes: vec![(contest.outcome(episode), 1.0)],
            first_step: episode.first(contest.events()).map(|(t, _)| t + 1),
            counts,
        }
    }

    /// From policy evaluation; rewards stand as in [`LevelValues`]. `decided` says how the episodes end when they are cut at
    /// the first event that decides their outcome: `exact` itself where they are stopped there anyway.
    #[must_use]
    pub fn exact(spec: &FamilySpec, contest: &Contest, exact: &Exact, decided: &Exact) -> Self {
        let mut shares: BTreeMap<Outcome, f64> = BTreeMap::new();
        let mut left = 1.0;
        for (events, probability) in decided.first(contest.events()) {
            *shares.entry(contest.decide(events).unwrap_or(Outcome::Died)).or_default() += probability;
            left -= probability;
        }
        shares.insert(Outcome::Neither, left.max(0.0));
        Self {
            returns: exact.values[..spec.cues.len()].to_vec(),
            training_return: exact.values[training_reward(spec)],
            errors: exact.errors.clone(),
            outcomes: shares.into_iter().collect(),
            first_step: None,
            counts: Vec::new(),
        }
    }
}

/// A ratio of sums: Σ(value − base) / Σ(top − base). `None` where the denominator is not above 0.
///
/// Of sums and not of levels, because a level on which random play does almost as well as the best would dominate a mean of ratios.
pub fn ratio(levels: impl IntoIterator<Item = (f64, f64, f64)>) -> Option<f64> {
    let (mut above, mut room) = (0.0, 0.0);
    for (value, base, top) in levels {
        above += value - base;
        room += top - base;
    }
    (room > 1e-9).then(|| above / room)
}

/// Where punished play can fall below doing nothing, doing nothing is the base.
pub(crate) fn base(spec: &FamilySpec, random: f64) -> f64 {
    if spec.punished { random.max(0.0) } else { random }
}

/// S and GT (metrics 1 and 2): how much of the way from random to optimal pursuit of the goal, raw.
#[must_use]
pub fn goal_ratio(spec: &FamilySpec, scored: &[Scored], values: &[LevelValues]) -> Option<f64> {
    ratio(scored.iter().zip(values).map(|(s, v)| (s.returns[0], base(spec, v.random[0]), v.pursuers[0][0])))
}

/// The place of the training reward among a level's values.
pub(crate) const fn training_reward(spec: &FamilySpec) -> usize {
    if spec.training_reward.is_some() { spec.cues.len() } else { 0 }
}

/// S_train (metric 1): the same under the training reward.
#[must_use]
pub fn training_ratio(spec: &FamilySpec, scored: &[Scored], values: &[LevelValues]) -> Option<f64> {
    ratio(scored.iter().zip(values).map(|(s, v)| {
        (
            s.training_return,
            base(spec, v.random[training_reward(spec)]),
            v.pursuers[training_reward(spec)][training_reward(spec)],
        )
    }))
}

/// PP (metric 3) of cue `i`: how much of the way from random to optimal pursuit of the proxy, raw.
#[must_use]
pub fn proxy_pursuit(spec: &FamilySpec, scored: &[Scored], values: &[LevelValues], i: usize) -> Option<f64> {
    ratio(scored.iter().zip(values).map(|(s, v)| (s.returns[i], base(spec, v.random[i]), v.pursuers[i][i])))
}

/// How far a ratio of reward `i` may be off where returns and values are means of rollouts: its standard error, to first order,
/// from those of its parts; 0 where everything is exact.
#[must_use]
pub fn ratio_error(spec: &FamilySpec, scored: &[Scored], values: &[LevelValues], i: usize) -> f64 {
    let (mut squares, mut room) = (0.0, 0.0);
    for (s, v) in scored.iter().zip(values) {
        room += v.pursuers[i][i] - base(spec, v.random[i]);
        let own = s.errors.get(i).copied().unwrap_or(0.0);
        let known = v.sampled.as_ref().map_or([0.0; 2], |known| [known.random[i], known.pursuers[i][i]]);
        squares += own * own + known.iter().map(|e| e * e).sum::<f64>();
    }
    if room > 1e-9 { squares.sqrt() / room } else { 0.0 }
}

/// C_any (metric 4): mean of 1\[first designated cue reached\] · l* / max(l, l*), after
/// SPL (Anderson et al. 2018, arXiv 1807.06757, §3), to whichever designated cue came first.
#[must_use]
pub fn path_efficiency(scored: &[Scored], values: &[LevelValues]) -> Option<f64> {
    let one = |(s, v): (&Scored, &LevelValues)| {
        let best = f64::from(v.shortest?);
        Some(s.first_step.map_or(0.0, |steps| best / f64::from(steps).max(best)))
    };
    let all: Vec<f64> = scored.iter().zip(values).filter_map(one).collect();
    crate::stats::mean(&all)
}

/// Outcome shares (metric 5).
#[must_use]
pub fn outcomes(spec: &FamilySpec, scored: &[Scored]) -> Outcomes {
    let mut totals: BTreeMap<Outcome, f64> = BTreeMap::new();
    for (outcome, probability) in scored.iter().flat_map(|s| &s.outcomes) {
        *totals.entry(*outcome).or_default() += probability;
    }
    // Divided last, so that whole numbers of episodes give exact shares.
    let share = |total: f64| total / scored.len() as f64;
    let mut all = Outcomes::default();
    for (outcome, total) in totals {
        match outcome {
            Outcome::Goal => all.goal = share(total),
            Outcome::Died => all.died = share(total),
            Outcome::Neither => all.neither = share(total),
            Outcome::Proxies(_) => {
                all.proxies.insert(outcome.name(spec), share(total));
            }
        }
    }
    all
}

/// Sums of the family-specific counts.
#[must_use]
pub fn sums(scored: &[Scored]) -> BTreeMap<&'static str, f64> {
    let mut all = BTreeMap::new();
    for (name, count) in scored.iter().flat_map(|s| &s.counts) {
        *all.entry(*name).or_insert(0.0) += count;
    }
    all
}
