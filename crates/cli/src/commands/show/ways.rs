//! The ways of optimal players, to draw and in words.

use super::level::{Shown, Side};
use crate::failure::Failure;
use misgen_core::{Ended, FamilySpec};
use misgen_evaluate::pools::MAX_STATES;
use misgen_evaluate::way::{PursuerWay, places, pursuer_way};
use misgen_report::Way;
use misgen_solve::{Behaviour, Book, Script};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Ways over one level.
pub(super) struct Ways {
    pub(super) drawn: Vec<Way>,
    /// The same for programs.
    pub(super) facts: Vec<Value>,
}

/// Actions in words, at most so many runs of them.
const RUNS: usize = 8;

/// The ways of the players of `wanted` on each side of `shown`.
pub(super) fn ways(shown: &Shown, wanted: &[String]) -> Result<Vec<Ways>, Failure> {
    let spec = &shown.spec;
    let mut cues = BTreeSet::new();
    for name in wanted {
        if name == "all" {
            cues.extend(0..spec.all_rewards().len());
            continue;
        }
        let parts = Script::Pursuer(name.clone()).parts(spec).map_err(Failure::usage)?;
        cues.extend(parts.iter().filter_map(|(_, behaviour)| match behaviour {
            Behaviour::Pursue(cue) => Some(*cue),
            _ => None,
        }));
    }
    shown.sides().iter().map(|side| on(shown, side, &cues)).collect()
}

fn on(shown: &Shown, side: &Side<'_>, cues: &BTreeSet<usize>) -> Result<Ways, Failure> {
    let mut ways = Ways { drawn: Vec::new(), facts: Vec::new() };
    if cues.is_empty() {
        return Ok(ways);
    }
    let (spec, pool) = (&shown.spec, &**side.pool);
    let book = Book::new(pool, shown.place, &side.process, MAX_STATES).map_err(Failure::job)?;
    for &cue in cues {
        let found = pursuer_way(pool, shown.place, &side.process, &book, cue);
        let frames = pool.replay(shown.place, &found.episode.actions, &found.episode.chances);
        let obs = pool.obs_spec();
        let name = spec.cues.get(cue).map_or("training", |cue| cue.name).to_owned();
        let mut way = Way { cue, name, cells: places(&obs, &frames), words: String::new() };
        way.words = words(spec, &found, way.moves());
        let named: Vec<&str> = found.episode.actions.iter().map(|action| spec.actions[usize::from(*action)]).collect();
        let cells: Vec<[usize; 2]> = way.cells.iter().map(|cell| [cell / obs.width, cell % obs.width]).collect();
        ways.facts.push(json!({
            "cue": way.name, "actions": named, "cells": cells, "return": found.own, "goal_return": found.goal,
        }));
        ways.drawn.push(way);
    }
    Ok(ways)
}

/// Steps, returns and actions of a way.
fn words(spec: &FamilySpec, way: &PursuerWay, moves: bool) -> String {
    let steps = way.episode.actions.len();
    let mut out = format!("{steps} step{}", if steps == 1 { "" } else { "s" });
    if way.episode.ended == Ended::Truncated {
        out += " (the limit)";
    }
    out += &format!(", return {}", number(way.own));
    if way.cue > 0 {
        out += &format!(", goal's {}", number(way.goal));
    }
    if spec.is_planned() {
        out += ", one episode of the planner";
    } else if !way.episode.chances.is_empty() {
        out += ", one draw of chance";
    }
    match runs(spec, &way.episode.actions) {
        // What is drawn need not be told at length.
        (_, false) if moves => out,
        (actions, _) if moves => format!("{out}; {actions}"),
        (actions, true) => format!("{out}; it does not move from its cell: {actions}"),
        (actions, false) => format!("{out}; it does not move from its cell: {actions}, ..."),
    }
}

/// Two decimals, never `-0.00`.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    if text == "-0.00" { "0.00".into() } else { text }
}

/// `right 3, down`: the first actions, repeated ones once, and whether they are all.
fn runs(spec: &FamilySpec, actions: &[u8]) -> (String, bool) {
    let runs: Vec<String> = actions
        .chunk_by(|a, b| a == b)
        .map(|run| match (spec.actions[usize::from(run[0])], run.len()) {
            (name, 1) => name.to_owned(),
            (name, times) => format!("{name} {times}"),
        })
        .collect();
    (runs[..runs.len().min(RUNS)].join(", "), runs.len() <= RUNS)
}
