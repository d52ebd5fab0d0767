//! Rules about levels in play.

use super::Checker;
use misgen_core::{Ended, Events, Kind, LevelPlan, Rng, Split, StepView};
use serde_json::Value;
use std::sync::Arc;

/// Observations kept by patching equal those drawn afresh, nothing happens before the first step,
/// and lanes can be saved and restored at any step.
pub(super) fn play(c: &mut Checker<'_>) {
    let (spec, levels) = (c.spec, c.levels());
    for ties in spec.reachable_ties() {
        let Ok(mut pool) = c.family.pool(&Value::Null) else { return };
        for index in 0..levels as u64 {
            if pool.generate(0, Split::Check, index, &ties).is_err() {
                return;
            }
        }
        let pool: Arc<dyn misgen_core::Pool> = Arc::from(pool);
        let limit = pool.limit();
        let actions = spec.actions.len() as u32;

        c.rule("a rollout's observations equal the levels' own");
        let mut env = Arc::clone(&pool).batch(7, limit, Events::NONE);
        env.restart(&LevelPlan::Once { ids: (0..levels as u32).collect(), seed: 1 });
        let mut history: Vec<(Vec<u8>, Vec<u32>)> = vec![Default::default(); levels];
        let mut rng = Rng::keyed(0, "check", 0);
        let mut other = Arc::clone(&pool).batch(7, limit, Events::NONE);
        while env.view().level.iter().any(|&l| l != StepView::NO_LEVEL) {
            let chosen: Vec<u8> = (0..7).map(|_| rng.below(actions) as u8).collect();
            let saved = env.save();
            env.step(&chosen);
            let chances = env.chances().to_vec();
            let view = env.view();
            for lane in 0..7 {
                if view.ended[lane] == Ended::Idle {
                    continue;
                }
                let level = view.last_level[lane] as usize;
                history[level].0.push(chosen[lane]);
                history[level].1.push(chances[lane]);
                let fresh = pool.replay(level, &history[level].0, &history[level].1).pop().expect("a frame");
                let bytes = view.spec.bytes();
                let shown = if view.ended[lane] == Ended::No { view.obs } else { view.last_obs };
                c.expect(shown[lane * bytes..(lane + 1) * bytes] == fresh[..], || {
                    format!("level {level} after {} steps: `patch` and `observe` differ", history[level].0.len())
                });
            }
            let loaded = other.load(&saved);
            c.expect(loaded.is_ok(), || format!("saved lanes are refused: {loaded:?}"));
            other.step(&chosen);
            let same = (other.view().obs, other.view().events, other.view().ended, other.chances())
                == (env.view().obs, env.view().events, env.view().ended, env.chances());
            c.expect(same, || "lanes that were saved and restored go on differently".into());
        }

        c.rule("nothing happens before the first move");
        let rewarded = spec.cues.iter().flat_map(|cue| cue.reward).fold(0, |all, (k, _)| all | 1 << k);
        let paid = spec.cues.iter().fold(rewarded, |all, cue| all | cue.events().0);
        if let Some(stay) = spec.stay {
            for i in 0..levels {
                let mut law = |_: &dyn misgen_core::Advice, _: u16| stay;
                let first = pool.walk(i, 1, Events::NONE, &mut law, &mut Rng::keyed(0, "check", i as u64));
                let events = first.events.first().map_or(0, |(_, events)| events.0);
                // Events that no cue is paid or obtained by may count steps, and a continuing world's cues are paid for them.
                c.expect(events & paid == 0 || spec.kind == Kind::Continuing, || {
                    format!("level {i}: doing nothing at the start causes events {events:#b}")
                });
            }
        }
    }
}
