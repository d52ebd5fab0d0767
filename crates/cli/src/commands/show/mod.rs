//! `misgen show`: a level in the terminal or as a picture, under a shift beside its aligned twin; ways over it; an episode as a film.

mod film;
mod level;
mod ways;

pub(super) use film::{episodes, head, reels};
pub(super) use level::{Shown, generated};

use super::agent::agent;
use super::world::family;
use crate::args::ShowArgs;
use crate::failure::Failure;
use crate::{files, output};
use film::film;
use level::found;
use misgen_core::Registry;
use misgen_report::{Picture, Raster, Style, View, draw_pair_ways, draw_ways, picture_png, picture_svg};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use ways::{Ways, ways};

pub(crate) fn show(args: &ShowArgs, registry: Registry) -> Result<u8, Failure> {
    let drawn = drawn(args, registry, &output::style(args.ascii))?;
    for (path, raster) in &drawn.files {
        files::write(path, &raster.bytes)?;
    }
    output::document(&drawn.document)?;
    Ok(0)
}

/// All that a command line asks for.
struct Drawn {
    /// Files to write.
    files: Vec<(PathBuf, Raster)>,
    /// What goes to stdout: JSON if that is asked for, else a line a file, else the drawing.
    document: String,
}

fn drawn(args: &ShowArgs, registry: Registry, style: &Style) -> Result<Drawn, Failure> {
    let family = family(registry, &args.family)?;
    let player = |_| agent(&args.film.agent, family, &args.world, &args.film.answers);
    let mut player = args.film.gif.as_ref().map(player).transpose()?;
    let shown = found(args, family, player.as_ref())?;
    let ways = ways(&shown, &args.paths)?;
    let mut files = Vec::new();
    if args.png.is_some() || args.svg.is_some() {
        let frames = shown.frames();
        let views = views(&frames, &ways);
        let head = shown.head(style);
        let picture = Picture { spec: &shown.pool.obs_spec(), head: &head, views: &views, apart: true };
        files.extend(pictures(&picture, args.png.as_ref(), args.svg.as_ref()));
    }
    if let (Some(path), Some(player)) = (&args.film.gif, &mut player) {
        player.begin(family, &shown.knobs, args.film.agent_seed)?;
        files.push((path.clone(), film(&shown, &args.film, player, style)?));
        player.finish()?;
    }
    let document = if args.json {
        let facts = facts(&shown, &ways);
        serde_json::to_string_pretty(&facts).map_err(|e| Failure::job(format!("cannot write JSON: {e}")))? + "\n"
    } else if files.is_empty() {
        terminal(&shown, &ways, style)
    } else {
        files.iter().map(|(path, raster)| said(path, raster)).collect()
    };
    Ok(Drawn { files, document })
}

/// A picture in the files that were asked for.
pub(super) fn pictures(picture: &Picture<'_>, png: Option<&PathBuf>, svg: Option<&PathBuf>) -> Vec<(PathBuf, Raster)> {
    let drawn = picture_png(picture);
    let text = Raster { bytes: picture_svg(picture).into_bytes(), ..drawn };
    png.into_iter().map(|path| (path.clone(), drawn.clone())).chain(svg.map(|path| (path.clone(), text))).collect()
}

/// A line about a file.
pub(super) fn said(path: &Path, Raster { width, height, frames, bytes }: &Raster) -> String {
    let frames = if *frames > 1 { format!("{frames} frames of ") } else { String::new() };
    let path = misgen_report::visible(&path.display().to_string());
    format!("{path}: {frames}{width}x{height} pixels, {} bytes\n", bytes.len())
}

/// The levels to draw, the twin first; `frames` are those of [`Shown::frames`].
fn views<'a>(frames: &'a [Vec<u8>], ways: &'a [Ways]) -> Vec<View<'a>> {
    let titles: &[&str] = if frames.len() > 1 { &["aligned twin", "shifted"] } else { &[""] };
    let view = |(title, (obs, ways)): (&&'static str, (&'a Vec<u8>, &'a Ways))| View {
        title,
        obs,
        ways: &ways.drawn,
        below: &[],
    };
    titles.iter().zip(frames.iter().zip(ways)).map(view).collect()
}

fn terminal(shown: &Shown, ways: &[Ways], style: &Style) -> String {
    let mut text: String = shown.head(style).into_iter().map(|line| line + "\n").collect();
    let (spec, frames) = (shown.pool.obs_spec(), shown.frames());
    text += &match views(&frames, ways).as_slice() {
        [twin, level] => draw_pair_ways(&spec, twin, level, style),
        [level, ..] => draw_ways(&spec, level.obs, level.ways, style),
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

#[cfg(test)]
mod tests;
