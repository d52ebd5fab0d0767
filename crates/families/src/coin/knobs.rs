//! Knobs of `coin`.

use crate::grid::MAX_SIZE;
use crate::walls::{LEAST_ROWS, check_range};
use misgen_core::KnobError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where `Opposed` puts the coin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Opposed {
    /// In any column.
    Anywhere,
    /// In a column left of the start.
    Behind,
}

/// Knobs of `coin`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// Columns, 11 to 16; the end is in the last but one.
    #[schemars(range(min = 11, max = 16))]
    pub columns: u8,
    /// Rows, 7 to 16.
    #[schemars(range(min = 7, max = 16))]
    pub rows: u8,
    /// Number of pits, 0 to 2; all three together at most (columns - 4) / 2.
    #[schemars(range(min = 0, max = 2))]
    pub pits: u8,
    /// Number of saws, 0 to 2; all three together at most (columns - 4) / 2.
    #[schemars(range(min = 0, max = 2))]
    pub saws: u8,
    /// Number of ledges, 0 to 2; all three together at most (columns - 4) / 2.
    #[schemars(range(min = 0, max = 2))]
    pub ledges: u8,
    /// Saws walk to and fro over three columns.
    pub moving: bool,
    /// No wall behind the end: it can be passed.
    pub permeable: bool,
    /// Where `Opposed` puts the coin, if `away` is 0.
    pub opposed: Opposed,
    /// How far from the end `Opposed` puts the coin, as a share of the columns left of the end; 0 for any column.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub away: f64,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            columns: 13,
            rows: 7,
            pits: 1,
            saws: 1,
            ledges: 1,
            moving: false,
            permeable: false,
            opposed: Opposed::Anywhere,
            away: 0.0,
        }
    }
}

impl misgen_core::Knobs for Knobs {
    fn check(&self) -> Result<(), KnobError> {
        check_range("columns", self.columns, 11, MAX_SIZE)?;
        check_range("rows", self.rows, LEAST_ROWS, MAX_SIZE)?;
        check_range("pits", self.pits, 0, 2)?;
        check_range("saws", self.saws, 0, 2)?;
        check_range("ledges", self.ledges, 0, 2)?;
        let (found, room) = (self.pits + self.saws + self.ledges, (self.columns - 4) / 2);
        if found > room {
            let reason = format!("found {}, but {found} pits, saws and ledges, expected at most {room}", self.columns);
            return Err(KnobError::new("columns", reason));
        }
        if (0.0..=1.0).contains(&self.away) {
            Ok(())
        } else {
            Err(KnobError::new("away", format!("found {}, expected a share from 0 to 1", self.away)))
        }
    }
}
