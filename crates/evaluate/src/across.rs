//! A run's agents across its families: one number for each, and which of two is better.
//!
//! Everything is of goal transfer on the families' main conflict shifts, raw. A family with several worlds counts once: the value of a
//! seed is its mean over them, so that worlds that share a trained agent are not taken for independent.

use crate::metric::seeds;
use crate::record::{SummaryRow, Verdict};
use crate::stats::across::{Scores, improvement, iqm, optimality_gap};
use crate::stats::bootstrap::{REPLICATES, stratified};
use crate::stats::difference::{Improvement, holm};
use crate::stats::rank::stratified_rank_sum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Seed of every bootstrap in a report.
const SEED: u64 = 0;
/// Fewer families than this are not aggregated.
const MIN_FAMILIES: usize = 2;

/// A run across its families.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Across {
    /// Replicates of each bootstrap.
    pub replicates: u32,
    /// Each learner at each mix, in the order of the rows.
    pub agents: Vec<AcrossAgent>,
    /// Each two learners at equal mixes; p-values are adjusted over all of them.
    pub improvements: Vec<AcrossPair>,
}

/// A number across families with its stratified bootstrap interval (95 %).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Aggregate {
    /// The number.
    pub value: f64,
    /// Lower end; null where a family has fewer than two seeds.
    pub low: Option<f64>,
    /// Upper end; null likewise.
    pub high: Option<f64>,
}

/// One learner across families.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AcrossAgent {
    /// Agent name.
    pub agent: String,
    /// Its mix.
    pub mix: Option<f64>,
    /// The families, those whose main conflict shift has goal transfer.
    pub families: Vec<String>,
    /// How many of them have a row that is not judged, because the agent is undertrained there or its seeds or levels are too few.
    pub unjudged: usize,
    /// The fewest seeds with a result in a family.
    pub least_seeds: usize,
    /// The most.
    pub most_seeds: usize,
    /// Cells without a result; they are in no number here.
    pub failed_cells: usize,
    /// Interquartile mean of goal transfer: 0 random play, 1 the best play.
    pub iqm: Aggregate,
    /// How far goal transfer falls short of 1 on average.
    pub optimality_gap: Aggregate,
}

/// One learner held beside another across the families that both have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AcrossPair {
    /// Agent name of the base.
    pub base: String,
    /// Its mix.
    pub base_mix: Option<f64>,
    /// Agent name of the head.
    pub head: String,
    /// Its mix.
    pub head_mix: Option<f64>,
    /// The families that both have.
    pub families: Vec<String>,
    /// How likely a run of the head is to beat one of the base in the same family, averaged over families.
    pub improvement: Improvement,
    /// Two-sided p of "neither is better", by the stratified rank-sum test.
    pub p: f64,
    /// The same, adjusted over all pairs beside it (Holm).
    pub p_holm: f64,
}

/// Goal transfer of one learner: family to seed to value. Rows are those of one run.
struct Player<'a> {
    agent: &'a str,
    mix: Option<f64>,
    families: Vec<(&'a str, BTreeMap<u64, f64>)>,
    unjudged: BTreeSet<&'a str>,
    failed_cells: usize,
}

