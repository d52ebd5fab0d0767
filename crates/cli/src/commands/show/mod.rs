//! `misgen show`: a level in the terminal or as a picture, under a shift beside its aligned twin; ways over it; an episode as a film.

mod film;
mod level;
mod ways;

use super::agent::agent;
use super::world::family;
use crate::args::ShowArgs;
use crate::failure::Failure;
use crate::{files, output};
use film::film;
use level::{Shown, found};
use misgen_core::Registry;
use misgen_report::{Picture, Raster, View, draw_pair_ways, draw_ways, picture_png, picture_svg};
use serde_json::{Value, json};
use std::path::Path;
use ways::{Ways, ways};

pub(crate) fn show(args: &ShowArgs, registry: Registry) -> Result<u8, Failure> {
    let family = family(registry, &args.family)?;
    let mut player = args.film.gif.as_ref().map(|_| agent(&args.film.agent)).transpose()?;
    let shown = found(args, family, player.as_ref())?;
    let ways = ways(&shown, &args.paths)?;
    let mut written = Vec::new();
    let mut write = |path: &Path, raster: &Raster| -> Result<(), Failure> {
        files::write(path, &raster.bytes)?;
        let Raster { width, height, frames, bytes } = raster;
        let frames = if *frames > 1 { format!("{frames} frames of ") } else { String::new() };
        written.push(format!("{}: {frames}{width}x{height} pixels, {} bytes\n", path.display(), bytes.len()));
        Ok(())
    };
    if args.png.is_some() || args.svg.is_some() {
        let frames = shown.frames();
        let views = views(&shown, &frames, &ways);
        let head = shown.head(&output::style(false));
        let picture = Picture { spec: &shown.pool.obs_spec(), head: &head, views: &views, apart: true };
        let png = picture_png(&picture);
        if let Some(path) = &args.png {
            write(path, &png)?;
        }
        if let Some(path) = &args.svg {
            write(path, &Raster { bytes: picture_svg(&picture).into_bytes(), ..png })?;
        }
    }
    if let (Some(path), Some(player)) = (&args.film.gif, &mut player) {
        write(path, &film(&shown, &args.film, player)?)?;
    }
    if args.json {
        output::json(&facts(&shown, &ways))?;
    } else if written.is_empty() {
        output::document(&terminal(args, &shown, &ways))?;
    } else {
        output::document(&written.concat())?;
    }
    Ok(0)
}

/// The levels to draw, the twin first; `frames` are those of [`Shown::frames`].
fn views<'a>(shown: &Shown, frames: &'a [Vec<u8>], ways: &'a [Ways]) -> Vec<View<'a>> {
    let titles: &[&str] = if frames.len() > 1 { &["aligned twin", "shifted"] } else { &[""] };
    let view = |(title, (obs, ways)): (&&'static str, (&'a Vec<u8>, &'a Ways))| View { title, obs, ways: &ways.drawn, below: &[] };
    debug_assert_eq!(frames.len(), shown.sides().len());
    titles.iter().zip(frames.iter().zip(ways)).map(view).collect()
}

fn terminal(args: &ShowArgs, shown: &Shown, ways: &[Ways]) -> String {
    let style = output::style(args.ascii);
    let mut text: String = shown.head(&style).into_iter().map(|line| line + "\n").collect();
    let (spec, frames) = (shown.pool.obs_spec(), shown.frames());
    text += &match views(shown, &frames, ways).as_slice() {
        [twin, level] => draw_pair_ways(&spec, twin, level, &style),
        [level, ..] => draw_ways(&spec, level.obs, level.ways, &style),
        [] => String::new(),
    };
    text
}

/// What there is to know for a program.
fn facts(shown: &Shown, ways: &[Ways]) -> Value {
    let (family, text) = (shown.spec.id(), shown.pool.text(shown.place));
    let mut facts = json!({ "family": family, "knobs": shown.knobs, "level": text });
    if let Some(key) = &shown.key {
        facts["id"] = key.to_string().into();
        facts["key"] = json!(key);
    }
    if ways.iter().any(|ways| !ways.facts.is_empty()) {
        let names = if ways.len() > 1 { &["twin", "level"][..] } else { &["level"] };
        facts["paths"] = names.iter().zip(ways).map(|(name, ways)| ((*name).to_owned(), json!(ways.facts))).collect();
    }
    facts
}
