//! The baseline: what a gate holds later runs against. A file that is committed and reviewed, so one row a line.

use crate::metric::{Metric, seeds};
use crate::record::{Summary, SummaryRow, SummaryVersions, Verdict};
use misgen_core::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Version of the baseline file.
pub const BASELINE_VERSION: u32 = 1;
/// The largest baseline that is read, bytes.
pub const LARGEST_BASELINE: u64 = 16 << 20;

/// What is compared of a run: the learners' rows, one value a seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// [`BASELINE_VERSION`].
    pub schema_version: u32,
    /// Name of the suite.
    pub suite: String,
    /// Version of each family, by name.
    pub families: BTreeMap<String, u32>,
    /// Kernel sets that computed the cells; empty where the run did not say.
    pub kernels: Vec<String>,
    /// Versions behind the numbers; null where the run did not say.
    pub versions: Option<SummaryVersions>,
    /// One row a (world, agent, mix, shift), in suite order.
    pub rows: Vec<BaselineRow>,
}

/// One (world, agent, mix, shift). A list of values is empty where the row's role does not define the metric, and
/// otherwise has one value for each of `seeds`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineRow {
    /// Name of the world in the suite.
    pub world: String,
    /// Family name.
    pub family: String,
    /// Name of the training law.
    pub law: String,
    /// Agent name.
    pub agent: String,
    /// Share of free levels in its training law.
    pub mix: f64,
    /// Name of the shift; `training` for the law itself.
    pub shift: String,
    /// Its role.
    pub role: Role,
    /// Levels played by each seed.
    pub levels: usize,
    /// The verdict; null where the role has none.
    pub verdict: Option<Verdict>,
    /// Seeds with a result.
    pub seeds: Vec<u64>,
    /// Training competence; on the training row only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub s_train: Vec<Option<f64>>,
    /// Goal transfer, raw.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gt: Vec<Option<f64>>,
    /// Goal transfer on the aligned twins; not on nuisance rows, where it is `gt` by definition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub c_align: Vec<Option<f64>>,
}

impl BaselineRow {
    /// The values of a metric over seeds; those of seeds without one are left out.
    #[must_use]
    pub fn values(&self, metric: Metric) -> Vec<f64> {
        let all = match metric {
            Metric::STrain => &self.s_train,
            // S_ID is the goal's reward on levels of training; gates ask about the training reward.
            Metric::SId => return Vec::new(),
            Metric::Gt => &self.gt,
            Metric::CAlign => &self.c_align,
        };
        all.iter().copied().flatten().collect()
    }

    /// What no other row of its document has too.
    #[must_use]
    pub fn key(&self) -> (&str, &str, u64, &str) {
        (&self.world, &self.agent, self.mix.to_bits(), &self.shift)
    }
}

/// Why a file is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Not the JSON of a baseline; says line and column.
    #[error("not a baseline: {0}")]
    Json(#[from] serde_json::Error),
    /// Of another program.
    #[error("schema_version is {0}; this program reads {BASELINE_VERSION}")]
    Version(u32),
    /// A row contradicts itself or another one.
    #[error("rows[{row}]: {what}")]
    Row {
        /// Which, counted from 0.
        row: usize,
        /// What is wrong and what was expected.
        what: String,
    },
}

