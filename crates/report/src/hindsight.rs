//! Who came first, a cue thought of afterwards among them, as a table.

use crate::attribution::table;
use crate::style::Style;
use crate::text;
use misgen_evaluate::attribute::hindsight::{HindsightReport, Over};

/// A line an agent, shift and cue, over seeds: sampled play on the shift's own levels. Other play is in the JSON document.
#[must_use]
pub fn hindsight(found: &HindsightReport, style: &Style) -> String {
    let shown = |over: &&Over| !over.twin && over.play == "sampled";
    let end = |share: f64| text::percent(share.clamp(0.0, 1.0));
    let row = |over: &Over| {
        let mut others: Vec<String> = over
            .outcomes
            .iter()
            .filter(|(name, _)| **name != over.cue)
            .map(|(name, share)| format!("{name} {}", text::percent(*share)))
            .collect();
        if over.inside > 0 {
            others.push(format!("({} began inside)", over.inside));
        }
        vec![
            style.safe(&over.cue),
            style.safe(&format!("{}:{}", over.family, over.shift)),
            style.safe(&text::agent(&over.agent, over.mix)),
            over.seeds.to_string(),
            text::percent(over.first.mean),
            over.first.low.zip(over.first.high).map_or_else(
                || style.pick("–", "-").to_owned(),
                |(low, high)| format!("[{}, {}]", end(low), end(high)),
            ),
            style.safe(&others.join(", ")),
        ]
    };
    let header = ["cue", "shift", "agent", "seeds", "first %", "interval", "else %"].map(String::from);
    let rows: Vec<Vec<String>> = found.over_seeds.iter().filter(shown).map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let mut out = table(&header, rows, style);
    let meaning = "first: share of episodes in which the cue was obtained before any designated one; CUE+OUTCOME: in the same step. \
                   Intervals: Student's t over seeds, of one seed Wilson's over its levels. Episodes of a conflict shift stop at the \
                   first designated cue, so that a cue which lies behind it is never seen. Nothing screened these levels for the \
                   cue: it may lie on every agent's way. Compare with the scripted players.";
    out += &text::wrap(meaning, style.measure(), "", "");
    style.finish(&out)
}
