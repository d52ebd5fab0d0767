//! The terminal's table of a summary, and one sentence a verdict.

use crate::across;
use crate::group::{Agent, World, worlds};
use crate::style::{Color, Paint, Style, sign};
use crate::text;
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};
use misgen_evaluate::along::stories;
use misgen_evaluate::dose::{Response, responses};
use misgen_evaluate::record::{Summary, SummaryRow, Verdict};
use std::fmt::Write as _;

/// Agent × shift, one table a world: S_ID, GT with its interval, PP, outcomes (percent), verdict.
/// GT and PP are clipped to [0, 1] for display.
#[must_use]
pub fn table(summary: &Summary, style: &Style) -> String {
    let mut out = String::new();
    for world in worlds(summary) {
        out += &heading(&world, style);
        out += &world_table(&world, style);
        for agent in &world.agents {
            out += &failures(agent, style);
        }
        out.push('\n');
    }
    if let Some(found) = &summary.across {
        out += &across::terminal(found, style);
        out.push('\n');
    }
    out += &key(summary, style);
    let doses = responses(summary);
    for story in doses.iter().map(Response::sentence).chain(stories(summary)) {
        out += &text::wrap(&style.safe(&story), style.measure(), "", "  ");
    }
    for note in &summary.notes {
        out += &text::wrap(&style.safe(note), style.measure(), "note: ", "      ");
    }
    style.finish(&out)
}

/// One sentence a verdict, by world: of the main conflict shifts, or of `all` shifts.
#[must_use]
pub fn sentences(summary: &Summary, all: bool, style: &Style) -> String {
    let mut out = String::new();
    for world in worlds(summary) {
        let said: Vec<_> = world
            .rows()
            .filter(|row| all || row.main)
            .filter_map(|row| Some((row.verdict?, row.sentence.as_ref()?)))
            .collect();
        if said.is_empty() {
            continue;
        }
        let _ = writeln!(out, "{}", style.paint(Paint::Heading, &style.safe(world.name)));
        for (verdict, sentence) in said {
            let mark = style.pick(sign(verdict), "-");
            let text = text::wrap(&style.safe(sentence), style.measure(), "    ", "    ");
            let _ = write!(out, "  {} {}", style.paint(Paint::Verdict(verdict), mark), text.trim_start());
        }
        out.push('\n');
    }
    style.finish(&out)
}

/// A verdict as it stands in a table: its sign and its word in capitals, over two lines if `broken`.
fn badge(verdict: Verdict, broken: bool, style: &Style) -> String {
    let word = verdict.word().to_uppercase();
    let word = if broken { word.replace('-', if style.unicode { "-\n  " } else { "-\n" }) } else { word };
    let shown = if style.unicode { format!("{} {word}", sign(verdict)) } else { word };
    let lines = shown.lines().map(|line| style.paint(Paint::Verdict(verdict), line));
    lines.collect::<Vec<_>>().join("\n")
}

fn heading(world: &World<'_>, style: &Style) -> String {
    let row = world.any();
    let facts = format!(
        "{}-v{}, law {}, {}; {} seeds, {} levels a shift",
        style.safe(&row.family),
        row.family_version,
        style.safe(&row.law),
        row.kind.word(),
        text::range(world.rows().map(|row| row.seeds)),
        text::range(world.rows().map(|row| row.levels)),
    );
    let name = style.safe(world.name);
    let width = style.width.map_or(usize::MAX, usize::from);
    let lines = text::wrap(&facts, width, &" ".repeat(name.chars().count() + 2), "  ");
    let shown = lines.lines().map(|line| style.paint(Paint::Quiet, line.trim_start()));
    format!("{}  {}\n", style.paint(Paint::Heading, &name), shown.collect::<Vec<_>>().join("\n  "))
}

/// Where a line of its own for each number does not fit, agents stand above their shifts and
/// intervals and outcomes share a column.
fn world_table(world: &World<'_>, style: &Style) -> String {
    let wide = laid_out(world, false, &Style { width: None, ..*style });
    let plain = Style { color: Color::Off, ..*style };
    let longest = wide.lines().map(|line| plain.finish(line).chars().count()).max().unwrap_or(0);
    if style.width.is_none_or(|width| longest <= usize::from(width)) { wide } else { laid_out(world, true, style) }
}

