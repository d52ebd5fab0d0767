//! A film of a family: the optimal player of its first proxy on a level of its main shift, beside the aligned twin.

use super::agent::Named;
use super::show::{Shown, episodes, generated, head, reels};
use crate::args::{AnswerArgs, FilmArgs};
use crate::failure::Failure;
use misgen_core::{AnyFamily, FamilySpec, ShiftSpec};
use misgen_evaluate::rollout::Episode;
use misgen_report::{Color, Film, Raster, Style, film_gif};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Levels looked through for one whose episodes are short and not trivial.
const TRIES: u64 = 8;
/// Steps of such episodes.
const STEPS: RangeInclusive<usize> = 6..=24;
/// Steps of the shorter episode where there is no such level.
const WISHED: usize = 12;
/// The most frames of a film, and its most bytes; what is longer is cut, and says so.
const FRAMES: usize = 61;
const BYTES: usize = 60_000;

const STYLE: Style = Style { color: Color::Off, unicode: true, width: None };

/// The film, byte for byte the same in every build.
pub(super) fn film(family: &dyn AnyFamily) -> Result<Raster, Failure> {
    let spec = family.spec();
    let args = FilmArgs {
        gif: None,
        agent: format!("scripted:pursuer:{}", spec.cues.get(1).unwrap_or(&spec.cues[0]).name),
        agent_seed: 0,
        place: 0,
        greedy: false,
        answers: AnswerArgs { answer_time: Duration::from_secs(60) },
    };
    let script = args.agent.trim_start_matches("scripted:").parse().map_err(Failure::job)?;
    let (shown, episodes) = level(family, &args, &mut Named::Scripted(script))?;
    let mut reels = reels(&shown, &episodes);
    let longest = reels.iter().map(|reel| reel.frames.len()).max().unwrap_or(0);
    let mut frames = longest.min(FRAMES);
    loop {
        let mut head = head(&shown, &args, &STYLE);
        if frames < longest {
            head[1] += &format!("; the first {} of {} steps", frames - 1, longest - 1);
        }
        for reel in &mut reels {
            reel.frames.truncate(frames);
            reel.words.truncate(frames);
        }
        let film = film_gif(&Film { spec: &shown.pool.obs_spec(), head: &head, reels: &reels });
        if film.bytes.len() <= BYTES || frames <= 2 {
            return Ok(film);
        }
        // Frames after the first are about equally large.
        frames = (frames * BYTES / film.bytes.len()).clamp(2, frames - 1);
    }
}

/// How the level of a film is chosen, in words.
pub(super) fn rule() -> String {
    let (least, most) = (STEPS.start(), STEPS.end());
    format!(
        "The level is the first of {TRIES} on which both episodes take {least} to {most} steps and the player does not meet the goal on the \
         shifted side, or else that whose shorter episode is nearest to {WISHED} steps; in kinds other than coincident and gated it is the first. A film \
         is cut at {} steps or {} kB, and says so.",
        FRAMES - 1,
        BYTES / 1000
    )
}

/// The level of [`rule`] and what is played there.
fn level(family: &dyn AnyFamily, args: &FilmArgs, player: &mut Named) -> Result<(Shown, Vec<Episode>), Failure> {
    let spec = family.spec();
    let mut best = None;
    for seed in 0..if spec.is_decided() { TRIES } else { 1 } {
        let shown = generated(family, spec.shifts.first().map(ShiftSpec::from), seed)?;
        let episodes = episodes(&shown, args, player)?;
        let steps = || episodes.iter().map(|episode| episode.actions.len());
        if steps().all(|steps| STEPS.contains(&steps)) && misses(&spec, &episodes) {
            return Ok((shown, episodes));
        }
        let off = steps().min().unwrap_or(0).abs_diff(WISHED);
        if best.as_ref().is_none_or(|(least, _)| off < *least) {
            best = Some((off, (shown, episodes)));
        }
    }
    Ok(best.expect("at least one level was looked at").1)
}

/// Whether the last episode, which is the shifted one, is without an event of the goal.
fn misses(spec: &FamilySpec, episodes: &[Episode]) -> bool {
    let goal = spec.cues[0].events().0;
    episodes.last().is_none_or(|episode| episode.events.iter().all(|(_, events)| events.0 & goal == 0))
}
