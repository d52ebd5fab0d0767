//! `misgen show`: a level in the terminal, under a shift beside its aligned twin.

use super::level_file;
use super::world::{family, knobs, law, one_level, shift};
use crate::args::ShowArgs;
use crate::failure::Failure;
use crate::output;
use misgen_core::{AnyFamily, LevelKey, Registry, Rng, Ties};
use misgen_evaluate::pools::merged;
use misgen_report::{draw_level, draw_pair, level_header};
use serde_json::json;
use std::path::Path;

pub(crate) fn show(args: &ShowArgs, registry: Registry) -> Result<u8, Failure> {
    let family = family(registry, &args.family)?;
    if let Some(path) = &args.file {
        return edited(args, family, path, registry);
    }
    let spec = family.spec();
    let (_, law) = law(&spec, &args.world)?;
    let world = knobs(family, &args.world)?;
    let shift = args.shift.as_deref().map(|name| shift(&spec, name)).transpose()?;
    let wanted = args.level.as_deref().map(str::parse::<LevelKey>).transpose().map_err(Failure::usage)?;
    let ties = match (&wanted, &shift) {
        (Some(key), _) => key.ties,
        (None, Some(shift)) => shift.ties,
        (None, None) => law.draw(&mut Rng::keyed(0, "law", args.seed)),
    };
    let all = shift.as_ref().map_or_else(|| world.clone(), |shift| merged(&world, &shift.knobs));
    let make = |ties: &Ties| one_level(family, &all, wanted.as_ref(), args.seed, ties);
    let level = make(&ties)?;
    let key = level.key(0).ok_or_else(|| Failure::job("a generated level has no key"))?;
    if args.json {
        let (id, text) = (key.to_string(), level.text(0));
        output::json(&json!({ "family": spec.id(), "id": id, "key": key, "knobs": all, "level": text }))?;
        return Ok(0);
    }
    let style = output::style(args.ascii);
    let frame = level.replay(0, &[], &[]).remove(0);
    let mut head = level_header(&spec, shift.as_ref(), &key, &style);
    if wanted.is_some() && shift.is_none() {
        // An id says nothing of what the level is for.
        head[0] = spec.id();
    }
    let mut text: String = head.into_iter().map(|line| line + "\n").collect();
    text.push_str(&format!("id: {key}\n"));
    if shift.is_some() && ties != ties.aligned() {
        let twin = make(&ties.aligned())?.replay(0, &[], &[]).remove(0);
        text.push_str(&draw_pair(&level.obs_spec(), ("aligned twin", &twin), ("shifted", &frame), &style));
    } else {
        text.push_str(&draw_level(&level.obs_spec(), &frame, &style));
    }
    output::document(&text)?;
    Ok(0)
}

/// The level of a file that a person wrote.
fn edited(args: &ShowArgs, family: &dyn AnyFamily, path: &Path, registry: Registry) -> Result<u8, Failure> {
    let spec = family.spec();
    let world = knobs(family, &args.world)?;
    let pool = level_file::levels(path, spec.name, &world, registry, 1)?;
    let obs = pool.obs_spec();
    if args.json {
        output::json(&json!({ "family": spec.id(), "knobs": world, "level": pool.text(0) }))?;
        return Ok(0);
    }
    let frame = pool.replay(0, &[], &[]).remove(0);
    let drawn = draw_level(&obs, &frame, &output::style(args.ascii));
    output::document(&format!("{}, the level of a file\n{drawn}", spec.id()))?;
    Ok(0)
}
