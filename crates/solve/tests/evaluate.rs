//! Exact evaluation against sampling and against arithmetic by hand.

mod common;

use common::{GOAL, LAVA, PATCH, firm, goal, patch, slippery, stay};
use misgen_core::{Events, Graph, Reward, Rng};
use misgen_solve::{Exact, Process, Reach, evaluate, pursue, uniform, uniform_values};

/// Means and standard errors over sampled episodes: values of `rewards`, share that ends at `stop`, length.
fn sample(
    graph: &Graph,
    process: &Process,
    rewards: &[Reward],
    law: impl Fn(u32, u16, &mut [f64]),
    episodes: u64,
) -> Vec<(f64, f64)> {
    let mut sums = vec![(0.0, 0.0); rewards.len() + 2];
    let mut probs = vec![0.0; graph.actions()];
    for episode in 0..episodes {
        let mut rng = Rng::keyed(3, "test", episode);
        let mut outcome = vec![0.0; rewards.len() + 2];
        let (mut state, mut discount) = (0, 1.0);
        for step in 0..process.limit {
            law(state, step, &mut probs);
            let action = rng.weighted(probs.iter().copied());
            let edges = graph.edges(state, action);
            let edge = edges[rng.weighted(edges.iter().map(|e| e.probability))];
            for (slot, reward) in outcome.iter_mut().zip(rewards) {
                *slot += discount * f64::from(reward.of(edge.events));
            }
            outcome[rewards.len() + 1] += 1.0;
            discount *= process.gamma;
            state = edge.next;
            if process.ends(&edge) {
                outcome[rewards.len()] += f64::from(u8::from(edge.events.meets(process.stop)));
                break;
            }
        }
        for ((sum, squares), x) in sums.iter_mut().zip(outcome) {
            *sum += x;
            *squares += x * x;
        }
    }
    let n = episodes as f64;
    sums.iter().map(|(sum, squares)| (sum / n, ((squares / n - (sum / n).powi(2)) / n).max(0.0).sqrt())).collect()
}

fn compare(exact: &Exact, sampled: &[(f64, f64)], process: &Process) {
    let reached: f64 = exact.first(process.stop).iter().filter(|(set, _)| !set.is_empty()).map(|(_, p)| p).sum();
    let facts = exact.values.iter().chain([&reached, &exact.length]);
    for (fact, (mean, error)) in facts.zip(sampled) {
        assert!((fact - mean).abs() <= 4.0 * error + 1e-9, "{fact} against {mean} +- {error}: {exact:?}");
    }
}

#[test]
fn agrees_with_long_sampling() {
    let map = "@..P\n.#..\nk.LG\n...S";
    let rewards = [goal(), patch(), Reward::new(&[(3, 0.5), (4, -1.0)])];
    for graph in [firm(map), slippery(map)] {
        for process in [Process::new(0.9, 12), Process::new(0.99, 30).stopped(PATCH.and(GOAL))] {
            let random = uniform(&graph, &process, &rewards);
            compare(&random, &sample(&graph, &process, &rewards, |_, _, p| p.fill(0.2), 40_000), &process);
            // A law that depends on state and step, to hold the whole interface.
            let pursuit = pursue(&graph, &process, &[rewards[0]], stay());
            let law = |state: u32, step: u16, probs: &mut [f64]| {
                pursuit.actions(state, step).law(probs);
                let noise = if step.is_multiple_of(2) { 0.9 } else { 0.6 };
                probs.iter_mut().for_each(|p| *p = *p * (1.0 - noise) + noise / 5.0);
            };
            let exact = evaluate(&graph, &process, &rewards, &mut { law });
            compare(&exact, &sample(&graph, &process, &rewards, law, 40_000), &process);
        }
    }
}

