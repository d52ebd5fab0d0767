//! Cues thought of afterwards, against episodes whose answer is known.

mod common;

use common::{Room, SOUND};
use misgen_core::{AnyFamily, Of, ShiftSpec};
use misgen_evaluate::attribute::hindsight::{Hindsight, HindsightCell, HindsightReport, HindsightRow, hindsight};
use misgen_evaluate::episode::EpisodeRecord;
use misgen_evaluate::pools::{Content, EvalPool, PoolRequest};
use misgen_evaluate::row::{Agent, evaluate};
use misgen_families::REGISTRY;
use misgen_solve::Script;
use serde_json::Value;

fn pool(family: &dyn AnyFamily, levels: usize) -> EvalPool {
    let shift = ShiftSpec::from(&family.spec().shifts[0]);
    EvalPool::build(family, &PoolRequest { knobs: Value::Null, content: Content::Shift(shift), levels, seed: 0 })
        .unwrap()
}

fn records(pool: &EvalPool, name: &str) -> Vec<EpisodeRecord> {
    let script: Script = name.parse().unwrap();
    evaluate(pool, &mut Agent::Scripted(&script), 1).unwrap().episodes.into_iter().filter(|e| !e.twin).collect()
}

fn score(family: &dyn AnyFamily, records: &[EpisodeRecord], cue: &str) -> HindsightRow {
    let cue: Hindsight = cue.parse().unwrap();
    cue.check(family).unwrap();
    hindsight(family, records, &[cue]).unwrap().swap_remove(0)
}

#[test]
fn a_known_proxy_thought_of_again_gives_the_recorded_outcomes() {
    for family in REGISTRY.iter().filter(|family| family.spec().is_decided() && !family.spec().is_planned()) {
        let spec = family.spec();
        let pool = pool(family, 12);
        let proxy = spec.cues[1];
        let events: Vec<&str> =
            (0..spec.events.len()).filter(|k| proxy.events().0 >> k & 1 == 1).map(|k| spec.events[k]).collect();
        let records = records(&pool, &format!("pursuer:{}", proxy.name));
        let row = score(family, &records, &format!("name=again; event={}", events.join("+")));
        let joint: usize =
            row.outcomes.iter().filter(|(name, _)| name.starts_with("again+")).map(|(_, s)| s.count).sum();
        let proxies = records.iter().filter(|r| !["goal", "died", "neither"].contains(&r.outcome.as_str())).count();
        assert_eq!((joint, row.episodes, proxies), (12, 12, 12), "{}: {row:?}", spec.name);
    }
}

#[test]
fn replayed_cues_are_first_where_the_agent_walks_into_them() {
    let family = Of::<Room<SOUND>>::NEW;
    let pool = pool(&family, 64);
    let records = records(&pool, "pursuer:goal");
    let row = score(&family, &records, "name=low; rows=4..6");
    let (mut first, mut joint, mut inside) = (0, 0, 0);
    for record in &records {
        let frames = pool.pool.replay(record.level as usize, &record.decode_actions().unwrap(), &[]);
        let rows: Vec<usize> = frames.iter().map(|f| f.iter().position(|cell| cell & 1 == 1).unwrap() / 7).collect();
        match rows.iter().position(|row| *row >= 4) {
            Some(0) => inside += 1,
            Some(t) if t + 1 == rows.len() => joint += 1,
            Some(_) => first += 1,
            None => {}
        }
    }
    let count = |name: &str| row.outcomes.get(name).map_or(0, |share| share.count);
    assert_eq!((count("low"), count("low+goal"), row.inside), (first, joint, inside));
    assert_eq!(row.episodes, 64 - inside);
    assert!(first > 5 && inside > 5, "{row:?}");
    let low = row.outcomes["low"];
    assert!(low.low < low.share && low.share < low.high);
    // The star's own channel comes with the star.
    let star = score(&family, &records, "name=shining; channel=star");
    assert_eq!(star.outcomes.keys().collect::<Vec<_>>(), ["shining+goal"]);
    // Everybody begins somewhere.
    let all = score(&family, &records, "name=anywhere; rows=0..6");
    assert_eq!((all.inside, all.episodes, all.outcomes.len()), (64, 0, 0));
}

#[test]
fn records_that_give_no_episode_are_refused_by_row() {
    let family = REGISTRY.get("corner").unwrap();
    let good = records(&pool(family, 2), "random");
    let region: Hindsight = "name=top; rows=0..3".parse().unwrap();
    let why = |change: &dyn Fn(&mut EpisodeRecord)| {
        let mut all = good.clone();
        change(&mut all[1]);
        let error = hindsight(family, &all, std::slice::from_ref(&region)).unwrap_err();
        assert_eq!(error.row, 2);
        error.reason
    };
    assert!(why(&|r| r.actions = "abz".into()).contains("not this level's"));
    assert!(why(&|r| r.actions = "A".into()).contains("no letters"));
    assert!(why(&|r| r.chances = Some("9".into())).contains("not this level's"));
    assert!(why(&|r| r.chances = Some("x".into())).contains("no numbers"));
    assert!(why(&|r| r.level_id = None).contains("cannot be made again"));
    assert!(why(&|r| r.level_id = Some("eval/0".into())).contains("expected 5"));
    assert!(why(&|r| r.knobs = "{".into()).contains("no JSON"));
    assert!(why(&|r| r.knobs = "{\"size\":9999}".into()).contains("size"));
}

#[test]
fn a_cue_of_another_family_gets_the_nearest_match() {
    let family = REGISTRY.get("corner").unwrap();
    let why = |cue: &str| cue.parse::<Hindsight>().unwrap().check(family).unwrap_err().to_string();
    assert!(why("name=x; channel=chese").contains("did you mean `cheese`"));
    assert!(why("name=x; event=nothing").contains("no event `nothing`, it has"));
    assert!(why("name=corner; rows=1").contains("has a cue of this name"));
}

#[test]
fn seeds_are_averaged_and_a_single_one_keeps_its_own_interval() {
    let family = Of::<Room<SOUND>>::NEW;
    let pool = pool(&family, 32);
    let cue: Hindsight = "name=low; rows=4..6".parse().unwrap();
    let cell = |agent: &str, seed: u64| HindsightCell {
        family: "room".into(),
        agent: agent.into(),
        mix: None,
        seed,
        rows: hindsight(&family, &records(&pool, agent), std::slice::from_ref(&cue)).unwrap(),
    };
    let one = HindsightReport::new(std::slice::from_ref(&cue), vec![cell("pursuer:goal", 0)]);
    let wilson = one.cells[0].rows[0].outcomes["low"];
    let first = one.over_seeds[0].first;
    assert_eq!((first.mean, first.low, first.high), (wilson.share, Some(wilson.low), Some(wilson.high)));
    let two = HindsightReport::new(std::slice::from_ref(&cue), vec![cell("pursuer:goal", 0), cell("pursuer:lamp", 1)]);
    assert_eq!(two.over_seeds.iter().map(|over| over.seeds).collect::<Vec<_>>(), [1, 1]);
    let mut same = [cell("pursuer:goal", 0), cell("pursuer:lamp", 1)];
    same[1].agent = same[0].agent.clone();
    let both = HindsightReport::new(std::slice::from_ref(&cue), same.to_vec()).over_seeds.swap_remove(0);
    let share = |i: usize| same[i].rows[0].outcomes["low"].share;
    assert_eq!(both.seeds, 2);
    assert!((both.first.mean - f64::midpoint(share(0), share(1))).abs() < 1e-12);
}
