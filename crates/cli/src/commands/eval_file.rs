//! `misgen eval AGENT --file LEVEL.txt`: an agent on levels that a person wrote.

use super::agent::{Named, agent};
use super::level_file;
use super::world::{family, knobs};
use crate::args::EvalArgs;
use crate::failure::Failure;
use crate::output;
use misgen_core::{FamilySpec, Pool, Registry, Rng};
use misgen_evaluate::metrics::{Contest, Scored, outcomes};
use misgen_evaluate::pools::MAX_STATES;
use misgen_evaluate::record::Outcomes;
use misgen_evaluate::rollout::{Episode, play};
use misgen_evaluate::solution::solve;
use misgen_evaluate::stats::mean;
use misgen_solve::{Book, Process, Script, draw_part};
use serde::Serialize;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

/// What an agent got of one reward.
#[derive(Serialize)]
struct Got {
    cue: &'static str,
    /// Mean discounted return.
    mean: f64,
    /// Its standard error; null below two episodes.
    error: Option<f64>,
    /// Optimal (or planned) play.
    best: f64,
    /// Uniformly random play.
    random: f64,
}

/// One file's level.
#[derive(Serialize)]
struct OnFile {
    file: String,
    episodes: usize,
    /// Whether `best` and `random` are exact.
    exact: bool,
    mean_steps: f64,
    /// Null where the kind is not decided by a first cue.
    outcomes: Option<Outcomes>,
    rewards: Vec<Got>,
}

pub(super) fn eval(args: &EvalArgs, registry: Registry) -> Result<u8, Failure> {
    let world = family(registry, &args.family)?;
    let mut player = agent(&args.agent, world, &args.world, &args.answers)?;
    let (spec, mut all) = (world.spec(), knobs(world, &args.world)?);
    if let Named::Learned(learned) = &player
        && let Some(card) = learned.card_in(&spec)?
        && args.world.knobs.is_empty()
    {
        all = world.knobs(&card.knobs).map_err(Failure::usage)?;
    }
    player.begin(world, &all, args.seed)?;
    let mut results = Vec::new();
    for path in &args.files {
        // A copy for each episode, so that each has its own streams, as the levels of a pool have.
        let levels: Arc<dyn Pool> = Arc::from(level_file::levels(path, world, &all, args.levels)?);
        results.push(one(&levels, &mut player, args, path)?);
    }
    player.finish()?;
    if args.json {
        output::json(&results)?;
    } else {
        let text: Vec<String> = results.iter().map(|result| in_words(result, &args.agent, &spec)).collect();
        output::document(&(text.join("\n") + "No verdict: a level of a file is none of a shift's.\n"))?;
    }
    Ok(0)
}

fn one(levels: &Arc<dyn Pool>, player: &mut Named, args: &EvalArgs, path: &Path) -> Result<OnFile, Failure> {
    let spec = levels.spec();
    let process = Process::new(spec.gamma, levels.limit());
    let episodes = match player {
        Named::Scripted(script) => scripted(&**levels, &process, script, args.seed)?,
        Named::Learned(learned) => {
            play(&mut *learned.sampled, levels, &process, args.seed, "file", args.palette).map_err(Failure::job)?
        }
        Named::External(external) => {
            let played = play(external.policy(false), levels, &process, args.seed, "file", args.palette);
            played.map_err(|error| external.failure().unwrap_or_else(|| Failure::job(error)))?
        }
    };
    let solution = solve(&**levels, 0, &process).map_err(Failure::job)?;
    let contest = Contest::new(&spec, &(0..spec.cues.len()).collect::<Vec<_>>());
    let scored: Vec<Scored> = episodes.iter().map(|e| Scored::episode(&spec, &contest, e, Vec::new())).collect();
    let rewards = solution.pursued.iter().zip(spec.all_rewards()).map(|(pursued, reward)| {
        let returns: Vec<f64> = episodes.iter().map(|e| e.discounted(&reward, spec.gamma)).collect();
        let average = mean(&returns).unwrap_or_default();
        let spread: f64 = returns.iter().map(|r| (r - average).powi(2)).sum();
        let n = returns.len() as f64;
        let error = (returns.len() > 1).then(|| (spread / (n * (n - 1.0))).sqrt());
        Got { cue: pursued.cue, mean: average, error, best: pursued.value, random: pursued.random }
    });
    Ok(OnFile {
        file: path.display().to_string(),
        episodes: episodes.len(),
        exact: solution.exact,
        rewards: rewards.collect(),
        mean_steps: mean(&episodes.iter().map(|e| e.actions.len() as f64).collect::<Vec<_>>()).unwrap_or_default(),
        outcomes: spec.is_decided().then(|| outcomes(&spec, &scored)),
    })
}

/// The level is solved once, and played once a copy.
fn scripted(levels: &dyn Pool, process: &Process, script: &Script, seed: u64) -> Result<Vec<Episode>, Failure> {
    let parts = script.parts(&levels.spec()).map_err(Failure::usage)?;
    let book = Book::new(levels, 0, process, MAX_STATES).map_err(Failure::job)?;
    let one = |i: usize| {
        let (mut acts, mut chance) = (Rng::keyed(seed, "file", i as u64), Rng::keyed(seed, "chance", i as u64));
        Episode::walked(i as u32, book.play(draw_part(&parts, &mut acts), None, &mut acts, &mut chance))
    };
    Ok((0..levels.len()).map(one).collect())
}

fn in_words(result: &OnFile, agent: &str, spec: &FamilySpec) -> String {
    let agent = misgen_report::visible(agent);
    let mut text = format!(
        "{agent} in {}, {}: {} episodes of {:.1} steps on average\n",
        spec.id(),
        misgen_report::visible(&result.file),
        result.episodes,
        result.mean_steps
    );
    if let Some(outcomes) = &result.outcomes {
        let mut shares = vec![format!("goal {:.1} %", outcomes.goal * 100.0)];
        shares.extend(outcomes.proxies.iter().map(|(name, share)| format!("{name} {:.1} %", share * 100.0)));
        shares.push(format!("ended without any {:.1} %", outcomes.died * 100.0));
        shares.push(format!("none in time {:.1} %", outcomes.neither * 100.0));
        let _ = writeln!(text, "what came first: {}", shares.join(", "));
    }
    let best = if result.exact { "optimal" } else { "planned" };
    let _ = writeln!(text, "{:<16} {:>9} {:>9} {best:>9} {:>9}", "return of", "mean", "error", "random");
    for got in &result.rewards {
        let error = got.error.map_or("-".into(), |error| format!("{error:.3}"));
        let _ = writeln!(text, "{:<16} {:>9.3} {error:>9} {:>9.3} {:>9.3}", got.cue, got.mean, got.best, got.random);
    }
    text
}
