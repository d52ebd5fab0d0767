//! Scripted players: their names, their laws, and what they bring exactly.

mod common;

use common::{GOAL, PATCH, firm, slippery, spec};
use misgen_core::{Graph, Rng};
use misgen_solve::{Behaviour, Exact, Playbook, Process, SCRIPTS, Script, ScriptError, draw_part};

const ALL: &[&str] = &[
    "random",
    "noop",
    "pursuer:goal",
    "pursuer:patch",
    "mixture:0.25:goal:patch",
    "noisy:0.1:goal",
    "anti-goal",
    "elsewhere:goal",
];
const CONFLICT: &str = "P....\n..@..\n.....\n....G";
const OTHER: &str = "@....\n.....\nG....\n....P";

fn process() -> Process {
    Process::new(0.99, 20).stopped(GOAL.and(PATCH))
}

fn book(graph: &Graph) -> Playbook {
    Playbook::new(graph, &process(), &spec())
}

fn script(text: &str) -> Script {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn exact(text: &str) -> Exact {
    let parts = script(text).parts(&spec()).expect("known cues");
    book(&firm(CONFLICT)).exact(&parts, Some(&book(&firm(OTHER))))
}

/// Probability that the goal, and that the patch, comes first.
fn shares(exact: &Exact) -> [f64; 2] {
    let of = |events: misgen_core::Events| {
        exact.first(process().stop).iter().filter(|(set, _)| *set == events).map(|(_, p)| p).sum::<f64>()
    };
    [of(GOAL), of(PATCH)]
}

#[test]
fn names_survive_a_round_trip() {
    for text in ALL {
        assert_eq!(script(text).to_string(), *text);
    }
    for form in SCRIPTS {
        let text = form.replace(":Q", ":0.5").replace("EPS", "1e-3").replace("CUE", "patch");
        assert_eq!(script(&script(&text).to_string()), script(&text));
    }
    assert_eq!(script("pursuer:target").parts(&spec()), script("pursuer:goal").parts(&spec()));
}

#[test]
fn wrong_names_say_what_is_right() {
    let says = |text: &str| text.parse::<Script>().unwrap_err().to_string();
    assert_eq!(
        says("persuer:goal"),
        "no scripted player `persuer:goal`, there are random, noop, pursuer:CUE, mixture:Q:CUE:CUE, noisy:EPS:CUE, \
         anti-goal, elsewhere:CUE; did you mean `pursuer`?"
    );
    assert!(says("xyz").starts_with("no scripted player `xyz`, there are random"));
    assert_eq!(says("pursuer"), "scripted player `pursuer`: expected `pursuer:CUE`");
    assert_eq!(says("pursuer:"), "scripted player `pursuer:`: expected `pursuer:CUE`");
    assert_eq!(says("random:1"), "scripted player `random:1`: expected `random`");
    for number in ["NaN", "-0.1", "1.5", "x", "inf"] {
        assert!(says(&format!("noisy:{number}:goal")).contains(&format!("`{number}` is not a number from 0 to 1")));
        assert!(says(&format!("mixture:{number}:a:b")).contains("is not a number"));
    }
    let unknown = script("pursuer:pach").parts(&spec()).unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "family `drawn` has no cue `pach`, it has target, patch, side; did you mean `patch`?"
    );
    let mut restless = spec();
    restless.stay = None;
    assert_eq!(script("noop").parts(&restless), Err(ScriptError::NoStay { family: "drawn" }));
}

#[test]
fn laws_sum_to_one_and_parts_too() {
    let other = firm(OTHER);
    for graph in [firm(CONFLICT), slippery(CONFLICT)] {
        let (book, other) = (book(&graph), book(&other));
        for text in ALL {
            let parts = script(text).parts(&spec()).unwrap();
            assert!((parts.iter().map(|(weight, _)| weight).sum::<f64>() - 1.0).abs() < 1e-12);
            for (_, behaviour) in parts {
                let player = book.player(behaviour, Some(&other));
                let mut probs = [9.0; 5];
                // Every state that lies at most two steps from the start.
                for step in 2..process().limit {
                    for state in 0..5 {
                        player.law(state, step, &mut probs);
                        let sum: f64 = probs.iter().sum();
                        assert!((sum - 1.0).abs() < 1e-12 && probs.iter().all(|p| (0.0..=1.0).contains(p)), "{text}");
                    }
                }
            }
        }
    }
}

