//! `misgen compare`: two runs or agents, paired by seed.

use super::report::{failed, stored};
use crate::args::CompareArgs;
use crate::failure::Failure;
use crate::{files, output};
use misgen_core::Registry;
use misgen_evaluate::compare::{Who, compare as side_by_side};
use misgen_evaluate::matched::{Compute, Run, matched};
use misgen_evaluate::record::Summary;
use misgen_report as report;
use misgen_sweep::exhibits::pairing;
use std::collections::BTreeSet;

/// Nothing compared.
const NOTHING: u8 = 3;

pub(crate) fn compare(args: &CompareArgs, registry: Registry) -> Result<u8, Failure> {
    let who = |text: &Option<String>| text.as_deref().map(str::parse::<Who>).transpose().map_err(Failure::usage);
    let (of_base, of_head) = (who(&args.base_agent)?, who(&args.head_agent)?);
    let Some(base) = files::finished(&args.base)? else { return Ok(NOTHING) };
    let Some(head) = files::finished(&args.head)? else { return Ok(NOTHING) };
    known("--base-agent", of_base.as_ref().or(of_head.as_ref()), &base)?;
    known("--head-agent", of_head.as_ref().or(of_base.as_ref()), &head)?;
    let (of_base, of_head) = (of_base.as_ref(), of_head.as_ref());
    let comparison = match &args.matched {
        None => side_by_side(&base, &head, of_base, of_head),
        Some(text) => {
            let compute: Compute = text.parse().map_err(|e| Failure::usage(format!("--match {e}")))?;
            let times = |path| if compute == Compute::Seconds { files::timings(path).map(Some) } else { Ok(None) };
            let (before, now) = (times(&args.base)?, times(&args.head)?);
            let (asked_base, asked_head) = (of_base.or(of_head), of_head.or(of_base));
            let base = Run { summary: &base, timings: before.as_ref(), who: asked_base };
            let head = Run { summary: &head, timings: now.as_ref(), who: asked_head };
            let (base, head, notes) = matched(base, head, compute);
            let mut comparison = side_by_side(&base, &head, of_base, of_head);
            comparison.notes.splice(0..0, notes);
            comparison
        }
    };
    if let Some(path) = &args.plot {
        files::write(path, &report::comparison_svg(&comparison))?;
    }
    if let Some(path) = &args.html {
        let runs = [&args.base, &args.head].map(|path| stored(&files::folder(path)));
        let [before, now] = runs;
        let pairing = match (before?, now?) {
            (Some((plan, store)), Some((other, its))) => {
                Some(pairing(registry, (&plan, &store), (&other, &its), &comparison).map_err(failed)?)
            }
            _ => None,
        };
        if pairing.is_none() {
            anstream::eprintln!("{}: without the cells of both runs it shows the numbers alone", path.display());
        }
        files::write(path, &report::comparison_page(&comparison, pairing.as_ref()))?;
    }
    if args.json {
        output::json(&comparison)?;
    } else {
        output::document(&report::comparison(&comparison, &output::style(false)))?;
    }
    if comparison.contrasts.is_empty() {
        anstream::eprintln!("nothing was compared: the runs share no number of these agents");
        return Ok(NOTHING);
    }
    Ok(0)
}

/// Refuses an agent that the run does not have.
fn known(flag: &str, who: Option<&Who>, of: &Summary) -> Result<(), Failure> {
    let Some(who) = who else { return Ok(()) };
    if of.rows.iter().any(|row| row.agent == who.agent && (who.mix.is_none() || who.mix == row.mix)) {
        return Ok(());
    }
    let name = |agent: &str, mix: Option<f64>| mix.map_or_else(|| agent.to_owned(), |mix| format!("{agent}@{mix}"));
    let there: BTreeSet<String> = of.rows.iter().map(|row| name(&row.agent, row.mix)).collect();
    let there: Vec<String> = there.iter().map(|name| report::visible(name)).collect();
    Err(Failure::usage(format!(
        "{flag}: no {} in {}; it has {}",
        name(&who.agent, who.mix),
        of.suite,
        there.join(", ")
    )))
}
