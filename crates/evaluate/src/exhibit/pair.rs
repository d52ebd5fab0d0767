//! Two players on one shift, paired by seed and level.

use super::choose::chosen_pairs;
use super::row::Played;
use super::shelf::Shelf;
use super::{Crossing, Replay};
use crate::attribute::trace::Trace;
use crate::episode::EpisodeRecord;
use crate::row::EvaluateError;
use misgen_core::Policy;
use std::collections::BTreeMap;

/// Two players on the levels of one pool.
pub struct SideBySide<'a> {
    /// What is compared with. Its shown seed is the one shown of both.
    pub base: Played<'a>,
    /// What is compared.
    pub head: Played<'a>,
}

impl SideBySide<'_> {
    /// The seeds that both have; where they have none in common, the first with the first and so on.
    #[must_use]
    pub fn seeds(&self) -> Vec<(u64, u64)> {
        let (base, head) = (self.base.seeds, self.head.seeds);
        let known = |seed: &u64| head.iter().any(|(other, _)| other == seed);
        let common: Vec<(u64, u64)> =
            base.iter().map(|(seed, _)| *seed).filter(known).map(|seed| (seed, seed)).collect();
        if common.is_empty() { base.iter().zip(head).map(|(a, b)| (a.0, b.0)).collect() } else { common }
    }

    /// Outcomes on the same level, over all pairs of seeds; and the number of different levels.
    #[must_use]
    pub fn crossings(&self) -> (Vec<Crossing>, usize) {
        let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        let mut levels = std::collections::BTreeSet::new();
        for seeds in self.seeds() {
            for (base, head) in self.pairs(seeds) {
                *counts.entry((&base.outcome, &head.outcome)).or_default() += 1;
                levels.insert(base.level);
            }
        }
        let one =
            |((base, head), count): ((&str, &str), usize)| Crossing { base: base.into(), head: head.into(), count };
        let mut found: Vec<Crossing> = counts.into_iter().map(one).collect();
        found.sort_by_key(|crossing| std::cmp::Reverse(crossing.count));
        (found, levels.len())
    }

    /// Episodes to watch, and why what the nets thought of some is missing.
    ///
    /// # Errors
    /// When a policy fails or a level cannot be solved.
    pub fn replays(
        &self,
        minds: [Option<&mut dyn Policy>; 2],
        shelf: &mut Shelf,
    ) -> Result<(Vec<Replay>, Option<String>), EvaluateError> {
        let (mut replays, mut note) = (Vec::new(), None);
        let Some(seeds) = self.seeds().into_iter().find(|(base, _)| *base == self.base.shown) else {
            return Ok((replays, note));
        };
        let pairs = self.pairs(seeds);
        let picked = chosen_pairs(&pairs);
        let ids: Vec<u32> = picked.iter().map(|(i, _)| pairs[*i].0.level).collect();
        let mut thoughts: [Vec<Trace>; 2] = [Vec::new(), Vec::new()];
        let sides = [(&self.base, seeds.0), (&self.head, seeds.1)];
        for ((kept, mind), (played, seed)) in thoughts.iter_mut().zip(minds).zip(sides) {
            if let Some(policy) = mind {
                *kept = played.thoughts(policy, seed, false, ids.clone())?;
            }
        }
        for (i, why) in picked {
            let (before, now) = pairs[i];
            let level = before.level as usize;
            let base = self.base.track(before, thoughts[0].get(level), shelf, &mut note)?;
            let head = self.head.track(now, thoughts[1].get(level), shelf, &mut note)?;
            replays.push(Replay { why, seed: seeds.1, shown: head, twin: Some(base) });
        }
        Ok((replays, note))
    }

    /// Sampled episodes of one pair of seeds on the same level, in the order of the pool.
    fn pairs(&self, seeds: (u64, u64)) -> Vec<(&EpisodeRecord, &EpisodeRecord)> {
        let of = |played: &'_ Played<'_>, seed: u64| -> BTreeMap<u32, usize> {
            let records = records(played, seed).iter().enumerate();
            let shown = records.filter(|(_, r)| r.play == "sampled" && !r.twin && played.is_episode(r));
            shown.map(|(i, r)| (r.level, i)).collect()
        };
        let (base, head) = (of(&self.base, seeds.0), of(&self.head, seeds.1));
        let (before, now) = (records(&self.base, seeds.0), records(&self.head, seeds.1));
        base.iter().filter_map(|(level, i)| Some((&before[*i], &now[*head.get(level)?]))).collect()
    }
}

fn records<'a>(played: &Played<'a>, seed: u64) -> &'a [EpisodeRecord] {
    played.seeds.iter().find(|(known, _)| *known == seed).map_or(&[], |(_, records)| records)
}
