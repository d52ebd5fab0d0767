//! Two runs, or two players of one, level by level.

use super::stored::{Pools, Stored, median, take};
use super::{ExhibitError, known, world_of};
use crate::plan::{Group, Plan, WorldRows};
use misgen_core::{Policy, Registry};
use misgen_evaluate::compare::{Comparison, Contrast, Side};
use misgen_evaluate::exhibit::{
    AgentExhibits, PairedRow, Pairing, Played, RULE_OF_PAIRS, RowExhibits, Shelf, SideBySide, WorldExhibits,
};
use misgen_evaluate::metric::Metric;
use misgen_evaluate::row::EvaluateError;
use misgen_store::Store;
use std::collections::BTreeSet;

/// The same rows as `comparison`, level by level, where both sides have played the same levels. Each run with its plan and store.
///
/// # Errors
/// When a store fails, a complete record cannot be read, or a net fails.
pub fn pairing(
    registry: Registry,
    base: (&Plan, &Store),
    head: (&Plan, &Store),
    comparison: &Comparison,
) -> Result<Pairing, ExhibitError> {
    let (before, now) = (Stored::new(base.0, base.1), Stored::new(head.0, head.1));
    let (mut rows, mut worlds, mut notes) = (Vec::new(), Vec::new(), BTreeSet::new());
    for world in &base.0.index.worlds {
        let family = match known(registry, world) {
            Ok(family) => family,
            Err(note) => {
                notes.insert(note);
                continue;
            }
        };
        let (mut pools, mut shelf) = (Pools::new(), Shelf::default());
        let mut agents = Vec::new();
        for (one, other) in players(comparison, world) {
            let groups = find(base.0, world, one).zip(find(head.0, world, other));
            let Some((one_group, other_group)) = groups else { continue };
            let players = format!("{} → {}", name(one), name(other));
            let (mut one_cells, mut other_cells) = (before.cells(one_group)?, now.cells(other_group)?);
            let main = world.rows.iter().find(|row| row.main).map_or("", |row| &row.name);
            let Some(shown) = median(&one_cells, main) else { continue };
            let seed = one_cells[shown].result.seed;
            let partner = other_cells
                .iter()
                .position(|cell| cell.result.seed == seed)
                .or((!other_cells.is_empty()).then_some(shown.min(other_cells.len().saturating_sub(1))));
            let Some(partner) = partner else { continue };
            let mut nets = [before.net(&one_cells[shown])?, now.net(&other_cells[partner])?];
            let inputs = before.inputs(&one_cells[shown].address).zip(now.inputs(&other_cells[partner].address));
            let Some((one_inputs, other_inputs)) = inputs else { continue };
            let failed =
                |source: EvaluateError| ExhibitError::Agent { who: format!("{players} in {}", world.name), source };
            let mut shown_rows = Vec::new();
            for row in &world.rows {
                // Pools are addressed by what they hold: equal addresses are equal levels.
                let same = one_inputs
                    .shifts
                    .get(&row.name)
                    .is_some_and(|pool| other_inputs.shifts.get(&row.name) == Some(pool));
                if !same {
                    continue;
                }
                let Some(pool) = before.pool(&mut pools, family, one_inputs, &row.name)? else { continue };
                let (one_seeds, other_seeds) = (take(&mut one_cells, &row.name), take(&mut other_cells, &row.name));
                if one_seeds.is_empty() || other_seeds.is_empty() {
                    continue;
                }
                let pair = SideBySide {
                    base: Played { pool: &pool, seeds: &one_seeds, shown: seed },
                    head: Played { pool: &pool, seeds: &other_seeds, shown: seed },
                };
                let (crossings, levels) = pair.crossings();
                let minds = nets.each_mut().map(|net| net.as_mut().map(|(_, policy)| policy as &mut dyn Policy));
                let (replays, note) = pair.replays(minds, &mut shelf).map_err(failed)?;
                notes.extend(note.map(|note| format!("{players} in {}: {note}.", world.name)));
                rows.push(PairedRow {
                    world: world.name.clone(),
                    shift: row.name.clone(),
                    main: row.main,
                    players: players.clone(),
                    seeds: pair.seeds().len(),
                    levels,
                    crossings,
                });
                shown_rows.push(RowExhibits {
                    shift: row.name.clone(),
                    ends: None,
                    preference: Vec::new(),
                    field: None,
                    replays,
                });
            }
            agents.push(AgentExhibits { agent: players, mix: None, rows: shown_rows, attribution: None });
        }
        worlds.push(WorldExhibits { agents, ..world_of(&world.name, &family.spec(), shelf) });
    }
    Ok(Pairing {
        base: base.0.index.suite.clone(),
        head: head.0.index.suite.clone(),
        rows,
        rule: RULE_OF_PAIRS.to_owned(),
        worlds,
        notes: notes.into_iter().collect(),
    })
}

/// The pairs of players that are compared in a world, each once.
fn players<'a>(comparison: &'a Comparison, world: &WorldRows) -> Vec<(&'a Side, &'a Side)> {
    let mut found: Vec<&Contrast> = Vec::new();
    let same = |a: &Contrast, b: &Contrast| {
        (&a.base.agent, a.base.mix, &a.head.agent, a.head.mix) == (&b.base.agent, b.base.mix, &b.head.agent, b.head.mix)
    };
    for contrast in comparison.contrasts.iter().filter(|c| c.world == world.name && c.metric == Metric::Gt) {
        if !found.iter().any(|known| same(known, contrast)) {
            found.push(contrast);
        }
    }
    found.into_iter().map(|contrast| (&contrast.base, &contrast.head)).collect()
}

fn find<'a>(plan: &'a Plan, world: &WorldRows, side: &Side) -> Option<&'a Group> {
    plan.index
        .groups
        .iter()
        .find(|group| group.world == world.name && group.agent == side.agent && group.mix == side.mix)
}

fn name(side: &Side) -> String {
    side.mix.map_or_else(|| side.agent.clone(), |mix| format!("{} at mix {mix}", side.agent))
}
