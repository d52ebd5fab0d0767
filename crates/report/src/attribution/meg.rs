//! Goal-directedness.

use super::{Section, number};
use crate::style::Style;
use crate::text;
use misgen_evaluate::attribute::meg::Meg;

pub(super) fn section(found: &Meg, style: &Style) -> Section {
    let rows = found.cues.iter().map(|cue| {
        vec![
            style.safe(&cue.cue),
            number(cue.share, style),
            text::fixed(cue.nats, 3),
            text::trim_zeros(&text::fixed(cue.beta, 2)).to_owned(),
            text::fixed(cue.pursuer_nats, 3),
        ]
    });
    Section {
        header: ["", "MEG", "nats a decision", "beta", "its pursuer's"].map(String::from).into(),
        rows: rows.collect(),
        lines: vec![format!(
            "{} of {} decisions in the mean.",
            text::plural(found.levels, "level"),
            text::fixed(found.decisions, 1)
        )],
        meaning: "MEG: how much better its decisions are predicted by noisily rational pursuit of the cue than by chance, as a \
                  share of what the cue's own pursuer comes to on the same levels (1: as directed as that; 0: chance \
                  predicts as well). beta: the rationality that predicts best, one for all levels; 0 is chance.",
    }
}
