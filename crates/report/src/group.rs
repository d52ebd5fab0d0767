//! A summary's rows by world and agent, in the order in which they first appear.

use misgen_evaluate::record::{Summary, SummaryRow};
use std::collections::{BTreeMap, BTreeSet};

/// The worlds and players of a page. Their numbers are in ids, and what filters compare.
pub(crate) struct Roster<'a> {
    pub(crate) worlds: Vec<World<'a>>,
    /// Every player once, learners first.
    pub(crate) players: Vec<Player<'a>>,
    /// Those that the page has a closer look at: world and player.
    pub(crate) looks: Vec<(usize, usize)>,
    /// Where to watch episodes of a world, a player and a shift.
    pub(crate) watched: BTreeMap<(usize, usize, &'a str), String>,
}

/// Name and mix.
pub(crate) type Player<'a> = (&'a str, Option<f64>);

/// What a part of the page is about: a world and a player, where they are in the summary.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) world: Option<usize>,
    pub(crate) player: Option<usize>,
}

impl Scope {
    /// As an attribute.
    pub(crate) fn pair(self) -> Option<String> {
        Some(format!("{}.{}", self.world?, self.player?))
    }

    /// The world of what is about more than one player of it.
    pub(crate) fn whole(self) -> Option<usize> {
        self.world.filter(|_| self.player.is_none())
    }
}

impl<'a> Roster<'a> {
    /// Everything of `summary`.
    pub(crate) fn new(summary: &'a Summary) -> Self {
        let worlds = worlds(summary);
        let mut players: Vec<Player<'_>> = Vec::new();
        for agent in worlds.iter().flat_map(|world| &world.agents) {
            if !players.contains(&(agent.name, agent.mix)) {
                players.push((agent.name, agent.mix));
            }
        }
        players.sort_by_key(|(_, mix)| mix.is_none());
        Self { worlds, players, looks: Vec::new(), watched: BTreeMap::new() }
    }

    /// Where a world and a player of a record stand here.
    pub(crate) fn scope(&self, world: &str, agent: &str, mix: Option<f64>) -> Scope {
        Scope {
            world: self.worlds.iter().position(|known| known.name == world),
            player: self.players.iter().position(|known| *known == (agent, mix)),
        }
    }

    /// The number of a player of this page.
    pub(crate) fn player(&self, agent: &Agent<'_>) -> usize {
        self.players.iter().position(|known| *known == (agent.name, agent.mix)).unwrap_or_default()
    }
}

/// The id of the `shift`-th row of a player in a world.
pub(crate) fn row_id(world: usize, player: usize, shift: usize) -> String {
    format!("w{world}a{player}s{shift}")
}

/// One world of a summary.
pub(crate) struct World<'a> {
    pub(crate) name: &'a str,
    pub(crate) agents: Vec<Agent<'a>>,
}

/// One agent in one world: its rows in suite order, at least one.
pub(crate) struct Agent<'a> {
    pub(crate) name: &'a str,
    pub(crate) mix: Option<f64>,
    pub(crate) rows: Vec<&'a SummaryRow>,
}

/// All worlds of `summary`.
pub(crate) fn worlds(summary: &Summary) -> Vec<World<'_>> {
    let mut worlds: Vec<World<'_>> = Vec::new();
    for row in &summary.rows {
        let world = match worlds.iter().position(|w| w.name == row.world) {
            Some(known) => known,
            None => {
                worlds.push(World { name: &row.world, agents: Vec::new() });
                worlds.len() - 1
            }
        };
        let agents = &mut worlds[world].agents;
        match agents.iter_mut().find(|a| a.name == row.agent && a.mix == row.mix) {
            Some(agent) => agent.rows.push(row),
            None => agents.push(Agent { name: &row.agent, mix: row.mix, rows: vec![row] }),
        }
    }
    worlds
}

impl<'a> World<'a> {
    /// All rows.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &'a SummaryRow> + Clone + '_ {
        self.agents.iter().flat_map(|agent| agent.rows.iter().copied())
    }

    /// Any row: family, version and law are the world's.
    pub(crate) fn any(&self) -> &'a SummaryRow {
        self.agents[0].rows[0]
    }

    /// Its judged shifts in the order of the suite, each with whether it is the main one.
    pub(crate) fn judged(&self) -> Vec<(&'a str, bool)> {
        let mut shifts: Vec<(&str, bool)> = Vec::new();
        for row in self.rows().filter(|row| row.verdict.is_some()) {
            if !shifts.iter().any(|(name, _)| *name == row.shift) {
                shifts.push((&row.shift, row.main));
            }
        }
        shifts
    }

    /// Names of proxies and joint proxies in outcomes; single ones first.
    pub(crate) fn proxies(&self) -> Vec<&'a str> {
        let names: BTreeSet<(bool, &str)> = self
            .rows()
            .filter_map(|row| row.outcomes.as_ref())
            .flat_map(|outcomes| outcomes.proxies.keys())
            .map(|name| (name.contains('+'), name.as_str()))
            .collect();
        names.into_iter().map(|(_, name)| name).collect()
    }

    /// Names of the family's own ratios.
    pub(crate) fn extras(&self) -> Vec<&'a str> {
        let names: BTreeSet<&str> = self.rows().flat_map(|row| row.extra.keys()).map(String::as_str).collect();
        names.into_iter().collect()
    }

    /// Whether the rules ended any episode.
    pub(crate) fn deadly(&self) -> bool {
        self.rows().any(|row| row.outcomes.as_ref().is_some_and(|o| o.died > 0.0))
    }
}

impl Agent<'_> {
    /// Whether it was trained (scripted agents have no mix).
    pub(crate) const fn learned(&self) -> bool {
        self.mix.is_some()
    }
}
