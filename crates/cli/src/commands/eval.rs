//! `misgen eval`: one agent under the shifts of a family.

use super::agent::{Named, agent};
use super::world::{family, knobs, law, shift};
use crate::args::EvalArgs;
use crate::failure::Failure;
use crate::output;
use misgen_core::{Registry, ShiftSpec};
use misgen_evaluate::pools::{Content, EvalPool, PoolRequest};
use misgen_evaluate::record::CellResult;
use misgen_evaluate::row::evaluate;
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
    let mut named = agent(&args.agent, family, &args.world, &args.answers)?;
    let (mut law_name, mut training_law) = law(&spec, &args.world)?;
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
    named.begin(family, &knobs, args.seed)?;
    let mut name = args.agent.trim_start_matches("scripted:").to_owned();
    if let Named::External(external) = &mut named {
        (name, kernels) = (external.name(), external.kernels());
        let training = external.declared();
        declared = training.is_some();
        if let Some(training) = training {
            (mix, training_law, law_name) = (Some(training.mix), training.law, training.name);
        }
    }
    let mut shifts: Vec<ShiftSpec> = if args.shifts.is_empty() {
        spec.shifts.iter().map(ShiftSpec::from).collect()
    } else {
        args.shifts.iter().map(|name| shift(&spec, name)).collect::<Result<_, _>>()?
    };
    shifts.iter_mut().for_each(|shift| shift.palette = shift.palette.or(args.palette));
    let contents = std::iter::once(Content::Law(training_law)).chain(shifts.iter().cloned().map(Content::Shift));
    let mut result = CellResult { kernels, ..CellResult::new(&spec, &name, mix, args.seed) };
    for content in contents {
        let request = PoolRequest { knobs: knobs.clone(), content, levels: args.levels, seed: 0 };
        let pool = EvalPool::build(family, &request).map_err(Failure::job)?;
        if let Named::External(external) = &named {
            external.goes_on()?;
        }
        let evaluated = evaluate(&pool, &mut named.player(), args.seed);
        let evaluated = evaluated.map_err(|error| named.failed(error))?;
        if declared {
            result.s_train = result.s_train.or(evaluated.s_train);
            result.s_id = result.s_id.or(evaluated.s_id);
        }
        result.rows.push(evaluated.row);
    }
    named.finish()?;
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
        let how = if matches!(named, Named::External(_)) { "in its greeting" } else { "training.json" };
        notes.push(format!("The agent does not declare its training law ({how}), so its competence is unknown."));
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
