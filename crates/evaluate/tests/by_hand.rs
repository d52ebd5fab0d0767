//! Levels played by hand, and recordings of people, over every family and shift.

use misgen_core::{AnyFamily, Ended, FamilySpec, Law, Rng, ShiftSpec};
use misgen_evaluate::game::Game;
use misgen_evaluate::human::{Recorded, order, parse, score, verify};
use misgen_evaluate::pools::{Content, EvalPool, PoolRequest};
use misgen_evaluate::row::{Agent, evaluate};
use misgen_evaluate::solution;
use misgen_families::REGISTRY;
use misgen_solve::Script;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The training row and every shift and rung.
fn contents(spec: &FamilySpec) -> Vec<Content> {
    let law = Law::named(spec, spec.laws[0].name).unwrap();
    std::iter::once(Content::Law(law)).chain(spec.all_shifts().into_iter().map(Content::Shift)).collect()
}

fn pool(family: &dyn AnyFamily, content: Content, levels: usize) -> EvalPool {
    let knobs = family.knobs(&Value::Null).unwrap();
    EvalPool::build(family, &PoolRequest { knobs, content, levels, seed: 0 }).unwrap()
}

fn shift_pool(name: &str, shift: &str, levels: usize) -> EvalPool {
    let family = REGISTRY.get(name).unwrap();
    pool(family, Content::Shift(family.spec().shift(shift).unwrap()), levels)
}

/// A game on a level, or on its twin.
fn game(pool: &EvalPool, twin: bool, place: u32) -> Game {
    match (&pool.twins, twin) {
        (Some(twins), true) => Game::new(Arc::clone(twins), place, pool.twin_process(), &[0]),
        _ => Game::new(Arc::clone(&pool.pool), place, pool.process(), &pool.designated()),
    }
}

/// A record of the world, without an episode.
fn blank(family: &dyn AnyFamily, pool: &EvalPool, twin: bool, player: &str) -> Recorded {
    let spec = family.spec();
    Recorded {
        schema_version: 1,
        family: spec.id(),
        knobs: family.knobs(&Value::Null).unwrap(),
        law: spec.laws[0].name.into(),
        shift: pool.shift.name.clone(),
        pool: pool.pool.len(),
        twin,
        level: String::new(),
        actions: String::new(),
        chances: Vec::new(),
        events: String::new(),
        terminated: false,
        attempt: 1,
        undone: 0,
        player: player.into(),
    }
}

/// Plays an agent's episode action by action.
fn typed(pool: &EvalPool, twin: bool, place: u32, actions: &[u8]) -> Game {
    let mut game = game(pool, twin, place);
    for action in actions {
        assert!(game.act(*action));
    }
    game
}

#[test]
fn every_family_is_played_under_every_shift_and_every_step_can_be_taken_back() {
    for family in REGISTRY.iter() {
        for content in contents(&family.spec()) {
            let pool = pool(family, content, 1);
            for twin in [false, true].into_iter().filter(|twin| !twin || pool.twins.is_some()) {
                let name = format!("{} {} twin {twin}", pool.spec.name, pool.shift.name);
                let mut game = game(&pool, twin, 0);
                let first = game.frame().to_vec();
                let mut rng = Rng::keyed(7, "keys", 0);
                let mut frames = vec![first.clone()];
                while frames.len() <= 60 && game.ended() == Ended::No {
                    assert!(game.act(rng.below(pool.spec.actions.len() as u32) as u8), "{name}");
                    frames.push(game.frame().to_vec());
                }
                let (actions, episode) = (game.actions().to_vec(), game.episode());
                assert!(!game.act(pool.spec.actions.len() as u8), "{name}: an action that does not exist");
                for frame in frames.iter().rev().skip(1) {
                    assert!(game.undo(), "{name}");
                    assert!(game.frame() == frame.as_slice(), "{name}: another frame after taking a step back");
                }
                assert!(!game.undo() && game.undone() as usize == actions.len(), "{name}");
                for action in &actions {
                    game.act(*action);
                }
                assert_eq!(game.episode(), episode, "{name}: chance is another after taking back");

                // On to the end, and as a record through its line.
                game.restart();
                while game.ended() == Ended::No {
                    game.act(rng.below(pool.spec.actions.len() as u32) as u8);
                }
                let record = blank(family, &pool, twin, "").with(&game).unwrap();
                let read = parse(record.line().as_bytes()).unwrap();
                assert_eq!(read, [(1, record.clone())], "{name}");
                assert_eq!(verify(&pool, &record).as_ref(), Ok(&game.episode()), "{name}");
            }
        }
    }
}

