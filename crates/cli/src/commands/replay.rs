//! `misgen replay`: recorded episodes in the terminal, as films and as pictures.

use super::hindsight::{decoded, known};
use super::report::EXHIBITS;
use crate::args::ReplayArgs;
use crate::failure::Failure;
use crate::play::{Watched, watch};
use crate::{files, output};
use misgen_core::{AnyFamily, Registry, Role};
use misgen_evaluate::compare::Who;
use misgen_evaluate::exhibit::{Exhibits, Replay, WorldExhibits};
use misgen_report::{Film, Picture, Playback, Raster, Style, film_gif, visible};
use misgen_store::Node;
use misgen_sweep::episodes::{EPISODES_FILE, MAX_BYTES};
use misgen_sweep::exhibits::recorded;
use misgen_sweep::inputs::TRAINING_ROW;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Nothing to watch.
const NOTHING: u8 = 3;

pub(crate) fn replay(args: &ReplayArgs, registry: Registry) -> Result<u8, Failure> {
    let worlds = worlds(args, registry)?;
    let found = select(args, &worlds)?;
    if args.list {
        output::document(&found.iter().map(|one| one.head() + "\n").collect::<String>())?;
        return Ok(if found.is_empty() { NOTHING } else { 0 });
    }
    let of_cell = matches!(worlds, Worlds::OfCell(_));
    let first = if of_cell { 0 } else { args.episode as usize };
    let Some(chosen) = found.get(first) else {
        let there = found.len();
        return Err(Failure::usage(format!("--episode {first}: there are {there}, counted from 0; --list shows them")));
    };
    let style = output::style(args.ascii);
    if args.json {
        output::json(chosen.replay)?;
        return Ok(0);
    }
    let written = drawn(args, registry, chosen)?;
    if !written.is_empty() {
        let mut said = String::new();
        for (path, raster) in &written {
            files::write(path, &raster.bytes)?;
            said += &super::show::said(path, raster);
        }
        output::document(&said)?;
        return Ok(0);
    }
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        // From the chosen one on, then those before it.
        let order = found[first..].iter().chain(&found[..first]);
        let watched = order.map(|one| Ok(Watched { head: one.head(), playback: one.playback(registry)? }));
        return watch(&watched.collect::<Result<Vec<_>, Failure>>()?, args.frame.unwrap_or(0), &style);
    }
    let playback = chosen.playback(registry)?;
    let frames =
        args.frame.map_or(0..=playback.steps(), |frame| frame.min(playback.steps())..=frame.min(playback.steps()));
    let shown = frames.map(|frame| playback.lines(frame, &style).join("\n") + "\n").collect::<Vec<_>>();
    output::document(&format!("{}\n\n{}", style.safe(&chosen.head()), shown.join("\n")))?;
    Ok(0)
}

/// What was read: a choice of a run, or one episode of a cell.
enum Worlds {
    OfRun(Exhibits),
    OfCell(Box<WorldExhibits>),
}

fn worlds(args: &ReplayArgs, registry: Registry) -> Result<Worlds, Failure> {
    let path = &args.record;
    let folder = match files::inspect(path)? {
        None => return Err(Failure::usage(format!("no record at {}", path.display()))),
        Some(node) => matches!(node, Node::Folder),
    };
    let file = match folder {
        false => path.clone(),
        true if files::inspect(&path.join(EPISODES_FILE))?.is_some() => path.join(EPISODES_FILE),
        true => path.join(EXHIBITS),
    };
    if file.extension().is_some_and(|ending| ending == "json") {
        let found = files::exhibits(&file)?;
        let hint = "`misgen report` makes one from a run's cells";
        return found.map(Worlds::OfRun).ok_or_else(|| Failure::usage(format!("no {}: {hint}", file.display())));
    }
    let bytes = files::read(&file, MAX_BYTES as u64)?;
    let bytes = bytes.ok_or_else(|| Failure::usage(format!("no file at {}", file.display())))?;
    let episodes = decoded(&file, &bytes)?;
    let family = known(registry, &file, &episodes)?;
    let conflict = || episodes.rows.iter().find(|row| row.role == Role::Conflict);
    let shift = match &args.shift {
        Some(name) => name.as_str(),
        None => conflict().or(episodes.rows.first()).map_or(TRAINING_ROW, |row| &row.shift),
    };
    let play = if args.greedy { "greedy" } else { "sampled" };
    let world = recorded(family, &episodes, (shift, args.episode, play));
    let world = world.map_err(|why| Failure::usage(format!("{}: {}", file.display(), visible(&why))))?;
    Ok(Worlds::OfCell(Box::new(world)))
}

