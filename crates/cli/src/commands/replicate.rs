//! `misgen replicate`: a published result, run anew.

use super::run::{dry_run, execute_suite};
use crate::args::ReplicateArgs;
use crate::failure::Failure;
use crate::output;
use misgen_core::{Registry, did_you_mean};
use misgen_evaluate::replicate::{STUDIES, Study};
use misgen_report as report;
use misgen_store::{Fs, RealFs, canonical_json};
use misgen_sweep::config::Unread;
use misgen_sweep::suite::Suite;
use misgen_sweep::summarize::groups;
use std::sync::Arc;

/// The committed suites and the agents that they name, so that the program alone is enough.
const FILES: &[(&str, &str)] = &[
    ("r1.toml", include_str!("../../../../configs/replications/r1.toml")),
    ("r2.toml", include_str!("../../../../configs/replications/r2.toml")),
    ("r3.toml", include_str!("../../../../configs/replications/r3.toml")),
    ("r4.toml", include_str!("../../../../configs/replications/r4.toml")),
    ("r5.toml", include_str!("../../../../configs/replications/r5.toml")),
    ("ppo.toml", include_str!("../../../../configs/agents/ppo.toml")),
    ("rgb.toml", include_str!("../../../../configs/agents/rgb.toml")),
    ("pixels.toml", include_str!("../../../../configs/agents/pixels.toml")),
    ("plr.toml", include_str!("../../../../configs/agents/plr.toml")),
    ("plr-oracle.toml", include_str!("../../../../configs/agents/plr-oracle.toml")),
    ("accel.toml", include_str!("../../../../configs/agents/accel.toml")),
    ("accel-oracle.toml", include_str!("../../../../configs/agents/accel-oracle.toml")),
];

/// The committed file of this name, as a configuration's reader gives it.
fn file(path: &str) -> Result<(String, Vec<u8>), Unread> {
    let last = path.rsplit('/').next().unwrap_or(path);
    let found = FILES.iter().find(|(name, _)| *name == last);
    found.map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).ok_or_else(|| "no file".into())
}

pub(crate) fn replicate(args: &ReplicateArgs, registry: Registry) -> Result<u8, Failure> {
    let Some(id) = &args.id else {
        let lines = STUDIES.iter().map(|study| format!("{}  {}: {}\n", study.id, study.title, study.source));
        output::document(&lines.collect::<String>())?;
        return Ok(0);
    };
    let study = Study::named(id).ok_or_else(|| {
        let names: Vec<&str> = STUDIES.iter().map(|study| study.id).collect();
        let hint = did_you_mean(id, names.iter().copied());
        Failure::usage(format!("no replication `{id}`, there are {}{hint}", names.join(", ")))
    })?;
    let name = format!("{}.toml", study.id);
    let (_, bytes) = file(&name).map_err(|unread| Failure::job(unread.reason))?;
    let suite = Suite::load(&name, &bytes, &[], registry, &file)?;
    if args.dry_run {
        dry_run(&suite, &args.engine.out)?;
        return Ok(0);
    }
    let fs: Arc<dyn Fs> = Arc::new(RealFs);
    let ran = execute_suite(fs, suite, registry, &args.engine)?;
    let (groups, _) = groups(&ran.suite, &ran.plan, &ran.store).map_err(Failure::environment)?;
    let found = study.judge(&groups);
    ran.store.write_document("replication.json", &canonical_json(&found).map_err(Failure::job)?)?;
    ran.store.write_document("replication.md", report::replication_markdown(&found).as_bytes())?;
    for (i, figure) in found.figures.iter().enumerate() {
        ran.store.write_document(&format!("figure-{}.svg", i + 1), &report::figure_svg(figure))?;
    }
    if args.json {
        output::json(&found)?;
    } else {
        let text = report::replication(&found, &output::style(false));
        output::document(&format!("{text}\nReport: {}\n", ran.store.root().join("report.html").display()))?;
    }
    Ok(ran.end(false))
}
