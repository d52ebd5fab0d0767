//! `misgen eval`: one agent under the shifts of a family.

use super::agent::{Named, agent};
use super::world::{family, knobs, law, shift};
use crate::args::EvalArgs;
use crate::failure::Failure;
use crate::output;
use misgen_core::{Registry, ShiftSpec};
use misgen_evaluate::pools::{Content, EvalPool, PoolRequest};
use misgen_evaluate::record::{CellResult, SCHEMA_VERSION};
use misgen_evaluate::row::{Agent, evaluate};
use misgen_evaluate::summary::{Group, summarise};
use misgen_report as report;

pub(crate) fn eval(args: &EvalArgs, registry: Registry) -> Result<u8, Failure> {
    if let Some(palette) = args.palette.filter(|palette| !(0.0..=1.0).contains(palette)) {
        return Err(Failure::usage(format!("--palette {palette}: expected a share from 0 to 1")));
    }
    if let Some(file) = args.agent.strip_prefix("human:") {
        return super::human::eval(args, file, registry);
    }
    if !args.files.is_empty() {
        return super::eval_file::eval(args, registry);
    }
    let family = family(registry, &args.family)?;
    let spec = family.spec();
    let mut named = agent(&args.agent, family, &args.world)?;
    let (law_name, mut training_law) = law(&spec, &args.world)?;
    let mut knobs = knobs(family, &args.world)?;
    let (mut mix, mut declared, mut kernels) = (None, true, None);
    if let Named::Learned(learned) = &named {
        let card = learned.card_in(&spec)?;
        kernels = Some(misgen_agents::kernel_set().to_owned());
        declared = card.is_some();
        if let Some(card) = card {
            (mix, training_law) = (Some(card.mix), card.law.clone());
            if args.world.knobs.is_empty() {
                knobs = family.knobs(&card.knobs).map_err(Failure::usage)?;
            }
        }
    }
    let mut shifts: Vec<ShiftSpec> = if args.shifts.is_empty() {
        spec.shifts.iter().map(ShiftSpec::from).collect()
    } else {
        args.shifts.iter().map(|name| shift(&spec, name)).collect::<Result<_, _>>()?
    };
    shifts.iter_mut().for_each(|shift| shift.palette = shift.palette.or(args.palette));
    let contents = std::iter::once(Content::Law(training_law)).chain(shifts.iter().cloned().map(Content::Shift));
    let name = args.agent.trim_start_matches("scripted:").to_owned();
    let mut result = CellResult {
        schema_version: SCHEMA_VERSION,
        family: spec.name.into(),
        family_version: spec.version,
        kind: spec.kind,
        agent: name.clone(),
        mix,
        seed: args.seed,
        kernels,
        training: None,
        s_train: None,
        s_id: None,
        rows: Vec::new(),
    };
    for content in contents {
        let request = PoolRequest { knobs: knobs.clone(), content, levels: args.levels, seed: 0 };
        let pool = EvalPool::build(family, &request).map_err(Failure::job)?;
        let mut player = match &mut named {
            Named::Scripted(script) => Agent::Scripted(script),
            Named::Learned(learned) => {
                Agent::Learned { sampled: &mut *learned.sampled, greedy: Some(&mut *learned.greedy) }
            }
        };
        let evaluated = evaluate(&pool, &mut player, args.seed).map_err(Failure::job)?;
        if declared {
            result.s_train = result.s_train.or(evaluated.s_train);
            result.s_id = result.s_id.or(evaluated.s_id);
        }
        result.rows.push(evaluated.row);
    }
    if args.json {
        output::json(&result)?;
        return Ok(0);
    }
    let group = Group {
        world: spec.name.into(),
        law: law_name.into(),
        spec,
        agent: name,
        mix,
        shifts,
        cells: vec![Some(result)],
    };
    let mut notes = vec!["One seed: verdicts need five, so none is given.".to_owned()];
    if !declared {
        notes.push("The agent does not declare its training law (training.json), so its competence is unknown.".into());
    }
    let pictured = matches!(&named, Named::Learned(learned) if learned.sees_pixels);
    if args.palette.is_some() && !pictured {
        notes.push("The agent does not see pixels: --palette makes no difference.".into());
    }
    let summary = summarise("eval", &[group], notes.clone());
    let style = output::style(false);
    output::document(&(report::table(&summary, &style) + &notes.join("\n") + "\n"))?;
    Ok(0)
}
