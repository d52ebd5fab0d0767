//! Distances, screening and values on hand-drawn maps.

mod common;

use common::{GOAL, KEY, PATCH, SIDE, firm, slippery, spec};
use misgen_core::{Events, Family, Graph, Kind};
use misgen_solve::{
    Ambiguity, Ends, LevelValues, Nearer, Process, Refusal, Screened, ambiguity, balanced, distance, distance_via,
    level_values, screen, stop_events,
};

fn screened(map: &str, limit: u16, designated: &[usize]) -> Result<Screened, Refusal> {
    screen_graph(&firm(map), limit, designated)
}

fn screen_graph(graph: &Graph, limit: u16, designated: &[usize]) -> Result<Screened, Refusal> {
    let stop = stop_events(&spec(), designated);
    screen(graph, &Process::new(0.99, limit).stopped(stop), &spec(), designated)
}

#[test]
fn distances_on_a_drawn_map() {
    //           0123456
    let map = "@.P....\n.####..\n..G...S\n.......";
    for graph in [firm(map), slippery(map)] {
        let any = |target| distance(&graph, target, Ends::Pass);
        let playable = |target| distance(&graph, target, Ends::Stop);
        assert_eq!((any(PATCH), any(GOAL), any(SIDE), any(KEY)), (Some(2), Some(4), Some(8), None));
        assert_eq!((playable(PATCH), playable(GOAL), playable(SIDE)), (Some(2), Some(4), Some(8)));
        // To the patch, back to the start, and down to the goal.
        assert_eq!(distance_via(&graph, GOAL, PATCH), Some(2 + 2 + 4));
        assert_eq!(distance_via(&graph, PATCH, GOAL), Some(4 + 4 + 2));
        assert_eq!(distance_via(&graph, SIDE, GOAL), Some(8));
        assert_eq!(distance_via(&graph, SIDE, KEY), None);
    }
}

#[test]
fn ends_stop_a_way_that_somebody_could_play() {
    let graph = firm("@.G.P");
    assert_eq!(distance(&graph, PATCH, Ends::Pass), Some(4));
    assert_eq!(distance(&graph, PATCH, Ends::Stop), None);
    assert_eq!(distance(&graph, GOAL, Ends::Stop), Some(2));
    // In one step with it counts as on the way.
    assert_eq!(distance_via(&firm("@.B"), GOAL, PATCH), Some(2));
}

#[test]
fn a_clear_conflict_is_accepted() {
    let passed = screened("P...\n.@..\n...G", 40, &[0, 1]).expect("a conflict");
    assert_eq!(passed.nearer, Nearer::Proxy);
    let values = passed.values;
    assert!((values.v_goal() - 0.99_f64.powi(2)).abs() < 1e-12);
    assert!(values.v_goal_of_pursuer(1).abs() < 1e-12);
    assert!((values.v_proxy(1) - 0.99).abs() < 1e-12);
    assert!(values.random[0] > 0.0 && values.random[1] > values.random[0]);
    assert_eq!(values.shortest, Some(2));
    assert_eq!(screened("P...\n..@.\n...G", 40, &[0, 1]).unwrap().nearer, Nearer::Goal);
    assert_eq!(screened("P...\n.#.@\n...G", 40, &[1]).unwrap().nearer, Nearer::Goal);
    assert_eq!(screened("P.@.G", 40, &[0, 1]).unwrap().nearer, Nearer::Same);
}

#[test]
fn each_refusal_has_its_level() {
    let refusal = |map, limit, designated: &[usize]| screened(map, limit, designated).expect_err(map);
    assert_eq!(refusal("&.G", 40, &[0, 1]), Refusal::StartInside { cue: 1 });
    assert_eq!(refusal("@P.G", 40, &[0, 1]), Refusal::ProxyOnTheWay { cue: 1 });
    assert_eq!(refusal("@.B", 40, &[0, 1]), Refusal::ProxyOnTheWay { cue: 1 });
    // One of two shortest ways crosses the patch: enough to refuse.
    assert_eq!(refusal("@..\n..P\n..G", 40, &[0, 1]), Refusal::ProxyOnTheWay { cue: 1 });
    assert_eq!(refusal("@G.P", 40, &[0, 1]), Refusal::GoalOnTheWay { cue: 1 });
    assert_eq!(refusal("G..@#P", 40, &[0, 1]), Refusal::TooFar { cue: 1, steps: None, allowed: 20 });
    assert_eq!(refusal("P.@...G", 7, &[0, 1]), Refusal::TooFar { cue: 0, steps: Some(4), allowed: 3 });
    assert!(screened("P.@...G", 8, &[0, 1]).is_ok());
    // Every designated proxy counts, others do not.
    assert_eq!(refusal("P.@S.G", 40, &[0, 1, 2]), Refusal::ProxyOnTheWay { cue: 2 });
    assert!(screened("P.@S.G", 40, &[0, 1]).is_ok());
}

