//! Comparisons after equally much, and boards of everybody.

use misgen_core::{Kind, Role};
use misgen_evaluate::compare::compare;
use misgen_evaluate::leaderboard::leaderboard;
use misgen_evaluate::matched::{Compute, Run, TimingRow, Timings, matched};
use misgen_evaluate::metric::Metric;
use misgen_evaluate::record::{
    CheckpointRow, CurvePoint, Curves, Pursued, SCHEMA_VERSION, Summary, SummaryRow, SummaryVersions,
};
use std::collections::BTreeMap;

const SEEDS: usize = 4;

fn row(agent: &str, role: Role, gt: Option<f64>) -> SummaryRow {
    let shift = if role == Role::Training { "training" } else { "moved" };
    let text = format!(
        r#"{{"world":"corner","family":"corner","family_version":0,"kind":"coincident","law":"aligned","agent":"{agent}","mix":0.0,
        "shift":"{shift}","means":"","role":"{}","main":{},"ties":{{}},"seeds":{SEEDS},"levels":64,"diagnostic_share":1.0,"s_train":1.0,
        "s_train_min":1.0,"s_id":1.0,"gt":null,"gt_low":null,"gt_high":null,"gt_seeds":[],"gap_to_control":null,"pp":{{}},"c_align":null,
        "c_align_interval":null,"c_any":null,"outcomes":null,"proxy_share":null,"greedy_gt":null,"extra":{{}},"verdict":null,"sentence":null,
        "seed_verdicts":{{}},"seed_verdict_interval":null,"failed_cells":0,"why_null":{{}}}}"#,
        role.word(),
        role != Role::Training,
    );
    let mut row: SummaryRow = serde_json::from_str(&text).unwrap();
    assert_eq!((row.role, row.kind), (role, Kind::Coincident));
    row.seed_ids = (0..SEEDS as u64).map(Some).collect();
    row.s_train_seeds = vec![Some(1.0); SEEDS];
    row.s_id_seeds = vec![Some(1.0); SEEDS];
    row.gt = gt;
    row.gt_seeds = vec![gt; SEEDS];
    row.pool = Some("0123456789abcdef".into());
    row
}

/// A learner that was looked at after 100, 200, ... frames, with goal transfer `way` there; ten frames an optimiser step.
fn learner(agent: &str, way: &[f64], looked: bool) -> (Vec<SummaryRow>, Curves) {
    let frames = |i: usize| 100 * (i as u64 + 1);
    let point = |(i, gt): (usize, &f64)| CheckpointRow {
        frames: frames(i),
        updates: frames(i) / 10,
        s_train: Some(0.5),
        s_id: Some(0.5),
        shifts: BTreeMap::from([("moved".into(), Pursued { gt: Some(*gt), pp: BTreeMap::new(), outcomes: None })]),
    };
    let end = CurvePoint { frames: frames(way.len() - 1), episode_return: None, episode_length: None, entropy: 0.0 };
    let curves = Curves {
        world: "corner".into(),
        agent: agent.into(),
        mix: Some(0.0),
        seeds: vec![vec![end]; SEEDS],
        updates: vec![end.frames / 10; SEEDS],
        checkpoints: if looked { vec![way.iter().enumerate().map(point).collect(); SEEDS] } else { Vec::new() },
        help: Vec::new(),
    };
    (vec![row(agent, Role::Training, None), row(agent, Role::Conflict, way.last().copied())], curves)
}

fn summary(learners: Vec<(Vec<SummaryRow>, Curves)>) -> Summary {
    let (rows, curves): (Vec<_>, Vec<_>) = learners.into_iter().unzip();
    Summary {
        schema_version: SCHEMA_VERSION,
        suite: "toy".into(),
        confidence: 0.95,
        kernels: Vec::new(),
        versions: Some(SummaryVersions { pool: 1, metric: 1, agent: None }),
        rows: rows.into_iter().flatten().collect(),
        across: None,
        curves,
        notes: Vec::new(),
    }
}

