//! The bar that filters every part of the page. It works by a script; without one it is not there.

use crate::group::{Roster, World};
use crate::headline::VERDICTS;
use crate::text;
use maud::{Markup, html as markup};
use misgen_core::Role;

const ROLES: [Role; 6] =
    [Role::Conflict, Role::ProxyAbsent, Role::Nuisance, Role::GoalAbsent, Role::Reference, Role::Training];

/// The bar, where there is something to filter.
pub(crate) fn bar(roster: &Roster<'_>) -> Markup {
    let rows = || roster.worlds.iter().flat_map(World::rows);
    let roles = ROLES.into_iter().filter(|role| rows().any(|row| row.role == *role));
    let verdicts = VERDICTS.into_iter().filter(|verdict| rows().any(|row| row.verdict == Some(*verdict)));
    let number = |(index, name): (usize, String)| (index.to_string(), name);
    let worlds = roster.worlds.iter().map(|world| text::visible(world.name)).enumerate().map(number);
    let players = roster.players.iter().map(|(name, mix)| text::agent(name, *mix)).enumerate().map(number);
    let word = |word: &str| (word.to_owned(), word.replace('-', " "));
    markup! {
        @if !roster.worlds.is_empty() {
            div.filters role="search" aria-label="Filter the page" {
                label { span { "Find" } input #f-text type="search" autocomplete="off" spellcheck="false"; }
                (choice("f-world", "World", worlds))
                (choice("f-agent", "Agent", players))
                (choice("f-role", "Shift role", roles.map(|role| word(role.word()))))
                (choice("f-verdict", "Verdict", verdicts.map(|verdict| word(verdict.word()))))
                label.check { input #only-main type="checkbox"; span { "★ main shifts only" } }
                button #f-reset type="button" { "Show all" }
                output #f-said role="status" {}
            }
        }
    }
}

fn choice(id: &str, name: &str, options: impl Iterator<Item = (String, String)>) -> Markup {
    markup! {
        label {
            span { (name) }
            select id=(id) {
                option value="" { "all" }
                @for (value, shown) in options { option value=(value) { (shown) } }
            }
        }
    }
}
