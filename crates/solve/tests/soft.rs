//! Soft values against arithmetic by hand.

mod common;

use common::{ACTIONS, GOAL, PATCH, firm, slippery};
use misgen_core::{Events, Graph};
use misgen_solve::{Process, Reach, Visits, evaluate_in, soft_scores};

const RIGHT: usize = 3;

fn reach(graph: &Graph, limit: u16, stop: Events) -> Reach {
    Reach::new(graph, &Process::new(1.0, limit).stopped(stop))
}

/// One decision in the start, `action`, with `limit` steps left.
fn first(reach: &Reach, action: usize) -> Visits {
    let mut visits = Visits::none(reach);
    visits.add(reach, 0, 0, (0..ACTIONS).map(|a| f64::from(u8::from(a == action))));
    visits
}

fn near(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-12, "{a} is not {b}");
}

#[test]
fn two_states_by_hand() {
    // Right obtains the goal, the four other moves stay. With two steps left Q(right) = -1 and Q(other) = -2, so that
    // log pi(right) - log 1/5 = -log mean(1, e^-b, e^-b, e^-b, e^-b).
    let graph = firm("@G");
    let two = reach(&graph, 2, GOAL);
    for beta in [0.1_f64, 1.0, 7.0, 30.0] {
        let mean = (1.0 + 4.0 * (-beta).exp()) / 5.0;
        let scores = soft_scores(&two, GOAL, &[beta], &[&first(&two, RIGHT), &first(&two, 0)]);
        near(scores[0][0], -mean.ln());
        near(scores[0][1], -beta - mean.ln());
    }
    // With one step left nothing can be saved: every action costs 1.
    let one = reach(&graph, 1, GOAL);
    near(soft_scores(&one, GOAL, &[3.0], &[&first(&one, RIGHT)])[0][0], 0.0);
    // With three: V_2 of staying is -1 + log mean / b, with the same mean as above.
    let (three, beta) = (reach(&graph, 3, GOAL), 2.0_f64);
    let v2 = -1.0 + ((1.0 + 4.0 * (-beta).exp()) / 5.0).ln() / beta;
    let mean = ((-beta).exp() + 4.0 * (beta * (v2 - 1.0)).exp()) / 5.0;
    near(soft_scores(&three, GOAL, &[beta], &[&first(&three, RIGHT)])[0][0], -beta - mean.ln());
}

#[test]
fn an_end_without_the_cue_saves_nothing() {
    // Left ends the episode without the goal, which is two steps to the right.
    for map in ["L@.G", "P@.G"] {
        let graph = firm(map);
        let beta = 4.0_f64;
        let of = |limit: u16| {
            let cut = reach(&graph, limit, GOAL.and(PATCH));
            let seen = [first(&cut, 1), first(&cut, 0), first(&cut, RIGHT)];
            let scores = soft_scores(&cut, GOAL, &[beta], &seen.each_ref());
            [scores[0][0], scores[0][1], scores[0][2]]
        };
        // Three steps left: after any move but right the goal comes with the last step or not at all, which costs 3 either way.
        let [left, stay, right] = of(3);
        near(left, stay);
        // Right leaves two steps beside the goal.
        let beside = -1.0 + ((1.0 + 4.0 * (-beta).exp()) / 5.0).ln() / beta;
        let q = [-3.0, -3.0, -3.0, -1.0 + beside, -3.0];
        let value = (q.iter().map(|q| (beta * q).exp()).sum::<f64>() / 5.0).ln() / beta;
        near(right, beta * (q[3] - value));
        near(left, beta * (-3.0 - value));
        // Four steps left: standing still for one still leaves time, and ending the episode costs all four.
        let [left, stay, right] = of(4);
        assert!(left < stay && stay < right, "{map}: {left} {stay} {right}");
    }
}

#[test]
fn a_law_is_expected_as_its_decisions_are() {
    for graph in [firm("@..\n.#.\n..G"), slippery("@..\n...\n..G")] {
        let cut = reach(&graph, 9, GOAL);
        let law = |state: u32, step: u16, probs: &mut [f64]| {
            let odd = (state as usize + usize::from(step)) % ACTIONS;
            probs.fill(0.1);
            probs[odd] = 0.6;
        };
        let mut visits = Visits::none(&cut);
        visits.expect(&cut, 1.0, law);
        let exact = evaluate_in(&cut, &[], law);
        assert!((visits.decisions() - exact.length).abs() < 1e-9, "{} of {}", visits.decisions(), exact.length);
        // Uniform play is predicted by no pursuit better than by chance.
        let mut chance = Visits::none(&cut);
        chance.expect(&cut, 1.0, |_, _, probs| probs.fill(0.2));
        let scores = soft_scores(&cut, GOAL, &[0.01, 0.1, 1.0, 10.0], &[&chance]);
        assert!(scores.iter().all(|s| s[0] < 0.0), "{scores:?}");
    }
}

#[test]
fn chance_is_averaged_before_the_soft_maximum() {
    // A quarter of the moves do nothing: with two steps left Q(right) = -1 + 1/4 V_1 = -1.25, Q(other) = -2.
    let graph = slippery("@G");
    let two = reach(&graph, 2, GOAL);
    let beta = 3.0_f64;
    let q = [-2.0, -2.0, -2.0, -1.25, -2.0];
    let v = (q.iter().map(|q| (beta * q).exp()).sum::<f64>() / 5.0).ln() / beta;
    near(soft_scores(&two, GOAL, &[beta], &[&first(&two, RIGHT)])[0][0], beta * (-1.25 - v));
}
