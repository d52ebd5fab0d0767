//! Two runs, or two players of one, level by level.

use super::stored::{Cell, Pools, Stored, median, take};
use super::{ExhibitError, known, world_of};
use crate::plan::{Group, Plan, WorldRows};
use misgen_core::{AnyFamily, Policy, Registry};
use misgen_evaluate::compare::{self, Comparison, Contrast};
use misgen_evaluate::exhibit::{
    AgentExhibits, PairedRow, Pairing, Played, RULE_OF_PAIRS, RowExhibits, Shelf, SideBySide, WorldExhibits,
};
use misgen_evaluate::metric::Metric;
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
        let Some(family) = known(registry, world, &mut notes) else { continue };
        let mut of = OfWorld { family, world, pools: Pools::new(), shelf: Shelf::default() };
        let mut agents = Vec::new();
        for (one, other) in players(comparison, world) {
            let groups = find(base.0, world, one).zip(find(head.0, world, other));
            let Some((one_group, other_group)) = groups else { continue };
            let name = format!("{} → {}", name(one), name(other));
            let one = Side::of(&before, one_group)?;
            let other = Side::of(&now, other_group)?;
            agents.extend(of.players(name, one, other, &mut rows, &mut notes)?);
        }
        worlds.push(WorldExhibits { agents, ..world_of(&world.name, &family.spec(), of.shelf) });
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

/// One of the two: its run, and its cells in a world.
struct Side<'a> {
    stored: &'a Stored<'a>,
    cells: Vec<Cell>,
}

impl<'a> Side<'a> {
    fn of(stored: &'a Stored<'a>, group: &Group) -> Result<Self, ExhibitError> {
        Ok(Self { stored, cells: stored.cells(group)? })
    }

    /// The cell that goes with the `at`-th of the other side, which is of `seed`: seeds in common are paired, else places.
    fn partner(&self, at: usize, seed: u64) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.result.seed == seed).or(self.cells.get(at))
    }
}

/// One world being gone through.
struct OfWorld<'a> {
    family: &'static dyn AnyFamily,
    world: &'a WorldRows,
    pools: Pools,
    shelf: Shelf,
}

impl OfWorld<'_> {
    /// Two players, called `name`, on every shift whose levels both have played; `None` where one of them has no result.
    fn players(
        &mut self,
        name: String,
        mut one: Side<'_>,
        mut other: Side<'_>,
        rows: &mut Vec<PairedRow>,
        notes: &mut BTreeSet<String>,
    ) -> Result<Option<AgentExhibits>, ExhibitError> {
        let main = self.world.rows.iter().find(|row| row.main).map_or("", |row| &row.name);
        let Some(at) = median(&one.cells, main) else { return Ok(None) };
        let base = &one.cells[at];
        let seed = base.result.seed;
        let Some(head) = other.partner(at, seed) else { return Ok(None) };
        let mut nets = [one.stored.net(base)?, other.stored.net(head)?];
        let inputs = one.stored.inputs(&base.address).zip(other.stored.inputs(&head.address));
        let Some((base_inputs, head_inputs)) = inputs else { return Ok(None) };
        let mut shown = Vec::new();
        for row in &self.world.rows {
            // Pools are addressed by what they hold: equal addresses are equal levels.
            let address = base_inputs.shifts.get(&row.name);
            if address.is_none() || address != head_inputs.shifts.get(&row.name) {
                continue;
            }
            let pool = one.stored.pool(&mut self.pools, self.family, base_inputs, &row.name)?;
            let (before, now) = (take(&mut one.cells, &row.name), take(&mut other.cells, &row.name));
            let Some(pool) = pool.filter(|_| !before.is_empty() && !now.is_empty()) else { continue };
            let pair = SideBySide {
                base: Played { pool: &pool, seeds: &before, shown: seed },
                head: Played { pool: &pool, seeds: &now, shown: seed },
            };
            let (crossings, levels) = pair.crossings();
            let minds = nets.each_mut().map(|net| net.as_mut().map(|(_, policy)| policy as &mut dyn Policy));
            let who = format!("{name} in {}", self.world.name);
            let (replays, note) = match pair.replays(minds, &mut self.shelf) {
                Ok(found) => found,
                Err(source) => return Err(ExhibitError::Agent { who, source }),
            };
            notes.extend(note.map(|note| format!("{who}: {note}.")));
            rows.push(PairedRow {
                world: self.world.name.clone(),
                shift: row.name.clone(),
                main: row.main,
                players: name.clone(),
                seeds: pair.seeds().len(),
                levels,
                crossings,
            });
            let shift = row.name.clone();
            shown.push(RowExhibits { shift, ends: None, preference: Vec::new(), field: None, replays });
        }
        Ok(Some(AgentExhibits { agent: name, mix: None, rows: shown, attribution: None }))
    }
}

/// The pairs of players that are compared in a world, each once.
fn players<'a>(comparison: &'a Comparison, world: &WorldRows) -> Vec<(&'a compare::Side, &'a compare::Side)> {
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

fn find<'a>(plan: &'a Plan, world: &WorldRows, side: &compare::Side) -> Option<&'a Group> {
    plan.index
        .groups
        .iter()
        .find(|group| group.world == world.name && group.agent == side.agent && group.mix == side.mix)
}

fn name(side: &compare::Side) -> String {
    side.mix.map_or_else(|| side.agent.clone(), |mix| format!("{} at mix {mix}", side.agent))
}
