//! What a gate found, in a terminal and as Markdown for a pull request.

use crate::grid::grid;
use crate::style::{Paint, Style};
use crate::text;
use misgen_evaluate::gate::{About, Comparison, Outcome, RowName, Status, VerdictChange, VerdictComparison};
use misgen_evaluate::record::Verdict;

/// Three decimals: near the ceiling two would show no difference.
fn value(value: f64) -> String {
    text::fixed(value, 3)
}

/// With its sign.
pub(crate) fn change(change: f64) -> String {
    let shown = value(change);
    if shown.starts_with('-') || shown == "0.000" { shown } else { format!("+{shown}") }
}

pub(crate) fn interval(low: f64, high: f64) -> String {
    format!("[{}, {}]", value(low), value(high))
}

/// A p-value, four decimals.
pub(crate) fn p(p: f64) -> String {
    if p < 1e-4 { "<.0001".into() } else { text::fixed(p, 4) }
}

/// A status as a heading says it.
pub(crate) const fn title(status: Status) -> &'static str {
    match status {
        Status::Pass => "passed",
        Status::Regression => "failed",
        Status::Incomplete => "incomplete",
        Status::NothingCompared => "nothing compared",
    }
}

/// What a gate says about a verdict that changed.
pub(crate) fn verdict_words(change: VerdictChange) -> &'static str {
    match change {
        VerdictChange::Same => "unchanged",
        VerdictChange::Better => "better",
        VerdictChange::Worse => "fails",
        VerdictChange::WithinNoise => "within noise: the number that it rests on did not fall beyond what seeds do",
        VerdictChange::Undecided => "fails nothing by itself",
    }
}

/// `ppo, mix 0, in corner under cheese-anywhere`.
fn place(row: &RowName) -> String {
    format!(
        "{} in {} under {}",
        text::agent(&row.agent, Some(row.mix)),
        text::visible(&row.world),
        text::visible(&row.shift)
    )
}

/// `place: goal transfer: what`.
fn about(about: &About) -> String {
    let metric = about.metric.map_or_else(String::new, |metric| format!("{}: ", metric.words()));
    format!("{}: {metric}{}", place(&about.row), text::visible(&about.what))
}

fn changed(outcome: &Outcome) -> impl Iterator<Item = &VerdictComparison> {
    outcome.verdicts.iter().filter(|v| v.change != VerdictChange::Same)
}

fn verdict(v: &VerdictComparison) -> String {
    format!("{}: {} to {}: {}", place(&v.row), v.base.word(), v.head.word(), verdict_words(v.change))
}

/// The comparisons as a table, then what changed, was lost or could not be compared, and the sentence.
#[must_use]
pub fn gate(outcome: &Outcome, style: &Style) -> String {
    let mut out = String::new();
    let row = |c: &Comparison| {
        let found = if c.fell { style.paint(Paint::Verdict(Verdict::Misgeneralizes), "fell") } else { "ok".into() };
        [
            style.safe(&c.row.world),
            style.safe(&text::agent(&c.row.agent, Some(c.row.mix))),
            style.safe(&c.row.shift),
            c.metric.words().into(),
            value(c.base.mean),
            value(c.head.mean),
            change(c.difference.change),
            interval(c.difference.low, c.difference.high),
            p(c.p_adjusted),
            value(c.detectable),
            found,
        ]
    };
    if !outcome.comparisons.is_empty() {
        let columns = [
            ("world", false),
            ("agent", false),
            ("shift", false),
            ("number", false),
            ("baseline", true),
            ("run", true),
            ("change", true),
            ("95 % interval", true),
            ("p", true),
            ("finds", true),
            ("", false),
        ];
        out += &grid(columns, outcome.comparisons.iter().map(row).collect(), style);
        let key = format!(
            "p: of a fall beyond {}, one-sided, after Holm for all {}; it fails at {}. finds: the least fall that is \
             found here with probability {}.",
            outcome.margin,
            text::plural(outcome.comparisons.len(), "comparison"),
            outcome.alpha,
            outcome.power
        );
        let lines = text::wrap(&key, style.measure(), "", "");
        out += &lines.lines().map(|line| style.paint(Paint::Quiet, line) + "\n").collect::<String>();
    }
    let mut list = |head: &str, lines: Vec<String>| {
        for line in lines {
            out += &text::wrap(&style.safe(&line), style.measure(), head, "  ");
        }
    };
    list("verdict: ", changed(outcome).map(verdict).collect());
    list("lost: ", outcome.lost.iter().map(about).collect());
    list("not compared: ", outcome.not_compared.iter().map(about).collect());
    list("note: ", outcome.notes.clone());
    let head = style.paint(Paint::Heading, &format!("gate {}", title(outcome.status)));
    out += &format!("\n{head}\n{}", text::wrap(&style.safe(&outcome.sentence), style.measure(), "", ""));
    style.finish(&out)
}

