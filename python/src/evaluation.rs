//! Evaluation and attribution of callables and scripted players, by the rules that the command line has.

use crate::columns::columns;
use crate::policy::{Callable, Raised};
use crate::view::View;
use crate::world::{known_family, known_knobs, known_law, known_shift, wrong};
use misgen_core::{AnyFamily, FamilySpec, Policy, ShiftSpec};
use misgen_evaluate::attribute::attribute as attribute_agent;
use misgen_evaluate::episode::EpisodeRecord;
use misgen_evaluate::pools::{Content, EvalPool, PoolRequest};
use misgen_evaluate::record::{CellResult, Summary};
use misgen_evaluate::row::{Agent, EvaluateError, Evaluated, evaluate as evaluate_agent};
use misgen_evaluate::summary::{Group, summarise};
use misgen_evaluate::verdict::MIN_SEEDS;
use misgen_report::Style;
use misgen_solve::Script;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

/// A policy as Python gives it.
enum Player {
    Scripted(Script),
    Callable { sampled: Box<Callable>, greedy: Box<Callable>, raised: Raised },
}

impl Player {
    /// `policy` is the name of a scripted player, or a callable of the package's own, which shows `units` hidden features.
    fn new(policy: &Bound<'_, PyAny>, view: &str, units: usize) -> PyResult<Self> {
        if let Ok(name) = policy.cast::<PyString>() {
            let name = name.to_str()?;
            let script = name.strip_prefix("scripted:").unwrap_or(name).parse().map_err(wrong)?;
            return Ok(Self::Scripted(script));
        }
        let raised = Raised::default();
        let one = |greedy| Box::new(Callable::new(policy.clone().unbind(), view.into(), greedy, units, raised.clone()));
        Ok(Self::Callable { sampled: one(false), greedy: one(true), raised })
    }

    /// Other callables of the same kind, whose exceptions are this one's.
    fn fellows(&self, policies: Vec<Py<PyAny>>, view: &str, units: usize) -> Vec<Box<dyn Policy>> {
        let raised = match self {
            Self::Callable { raised, .. } => raised.clone(),
            Self::Scripted(_) => Raised::default(),
        };
        let one = |policy| Box::new(Callable::new(policy, view.into(), false, units, raised.clone())) as _;
        policies.into_iter().map(one).collect()
    }

    fn agent(&mut self) -> Agent<'_> {
        match self {
            Self::Scripted(script) => Agent::Scripted(script),
            Self::Callable { sampled, greedy, .. } => {
                Agent::Learned { sampled: &mut **sampled, greedy: Some(&mut **greedy) }
            }
        }
    }

    /// The exception that the callable raised, else what Rust says.
    fn failed(&self, error: EvaluateError) -> PyErr {
        let raised = match self {
            Self::Callable { raised, .. } => raised.lock().expect("nobody panics while it is held").take(),
            Self::Scripted(_) => None,
        };
        raised.unwrap_or_else(|| wrong(error))
    }

    /// Plays `pool` while other Python threads may go on.
    fn play(&mut self, py: Python<'_>, pool: &EvalPool, seed: u64) -> PyResult<Evaluated> {
        let played = py.detach(|| evaluate_agent(pool, &mut self.agent(), seed));
        played.map_err(|error| self.failed(error))
    }
}

fn build(py: Python<'_>, family: &dyn AnyFamily, request: &PoolRequest) -> PyResult<EvalPool> {
    py.detach(|| EvalPool::build(family, request)).map_err(wrong)
}

/// What evaluation found, as the records that the command line writes.
#[pyclass(module = "misgen._native", frozen)]
pub(crate) struct Evaluation {
    spec: FamilySpec,
    summary: Summary,
    cells: Vec<CellResult>,
    episodes: Vec<Vec<EpisodeRecord>>,
}

#[pymethods]
impl Evaluation {
    /// `summary.json`.
    fn summary(&self) -> String {
        json(&self.summary)
    }

    /// One `result.json` a seed, in a list.
    fn cells(&self) -> String {
        json(&self.cells)
    }

    /// `summary.csv`.
    fn csv(&self) -> Vec<u8> {
        misgen_report::csv(&self.summary)
    }

    /// The table and the sentences that the command line prints.
    fn table(&self) -> String {
        misgen_report::table(&self.summary, &Style::default())
    }

    /// `report.html`.
    fn html(&self) -> Vec<u8> {
        misgen_report::html(&self.summary, None)
    }

    /// The columns of `episodes.parquet` of cell `i`: lists of equal length, by name.
    fn episodes<'py>(&self, py: Python<'py>, i: usize) -> PyResult<Bound<'py, PyDict>> {
        columns(py, &self.spec, &self.cells[i], &self.episodes[i])
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("records are plain data")
}

