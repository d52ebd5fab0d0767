//! "Watch it": the replay player of the page. Episodes step by step, on a level and on its aligned twin, beside what optimal
//! players do there.
//!
//! [`pack`] puts the replays of each world into the page as one block of text, which the browser unpacks when it is asked for.
//! The player's scripts are `data.js` (reads a block), `draw.js` (tiles and ways as SVG, after `picture::vector` and
//! `picture::route`), `panel.js` (what is said of a step) and `player.js` (controls). [`episode`] decides what can be shown.
//! [`playback`] has the frames of a replay for films and pictures, [`terminal`] shows them as text.
//!
//! A frame has an address: `#replay=w0.a1.s2.e3.f7` is world 0, agent 1 of it, row 2 of that, replay 3 of that, after 7
//! steps. All are places in `exhibits.json`, from 0. Whatever is missing at the end is 0, or the first that can be shown:
//! `#replay=w0.a1.s2` is the first replay of a row. An address of nothing is ignored.

mod episode;
mod pack;
mod playback;
mod terminal;

pub use playback::{Playback, Still};

use crate::group::Roster;
use crate::text;
use episode::Pair;
use maud::{Markup, PreEscaped, html as markup};
use misgen_evaluate::exhibit::{Exhibits, Replay, WorldExhibits};
use pack::{Packed, pack};
use std::collections::BTreeMap;

/// Its style sheet, behind that of the page.
pub(crate) const CSS: &str = include_str!("player.css");

/// Its script, one piece of code.
pub(crate) const SCRIPT: &str = concat!(
    "(() => {\n\"use strict\";\n",
    include_str!("data.js"),
    include_str!("draw.js"),
    include_str!("panel.js"),
    include_str!("player.js"),
    "})();\n"
);

/// What a page says of its replays.
pub(crate) struct Words<'a> {
    /// What is to be watched.
    pub(crate) intro: &'a str,
    /// What the players are called.
    pub(crate) agents: &'a str,
    /// What stands above the twin, and above the level itself where it has one.
    pub(crate) titles: [&'a str; 2],
}

/// The section of a report; `None` where there is nothing to watch.
pub(crate) fn section(exhibits: Option<&Exhibits>) -> Option<Markup> {
    let words = Words {
        intro: "What the numbers are made of: one agent, step by step, on a level of the shift and on its aligned twin, the same level \
                with goal and proxy together. ",
        agents: "Agent ",
        titles: [episode::TWIN, episode::SHOWN],
    };
    exhibits.and_then(|exhibits| section_of(&exhibits.worlds, &exhibits.rule, &words))
}

/// The address of the first episode of each row that can be watched.
pub(crate) fn addresses<'a>(exhibits: &'a Exhibits, roster: &Roster<'_>) -> BTreeMap<(usize, usize, &'a str), String> {
    let mut found = BTreeMap::new();
    for (w, world) in exhibits.worlds.iter().enumerate() {
        for (a, agent) in world.agents.iter().enumerate() {
            let scope = roster.scope(&world.world, &agent.agent, agent.mix);
            let Some(place) = scope.world.zip(scope.player) else { continue };
            for (s, row) in agent.rows.iter().enumerate() {
                let sound = |replay: &&Replay| Pair::of(world, replay).is_ok();
                if row.replays.iter().find(sound).is_some() {
                    found.insert((place.0, place.1, row.shift.as_str()), format!("#replay=w{w}.a{a}.s{s}"));
                }
            }
        }
    }
    found
}

