//! ACCEL: the levels of highest regret are edited, and what comes of it is scored like new levels.
//!
//! Parker-Holder et al., "Evolving Curricula with Regret-Based Environment Design" (ICML 2022). There an edit changes a few tiles. Here
//! it has to hold for any family and may not leave the training law, so that an edit is a move to another level of the same layout: with
//! things put elsewhere, or under other ties that the law has. These variants are made beforehand, so that the pool stays one
//! hashed list; edits of edits reach all of them. As levels never grow, complexity does not either: that part of the paper is not here.

use super::{AccelConfig, Levels, Ties};
use misgen_core::Rng;

/// An edit of `level`: another level of its layout, under ties that are drawn anew with chance `retie`, else under its own. `None` where
/// there is no such level, as under a law of one row in a family without chance in its placements.
pub(super) fn edit(level: u32, levels: &Levels, accel: &AccelConfig, rng: &mut Rng) -> Option<u32> {
    let (layout, own) = (levels.layouts[level as usize], levels.ties[level as usize]);
    let drawn = rng.chance(accel.retie).then(|| match accel.ties {
        Ties::Law => rng.weighted(levels.shares.iter().copied()),
        Ties::Support => rng.weighted((0..levels.shares.len()).map(|row| f64::from(u8::from(row != own as usize)))),
    });
    let ties = drawn.map_or(own, |row| row as u32);
    let kin = (0..levels.len()).filter(|&i| levels.layouts[i] == layout && levels.ties[i] == ties);
    let kin: Vec<u32> = kin.map(|i| i as u32).filter(|i| *i != level).collect();
    (!kin.is_empty()).then(|| *rng.pick(&kin))
}
