//! What can be looked at beside numbers: which cue came first when two competed, where episodes end, what a net would do and what it
//! expects all over a level, and attribution. Whatever a record does not hold is not there.

mod attribution;
mod ends;
mod field;
mod heat;
mod level;
mod preference;

use crate::group::{Roster, Scope};
use crate::text;
use maud::{Markup, html as markup};
use misgen_evaluate::exhibit::{AgentExhibits, Exhibits, WorldExhibits};

/// With more players than these the worlds begin folded.
const OPEN: usize = 4;

/// Whether the section has anything in it.
pub(crate) fn is_there(exhibits: &Exhibits) -> bool {
    exhibits.worlds.iter().flat_map(|world| &world.agents).any(shows)
}

/// Whether there is something to see of a player.
fn shows(agent: &AgentExhibits) -> bool {
    agent.attribution.is_some()
        || agent.rows.iter().any(|row| row.ends.is_some() || row.field.is_some() || !row.preference.is_empty())
}

/// The part of the page, where there is anything to look at.
pub(crate) fn section(exhibits: &Exhibits, roster: &Roster<'_>) -> Markup {
    let players: usize =
        exhibits.worlds.iter().map(|world| world.agents.iter().filter(|agent| shows(agent)).count()).sum();
    markup! {
        @if players > 0 {
            section #looks {
                h2 { "A closer look" }
                p.hint {
                    "What stands behind the numbers of each agent. " a href="#def-preference" { "Cue preference" } ", "
                    a href="#def-ends" { "where episodes end" } ", " a href="#def-policy" { "what a net would do" } " and "
                    a href="#def-critic" { "expects" } " all over a level, and " a href="#def-attribution" { "attribution" } "."
                }
                (attribution::meanings(exhibits.worlds.iter().flat_map(|world| &world.agents).filter_map(|agent| agent.attribution.as_ref())))
                @for world in exhibits.worlds.iter().filter(|world| world.agents.iter().any(shows)) {
                    (of_world(world, roster, players <= OPEN))
                }
            }
        }
    }
}

fn of_world(world: &WorldExhibits, roster: &Roster<'_>, open: bool) -> Markup {
    let agents: Vec<&AgentExhibits> = world.agents.iter().filter(|agent| shows(agent)).collect();
    let number = roster.worlds.iter().position(|known| known.name == world.world);
    markup! {
        details.group data-w=[number] open=[open.then_some("")] {
            summary { h3 { (text::visible(&world.world)) } " " span.quiet { (text::plural(agents.len(), "agent")) } }
            @for agent in agents { (of_agent(world, agent, roster, open)) }
        }
    }
}

/// The id of what there is to see of a player in a world.
pub(crate) fn look_id(world: usize, player: usize) -> String {
    format!("look-w{world}a{player}")
}

/// The worlds and players of the page that there is something to see of.
pub(crate) fn looks(exhibits: &Exhibits, roster: &Roster<'_>) -> Vec<(usize, usize)> {
    let all = exhibits.worlds.iter().flat_map(|world| world.agents.iter().map(move |agent| (world, agent)));
    let scopes =
        all.filter(|(_, agent)| shows(agent)).map(|(world, agent)| roster.scope(&world.world, &agent.agent, agent.mix));
    scopes.filter_map(|scope| Some((scope.world?, scope.player?))).collect()
}

fn of_agent(world: &WorldExhibits, agent: &AgentExhibits, roster: &Roster<'_>, open: bool) -> Markup {
    let scope = roster.scope(&world.world, &agent.agent, agent.mix);
    let look = Look { world, agent, scope };
    let [preference, ends, field] = [preference::figures(&look), ends::figures(&look), field::figures(&look)];
    markup! {
        details.look id=[scope.world.zip(scope.player).map(|(world, player)| look_id(world, player))] data-wa=[scope.pair()] open=[open.then_some("")] {
            summary { h4 { (look.name()) } }
            (block("Which of two cues came first", "def-preference", &preference))
            (block("Where episodes end", "def-ends", &ends))
            (block("What the net would do, and what it expects", "def-policy", &field))
            @if let Some(found) = &agent.attribution { (attribution::block(&look, found)) }
        }
    }
}

fn block(title: &str, term: &str, figures: &[Markup]) -> Markup {
    markup! {
        @if !figures.is_empty() {
            h5 { a href={ "#" (term) } { (title) } }
            div.small { @for figure in figures { (figure) } }
        }
    }
}

/// One player in one world, being looked at.
struct Look<'a> {
    world: &'a WorldExhibits,
    agent: &'a AgentExhibits,
    scope: Scope,
}

impl Look<'_> {
    /// The player's name.
    fn name(&self) -> String {
        text::agent(&self.agent.agent, self.agent.mix)
    }

    /// A name for data: what, of whom, where.
    fn title(&self, what: &str, shift: &str) -> String {
        format!("{what} {} {} {shift}", self.world.world, self.name())
    }
}
