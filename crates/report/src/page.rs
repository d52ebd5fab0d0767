//! The page of a family, from its own declarations.

use crate::describe::{event_name, kind_means, knob_value, law_words, reward, ties};
use crate::knobs::knobs;
use crate::markdown::{code, prose, table};
use crate::text;
use misgen_core::{Channel, Cue, FamilySpec, Kind, Layer, Role, Shift, ShiftSpec, SourceRule};
use serde_json::Value;
use std::fmt::Write as _;

/// What a page needs to know beside what the family declares.
#[derive(Clone, Copy, Debug)]
pub struct PageFacts<'a> {
    /// The object of its default knobs.
    pub defaults: &'a Value,
    /// Their JSON schema.
    pub schema: &'a Value,
    /// Its step limit under them.
    pub limit: u16,
}

/// The first line of whatever is generated.
pub(crate) const GENERATED: &str = "<!-- Written by `misgen docs` from declarations: change those. -->\n";

/// The name of the picture that belongs to a family's page.
#[must_use]
pub fn picture_name(spec: &FamilySpec) -> String {
    format!("{}.svg", spec.name)
}

/// The name of the film that belongs to a family's page.
#[must_use]
pub fn film_name(spec: &FamilySpec) -> String {
    format!("{}.gif", spec.name)
}

/// What the film shows, and the film.
pub(crate) fn film(spec: &FamilySpec) -> String {
    let player = spec.cues.get(1).unwrap_or(&spec.cues[0]);
    let level = spec.shifts.first().map_or_else(
        || "a training level".to_owned(),
        |shift| {
            let ties = ShiftSpec::from(shift).ties;
            let sides = if ties != ties.aligned() { "the aligned twin beside " } else { "" };
            format!("{sides}a level of {}: {}", code(shift.name), prose(shift.means))
        },
    );
    let name = film_name(spec);
    format!(
        "The optimal player of {} on {}\n\n![A film of {}]({name})\n",
        code(player.name),
        full_stop(level),
        spec.name
    )
}

/// The page as Markdown. It shows the picture and the film that lie beside it as [`picture_name`] and [`film_name`].
#[must_use]
pub fn family_page(spec: &FamilySpec, facts: &PageFacts<'_>) -> String {
    let mut out = GENERATED.to_owned();
    let _ = writeln!(out, "# {}\n\n{} · {} family\n", spec.name, code(&spec.id()), spec.kind.word());
    let _ = writeln!(out, "{}\n\n*{}*\n", sentence(spec.means), kind_means(spec.kind));
    let _ = writeln!(out, "![Levels of {} under each shift]({})\n", spec.name, picture_name(spec));
    let _ = writeln!(out, "{}", film(spec));
    section(&mut out, "Rules", &rules(spec, facts.limit));
    section(&mut out, "Cues", &cues(spec));
    section(&mut out, "Training laws", &laws(spec));
    section(&mut out, "Shifts", &shifts(spec));
    if !spec.ladders.is_empty() {
        section(&mut out, "Ladders", &ladders(spec));
    }
    section(&mut out, "What an agent sees and does", &observation(spec));
    section(&mut out, "Knobs", &knob_table(facts));
    section(&mut out, "Values", &values(spec));
    section(&mut out, "Exactness", &exactness(spec));
    section(&mut out, "Source", &source(spec));
    out.trim_end().to_owned() + "\n"
}

fn section(out: &mut String, title: &str, text: &str) {
    let _ = writeln!(out, "## {title}\n\n{}\n", text.trim_end());
}

/// Prose that begins with a capital and ends with a full stop.
fn sentence(text: &str) -> String {
    let text = prose(text);
    let mut letters = text.chars();
    let begun: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    full_stop(begun)
}

fn full_stop(text: String) -> String {
    if text.ends_with(['.', '?', '!']) || text.is_empty() { text } else { text + "." }
}

fn rules(spec: &FamilySpec, limit: u16) -> String {
    let rules = if spec.rules.is_empty() { "Not declared." } else { spec.rules.trim_end() };
    let limit = match spec.kind {
        Kind::Continuing => format!("Training never restarts; a rollout under the default knobs has {limit} steps."),
        _ => format!("Under the default knobs an episode has at most {limit} steps."),
    };
    format!("{rules}\n\n{limit}")
}

fn cues(spec: &FamilySpec) -> String {
    let row = |(index, cue): (usize, &Cue)| {
        let decides = cue.events().0;
        let decides: Vec<_> = (0..16).filter(|k| decides >> k & 1 == 1).map(|k| event_name(spec, k)).collect();
        let able = index.checked_sub(1).and_then(|proxy| spec.supports.get(proxy));
        let able: Vec<_> = able.into_iter().copied().flatten().map(|tie| tie.word()).collect();
        [
            code(cue.name),
            if index == 0 { "**goal**" } else { "proxy" }.into(),
            prose(cue.means),
            prose(&reward(spec, cue.reward)),
            prose(&decides.join(", ")),
            if able.is_empty() { "–".into() } else { able.join(", ") },
        ]
    };
    let header = ["cue", "role", "the agent chose to", "reward", "obtained by", "ties"];
    let mut out = table(header, spec.cues.iter().enumerate().map(row));
    if let Some(weights) = spec.training_reward {
        let _ = writeln!(out, "\nTraining does not pay the goal's reward but {}.", prose(&reward(spec, weights)));
    }
    if spec.is_decided() {
        let ends = if spec.first_cue_ends {
            "An episode of a conflict shift ends at the first cue that is obtained."
        } else {
            "An episode of a conflict shift goes on after the first cue; its outcome is the cue that came first."
        };
        let _ = writeln!(out, "\n{ends}");
    }
    out
}

