//! A family in words, from its own declarations.

use crate::knobs::knobs;
use crate::style::{Paint, Style};
use crate::text;
use misgen_core::{Channel, Cue, FamilySpec, Kind, KnobValue, Ladder, Layer, NamedLaw, Shift, ShiftSpec, Tie, Ties};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The rules, cues, laws, shifts, channels, actions and knobs of a family.
/// `defaults` is the object of its default knobs, `schema` their JSON schema.
#[must_use]
pub fn describe(spec: &FamilySpec, defaults: &Value, schema: &Value, style: &Style) -> String {
    let mut page = Page { out: String::new(), style };
    let _ = writeln!(
        page.out,
        "{}  {}",
        style.paint(Paint::Heading, &spec.id()),
        style.paint(Paint::Quiet, &format!("{} family", spec.kind.word()))
    );
    page.paragraph("", spec.means);
    page.paragraph("Source: ", spec.source);
    page.paragraph("", kind_means(spec.kind));

    page.heading("Cues");
    for (index, cue) in spec.cues.iter().enumerate() {
        let role = if index == 0 { "goal" } else { "proxy" };
        let able = (index > 0).then(|| spec.supports.get(index - 1)).flatten().map_or_else(String::new, |able| {
            format!("; can be {}", able.iter().map(|tie| tie.word()).collect::<Vec<_>>().join(", "))
        });
        page.item(cue.name, &format!("({role}) {}{able}", reward(spec, cue.reward)), cue.means);
    }
    if let Some(weights) = spec.training_reward {
        page.item("training reward", &reward(spec, weights), "");
    }

    page.heading("Training laws");
    for (index, law) in spec.laws.iter().enumerate() {
        let default = if index == 0 { "(default) " } else { "" };
        page.item(law.name, &format!("{default}{}", law_words(spec, law)), law.means);
    }

    page.heading("Shifts");
    for (index, shift) in spec.shifts.iter().enumerate() {
        page.item(shift.name, &shift_words(spec, shift, index == 0), shift.means);
    }

    for ladder in spec.ladders {
        let values: Vec<_> = ladder.values.iter().map(|value| knob_value(*value)).collect();
        let rungs =
            format!("{}; rungs with {} = {}", shift_words(spec, &ladder.shift, false), ladder.knob, values.join(", "));
        page.item(&format!("{}-1 to {}", ladder.shift.name, values.len()), &rungs, ladder.shift.means);
    }

    page.heading("Observation");
    for channel in spec.channels {
        let kind = match channel.layer {
            Layer::Thing => "",
            Layer::Ground => ", ground",
            Layer::Tint => ", tint of the thing there",
        };
        page.item(&channel.glyph.to_string(), &format!("{}{kind}", channel.name), "");
    }
    page.heading("Actions");
    page.paragraph("  ", &spec.actions.join(", "));

    page.heading("Knobs");
    knob_items(&mut page, defaults, schema);

    page.heading("Values");
    let base = if spec.punished { "the better of random play and 0" } else { "random play" };
    page.paragraph("  ", &format!("discount {}; scores are 0 at {base} and 1 at best play", spec.gamma));
    if spec.kind == Kind::Instrumental {
        page.paragraph("  ", &format!("least gap in goal transfer between goal and proxy pursuer: {}", spec.gap));
    }
    for (name, over, under) in spec.ratios {
        page.item(name, &format!("{over} over {under}"), "");
    }
    page.paragraph("  Exact: ", spec.exact);
    page.paragraph("  Planned, not exact: the planner ", spec.planner.unwrap_or_default());
    style.finish(&page.out)
}

/// The same for programs.
#[must_use]
pub fn describe_json(spec: &FamilySpec, defaults: &Value, schema: &Value) -> Value {
    let weights = |pairs: &[(u8, f32)]| -> Value {
        pairs.iter().map(|(event, weight)| (event_name(spec, *event), Value::from(f64::from(*weight)))).collect()
    };
    let cue = |cue: &Cue| json!({ "name": cue.name, "means": cue.means, "reward": weights(cue.reward) });
    let law = |law: &NamedLaw| {
        let rows = law
            .rows
            .iter()
            .map(|(weight, flag, held)| json!({ "weight": weight, "ties": Ties::new(held).with_flag(*flag) }));
        json!({ "name": law.name, "means": law.means, "rows": rows.collect::<Value>() })
    };
    json!({
        "id": spec.id(), "name": spec.name, "version": spec.version, "kind": spec.kind, "means": spec.means,
        "source": spec.source, "events": spec.events, "flags": spec.flags, "actions": spec.actions,
        "goal": cue(&spec.cues[0]),
        "proxies": spec.cues[1..].iter().map(cue).collect::<Value>(),
        "supports": spec.supports,
        "training_reward": spec.training_reward.map(weights),
        "laws": spec.laws.iter().map(law).collect::<Value>(),
        "shifts": spec.shifts.iter().map(|shift| json!(ShiftSpec::from(shift))).collect::<Value>(),
        "ladders": spec.ladders.iter().map(Ladder::rungs).collect::<Vec<_>>(),
        "rules": spec.rules, "exact": spec.exact, "planner": spec.planner, "comparison": spec.comparison,
        "channels": spec.channels,
        "gamma": spec.gamma, "punished": spec.punished, "gap": spec.gap, "ratios": spec.ratios,
        "knobs": { "defaults": defaults, "schema": schema },
    })
}

