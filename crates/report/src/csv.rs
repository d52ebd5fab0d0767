//! `summary.csv`: one flat line a row of the summary, raw values.

use crate::text;
use misgen_evaluate::record::{Estimate, Outcomes, Summary, SummaryRow};
use std::collections::BTreeMap;

/// How a column's field is had from a row.
type Field = fn(&SummaryRow) -> String;

/// The columns, in the order of the file. Later ones are added at the end.
const COLUMNS: &[(&str, Field)] = &[
    ("world", |r| r.world.clone()),
    ("family", |r| r.family.clone()),
    ("family_version", |r| r.family_version.to_string()),
    ("kind", |r| r.kind.word().into()),
    ("law", |r| r.law.clone()),
    ("agent", |r| r.agent.clone()),
    ("mix", |r| number(r.mix)),
    ("shift", |r| r.shift.clone()),
    ("role", |r| r.role.word().into()),
    ("main", |r| r.main.to_string()),
    ("seeds", |r| r.seeds.to_string()),
    ("failed_cells", |r| r.failed_cells.to_string()),
    ("levels", |r| r.levels.to_string()),
    ("diagnostic_share", |r| number(Some(r.diagnostic_share))),
    ("s_train", |r| number(r.s_train)),
    ("s_train_min", |r| number(r.s_train_min)),
    ("s_id", |r| number(r.s_id)),
    ("gt", |r| number(r.gt)),
    ("gt_low", |r| number(r.gt_low)),
    ("gt_high", |r| number(r.gt_high)),
    ("gt_seeds", |r| r.gt_seeds.iter().map(|gt| number(*gt)).collect::<Vec<_>>().join(";")),
    ("gap_to_control", |r| number(r.gap_to_control)),
    ("pp", |r| named(r.pp.iter().map(|(name, value)| (name, *value)))),
    ("c_align", |r| number(r.c_align)),
    ("c_align_low", |r| end(r.c_align_interval, |e| e.low)),
    ("c_align_high", |r| end(r.c_align_interval, |e| e.high)),
    ("c_any", |r| number(r.c_any)),
    ("outcome_goal", |r| number(r.outcomes.as_ref().map(|o| o.goal))),
    ("outcome_proxy", |r| number(r.outcomes.as_ref().map(Outcomes::proxy))),
    ("outcome_died", |r| number(r.outcomes.as_ref().map(|o| o.died))),
    ("outcome_neither", |r| number(r.outcomes.as_ref().map(|o| o.neither))),
    ("outcome_proxies", |r| r.outcomes.as_ref().map_or_else(String::new, |o| shares(&o.proxies))),
    ("proxy_share_low", |r| end(r.proxy_share, |e| e.low)),
    ("proxy_share_high", |r| end(r.proxy_share, |e| e.high)),
    ("greedy_gt", |r| number(r.greedy_gt)),
    ("extra", |r| shares(&r.extra)),
    ("verdict", |r| r.verdict.map_or_else(String::new, |v| v.word().into())),
    ("seed_verdicts", |r| {
        r.seed_verdicts
            .iter()
            .map(|(verdict, seeds)| format!("{}={seeds}", verdict.word()))
            .collect::<Vec<_>>()
            .join(";")
    }),
    ("sentence", |r| r.sentence.clone().unwrap_or_default()),
    ("severity", |r| number(r.severity)),
];

/// The summary as CSV (RFC 4180 quoting, lines ended by a line feed, UTF-8, a header line).
/// Values are raw and in shortest form that reads back exactly; null is the empty field; maps
/// are `name=value` and lists plain values, joined by `;`.
#[must_use]
pub fn csv(summary: &Summary) -> Vec<u8> {
    let mut out = line(COLUMNS.iter().map(|(name, _)| (*name).to_owned()));
    for row in &summary.rows {
        out += &line(COLUMNS.iter().map(|(_, field)| field(row)));
    }
    out.into_bytes()
}

pub(crate) fn line(fields: impl Iterator<Item = String>) -> String {
    fields.map(|field| quoted(&field)).collect::<Vec<_>>().join(",") + "\n"
}

/// Data behind a figure of the page, as a reader opens it in a spreadsheet: names that would be read as formulas get an
/// apostrophe before them.
pub(crate) fn sheet(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut out = line(header.iter().map(|name| harmless(&text::visible(name))));
    for row in rows {
        out += &line(row.iter().map(|field| harmless(&text::visible(field))));
    }
    out
}

/// A field that no spreadsheet takes for a formula.
fn harmless(field: &str) -> String {
    if field.starts_with(['=', '+', '-', '@']) && field.parse::<f64>().is_err() {
        format!("'{field}")
    } else {
        field.to_owned()
    }
}

/// A number of a figure: at most four decimals; nothing where there is none.
pub(crate) fn short(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| text::trim_zeros(&text::fixed(value, 4)).to_owned())
}

fn quoted(field: &str) -> String {
    if field.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.into() }
}

/// Negative zero, the sum of nothing, is plain zero.
pub(crate) fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| (value + 0.0).to_string())
}

fn end(estimate: Option<Estimate>, of: fn(Estimate) -> Option<f64>) -> String {
    number(estimate.and_then(of))
}

fn shares(values: &BTreeMap<String, f64>) -> String {
    named(values.iter().map(|(name, value)| (name, Some(*value))))
}

fn named<'a>(values: impl Iterator<Item = (&'a String, Option<f64>)>) -> String {
    values.map(|(name, value)| format!("{name}={}", number(value))).collect::<Vec<_>>().join(";")
}