/// A text from a record as Markdown that shows it and does nothing else: what could begin markup, HTML, a link, a mention
/// or a reference is an entity, and an empty comment after it keeps sites from finding `@name` or `#1` in the page.
fn inert(value: &str) -> String {
    let shown = text::visible(value);
    let mut out = String::new();
    for (place, c) in shown.char_indices() {
        let next = shown[place + c.len_utf8()..].chars().next();
        let plain = match c {
            ',' | ':' | ';' | '(' | ')' | '\'' => true,
            '-' => place > 0,
            // `www.x` would be a link; the points of sentences and numbers are not.
            '.' => next.is_none_or(|next| !next.is_ascii_alphabetic()),
            _ => !c.is_ascii_punctuation(),
        };
        if plain {
            out.push(c);
        } else {
            out += &format!("&#{};", u32::from(c));
            if next.is_some_and(char::is_alphanumeric) {
                out += "<!-- -->";
            }
        }
    }
    out
}

/// Markdown for a pull request: the sentence, what failed, and everything else folded away.
#[must_use]
pub fn gate_markdown(outcome: &Outcome) -> String {
    let mut out = format!("### misgen gate: {}\n\n{}\n", title(outcome.status), inert(&outcome.sentence));
    let mut failures: Vec<String> = outcome.worsened().map(verdict).collect();
    failures.extend(outcome.lost.iter().map(|lost| format!("lost: {}", about(lost))));
    if !failures.is_empty() {
        out.push('\n');
        out += &failures.iter().map(|line| format!("- {}\n", inert(line))).collect::<String>();
    }
    let fallen: Vec<&Comparison> = outcome.fallen().collect();
    if !fallen.is_empty() {
        out += &format!("\n{}", comparisons(&fallen));
    }
    if !outcome.comparisons.is_empty() {
        let all: Vec<&Comparison> = outcome.comparisons.iter().collect();
        let count = text::plural(all.len(), "comparison");
        out += &format!("\n<details><summary>All {count}</summary>\n\n{}\n", comparisons(&all));
        out += &format!(
            "p is that of a fall beyond {}, one-sided, after Holm for all comparisons; it fails at {}. *finds* is the least \
             fall that is found with probability {}.\n\n</details>\n",
            outcome.margin, outcome.alpha, outcome.power
        );
    }
    let mut rest: Vec<String> = changed(outcome).filter(|v| v.change != VerdictChange::Worse).map(verdict).collect();
    rest.extend(outcome.not_compared.iter().map(|about_it| format!("not compared: {}", about(about_it))));
    rest.extend(outcome.notes.iter().cloned());
    if !rest.is_empty() {
        out.push('\n');
        out += &rest.iter().map(|line| format!("- {}\n", inert(line))).collect::<String>();
    }
    out
}

fn comparisons(rows: &[&Comparison]) -> String {
    let mut out = String::from(
        "| world | agent | shift | number | baseline | run | change | 95 % interval | p | finds | |\n\
         |---|---|---|---|---:|---:|---:|---:|---:|---:|---|\n",
    );
    for c in rows {
        out += &format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
            inert(&c.row.world),
            inert(&text::agent(&c.row.agent, Some(c.row.mix))),
            inert(&c.row.shift),
            c.metric.words(),
            value(c.base.mean),
            value(c.head.mean),
            change(c.difference.change),
            interval(c.difference.low, c.difference.high),
            p(c.p_adjusted).replace('<', "&lt;"),
            value(c.detectable),
            if c.fell { "**fell**" } else { "ok" }
        );
    }
    out
}