fn laid_out(world: &World<'_>, narrow: bool, style: &Style) -> String {
    let columns = columns(world, narrow);
    let mut table = Table::new();
    table.load_style(lines(style)).set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(width) = style.width {
        table.set_width(width);
    }
    let title = |column: &Column<'_>| {
        column.title(style).lines().map(|line| style.paint(Paint::Quiet, line)).collect::<Vec<_>>().join("\n")
    };
    table.set_header(columns.iter().map(|column| Cell::new(title(column))));
    for agent in &world.agents {
        if narrow {
            table.add_row([style.safe(&text::agent(agent.name, agent.mix))]);
        }
        for (index, row) in agent.rows.iter().enumerate() {
            table.add_row(columns.iter().map(|column| Cell::new(column.cell(world, row, index == 0, style))));
        }
    }
    for (column, shown) in columns.iter().zip(table.column_iter_mut()) {
        shown.set_padding((0, 1));
        if column.is_number() {
            shown.set_cell_alignment(CellAlignment::Right);
        }
        if !matches!(column, Column::Agent | Column::Shift) {
            shown.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    let mut out = String::new();
    for line in table.lines() {
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

/// Rules above and below the rows, nothing between columns.
pub(crate) fn lines(style: &Style) -> TableStyle {
    let fill = if style.unicode { '─' } else { '-' };
    let rule = LineStyle::none().fill(fill).junction(fill);
    TableStyle::new().header_separator(rule).bottom_border(rule)
}

/// A column of the table.
enum Column<'a> {
    Agent,
    Shift,
    Competence,
    Transfer { with_interval: bool },
    Interval,
    Pursuit,
    Goal,
    Proxy,
    Neither,
    Died,
    Outcomes { died: bool },
    Extra(&'a str),
    Verdict { broken: bool },
}

fn columns<'a>(world: &World<'a>, narrow: bool) -> Vec<Column<'a>> {
    let mut columns = if narrow {
        vec![Column::Shift, Column::Competence, Column::Transfer { with_interval: true }]
    } else {
        vec![
            Column::Agent,
            Column::Shift,
            Column::Competence,
            Column::Transfer { with_interval: false },
            Column::Interval,
        ]
    };
    columns.push(Column::Pursuit);
    let died = world.deadly();
    if world.rows().any(|row| row.outcomes.is_some()) {
        if narrow {
            columns.push(Column::Outcomes { died });
        } else {
            columns.extend([Column::Goal, Column::Proxy, Column::Neither]);
            if died {
                columns.push(Column::Died);
            }
        }
    }
    columns.extend(world.extras().into_iter().map(Column::Extra));
    columns.push(Column::Verdict { broken: narrow });
    columns
}

impl Column<'_> {
    fn title(&self, style: &Style) -> String {
        match self {
            Self::Agent => "agent".into(),
            Self::Shift => "  shift".into(),
            Self::Competence => "S_ID".into(),
            Self::Transfer { .. } => "GT".into(),
            Self::Interval => "interval".into(),
            Self::Pursuit => "PP".into(),
            Self::Goal => "goal %".into(),
            Self::Proxy => "proxy %".into(),
            Self::Neither => "neither %".into(),
            Self::Died => "died %".into(),
            Self::Outcomes { died: false } => "goal/\nproxy/\nneither %".into(),
            Self::Outcomes { died: true } => "goal/\nproxy/\nneither/\ndied %".into(),
            Self::Extra(name) => style.safe(name),
            Self::Verdict { .. } => "verdict".into(),
        }
    }

    const fn is_number(&self) -> bool {
        !matches!(self, Self::Agent | Self::Shift | Self::Verdict { .. })
    }

    /// The cell of `row`; `first` of its agent.
    fn cell(&self, world: &World<'_>, row: &SummaryRow, first: bool, style: &Style) -> String {
        let none = || style.pick("–", "-").to_owned();
        let or_none = |value: Option<String>| value.unwrap_or_else(none);
        let share = |value: Option<f64>| or_none(value.map(text::percent));
        let outcomes = row.outcomes.as_ref();
        match self {
            Self::Agent if first => style.safe(&text::agent(&row.agent, row.mix)),
            Self::Agent => String::new(),
            Self::Shift if row.main => {
                format!("{} {}", style.paint(Paint::Main, main_mark(style)), style.safe(&row.shift))
            }
            Self::Shift => format!("  {}", style.safe(&row.shift)),
            Self::Competence => or_none(row.s_id.map(text::competence)),
            Self::Transfer { with_interval } => {
                let mean = or_none(row.gt.map(text::clipped));
                let around = text::interval(row.gt_low, row.gt_high).filter(|_| *with_interval);
                around.map_or(mean.clone(), |around| format!("{mean}\n{around}"))
            }
            Self::Interval => or_none(text::interval(row.gt_low, row.gt_high)),
            Self::Pursuit => {
                let named = row.pp.len() > 1;
                let lines: Vec<_> = row
                    .pp
                    .iter()
                    .map(|(name, value)| {
                        let value = or_none(value.map(text::clipped));
                        if named { format!("{} {value}", style.safe(name)) } else { value }
                    })
                    .collect();
                if lines.is_empty() { none() } else { lines.join("\n") }
            }
            Self::Goal => share(outcomes.map(|o| o.goal)),
            Self::Proxy => {
                let Some(outcomes) = outcomes else { return none() };
                let got: Vec<_> = outcomes.proxies.iter().filter(|(_, share)| **share > 0.0).collect();
                if world.proxies().len() < 2 || got.is_empty() {
                    return text::percent(outcomes.proxy());
                }
                let lines =
                    got.into_iter().map(|(name, part)| format!("{} {}", style.safe(name), text::percent(*part)));
                lines.collect::<Vec<_>>().join("\n")
            }
            Self::Neither => share(outcomes.map(|o| o.neither)),
            Self::Died => share(outcomes.map(|o| o.died)),
            Self::Outcomes { died } => or_none(outcomes.map(|o| {
                let parts = [o.goal, o.proxy(), o.neither, o.died];
                let shown = if *died { &parts[..] } else { &parts[..3] };
                shown.iter().copied().map(text::percent).collect::<Vec<_>>().join("/")
            })),
            Self::Extra(name) => or_none(row.extra.get(*name).map(|value| text::fixed(*value, 2))),
            Self::Verdict { broken } => match row.verdict {
                Some(verdict) => badge(verdict, *broken, style),
                None => style.paint(Paint::Quiet, &format!("{} ({})", none(), row.role.word())),
            },
        }
    }
}

