//! The 2^k design.

use super::{Section, estimate, number};
use crate::style::Style;
use crate::text;
use misgen_evaluate::attribute::design::{Assignment, Design};

pub(super) fn section(found: &Design, style: &Style) -> Section {
    let some = |value: &Option<misgen_evaluate::record::Estimate>| number(value.as_ref().map(|e| e.mean), style);
    let mut rows: Vec<Vec<String>> = Vec::new();
    for cue in &found.cues {
        let [mean, around] = estimate(&cue.effect, style);
        rows.push(vec![style.safe(&cue.cue), mean, around, some(&cue.sufficiency), some(&cue.necessity)]);
    }
    for interaction in &found.interactions {
        let [mean, around] = estimate(&interaction.effect, style);
        let name = style.safe(&interaction.cues.join(style.pick(" × ", " x ")));
        rows.push(vec![name, mean, around, String::new(), String::new()]);
    }
    let [mean, around] = estimate(&found.position, style);
    rows.push(vec!["(position)".into(), mean, around, String::new(), String::new()]);
    let words = |cell: &Assignment| {
        let names: Vec<String> = found
            .cues
            .iter()
            .zip(&cell.at)
            .map(|(cue, site)| format!("{} {}", style.safe(&cue.cue), site.of(("A", "B"))))
            .collect();
        format!("{}: {} / {}", names.join(", "), text::percent(cell.a), text::percent(cell.b))
    };
    let cells: Vec<String> = found.assignments.iter().map(words).collect();
    Section {
        header: ["", "effect", "interval", "alone", "removed"].map(String::from).into(),
        rows,
        lines: vec![
            format!(
                "{} under {} each; {} % of episodes came to a site.",
                text::plural(found.layouts, "layout"),
                text::plural(found.assignments.len(), "assignment"),
                text::percent(found.reached)
            ),
            format!("came to A / B first, %: {}", cells.join("; ")),
        ],
        meaning: "Two sites, A and B, equally far from the start, and every assignment of the cues to them. effect: how much \
                  more often a site is reached when the cue is there (1: it alone decides; 0: it does not matter; below 0: it is \
                  avoided), with Student's t over layouts. A row of several cues is what they do together beyond that. \
                  (position): pull of site A, the upper or left one, whatever is there. alone: the cue's site against an empty \
                  one. removed: what a site that holds all cues loses when this one is taken away.",
    }
}
