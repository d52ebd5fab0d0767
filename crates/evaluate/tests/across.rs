//! A run across its families: what is put together, and what is left out.

use misgen_evaluate::across::{Across, AcrossAgent, across};
use misgen_evaluate::compare::compare;
use misgen_evaluate::record::{Summary, SummaryRow, Verdict};
use misgen_evaluate::stats::across::{Scores, iqm, optimality_gap};
use misgen_evaluate::stats::bootstrap::stratified;

/// The committed run of all families.
fn run() -> Summary {
    serde_json::from_slice(include_bytes!("../../../results/reference/families/summary.json")).unwrap()
}

fn of(across: &Across, mix: f64) -> &AcrossAgent {
    across.agents.iter().find(|a| a.agent == "ppo" && a.mix == Some(mix)).unwrap()
}

fn main_rows(run: &Summary, mix: f64) -> Vec<&SummaryRow> {
    run.rows.iter().filter(|r| r.main && r.mix == Some(mix) && r.gt.is_some()).collect()
}

/// The rows of the main conflict shifts at mix 0 for two families, the first of them in two worlds.
fn three_worlds() -> Vec<SummaryRow> {
    let run = run();
    let (one, two) = (main_rows(&run, 0.0)[0].clone(), main_rows(&run, 0.0)[1].clone());
    assert_ne!(one.family, two.family);
    let mut again = one.clone();
    again.world = "again".into();
    let seeds = |row: &mut SummaryRow, values: [f64; 5]| {
        row.gt_seeds = values.map(Some).to_vec();
        row.seed_ids = (0..5).map(Some).collect();
    };
    let (mut one, mut two) = (one, two);
    seeds(&mut one, [0.0, 0.1, 0.2, 0.3, 0.4]);
    seeds(&mut again, [0.4, 0.3, 0.2, 0.1, 0.0]);
    seeds(&mut two, [0.8, 0.9, 1.0, 1.1, 0.7]);
    vec![one, again, two]
}

#[test]
fn the_numbers_are_those_of_the_seeds_of_the_main_conflict_shifts() {
    let run = run();
    let found = across(&run.rows).unwrap();
    assert_eq!(found.agents.len(), 2, "the learners at two mixes, and no scripted player");
    for mix in [0.0, 1.0] {
        let rows = main_rows(&run, mix);
        let tasks = rows.iter().map(|row| row.gt_seeds.iter().map(|v| v.unwrap()).collect()).collect();
        let scores = Scores::new(tasks).unwrap();
        let agent = of(&found, mix);
        assert_eq!((agent.families.len(), agent.least_seeds, agent.failed_cells), (rows.len(), 5, 0));
        assert!(agent.families.len() > 10 && !agent.families.contains(&"forest".to_owned()), "{:?}", agent.families);
        assert_eq!(agent.iqm.value, iqm(&scores));
        assert_eq!(agent.optimality_gap.value, optimality_gap(&scores, 1.0));
        let interval = stratified([&scores], found.replicates, 0, |[s]| iqm(s)).unwrap();
        assert_eq!((agent.iqm.low, agent.iqm.high), (Some(interval.0), Some(interval.1)));
    }
    // What the reference run is there to show.
    assert!(of(&found, 0.0).iqm.high.unwrap() < 0.2 && of(&found, 1.0).iqm.low.unwrap() > 0.9);
    assert_eq!(found.improvements, [], "one learner at each mix has nobody to be held beside");
}

#[test]
fn a_family_with_two_worlds_counts_once() {
    let found = across(&three_worlds()).unwrap();
    let agent = of(&found, 0.0);
    assert_eq!(agent.families.len(), 2);
    // Every seed of the first family has the mean .2 over its worlds, of the second .7 to 1.1.
    assert!((agent.optimality_gap.value - (0.8 + 0.12) / 2.0).abs() < 1e-12, "{agent:?}");
    assert!(agent.iqm.low.unwrap() >= 0.2);
    assert_eq!(across(&three_worlds()[..2]), None, "two worlds of one family are no two families");
}

