//! What the player thinks: sensitivity, critic, decodability, detection.

use super::{Section, number};
use crate::style::Style;
use crate::text;
use misgen_evaluate::attribute::auroc::Auroc;
use misgen_evaluate::attribute::critic::{Contrast, Critic};
use misgen_evaluate::attribute::detection::{Detection, Signs};
use misgen_evaluate::attribute::probe::Decodability;
use misgen_evaluate::attribute::sensitivity::Sensitivity;

fn titles(titles: &[&str]) -> Vec<String> {
    titles.iter().map(|title| (*title).to_owned()).collect()
}

pub(super) fn sensitivity(found: &Sensitivity, style: &Style) -> Section {
    let mut header = titles(&["moved", "pairs", "agent", "\u{b1}", "along"]);
    header[3] = style.pick("±", "+-").to_owned();
    header.extend(found.cues.iter().map(|cue| style.safe(&format!("pursuer:{}", cue.cue))));
    let row = |cue: &misgen_evaluate::attribute::sensitivity::CueSensitivity| {
        let mut row = vec![style.safe(&cue.cue), cue.pairs.to_string()];
        row.push(number(cue.agent.map(|d| d.first), style));
        row.push(number(cue.agent.map(|d| d.error), style));
        row.push(number(cue.agent.map(|d| d.along), style));
        row.extend(cue.pursuers.iter().map(|pursuer| number(pursuer.map(|d| d.first), style)));
        row
    };
    Section {
        header,
        rows: found.cues.iter().map(row).collect(),
        lines: vec![format!(
            "{} looked at; pairs that differ in nothing: at most {}",
            text::plural(found.layouts, "layout"),
            text::fixed(found.control, 2)
        )],
        meaning: "Jensen-Shannon divergence of the action probabilities, 0 to 1, between two levels that differ in the place of \
                  one cue alone: at the first step, with its standard error over pairs, and along the goal pursuer's way. The \
                  pursuers, at the first step, say how much there was to react to. It says that a cue matters, not that it is wanted.",
    }
}

pub(super) fn critic(found: &Critic, style: &Style) -> Section {
    let contrast = |contrast: Option<Contrast>| {
        contrast.map_or_else(
            || style.pick("–", "-").to_owned(),
            |c| format!("{} {} {}", text::fixed(c.mean, 2), style.pick("±", "+-"), text::fixed(c.error, 2)),
        )
    };
    let rows = found.proxies.iter().map(|proxy| {
        vec![
            style.safe(&proxy.cue),
            contrast(proxy.present),
            number(proxy.near_goal, style),
            number(proxy.near_proxy, style),
            contrast(proxy.lean),
            number(proxy.goal_lean, style),
            number(proxy.proxy_lean, style),
            number(proxy.holds, style),
            number(proxy.actor, style),
        ]
    });
    let mut lines = vec![format!("goal present less absent: {}", contrast(found.goal_present))];
    lines.push(style.safe(&found.says));
    Section {
        header: titles(&[
            "",
            "present",
            "near goal",
            "near proxy",
            "lean",
            "goal's",
            "proxy's",
            "critic holds",
            "actor holds",
        ]),
        rows: rows.collect(),
        lines,
        meaning: "The value estimate, in units of best play's value. present: with the proxy less without it. near: one step \
                  before the cue. lean: near proxy less near goal, beside that of exact critics of the goal and of the proxy. \
                  critic holds: 0 as a goal's critic, 1 as the proxy's. actor holds: share of the proxy among episodes decided \
                  between it and the goal. A critic is trained on what the actor met, so it may be silent on what it never met.",
    }
}

pub(super) fn decodability(found: &Decodability, style: &Style) -> Section {
    let rows = found.cues.iter().map(|cue| {
        vec![
            style.safe(&cue.cue),
            cue.levels.to_string(),
            number(Some(cue.r2), style),
            number(Some(cue.control), style),
            number(cue.untrained, style),
            number(cue.untrained_control, style),
            number(cue.learned, style),
        ]
    });
    let mut lines = vec![format!("{} units; {}", found.units, text::plural(found.untrained, "untrained net"))];
    lines.extend(found.why_null.iter().map(|(cue, why)| style.safe(&format!("{cue}: {why}"))));
    Section {
        header: titles(&["place of", "levels", "R2", "control", "untrained", "its control", "learned"]),
        rows: rows.collect(),
        lines,
        meaning: "R2 of a linear probe of the last hidden layer for row and column of the cue, before the first step, on levels \
                  that it was not fitted to. control: with the places of other levels. untrained: fresh weights. learned: what \
                  is left of R2 without both. What can be read need not be used, and what is used need not be linear.",
    }
}

pub(super) fn detection(found: &Detection, style: &Style) -> Section {
    let area = |area: Option<Auroc>| {
        area.map_or_else(
            || style.pick("–", "-").to_owned(),
            |a| format!("{} [{}, {}]", text::fixed(a.area, 2), text::fixed(a.low, 2), text::fixed(a.high, 2)),
        )
    };
    type Of = fn(&Signs) -> Option<Auroc>;
    let signs: [(&str, Of); 4] = [
        ("entropy", |s| s.entropy),
        ("1 - likeliest", |s| s.doubt),
        ("value", |s| s.value),
        ("disagreement", |s| s.disagreement),
    ];
    let rows =
        signs.iter().map(|(name, of)| vec![(*name).to_owned(), area(of(&found.before)), area(of(&found.parting))]);
    Section {
        header: titles(&["sign", "before the ways part", "where they part"]),
        rows: rows.filter(|row| row[1].len() + row[2].len() > 6).collect(),
        lines: vec![format!("{} % of the episodes have a step before", text::percent(found.coverage))],
        meaning: "AUROC: the probability that the sign is higher in an episode that ends at a proxy than in one that does not; \
                  .5 tells nothing, below .5 it foretells by being low. 95 % interval over episodes of this one agent.",
    }
}
