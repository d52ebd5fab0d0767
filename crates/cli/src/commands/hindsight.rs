//! `misgen hindsight`: who came first, had a cue been among them that was thought of afterwards.

use super::world::family as named;
use crate::args::HindsightArgs;
use crate::failure::Failure;
use crate::{files, output};
use misgen_core::{AnyFamily, Registry};
use misgen_evaluate::attribute::hindsight::{CueError, Hindsight, HindsightCell, HindsightReport, hindsight as score};
use misgen_report as report;
use misgen_store::{Node, RealFs, Store};
use misgen_sweep::episodes::{EPISODES_FILE, Episodes, MAX_BYTES, read_episodes};
use misgen_sweep::inputs::CELLS;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Nothing scored.
const NOTHING: u8 = 3;

pub(crate) fn hindsight(args: &HindsightArgs, registry: Registry) -> Result<u8, Failure> {
    let cues: Vec<Hindsight> =
        args.cues.iter().map(|cue| cue.parse()).collect::<Result<_, _>>().map_err(Failure::usage)?;
    if let Some(twice) = (1..cues.len()).find(|i| cues[..*i].iter().any(|cue| cue.name == cues[*i].name)) {
        return Err(Failure::usage(format!("two cues are called `{}`", cues[twice].name)));
    }
    let only = args.family.as_deref().map(|name| named(registry, name)).transpose()?;
    if let Some(family) = only {
        cues.iter().try_for_each(|cue| cue.check(family)).map_err(Failure::usage)?;
    }
    let (mut cells, mut refused) = (Vec::new(), BTreeMap::new());
    each(&args.results, &mut |place, episodes| {
        if only.is_some_and(|family| family.spec().name != episodes.family) {
            return Ok(());
        }
        let family = known(registry, place, &episodes)?;
        let fits = cues.iter().try_for_each(|cue| cue.check(family));
        if let Err(CueError { reason, .. }) = fits {
            refused.insert(episodes.family, reason);
            return Ok(());
        }
        let rows =
            score(family, &episodes.rows, &cues).map_err(|e| Failure::usage(format!("{}: {e}", place.display())))?;
        let Episodes { family, agent, mix, seed, .. } = episodes;
        cells.push(HindsightCell { family, agent, mix, seed, rows });
        Ok(())
    })?;
    if let (true, Some(reason)) = (cells.is_empty(), refused.values().next()) {
        return Err(Failure::usage(reason));
    }
    for reason in refused.values() {
        anstream::eprintln!("left out: {}", report::visible(reason));
    }
    let found = HindsightReport::new(&cues, cells);
    if args.json {
        output::json(&found)?;
    } else {
        output::document(&report::hindsight(&found, &output::style(false)))?;
    }
    if found.cells.is_empty() {
        anstream::eprintln!("nothing was scored: there are no episodes here");
        return Ok(NOTHING);
    }
    Ok(0)
}

/// The family that played `episodes`, in the version that this program has.
pub(super) fn known(registry: Registry, place: &Path, episodes: &Episodes) -> Result<&'static dyn AnyFamily, Failure> {
    let family = registry.versioned(&episodes.family, episodes.family_version);
    family.map_err(|why| Failure::usage(format!("{}: {why}", place.display())))
}

/// What is done with the episodes of one cell, and where they lie.
type Take<'a> = &'a mut dyn FnMut(&Path, Episodes) -> Result<(), Failure>;

/// Reads the episodes of every complete cell that lies at `path`, one at a time.
fn each(path: &Path, take: Take<'_>) -> Result<(), Failure> {
    let inside = path.join(EPISODES_FILE);
    match files::inspect(path)? {
        None => Err(Failure::usage(format!("no results at {}", path.display()))),
        Some(Node::File { .. }) => one(path, take),
        Some(_) if files::inspect(&inside)?.is_some() => one(&inside, take),
        Some(_) => {
            let store = Store::open(Arc::new(RealFs), path)?;
            for address in store.addresses(CELLS)? {
                let entry = store.entry(CELLS, &address)?;
                if let Some(bytes) = entry.read(EPISODES_FILE)? {
                    let place = entry.path().join(EPISODES_FILE);
                    take(&place, decoded(&place, &bytes)?)?;
                }
            }
            Ok(())
        }
    }
}

fn one(path: &Path, take: Take<'_>) -> Result<(), Failure> {
    let bytes = files::read(path, MAX_BYTES as u64)?;
    let bytes = bytes.ok_or_else(|| Failure::usage(format!("no file at {}", path.display())))?;
    take(path, decoded(path, &bytes)?)
}

pub(super) fn decoded(path: &Path, bytes: &[u8]) -> Result<Episodes, Failure> {
    read_episodes(bytes).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))
}