#[test]
fn players_do_what_their_names_say() {
    let near = |found: [f64; 2], expected: [f64; 2]| {
        assert!((found[0] - expected[0]).abs() < 1e-12 && (found[1] - expected[1]).abs() < 1e-12, "{found:?}");
    };
    near(shares(&exact("pursuer:goal")), [1.0, 0.0]);
    near(shares(&exact("pursuer:patch")), [0.0, 1.0]);
    near(shares(&exact("mixture:0.25:goal:patch")), [0.25, 0.75]);
    near(shares(&exact("noop")), [0.0, 0.0]);
    near(shares(&exact("elsewhere:goal")), [0.0, 0.0]);
    assert!((exact("noop").truncated - 1.0).abs() < 1e-12);
    let anti = exact("anti-goal");
    assert!(shares(&anti)[0] == 0.0 && shares(&anti)[1] > 0.1, "moves about and never reaches the goal: {anti:?}");
    let (random, noisy) = (exact("random"), exact("noisy:0.1:goal"));
    assert!(shares(&noisy)[0] > 0.95 && noisy.values[0] < exact("pursuer:goal").values[0]);
    assert!(shares(&random)[0] > 0.05 && shares(&random)[1] > 0.05);
    assert_eq!(exact("noisy:0:goal"), exact("pursuer:goal"));
    let all_noise = exact("noisy:1:goal");
    assert!((all_noise.values[0] - random.values[0]).abs() < 1e-12);
}

#[test]
fn elsewhere_plays_the_other_level_blindly_and_its_own_without_one() {
    let (here, there) = (firm(CONFLICT), firm(OTHER));
    let (here, there) = (book(&here), book(&there));
    let behaviour = Behaviour::Elsewhere(0);
    let blind = here.player(behaviour, Some(&there));
    let mut probs = [0.0; 5];
    // The other level's goal is two below its start.
    let taped: Vec<usize> = (0..4)
        .map(|step| {
            blind.law(0, step, &mut probs);
            probs.iter().position(|p| *p == 1.0).expect("certain")
        })
        .collect();
    assert_eq!(taped, [2, 2, 4, 4]);
    let own = here.exact(&[(1.0, behaviour)], None);
    assert_eq!(own, here.exact(&[(1.0, Behaviour::Pursue(0))], None));
}

#[test]
fn sampled_players_agree_with_their_exact_value() {
    let graph = slippery(CONFLICT);
    let book = book(&graph);
    for text in ["mixture:0.25:goal:patch", "noisy:0.3:patch", "anti-goal"] {
        let parts = script(text).parts(&spec()).unwrap();
        let exact = book.exact(&parts, None);
        let players: Vec<_> = parts.iter().map(|(_, b)| (*b, book.player(*b, None))).collect();
        let n = 20_000;
        let (mut sum, mut squares) = (0.0, 0.0);
        for episode in 0..n {
            let mut rng = Rng::keyed(5, "test", episode);
            let drawn = draw_part(&parts, &mut rng);
            let player = &players.iter().find(|(b, _)| *b == drawn).expect("a part").1;
            let mut state = 0;
            for step in 0..process().limit {
                let action = player.act(state, step, &mut rng);
                let edges = graph.edges(state, usize::from(action));
                let edge = edges[rng.weighted(edges.iter().map(|e| e.probability))];
                if process().ends(&edge) {
                    let value = f64::from(u8::from(edge.events.meets(PATCH))) * 0.99_f64.powi(i32::from(step));
                    sum += value;
                    squares += value * value;
                    break;
                }
                state = edge.next;
            }
        }
        let mean = sum / n as f64;
        let error = ((squares / n as f64 - mean * mean) / n as f64).sqrt();
        assert!((mean - exact.values[1]).abs() < 4.0 * error, "{text}: {mean} +- {error}, {}", exact.values[1]);
    }
}