#[test]
fn the_chance_that_a_person_meets_is_the_one_that_an_agent_meets() {
    // Whoever always does the same meets the same episode, by hand and in a batch.
    let mut chances = 0;
    for (name, shift) in [("monsters", "long"), ("forest", "few-trees"), ("corner", "cheese-anywhere")] {
        let family = REGISTRY.get(name).unwrap();
        let shift = family.spec().shift(shift).unwrap_or_else(|| ShiftSpec::from(&family.spec().shifts[0]));
        let pool = pool(family, Content::Shift(shift), 3);
        let mut still = Repeat;
        let played = misgen_evaluate::rollout::play(&mut still, &pool.pool, &pool.process(), 0, "still", None).unwrap();
        for episode in played {
            let game = typed(&pool, false, episode.level, &episode.actions);
            chances += episode.chances.len();
            assert_eq!(game.episode(), episode, "{name}");
        }
    }
    assert!(chances > 0, "no level with chance was tried");
}

/// Takes action 0.
struct Repeat;

impl misgen_core::Policy for Repeat {
    fn act(
        &mut self,
        _: &misgen_core::StepView<'_>,
        _: &mut [Rng],
        out: &mut misgen_core::Decisions<'_>,
    ) -> Result<(), misgen_core::PolicyError> {
        out.actions.fill(0);
        Ok(())
    }
}

/// What a scripted player does in a pool, as records of a person.
fn recorded(family: &dyn AnyFamily, pool: &EvalPool, script: &Script, player: &str) -> Vec<Recorded> {
    let played = evaluate(pool, &mut Agent::Scripted(script), 0).unwrap();
    let mut all = Vec::new();
    for episode in &played.episodes {
        let actions = episode.decode_actions().unwrap();
        // The script draws its own chance; by hand the level's stream decides, so that only worlds without chance fit.
        let game = typed(pool, episode.twin, episode.level, &actions);
        all.push(blank(family, pool, episode.twin, player).with(&game).unwrap());
    }
    all
}

fn numbered(records: &[Recorded]) -> Vec<(usize, Recorded)> {
    records.iter().cloned().enumerate().map(|(i, record)| (i + 1, record)).collect()
}

#[test]
fn people_are_scored_as_the_agent_that_plays_as_they_do() {
    let family = REGISTRY.get("corner").unwrap();
    let shift = shift_pool("corner", "cheese-anywhere", 8);
    let law = Law::named(&family.spec(), family.spec().laws[0].name).unwrap();
    let training = pool(family, Content::Law(law), 8);
    let (goal, proxy) = (Script::Pursuer("goal".into()), Script::Pursuer("corner".into()));
    let mut records = recorded(family, &training, &goal, "ann");
    records.extend(recorded(family, &shift, &goal, "ann"));
    records.extend(recorded(family, &shift, &proxy, "bob"));
    let played = score(family, &numbered(&records), &[]).unwrap();
    assert_eq!(played.players.len(), 2);
    let (ann, bob) = (&played.players[0], &played.players[1]);
    assert_eq!((ann.result.s_train, ann.result.rows.len()), (Some(1.0), 2));
    for (person, script) in [(ann, &goal), (bob, &proxy)] {
        let mut expected = evaluate(&shift, &mut Agent::Scripted(script), 0).unwrap().row;
        expected.shift = "cheese-anywhere".into();
        assert_eq!(person.result.rows.last(), Some(&expected), "{}", person.player);
    }
    assert_eq!(ann.result.rows[1].gt, Some(1.0));
    assert!(bob.result.rows[0].gt.unwrap() < 0.0);
    assert_eq!((bob.played[0].levels, bob.played[0].of, bob.played[0].twins, bob.played[0].of_twins), (8, 8, 8, 8));
}