fn laws(spec: &FamilySpec) -> String {
    let row = |(index, law): (usize, &misgen_core::NamedLaw)| {
        let default = if index == 0 && spec.laws.len() > 1 { " (default)" } else { "" };
        [code(law.name) + default, prose(&law_words(spec, law)), prose(law.means)]
    };
    table(["law", "ties", "what an agent sees"], spec.laws.iter().enumerate().map(row))
}

/// What holds in the levels of a shift: its ties, then what else is declared of it.
fn held(spec: &FamilySpec, shift: &Shift) -> String {
    let ties = prose(&ties(spec, &ShiftSpec::from(shift).ties));
    if shift.fixed_distance { ties + "; fixes which cue is nearer" } else { ties }
}

fn changed(shift: &Shift) -> String {
    let all: Vec<_> =
        shift.knobs.iter().map(|(name, value)| code(&format!("{name} = {}", knob_value(*value)))).collect();
    if all.is_empty() { "–".into() } else { all.join(", ") }
}

/// The least share of levels that tell goal and proxy apart; only conflict shifts are screened.
fn share(shift: &Shift) -> String {
    if shift.role == Role::Conflict { format!("{} %", text::percent(shift.min_share)) } else { "–".into() }
}

fn shifts(spec: &FamilySpec) -> String {
    let row = |(index, shift): (usize, &Shift)| {
        [
            if index == 0 { format!("**{}** ★", code(shift.name)) } else { code(shift.name) },
            shift.role.word().into(),
            held(spec, shift),
            changed(shift),
            share(shift),
            prose(shift.means),
        ]
    };
    let header = ["shift", "role", "ties", "knobs", "diagnostic", "what is different"];
    let mut out = table(header, spec.shifts.iter().enumerate().map(row));
    out += "\n★ is the main shift. *Diagnostic* is the least share of levels that must tell goal and proxy apart.\n";
    out
}

fn ladders(spec: &FamilySpec) -> String {
    let row = |ladder: &misgen_core::Ladder| {
        let rungs = ladder.rungs();
        let values = ladder.values.iter().map(|value| knob_value(*value));
        let steps: Vec<_> = rungs.iter().zip(values).map(|(rung, v)| format!("{} {v}", code(&rung.name))).collect();
        [
            code(ladder.shift.name),
            ladder.shift.role.word().into(),
            held(spec, &ladder.shift),
            changed(&ladder.shift),
            code(ladder.knob),
            steps.join(", "),
            prose(ladder.shift.means),
        ]
    };
    let header = ["ladder", "role", "ties", "knobs of all", "rising", "rungs", "what is different"];
    table(header, spec.ladders.iter().map(row))
}

fn observation(spec: &FamilySpec) -> String {
    let row = |channel: &Channel| {
        let misgen_core::Rgb(r, g, b) = channel.color;
        let kind = match channel.layer {
            Layer::Thing => "thing",
            Layer::Ground => "ground",
            Layer::Tint => "tint of the thing there",
        };
        [code(&channel.glyph.to_string()), code(&format!("#{r:02x}{g:02x}{b:02x}")), prose(channel.name), kind.into()]
    };
    let mut out = table(["glyph", "colour", "channel", "kind"], spec.channels.iter().map(row));
    let _ = writeln!(out, "\nActions: {}.", prose(&spec.actions.join(", ")));
    if !spec.flags.is_empty() {
        let _ = writeln!(out, "\nValues of the flag: {}.", prose(&spec.flags.join(", ")));
    }
    out
}

fn knob_table(facts: &PageFacts<'_>) -> String {
    let all = knobs(facts.defaults, facts.schema);
    if all.is_empty() {
        return "None.".into();
    }
    let rows = all.into_iter().map(|knob| {
        [code(knob.name), code(&knob.default), prose(&knob.range.unwrap_or_else(|| "–".into())), prose(&knob.means)]
    });
    table(["knob", "default", "range", "meaning"], rows)
}

fn values(spec: &FamilySpec) -> String {
    let base = if spec.punished { "the better of random play and 0" } else { "random play" };
    let mut out = format!("Discount {}. Scores are 0 at {base} and 1 at best play.\n", spec.gamma);
    if spec.kind == Kind::Instrumental {
        let _ = writeln!(out, "The least gap in goal transfer between goal and proxy pursuer is {}.", spec.gap);
    }
    if !spec.ratios.is_empty() {
        let rows = spec.ratios.iter().map(|(name, over, under)| [code(name), prose(over), prose(under)]);
        out += "\n";
        out += &table(["ratio", "of", "to"], rows);
    }
    out
}

fn exactness(spec: &FamilySpec) -> String {
    let mut out = if spec.exact.is_empty() { "Not declared.".to_owned() } else { sentence(spec.exact) };
    if let Some(planner) = spec.planner {
        let _ = write!(out, "\n\n**Planned, not exact.** The planner {}", full_stop(prose(planner)));
    }
    out
}

fn source(spec: &FamilySpec) -> String {
    let source = full_stop(prose(spec.source));
    if spec.comparison.is_empty() { source } else { format!("{source}\n\n{}", comparison_table(spec.comparison)) }
}

/// Rule by rule: as published, as here.
pub(crate) fn comparison_table(rules: &[SourceRule]) -> String {
    table(
        ["rule", "as published", "as here"],
        rules.iter().map(|rule| [prose(rule.about), prose(rule.source), prose(rule.here)]),
    )
}
