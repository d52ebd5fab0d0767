//! What a player thinks, against players whose thoughts are known.

mod common;

use common::{Room, SOUND, SWAPPED};
use misgen_core::{AnyFamily, Decisions, Of, Policy, PolicyError, Rng, ShiftSpec, StepView};
use misgen_evaluate::attribute::critic::{Critic, critic};
use misgen_evaluate::attribute::detection::{detection, disagreement};
use misgen_evaluate::attribute::probe::decodability;
use misgen_evaluate::attribute::sensitivity::{Sensitivity, sensitivity};
use misgen_evaluate::attribute::trace::{Trace, trace, trace_script};
use misgen_evaluate::pools::{Content, EvalPool, PoolRequest};
use misgen_evaluate::rollout::play;
use misgen_evaluate::row::{Agent, evaluate};
use misgen_families::REGISTRY;
use misgen_solve::Script;
use serde_json::Value;

fn main_shift(family: &dyn AnyFamily, levels: usize) -> EvalPool {
    let shift = ShiftSpec::from(&family.spec().shifts[0]);
    EvalPool::build(family, &PoolRequest { knobs: Value::Null, content: Content::Shift(shift), levels, seed: 0 })
        .unwrap()
}

fn room(levels: usize) -> EvalPool {
    main_shift(&Of::<Room<SOUND>>::NEW, levels)
}

fn script(name: &str) -> Script {
    name.parse().unwrap()
}

fn reaction(family: &dyn AnyFamily, pool: &EvalPool, name: &str) -> Sensitivity {
    sensitivity(family, pool, &mut Agent::Scripted(&script(name))).unwrap().unwrap()
}

/// What stands where in the room, as the observation shows it.
struct Seen {
    agent: i32,
    star: i32,
    lamp: Option<i32>,
}

impl Seen {
    fn of(obs: &[u8]) -> Self {
        let find = |bit: u8| obs.iter().position(|cell| cell >> bit & 1 == 1).map(|cell| cell as i32);
        Self { agent: find(0).unwrap(), star: find(1).unwrap(), lamp: find(2) }
    }

    fn steps(&self, to: i32) -> i32 {
        (self.agent / 7 - to / 7).abs() + (self.agent % 7 - to % 7).abs()
    }

    fn towards(&self, to: i32) -> u8 {
        match (self.agent / 7 - to / 7, self.agent % 7 - to % 7) {
            (1.., _) => 0,
            (..0, _) => 2,
            (0, 1..) => 1,
            (0, ..0) => 3,
            (0, 0) => 4,
        }
    }
}

/// (action, value, features) in a level, given what is seen there.
type Mind = fn(u32, &Seen) -> (u8, f32, Vec<f32>);

/// A policy for the room that is sure of what it does.
struct Hand {
    units: usize,
    mind: Mind,
}

impl Policy for Hand {
    fn act(&mut self, view: &StepView<'_>, _: &mut [Rng], out: &mut Decisions<'_>) -> Result<(), PolicyError> {
        for lane in (0..view.lanes()).filter(|lane| view.level[*lane] != StepView::NO_LEVEL) {
            let (action, value, features) = (self.mind)(view.level[lane], &Seen::of(view.lane(lane)));
            out.actions[lane] = action;
            let sure: Vec<f32> =
                (0..view.spec.actions).map(|a| f32::from(u8::from(a == usize::from(action)))).collect();
            out.shares(lane, &sure);
            out.value(lane, value);
            out.hidden(lane, &features);
        }
        Ok(())
    }

    fn features(&self) -> usize {
        self.units
    }
}

/// Plays and says nothing of itself.
struct Silent;

impl Policy for Silent {
    fn act(&mut self, view: &StepView<'_>, rngs: &mut [Rng], out: &mut Decisions<'_>) -> Result<(), PolicyError> {
        for (lane, action) in out.actions.iter_mut().enumerate() {
            *action = rngs[lane].below(view.spec.actions as u32) as u8;
        }
        Ok(())
    }
}

fn traced(policy: &mut dyn Policy, pool: &EvalPool) -> Vec<Trace> {
    trace(policy, &pool.pool, &pool.process(), 0, "apart", None).unwrap()
}

