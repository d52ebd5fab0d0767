//! Every registered family keeps every rule, and each rule is seen to bite on a family that breaks it.

mod common;

use common::{BAD_PATCH, BAD_TEXT, BLIND, EARLY_EVENT, FEW_DIAGNOSTIC, NOT_COINCIDENT, Room, SOUND, UNPAIRED};
use misgen_core::{AnyFamily, Family, Of};
use misgen_evaluate::check::{Report, Weight, check};

fn found<F: Family>() -> Report {
    check(&Of::<F>::NEW)
}

#[track_caller]
fn finds(report: &Report, weight: Weight, rule: &str) {
    let hit = report.findings.iter().any(|f| f.weight == weight && f.rule.contains(rule));
    assert!(hit, "no {weight:?} finding about `{rule}` among {:#?}", report.findings);
}

fn every_rule_holds(family: &dyn AnyFamily) {
    let report = check(family);
    assert!(report.findings.is_empty(), "{}: {:#?}", report.family, report.findings);
    assert!(report.rules.len() > 20, "only {:?}", report.rules);
}

/// One test a family, so that they run side by side.
macro_rules! keep_every_rule {
    ($($test:ident: $name:literal,)*) => {
        $(#[test]
        fn $test() {
            every_rule_holds(misgen_families::REGISTRY.get($name).unwrap());
        })*

        #[test]
        fn no_registered_family_is_left_out_here() {
            assert_eq!(misgen_families::REGISTRY.names(), [$($name),*]);
        }
    };
}

keep_every_rule! {
    doorway: "doorway",
    bright: "bright",
    corner: "corner",
    keys_chests: "keys-chests",
    colour_shape: "colour-shape",
    dish: "dish",
    monsters: "monsters",
    forest: "forest",
    follow: "follow",
    coin: "coin",
    lava: "lava",
    oversight: "oversight",
    query: "query",
    boat_race: "boat-race",
    tidy: "tidy",
    pause: "pause",
}

#[test]
fn the_sound_room_is_sound() {
    every_rule_holds(&Of::<Room<SOUND>>::NEW);
}

#[test]
fn a_patch_that_forgets_a_cell_is_found() {
    finds(&found::<Room<BAD_PATCH>>(), Weight::Broken, "observations equal");
}

#[test]
fn a_layout_that_moves_with_the_tie_is_found() {
    finds(&found::<Room<UNPAIRED>>(), Weight::Broken, "levels under");
}

#[test]
fn a_text_that_loses_something_is_found() {
    finds(&found::<Room<BAD_TEXT>>(), Weight::Broken, "levels under");
}

#[test]
fn an_event_before_the_first_move_is_found() {
    finds(&found::<Room<EARLY_EVENT>>(), Weight::Broken, "before the first move");
}

#[test]
fn a_proxy_that_does_not_coincide_is_found() {
    finds(&found::<Room<NOT_COINCIDENT>>(), Weight::Broken, "control: proxy pursuer");
}

#[test]
fn a_world_that_needs_no_eyes_is_a_bad_experiment() {
    finds(&found::<Room<BLIND>>(), Weight::BadExperiment, "not solvable blind");
}

#[test]
fn fewer_diagnostic_levels_than_declared_are_found() {
    finds(&found::<Room<FEW_DIAGNOSTIC>>(), Weight::Broken, "diagnostic levels");
}
