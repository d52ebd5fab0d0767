//! What one job computes: an evaluation pool, or an agent trained and evaluated.

use crate::child::{CellError, Context, Files};
use crate::curriculum::prepare;
use crate::episodes::{EPISODES_FILE, Episodes, write_episodes};
use crate::external::message::Play as Playing;
use crate::external::{ExternalAgent, Notice, Terms};
use crate::inputs::{CellInputs, Job, Player};
use crate::train;
use misgen_agents::{Learner, NetPolicy, Play, TrainError};
use misgen_core::AnyFamily;
use misgen_evaluate::along::{checkpoint_row, moments};
use misgen_evaluate::episode::EpisodeRecord;
use misgen_evaluate::help::help_rows;
use misgen_evaluate::pools::{EvalPool, PoolFile};
use misgen_evaluate::record::{CellResult, CheckpointRow, Training};
use misgen_evaluate::rollout::LANES;
use misgen_evaluate::row::{Agent, EvaluateError, evaluate};
use misgen_solve::Script;
use misgen_store::{Address, canonical_json};
use std::collections::{BTreeSet, VecDeque};
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

/// The file of a pool.
pub const POOL_FILE: &str = "pool.json";
/// The file of a cell's numbers.
pub const RESULT_FILE: &str = "result.json";

fn failed(error: impl Display) -> CellError {
    CellError::Failed(error.to_string())
}

/// Computes a job.
///
/// # Errors
/// When the family refuses, training diverges, an agent cannot play, or a pool cannot be stored or read.
pub fn compute(job: &Job, context: &Context<'_>, step: &mut dyn FnMut(u64, u64)) -> Result<Files, CellError> {
    compute_with(&Programs::default(), job, context, step)
}

/// How agents that are programs are treated. No result depends on it.
#[derive(Clone)]
pub struct Programs {
    /// The longest that an answer may take.
    pub deadline: Duration,
    /// Who has to know which process groups there are.
    pub notice: Notice,
}

impl Default for Programs {
    fn default() -> Self {
        Self { deadline: Duration::from_secs(60), notice: Arc::new(|_, _| ()) }
    }
}

/// Computes a job, in which programs are treated as `programs` says.
///
/// # Errors
/// As [`compute`]; also when a program does something wrong.
pub fn compute_with(
    programs: &Programs,
    job: &Job,
    context: &Context<'_>,
    step: &mut dyn FnMut(u64, u64),
) -> Result<Files, CellError> {
    match job {
        Job::Pool(inputs) => {
            let pool = EvalPool::build(family(context, &inputs.family)?, &inputs.request()).map_err(failed)?;
            let (stats, kept) = (&pool.stats, pool.pool.len());
            tracing::info!(
                pool = inputs.row(),
                generated = stats.generated,
                survivors = stats.survivors,
                kept,
                "pool built"
            );
            Ok(vec![(POOL_FILE.into(), canonical_json(&pool.to_file())?)])
        }
        Job::Cell(inputs) => cell(inputs, context, programs, step),
    }
}

