//! `misgen gate`: a run held against a committed baseline.

use crate::args::GateArgs;
use crate::failure::Failure;
use crate::{files, output};
use misgen_evaluate::gate::{Baseline, BaselineRow, LARGEST_BASELINE, Rules, Status, gate as hold};
use misgen_report as report;

/// Incomplete, or nothing compared.
const INCOMPLETE: u8 = 3;

pub(crate) fn gate(args: &GateArgs) -> Result<u8, Failure> {
    if !(args.alpha > 0.0 && args.alpha < 1.0) {
        return Err(Failure::usage(format!("--alpha {}: expected a number between 0 and 1", args.alpha)));
    }
    if !(args.margin >= 0.0 && args.margin.is_finite()) {
        return Err(Failure::usage(format!("--margin {}: expected 0 or more", args.margin)));
    }
    let Some(summary) = files::finished(&args.results)? else { return Ok(INCOMPLETE) };
    let head = Baseline::of(&summary);
    if args.update {
        return update(args, &head);
    }
    let Some(base) = baseline(args)? else {
        let file = args.baseline.display();
        return Err(Failure::usage(format!("no baseline at {file}; the same command with --update writes it")));
    };
    let outcome = hold(&base, &head, Rules { alpha: args.alpha, margin: args.margin });
    if let Some(path) = &args.junit {
        files::write(path, &report::gate_junit(&outcome))?;
    }
    if let Some(path) = &args.markdown {
        files::write(path, report::gate_markdown(&outcome).as_bytes())?;
    }
    if args.json {
        output::json(&outcome)?;
    } else {
        output::document(&report::gate(&outcome, &output::style(false)))?;
    }
    Ok(match outcome.status {
        Status::Pass => 0,
        Status::Regression => 1,
        Status::Incomplete | Status::NothingCompared => INCOMPLETE,
    })
}

fn baseline(args: &GateArgs) -> Result<Option<Baseline>, Failure> {
    let Some(bytes) = files::read(&args.baseline, LARGEST_BASELINE)? else { return Ok(None) };
    let wrong = |error| Failure::usage(format!("{}: {error}", args.baseline.display()));
    Baseline::read(&bytes).map(Some).map_err(wrong)
}

/// Writes the baseline and says what a review should look at.
fn update(args: &GateArgs, head: &Baseline) -> Result<u8, Failure> {
    if head.rows.is_empty() {
        anstream::eprintln!("the run has no row of a learner, so there is nothing to hold later runs against");
        return Ok(INCOMPLETE);
    }
    // One that cannot be read any more is replaced too: that is what --update is for.
    let before = baseline(args).ok().flatten();
    files::write(&args.baseline, head.text().map_err(Failure::job)?.as_bytes())?;
    let known = |row: &BaselineRow, of: &Baseline| of.rows.iter().find(|other| other.key() == row.key()).cloned();
    let (mut new, mut changed) = (0, 0);
    for row in &head.rows {
        match before.as_ref().and_then(|before| known(row, before)) {
            None => new += 1,
            Some(old) => changed += usize::from(old != *row),
        }
    }
    let gone = before.iter().flat_map(|before| &before.rows).filter(|row| known(row, head).is_none()).count();
    let seeds = head.rows.iter().map(|row| row.seeds.len()).min().unwrap_or(0);
    let mut text = format!(
        "Wrote {}: {} rows ({new} new, {changed} changed, {gone} gone), at least {seeds} seeds each. Review it like code: later \
         runs are held against it.\n",
        args.baseline.display(),
        head.rows.len()
    );
    if head.rows.iter().all(|row| row.s_train.is_empty()) {
        text += "The summary keeps only goal transfer seed by seed; run its suite again to hold competence and capability too.\n";
    }
    if seeds < 5 {
        text += "Fewer than five seeds bear no verdict, and find large falls only.\n";
    }
    output::document(&text)?;
    Ok(0)
}
