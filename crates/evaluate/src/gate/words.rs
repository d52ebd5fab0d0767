//! What a gate says in words.

use super::{Baseline, Outcome, Status};
use std::collections::BTreeSet;

/// What differs between two documents and is compared nevertheless.
pub(super) fn differences(base: &Baseline, head: &Baseline) -> Vec<String> {
    let mut notes = Vec::new();
    if base.suite != head.suite {
        notes.push(format!("The baseline is of suite {}, the run of suite {}.", base.suite, head.suite));
    }
    if !base.kernels.is_empty() && !head.kernels.is_empty() && base.kernels != head.kernels {
        notes.push(format!(
            "The baseline was computed with kernels {}, the run with {}: training takes another course bit by bit, which seeds \
             account for. Numbers are comparable; bytes are not.",
            base.kernels.join(" and "),
            head.kernels.join(" and ")
        ));
    }
    if let (Some(before), Some(now)) = (base.versions, head.versions)
        && before.agent != now.agent
    {
        let version =
            |agent: Option<u32>| agent.map_or_else(|| "an unknown version".into(), |v| format!("version {v}"));
        notes.push(format!(
            "The learners' code is at {}, in the baseline at {}.",
            version(now.agent),
            version(before.agent)
        ));
    }
    let changed = |what: &str, changed: Vec<String>| {
        (!changed.is_empty()).then(|| format!("{what} differ from the baseline in {}.", changed.join(", ")))
    };
    let pairs = || base.rows.iter().filter_map(|row| Some((row, head.rows.iter().find(|now| now.key() == row.key())?)));
    let levels = pairs().filter(|(row, now)| row.levels != now.levels);
    let laws = pairs().filter(|(row, now)| row.law != now.law).map(|(row, _)| row.world.clone());
    let levels = levels.map(|(row, _)| format!("{} under {}", row.world, row.shift));
    notes.extend(changed("Numbers of levels", levels.collect::<BTreeSet<_>>().into_iter().collect()));
    notes.extend(changed("Training laws", laws.collect::<BTreeSet<_>>().into_iter().collect()));
    notes
}

/// `2 of 5 seeds have a result; missing: 1, 3`.
pub(super) fn lost_seeds(base: &[u64], head: &[u64]) -> String {
    let missing: Vec<String> = base.iter().filter(|seed| !head.contains(seed)).map(u64::to_string).collect();
    let named = if missing.len() > 20 { String::new() } else { format!("; missing: {}", missing.join(", ")) };
    format!("{} of {} seeds have a result{named}", head.len(), base.len())
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// What was compared, what fell, and what could have been found.
pub(super) fn sentence(out: &Outcome) -> String {
    let Some((half, all)) = out.detectable() else {
        let why = match (out.status, out.not_compared.first(), out.lost.first()) {
            (Status::Regression, _, Some(lost)) => {
                format!(", but {} lost: {}", count(out.lost.len(), "row is", "rows are"), lost.what)
            }
            (_, Some(about), _) => format!(": {}", about.what),
            (_, None, Some(_)) => ": the run has none of the baseline's rows".into(),
            _ => ": the baseline has no row".into(),
        };
        return format!("Nothing was compared{why}.");
    };
    let rows: BTreeSet<_> =
        out.comparisons.iter().map(|c| (&c.row.world, &c.row.agent, c.row.mix.to_bits(), &c.row.shift)).collect();
    let compared = format!(
        "{} of {} held against the baseline",
        count(out.comparisons.len(), "number", "numbers"),
        count(rows.len(), "row", "rows")
    );
    let mut found = Vec::new();
    let worst = out.fallen().min_by(|a, b| a.difference.change.total_cmp(&b.difference.change));
    if let Some(c) = worst {
        found.push(format!(
            "{} fell, most of all the {} of {}, mix {}, in {} under {}, from {:.2} to {:.2}",
            out.fallen().count(),
            c.metric.words(),
            c.row.agent,
            c.row.mix,
            c.row.world,
            c.row.shift,
            c.base.mean,
            c.head.mean
        ));
    }
    let worsened = out.worsened().count();
    if worsened > 0 {
        found.push(format!("{} worsened", count(worsened, "verdict", "verdicts")));
    }
    if let Some(lost) = out.lost.first() {
        let at = format!("{} in {} under {}", lost.row.agent, lost.row.world, lost.row.shift);
        found.push(format!("{} lost evidence ({at}: {})", count(out.lost.len(), "row", "rows"), lost.what));
    }
    if let Some(about) = out.not_compared.first() {
        found.push(format!("{} could not be compared ({})", out.not_compared.len(), about.what));
    }
    if worst.is_none() && worsened == 0 && out.lost.is_empty() {
        found.insert(0, "nothing fell".into());
    }
    let (half, all) = (format!("{half:.2}"), format!("{all:.2}"));
    let found_in = if half == all {
        "every comparison".to_owned()
    } else {
        format!("half of the comparisons, and it takes one of {all} to be found in every one")
    };
    let (found, power) = (found.join("; "), out.power);
    format!(
        "{compared}: {found}. By the noise of these seeds a fall of {half} is found with probability {power} in {found_in}."
    )
}