fn family(context: &Context<'_>, name: &str) -> Result<&'static dyn AnyFamily, CellError> {
    context.registry.get(name).ok_or_else(|| CellError::Failed(format!("no family `{name}` in this program")))
}

/// The evaluation pool at `address`, generated and solved by whoever needs it first.
fn pool(context: &Context<'_>, address: &Address) -> Result<EvalPool, CellError> {
    let inputs = context.pool_inputs(address)?;
    let bytes =
        context.pool(address)?.read(POOL_FILE)?.ok_or_else(|| failed(format!("pool {address} has no {POOL_FILE}")))?;
    let file: PoolFile = serde_json::from_slice(&bytes).map_err(|e| failed(format!("pool {address}: {e}")))?;
    EvalPool::from_file(family(context, &inputs.family)?, &inputs.request(), file).map_err(failed)
}

fn cell(
    inputs: &CellInputs,
    context: &Context<'_>,
    programs: &Programs,
    step: &mut dyn FnMut(u64, u64),
) -> Result<Files, CellError> {
    let family = family(context, &inputs.family)?;
    let spec = family.spec();
    let mut pools = vec![pool(context, &inputs.held_out)?];
    for address in inputs.shifts.values() {
        pools.push(pool(context, address)?);
    }
    let mut result = CellResult {
        kernels: inputs.kernels.clone(),
        ..CellResult::new(&spec, inputs.player.word(), inputs.mix, inputs.seed)
    };
    let mut files = Files::new();
    let mut episodes = Vec::new();
    match &inputs.player {
        Player::Scripted(name) => {
            let script: Script = name.parse().map_err(failed)?;
            judge(&pools, &mut Agent::Scripted(&script), &mut result, &mut episodes)?;
        }
        Player::Program { command, .. } => {
            let [mut sampled, mut greedy] = players(inputs, command, family, programs)?;
            let mut agent = Agent::Learned { sampled: &mut sampled, greedy: Some(&mut greedy) };
            let judged = judge(&pools, &mut agent, &mut result, &mut episodes);
            if let Some(error) = sampled.failure().or(greedy.failure()) {
                return Err(error.clone().into());
            }
            judged?;
            sampled.finish().and_then(|()| greedy.finish())?;
        }
        Player::Learner(config) => {
            let wanted = inputs.training.ok_or_else(|| failed("a learner's cell names its training levels"))?;
            let held: BTreeSet<[u8; 32]> = pools.iter().flat_map(EvalPool::digests).collect();
            let levels = train::training_levels(family, &inputs.knobs, &inputs.law, wanted, &held).map_err(failed)?;
            let levels = prepare(family, &inputs.law, levels, &held, config, wanted.seed).map_err(failed)?;
            let mut way = Way::new(inputs.checkpoints, config.frames);
            let trained = train::train(&levels, config, inputs.seed, &mut |learner| {
                step(learner.frames(), config.frames);
                way.look(learner, &pools, inputs.seed);
            })
            .map_err(|error| match error {
                TrainError::Diverged(diverged) => CellError::Diverged(diverged.to_string()),
                TrainError::Demonstration(_) => failed(error),
            })?;
            let mut sampled = NetPolicy::of(&trained.learner, Play::Sampled);
            let help = help_rows(&pools, &mut sampled, inputs.seed, &inputs.help).map_err(failed)?;
            let training = Training {
                checkpoints: way.points()?,
                help,
                ..train::record(&levels, &trained.learner, &trained.history)
            };
            tracing::info!(frames = training.frames, overlap = training.overlap, "trained");
            result.training = Some(training);
            let checkpoint = trained.learner.export();
            files.push((train::CURVE_FILE.into(), train::csv(&trained.history)));
            files.push(("model.safetensors".into(), checkpoint.model));
            files.push(("config.json".into(), checkpoint.config));
            let mut greedy = NetPolicy::of(&trained.learner, Play::Greedy);
            let mut agent = Agent::Learned { sampled: &mut sampled, greedy: Some(&mut greedy) };
            judge(&pools, &mut agent, &mut result, &mut episodes)?;
        }
    }
    files.push((RESULT_FILE.into(), canonical_json(&result)?));
    let proxies = spec.cues[1..].iter().map(|cue| cue.name.to_owned()).collect();
    let episodes = Episodes::of(&result, proxies, episodes);
    files.push((EPISODES_FILE.into(), write_episodes(&episodes).map_err(failed)?));
    Ok(files)
}

/// A program that has been greeted, for sampled play, and (not started before it is needed) for greedy play.
fn players(
    inputs: &CellInputs,
    command: &str,
    family: &dyn AnyFamily,
    programs: &Programs,
) -> Result<[ExternalAgent; 2], CellError> {
    let terms = Terms {
        program: command.parse().map_err(failed)?,
        family: family.spec(),
        spec: family.obs_spec(&inputs.knobs).map_err(failed)?,
        lanes: LANES,
        seed: inputs.seed,
        deadline: programs.deadline,
        // Whoever gives a cell up ends its process.
        interrupted: Arc::new(|| false),
        notice: Arc::clone(&programs.notice),
    };
    let mut sampled = ExternalAgent::new(terms.clone(), Playing::Sampled);
    sampled.start()?;
    let other = sampled.declared().filter(|declared| declared.law != inputs.law);
    if let Some((name, mix)) = other.map(|declared| (declared.name, declared.mix)) {
        let wanted = inputs.mix.unwrap_or_default();
        let message = format!("declares law `{name}` at mix {mix}, but the suite another law, or its mix {wanted}");
        return Err(sampled.refuse(message).map_or_else(|| failed("no program"), CellError::from));
    }
    Ok([sampled, ExternalAgent::new(terms, Playing::Greedy)])
}

/// An agent looked at on its way.
struct Way {
    /// Frames after which to look, in order.
    moments: VecDeque<u64>,
    points: Vec<CheckpointRow>,
    failed: Option<EvaluateError>,
}

impl Way {
    fn new(checkpoints: u32, frames: u64) -> Self {
        Self { moments: moments(checkpoints, frames).into(), points: Vec::new(), failed: None }
    }

    /// Looks at the agent if a moment has come since the last look.
    fn look(&mut self, learner: &Learner, pools: &[EvalPool], seed: u64) {
        let before = self.moments.len();
        while self.moments.front().is_some_and(|moment| *moment <= learner.frames()) {
            self.moments.pop_front();
        }
        if self.moments.len() < before && self.failed.is_none() {
            let mut policy = NetPolicy::of(learner, Play::Sampled);
            match checkpoint_row(pools, &mut policy, seed, (learner.frames(), learner.optimiser_steps())) {
                Ok(point) => self.points.push(point),
                Err(error) => self.failed = Some(error),
            }
        }
    }

    fn points(self) -> Result<Vec<CheckpointRow>, CellError> {
        self.failed.map_or(Ok(self.points), |error| Err(failed(error)))
    }
}

/// Evaluates an agent on every pool; the first is the training row's.
fn judge(
    pools: &[EvalPool],
    agent: &mut Agent<'_>,
    result: &mut CellResult,
    episodes: &mut Vec<EpisodeRecord>,
) -> Result<(), CellError> {
    for pool in pools {
        let evaluated = evaluate(pool, agent, result.seed).map_err(failed)?;
        result.s_train = result.s_train.or(evaluated.s_train);
        result.s_id = result.s_id.or(evaluated.s_id);
        let (row, episodes_played) = (&evaluated.row, evaluated.episodes.len());
        tracing::info!(shift = row.shift, gt = row.gt, c_align = row.c_align, episodes = episodes_played, "evaluated");
        result.rows.push(evaluated.row);
        episodes.extend(evaluated.episodes);
    }
    Ok(())
}
