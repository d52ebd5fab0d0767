//! Two runs, or two agents, held beside each other: what changed, how surely, and what it cost.

use crate::across::{AcrossPair, beside};
use crate::gate::Seeds;
use crate::metric::{Metric, seeds};
use crate::record::{SCHEMA_VERSION, Summary, SummaryRow};
use crate::stats::difference::{Difference, Improvement, improvement, paired, welch};
use crate::stats::{mean, standard_deviation};
use misgen_core::Role;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

/// An agent as a command line names it: `ppo`, or `ppo@0.1` with its mix.
#[derive(Clone, Debug, PartialEq)]
pub struct Who {
    /// Agent name.
    pub agent: String,
    /// Its mix; `None` for whatever it has.
    pub mix: Option<f64>,
}

impl FromStr for Who {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((agent, mix)) = text.rsplit_once('@') else {
            return Ok(Self { agent: text.to_owned(), mix: None });
        };
        let mix = mix.parse().ok().filter(|mix| (0.0..=1.0).contains(mix));
        let mix =
            mix.ok_or_else(|| format!("`{text}`: expected AGENT or AGENT@MIX with a mix from 0 to 1, as in ppo@0.1"))?;
        Ok(Self { agent: agent.to_owned(), mix: Some(mix) })
    }
}

impl Who {
    fn is(&self, row: &SummaryRow) -> bool {
        row.agent == self.agent && (self.mix.is_none() || self.mix == row.mix)
    }
}

/// Two runs side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Version of this document.
    pub schema_version: u32,
    /// Suite of the base.
    pub base: String,
    /// Suite of the head.
    pub head: String,
    /// One entry a number that both have, in the order of the base.
    pub contrasts: Vec<Contrast>,
    /// One entry a pair of agents in a world.
    pub taxes: Vec<Tax>,
    /// One entry a pair of agents that share the main conflict shifts of two families or more.
    pub across: Vec<AcrossPair>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// One side of a contrast.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// Agent name.
    pub agent: String,
    /// Its mix; null for scripted agents.
    pub mix: Option<f64>,
    /// Its seeds.
    pub seeds: Seeds,
}

/// One number of one row on both sides.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contrast {
    /// Name of the world.
    pub world: String,
    /// Name of the shift; `training` for the law itself.
    pub shift: String,
    /// Its role.
    pub role: Role,
    /// Whether it is the family's main conflict shift.
    pub main: bool,
    /// Which number.
    pub metric: Metric,
    /// What changed from here ...
    pub base: Side,
    /// ... to here.
    pub head: Side,
    /// Seeds that both have. With two or more the difference is over pairs of equal seeds, else between groups.
    pub pairs: usize,
    /// Head less base with its 95 % interval, for this number alone; null below two seeds.
    pub difference: Option<Difference>,
    /// How likely a run of the head is to beat one of the base.
    pub improvement: Improvement,
}

/// Competence lost to whatever the head does otherwise, beside what it gained: the alignment tax.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tax {
    /// Name of the world.
    pub world: String,
    /// The base.
    pub base: Side,
    /// The head.
    pub head: Side,
    /// S_ID of the base less S_ID of the head, each on held-out levels of its own training law; above 0 it costs.
    pub tax: Difference,
    /// Change of goal transfer on the main conflict shift, where both have it.
    pub gained: Option<Difference>,
}

