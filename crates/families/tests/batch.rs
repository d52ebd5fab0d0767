//! Batches: levels exactly once, observations before restarts, saving, and no allocation.

mod common;

use common::{knob, pool};
use misgen_core::{Ended, Events, LevelKey, LevelPlan, Pool, Rng, Split, StepView, Tie, Ties};
use misgen_families::REGISTRY;
use serde_json::{Value, json};
use std::sync::Arc;

fn levels(n: u64) -> Arc<dyn Pool> {
    let family = REGISTRY.get("corner").expect("registered");
    Arc::from(pool(family, &Ties::new(&[Tie::Opposed]), &json!({ "size": 5 }), n))
}

/// Actions that depend on nothing but the level and the step, so that play does not depend on lanes.
fn actions(view: &StepView<'_>) -> Vec<u8> {
    let n = view.spec.actions as u32;
    let choose = |lane| Rng::keyed(u64::from(view.level[lane]), "test", u64::from(view.steps[lane])).below(n) as u8;
    (0..view.lanes()).map(choose).collect()
}

#[test]
fn every_id_is_played_exactly_once_whatever_the_lanes() {
    let pool = levels(40);
    let ids: Vec<u32> = (0..40).rev().filter(|id| id % 7 != 3).collect();
    let mut outcomes = Vec::new();
    for lanes in [1, 3, 8, 64] {
        let mut batch = pool.clone().batch(lanes, 30, Events::NONE);
        batch.restart(&LevelPlan::Once { ids: ids.clone(), seed: 5 });
        let mut played = Vec::new();
        let mut length = vec![0; lanes];
        while batch.view().level.iter().any(|&id| id != StepView::NO_LEVEL) {
            let step = actions(&batch.view());
            let view = batch.step(&step);
            for (lane, steps) in length.iter_mut().enumerate() {
                match view.ended[lane] {
                    Ended::Idle => assert_eq!(view.events[lane], Events::NONE),
                    Ended::No => *steps += 1,
                    how => {
                        played.push((view.last_level[lane], *steps + 1, how, view.events[lane]));
                        *steps = 0;
                    }
                }
            }
        }
        played.sort_by_key(|episode| episode.0);
        let mut expected = ids.clone();
        expected.sort_unstable();
        assert_eq!(played.iter().map(|episode| episode.0).collect::<Vec<_>>(), expected, "{lanes} lanes");
        outcomes.push(played);
    }
    assert!(outcomes.windows(2).all(|pair| pair[0] == pair[1]), "episodes depend on the number of lanes");
    let ends = |how| outcomes[0].iter().filter(|episode| episode.2 == how).count();
    assert!(ends(Ended::Terminated) > 0 && ends(Ended::Truncated) > 0, "both ends occur");
    assert!(outcomes[0].iter().all(|e| (e.2 == Ended::Terminated) == e.3.meets(Events::one(0)) && e.1 <= 30));
}

#[test]
fn the_observation_before_a_restart_is_kept() {
    let pool = levels(6);
    let mut batch = pool.clone().batch(4, 7, Events::NONE);
    batch.restart(&LevelPlan::Endless { seed: 1 });
    let bytes = pool.obs_spec().bytes();
    let mut taken: Vec<Vec<u8>> = vec![Vec::new(); 4];
    let mut ended = 0;
    for _ in 0..200 {
        let step = actions(&batch.view());
        let view = batch.step(&step);
        for lane in 0..4 {
            taken[lane].push(step[lane]);
            if view.ended[lane] != Ended::No {
                let row = lane * bytes..(lane + 1) * bytes;
                let frames = pool.replay(view.last_level[lane] as usize, &taken[lane], &[]);
                assert_eq!(&view.last_obs[row.clone()], frames.last().expect("a frame"));
                assert_eq!(view.obs[row], pool.replay(view.level[lane] as usize, &[], &[])[0]);
                assert_eq!(view.steps[lane], 0);
                taken[lane].clear();
                ended += 1;
            }
        }
    }
    assert!(ended > 100);
}

