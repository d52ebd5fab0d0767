//! How many levels of each conflict shift tell goal from proxy.

mod common;

use misgen_core::{Kind, Role};
use misgen_families::REGISTRY;

#[test]
fn conflict_shifts_yield_their_declared_share_of_diagnostic_levels() {
    for family in REGISTRY.iter().filter(|family| family.spec().kind == Kind::Coincident) {
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
