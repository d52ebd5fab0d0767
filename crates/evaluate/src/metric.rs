//! The numbers that are compared between runs.

use crate::record::SummaryRow;
use misgen_core::Role;
use serde::Serialize;

/// A number that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Training competence.
    STrain,
    /// ID competence.
    SId,
    /// Goal transfer.
    Gt,
    /// Goal transfer on the aligned twins.
    CAlign,
}

impl Metric {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::STrain => "training competence",
            Self::SId => "ID competence",
            Self::Gt => "goal transfer",
            Self::CAlign => "capability",
        }
    }

    /// Whether a row of this role has this number for itself. Competence is the training row's, though every row carries it;
    /// on nuisance rows capability is goal transfer by definition, and is not counted twice.
    #[must_use]
    pub const fn is_of(self, role: Role) -> bool {
        match self {
            Self::STrain | Self::SId => matches!(role, Role::Training),
            Self::Gt => matches!(role, Role::Conflict | Role::ProxyAbsent | Role::Nuisance),
            Self::CAlign => matches!(role, Role::Conflict | Role::ProxyAbsent),
        }
    }

    /// The values of a row, one a seed in the order of `seed_ids`; empty where its program did not keep them.
    #[must_use]
    pub fn of(self, row: &SummaryRow) -> &[Option<f64>] {
        match self {
            Self::STrain => &row.s_train_seeds,
            Self::SId => &row.s_id_seeds,
            Self::Gt => &row.gt_seeds,
            Self::CAlign => &row.c_align_seeds,
        }
    }
}

/// Places and names of the seeds of a row that have a result. Summaries of earlier programs name none; places stand in.
#[must_use]
pub fn seeds(row: &SummaryRow) -> Vec<(usize, u64)> {
    if row.seed_ids.is_empty() {
        return (0..row.seeds).map(|place| (place, place as u64)).collect();
    }
    row.seed_ids.iter().enumerate().filter_map(|(place, seed)| Some((place, (*seed)?))).collect()
}