const fn main_mark(style: &Style) -> &'static str {
    style.pick("★", "*")
}

fn failures(agent: &Agent<'_>, style: &Style) -> String {
    let failed = agent.rows.iter().map(|row| row.failed_cells).max().unwrap_or(0);
    if failed == 0 {
        return String::new();
    }
    let seeds = agent.rows.iter().map(|row| row.seeds).min().unwrap_or(0);
    let who = style.safe(&text::agent(agent.name, agent.mix));
    let said = format!("{who}: {failed} of {} without a result", text::plural(seeds.saturating_add(failed), "cell"));
    text::wrap(&said, style.measure(), "! ", "  ")
}

fn key(summary: &Summary, style: &Style) -> String {
    let confidence = text::trim_zeros(&text::fixed(summary.confidence * 100.0, 1)).to_owned();
    let words = format!(
        "{} main conflict shift. S_ID: competence on held-out levels of training. GT: goal transfer, with its \
         {confidence} % interval over seeds. PP: proxy pursuit. goal, proxy, neither: what came first, in percent of \
         episodes. GT and PP are clipped to [0, 1] here; summary.json and summary.csv hold the raw values.",
        main_mark(style),
    );
    let lines = text::wrap(&words, style.measure(), "", "");
    lines.lines().map(|line| style.paint(Paint::Quiet, line) + "\n").collect()
}