/// Ties in words: `mark opposed, side bound`, the flag and a missing goal besides.
pub(crate) fn ties(spec: &FamilySpec, ties: &Ties) -> String {
    let mut words: Vec<String> =
        spec.cues[1..].iter().zip(ties.as_slice()).map(|(cue, tie)| format!("{} {}", cue.name, tie.word())).collect();
    if let Some(flag) = spec.flags.get(usize::from(ties.flag())) {
        words.push(format!("flag {flag}"));
    }
    if !ties.has_goal() {
        words.push("no goal".into());
    }
    words.join(", ")
}

pub(crate) const fn kind_means(kind: Kind) -> &'static str {
    match kind {
        Kind::Coincident => "Coincident: on every training level obtaining a proxy first costs the goal nothing.",
        Kind::Instrumental => "Instrumental: the proxy is a means to the goal, or a cheap stand-in for it.",
        Kind::Gated => "Gated: which cue pays depends on a visible flag.",
        Kind::Misspecified => "Misspecified: the training reward is not the goal's.",
        Kind::Continuing => "Continuing: no episodes; the world is its own shift.",
    }
}

pub(crate) fn event_name(spec: &FamilySpec, event: u8) -> String {
    spec.events.get(usize::from(event)).map_or_else(|| format!("event {event}"), |name| (*name).to_owned())
}

pub(crate) fn reward(spec: &FamilySpec, weights: &[(u8, f32)]) -> String {
    let parts: Vec<_> =
        weights.iter().map(|(event, weight)| format!("{weight:+} {}", event_name(spec, *event))).collect();
    parts.join(", ")
}

/// The joint table of a law in words: `75 % mark bound; 25 % mark opposed`.
pub(crate) fn law_words(spec: &FamilySpec, law: &NamedLaw) -> String {
    let total: f64 = law.rows.iter().map(|(weight, _, _)| weight).sum();
    let row = |(weight, flag, bound): &(f64, u8, &[Tie])| {
        let held = ties(spec, &Ties::new(bound).with_flag(*flag));
        if law.rows.len() == 1 { held } else { format!("{} % {held}", text::percent(weight / total)) }
    };
    law.rows.iter().map(row).collect::<Vec<_>>().join("; ")
}

fn shift_words(spec: &FamilySpec, shift: &Shift, main: bool) -> String {
    let mut facts = vec![ties(spec, &ShiftSpec::from(shift).ties)];
    facts.extend(shift.knobs.iter().map(|(name, value)| format!("{name} = {}", knob_value(*value))));
    if shift.fixed_distance {
        facts.push("fixes which cue is nearer".into());
    }
    let role = if main { format!("{}, main", shift.role.word()) } else { shift.role.word().to_owned() };
    format!("({role}) {}", facts.join("; "))
}

pub(crate) fn knob_value(value: KnobValue) -> String {
    Value::from(value).to_string()
}

fn knob_items(page: &mut Page<'_>, defaults: &Value, schema: &Value) {
    let all = knobs(defaults, schema);
    if all.is_empty() {
        page.paragraph("  ", "none");
    }
    for knob in all {
        let range = knob.range.map_or_else(String::new, |range| format!(", {range}"));
        page.item(knob.name, &format!("= {}{range}", knob.default), &knob.means);
    }
}

/// A page being written: headings, paragraphs and named items within the style's measure.
struct Page<'a> {
    out: String,
    style: &'a Style,
}

impl Page<'_> {
    fn heading(&mut self, title: &str) {
        let _ = writeln!(self.out, "\n{}", self.style.paint(Paint::Heading, title));
    }

    fn paragraph(&mut self, first: &str, text: &str) {
        if !text.is_empty() {
            let rest = " ".repeat(first.chars().take_while(|c| *c == ' ').count());
            self.out += &text::wrap(&self.style.safe(text), self.style.measure(), first, &rest);
        }
    }

    /// `name`, its facts, and what it means on lines of its own.
    fn item(&mut self, name: &str, facts: &str, means: &str) {
        const INDENT: &str = "      ";
        let first = format!("  {}  ", self.style.safe(name));
        self.out += &text::wrap(&self.style.safe(facts), self.style.measure(), &first, INDENT);
        if !means.is_empty() {
            let means = means.split_whitespace().collect::<Vec<_>>().join(" ");
            self.out += &text::wrap(&self.style.safe(&means), self.style.measure(), INDENT, INDENT);
        }
    }
}

/// The channels of an observation as `describe` and a level's legend name them.
pub(crate) fn channel_words(channel: &Channel) -> String {
    let kind = match channel.layer {
        Layer::Thing => "",
        Layer::Ground => " (ground)",
        Layer::Tint => " (tint)",
    };
    format!("{}{kind}", channel.name)
}
