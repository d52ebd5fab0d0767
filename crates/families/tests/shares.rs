//! How many levels of each conflict shift tell goal from proxy.

mod common;

use misgen_core::{FamilySpec, Kind, Role};
use misgen_families::REGISTRY;

/// Families whose episodes end at the first cue are screened by distances, coincident ones by nothing else that matters.
fn screened_by_distance(spec: &FamilySpec) -> bool {
    spec.kind == Kind::Coincident && spec.first_cue_ends
}

#[test]
fn conflict_shifts_yield_their_declared_share_of_diagnostic_levels() {
    for family in REGISTRY.iter().filter(|family| screened_by_distance(&family.spec())) {
        for shift in family.spec().shifts.iter().filter(|shift| shift.role == Role::Conflict) {
            let (kept, balanced) = common::screened(family, shift, 400);
            let name = format!("{} {}", family.spec().name, shift.name);
            assert!(
                balanced >= shift.min_share,
                "{name}: {balanced} after balancing ({kept} before), declared {}",
                shift.min_share
            );
            assert!(shift.min_share >= 0.5 * balanced, "{name}: {balanced}, but only {} declared", shift.min_share);
        }
    }
}