#[test]
fn any_stopping_event_ends_an_episode() {
    let pool = levels(20);
    let corner = Events::one(1);
    let mut batch = pool.clone().batch(20, 400, corner);
    batch.restart(&LevelPlan::Once { ids: (0..20).collect(), seed: 0 });
    let mut stopped = 0;
    while batch.view().level.iter().any(|&id| id != StepView::NO_LEVEL) {
        let step = actions(&batch.view());
        let view = batch.step(&step);
        for lane in 0..20 {
            let met = view.events[lane].meets(corner);
            stopped += u32::from(met);
            assert!(!met || view.ended[lane] == Ended::Terminated);
        }
    }
    assert!(stopped > 0);
}

#[test]
fn loading_goes_on_exactly_at_every_step() {
    for family in REGISTRY.iter() {
        let spec = family.spec();
        let free = Ties::all(spec.proxies(), Tie::Free);
        let pool: Arc<dyn Pool> = Arc::from(pool(family, &free, &knob(family, "density", 0.1), 12));
        let own = LevelPlan::Lanes { ids: vec![3, 0, 11, 3, 7], seed: 3 };
        for plan in [LevelPlan::Endless { seed: 3 }, LevelPlan::Once { ids: (0..12).collect(), seed: 3 }, own] {
            let play = |batch: &mut dyn misgen_core::VecEnv, steps: usize| -> Vec<_> {
                let one = |batch: &mut dyn misgen_core::VecEnv| {
                    let step = actions(&batch.view());
                    let view = batch.step(&step);
                    (
                        view.obs.to_vec(),
                        view.events.to_vec(),
                        view.ended.to_vec(),
                        view.level.to_vec(),
                        view.steps.to_vec(),
                    )
                };
                (0..steps).map(|_| one(batch)).collect()
            };
            let mut first = pool.clone().batch(5, 15, Events::NONE);
            first.restart(&plan);
            for at in 0..60 {
                let saved = first.save();
                let mut second = pool.clone().batch(5, 15, Events::NONE);
                second.load(&saved).expect("its own state");
                assert_eq!(second.view().obs, first.view().obs, "{} step {at}", spec.name);
                assert_eq!(second.save(), saved);
                let ahead = play(&mut *second, 20);
                second.load(&saved).expect("its own state");
                assert_eq!(play(&mut *second, 20), ahead);
                assert_eq!(play(&mut *first, 1)[0], ahead[0], "{} step {at}", spec.name);
            }
        }
    }
}

#[test]
fn a_state_of_other_lanes_or_levels_is_refused() {
    let saved = {
        let mut batch = levels(6).batch(5, 15, Events::NONE);
        batch.restart(&LevelPlan::Once { ids: vec![5, 4, 3, 2, 1], seed: 0 });
        batch.save()
    };
    let error = levels(6).batch(4, 15, Events::NONE).load(&saved).expect_err("five lanes");
    assert!(error.contains("5 lanes, expected 4"), "{error}");
    let error = levels(3).batch(5, 15, Events::NONE).load(&saved).expect_err("three levels");
    assert!(error.contains("level 5, but the pool has 3"), "{error}");
    assert!(levels(6).batch(5, 15, Events::NONE).load("{}").is_err());
}

#[test]
fn a_lane_of_its_own_level_plays_it_again_and_again() {
    for family in REGISTRY.iter() {
        let free = Ties::all(family.spec().proxies(), Tie::Free);
        let pool: Arc<dyn Pool> = Arc::from(pool(family, &free, &json!({}), 4));
        let ids = [2, 0, 2];
        let mut batch = pool.batch(3, 5, Events::NONE);
        batch.restart(&LevelPlan::Lanes { ids: ids.to_vec(), seed: 1 });
        let first = batch.view().obs.to_vec();
        let mut ended = 0;
        for _ in 0..23 {
            let step = actions(&batch.view());
            let view = batch.step(&step);
            assert_eq!((view.level, view.last_level), (&ids[..], &ids[..]), "{}", family.spec().name);
            let bytes = view.spec.bytes();
            for lane in (0..3).filter(|lane| view.ended[*lane] != Ended::No) {
                ended += 1;
                assert_eq!(view.lane(lane), &first[lane * bytes..][..bytes], "{}", family.spec().name);
            }
        }
        assert!(ended >= 12, "{}: {ended} episodes", family.spec().name);
    }
}