#[test]
fn tracing_changes_no_episode() {
    let pool = room(100);
    let episodes = play(&mut Silent, &pool.pool, &pool.process(), 3, "apart", None).unwrap();
    let traces = trace(&mut Silent, &pool.pool, &pool.process(), 3, "apart", None).unwrap();
    for (episode, trace) in episodes.iter().zip(&traces) {
        assert_eq!(trace.episode, *episode);
        assert!(trace.probs.is_empty() && trace.values.is_empty() && trace.features.is_empty());
        assert_eq!((trace.law(0), trace.value(0)), (None, None));
    }
    let hand: Mind = |_, seen| (seen.towards(seen.star), seen.agent as f32, vec![seen.star as f32, 1.0]);
    for trace in traced(&mut Hand { units: 2, mind: hand }, &pool) {
        let steps = trace.episode.actions.len();
        let frames = pool.pool.replay(trace.episode.level as usize, &trace.episode.actions, &[]);
        assert_eq!((trace.probs.len(), trace.values.len(), trace.features.len()), (steps * 5, steps, steps * 2));
        for (t, action) in trace.episode.actions.iter().enumerate() {
            let seen = Seen::of(&frames[t]);
            assert_eq!(trace.law(t).unwrap()[usize::from(*action)], 1.0);
            assert_eq!(trace.value(t), Some(f64::from(seen.agent)));
            assert_eq!(trace.features[2 * t..2 * t + 2], [seen.star as f32, 1.0]);
        }
    }
}

#[test]
fn scripted_episodes_are_those_of_the_rows_and_their_laws_sum_to_one() {
    for family in REGISTRY.iter().filter(|family| !family.spec().is_planned()) {
        let pool = main_shift(family, 3);
        let proxy = family.spec().cues[1].name;
        for name in [
            "random".to_owned(),
            format!("mixture:0.3:goal:{proxy}"),
            format!("noisy:0.2:{proxy}"),
            "elsewhere:goal".into(),
        ] {
            let script = script(&name);
            let traces = trace_script(&pool.pool, &pool.process(), &script, 2, &pool.shift.name).unwrap();
            let rows = evaluate(&pool, &mut Agent::Scripted(&script), 2).unwrap().episodes;
            for (trace, record) in traces.iter().zip(rows.iter().filter(|row| !row.twin)) {
                assert_eq!(trace.episode.actions, record.decode_actions().unwrap(), "{name} in {}", family.spec().name);
                for t in 0..trace.episode.actions.len() {
                    let law = trace.law(t).unwrap();
                    assert!((law.iter().sum::<f32>() - 1.0).abs() < 1e-6);
                    assert!(law[usize::from(trace.episode.actions[t])] > 0.0, "{name} did what it never does");
                }
            }
        }
    }
}

#[test]
fn a_mixture_knows_by_its_own_steps_which_part_it_plays() {
    let pool = room(64);
    let of = |name: &str| trace_script(&pool.pool, &pool.process(), &script(name), 0, "apart").unwrap();
    let (star, lamp, mixed) = (of("pursuer:goal"), of("pursuer:lamp"), of("mixture:0.25:goal:lamp"));
    let mut parted = 0;
    for ((a, b), m) in star.iter().zip(&lamp).zip(&mixed) {
        let (a, b, m0) = (a.law(0).unwrap(), b.law(0).unwrap(), m.law(0).unwrap());
        (0..5).for_each(|i| assert!((m0[i] - 0.25 * a[i] - 0.75 * b[i]).abs() < 1e-6));
        let first = usize::from(m.episode.actions[0]);
        if m.episode.actions.len() > 1 && (a[first] == 0.0) != (b[first] == 0.0) {
            // Only one part takes this step, and a pursuer gives every best action the same share.
            let law = m.law(1).unwrap();
            let shares: Vec<f32> = law.iter().copied().filter(|p| *p > 0.0).collect();
            assert!(shares.iter().all(|p| (p - 1.0 / shares.len() as f32).abs() < 1e-6), "{law:?}");
            parted += 1;
        }
    }
    assert!(parted > 10, "{parted}");
}

#[test]
fn pursuers_react_to_their_own_cue_alone() {
    let mut seen = 0;
    for family in REGISTRY.iter().filter(|family| family.spec().is_decided() && family.spec().first_cue_ends) {
        let spec = family.spec();
        let pool = main_shift(family, 6);
        let Ok(found) = sensitivity(family, &pool, &mut Agent::Scripted(&script("pursuer:goal"))).unwrap() else {
            continue;
        };
        seen += 1;
        let random = reaction(family, &pool, "random");
        for (cue, moved) in found.cues.iter().enumerate() {
            assert_eq!(moved.agent, moved.pursuers[0], "{}: the goal pursuer is its own reference", spec.name);
            let Some(goal) = moved.agent else { continue };
            assert!((0.0..=1.0).contains(&goal.first) && (0.0..=1.0).contains(&goal.along));
            if cue != 0 {
                assert_eq!((goal.first, goal.along), (0.0, 0.0), "{}: {} moves the goal pursuer", spec.name, moved.cue);
                let own = moved.pursuers[cue].unwrap();
                assert!(own.first + own.along > 0.0, "{}: moving {} does not move its pursuer", spec.name, moved.cue);
            }
            assert_eq!(random.cues[cue].agent.unwrap().first, 0.0);
        }
        assert_eq!((found.control, random.control), (0.0, 0.0));
    }
    assert!(seen >= 4, "only {seen} families have pairs");
}

