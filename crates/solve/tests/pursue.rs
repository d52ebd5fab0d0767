//! Pursuers against exhaustive search, on maps small enough for it.

mod common;

use common::{ACTIONS, At, Drawn, Firm, GOAL, PATCH, Slippery, draw, family_step, firm, goal, patch, slippery, stay};
use misgen_core::{Events, Family, Reward};
use misgen_solve::{ActionSet, Process, Reach, TOLERANCE, evaluate, pursue, pursue_in};

const MAPS: &[&str] = &[
    "@.G\nP..\n...",
    "P.@.G\n..#..\n..S..",
    "@P.\n.#g\n.k.",
    "PP.\nPPg\n.@S",
    "&PL\nP#G\nkk.",
    "#####\n#@kL#\n#P#G#\n#####",
];

fn rewards() -> Vec<[Reward; 2]> {
    vec![
        [goal(), patch()],
        [patch(), goal()],
        [Reward::new(&[(0, 1.0), (3, -0.4), (4, -1.0)]), Reward::new(&[(1, 1.0), (2, 1.0)])],
        [Reward::new(&[(3, 1.0), (0, 1.0)]), goal()],
        [goal().negated(), Reward::new(&[(1, 0.5)])],
    ]
}

fn processes() -> [Process; 3] {
    [Process::new(0.99, 6), Process::new(0.8, 6).stopped(PATCH.and(GOAL)), Process::new(1.0, 5).stopped(PATCH)]
}

/// Whether `a` is better than `b` lexicographically, beyond rounding.
fn better(a: [f64; 2], b: [f64; 2]) -> bool {
    if (a[0] - b[0]).abs() > 1e-9 { a[0] > b[0] } else { a[1] > b[1] + 1e-9 }
}

/// Both values of one sequence of actions, played in the family itself.
fn play(level: &Drawn, process: &Process, rewards: &[Reward; 2], sequence: &[u8]) -> [f64; 2] {
    let (mut state, mut discount, mut sums) = (Firm::start(level), 1.0, [0.0; 2]);
    for &action in sequence {
        let (after, events, over) = family_step::<Firm>(level, state, action, 0, process);
        for (sum, reward) in sums.iter_mut().zip(rewards) {
            *sum += discount * f64::from(reward.of(events));
        }
        if over {
            break;
        }
        discount *= process.gamma;
        state = after;
    }
    sums
}

#[test]
fn agrees_with_every_sequence_of_actions_where_steps_are_certain() {
    for map in MAPS {
        let (level, graph) = (draw(map), firm(map));
        for process in processes() {
            for rewards in rewards() {
                // Best values by first action, over all 5^limit sequences.
                let mut by_first = [[f64::NEG_INFINITY; 2]; ACTIONS];
                for code in 0..ACTIONS.pow(u32::from(process.limit)) {
                    let sequence: Vec<u8> =
                        (0..u32::from(process.limit)).map(|i| (code / ACTIONS.pow(i) % ACTIONS) as u8).collect();
                    let sums = play(&level, &process, &rewards, &sequence);
                    let slot = &mut by_first[sequence[0] as usize];
                    if better(sums, *slot) {
                        *slot = sums;
                    }
                }
                let best = by_first.into_iter().reduce(|a, b| if better(b, a) { b } else { a }).unwrap();
                let pursuit = pursue(&graph, &process, &rewards, None);
                for k in 0..2 {
                    let value = pursuit.value(k);
                    assert!((value - best[k]).abs() < 1e-9, "{map}\n{process:?} {k}: {value}, expected {best:?}");
                }
                let set = (0..ACTIONS).filter(|&a| !better(best, by_first[a])).fold(0, |set, a| set | 1 << a);
                assert_eq!(pursuit.actions(0, 0), ActionSet(set), "{map}\n{process:?} {by_first:?}");
            }
        }
    }
}

/// Closed-loop expectimax by plain recursion over the family: lexicographically best values.
fn expectimax(level: &Drawn, process: &Process, rewards: &[Reward; 2], state: At, left: u16) -> [f64; 2] {
    if left == 0 {
        return [0.0; 2];
    }
    let noise = Slippery::noise(level, &state);
    let mut best = [f64::NEG_INFINITY; 2];
    for action in 0..ACTIONS as u8 {
        let mut sums = [0.0; 2];
        for chance in (0..noise.outcomes()).filter(|&c| noise.probability(c) > 0.0) {
            let (after, events, over) = family_step::<Slippery>(level, state, action, chance, process);
            let later = if over { [0.0; 2] } else { expectimax(level, process, rewards, after, left - 1) };
            for k in 0..2 {
                sums[k] += noise.probability(chance) * (f64::from(rewards[k].of(events)) + process.gamma * later[k]);
            }
        }
        if better(sums, best) {
            best = sums;
        }
    }
    best
}

#[test]
fn agrees_with_recursion_where_steps_slip() {
    for map in MAPS {
        let (level, graph) = (draw(map), slippery(map));
        assert!(!graph.is_certain());
        for mut process in processes() {
            process.limit = 4;
            for rewards in rewards() {
                let best = expectimax(&level, &process, &rewards, Slippery::start(&level), process.limit);
                let pursuit = pursue(&graph, &process, &rewards, stay());
                for (k, best) in best.iter().enumerate() {
                    assert!((pursuit.value(k) - best).abs() < 1e-9, "{map}\n{process:?}: {}, {best}", pursuit.value(k));
                }
            }
        }
    }
}