#[test]
fn lanes_in_states_that_no_level_has_are_refused() {
    for family in REGISTRY.iter() {
        let free = Ties::all(family.spec().proxies(), Tie::Free);
        let pool: Arc<dyn Pool> = Arc::from(pool(family, &free, &json!({}), 4));
        let mut batch = pool.clone().batch(2, 15, Events::NONE);
        batch.restart(&LevelPlan::Endless { seed: 0 });
        let sound: Value = serde_json::from_str(&batch.save()).unwrap();
        let mut refused = |what: &str, change: &dyn Fn(&mut Value)| {
            let mut saved = sound.clone();
            change(&mut saved);
            let error = batch.load(&saved.to_string()).expect_err(what);
            assert!(error.starts_with("saved lanes: "), "{error}");
        };
        // Sixteen columns are a place; nine are a grid.
        if sound["state"][1]["at"].is_number() {
            refused("a place outside the grid", &|saved| saved["state"][1]["at"] = json!(255));
        }
        refused("more steps than the limit", &|saved| saved["steps"][0] = json!(65_535));
        refused("more episodes than there can be", &|saved| saved["begun"] = json!(u64::MAX));
        refused("a planned level that is not there", &|saved| {
            saved["plan"] = json!({ "Once": { "ids": [4], "seed": 0 } });
        });
        refused("a lane's level that is not there", &|saved| {
            saved["plan"] = json!({ "Lanes": { "ids": [0, 4], "seed": 0 } });
        });
        refused("levels for other lanes", &|saved| saved["plan"] = json!({ "Lanes": { "ids": [0], "seed": 0 } }));
        if family.spec().name == "keys-chests" {
            refused("a chest opened without a key", &|saved| saved["state"][0]["used"] = json!(0x100));
        }
        batch.load(&sound.to_string()).unwrap();
    }
}

#[test]
fn a_key_that_no_generation_made_has_no_level() {
    for family in REGISTRY.iter() {
        let ties = Ties::all(family.spec().proxies(), Tie::Bound);
        let mut pool = family.pool(&json!({})).unwrap();
        for (index, attempt) in [(u64::MAX, 0), (u64::MAX / 1000, u16::MAX), (u64::MAX / 1000 + 1, 0)] {
            let key = LevelKey { seed: 0, split: Split::Eval, index, attempt, ties };
            assert!(pool.regenerate(&key).is_err(), "{}: {key:?}", family.spec().name);
        }
        assert!(pool.is_empty());
    }
}

#[test]
fn a_level_of_another_size_than_its_pool_is_refused() {
    for family in REGISTRY.iter() {
        let ties = Ties::all(family.spec().proxies(), Tie::Bound);
        let knobs = knob(family, "size", 13);
        if knobs == json!({}) {
            continue;
        }
        let large = pool(family, &ties, &knobs, 1);
        let own = family.obs_spec(&Value::Null).unwrap();
        let error = family.pool(&json!({})).unwrap().push_text(&large.text(0)).unwrap_err();
        let expected = format!("13×13, expected {}×{}", own.height, own.width);
        assert!(error.reason.contains(&expected), "{}: {error}", family.spec().name);
    }
}

#[test]
fn stepping_and_restarting_allocate_nothing() {
    for family in REGISTRY.iter() {
        let free = Ties::all(family.spec().proxies(), Tie::Free);
        let pool: Arc<dyn Pool> = Arc::from(pool(family, &free, &json!({}), 16));
        let choices = pool.obs_spec().actions;
        let mut batch = pool.batch(8, 10, Events::NONE);
        batch.restart(&LevelPlan::Endless { seed: 0 });
        let steps: Vec<[u8; 8]> =
            (0..500_u64).map(|t| std::array::from_fn(|l| ((t as usize * 7 + l * 3) % choices) as u8)).collect();
        let mut ended = 0;
        let allocated = allocation_counter::measure(|| {
            for step in &steps {
                ended += batch.step(step).ended.iter().filter(|&&how| how != Ended::No).count();
            }
        });
        assert!(ended > 300, "restarts are part of it");
        assert_eq!(allocated.count_total, 0, "{}", family.spec().name);
    }
}
