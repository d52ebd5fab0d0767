//! Cue preference.

use super::{Section, number, span};
use crate::style::Style;
use crate::text;
use misgen_evaluate::attribute::preference::Preference;

pub(super) fn section(found: &Preference, style: &Style) -> Section {
    // Each pair once: the other way round is one less it.
    let seen = |i: usize| found.pairs[..i].iter().any(|p| p.cue == found.pairs[i].over && p.over == found.pairs[i].cue);
    let rows = found.pairs.iter().enumerate().filter(|(i, _)| !seen(*i)).map(|(_, pair)| {
        vec![
            style.safe(&format!("{} over {}", pair.cue, pair.over)),
            number(pair.kappa, style),
            span(pair.interval, style),
            format!("{} : {}", pair.first, pair.other),
            text::percent(pair.coverage),
        ]
    });
    Section {
        header: ["", "kappa", "interval", "first", "coverage %"].map(String::from).into(),
        rows: rows.collect(),
        lines: Vec::new(),
        meaning: "kappa: of the episodes in which one of the two came first, the share in which it was the former (Wilson \
                  interval over levels). coverage: how many episodes that is. A preference with little coverage says little.",
    }
}
