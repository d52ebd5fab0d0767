//! `misgen leaderboard`: every learner of several runs, family by family.

use crate::args::LeaderboardArgs;
use crate::failure::Failure;
use crate::{files, output};
use misgen_evaluate::leaderboard::leaderboard as boards;
use misgen_report as report;
use misgen_store::canonical_json;

/// Nothing to rank.
const NOTHING: u8 = 3;

pub(crate) fn leaderboard(args: &LeaderboardArgs) -> Result<u8, Failure> {
    let mut runs = Vec::new();
    for path in &args.results {
        let Some(run) = files::finished(path)? else { return Ok(NOTHING) };
        if run.rows.iter().all(|row| row.pool.is_none()) {
            anstream::eprintln!(
                "{}: says no digests of its levels, so its numbers cannot be ranked; run its suite again",
                path.display()
            );
        }
        runs.push(run);
    }
    let all = boards(&runs);
    if let Some(out) = &args.out {
        files::write(out, &canonical_json(&all).map_err(Failure::job)?)?;
    }
    if args.json {
        output::json(&all)?;
    } else {
        output::document(&report::leaderboard(&all, &output::style(false)))?;
    }
    if all.boards.is_empty() {
        anstream::eprintln!("nothing was ranked: no learner has goal transfer on levels whose digest is known");
        return Ok(NOTHING);
    }
    Ok(0)
}
