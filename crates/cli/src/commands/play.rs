//! `misgen play`: a level in the terminal, with the keyboard.

use super::level_file;
use super::world::{family, knobs, law, shift};
use crate::args::PlayArgs;
use crate::failure::Failure;
use crate::{output, play};
use misgen_core::Registry;
use misgen_evaluate::human::{RECORDING_VERSION, Recorded};
use misgen_evaluate::pools::{Content, EvalPool, PoolRequest};
use std::path::Path;
use std::sync::Arc;

pub(crate) fn play(args: &PlayArgs, registry: Registry) -> Result<u8, Failure> {
    let style = output::style(args.ascii);
    let target = Path::new(&args.target);
    // A family's name has neither; a slip in one should not be looked for on the disk.
    let is_file = registry.get(&args.target).is_none() && (args.target.contains(['/', '.']));
    let (path, name) = match &args.file {
        Some(path) => (Some(path.as_path()), args.target.clone()),
        None if is_file => {
            let file = level_file::parse(target)?;
            (Some(target), level_file::named_family(target, &file, registry)?.spec().name.to_owned())
        }
        None => (None, args.target.clone()),
    };
    if let Some(path) = path {
        if args.shift.is_some() || args.record.is_some() {
            let why = "a level of a file belongs to no shift and has no id that a recording could hold";
            return Err(Failure::usage(format!("--shift and --record go with a family: {why}")));
        }
        let family = family(registry, &name)?;
        let levels = level_file::levels(path, family, &knobs(family, &args.world)?, 1)?;
        play::check()?;
        let title = format!("{}, {}", levels.spec().id(), path.display());
        return play::file(title, Arc::from(levels), &style);
    }
    let family = family(registry, &name)?;
    let spec = family.spec();
    let (law_name, law) = law(&spec, &args.world)?;
    let knobs = knobs(family, &args.world)?;
    let shift = args.shift.as_deref().map(|name| shift(&spec, name)).transpose()?;
    play::check()?;
    let content = shift.clone().map_or(Content::Law(law), Content::Shift);
    let request = PoolRequest { knobs: knobs.clone(), content, levels: args.levels as usize, seed: 0 };
    anstream::eprintln!("making {} levels ...", args.levels);
    let pool = EvalPool::build(family, &request).map_err(Failure::job)?;
    let under = shift.as_ref().map_or_else(|| format!("law {law_name}"), |shift| format!("shift {}", shift.name));
    let blank = Recorded {
        schema_version: RECORDING_VERSION,
        family: spec.id(),
        knobs,
        law: law_name.into(),
        shift: pool.shift.name.clone(),
        pool: args.levels as usize,
        twin: false,
        level: String::new(),
        actions: String::new(),
        chances: Vec::new(),
        events: String::new(),
        terminated: false,
        attempt: 1,
        undone: 0,
        player: args.player.clone().unwrap_or_default(),
    };
    let record = args.record.as_deref().map(|path| (path, blank));
    play::pool(format!("{}, {under}", spec.id()), &pool, record, &style)
}
