//! `scalars.csv`: every number that a tracker may want, one a line.

use crate::csv::{line, number};
use misgen_evaluate::scalars::CellScalars;

/// The columns, in the order of the file.
const COLUMNS: [&str; 7] = ["world", "agent", "mix", "seed", "tag", "step", "value"];

/// The numbers of `cells` as CSV, in the form of [`crate::csv`].
#[must_use]
pub fn scalars_csv(cells: &[CellScalars]) -> Vec<u8> {
    let mut out = line(COLUMNS.map(str::to_owned).into_iter());
    for cell in cells {
        for scalar in &cell.scalars {
            let (tag, step) = (scalar.tag.clone(), scalar.step.to_string());
            let who = [cell.world.clone(), cell.agent.clone(), number(cell.mix), cell.seed.to_string()];
            out += &line(who.into_iter().chain([tag, step, number(Some(scalar.value))]));
        }
    }
    out.into_bytes()
}
