//! `misgen show`: a level in the terminal, under a shift beside its aligned twin.

use super::world::{family, knobs, law, shift};
use crate::args::ShowArgs;
use crate::failure::Failure;
use crate::output;
use misgen_core::{Pool, Registry, Rng, Split, Ties};
use misgen_evaluate::pools::merged;
use misgen_report::{draw_level, draw_pair, level_header};
use serde_json::json;

pub(crate) fn show(args: &ShowArgs, registry: Registry) -> Result<u8, Failure> {
    let family = family(registry, &args.family)?;
    let spec = family.spec();
    let (_, law) = law(&spec, &args.world)?;
    let world = knobs(family, &args.world)?;
    let shift = args.shift.as_deref().map(|name| shift(&spec, name)).transpose()?;
    let ties = match &shift {
        Some(shift) => shift.ties,
        None => law.draw(&mut Rng::keyed(0, "law", args.seed)),
    };
    let all = shift.as_ref().map_or_else(|| world.clone(), |shift| merged(&world, &shift.knobs));
    let make = |ties: &Ties| -> Result<Box<dyn Pool>, Failure> {
        let mut pool = family.pool(&all).map_err(Failure::usage)?;
        pool.generate(0, Split::Check, args.seed, ties).map_err(Failure::job)?;
        Ok(pool)
    };
    let level = make(&ties)?;
    let key = level.key(0).ok_or_else(|| Failure::job("a generated level has no key"))?;
    if args.json {
        output::json(&json!({ "family": spec.id(), "key": key, "knobs": all, "level": level.text(0) }))?;
        return Ok(0);
    }
    let style = output::style(args.ascii);
    let obs = level.obs_spec();
    let frame = level.replay(0, &[], &[]).remove(0);
    let mut text: String = level_header(&spec, shift.as_ref(), &key, &style).into_iter().map(|l| l + "\n").collect();
    if shift.is_some() && ties != ties.aligned() {
        let twin = make(&ties.aligned())?.replay(0, &[], &[]).remove(0);
        text.push_str(&draw_pair(&obs, ("aligned twin", &twin), ("shifted", &frame), &style));
    } else {
        text.push_str(&draw_level(&obs, &frame, &style));
    }
    output::document(&text)?;
    Ok(0)
}
