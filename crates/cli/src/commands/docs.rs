//! `misgen docs`: a page, a picture and a film for every family, written from its declarations.

use super::gallery::{film, rule};
use crate::args::DocsArgs;
use crate::failure::Failure;
use crate::{files, output};
use misgen_core::{AnyFamily, FamilySpec, Pool, Registry, ShiftSpec, Split, Ties};
use misgen_report::{
    PageFacts, Panel, contact_sheet, family_gallery, family_index, family_page, family_sources, film_name, picture_name,
};
use misgen_store::{Fs, Node, RealFs, Store};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The largest page that is read back, bytes.
const LARGEST: u64 = 1 << 20;
/// Levels looked through for one that differs from its aligned twin.
const TRIES: u64 = 64;
/// Training levels on a sheet, at most one for each row of the default law.
const TRAINING: usize = 4;

pub(crate) fn docs(args: &DocsArgs, registry: Registry) -> Result<u8, Failure> {
    let pages = pages(registry)?;
    if args.check {
        let wrong = differences(&args.out, &pages)?;
        let folder = args.out.display();
        if wrong.is_empty() {
            output::document(&format!("{} files in {folder} are as the families declare\n", pages.len()))?;
            return Ok(0);
        }
        output::document(&wrong.into_iter().map(|line| line + "\n").collect::<String>())?;
        anstream::eprintln!("{folder} is not as the families declare; `misgen docs --out {folder}` writes it");
        return Ok(1);
    }
    Store::create(Arc::new(RealFs), &args.out)?;
    for (name, bytes) in &pages {
        files::write(&args.out.join(name), bytes)?;
    }
    output::document(&format!("{} files in {}\n", pages.len(), args.out.display()))?;
    Ok(0)
}

/// What there is to say of `family` as Markdown.
pub(super) fn page(family: &dyn AnyFamily) -> Result<String, Failure> {
    let defaults = family.knobs(&Value::Null).map_err(Failure::job)?;
    let limit = family.pool(&Value::Null).map_err(Failure::job)?.limit();
    let schema = family.knobs_schema();
    Ok(family_page(&family.spec(), &PageFacts { defaults: &defaults, schema: &schema, limit }))
}

/// All files by name.
fn pages(registry: Registry) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let specs: Vec<FamilySpec> = registry.iter().map(AnyFamily::spec).collect();
    let mut all = BTreeMap::from([
        ("README.md".to_owned(), family_index(&specs).into_bytes()),
        ("gallery.md".to_owned(), family_gallery(&specs, &rule()).into_bytes()),
        ("sources.md".to_owned(), family_sources(&specs).into_bytes()),
    ]);
    for (family, spec) in registry.iter().zip(&specs) {
        all.insert(format!("{}.md", spec.name), page(family)?.into_bytes());
        all.insert(picture_name(spec), contact_sheet(spec, &panels(family)?).into_bytes());
        all.insert(film_name(spec), film(family)?.bytes);
    }
    Ok(all)
}

/// What a folder holds other than `pages`, a line each.
fn differences(folder: &Path, pages: &BTreeMap<String, Vec<u8>>) -> Result<Vec<String>, Failure> {
    let mut wrong = Vec::new();
    for (name, bytes) in pages {
        match files::read(&folder.join(name), LARGEST)? {
            None => wrong.push(format!("{name} is missing")),
            Some(found) if found != *bytes => wrong.push(format!("{name} differs")),
            Some(_) => {}
        }
    }
    let failed = |error| Failure::environment(format!("cannot look at {}: {error}", folder.display()));
    if RealFs.inspect(folder).map_err(failed)? == Some(Node::Folder) {
        let mut there = RealFs.list(folder).map_err(failed)?;
        there.sort();
        let strange = there.iter().map(|name| name.to_string_lossy()).filter(|name| {
            let generated = [".gif", ".md", ".svg"].iter().any(|end| name.ends_with(end));
            generated && !pages.contains_key(name.as_ref())
        });
        wrong.extend(strange.map(|name| format!("{name} belongs to no family")));
    }
    Ok(wrong)
}

/// The levels on a family's sheet: training under each row of its default law, every shift, and the last rung of each ladder.
fn panels(family: &dyn AnyFamily) -> Result<Vec<Panel>, Failure> {
    let spec = family.spec();
    let rows = spec.laws[0].rows;
    let total: f64 = rows.iter().map(|(weight, _, _)| weight).sum();
    let mut all = Vec::new();
    for (weight, flag, bound) in rows.iter().take(TRAINING) {
        let share = (rows.len() > 1).then_some(weight / total);
        all.push(Panel { share, ..panel(family, None, Ties::new(bound).with_flag(*flag))? });
    }
    let hardest = spec.ladders.iter().filter_map(|ladder| ladder.rungs().pop());
    for shift in spec.shifts.iter().map(ShiftSpec::from).chain(hardest) {
        let ties = shift.ties;
        all.push(panel(family, Some(shift), ties)?);
    }
    Ok(all)
}

/// A level under `ties`: the first one, or where ties are broken the first that looks other than its aligned twin.
/// Levels are those of `misgen show`.
fn panel(family: &dyn AnyFamily, shift: Option<ShiftSpec>, ties: Ties) -> Result<Panel, Failure> {
    let knobs = shift.as_ref().map_or(&Value::Null, |shift| &shift.knobs);
    let mut pool = family.pool(knobs).map_err(Failure::job)?;
    let twins = shift.is_some() && ties != ties.aligned();
    let mut first = None;
    for index in 0..if twins { TRIES } else { 1 } {
        let obs = frame(&mut *pool, index, &ties)?;
        let twin = twins.then(|| frame(&mut *pool, index, &ties.aligned())).transpose()?;
        let differs = twin.as_ref().is_some_and(|twin| *twin != obs);
        first = first.filter(|_| !differs).or(Some((obs, twin)));
        if differs {
            break;
        }
    }
    let (obs, twin) = first.expect("at least one level was looked at");
    Ok(Panel { shift, share: None, ties, spec: pool.obs_spec(), obs, twin })
}

/// The first observation of level `index` under `ties`.
fn frame(pool: &mut dyn Pool, index: u64, ties: &Ties) -> Result<Vec<u8>, Failure> {
    pool.generate(0, Split::Check, index, ties).map_err(Failure::job)?;
    let frame = pool.replay(pool.len() - 1, &[], &[]).remove(0);
    pool.pop();
    Ok(frame)
}