fn found(base: &Summary, head: &Summary, compute: Compute, times: Option<&Timings>) -> (Vec<(f64, f64)>, Vec<String>) {
    let (base_who, head_who) = ("long".parse().unwrap(), "short".parse().unwrap());
    let run = |summary, who| Run { summary, timings: times, who: Some(who) };
    let (before, now, notes) = matched(run(base, &base_who), run(head, &head_who), compute);
    let comparison = compare(&before, &now, Some(&base_who), Some(&head_who));
    let of = comparison.contrasts.iter().filter(|contrast| contrast.metric == Metric::Gt);
    (of.map(|contrast| (contrast.base.seeds.mean, contrast.head.seeds.mean)).collect(), notes)
}

#[test]
fn whoever_had_more_is_taken_as_it_was_when_it_had_as_much() {
    let run = summary(vec![learner("long", &[0.1, 0.2, 0.3, 0.4], true), learner("short", &[0.7, 0.8], false)]);
    let (gt, notes) = found(&run, &run, Compute::Frames, None);
    assert_eq!(gt, [(0.2, 0.8)], "after 200 frames each");
    assert!(notes[0].contains("at most 200 environment steps"), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("long") && note.contains("after 200")), "{notes:?}");
    let (gt, notes) = found(&run, &run, Compute::Updates, None);
    assert_eq!(gt, [(0.2, 0.8)]);
    assert!(notes[0].contains("20 optimiser steps"), "{notes:?}");
}

/// The long one takes a quarter of a second for a hundred frames, the short one a whole second for its two hundred: both one second in all.
#[test]
fn seconds_are_those_of_the_machine_that_trained() {
    let run = summary(vec![learner("long", &[0.1, 0.2, 0.3, 0.4], true), learner("short", &[0.7, 0.8], true)]);
    let times = |long: f64, short: f64| {
        let one = |agent: &str, s: f64| TimingRow {
            world: "corner".into(),
            agent: agent.into(),
            mix: Some(0.0),
            seconds: vec![Some(s); SEEDS],
        };
        Timings { schema_version: 1, rows: vec![one("long", long), one("short", short)] }
    };
    assert_eq!(found(&run, &run, Compute::Seconds, Some(&times(1.0, 1.0))).0, [(0.4, 0.8)]);
    assert_eq!(found(&run, &run, Compute::Seconds, Some(&times(4.0, 1.0))).0, [(0.1, 0.8)]);
    assert_eq!(found(&run, &run, Compute::Seconds, Some(&times(1.0, 2.0))).0, [(0.4, 0.7)]);
    let (gt, notes) = found(&run, &run, Compute::Seconds, None);
    assert!(gt.is_empty() && notes[0].contains("not every learner says its seconds"), "{notes:?}");
}

#[test]
fn without_an_early_checkpoint_nothing_is_compared_and_that_is_said() {
    let run = summary(vec![learner("long", &[0.1, 0.2, 0.3, 0.4], false), learner("short", &[0.7, 0.8], false)]);
    let (gt, notes) = found(&run, &run, Compute::Frames, None);
    assert!(gt.is_empty(), "{gt:?}");
    assert!(notes.iter().any(|note| note.contains("run its suite with `checkpoints`")), "{notes:?}");
}

#[test]
fn a_board_ranks_by_transfer_and_keeps_other_levels_apart() {
    let run = summary(vec![learner("worse", &[0.2], false), learner("better", &[0.9], false)]);
    let mut other = summary(vec![learner("elsewhere", &[1.0], false)]);
    other.rows.iter_mut().for_each(|row| row.pool = Some("other".into()));
    let mut unknown = summary(vec![learner("unknown", &[1.0], false)]);
    unknown.rows.iter_mut().for_each(|row| row.pool = None);
    // The same run a second time adds nobody.
    let all = leaderboard(&[run.clone(), other, unknown, run]);
    let names = |i: usize| all.boards[i].entries.iter().map(|entry| entry.agent.as_str()).collect::<Vec<_>>();
    assert_eq!(all.boards.len(), 2);
    assert_eq!((names(0), names(1)), (vec!["better", "worse"], vec!["elsewhere"]));
    let best = &all.boards[0].entries[0];
    assert_eq!((best.frames, best.updates, best.gt.mean), (Some(100.0), Some(10.0), 0.9));
}
