//! `misgen demos`: demonstrations of the best play on training levels, as Parquet.

use super::world::{family, knobs, law};
use crate::args::DemosArgs;
use crate::failure::Failure;
use crate::{files, output};
use misgen_core::Registry;
use misgen_sweep::demos::{demonstrate, write_demos};
use misgen_sweep::inputs::TrainingPool;
use misgen_sweep::train::training_levels;
use std::collections::BTreeSet;

pub(crate) fn demos(args: &DemosArgs, registry: Registry) -> Result<u8, Failure> {
    let family = family(registry, &args.family)?;
    let spec = family.spec();
    let (law_name, law) = law(&spec, &args.world)?;
    let knobs = knobs(family, &args.world)?;
    if !(0.0..=1.0).contains(&args.mix) {
        return Err(Failure::usage(format!("--mix {}: expected a share from 0 to 1", args.mix)));
    }
    if args.levels == 0 {
        return Err(Failure::usage("--levels 0: expected at least 1"));
    }
    let wanted = TrainingPool { levels: args.levels, seed: args.seed };
    let levels =
        training_levels(family, &knobs, &law.mixed(args.mix), wanted, &BTreeSet::new()).map_err(Failure::job)?;
    let demos = demonstrate(&levels.pool, spec.gamma, args.seed).map_err(Failure::job)?;
    let bytes = write_demos(&*levels.pool, law_name, args.mix, args.seed, &demos).map_err(Failure::job)?;
    files::write(&args.out, &bytes)?;
    let (steps, file) = (demos.len(), args.out.display());
    output::document(&format!("{steps} steps on {} levels of {} in {file}\n", args.levels, spec.id()))?;
    Ok(0)
}
