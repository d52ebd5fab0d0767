//! `misgen eval human:FILE`: people whose episodes were recorded.

use super::world::{family, knobs, shift};
use crate::args::EvalArgs;
use crate::failure::Failure;
use crate::{output, play};
use misgen_core::Registry;
use misgen_evaluate::human::{Coverage, HumanError, Played, score};
use misgen_evaluate::summary::{Group, summarise};
use misgen_report as report;
use serde_json::json;
use std::path::Path;

pub(super) fn eval(args: &EvalArgs, file: &str, registry: Registry) -> Result<u8, Failure> {
    let family = family(registry, &args.family)?;
    let spec = family.spec();
    if !args.files.is_empty() {
        return Err(Failure::usage("--file: people are recorded on levels of pools, not on levels of files"));
    }
    if args.palette.is_some() {
        return Err(Failure::usage("--palette: people are shown characters, not pixels"));
    }
    for name in &args.shifts {
        shift(&spec, name)?;
    }
    let path = Path::new(file);
    let at = |why: String| Failure::usage(format!("{file}: {why}"));
    if misgen_store::Fs::inspect(&misgen_store::RealFs, path).is_ok_and(|found| found.is_none()) {
        return Err(Failure::usage(format!("no recording `{file}`")));
    }
    let lines = play::read_recording(path)?;
    let own = lines.iter().find(|(_, record)| record.is_of(&spec));
    if let Some((line, record)) = own {
        let given = knobs(family, &args.world)?;
        if !args.world.knobs.is_empty() && given != record.knobs {
            return Err(at(format!("line {line} has the knobs {}, --knob asks for {given}", record.knobs)));
        }
        if args.world.law.as_ref().is_some_and(|law| *law != record.law) {
            return Err(at(format!("line {line} is of law `{}`, which --law does not ask for", record.law)));
        }
    }
    let played = score(family, &lines, &args.shifts).map_err(|error| match error {
        HumanError::Line(line) => at(line.to_string()),
        error => Failure::job(error),
    })?;
    let rows: usize = played.players.iter().map(|player| player.result.rows.len()).sum();
    if args.json {
        let played = json!({ "agent": "human", "family": spec.id(), "law": played.law, "players": played.players });
        output::json(&played)?;
    } else if rows > 0 {
        output::document(&in_words(&played, spec))?;
    }
    if rows == 0 {
        anstream::eprintln!("{file}: no first try of a level of {} that could be scored", spec.id());
        return Ok(3);
    }
    Ok(0)
}

fn in_words(played: &Played, spec: misgen_core::FamilySpec) -> String {
    let group = Group {
        world: spec.name.into(),
        law: played.law.clone(),
        spec,
        agent: "human".into(),
        mix: None,
        shifts: played.shifts.clone(),
        cells: played.players.iter().map(|player| Some(player.result.clone())).collect(),
    };
    let mut notes = vec![
        "A person counts as one seed: verdicts need five people and 64 levels each. Only the first try of a level counts."
            .to_owned(),
    ];
    for player in &played.players {
        let name = if player.player.is_empty() { "nobody named" } else { &player.player };
        notes.extend(player.played.iter().map(|coverage| format!("{name}: {}", covered(coverage))));
    }
    if played.elsewhere > 0 {
        notes.push(format!("{} episodes of other families are not looked at.", played.elsewhere));
    }
    report::table(&summarise("eval", &[group], notes), &output::style(false))
}

/// `cheese-anywhere, 12 of 64 levels, 10 of 64 twins; left out: 2 played again, 1 with steps taken back`.
fn covered(coverage: &Coverage) -> String {
    let Coverage { shift, levels, of, twins, of_twins, repeated, undone } = coverage;
    let twins = if *of_twins > 0 { format!(", {twins} of {of_twins} twins") } else { String::new() };
    let mut out = Vec::new();
    if *repeated > 0 {
        out.push(format!("{repeated} played again"));
    }
    if *undone > 0 {
        out.push(format!("{undone} with steps taken back"));
    }
    let out = if out.is_empty() { String::new() } else { format!("; left out: {}", out.join(", ")) };
    format!("{shift}, {levels} of {of} levels{twins}{out}")
}