#[test]
fn probabilities_of_all_ends_sum_to_one() {
    let stop = GOAL.and(PATCH);
    for graph in [firm("@.B\nLPS"), slippery("@.B\nLPS")] {
        let process = Process::new(0.99, 15).stopped(stop);
        let exact = uniform(&graph, &process, &[goal()]);
        let total: f64 = exact.finishes.iter().map(|f| f.probability).sum::<f64>() + exact.truncated;
        assert!((total - 1.0).abs() < 1e-12, "{total}");
        let mean = exact.finishes.iter().map(|f| f.probability * f64::from(f.steps)).sum::<f64>();
        assert!((mean + exact.truncated * 15.0 - exact.length).abs() < 1e-9);
        // Lava ends without a stopping event, B is goal and patch in one step.
        let sets: Vec<u16> = exact.first(stop).iter().map(|(set, _)| set.0).collect();
        assert_eq!(sets, [Events::NONE.0, PATCH.0, GOAL.and(PATCH).0]);
        assert!(exact.counts[0] > 0.0 && (exact.counts[4] - exact.first(LAVA)[1].1).abs() < 1e-12);
    }
}

#[test]
fn values_by_hand() {
    // Right half of the time, else stay: the goal is two steps away.
    let graph = firm("@.g");
    let process = Process::new(0.5, 3);
    let mut law = |_: u32, _: u16, probs: &mut [f64]| probs.copy_from_slice(&[0.0, 0.0, 0.0, 0.5, 0.5]);
    let exact = evaluate(&graph, &process, &[goal()], &mut law);
    // Reached in step 2 with 1/4 (paid gamma), in step 3 with 2 * 1/8 (paid gamma^2).
    assert!((exact.values[0] - (0.25 * 0.5 + 0.25 * 0.25)).abs() < 1e-12, "{exact:?}");
    assert!((exact.counts[0] - 0.5).abs() < 1e-12 && (exact.length - 3.0).abs() < 1e-12);
    assert!(exact.finishes.is_empty() && (exact.truncated - 1.0).abs() < 1e-12);
    let exact = evaluate(&graph, &process.stopped(GOAL), &[goal()], &mut law);
    assert!((exact.spl(GOAL, 2) - (0.25 + 0.25 * 2.0 / 3.0)).abs() < 1e-12, "{exact:?}");
    assert!((exact.length - 2.75).abs() < 1e-12);
}

#[test]
fn a_mixture_is_the_weighted_sum_of_its_parts() {
    let graph = firm("P.@G");
    let process = Process::new(0.9, 10).stopped(GOAL.and(PATCH));
    let rewards = [goal(), patch()];
    let part = |which: usize| {
        let pursuit = pursue(&graph, &process, &[rewards[which]], stay());
        evaluate(&graph, &process, &rewards, &mut |s, t, p: &mut [f64]| pursuit.actions(s, t).law(p))
    };
    let mixed = Exact::mixture(&[(0.3, part(0)), (0.7, part(1))]);
    assert!((mixed.values[0] - 0.3).abs() < 1e-12 && (mixed.values[1] - 0.7 * 0.9).abs() < 1e-12);
    let ends: Vec<(u16, u16)> = mixed.finishes.iter().map(|f| (f.steps, f.events.0)).collect();
    assert_eq!(ends, [(1, GOAL.0), (2, PATCH.0)]);
    assert!((mixed.length - (0.3 + 1.4)).abs() < 1e-12);
}

#[test]
fn both_ways_of_valuing_random_play_agree() {
    // More rewards than are handled at a time.
    let rewards: Vec<Reward> = (0..5).map(|k| Reward::new(&[(k, 1.0), (4 - k, -0.4)])).collect();
    let map = "@..P\n.#..\nk.LG\n...S";
    for graph in [firm(map), slippery(map)] {
        for process in [Process::new(0.9, 12), Process::new(0.99, 30).stopped(PATCH.and(GOAL)), Process::new(1.0, 0)] {
            let forward = uniform(&graph, &process, &rewards).values;
            let backward = uniform_values(&Reach::new(&graph, &process), &rewards);
            assert_eq!(backward.len(), 5);
            assert!(forward.iter().zip(&backward).all(|(f, b)| (f - b).abs() < 1e-12), "{forward:?} {backward:?}");
        }
    }
}
