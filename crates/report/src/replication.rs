//! A replication in the terminal and as Markdown: each claim, what was published, what came out.

use crate::markdown::{self, prose};
use crate::style::{Paint, Style};
use crate::text;
use misgen_evaluate::record::Estimate;
use misgen_evaluate::replicate::{Claim, Replication};

/// The claims of a replication, one paragraph each.
#[must_use]
pub fn replication(found: &Replication, style: &Style) -> String {
    let head = format!("{}, {}", found.id.to_uppercase(), found.title);
    let mut out = format!("{}\n", style.paint(Paint::Heading, &style.safe(&head)));
    out += &text::wrap(&style.safe(&found.source), style.measure(), "", "");
    out += &format!("{} trained agents\n\n", found.agents);
    for claim in &found.claims {
        let line = format!("{}: {}", verdict(claim), style.safe(&claim.claim));
        out += &text::wrap(&line, style.measure(), "", "  ");
        let ours = claim.ours.map_or_else(|| "not measured".into(), shown);
        out += &text::wrap(
            &style.safe(&format!("published: {}; ours: {ours}", claim.published)),
            style.measure(),
            "  ",
            "  ",
        );
        if !claim.note.is_empty() {
            out += &text::wrap(&style.safe(&claim.note), style.measure(), "  ", "  ");
        }
    }
    let judged: Vec<bool> = found.claims.iter().filter_map(|claim| claim.holds).collect();
    out += &format!("\n{} of {} claims hold\n", judged.iter().filter(|holds| **holds).count(), judged.len());
    style.finish(&out)
}

const fn verdict(claim: &Claim) -> &'static str {
    match claim.holds {
        Some(true) => "HOLDS",
        Some(false) => "DOES NOT HOLD",
        None => "reported",
    }
}

fn shown(ours: Estimate) -> String {
    match (ours.low, ours.high) {
        (Some(low), Some(high)) => {
            format!("{} [{}, {}]", text::fixed(ours.mean, 3), text::fixed(low, 3), text::fixed(high, 3))
        }
        _ => text::fixed(ours.mean, 3),
    }
}

/// The claims as a table of Markdown, the notes below it.
#[must_use]
pub fn replication_markdown(found: &Replication) -> String {
    let rows = found.claims.iter().map(|claim| {
        let ours = claim.ours.map_or_else(|| "not measured".into(), shown);
        [prose(&claim.claim), prose(&claim.published), prose(&ours), verdict(claim).to_lowercase()]
    });
    let mut out = markdown::table(["claim", "published", "ours", ""], rows);
    let noted: Vec<&Claim> = found.claims.iter().filter(|claim| !claim.note.is_empty()).collect();
    if !noted.is_empty() {
        out.push('\n');
    }
    for claim in noted {
        out += &format!("- {}: {}\n", prose(&claim.claim), prose(&claim.note));
    }
    out
}
