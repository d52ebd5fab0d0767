//! An episode as a film: the one that `misgen eval` plays on that level, at that place of its pool, with that seed.

use super::level::{Shown, Side};
use crate::args::FilmArgs;
use crate::commands::agent::Named;
use crate::failure::Failure;
use misgen_core::{Ended, FamilySpec};
use misgen_evaluate::episode::event_names;
use misgen_evaluate::rollout::Episode;
use misgen_evaluate::row::{Agent, EvaluateError, play_level};
use misgen_report::{Film, Raster, Reel, Style, film_gif};

/// The film of `player` on every side of `shown`.
pub(super) fn film(shown: &Shown, args: &FilmArgs, player: &mut Named, style: &Style) -> Result<Raster, Failure> {
    let reels = reels(shown, &episodes(shown, args, player)?);
    let head = head(shown, args, style);
    Ok(film_gif(&Film { spec: &shown.pool.obs_spec(), head: &head, reels: &reels }))
}

/// What is known of the level and of who plays, a fact a line.
pub(in crate::commands) fn head(shown: &Shown, args: &FilmArgs, style: &Style) -> Vec<String> {
    let mut head = shown.head(style);
    let greedy = if args.greedy { ", most probable actions" } else { "" };
    head.insert(1, format!("agent {}, action seed {}{greedy}", args.agent, args.agent_seed));
    head
}

/// What `player` does on every side of `shown`.
pub(in crate::commands) fn episodes(
    shown: &Shown,
    args: &FilmArgs,
    player: &mut Named,
) -> Result<Vec<Episode>, Failure> {
    let mut all = Vec::new();
    for side in shown.sides() {
        all.push(episode(shown, &side, args, player).map_err(|error| match error {
            EvaluateError::Script(error) => Failure::usage(error),
            error => player.failed(error),
        })?);
    }
    Ok(all)
}

/// The episodes of every side of `shown` as they are drawn.
pub(in crate::commands) fn reels(shown: &Shown, episodes: &[Episode]) -> Vec<Reel> {
    let sides = shown.sides();
    let titles: &[&str] = if sides.len() > 1 { &["aligned twin", "shifted"] } else { &[""] };
    let reel = |((side, episode), title): ((&Side<'_>, &Episode), &&str)| {
        let frames = side.pool.replay(shown.place, &episode.actions, &episode.chances);
        let words = (0..frames.len()).map(|step| words(&shown.spec, episode, step)).collect();
        Reel { title: (*title).to_owned(), frames, words }
    };
    sides.iter().zip(episodes).zip(titles).map(reel).collect()
}

pub(super) fn episode(
    shown: &Shown,
    side: &Side<'_>,
    args: &FilmArgs,
    player: &mut Named,
) -> Result<Episode, EvaluateError> {
    let learned = matches!(player, Named::Learned(_) | Named::External(_));
    let mut agent = match player {
        Named::Scripted(script) => Agent::Scripted(script),
        Named::Learned(learned) => {
            let policy = if args.greedy { &mut *learned.greedy } else { &mut *learned.sampled };
            Agent::Learned { sampled: policy, greedy: None }
        }
        Named::External(external) => Agent::Learned { sampled: external.policy(args.greedy), greedy: None },
    };
    // Greedy play has one purpose on all levels of an evaluation.
    let purpose = if args.greedy && learned { "greedy" } else { &side.purpose };
    let palette = shown.shift.as_ref().and_then(|shift| shift.palette);
    play_level(side.pool, shown.place, &side.process, &mut agent, args.agent_seed, purpose, palette)
}

/// What stands below the frame after `step` steps: how many they are, and what happened last.
fn words(spec: &FamilySpec, episode: &Episode, step: usize) -> [String; 2] {
    let steps = episode.actions.len();
    let end = match episode.ended {
        _ if step < steps => "",
        Ended::Truncated => ", the limit",
        _ => ", the end",
    };
    let last = episode.events.iter().rev().find(|(at, _)| usize::from(*at) < step);
    let happened = last.map_or_else(String::new, |(at, events)| format!("{}: {}", at + 1, event_names(spec, *events)));
    [format!("step {step} of {steps}{end}"), happened]
}