#[test]
fn seeds_without_a_result_leave_their_family_with_fewer() {
    let mut rows = three_worlds();
    (rows[2].gt_seeds[4], rows[2].seed_ids[4], rows[2].failed_cells) = (None, None, 1);
    // The first world lacks seed 2: that seed has no mean over both.
    (rows[0].gt_seeds[2], rows[0].failed_cells) = (None, 1);
    rows[0].verdict = Some(Verdict::Insufficient);
    let found = across(&rows).unwrap();
    let agent = of(&found, 0.0);
    assert_eq!((agent.least_seeds, agent.most_seeds, agent.failed_cells), (4, 4, 2));
    assert_eq!(agent.unjudged, 1);
    assert!((agent.optimality_gap.value - (0.8 + 0.075) / 2.0).abs() < 1e-12, "{agent:?}");
    // One seed in a family is a number without an interval.
    rows[2].gt_seeds[1..].fill(None);
    let agent = of(&across(&rows).unwrap(), 0.0).clone();
    assert_eq!((agent.least_seeds, agent.iqm.low, agent.iqm.high), (1, None, None));
    // A family without any is left out, and then there is only one.
    rows[2].gt_seeds.fill(None);
    assert_eq!(across(&rows), None);
}

#[test]
fn learners_at_equal_mixes_are_held_beside_each_other() {
    let mut run = run();
    let plain = run.rows.clone();
    for (name, by) in [("better", 0.3), ("equal", 0.0)] {
        let mut other: Vec<SummaryRow> = plain.iter().filter(|row| row.mix.is_some()).cloned().collect();
        for row in &mut other {
            row.agent = name.into();
            row.gt_seeds.iter_mut().flatten().for_each(|gt| *gt += by);
        }
        run.rows.extend(other);
    }
    let found = across(&run.rows).unwrap();
    // Three learners: three pairs at each of two mixes.
    assert_eq!((found.agents.len(), found.improvements.len()), (6, 6));
    for pair in &found.improvements {
        assert_eq!(pair.base_mix, pair.head_mix);
        assert!(pair.p <= pair.p_holm && pair.p_holm <= 1.0);
        let names = (pair.base.as_str(), pair.head.as_str());
        let sure = match names {
            ("ppo", "better") => pair.improvement.low > 0.5,
            ("better", "equal") => pair.improvement.high < 0.5,
            ("ppo", "equal") => pair.improvement.probability == 0.5,
            _ => panic!("{names:?}"),
        };
        assert!(sure, "{pair:?}");
        assert_eq!(pair.p_holm < 0.05, names != ("ppo", "equal"), "{pair:?}");
    }
    let least = found.improvements.iter().min_by(|a, b| a.p.total_cmp(&b.p)).unwrap();
    assert!((least.p_holm - 6.0 * least.p).abs() < 1e-12, "adjusted over all six");
}

#[test]
fn two_runs_are_compared_across_their_families_too() {
    let run = run();
    let same = compare(&run, &run, None, None);
    assert_eq!(same.across.len(), 2);
    assert!(same.across.iter().all(|pair| pair.improvement.probability == 0.5 && pair.p_holm == 1.0));
    let (ppo0, ppo1) = ("ppo@0".parse().unwrap(), "ppo@1".parse().unwrap());
    let found = compare(&run, &run, Some(&ppo0), Some(&ppo1));
    let [pair] = &found.across[..] else { panic!("{:?}", found.across) };
    assert_eq!((pair.base_mix, pair.head_mix), (Some(0.0), Some(1.0)));
    assert!(pair.improvement.low > 0.9 && pair.p < 1e-6, "{pair:?}");
    // One family alone is no average over families.
    let mut corner = run;
    corner.rows.retain(|row| row.family == "corner");
    assert_eq!(compare(&corner, &corner, None, None).across, []);
}

#[test]
fn summaries_of_earlier_programs_still_read() {
    let run = run();
    let mut value = serde_json::to_value(&run).unwrap();
    value.as_object_mut().unwrap().remove("across");
    assert_eq!(serde_json::from_value::<Summary>(value).unwrap().across, None);
    let with = Summary { across: across(&run.rows), ..run };
    let text = serde_json::to_string(&with).unwrap();
    assert_eq!(serde_json::from_str::<Summary>(&text).unwrap(), with);
}