/// Plays each policy under the law and every shift, one seed each, and summarises over seeds.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "called by one Python function that has the defaults")]
pub(crate) fn evaluate(
    py: Python<'_>,
    policies: Vec<Bound<'_, PyAny>>,
    seeds: Vec<u64>,
    family: &str,
    shifts: Option<Vec<String>>,
    training_law: Option<&str>,
    mix: f64,
    knobs: &str,
    levels: usize,
    view: &str,
    name: &str,
) -> PyResult<Evaluation> {
    if policies.is_empty() || policies.len() != seeds.len() {
        return Err(wrong(format!(
            "{} policies and {} seeds, expected as many of each, and at least one",
            policies.len(),
            seeds.len()
        )));
    }
    if levels == 0 {
        return Err(wrong("0 levels: expected at least 1"));
    }
    let family = known_family(family)?;
    let spec = family.spec();
    let knobs = known_knobs(family, knobs)?;
    View::named(view, &family.obs_spec(&knobs).map_err(wrong)?)?;
    let (law_name, law) = known_law(&spec, training_law, mix)?;
    let shifts: Vec<ShiftSpec> = match shifts {
        None => spec.shifts.iter().map(ShiftSpec::from).collect(),
        Some(names) => names.iter().map(|name| known_shift(&spec, name)).collect::<PyResult<_>>()?,
    };
    let mut players = policies.iter().map(|policy| Player::new(policy, view, 0)).collect::<PyResult<Vec<_>>>()?;
    let scripted = players.iter().all(|player| matches!(player, Player::Scripted(_)));
    let declared = training_law.is_some() || scripted;
    let mix = (declared && !scripted).then_some(mix);
    let mut cells: Vec<CellResult> = seeds.iter().map(|&seed| CellResult::new(&spec, name, mix, seed)).collect();
    let mut episodes = vec![Vec::new(); cells.len()];
    let mut digests = Vec::new();
    for content in std::iter::once(Content::Law(law)).chain(shifts.iter().cloned().map(Content::Shift)) {
        let pool = build(py, family, &PoolRequest { knobs: knobs.clone(), content, levels, seed: 0 })?;
        digests.push(pool.digest());
        for (i, player) in players.iter_mut().enumerate() {
            let played = player.play(py, &pool, seeds[i])?;
            if declared {
                cells[i].s_train = cells[i].s_train.or(played.s_train);
                cells[i].s_id = cells[i].s_id.or(played.s_id);
            }
            cells[i].rows.push(played.row);
            episodes[i].extend(played.episodes);
        }
    }
    let mut notes = Vec::new();
    if cells.len() < MIN_SEEDS {
        notes.push(format!("{} of {MIN_SEEDS} seeds: verdicts need {MIN_SEEDS}, so none is given.", cells.len()));
    }
    if !declared {
        notes.push("The agent does not declare its training law (training_law), so its competence is unknown.".into());
    }
    let group = Group {
        world: spec.name.into(),
        law: law_name.into(),
        spec,
        agent: name.into(),
        mix,
        shifts,
        cells: cells.iter().cloned().map(Some).collect(),
    };
    let mut summary = summarise("eval", &[group], notes);
    for (row, digest) in summary.rows.iter_mut().zip(digests) {
        row.pool = Some(digest);
    }
    Ok(Evaluation { spec, summary, cells, episodes })
}

/// Which goal a policy pursues on one shift, as JSON and in words. `untrained` are callables like it; each shows `units` hidden features.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "called by one Python function that has the defaults")]
pub(crate) fn attribute(
    py: Python<'_>,
    policy: &Bound<'_, PyAny>,
    untrained: Vec<Py<PyAny>>,
    units: usize,
    seed: u64,
    family: &str,
    shift: Option<&str>,
    knobs: &str,
    levels: usize,
    view: &str,
    name: &str,
) -> PyResult<(String, String)> {
    let family = known_family(family)?;
    let spec = family.spec();
    let knobs = known_knobs(family, knobs)?;
    View::named(view, &family.obs_spec(&knobs).map_err(wrong)?)?;
    let shift = match shift {
        Some(name) => known_shift(&spec, name)?,
        None => ShiftSpec::from(spec.shifts.first().ok_or_else(|| {
            wrong(format!("family `{}` declares no shift on which goals could be told apart", spec.name))
        })?),
    };
    let mut player = Player::new(policy, view, units)?;
    let mut untrained = player.fellows(untrained, view, units);
    let pool = build(py, family, &PoolRequest { knobs, content: Content::Shift(shift), levels, seed: 0 })?;
    let found = py.detach(|| attribute_agent(family, &pool, &mut player.agent(), name, seed, &mut untrained));
    let found = found.map_err(|error| player.failed(error))?;
    Ok((json(&found), misgen_report::attribution(&found, &Style::default())))
}
