//! `misgen solve`: the best that can be done on one level, and how.

use super::level_file;
use super::world::{family, knobs, law, one_level, shift};
use crate::args::SolveArgs;
use crate::failure::Failure;
use crate::output;
use misgen_core::{LevelKey, Pool, Registry, Rng, Role, ShiftSpec};
use misgen_evaluate::pools::{merged, process};
use misgen_evaluate::solution::{Screening, Solution, screening, solve as solved};
use misgen_report::{Style, draw_level, level_header, wrap};
use misgen_solve::Process;
use serde_json::json;
use std::fmt::Write as _;

pub(crate) fn solve(args: &SolveArgs, registry: Registry) -> Result<u8, Failure> {
    let family = family(registry, &args.family)?;
    let spec = family.spec();
    let shift = args.shift.as_deref().map(|name| shift(&spec, name)).transpose()?;
    let world = knobs(family, &args.world)?;
    let all = shift.as_ref().map_or_else(|| world.clone(), |shift| merged(&world, &shift.knobs));
    let level: Box<dyn Pool> = match &args.file {
        Some(path) => level_file::levels(path, family, &all, 1)?,
        None => {
            let key = args.level.as_deref().map(str::parse::<LevelKey>).transpose().map_err(Failure::usage)?;
            let (_, law) = law(&spec, &args.world)?;
            let ties = match (&key, &shift) {
                (Some(key), _) => key.ties,
                (None, Some(shift)) => shift.ties,
                (None, None) => law.draw(&mut Rng::keyed(0, "law", args.seed)),
            };
            one_level(family, &all, key.as_ref(), args.seed, &ties)?
        }
    };
    let spec = level.spec();
    let process = match &shift {
        Some(shift) => process(&spec, shift, level.limit()),
        None => Process::new(spec.gamma, level.limit()),
    };
    let mut solution = solved(&*level, 0, &process).map_err(Failure::job)?;
    // Where nobody says for which, a level is held to the shift that the family is about.
    let main = spec.shifts.iter().find(|shift| shift.role == Role::Conflict).map(ShiftSpec::from);
    if let Some(shift) = shift.clone().or(main) {
        solution.screening = screening(&*level, 0, &shift).map_err(Failure::job)?;
    }
    let key = level.key(0);
    if args.json {
        let id = key.map(|key| key.to_string());
        let text = level.text(0);
        output::json(&json!({
            "family": spec.id(), "id": id, "shift": args.shift, "knobs": all, "level": text, "solution": solution
        }))?;
        return Ok(0);
    }
    let style = output::style(args.ascii);
    let mut text = match (&key, &args.file) {
        (Some(key), _) => {
            let mut head = level_header(&spec, shift.as_ref(), key, &style);
            if args.level.is_some() && shift.is_none() {
                head[0] = spec.id();
            }
            head.join("\n") + &format!("\nid: {key}\n")
        }
        (None, path) => {
            let path = path.as_ref().map_or(String::new(), |path| path.display().to_string());
            style.safe(&format!("{}, {path}", spec.id())) + "\n"
        }
    };
    text.push_str(&draw_level(&level.obs_spec(), &level.replay(0, &[], &[]).remove(0), &style));
    text.push_str(&in_words(&solution, &style));
    output::document(&text)?;
    Ok(0)
}

/// The solution for a reader.
fn in_words(solution: &Solution, style: &Style) -> String {
    let states = solution.states.map_or(String::new(), |states| format!(" {states} states;"));
    let how = match (solution.exact, solution.chance) {
        (true, Some(true)) => "values are exact means over chance;",
        (true, _) => "values are exact;",
        (false, _) => {
            "values are planned, not exact (means of rollouts of the declared planner, with standard errors);"
        }
    };
    let mut text = format!("\n{how}{states} at most {} steps, discount {}\n\n", solution.limit, solution.gamma);
    let _ = writeln!(text, "{:<16} {:>8} {:>8} {:>15} {:>6}", "pursued", "return", "random", "worth to goal", "steps");
    for pursued in &solution.pursued {
        let steps = pursued.steps.map_or("-".into(), |steps| steps.to_string());
        let error = pursued.error.map_or(String::new(), |error| format!("  (± {error:.3})"));
        let _ = writeln!(
            text,
            "{:<16} {:>8.3} {:>8.3} {:>15.3} {steps:>6}{error}",
            pursued.cue, pursued.value, pursued.random, pursued.goal_value
        );
    }
    text.push('\n');
    let width = usize::from(style.width.unwrap_or(100)).clamp(40, 100);
    for pursued in solution.pursued.iter().filter(|pursued| !pursued.path.is_empty()) {
        text.push_str(&wrap(&runs(&pursued.path), width, &format!("{}: ", pursued.cue), "    "));
    }
    if let Some(screening) = &solution.screening {
        text.push_str(&wrap(&screened(screening), width, "", "    "));
    }
    style.safe_lines(&text)
}

fn screened(screening: &Screening) -> String {
    let shift = &screening.shift;
    match (&screening.reason, screening.nearer) {
        (Some(reason), _) => format!("screening for `{shift}` would refuse it: {reason}"),
        (None, Some("same") | None) => format!("screening for `{shift}` would keep it"),
        (None, Some(nearer)) => format!("screening for `{shift}` would keep it; the {nearer} is nearer"),
    }
}

/// A path with repeated actions counted: `right ×3, up`.
fn runs(path: &[&str]) -> String {
    let one = |run: &[&str]| if run.len() > 1 { format!("{} ×{}", run[0], run.len()) } else { run[0].to_owned() };
    path.chunk_by(|a, b| a == b).map(one).collect::<Vec<_>>().join(", ")
}
