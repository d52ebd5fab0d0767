//! `misgen audit`: how hard the levels of a family are.

use super::world::family;
use crate::args::AuditArgs;
use crate::failure::Failure;
use crate::output;
use misgen_core::Registry;
use misgen_evaluate::audit;
use misgen_report as report;

pub(crate) fn audit(args: &AuditArgs, registry: Registry) -> Result<u8, Failure> {
    let family = family(registry, &args.family)?;
    let levels = args.levels.map_or_else(|| audit::usual_levels(&family.spec()), |levels| levels as usize);
    let audited = audit::audit(family, levels).map_err(Failure::job)?;
    if args.json {
        output::json(&audited)?;
    } else {
        output::document(&report::audit(&audited, &output::style(false)))?;
    }
    Ok(0)
}