#[test]
fn evaluating_a_pursuer_gives_its_value_for_every_reward_pursued() {
    for graph in MAPS.iter().flat_map(|map| [firm(map), slippery(map)]) {
        for mut process in processes() {
            process.limit = 25;
            for rewards in rewards() {
                for stay in [None, stay()] {
                    let pursuit = pursue(&graph, &process, &rewards, stay);
                    let mut law = |state, step, probs: &mut [f64]| pursuit.actions(state, step).law(probs);
                    let exact = evaluate(&graph, &process, &rewards, &mut law);
                    // Each of 25 steps may give away a tolerance.
                    let slack = 25.0 * 2.0 * TOLERANCE;
                    for k in 0..2 {
                        assert!((exact.values[k] - pursuit.value(k)).abs() < slack, "{exact:?} {}", pursuit.value(k));
                    }
                }
            }
        }
    }
}

#[test]
fn the_second_reward_decides_only_between_equals() {
    // Two ways of four steps to the goal; one of them crosses the patch.
    let graph = firm("@..\n.#.\nP.g");
    let process = Process::new(0.99, 20);
    let indifferent = pursue(&graph, &process, &[goal()], stay()).actions(0, 0);
    let pulled = pursue(&graph, &process, &[goal(), patch()], stay()).actions(0, 0);
    assert_eq!(indifferent, ActionSet(0b1100));
    assert_eq!(pulled, ActionSet(0b0100));
    // A patch that costs a step is left alone until the goal is there.
    let graph = firm("P@g");
    let pursuit = pursue(&graph, &process, &[goal(), patch()], stay());
    assert_eq!(pursuit.actions(0, 0), ActionSet::one(3));
    assert!((pursuit.value(1) - 0.99_f64.powi(2)).abs() < 1e-12);
}

#[test]
fn nothing_left_means_staying_and_only_then() {
    let graph = firm("@g.P");
    let process = Process::new(0.99, 10);
    let at_goal = graph.follow(0, 3, 0).next;
    let with = pursue(&graph, &process, &[goal()], stay());
    let without = pursue(&graph, &process, &[goal()], None);
    assert_eq!(with.actions(0, 0), ActionSet::one(3));
    assert_eq!(with.actions(at_goal, 1), ActionSet::one(4));
    assert_eq!(without.actions(at_goal, 1), ActionSet(0b11111));
    // The patch is still worth something to whoever pursues it too.
    let both = pursue(&graph, &process, &[goal(), patch()], stay());
    assert_eq!(both.actions(at_goal, 1), ActionSet::one(3));
    // Too late for anything: one step left, three needed.
    let late = pursue(&graph, &process, &[patch()], stay());
    assert_eq!(late.actions(0, 9), ActionSet::one(4));
    assert_eq!(late.actions(0, 8), ActionSet::one(4));
    assert_eq!(late.actions(0, 7), ActionSet::one(3));
    // Staying is not kept where it costs something.
    let flee = pursue(&firm("&.."), &process, &[patch().negated()], stay());
    assert!(flee.actions(0, 0).contains(3) && !flee.actions(0, 0).contains(4));
}

#[test]
fn layers_that_are_not_stored_equal_those_of_a_long_table() {
    let graph = firm("@...k\n.##.P\nk...g");
    let rewards = [Reward::new(&[(0, 1.0), (3, 1.0)]), patch()];
    let long = Process::new(0.99, 200);
    let short = Process::new(0.99, 40);
    let (stored, whole) = (pursue(&graph, &long, &rewards, stay()), pursue(&graph, &short, &rewards, stay()));
    assert!(stored.layers() < 30, "{}", stored.layers());
    for state in 0..graph.states() as u32 {
        // After 20 steps every state of this map is possible in both processes.
        for left in 1..=20 {
            assert_eq!(stored.actions(state, 200 - left), whole.actions(state, 40 - left));
        }
        assert_eq!(stored.actions(state, 100), whole.actions(state, 20), "far from the end");
    }
}

#[test]
fn states_beyond_an_end_are_left_out() {
    let graph = firm("@Gk.........P");
    let reach = Reach::new(&graph, &Process::new(0.99, 50));
    assert_eq!((reach.states(), graph.states() > 20), (1, true));
    let stopped = Reach::new(&firm("@.P.k.g"), &Process::new(0.99, 50).stopped(PATCH));
    assert_eq!(stopped.states(), 2);
    let pursuit = pursue_in(&stopped, &[Reward::new(&[(3, 1.0), (0, 1.0)])], stay());
    assert_eq!(pursuit.value(0).to_bits(), 0.0_f64.to_bits());
}

#[test]
#[should_panic(expected = "cannot be in state")]
fn asking_for_an_impossible_state_is_refused() {
    let graph = firm("@....g");
    let far = graph.states() as u32 - 1;
    let _ = pursue(&graph, &Process::new(0.99, 10), &[goal()], None).actions(far, 0);
}

#[test]
fn empty_sets_of_events_pay_nothing() {
    assert_eq!(goal().of(Events::NONE).to_bits(), 0.0_f32.to_bits());
    let pursuit = pursue(&firm("@.."), &Process::new(0.99, 10), &[goal()], stay());
    assert_eq!((pursuit.value(0).to_bits(), pursuit.layers()), (0.0_f64.to_bits(), 1));
}
