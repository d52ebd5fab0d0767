//! ACCEL: the levels of highest regret are edited, and what comes of it is scored like new levels.
//!
//! Parker-Holder et al., "Evolving Curricula with Regret-Based Environment Design" (ICML 2022). There an edit changes a few tiles. Here
//! it has to hold for any family and may not leave the training law, so that an edit is a move to another level of the same layout: with
//! things put elsewhere, or under other ties that the law has. These variants are made beforehand, so that the pool stays one
//! hashed list; edits of edits reach all of them. As levels never grow, complexity does not either: that part of the paper is not here.

use super::Levels;
use misgen_core::Rng;

/// An edit of `level`: another level of its layout, under other ties with chance `retie`, else under the same. `None` where
/// there is no such level, which a law of one row and a family without chance in its placements always give.
pub(super) fn edit(level: u32, levels: &Levels, retie: f64, rng: &mut Rng) -> Option<u32> {
    let (layout, ties) = (levels.layouts[level as usize], levels.ties[level as usize]);
    let others = rng.chance(retie);
    let kin = (0..levels.len()).filter(|&i| levels.layouts[i] == layout && i != level as usize);
    let kin: Vec<u32> = kin.filter(|&i| (levels.ties[i] != ties) == others).map(|i| i as u32).collect();
    (!kin.is_empty()).then(|| *rng.pick(&kin))
}