impl Baseline {
    /// What a gate keeps of a run. Scripted players are left out: they learn nothing, and `misgen check` holds them. So
    /// are rows whose role is not judged.
    #[must_use]
    pub fn of(summary: &Summary) -> Self {
        let learned = summary.rows.iter().filter(|row| !matches!(row.role, Role::GoalAbsent | Role::Reference));
        let rows: Vec<(&SummaryRow, BaselineRow)> =
            learned.filter_map(|row| Some((row, kept(row, row.mix?)))).collect();
        Self {
            schema_version: BASELINE_VERSION,
            suite: summary.suite.clone(),
            families: rows.iter().map(|(row, _)| (row.family.clone(), row.family_version)).collect(),
            kernels: summary.kernels.clone(),
            versions: summary.versions,
            rows: rows.into_iter().map(|(_, row)| row).collect(),
        }
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn read(bytes: &[u8]) -> Result<Self, BaselineError> {
        let baseline: Self = serde_json::from_slice(bytes)?;
        if baseline.schema_version != BASELINE_VERSION {
            return Err(BaselineError::Version(baseline.schema_version));
        }
        let mut keys = BTreeSet::new();
        for (row, held) in baseline.rows.iter().enumerate() {
            let fault = fault(held, &baseline.families);
            let fault = fault.or_else(|| (!keys.insert(held.key())).then(|| "the same row stands above".to_owned()));
            if let Some(what) = fault {
                return Err(BaselineError::Row { row, what });
            }
        }
        Ok(baseline)
    }

    /// The text of the file: equal values are equal bytes, one row a line.
    ///
    /// # Errors
    /// When a value has no JSON.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        let rows = self.rows.iter().map(|row| Ok(format!("    {}", serde_json::to_string(row)?)));
        let rows = rows.collect::<Result<Vec<_>, serde_json::Error>>()?;
        let fields = [
            ("schema_version", serde_json::to_string(&self.schema_version)?),
            ("suite", serde_json::to_string(&self.suite)?),
            ("families", serde_json::to_string(&self.families)?),
            ("kernels", serde_json::to_string(&self.kernels)?),
            ("versions", serde_json::to_string(&self.versions)?),
            ("rows", if rows.is_empty() { "[]".into() } else { format!("[\n{}\n  ]", rows.join(",\n")) }),
        ];
        let lines = fields.map(|(name, value)| format!("  \"{name}\": {value}"));
        Ok(format!("{{\n{}\n}}\n", lines.join(",\n")))
    }
}

/// The values of `all` at the seeds with a result; none at all where no seed has one, or where `all` is of an
/// earlier program that did not keep them.
fn at(seeds: &[(usize, u64)], all: &[Option<f64>]) -> Vec<Option<f64>> {
    let values: Vec<Option<f64>> = seeds.iter().map(|(place, _)| all.get(*place).copied().flatten()).collect();
    if values.iter().all(Option::is_none) { Vec::new() } else { values }
}

fn kept(row: &SummaryRow, mix: f64) -> BaselineRow {
    let seeds = seeds(row);
    let values = |metric: Metric| if metric.is_of(row.role) { at(&seeds, metric.of(row)) } else { Vec::new() };
    BaselineRow {
        world: row.world.clone(),
        family: row.family.clone(),
        law: row.law.clone(),
        agent: row.agent.clone(),
        mix,
        shift: row.shift.clone(),
        role: row.role,
        levels: row.levels,
        verdict: row.verdict,
        s_train: values(Metric::STrain),
        gt: values(Metric::Gt),
        c_align: values(Metric::CAlign),
        seeds: seeds.into_iter().map(|(_, seed)| seed).collect(),
    }
}

/// What is wrong with a row by itself.
fn fault(row: &BaselineRow, families: &BTreeMap<String, u32>) -> Option<String> {
    let lists = [("s_train", &row.s_train), ("gt", &row.gt), ("c_align", &row.c_align)];
    for (name, values) in lists {
        if !values.is_empty() && values.len() != row.seeds.len() {
            return Some(format!(
                "{name} has {} values; expected one for each of {} seeds",
                values.len(),
                row.seeds.len()
            ));
        }
    }
    if row.seeds.iter().collect::<BTreeSet<_>>().len() < row.seeds.len() {
        return Some("a seed stands twice".into());
    }
    if !(0.0..=1.0).contains(&row.mix) {
        return Some(format!("mix is {}; expected 0 to 1", row.mix));
    }
    (!families.contains_key(&row.family)).then(|| format!("family {:?} has no version in `families`", row.family))
}
