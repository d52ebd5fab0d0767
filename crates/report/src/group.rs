//! A summary's rows by world and agent, in the order in which they first appear.

use misgen_evaluate::record::{Summary, SummaryRow};
use std::collections::BTreeSet;

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