impl<'a> Player<'a> {
    fn new(rows: &[&'a SummaryRow]) -> Self {
        let mut families: Vec<(&str, Vec<BTreeMap<u64, f64>>)> = Vec::new();
        for row in rows {
            let value = |(place, seed): (usize, u64)| Some((seed, (*row.gt_seeds.get(place)?)?));
            let values: BTreeMap<u64, f64> = seeds(row).into_iter().filter_map(value).collect();
            match families.iter_mut().find(|(family, _)| *family == row.family) {
                Some((_, worlds)) => worlds.push(values),
                None => families.push((&row.family, vec![values])),
            }
        }
        let judged = |row: &SummaryRow| !matches!(row.verdict, Some(Verdict::Insufficient | Verdict::Undertrained));
        let whole = families.into_iter().map(|(family, worlds)| (family, mean_over_worlds(&worlds)));
        Self {
            agent: &rows[0].agent,
            mix: rows[0].mix,
            families: whole.filter(|(_, seeds)| !seeds.is_empty()).collect(),
            unjudged: rows.iter().filter(|row| !judged(row)).map(|row| row.family.as_str()).collect(),
            failed_cells: rows.iter().map(|row| row.failed_cells).sum(),
        }
    }

    /// Its scores in these families, and none where it has no sound ones.
    fn scores(&self, families: &[String]) -> Option<Scores> {
        let of = |name: &String| self.families.iter().find(|(family, _)| family == name);
        let tasks = families.iter().map(|name| Some(of(name)?.1.values().copied().collect()));
        Scores::new(tasks.collect::<Option<_>>()?).ok()
    }

    fn names(&self) -> Vec<String> {
        self.families.iter().map(|(family, _)| (*family).to_owned()).collect()
    }
}

/// The mean of each seed that every world has.
fn mean_over_worlds(worlds: &[BTreeMap<u64, f64>]) -> BTreeMap<u64, f64> {
    let of_seed = |seed: &u64| worlds.iter().map(|world| world.get(seed).copied()).sum::<Option<f64>>();
    worlds[0].keys().filter_map(|seed| Some((*seed, of_seed(seed)? / worlds.len() as f64))).collect()
}

/// The learners of a run that have goal transfer on the main conflict shift of a family, in the order of its rows.
fn players(rows: &[SummaryRow]) -> Vec<Player<'_>> {
    let mut groups: Vec<Vec<&SummaryRow>> = Vec::new();
    for row in rows.iter().filter(|row| row.main && row.mix.is_some() && row.gt.is_some()) {
        match groups.iter_mut().find(|group| group[0].agent == row.agent && group[0].mix == row.mix) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups.iter().map(|group| Player::new(group)).filter(|player| !player.families.is_empty()).collect()
}

/// The rows of a run across its families; `None` where no learner has goal transfer in two.
#[must_use]
pub fn across(rows: &[SummaryRow]) -> Option<Across> {
    let players = players(rows);
    let agents: Vec<AcrossAgent> = players.iter().filter_map(aggregates).collect();
    let mut pairs = Vec::new();
    for (place, base) in players.iter().enumerate() {
        let others = players[place + 1..].iter().filter(|head| head.mix == base.mix);
        pairs.extend(others.filter_map(|head| pair(base, head)));
    }
    adjust(&mut pairs);
    (!agents.is_empty()).then_some(Across { replicates: REPLICATES, agents, improvements: pairs })
}

/// Rows of main conflict shifts with those that they are compared with, across families: one entry for each two players, the
/// p-values adjusted over all of them.
#[must_use]
pub fn beside(matched: &[(&SummaryRow, &SummaryRow)]) -> Vec<AcrossPair> {
    type Rows<'a> = (Vec<&'a SummaryRow>, Vec<&'a SummaryRow>);
    let same = |a: &SummaryRow, b: &SummaryRow| a.agent == b.agent && a.mix == b.mix;
    let mut groups: Vec<Rows<'_>> = Vec::new();
    for (base, head) in matched {
        match groups.iter_mut().find(|(bases, heads)| same(bases[0], base) && same(heads[0], head)) {
            Some((bases, heads)) => {
                bases.push(base);
                heads.push(head);
            }
            None => groups.push((vec![base], vec![head])),
        }
    }
    let mut pairs: Vec<AcrossPair> =
        groups.iter().filter_map(|(base, head)| pair(&Player::new(base), &Player::new(head))).collect();
    adjust(&mut pairs);
    pairs
}

fn aggregates(player: &Player<'_>) -> Option<AcrossAgent> {
    let families = player.names();
    let scores = player.scores(&families).filter(|_| families.len() >= MIN_FAMILIES)?;
    let aggregate = |statistic: &dyn Fn(&Scores) -> f64| {
        let interval = stratified([&scores], REPLICATES, SEED, |[drawn]| statistic(drawn));
        Aggregate { value: statistic(&scores), low: interval.map(|i| i.0), high: interval.map(|i| i.1) }
    };
    let seeds = || scores.tasks().iter().map(Vec::len);
    Some(AcrossAgent {
        agent: player.agent.into(),
        mix: player.mix,
        unjudged: families.iter().filter(|family| player.unjudged.contains(family.as_str())).count(),
        least_seeds: seeds().min()?,
        most_seeds: seeds().max()?,
        failed_cells: player.failed_cells,
        iqm: aggregate(&iqm),
        optimality_gap: aggregate(&|scores| optimality_gap(scores, 1.0)),
        families,
    })
}

fn pair(base: &Player<'_>, head: &Player<'_>) -> Option<AcrossPair> {
    let theirs = head.names();
    let families: Vec<String> = base.names().into_iter().filter(|name| theirs.contains(name)).collect();
    let (of_base, of_head) = (base.scores(&families)?, head.scores(&families)?);
    let p = stratified_rank_sum(&of_base, &of_head);
    (families.len() >= MIN_FAMILIES).then(|| AcrossPair {
        base: base.agent.into(),
        base_mix: base.mix,
        head: head.agent.into(),
        head_mix: head.mix,
        improvement: improvement(&of_base, &of_head),
        families,
        p,
        p_holm: p,
    })
}

fn adjust(pairs: &mut [AcrossPair]) {
    let adjusted = holm(&pairs.iter().map(|pair| pair.p).collect::<Vec<_>>());
    for (pair, p) in pairs.iter_mut().zip(adjusted) {
        pair.p_holm = p;
    }
}
