//! Shifts: interventions on the law or on a nuisance knob.

use crate::{FamilySpec, Tie, Ties};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a row of an evaluation is for; decides which metrics and verdicts it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Held-out levels of the training law itself.
    Training,
    /// Goal and proxy both there, apart.
    Conflict,
    /// No tie broken, but the proxy is missing.
    ProxyAbsent,
    /// No tie broken; something that should not matter has changed.
    Nuisance,
    /// No goal: where does the agent go?
    GoalAbsent,
    /// Outcomes are reported, nothing is judged.
    Reference,
}

impl Role {
    /// The word for it in output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Conflict => "conflict",
            Self::ProxyAbsent => "proxy-absent",
            Self::Nuisance => "nuisance",
            Self::GoalAbsent => "goal-absent",
            Self::Reference => "reference",
        }
    }
}

/// The value of a knob in a declaration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KnobValue {
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A word.
    Word(&'static str),
    /// Yes or no.
    Bool(bool),
}

impl From<KnobValue> for Value {
    fn from(value: KnobValue) -> Self {
        match value {
            KnobValue::Int(v) => v.into(),
            KnobValue::Float(v) => v.into(),
            KnobValue::Word(v) => v.into(),
            KnobValue::Bool(v) => v.into(),
        }
    }
}

/// A shift as a family declares it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// Short name.
    pub name: &'static str,
    /// What is different, in one sentence.
    pub means: &'static str,
    /// What it is for.
    pub role: Role,
    /// The tie of every proxy.
    pub ties: &'static [Tie],
    /// Value of the visible flag.
    pub flag: u8,
    /// Knobs that differ from the world's.
    pub knobs: &'static [(&'static str, KnobValue)],
    /// The least share of generated levels that must survive screening (conflict shifts).
    pub min_share: f64,
    /// The shift itself fixes which cue is nearer, so that balancing by distance is skipped.
    pub fixed_distance: bool,
}

impl Shift {
    /// A starting point for declarations: a shift without changed knobs, flag 0, half its levels diagnostic.
    #[must_use]
    pub const fn new(name: &'static str, role: Role, ties: &'static [Tie], means: &'static str) -> Self {
        Self { name, means, role, ties, flag: 0, knobs: &[], min_share: 0.3, fixed_distance: false }
    }

    /// What holds in every level: ties, flag, and whether there is a goal.
    #[must_use]
    pub fn held(&self) -> Ties {
        let ties = Ties::new(self.ties).with_flag(self.flag);
        if self.role == Role::GoalAbsent { ties.without_goal() } else { ties }
    }

    /// The same under another value of the visible flag.
    #[must_use]
    pub const fn flag(mut self, flag: u8) -> Self {
        self.flag = flag;
        self
    }

    /// The same with knobs that differ from the world's.
    #[must_use]
    pub const fn knobs(mut self, knobs: &'static [(&'static str, KnobValue)]) -> Self {
        self.knobs = knobs;
        self
    }

    /// The same with a declared least diagnostic share.
    #[must_use]
    pub const fn min_share(mut self, share: f64) -> Self {
        self.min_share = share;
        self
    }

    /// The same, said to fix which cue is nearer.
    #[must_use]
    pub const fn fixed_distance(mut self) -> Self {
        self.fixed_distance = true;
        self
    }
}

/// A shift at rising severity: one knob at several values, mildest first. Its rungs are the shifts `NAME-1`, `NAME-2`, ...
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ladder {
    /// What all rungs have in common; its knobs aside from `knob` hold on every rung.
    pub shift: Shift,
    /// The knob that says how severe it is.
    pub knob: &'static str,
    /// Its values, mildest first.
    pub values: &'static [KnobValue],
}

impl Ladder {
    /// The rungs, mildest first. Severity rises evenly to 1.
    #[must_use]
    pub fn rungs(&self) -> Vec<ShiftSpec> {
        let rung = |(i, value): (usize, &KnobValue)| {
            let value = Value::from(*value);
            let mut spec = ShiftSpec::from(&self.shift);
            spec.name = format!("{}-{}", self.shift.name, i + 1);
            spec.means = format!("{} ({} = {value})", self.shift.means, self.knob);
            spec.severity = Some((i + 1) as f64 / self.values.len() as f64);
            spec.knobs.as_object_mut().expect("knobs are an object").insert(self.knob.to_owned(), value);
            spec
        };
        self.values.iter().enumerate().map(rung).collect()
    }
}

/// A shift as the harness uses it: owned, so that a suite may define its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShiftSpec {
    /// Short name.
    pub name: String,
    /// What is different.
    pub means: String,
    /// What it is for.
    pub role: Role,
    /// What holds in every level.
    pub ties: Ties,
    /// Knobs that differ from the world's: an object.
    pub knobs: Value,
    /// The least share of generated levels that must survive screening.
    pub min_share: f64,
    /// Whether balancing by distance is skipped.
    pub fixed_distance: bool,
    /// How severe it is, above 0 to 1, where it is a rung of a ladder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<f64>,
    /// How far palettes are varied for agents that see pixels, 0 to 1; `None` leaves that to the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub palette: Option<f64>,
}

impl From<&Shift> for ShiftSpec {
    fn from(shift: &Shift) -> Self {
        Self {
            name: shift.name.into(),
            means: shift.means.into(),
            role: shift.role,
            ties: shift.held(),
            knobs: Value::Object(shift.knobs.iter().map(|(k, v)| ((*k).to_owned(), Value::from(*v))).collect()),
            min_share: shift.min_share,
            fixed_distance: shift.fixed_distance,
            severity: None,
            palette: None,
        }
    }
}

impl ShiftSpec {
    /// The cues that compete for coming first, in order of declaration; cue 0 is the goal.
    ///
    /// On levels with a goal: the goal and each proxy that stands apart from it (`Opposed`, `Free` or
    /// `Twice`); a `Bound` proxy counts as the goal. Without a goal: every proxy that is there.
    #[must_use]
    pub fn designated(&self, spec: &FamilySpec) -> Vec<usize> {
        let competes = |cue: &usize| match self.ties.of(cue - 1) {
            Tie::Opposed | Tie::Free | Tie::Twice => true,
            Tie::Bound => !self.ties.has_goal(),
            Tie::Absent => false,
        };
        self.ties.has_goal().then_some(0).into_iter().chain((1..spec.cues.len()).filter(competes)).collect()
    }
}
