//! Every registered family: what a step does to events and observations.

mod common;

use common::{pool, ties_text, worlds};
use misgen_core::{Ended, Events, Kind, LevelPlan, Rng};
use misgen_families::REGISTRY;
use std::sync::Arc;

/// Plays every level once at random and compares each patched observation with a fresh one.
#[test]
fn patching_equals_observing_after_every_step() {
    for family in REGISTRY.iter() {
        for (ties, knobs) in worlds(family) {
            let levels: Arc<dyn misgen_core::Pool> = Arc::from(pool(family, &ties, &knobs, 8));
            let limit = levels.limit();
            let mut lanes = levels.clone().batch(8, limit, Events::NONE);
            lanes.restart(&LevelPlan::Once { ids: (0..8).collect(), seed: 0 });
            let bytes = levels.obs_spec().bytes();
            let mut rng = Rng::keyed(0, "test", 0);
            let choices = levels.obs_spec().actions as u32;
            let mut actions: Vec<Vec<u8>> = vec![Vec::new(); 8];
            let mut chances: Vec<Vec<u32>> = vec![Vec::new(); 8];
            while lanes.view().level.iter().any(|&id| id != misgen_core::StepView::NO_LEVEL) {
                let step: Vec<u8> = (0..8).map(|_| rng.below(choices) as u8).collect();
                lanes.step(&step);
                let (view, drawn) = (lanes.view(), lanes.chances());
                for lane in (0..8).filter(|&lane| view.ended[lane] != Ended::Idle) {
                    let id = view.last_level[lane] as usize;
                    actions[id].push(step[lane]);
                    chances[id].push(drawn[lane]);
                    let seen = if view.ended[lane] == Ended::No { view.obs } else { view.last_obs };
                    let fresh = levels.replay(id, &actions[id], &chances[id]).pop().expect("a frame a step");
                    let world = format!("{} {} {knobs}", family.spec().name, ties_text(family, &ties));
                    assert_eq!(seen[lane * bytes..(lane + 1) * bytes], fresh, "{world}");
                }
            }
            assert!(actions.iter().all(|played| !played.is_empty()));
        }
    }
}

/// Random walks: only declared events happen, reaching a place counts once an episode, and staying on the
/// spot at the start obtains nothing.
#[test]
fn events_happen_once_and_never_before_a_step() {
    for family in REGISTRY.iter() {
        let spec = family.spec();
        for (ties, knobs) in worlds(family) {
            let levels = pool(family, &ties, &knobs, 5);
            for i in 0..levels.len() {
                let walk = |actions: &mut dyn FnMut() -> u8, steps: u16, seed: u64| {
                    let mut chance = Rng::keyed(seed, "chance", i as u64);
                    levels.walk(i, steps, Events::NONE, &mut |_, _| actions(), &mut chance)
                };
                if let Some(stay) = spec.stay.filter(|_| spec.kind != Kind::Continuing) {
                    // Events that no cue is paid or obtained by may count steps.
                    let paid = spec.cues.iter().flat_map(|cue| cue.reward).fold(0, |all, (k, _)| all | 1_u16 << k);
                    let paid = spec.cues.iter().fold(paid, |all, cue| all | cue.events().0);
                    let happened = walk(&mut || stay, 1, 0).events;
                    assert!(happened.iter().all(|(_, e)| e.0 & paid == 0), "{} {happened:?}", spec.name);
                }
                let mut rng = Rng::keyed(1, "test", i as u64);
                for seed in 0..20 {
                    let played = walk(&mut || rng.below(spec.actions.len() as u32) as u8, levels.limit(), seed);
                    let mut seen = [0_u32; 16];
                    for (_, events) in &played.events {
                        for (k, n) in seen.iter_mut().enumerate() {
                            *n += u32::from(events.meets(Events::one(k as u8)));
                        }
                    }
                    assert!(seen[spec.events.len()..].iter().all(|&n| n == 0), "only declared events happen");
                    if spec.first_cue_ends {
                        for cue in spec.cues {
                            let often: u32 = (0..16).filter(|k| cue.events().0 >> k & 1 == 1).map(|k| seen[k]).sum();
                            assert!(often <= 1, "{} {} {seen:?}", spec.name, cue.name);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn one_agent_is_seen_and_only_declared_channels() {
    for family in REGISTRY.iter() {
        for (ties, knobs) in worlds(family) {
            let levels = pool(family, &ties, &knobs, 5);
            let spec = levels.obs_spec();
            let agent = spec.channel("agent").expect("declared");
            for i in 0..levels.len() {
                let last = spec.actions as u8 - 1;
                for obs in levels.replay(i, &[0, 0, 1, 1, 2, 3, 3, 3, 2, 2, 2, last], &[]) {
                    let cells: Vec<u16> = (0..spec.height * spec.width).map(|c| spec.cell(&obs, c)).collect();
                    assert_eq!(cells.iter().filter(|cell| *cell >> agent & 1 == 1).count(), 1);
                    assert!(cells.iter().all(|cell| cell >> spec.channels.len() == 0));
                }
            }
        }
    }
}

#[test]
fn keys_open_chests_and_are_drawn_in_the_top_row() {
    let family = REGISTRY.get("keys-chests").expect("registered");
    let mut levels = family.pool(&serde_json::Value::Null).expect("defaults");
    let map = "#########\n#c@kkck.#\n#.......#\n#.......#\n#.......#\n#.......#\n#.......#\n#.......#\n#########";
    levels.push_text(&misgen_core::LevelText { map: map.into(), ..Default::default() }).expect("a level");
    let graph = levels.graph(0, 1 << 20).expect("enumerable");
    // Left over a chest without a key, then right: two keys, a chest, a key, and back to the first chest.
    let actions = [1, 3, 3, 3, 3, 3, 1, 1, 1, 1, 1];
    let (key, chest) = (Events::one(0), Events::one(1));
    let none = Events::NONE;
    let expected = [none, none, key, key, chest, key, none, none, none, none, chest];
    let mut state = 0;
    for (t, (&action, events)) in actions.iter().zip(expected).enumerate() {
        let edge = graph.follow(state, action, 0);
        assert_eq!((edge.events, edge.end), (events, t == 10), "step {t}");
        state = edge.next;
    }
    let held = |obs: &[u8]| obs[..9].iter().filter(|cell| *cell >> 2 & 1 == 1).count();
    let inventory: Vec<usize> = levels.replay(0, &actions, &[]).iter().map(|obs| held(obs)).collect();
    assert_eq!(inventory, [0, 0, 0, 1, 2, 1, 2, 2, 2, 2, 2, 1]);
    let mut events = [0; 16];
    events[0] = 3;
    assert_eq!(levels.counts(0, &events), [("keys_taken", 3.0), ("keys_needed", 2.0), ("decoys_taken", 0.0)]);
}
