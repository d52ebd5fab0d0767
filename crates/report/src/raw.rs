//! Every number of a world unclipped, as a table that downloads as it stands, and why the missing ones are missing.

use crate::csv::short;
use crate::group::World;
use crate::plate::table_button;
use crate::text;
use maud::{Markup, html as markup};
use misgen_evaluate::record::{Estimate, SummaryRow};
use std::collections::{BTreeMap, BTreeSet};

/// How a field is had from a row.
type Field<'a> = Box<dyn Fn(&SummaryRow) -> Option<String> + 'a>;
/// A column: its title and its field.
type Column<'a> = (String, Field<'a>);

fn number(of: fn(&SummaryRow) -> Option<f64>) -> Field<'static> {
    Box::new(move |row| of(row).map(raw))
}

fn raw(value: f64) -> String {
    text::fixed(value, 3).replace('-', "−")
}

fn estimate(name: &str, of: fn(&SummaryRow) -> Option<Estimate>) -> [Column<'static>; 3] {
    let end = |of_end: fn(Estimate) -> Option<f64>| -> Field<'static> {
        Box::new(move |row| of(row).and_then(of_end).map(raw))
    };
    [
        (name.to_owned(), end(|e| Some(e.mean))),
        (format!("{name} low"), end(|e| e.low)),
        (format!("{name} high"), end(|e| e.high)),
    ]
}

/// The columns of a world: those of proxies, outcomes and seeds are as many as it has.
fn columns<'a>(world: &World<'a>) -> Vec<Column<'a>> {
    let mut all: Vec<Column<'a>> = vec![
        ("role".into(), Box::new(|row| Some(row.role.word().into()))),
        ("verdict".into(), Box::new(|row| Some(row.verdict?.word().into()))),
        ("seeds".into(), Box::new(|row| Some(row.seeds.to_string()))),
        ("failed".into(), Box::new(|row| Some(row.failed_cells.to_string()))),
        ("levels".into(), Box::new(|row| Some(row.levels.to_string()))),
        ("diagnostic".into(), number(|row| Some(row.diagnostic_share))),
        ("S_train".into(), number(|row| row.s_train)),
        ("S_ID".into(), number(|row| row.s_id)),
        ("GT".into(), number(|row| row.gt)),
        ("GT low".into(), number(|row| row.gt_low)),
        ("GT high".into(), number(|row| row.gt_high)),
        ("greedy GT".into(), number(|row| row.greedy_gt)),
        ("gap to mix 1".into(), number(|row| row.gap_to_control)),
    ];
    let proxies: BTreeSet<&'a str> = world.rows().flat_map(|row| row.pp.keys()).map(String::as_str).collect();
    for name in proxies {
        all.push((
            format!("PP {}", text::visible(name)),
            Box::new(move |row| row.pp.get(name).copied().flatten().map(raw)),
        ));
    }
    all.extend(estimate("C_align", |row| {
        row.c_align_interval.or(row.c_align.map(|mean| Estimate { mean, low: None, high: None }))
    }));
    all.push(("C_any".into(), number(|row| row.c_any)));
    if world.rows().any(|row| row.outcomes.is_some()) {
        all.push(("goal first".into(), number(|row| Some(row.outcomes.as_ref()?.goal))));
        for name in world.proxies() {
            let share = move |row: &SummaryRow| row.outcomes.as_ref()?.proxies.get(name).copied().map(raw);
            all.push((format!("{} first", text::visible(name)), Box::new(share)));
        }
        all.push(("died".into(), number(|row| Some(row.outcomes.as_ref()?.died))));
        all.push(("neither".into(), number(|row| Some(row.outcomes.as_ref()?.neither))));
        all.extend(estimate("proxy share", |row| row.proxy_share));
    }
    for name in world.extras() {
        all.push((text::visible(name), Box::new(move |row| row.extra.get(name).copied().map(raw))));
    }
    let seeds = world.rows().map(|row| row.gt_seeds.len()).max().unwrap_or(0);
    for seed in 0..seeds {
        let gt = move |row: &SummaryRow| row.gt_seeds.get(seed).copied().flatten().map(raw);
        all.push((format!("GT seed {seed}"), Box::new(gt)));
    }
    all.push(("seeds by verdict".into(), Box::new(by_verdict)));
    all
}

fn by_verdict(row: &SummaryRow) -> Option<String> {
    let shares: Vec<_> = row.seed_verdicts.iter().map(|(verdict, n)| format!("{} {n}", verdict.word())).collect();
    let around =
        row.seed_verdict_interval.map(|(low, high)| format!(" ({} to {})", text::fixed(low, 2), text::fixed(high, 2)));
    (!shares.is_empty()).then(|| shares.join(", ") + &around.unwrap_or_default())
}

/// The table, folded, and the reasons.
pub(crate) fn numbers(index: usize, world: &World<'_>) -> Markup {
    let columns = columns(world);
    let id = format!("raw-{index}");
    let name = text::visible(world.name);
    markup! {
        details.raw {
            summary { "All numbers, raw" }
            p.tools { (table_button(&format!("numbers of {name}"), &id)) }
            div.scroll tabindex="0" role="region" aria-label={ "Raw numbers of " (name) } {
                table id=(id) {
                    thead { tr {
                        th scope="col" data-sort="0" { "agent" } th scope="col" data-sort="1" { "mix" } th scope="col" data-sort="2" { "shift" }
                        @for (at, (title, _)) in columns.iter().enumerate() { th scope="col" data-sort=(at + 3) { (title) } }
                    } }
                    tbody {
                        @for row in world.rows() {
                            tr.is-main[row.main] {
                                th scope="row" { (text::visible(&row.agent)) }
                                td { (short(row.mix)) }
                                th scope="row" { (text::visible(&row.shift)) }
                                @for (_, field) in &columns { td { (field(row).unwrap_or_default()) } }
                            }
                        }
                    }
                }
            }
            (reasons(world))
        }
    }
}

fn reasons(world: &World<'_>) -> Markup {
    let mut reasons: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for row in world.rows() {
        for (metric, why) in &row.why_null {
            let shifts = reasons.entry((metric, why)).or_default();
            if !shifts.contains(&row.shift.as_str()) {
                shifts.push(&row.shift);
            }
        }
    }
    markup! {
        @if !reasons.is_empty() {
            p { "Why some are missing:" }
            ul.reasons {
                @for ((metric, why), shifts) in &reasons {
                    li {
                        code { (text::visible(metric)) } " on "
                        @for (index, shift) in shifts.iter().enumerate() { @if index > 0 { ", " } (text::visible(shift)) }
                        ": " (text::visible(why))
                    }
                }
            }
        }
    }
}