/// One episode that can be chosen.
struct One<'a> {
    world: &'a WorldExhibits,
    agent: &'a str,
    mix: Option<f64>,
    shift: &'a str,
    replay: &'a Replay,
}

fn select<'a>(args: &ReplayArgs, worlds: &'a Worlds) -> Result<Vec<One<'a>>, Failure> {
    let worlds: Vec<&WorldExhibits> = match worlds {
        Worlds::OfRun(found) => found.worlds.iter().collect(),
        Worlds::OfCell(world) => vec![world],
    };
    let who = args.agent.as_deref().map(str::parse::<Who>).transpose().map_err(Failure::usage)?;
    let mut all = Vec::new();
    for world in worlds {
        for agent in &world.agents {
            for row in &agent.rows {
                for replay in &row.replays {
                    all.push(One { world, agent: &agent.agent, mix: agent.mix, shift: &row.shift, replay });
                }
            }
        }
    }
    let before = all.len();
    all.retain(|one| args.world.as_ref().is_none_or(|name| *name == one.world.world));
    all.retain(|one| {
        who.as_ref().is_none_or(|who| who.agent == one.agent && (who.mix.is_none() || who.mix == one.mix))
    });
    let shift = args.shift.clone().or_else(|| {
        let named = all.iter().find(|one| one.shift != TRAINING_ROW);
        named.or(all.first()).map(|one| one.shift.to_owned())
    });
    if !args.list || args.shift.is_some() {
        all.retain(|one| shift.as_ref().is_none_or(|name| name == one.shift));
    }
    if all.is_empty() && before > 0 && !args.list {
        return Err(Failure::usage("no such episode: --list shows what there is to watch"));
    }
    Ok(all)
}

impl<'a> One<'a> {
    /// One line about it.
    fn head(&self) -> String {
        let mix = self.mix.map_or_else(String::new, |mix| format!("@{mix}"));
        let Replay { why, seed, shown, .. } = self.replay;
        let level = self.world.levels.get(shown.level).map_or(0, |level| level.place);
        let (world, agent, shift) = (&self.world.world, self.agent, self.shift);
        visible(&format!("{world}, {agent}{mix}, seed {seed}, under {shift}, level {level}: {why}"))
    }

    fn family(&self, registry: Registry) -> Result<&'static dyn AnyFamily, Failure> {
        registry.versioned(&self.world.family, self.world.family_version).map_err(Failure::usage)
    }

    fn playback(&self, registry: Registry) -> Result<Playback<'a>, Failure> {
        // Its size is that of the level; all else is the family's, whatever its knobs are.
        let spec = self.family(registry)?.obs_spec(&serde_json::Value::Null).map_err(Failure::usage)?;
        Playback::new(&spec, self.world, self.replay).map_err(|why| Failure::usage(format!("{}: {why}", self.head())))
    }
}

/// The films and pictures that were asked for.
fn drawn(args: &ReplayArgs, registry: Registry, one: &One<'_>) -> Result<Vec<(PathBuf, Raster)>, Failure> {
    let mut files = Vec::new();
    if args.gif.is_none() && args.png.is_none() && args.svg.is_none() {
        return Ok(files);
    }
    let playback = one.playback(registry)?;
    let style = Style { unicode: true, ..Style::PLAIN };
    let head = [style.safe(&one.head())];
    if let Some(path) = &args.gif {
        let reels = playback.reels();
        files.push((path.clone(), film_gif(&Film { spec: playback.spec(), head: &head, reels: &reels })));
    }
    if args.png.is_none() && args.svg.is_none() {
        return Ok(files);
    }
    let stills = playback.stills(args.frame.unwrap_or(playback.steps()));
    let views: Vec<_> = stills.iter().map(misgen_report::Still::view).collect();
    let picture = Picture { spec: playback.spec(), head: &head, views: &views, apart: false };
    files.extend(super::show::pictures(&picture, args.png.as_ref(), args.svg.as_ref()));
    Ok(files)
}
