//! Laws: joint distributions of ties and flags over levels.

use crate::{FamilySpec, Rng, Tie, Ties};
use serde::{Deserialize, Serialize};

/// A training law that a family declares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NamedLaw {
    /// Short name.
    pub name: &'static str,
    /// What an agent sees under it.
    pub means: &'static str,
    /// Weight, flag and one tie a proxy, for each row of the joint table.
    pub rows: &'static [(f64, u8, &'static [Tie])],
}

/// One row of a joint table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LawRow {
    /// Share of levels, above 0.
    pub weight: f64,
    /// What holds in them.
    pub ties: Ties,
}

/// A distribution of ties (and flags) over levels, as a joint table in canonical order:
/// rows sorted, no two alike, weights summing to 1. Equal laws compare and serialise equal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<LawRow>")]
pub struct Law(Vec<LawRow>);

/// Why rows are not a law.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LawError {
    /// There is no row.
    #[error("a law without rows")]
    Empty,
    /// A weight is no share.
    #[error("a law with the weight {0:?}, expected weights above 0 that sum to 1")]
    Weight(f64),
    /// The weights are shares of something else.
    #[error("a law whose weights sum to {0:?}, expected 1")]
    Sum(f64),
    /// Rows in another order than the canonical one, alike, or of different numbers of proxies.
    #[error("a law whose rows are not sorted, each with as many ties, no two alike")]
    Rows,
}

impl TryFrom<Vec<LawRow>> for Law {
    type Error = LawError;

    /// Accepts what [`Law::new`] makes and nothing else, so that a law read back is the one written.
    fn try_from(rows: Vec<LawRow>) -> Result<Self, LawError> {
        let first = rows.first().ok_or(LawError::Empty)?;
        let proxies = first.ties.as_slice().len();
        if let Some(row) = rows.iter().find(|row| !(row.weight > 0.0 && row.weight <= 1.0)) {
            return Err(LawError::Weight(row.weight));
        }
        let sum: f64 = rows.iter().map(|row| row.weight).sum();
        if (sum - 1.0).abs() > 1e-9 {
            return Err(LawError::Sum(sum));
        }
        let ordered = rows.windows(2).all(|pair| pair[0].ties < pair[1].ties);
        if !ordered || rows.iter().any(|row| row.ties.as_slice().len() != proxies) {
            return Err(LawError::Rows);
        }
        Ok(Self(rows))
    }
}

impl Law {
    /// From rows in any order; weights are normalised, equal rows added, empty ones dropped.
    #[must_use]
    pub fn new(rows: impl IntoIterator<Item = (f64, Ties)>) -> Self {
        let mut table: Vec<LawRow> = Vec::new();
        for (weight, ties) in rows {
            if weight > 0.0 {
                match table.iter_mut().find(|row| row.ties == ties) {
                    Some(row) => row.weight += weight,
                    None => table.push(LawRow { weight, ties }),
                }
            }
        }
        table.sort_by_key(|row| row.ties);
        let total: f64 = table.iter().map(|row| row.weight).sum();
        for row in &mut table {
            row.weight /= total;
        }
        Self(table)
    }

    /// Every level under the same ties.
    #[must_use]
    pub fn always(ties: Ties) -> Self {
        Self::new([(1.0, ties)])
    }

    /// The law that a family declares as `name`.
    #[must_use]
    pub fn named(spec: &FamilySpec, name: &str) -> Option<Self> {
        let law = spec.laws.iter().find(|law| law.name == name)?;
        Some(Self::new(law.rows.iter().map(|(weight, flag, ties)| (*weight, Ties::new(ties).with_flag(*flag)))))
    }

    /// In a share `mix` of the levels every proxy is `Free` together; flags keep their shares.
    #[must_use]
    pub fn mixed(&self, mix: f64) -> Self {
        Self::new(self.0.iter().flat_map(|row| {
            let free = Ties::all(row.ties.as_slice().len(), Tie::Free).with_flag(row.ties.flag());
            [(row.weight * (1.0 - mix), row.ties), (row.weight * mix, free)]
        }))
    }

    /// The rows of the joint table.
    #[must_use]
    pub fn rows(&self) -> &[LawRow] {
        &self.0
    }

    /// Whether proxy `i` is `Bound` in every level: a goal that an agent may have learned instead.
    #[must_use]
    pub fn binds(&self, proxy: usize) -> bool {
        self.0.iter().all(|row| row.ties.of(proxy) == Tie::Bound)
    }

    /// Draws the ties of one level.
    pub fn draw(&self, rng: &mut Rng) -> Ties {
        self.0[rng.weighted(self.0.iter().map(|row| row.weight))].ties
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: Ties = Ties::new(&[Tie::Bound, Tie::Bound]);
    const HALF: Ties = Ties::new(&[Tie::Bound, Tie::Free]);

    #[test]
    fn different_laws_share_the_control_at_mix_one() {
        assert_eq!(Law::always(BOUND).mixed(1.0), Law::always(HALF).mixed(1.0));
        assert_ne!(Law::always(BOUND).mixed(0.5), Law::always(HALF).mixed(0.5));
    }

    #[test]
    fn a_law_reads_back_and_what_is_none_is_refused() {
        let law = Law::new([(0.8, BOUND), (0.2, BOUND.with_flag(1))]).mixed(0.3);
        let json = serde_json::to_string(&law).unwrap();
        assert_eq!(serde_json::from_str::<Law>(&json).unwrap(), law);
        let row = |weight: &str, ties: &str| format!("{{\"weight\":{weight},\"ties\":{{\"ties\":[{ties}]}}}}");
        let (bound, free) = ("\"bound\",\"bound\"", "\"bound\",\"free\"");
        for (rows, expected) in [
            (String::new(), "without rows"),
            (row("0.5", bound), "sum to 0.5"),
            (row("-1", bound), "the weight -1"),
            (row("1e308", bound), "the weight 1e"),
            (row("0.5", bound) + "," + &row("0.5", bound), "no two alike"),
            (row("0.5", free) + "," + &row("0.5", bound), "not sorted"),
            (row("0.5", bound) + "," + &row("0.5", "\"free\""), "as many ties"),
        ] {
            let refused = serde_json::from_str::<Law>(&format!("[{rows}]")).unwrap_err().to_string();
            assert!(refused.contains(expected), "{rows}: {refused}");
        }
    }

    #[test]
    fn a_mix_draws_its_share() {
        let law = Law::always(BOUND).mixed(0.3);
        let mut rng = Rng::keyed(0, "test", 0);
        let free = (0..10_000).filter(|_| law.draw(&mut rng) != BOUND).count();
        assert!((2_850..3_150).contains(&free), "{free}");
    }

    #[test]
    fn a_mix_keeps_the_joint_law_of_the_flag() {
        let law = Law::new([(0.8, BOUND), (0.2, BOUND.with_flag(1))]).mixed(0.5);
        let flagged: f64 = law.rows().iter().filter(|row| row.ties.flag() == 1).map(|row| row.weight).sum();
        assert!((flagged - 0.2).abs() < 1e-12);
        assert_eq!(law.rows().len(), 4);
    }
}
