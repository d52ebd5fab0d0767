//! `misgen report`: the page of a run, and its matrix.

use crate::args::ReportArgs;
use crate::failure::Failure;
use crate::{files, output};
use misgen_core::Registry;
use misgen_evaluate::exhibit::Exhibits;
use misgen_report as report;
use misgen_store::{RealFs, Store, StoreError, canonical_json};
use misgen_sweep::child::LARGEST_PLAN;
use misgen_sweep::exhibits::{ExhibitError, exhibits};
use misgen_sweep::folder::{plan_path, read_index};
use misgen_sweep::plan::Plan;
use misgen_sweep::summarize::SummaryError;
use std::path::Path;
use std::sync::Arc;

/// The exhibits of a run, in its folder.
pub(super) const EXHIBITS: &str = "exhibits.json";

/// Nothing to report.
const NOTHING: u8 = 3;

pub(crate) fn report(args: &ReportArgs, registry: Registry) -> Result<u8, Failure> {
    let Some(summary) = files::finished(&args.results)? else { return Ok(NOTHING) };
    let folder = files::folder(&args.results);
    let known = if args.attribute { None } else { files::exhibits(&folder.join(EXHIBITS))? };
    let shown = match known {
        Some(known) => Some(known),
        None => of_cells(&folder, registry, args.attribute)?,
    };
    if args.attribute && shown.is_none() {
        return Err(Failure::usage(format!("{}: only a run that has its cells can be attributed", folder.display())));
    }
    let page = args.out.clone().unwrap_or_else(|| folder.join("report.html"));
    files::write(&page, &report::html(&summary, shown.as_ref()))?;
    if args.json {
        output::json(&summary)?;
    } else {
        let matrix = report::matrix(&summary, args.all, &output::style(false));
        output::document(&format!("{matrix}\nReport: {}\n", page.display()))?;
    }
    Ok(0)
}

/// The exhibits of a run that has its cells, kept in its folder; `None` of a summary alone.
fn of_cells(folder: &Path, registry: Registry, attributed: bool) -> Result<Option<Exhibits>, Failure> {
    let Some((plan, store)) = stored(folder)? else { return Ok(None) };
    make(&plan, &store, registry, attributed).map(Some).map_err(failed)
}

/// The plan and the store of a run's folder; `None` where it has no cells.
pub(super) fn stored(folder: &Path) -> Result<Option<(Plan, Store)>, Failure> {
    let store = Store::open(Arc::new(RealFs), folder)?;
    let Some(index) = read_index(&store).map_err(Failure::usage)? else { return Ok(None) };
    let path = plan_path(&store);
    let Some(lines) = files::read(&path, LARGEST_PLAN)? else { return Ok(None) };
    let wrong = |why: String| Failure::usage(format!("{}: {why}", path.display()));
    let lines = String::from_utf8(lines).map_err(|e| wrong(e.to_string()))?;
    let plan = Plan::read(index, &lines).map_err(|e| wrong(e.to_string()))?;
    Ok(Some((plan, store)))
}

/// Why episodes could not be shown.
pub(super) fn failed(error: ExhibitError) -> Failure {
    match error {
        ExhibitError::Stored(SummaryError::Store(error)) => Failure::from(error),
        error => Failure::job(error),
    }
}

/// Makes the exhibits of a run and keeps them in its folder. What was attributed before stays, or is computed anew where `attributed` asks
/// for it.
pub(super) fn make(plan: &Plan, store: &Store, registry: Registry, attributed: bool) -> Result<Exhibits, ExhibitError> {
    let mut step = |done, all| tracing::info!(done, all, "players made ready to be looked at");
    let mut found = exhibits(registry, plan, store, attributed, &mut step)?;
    if let (false, Ok(Some(before))) = (attributed, files::exhibits(&store.root().join(EXHIBITS))) {
        found.keep_attribution(before);
    }
    store.write_document(EXHIBITS, &canonical_json(&found).map_err(StoreError::from)?)?;
    Ok(found)
}
