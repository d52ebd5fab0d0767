//! Published results as claims that can fail.
//!
//! Each replication has a suite under `configs/replications`, committed before it was run, and a list of claims here: what is
//! claimed, what was published, what came out, and whether the mean over seeds meets the claim. Cut-offs are ours where the
//! publication gives a direction only.

mod capture;
mod colour;
mod curve;
mod means;
mod regret;

use crate::record::{CellResult, Estimate, SeedRow};
use crate::stats::student_t;
use crate::summary::Group;
use serde::{Deserialize, Serialize};

/// One claim and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// What is claimed, with its cut-off.
    pub claim: String,
    /// What was published.
    pub published: String,
    /// What came out here; null where it could not be measured.
    pub ours: Option<Estimate>,
    /// What came out beyond one number, in words.
    pub note: String,
    /// Whether the mean meets the claim; null where nothing is claimed, or nothing could be measured.
    pub holds: Option<bool>,
}

/// A replication.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replication {
    /// `r1`, ...
    pub id: String,
    /// In a few words.
    pub title: String,
    /// Where the result was published.
    pub source: String,
    /// Agents that were trained, over all groups and seeds.
    pub agents: usize,
    /// The claims.
    pub claims: Vec<Claim>,
    /// What came out, to be drawn.
    pub figures: Vec<Figure>,
}

/// One figure: values with intervals over named places, or over a scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What it shows.
    pub title: String,
    /// What its values are.
    pub values: String,
    /// What its places are.
    pub places: String,
    /// The places' names, from left to right.
    pub names: Vec<String>,
    /// What is drawn.
    pub series: Vec<Series>,
}

/// One value a place of a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// What it is.
    pub name: String,
    /// Whether a line joins its values.
    pub joined: bool,
    /// One entry a place; null where there is none.
    pub points: Vec<Option<Estimate>>,
}

impl Series {
    fn joined(name: impl Into<String>, points: Vec<Option<Estimate>>) -> Self {
        Self { name: name.into(), joined: true, points }
    }

    fn apart(name: impl Into<String>, points: Vec<Option<Estimate>>) -> Self {
        Self { name: name.into(), joined: false, points }
    }
}

/// What is known of a replication before it is run.
#[derive(Clone, Copy, Debug)]
pub struct Study {
    /// `r1`, ...
    pub id: &'static str,
    /// In a few words.
    pub title: &'static str,
    /// Where the result was published.
    pub source: &'static str,
    claims: fn(&Results<'_>) -> Vec<Claim>,
    figures: fn(&Results<'_>) -> Vec<Figure>,
}

/// All of them.
pub const STUDIES: &[Study] = &[
    Study {
        id: "r1",
        title: "capture and rescue",
        source: "Langosco et al. 2022 (arXiv 2105.14111), CoinRun and Maze I; Abdel Sadek et al. 2025 (arXiv 2507.03068), \
                 domain randomisation",
        claims: capture::claims,
        figures: capture::figures,
    },
    Study {
        id: "r2",
        title: "the corner curve",
        source: "data published with jaxgmg: off-distribution return by the size of the corner in training, 1 to 11",
        claims: curve::claims,
        figures: curve::figures,
    },
    Study {
        id: "r3",
        title: "colour over shape, decided by the seed",
        source: "Langosco et al. 2022 (arXiv 2105.14111), Maze II (n = 102); Ramanauskas and Şimşek (more than 1000 agents)",
        claims: colour::claims,
        figures: colour::figures,
    },
    Study {
        id: "r4",
        title: "the instrumental becomes terminal",
        source: "Langosco et al. 2022 (arXiv 2105.14111), keys and chests; Shah et al. 2022 (arXiv 2210.01790), monster gridworld",
        claims: means::claims,
        figures: means::figures,
    },
    Study {
        id: "r5",
        title: "regret beats domain randomisation at rare conflict",
        source: "Abdel Sadek et al. 2025 (arXiv 2507.03068): minimax regret mitigates goal misgeneralization",
        claims: regret::claims,
        figures: regret::figures,
    },
];

impl Study {
    /// The study called `id`.
    #[must_use]
    pub fn named(id: &str) -> Option<&'static Self> {
        STUDIES.iter().find(|study| study.id == id)
    }

    /// What became of its claims in the results of its suite.
    #[must_use]
    pub fn judge(&self, groups: &[Group]) -> Replication {
        let learners = groups.iter().filter(|group| group.mix.is_some());
        Replication {
            id: self.id.into(),
            title: self.title.into(),
            source: self.source.into(),
            agents: learners.map(|group| group.cells.iter().flatten().count()).sum(),
            claims: (self.claims)(&Results(groups)),
            figures: (self.figures)(&Results(groups)),
        }
    }
}

/// The groups of a suite, asked by name.
struct Results<'a>(&'a [Group]);

impl Results<'_> {
    /// `value` of every cell with a result of (`world`, `agent`, `mix`), in seed order.
    fn cells(
        &self,
        world: &str,
        agent: &str,
        mix: Option<f64>,
        value: impl Fn(&CellResult) -> Option<f64>,
    ) -> Vec<f64> {
        let group = self.0.iter().find(|g| g.world == world && g.agent == agent && g.mix == mix);
        group.iter().flat_map(|group| group.cells.iter().flatten()).filter_map(value).collect()
    }

    /// `value` of the row of `shift`.
    fn rows(
        &self,
        world: &str,
        agent: &str,
        mix: Option<f64>,
        shift: &str,
        value: impl Fn(&SeedRow) -> Option<f64>,
    ) -> Vec<f64> {
        self.cells(world, agent, mix, |cell| value(cell.rows.iter().find(|row| row.shift == shift)?))
    }
}

/// One value without an interval.
fn bare(mean: f64) -> Estimate {
    Estimate { mean, low: None, high: None }
}

/// Share of episodes in which a proxy came first.
fn proxy_share(row: &SeedRow) -> Option<f64> {
    row.outcomes.as_ref().map(crate::record::Outcomes::proxy)
}

impl Claim {
    /// The mean of `values` over seeds, held to `meets`.
    fn mean(claim: impl Into<String>, published: &str, values: &[f64], meets: impl Fn(f64) -> bool) -> Self {
        Self::estimate(claim, published, student_t(values), |ours| meets(ours.mean))
    }

    /// One number without an interval of its own, held to `meets`.
    fn number(claim: impl Into<String>, published: &str, value: Option<f64>, meets: impl Fn(f64) -> bool) -> Self {
        Self::estimate(claim, published, value.map(bare), |ours| meets(ours.mean))
    }

    /// A number with whatever interval it has, held to `meets`.
    fn estimate(
        claim: impl Into<String>,
        published: &str,
        ours: Option<Estimate>,
        meets: impl Fn(Estimate) -> bool,
    ) -> Self {
        Self { claim: claim.into(), published: published.into(), holds: ours.map(meets), ours, note: String::new() }
    }

    /// The same, claiming nothing.
    fn reported(mut self) -> Self {
        self.holds = None;
        self
    }

    fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}
