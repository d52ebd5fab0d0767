//! Two runs side by side: who is held beside whom, and over which pairs.

use misgen_core::Role;
use misgen_evaluate::compare::{Comparison, Who, compare};
use misgen_evaluate::metric::Metric;
use misgen_evaluate::record::{Summary, SummaryVersions};

/// A committed run whose rows get seeds of their own: `corner` alone, agents at mixes 0 and 1.
fn run() -> Summary {
    let bytes = include_bytes!("../../../results/reference/quickstart/summary.json");
    let mut run: Summary = serde_json::from_slice(bytes).unwrap();
    run.rows.retain(|row| row.world == "corner" && ["training", "cheese-anywhere", "walls"].contains(&&*row.shift));
    for row in run.rows.iter_mut().filter(|row| row.mix.is_some()) {
        let base = if row.mix == Some(0.0) { 0.99 } else { 0.96 };
        row.seed_ids = (0..5).map(Some).collect();
        row.s_id_seeds = [0.0, 0.01, -0.01, 0.005, -0.005].map(|w| Some(base + w)).to_vec();
        row.s_train_seeds = row.s_id_seeds.clone();
        row.c_align_seeds = row.s_id_seeds.clone();
    }
    run
}

fn who(text: &str) -> Who {
    text.parse().unwrap()
}

fn held(base: &Summary, head: &Summary, of_base: &str, of_head: &str) -> Comparison {
    compare(base, head, Some(&who(of_base)), Some(&who(of_head)))
}

#[test]
fn an_agent_is_named_with_or_without_its_mix() {
    assert_eq!(who("ppo"), Who { agent: "ppo".into(), mix: None });
    assert_eq!(who("pursuer:goal@0.25"), Who { agent: "pursuer:goal".into(), mix: Some(0.25) });
    for bad in ["ppo@", "ppo@x", "ppo@2", "ppo@NaN"] {
        assert!(bad.parse::<Who>().unwrap_err().contains("as in ppo@0.1"), "{bad}");
    }
}

#[test]
fn a_run_beside_itself_has_not_changed() {
    let run = run();
    let same = compare(&run, &run, None, None);
    assert!(same.contrasts.iter().all(|c| c.base == c.head && c.pairs == 5));
    assert!(same.contrasts.iter().all(|c| c.difference.unwrap().change == 0.0 && c.improvement.probability == 0.5));
    // Per mix: S_ID once, goal transfer of two shifts, capability of the one with twins; scripted players only when named.
    let numbers: Vec<(Metric, Role)> = same.contrasts.iter().take(4).map(|c| (c.metric, c.role)).collect();
    assert_eq!(
        numbers,
        [
            (Metric::SId, Role::Training),
            (Metric::Gt, Role::Conflict),
            (Metric::CAlign, Role::Conflict),
            (Metric::Gt, Role::Nuisance)
        ]
    );
    assert_eq!(same.contrasts.len(), 8);
    assert!(!held(&run, &run, "random", "random").contrasts.is_empty());
}

#[test]
fn pairs_are_of_equal_seeds_whatever_their_places() {
    let base = run();
    let mut head = run();
    for row in head.rows.iter_mut().filter(|row| row.mix.is_some()) {
        row.seed_ids.reverse();
        row.gt_seeds.reverse();
        row.s_id_seeds.reverse();
        row.s_train_seeds.reverse();
        row.c_align_seeds.reverse();
    }
    let same = compare(&base, &head, None, None);
    assert!(same.contrasts.iter().all(|c| {
        let d = c.difference.unwrap();
        let floor = d.high - d.low < 0.02;
        d.change == 0.0 && floor && c.pairs == 5
    }));
    // A seed without a result is in no pair; seeds that nobody else has make groups.
    for row in head.rows.iter_mut().filter(|row| row.mix.is_some()) {
        row.seed_ids[0] = None;
    }
    assert!(compare(&base, &head, None, None).contrasts.iter().all(|c| c.pairs == 4));
    for row in head.rows.iter_mut().filter(|row| row.mix.is_some()) {
        row.seed_ids = (5..10).map(Some).collect();
    }
    let groups = compare(&base, &head, None, None);
    assert!(groups.contrasts.iter().all(|c| c.pairs == 0 && c.difference.unwrap().change.abs() < 1e-12));
}

#[test]
fn what_a_mitigation_costs_stands_beside_what_it_gains() {
    let run = run();
    let found = held(&run, &run, "ppo@0", "ppo@1");
    let [tax] = &found.taxes[..] else { panic!("one tax, not {:?}", found.taxes) };
    assert!((tax.tax.change - 0.03).abs() < 1e-12, "{tax:?}");
    // Equal noise in equal seeds: the interval is what one level is worth.
    assert!(tax.tax.low > 0.02 && tax.tax.high < 0.04 && tax.tax.low < tax.tax.high);
    assert!(tax.gained.unwrap().low > 1.0);
    assert!(found.notes.iter().any(|note| note.contains("own training law")));
    let back = held(&run, &run, "ppo@1", "ppo@0");
    assert!((back.taxes[0].tax.change + 0.03).abs() < 1e-12);
    let gt = found.contrasts.iter().find(|c| c.metric == Metric::Gt).unwrap();
    assert_eq!((gt.improvement.probability, gt.pairs), (1.0, 5));
}

#[test]
fn agents_of_equal_name_are_compared_at_equal_mixes() {
    let base = run();
    let mut head = run();
    for row in &mut head.rows {
        row.agent = row.agent.replace("ppo", "ppo-2");
    }
    assert!(compare(&base, &head, None, None).contrasts.is_empty());
    let found = held(&base, &head, "ppo", "ppo-2");
    assert_eq!(found.contrasts.len(), 8);
    assert!(found.contrasts.iter().all(|c| c.base.mix == c.head.mix));
    // One mix on one side: every mix of the other is held beside it.
    assert_eq!(held(&base, &head, "ppo", "ppo-2@1").contrasts.len(), 8);
    assert!(held(&base, &head, "ppo", "ppo-2@0.5").contrasts.is_empty());
}

#[test]
fn numbers_of_other_versions_are_not_compared() {
    let base = run();
    let mut head = run();
    for row in &mut head.rows {
        row.family_version += 1;
    }
    let found = compare(&base, &head, None, None);
    assert!(found.contrasts.is_empty() && found.notes[0].contains("corner is of another family or version"));
    let (mut base, mut head) = (run(), run());
    base.versions = Some(SummaryVersions { pool: 1, metric: 1, agent: None });
    head.versions = Some(SummaryVersions { pool: 1, metric: 2, agent: None });
    let found = compare(&base, &head, None, None);
    assert!(found.contrasts.is_empty() && found.notes[0].contains("different versions"), "{:?}", found.notes);
}