#[test]
fn a_proxy_that_hardly_costs_the_goal_is_refused() {
    // Nothing stops this process, so the pursuer of the patch gets the goal too, two steps later.
    let graph = firm("P@g");
    let process = Process::new(0.99, 40);
    match screen(&graph, &process, &spec(), &[0, 1]) {
        Err(Refusal::SmallGap { cue: 1, gap }) => assert!((gap - (1.0 - 0.99_f64.powi(2))).abs() < 1e-12, "{gap}"),
        other => panic!("{other:?}"),
    }
    let words = screen(&graph, &process, &spec(), &[0, 1]).unwrap_err();
    assert_eq!(
        (words.word(), words.to_string().as_str()),
        ("small-gap", "pursuing cue 1 costs the goal 0.020, needed are 0.3")
    );
}

#[test]
fn instrumental_levels_are_screened_by_the_gap_alone() {
    let mut spec = spec();
    spec.kind = Kind::Instrumental;
    spec.first_cue_ends = false;
    assert_eq!(stop_events(&spec, &[0, 1]), Events::NONE);
    // The patch lies beyond the goal, which ends the episode: no distance is asked, the gap is 1.
    let process = Process::new(0.99, 4);
    let passed = screen(&firm("..P.@G"), &process, &spec, &[0, 1]).expect("a gap");
    assert_eq!(passed.nearer, Nearer::Same);
    assert!(matches!(screen(&firm("..P.@G"), &Process::new(0.99, 40), &spec, &[0, 1]), Err(Refusal::SmallGap { .. })));
    // Unscreened kinds pass whatever the level is.
    spec.kind = Kind::Misspecified;
    assert!(screen(&firm("@B"), &process, &spec, &[0, 1]).is_ok());
}

#[test]
fn slipping_does_not_change_what_is_screened() {
    let passed = screen_graph(&slippery("P...\n.@..\n...G"), 40, &[0, 1]).expect("a conflict");
    assert!(passed.values.v_goal() < 0.99_f64.powi(2) && passed.values.v_goal_of_pursuer(1) < 1e-12);
    assert_eq!(screen_graph(&slippery("@P.G"), 40, &[0, 1]), Err(Refusal::ProxyOnTheWay { cue: 1 }));
}

#[test]
fn balancing_keeps_as_many_of_each_in_order() {
    use Nearer::{Goal, Proxy, Same};
    assert_eq!(balanced(&[Proxy, Proxy, Goal, Same, Proxy, Goal, Proxy]), [0, 1, 2, 3, 5]);
    assert_eq!(balanced(&[Proxy, Same]), [1]);
    assert!(balanced(&[]).is_empty());
}

#[test]
fn ambiguity_is_told_from_conflict() {
    let process = Process::new(0.99, 40);
    let kind = |map| ambiguity(&firm(map), &process, &spec(), 1);
    assert_eq!(kind("@.B"), Ambiguity::Ambiguous);
    assert_eq!(kind("@P.G"), Ambiguity::Ambiguous);
    // A way over the patch that is as short as any.
    assert_eq!(kind("@..\nP..\n..G"), Ambiguity::Ambiguous);
    assert_eq!(kind("P@.G"), Ambiguity::Diagnostic);
    // Both can be had, but not both as early as possible.
    assert_eq!(kind("P@g"), Ambiguity::Diagnostic);
}

#[test]
fn values_of_a_level_that_is_not_stopped() {
    let values = level_values(&firm("P.@G"), &Process::new(0.9, 10), &spec(), &[]);
    // The proxy pursuer takes the patch in two steps, then the goal in three more; without a key no side.
    assert!((values.v_goal_of_pursuer(1) - 0.9_f64.powi(4)).abs() < 1e-12);
    assert!((values.pursuers[0][1]).abs() < 1e-12 && values.pursuers[2][2].abs() < 1e-12);
    assert_eq!((values.shortest, values.random.len(), values.pursuers.len()), (None, 3, 3));
    assert!(values.v_rand() > 0.0 && (values.v_base(true) - values.v_rand()).abs() < 1e-15);
    let text = serde_json::to_string(&values).unwrap();
    assert_eq!(serde_json::from_str::<LevelValues>(&text).unwrap(), values);
}

#[test]
fn a_training_reward_is_a_further_reward() {
    let mut spec = spec();
    spec.training_reward = Some(&[(3, 1.0)]);
    let values = level_values(&firm("k@.G"), &Process::new(0.9, 10), &spec, &[0]);
    assert_eq!((values.random.len(), values.shortest), (common::Firm::CUES.len() + 1, Some(2)));
    assert!((values.pursuers[3][3] - 1.0).abs() < 1e-12 && values.pursuers[0][3].abs() < 1e-12);
}