/// A section with everything that it shows; `None` where there is nothing to watch.
pub(crate) fn section_of(worlds: &[WorldExhibits], rule: &str, words: &Words<'_>) -> Option<Markup> {
    let (worlds, left_out) = pack(worlds);
    if worlds.is_empty() && left_out == 0 {
        return None;
    }
    Some(markup! {
        section #replays {
            h2 { "Watch it" }
            p.hint { (words.intro) (text::visible(rule)) }
            @if left_out > 0 {
                p.hint { (text::plural(left_out, "replay")) " cannot be shown: the record contradicts itself." }
            }
            noscript { p { "Replays need JavaScript. Everything else on this page does without." } }
            p.on-paper { "Replays are to be watched on a screen." }
            @if !worlds.is_empty() { (player(&worlds, words)) }
            @for world in &worlds { template data-replays=(world.index) { (world.block) } }
        }
    })
}

fn player(worlds: &[Packed], words: &Words<'_>) -> Markup {
    markup! {
        div #player hidden="" data-twin=(words.titles[0]) data-shown=(words.titles[1]) {
            div.pick {
                label { "World " select #replay-world { @for world in worlds { option value=(world.index) { (world.name) } } } }
                label { (words.agents) select #replay-agent {} }
                label { "Shift " select #replay-shift {} }
                label { "Episode " select #replay-episode {} }
            }
            p #replay-why.hint {}
            div.stage role="group" tabindex="0" aria-label="Replay" aria-describedby="replay-keys" {
                div.transport {
                    (button("replay-first", "Back to the start", "M4 3v10M13 3L6 8l7 5z"))
                    (button("replay-back", "One step back", "M11 3L4 8l7 5z"))
                    button #replay-play type="button" { "Play" }
                    (button("replay-next", "One step forward", "M5 3l7 5-7 5z"))
                    input #replay-scrub type="range" min="0" value="0" step="1" aria-label="Step";
                    span #replay-count {}
                    label { "Speed " select #replay-speed {
                        @for speed in ["0.5", "1", "2", "4", "8"] { option value=(speed) selected=[(speed == "1").then_some("")] { (speed) "×" } }
                    } }
                    button #replay-link type="button" { "Link to this frame" }
                }
                p #replay-linked.hint role="status" {}
                div #replay-boards {}
                p #replay-said.hidden aria-live="polite" {}
            }
            fieldset #replay-ways { legend { "Lines" } }
            ul #replay-legend aria-label="What stands on the levels" {}
            p #replay-keys.hint {
                "Keys, once the replay is focused: " kbd { "Space" } " plays or pauses, " kbd { "←" } " " kbd { "→" } " step, "
                kbd { "Home" } " " kbd { "End" } " go to the start or the end."
            }
        }
        p #replay-trouble role="status" {}
    }
}

/// A button with a drawing for its text.
fn button(id: &str, name: &str, path: &str) -> Markup {
    markup! {
        button id=(id) type="button" aria-label=(name) title=(name) {
            (PreEscaped(format!("<svg viewBox=\"0 0 16 16\" width=\"16\" height=\"16\" aria-hidden=\"true\"><path d=\"{path}\"/></svg>")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CSS;
    use crate::picture::tile::{FLOOR, LINES, RIM};
    use crate::picture::vector::hex;
    use crate::picture::{DASHES, HUES};
    use crate::svg::number;

    #[test]
    fn levels_have_the_colours_and_lines_of_other_pictures() {
        for (rule, color) in
            [(".floor { fill", FLOOR), (".lines { fill: none; stroke", LINES), (".thing { stroke", RIM)]
        {
            assert!(CSS.contains(&format!("{rule}: {}", hex(color))), "{rule}");
        }
        for (hue, (color, dashes)) in HUES.into_iter().zip(DASHES).enumerate() {
            let dashes: Vec<String> = dashes.iter().map(|dash| number(*dash)).collect();
            let dashes = dashes.join(" ").replace("0.", ".");
            let dashes = if dashes.is_empty() { dashes } else { format!(" stroke-dasharray: {dashes};") };
            let line = format!(".way{hue} {{ stroke: {};{dashes} }}", hex(color));
            assert!(CSS.contains(&line), "{line}");
            assert!(CSS.contains(&format!(".head{hue} {{ fill: {}; }}", hex(color))));
        }
    }
}