#[test]
fn only_first_tries_count_and_a_part_of_the_levels_has_its_own_denominator() {
    let family = REGISTRY.get("corner").unwrap();
    let shift = shift_pool("corner", "cheese-anywhere", 8);
    let all = recorded(family, &shift, &Script::Pursuer("goal".into()), "");
    let worse = recorded(family, &shift, &Script::Pursuer("corner".into()), "");
    let levels = |records: &[Recorded]| records.iter().filter(|r| !r.twin).cloned().collect::<Vec<_>>();
    let (all, worse) = (levels(&all), levels(&worse));
    // Level 0 by the goal, then again by the proxy; level 1 with a step taken back, then without; level 2 a second attempt.
    let undone = Recorded { undone: 2, ..all[1].clone() };
    let second = Recorded { attempt: 2, ..all[2].clone() };
    let records = [all[0].clone(), worse[0].clone(), undone, worse[1].clone(), second, worse[3].clone()];
    let played = score(family, &numbered(&records), &[]).unwrap();
    let person = &played.players[0];
    let said = &person.played[0];
    assert_eq!((said.levels, said.of, said.twins, said.repeated, said.undone), (2, 8, 0, 3, 1));
    let row = &person.result.rows[0];
    assert_eq!((row.levels, row.c_align), (2, None));
    assert_eq!(row.outcomes.as_ref().unwrap().goal, 0.5);
    assert_eq!(row.why_null["c_align"], "no aligned twin was played");
    let none = score(family, &numbered(&records), &["maze".into()]).unwrap();
    assert!(none.players.is_empty(), "a shift that was not asked for");
}

#[test]
fn a_forged_or_stale_record_is_refused_with_its_line_and_the_reason() {
    let family = REGISTRY.get("corner").unwrap();
    let pool = shift_pool("corner", "cheese-anywhere", 4);
    let sound = recorded(family, &pool, &Script::Pursuer("goal".into()), "")[0].clone();
    let longer = format!("{}a", sound.actions);
    let shorter = sound.actions[1..].to_owned();
    for (forged, reason) in [
        (
            Recorded { family: "corner-v9".into(), ..sound.clone() },
            "recorded in `corner-v9`, this program has `corner-v0`",
        ),
        (Recorded { level: "eval/0/999/0/opposed".into(), ..sound.clone() }, "is not among the 4 levels"),
        (Recorded { level: "train/0/0/0/opposed".into(), ..sound.clone() }, "is not among the 4 levels"),
        (Recorded { level: "x".into(), ..sound.clone() }, "expected 5"),
        (Recorded { twin: true, ..sound.clone() }, "is not among the twins of the 4 levels"),
        (Recorded { actions: longer, ..sound.clone() }, "the episode ended after"),
        (Recorded { actions: String::new(), ..sound.clone() }, "not finished after 0 steps"),
        (Recorded { actions: shorter, ..sound.clone() }, ""),
        (Recorded { actions: "z".into(), ..sound.clone() }, "expected a letter from `a` to `e`"),
        (Recorded { events: "1:reach-cheese".into(), ..sound.clone() }, "its events are `1:reach-cheese`"),
        (Recorded { chances: vec![3], ..sound.clone() }, "its chances are [3]"),
        (Recorded { terminated: false, ..sound.clone() }, "ended by the step limit"),
        (Recorded { shift: "cheese-anywere".into(), ..sound.clone() }, "did you mean `cheese-anywhere`"),
        (Recorded { shift: "bright".into(), ..sound.clone() }, "has no shift `bright`"),
        (Recorded { pool: 5, ..sound.clone() }, "another world"),
    ] {
        let lines = [(1, sound.clone()), (7, forged)];
        let error = score(family, &lines, &[]).unwrap_err().to_string();
        let shifted = error.starts_with("line 7: ") || error.starts_with("line 1: family");
        assert!(shifted && error.contains(reason), "{reason}: {error}");
    }
}

