//! Which episodes are shown: by a rule, never by hand.

use crate::episode::EpisodeRecord;
use std::collections::BTreeMap;

/// Episodes of one player on one shift, at most.
const MOST: usize = 10;

/// How the episodes of a report are chosen, in words.
pub const RULE: &str = "Of each player the seed is shown whose goal transfer on the main conflict shift is the median (of two the lower). Of its \
    sampled episodes on a shift the typical one of each outcome comes first, outcomes in order of frequency: the one with the median number of \
    steps (of several the first in the pool). Then each outcome has its turn, in the order of the pool, until there are ten. Where no outcome is \
    decided by what comes first, ten episodes stand at even ranks by the goal's return, from the least to the most.";

/// Places in `records` of the episodes to show, and why each. `decided` says whether an outcome is which cue came first.
pub(super) fn chosen(records: &[&EpisodeRecord], decided: bool) -> Vec<(usize, String)> {
    if decided { by_outcome(records.iter().map(|r| (r.outcome.clone(), r.steps)).collect()) } else { by_rank(records) }
}

/// How the episodes of two players beside each other are chosen, in words.
pub const RULE_OF_PAIRS: &str = "The seed is shown whose goal transfer in the base is the median (of two the lower). Of its sampled episodes on a     shift, level by level, the typical one of each pair of outcomes comes first, pairs in order of frequency: the one in which the head takes the     median number of steps (of several the first in the pool). Then each pair has its turn, in the order of the pool, until there are ten. Pairs     whose outcomes differ stand before those that are equal.";

/// Places in `pairs` (base, head; each of one level) of those to show, and why each.
pub(super) fn chosen_pairs(pairs: &[(&EpisodeRecord, &EpisodeRecord)]) -> Vec<(usize, String)> {
    let label = |(base, head): &(&EpisodeRecord, &EpisodeRecord)| (crossing(base, head), head.steps);
    let mut found = by_outcome(pairs.iter().map(label).collect());
    found.sort_by_key(|(i, _)| pairs[*i].0.outcome == pairs[*i].1.outcome);
    found
}

/// Two outcomes on one level in words.
fn crossing(base: &EpisodeRecord, head: &EpisodeRecord) -> String {
    format!("{} → {}", base.outcome, head.outcome)
}

/// Episodes by what they are called and their steps.
fn by_outcome(episodes: Vec<(String, u32)>) -> Vec<(usize, String)> {
    let mut of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, (outcome, _)) in episodes.iter().enumerate() {
        of.entry(outcome).or_default().push(i);
    }
    let mut outcomes: Vec<(&str, Vec<usize>)> = of.into_iter().collect();
    outcomes.sort_by_key(|(_, places)| std::cmp::Reverse(places.len()));
    outcomes.truncate(MOST);
    let steps = |i: usize| episodes[i].1;
    let mut found = Vec::new();
    for (outcome, places) in &mut outcomes {
        let mut by_steps = places.clone();
        by_steps.sort_by_key(|i| (steps(*i), *i));
        let median = steps(by_steps[(by_steps.len() - 1) / 2]);
        let typical = places.iter().position(|i| steps(*i) == median).expect("the median is of one of them");
        found.push((places.remove(typical), format!("typical {outcome}")));
    }
    let longest = outcomes.iter().map(|(_, places)| places.len()).max().unwrap_or(0);
    let turns = (0..longest)
        .flat_map(|turn| outcomes.iter().filter_map(move |(outcome, places)| Some((*places.get(turn)?, *outcome))));
    let room = MOST - found.len();
    found.extend(turns.take(room).map(|(i, outcome)| (i, outcome.to_owned())));
    found
}

fn by_rank(records: &[&EpisodeRecord]) -> Vec<(usize, String)> {
    let mut order: Vec<usize> = (0..records.len()).collect();
    let goal = |i: usize| records[i].cues.first().map_or(0.0, |cue| cue.got);
    order.sort_by(|a, b| goal(*a).total_cmp(&goal(*b)).then(a.cmp(b)));
    let shown = MOST.min(order.len());
    let place = |k: usize| (2 * k + 1) * order.len() / (2 * shown);
    (0..shown)
        .map(|k| (order[place(k)], format!("rank {} of {} by the goal's return", place(k) + 1, order.len())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::episode::Scale;

    fn record(outcome: &str, steps: u32, got: f64) -> EpisodeRecord {
        EpisodeRecord {
            shift: "s".into(),
            role: misgen_core::Role::Conflict,
            twin: false,
            play: "sampled".into(),
            level: 0,
            level_id: None,
            knobs: String::new(),
            steps,
            terminated: true,
            outcome: outcome.into(),
            first_cue_step: None,
            shortest: None,
            training: Scale::default(),
            cues: vec![Scale { got, ..Scale::default() }],
            counts: BTreeMap::new(),
            actions: String::new(),
            chances: None,
            events: String::new(),
        }
    }

    fn shown(records: &[EpisodeRecord], decided: bool) -> Vec<(usize, String)> {
        chosen(&records.iter().collect::<Vec<_>>(), decided)
    }

    #[test]
    fn the_typical_of_each_outcome_comes_first_then_each_has_its_turn() {
        let mut records: Vec<_> = [5, 9, 7, 7, 30].map(|steps| record("mark", steps, 0.0)).into();
        records.extend([4, 6].map(|steps| record("goal", steps, 1.0)));
        let words: Vec<_> = shown(&records, true).into_iter().map(|(i, why)| format!("{i} {why}")).collect();
        assert_eq!(words, ["2 typical mark", "5 typical goal", "0 mark", "6 goal", "1 mark", "3 mark", "4 mark"]);
    }

    #[test]
    fn there_are_ten_at_most_and_each_once() {
        let records: Vec<_> = (0..40).map(|i| record(["goal", "mark", "neither"][i % 3], i as u32, 0.0)).collect();
        for decided in [true, false] {
            let mut places: Vec<_> = shown(&records, decided).into_iter().map(|(i, _)| i).collect();
            assert_eq!(places.len(), MOST);
            places.sort_unstable();
            places.dedup();
            assert_eq!(places.len(), MOST);
        }
        assert!(shown(&[], true).is_empty() && shown(&[], false).is_empty());
    }

    #[test]
    fn undecided_episodes_stand_at_even_ranks() {
        let records: Vec<_> = (0..100).rev().map(|i| record("goal", 1, f64::from(i))).collect();
        let returns: Vec<_> = shown(&records, false).iter().map(|(i, _)| records[*i].cues[0].got).collect();
        assert_eq!(returns, [5.0, 15.0, 25.0, 35.0, 45.0, 55.0, 65.0, 75.0, 85.0, 95.0]);
    }
}