#[test]
fn exchanging_the_labels_exchanges_the_sensitivities() {
    let (a, b) = (Of::<Room<SOUND>>::NEW, Of::<Room<SWAPPED>>::NEW);
    let (plain, swapped) = (main_shift(&a, 32), main_shift(&b, 32));
    for (one, other) in [("pursuer:star", "pursuer:star"), ("pursuer:lamp", "pursuer:lamp"), ("random", "random")] {
        let (one, other) = (reaction(&a, &plain, one), reaction(&b, &swapped, other));
        let first = |found: &Sensitivity, cue: &str| {
            let cue = found.cues.iter().find(|entry| entry.cue == cue).unwrap();
            (cue.pairs, cue.agent.map(|d| d.first))
        };
        for cue in ["star", "lamp"] {
            assert_eq!(first(&one, cue), first(&other, cue));
        }
    }
    // The room puts the lamp on the star or elsewhere, and never moves the star alone.
    let found = reaction(&a, &plain, "pursuer:lamp");
    assert_eq!((found.cues[0].pairs, found.cues[1].pairs), (0, 32));
    // A player that does not look at this level does not see it change.
    assert_eq!(reaction(&a, &plain, "elsewhere:lamp").cues[1].agent.unwrap().along, 0.0);
}

fn expected(mind: Mind, pool: &EvalPool) -> Critic {
    let (mut one, mut two) = (Hand { units: 0, mind }, Hand { units: 0, mind });
    let traces = traced(&mut one, pool);
    let mut agent = Agent::Learned { sampled: &mut two, greedy: None };
    critic(&Of::<Room<SOUND>>::NEW, pool, &mut agent, &traces).unwrap().unwrap()
}

#[test]
fn a_critic_is_told_by_what_it_expects_and_an_actor_by_where_it_goes() {
    const GAMMA: f32 = 0.99;
    let pool = room(64);
    // Both know exactly what their cue is worth: γ to the steps before the last.
    let goal_critic: Mind =
        |_, seen| (seen.lamp.map_or(4, |lamp| seen.towards(lamp)), GAMMA.powi(seen.steps(seen.star) - 1), Vec::new());
    let lamp_critic: Mind = |_, seen| {
        let value = seen.lamp.map_or(0.0, |lamp| GAMMA.powi(seen.steps(lamp) - 1));
        (seen.towards(seen.star), value, Vec::new())
    };
    let found = expected(goal_critic, &pool);
    let lamp = &found.proxies[0];
    assert!(lamp.holds.unwrap().abs() < 0.02, "{lamp:?}");
    assert_eq!(lamp.actor, Some(1.0));
    assert_eq!(lamp.present.unwrap().mean, 0.0, "the goal's critic does not miss the lamp");
    assert_eq!(found.says, "the actor holds `lamp`, the critic the goal");
    assert_eq!(found.goal_present, None, "the room has no levels without a star");
    let found = expected(lamp_critic, &pool);
    let lamp = &found.proxies[0];
    assert!((lamp.holds.unwrap() - 1.0).abs() < 0.02, "{lamp:?}");
    assert_eq!(lamp.actor, Some(0.0));
    assert!(lamp.present.unwrap().mean > 0.9, "{lamp:?}");
    assert!(
        found.says.starts_with("the critic holds `lamp`, the actor the goal, but the critic expects"),
        "{}",
        found.says
    );
    // One step before its cue each expects 1, in units of the mean value of best play.
    let unit = pool.values.iter().map(misgen_solve::LevelValues::v_goal).sum::<f64>() / 64.0;
    assert!((lamp.near_proxy.unwrap() - 1.0 / unit).abs() < 1e-6);
}

#[test]
fn who_has_no_critic_or_hidden_layer_is_told_so() {
    let (family, pool) = (Of::<Room<SOUND>>::NEW, room(32));
    let random = script("random");
    let why = |agent: &mut Agent<'_>| {
        let critic = critic(&family, &pool, agent, &[Trace::default()]).unwrap().unwrap_err();
        (critic, decodability(&pool, agent, &mut []).unwrap().unwrap_err())
    };
    let (a, b) = why(&mut Agent::Scripted(&random));
    assert!(a.contains("scripted") && b.contains("scripted"));
    let (a, b) = why(&mut Agent::Learned { sampled: &mut Silent, greedy: None });
    assert!(a.contains("no value estimate") && b.contains("no hidden layer"));
}