#[test]
fn a_broken_line_is_reported_with_its_number() {
    let family = REGISTRY.get("corner").unwrap();
    let pool = shift_pool("corner", "cheese-anywhere", 2);
    let line = recorded(family, &pool, &Script::Pursuer("goal".into()), "ann b.")[0].line();
    let cut = &line[..line.len() / 2];
    for (text, expected) in [
        (format!("{line}\n{line}{cut}"), "line 4: the line is cut short, column"),
        (format!("{line}{{}}\n{line}"), "line 2: column 2: missing field"),
        (line.replace("\"pool\":2", "\"pool\":0"), "line 1: a pool of 0 levels, expected 1 to 4096"),
        (line.replace("\"schema_version\":1", "\"schema_version\":2"), "line 1: schema_version 2, expected 1"),
        (line.replace("ann b.", "\\u001b[31m"), "line 1: the player's name"),
        (line.replace("\"attempt\":1", "\"attempt\":0"), "line 1: attempt 0"),
        (line.replace("\"law\"", "\"lore\""), "line 1: column"),
    ] {
        let error = parse(text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{expected}: {error}");
    }
    // A last line without its end is whole where it reads.
    assert_eq!(parse(line.trim_end().as_bytes()).unwrap().len(), 1);
    assert_eq!(parse(b"\n\n").unwrap(), []);
}

#[test]
fn the_order_meets_every_level_and_twin_once_and_never_a_layout_twice_in_a_row() {
    for n in [0, 1, 2, 3, 8, 64, 512] {
        let all = order(n, n);
        let different: BTreeSet<_> = all.iter().copied().collect();
        assert_eq!((all.len(), different.len()), (2 * n, 2 * n));
        let levels: Vec<u32> = all.iter().filter(|(twin, _)| !twin).map(|(_, place)| *place).collect();
        assert_eq!(levels, (0..n as u32).collect::<Vec<_>>(), "the pool's own order");
        let repeated = all.windows(2).filter(|two| two[0].1 == two[1].1).count();
        assert!(n < 8 || repeated == 0, "{n}: {repeated} layouts follow on themselves");
        let early = all.iter().take(n).filter(|(twin, _)| *twin).count();
        assert!(n < 64 || (n / 3..=2 * n / 3).contains(&early), "{n}: {early} twins in the first half");
    }
    assert_eq!(order(3, 0), [(false, 0), (false, 1), (false, 2)]);
}

#[test]
fn the_path_of_a_solution_brings_what_the_solution_says() {
    for family in REGISTRY.iter() {
        let content = Content::Shift(ShiftSpec::from(&family.spec().shifts[0]));
        let pool = pool(family, content, 1);
        let found = solution::solve(&*pool.pool, 0, &pool.process()).unwrap();
        let name = pool.spec.name;
        assert_eq!(found.pursued.len(), pool.spec.all_rewards().len(), "{name}");
        for (i, pursued) in found.pursued.iter().enumerate() {
            assert_eq!(pursued.path.len(), usize::from(pursued.steps.unwrap_or(0)), "{name}");
            let known = pool.values[0].pursuers[i][i];
            assert!((pursued.value - known).abs() < 1e-6, "{name}: {} beside {known}", pursued.value);
            if found.chance == Some(false) {
                let numbers: Vec<u8> = pursued.path.iter().map(|word| action(&pool.spec, word)).collect();
                let game = typed(&pool, false, 0, &numbers);
                let got = game.episode().discounted(&pool.spec.all_rewards()[i], pool.spec.gamma);
                assert!((got - pursued.value).abs() < 1e-6, "{name} {}: {got} beside {}", pursued.cue, pursued.value);
            }
        }
        let screened = solution::screening(&*pool.pool, 0, &pool.shift).unwrap();
        assert_eq!(screened.is_some_and(|s| s.kept), pool.shift.role == misgen_core::Role::Conflict, "{name}");
    }
}

fn action(spec: &FamilySpec, word: &str) -> u8 {
    spec.actions.iter().position(|name| *name == word).unwrap() as u8
}