/// Puts rows of equal world and shift side by side: of the agents asked for, or else of equal agents at equal mixes.
/// Where only one side is asked for by its mix, every mix of the other one is held beside it.
#[must_use]
pub fn compare(base: &Summary, head: &Summary, of_base: Option<&Who>, of_head: Option<&Who>) -> Comparison {
    let of_base = of_base.or(of_head);
    let of_head = of_head.or(of_base);
    let any_mix = [of_base, of_head].iter().flatten().any(|who| who.mix.is_some());
    let mut out = Comparison {
        schema_version: SCHEMA_VERSION,
        base: base.suite.clone(),
        head: head.suite.clone(),
        contrasts: Vec::new(),
        taxes: Vec::new(),
        across: Vec::new(),
        notes: Vec::new(),
    };
    if let (Some(before), Some(now)) = (base.versions, head.versions)
        && (before.metric, before.pool) != (now.metric, now.pool)
    {
        out.notes.push("The runs measure with different versions of metrics or levels, so nothing is compared.".into());
        return out;
    }
    let mut other_versions = BTreeSet::new();
    let mut silent = false;
    let mut main = Vec::new();
    for row in &base.rows {
        let chosen = of_base.map_or(row.mix.is_some(), |who| who.is(row));
        if !chosen {
            continue;
        }
        for now in head.rows.iter().filter(|now| now.world == row.world && now.shift == row.shift) {
            let chosen = match of_head {
                Some(who) => who.is(now) && (any_mix || now.mix == row.mix),
                None => now.agent == row.agent && now.mix == row.mix,
            };
            if !chosen {
                continue;
            }
            if (&now.family, now.family_version) != (&row.family, row.family_version) {
                other_versions.insert(&row.world);
                continue;
            }
            if row.main && now.main && row.gt.is_some() && now.gt.is_some() {
                main.push((row, now));
            }
            for metric in [Metric::STrain, Metric::SId, Metric::Gt, Metric::CAlign] {
                out.contrasts.extend(contrast(row, now, metric));
            }
            silent |= metric_missing(row) || metric_missing(now);
        }
    }
    out.taxes = taxes(&out.contrasts);
    out.across = beside(&main);
    for world in other_versions {
        out.notes.push(format!("{world} is of another family or version in the two runs and is not compared."));
    }
    if silent {
        out.notes.push(
            "A summary keeps only goal transfer seed by seed; run its suite again for competence, capability and the tax.".into(),
        );
    }
    if out.taxes.iter().any(|tax| tax.base.mix != tax.head.mix) {
        out.notes.push("S_ID is measured on each agent's own training law, which differs where the mix does.".into());
    }
    out
}

/// Whether the program that wrote this row kept no competence of each seed.
fn metric_missing(row: &SummaryRow) -> bool {
    row.role == Role::Training && row.s_id.is_some() && row.s_id_seeds.is_empty()
}

/// Values by seed.
fn by_seed(row: &SummaryRow, metric: Metric) -> BTreeMap<u64, f64> {
    let all = metric.of(row);
    seeds(row).into_iter().filter_map(|(place, seed)| Some((seed, (*all.get(place)?)?))).collect()
}

fn contrast(base: &SummaryRow, head: &SummaryRow, metric: Metric) -> Option<Contrast> {
    if !metric.is_of(base.role) || base.role != head.role {
        return None;
    }
    let (before, now) = (by_seed(base, metric), by_seed(head, metric));
    // Where the training reward is the goal's, as nearly everywhere, the two competences are one number.
    let goals = |row: &SummaryRow| row.s_id_seeds == row.s_train_seeds;
    if metric == Metric::STrain && goals(base) && goals(head) {
        return None;
    }
    let side = |row: &SummaryRow, values: &[f64]| {
        let deviation = standard_deviation(values).unwrap_or(0.0);
        let seeds = Seeds { count: values.len(), mean: mean(values)?, deviation };
        Some(Side { agent: row.agent.clone(), mix: row.mix, seeds })
    };
    let lists = [&before, &now].map(|values| values.values().copied().collect::<Vec<f64>>());
    let changes: Vec<f64> = before.iter().filter_map(|(seed, value)| Some(now.get(seed)? - value)).collect();
    // What one level is worth, as in a gate; a difference has that of two.
    let floor = 1.0 / base.levels.min(head.levels).max(1) as f64;
    let over_pairs = paired(&changes, floor * std::f64::consts::SQRT_2);
    Some(Contrast {
        world: base.world.clone(),
        shift: base.shift.clone(),
        role: base.role,
        main: base.main,
        metric,
        base: side(base, &lists[0])?,
        head: side(head, &lists[1])?,
        pairs: changes.len(),
        difference: over_pairs.or_else(|| welch(&lists[0], &lists[1], floor)),
        improvement: improvement(&lists[0], &lists[1])?,
    })
}

fn taxes(contrasts: &[Contrast]) -> Vec<Tax> {
    let same = |a: &Contrast, b: &Contrast| {
        let names = |c: &Contrast| (c.base.agent.clone(), c.base.mix, c.head.agent.clone(), c.head.mix);
        a.world == b.world && names(a) == names(b)
    };
    let competence = contrasts.iter().filter(|c| c.metric == Metric::SId);
    let tax = competence.filter_map(|c| {
        let d = c.difference?;
        let gained = contrasts.iter().find(|g| g.main && g.metric == Metric::Gt && same(c, g));
        Some(Tax {
            world: c.world.clone(),
            base: c.base.clone(),
            head: c.head.clone(),
            tax: Difference { change: -d.change, low: -d.high, high: -d.low, ..d },
            gained: gained.and_then(|g| g.difference),
        })
    });
    tax.collect()
}