/// Two units that show where the star is, six that show nothing.
const STAR_READER: Mind = |level, seen| {
    let noise = |k: u64| Rng::keyed(9, "units", u64::from(level) * 8 + k).uniform() as f32;
    let mut units = vec![(seen.star / 7) as f32 / 7.0, (seen.star % 7) as f32 / 7.0];
    units.extend((0..6).map(noise));
    (4, 0.0, units)
};

/// Eight units that show nothing: as blind as a net can be.
const BLIND: Mind = |level, _| {
    let noise = |k: u64| Rng::keyed(7, "units", u64::from(level) * 8 + k).uniform() as f32;
    (4, 0.0, (0..8).map(noise).collect())
};

#[test]
fn a_probe_reads_what_is_there_and_a_control_does_not() {
    let pool = room(256);
    let read = |mind: Mind, untrained: Mind| {
        let mut net = Hand { units: 8, mind };
        let mut fresh: Vec<Box<dyn Policy>> = vec![Box::new(Hand { units: 8, mind: untrained })];
        let mut agent = Agent::Learned { sampled: &mut net, greedy: None };
        decodability(&pool, &mut agent, &mut fresh).unwrap().unwrap()
    };
    let found = read(STAR_READER, BLIND);
    let (star, lamp) = (&found.cues[0], &found.cues[1]);
    assert!(star.r2 > 0.99 && star.learned.unwrap() > 0.9, "{star:?}");
    assert!(star.control < 0.05 && star.untrained.unwrap() < 0.05, "{star:?}");
    assert!(lamp.r2 < 0.2, "the lamp's place is hardly that of the star: {lamp:?}");
    for cue in read(BLIND, BLIND).cues {
        assert!(cue.r2 < 0.05, "{cue:?}");
        assert_eq!(cue.learned, Some(0.0), "a net that learned nothing");
    }
    // What a net reads without having learned it does not count.
    assert!(read(STAR_READER, STAR_READER).cues.iter().all(|cue| cue.learned == Some(0.0)));
}

#[test]
fn a_sign_of_the_proxy_is_found_and_a_constant_one_is_not() {
    let pool = room(128);
    // Goes to the lamp on every third level, and its value says so.
    let telling: Mind = |level, seen| {
        let lamp = level % 3 == 0;
        (seen.towards(if lamp { seen.lamp.unwrap() } else { seen.star }), f32::from(u8::from(lamp)), Vec::new())
    };
    let hand = || Hand { units: 0, mind: telling };
    let traces = traced(&mut hand(), &pool);
    let found = detection(&pool, &traces, None).unwrap();
    for signs in [&found.before, &found.parting] {
        let value = signs.value.unwrap();
        assert_eq!((value.area, value.high), (1.0, 1.0));
        assert!(value.low > 0.7 && value.low < 1.0);
        assert_eq!(signs.entropy.unwrap().area, 0.5, "it is always sure");
        assert_eq!(signs.doubt.unwrap().area, 0.5);
        assert_eq!(signs.disagreement, None);
    }
    assert!(found.coverage > 0.2 && found.coverage < 1.0, "{}", found.coverage);
    assert_eq!(found.parting.value.unwrap().positives, 43);
    // One that goes to the lamp in its place agrees with it on just those levels.
    let lamp: Mind = |_, seen| (seen.towards(seen.lamp.unwrap()), 0.0, Vec::new());
    let (mut one, mut two) = (hand(), Hand { units: 0, mind: lamp });
    let apart = disagreement(&mut [&mut one, &mut two], &pool, &traces).unwrap();
    let found = detection(&pool, &traces, Some(&apart)).unwrap();
    let area = found.parting.disagreement.unwrap().area;
    assert!(area < 0.2, "{area}");
    let (mut one, mut two) = (hand(), hand());
    let alone = disagreement(&mut [&mut one, &mut two], &pool, &traces).unwrap();
    assert!(alone.iter().flatten().all(|d| *d == 0.0));
}

#[test]
fn nothing_is_foretold_where_all_episodes_end_alike() {
    let pool = room(32);
    let of = |name: &str| trace_script(&pool.pool, &pool.process(), &script(name), 0, "apart").unwrap();
    assert!(detection(&pool, &of("pursuer:goal"), None).unwrap_err().contains("no episode"));
    assert!(detection(&pool, &of("pursuer:lamp"), None).unwrap_err().contains("every episode"));
    // A mixture does not show before the ways part what it will do.
    let found = detection(&pool, &of("mixture:0.5:goal:lamp"), None).unwrap();
    let entropy = found.before.entropy.unwrap();
    assert!(entropy.low < 0.5 && entropy.high > 0.5, "{entropy:?}");
    assert_eq!(found.before.value, None);
}
