//! Episodes as the columns of `episodes.parquet`, in its order; docs/records.md documents them.

use misgen_core::FamilySpec;
use misgen_evaluate::episode::{EpisodeRecord, Scale};
use misgen_evaluate::record::CellResult;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::collections::BTreeSet;

/// The columns of one cell.
pub(crate) fn columns<'py>(
    py: Python<'py>,
    spec: &FamilySpec,
    cell: &CellResult,
    rows: &[EpisodeRecord],
) -> PyResult<Bound<'py, PyDict>> {
    let all = PyDict::new(py);
    let n = rows.len();
    all.set_item("family", vec![&cell.family; n])?;
    all.set_item("family_version", vec![cell.family_version; n])?;
    all.set_item("agent", vec![&cell.agent; n])?;
    all.set_item("mix", vec![cell.mix; n])?;
    all.set_item("seed", vec![cell.seed; n])?;
    all.set_item("shift", rows.iter().map(|row| &row.shift).collect::<Vec<_>>())?;
    all.set_item("role", rows.iter().map(|row| row.role.word()).collect::<Vec<_>>())?;
    all.set_item("twin", rows.iter().map(|row| row.twin).collect::<Vec<_>>())?;
    all.set_item("play", rows.iter().map(|row| &row.play).collect::<Vec<_>>())?;
    all.set_item("level", rows.iter().map(|row| row.level).collect::<Vec<_>>())?;
    all.set_item("level_id", rows.iter().map(|row| row.level_id.as_ref()).collect::<Vec<_>>())?;
    all.set_item("knobs", rows.iter().map(|row| &row.knobs).collect::<Vec<_>>())?;
    all.set_item("steps", rows.iter().map(|row| row.steps).collect::<Vec<_>>())?;
    let ended = |row: &EpisodeRecord| if row.terminated { "terminated" } else { "truncated" };
    all.set_item("ended", rows.iter().map(ended).collect::<Vec<_>>())?;
    all.set_item("outcome", rows.iter().map(|row| &row.outcome).collect::<Vec<_>>())?;
    all.set_item("first_cue_step", rows.iter().map(|row| row.first_cue_step).collect::<Vec<_>>())?;
    all.set_item("shortest", rows.iter().map(|row| row.shortest).collect::<Vec<_>>())?;
    all.set_item("actions", rows.iter().map(|row| &row.actions).collect::<Vec<_>>())?;
    all.set_item("chances", rows.iter().map(|row| row.chances.as_ref()).collect::<Vec<_>>())?;
    all.set_item("events", rows.iter().map(|row| &row.events).collect::<Vec<_>>())?;
    let scales = |ends: [String; 3], of: &dyn Fn(&EpisodeRecord) -> Scale| -> PyResult<()> {
        let parts: [fn(Scale) -> f64; 3] = [|s| s.got, |s| s.base, |s| s.best];
        for (name, part) in ends.into_iter().zip(parts) {
            all.set_item(name, rows.iter().map(|row| part(of(row))).collect::<Vec<_>>())?;
        }
        Ok(())
    };
    let named = |end: &str| ["return", "v_base", "v_best"].map(|what| format!("{what}{end}"));
    scales(named("_training"), &|row| row.training)?;
    scales(named("_goal"), &|row| row.cues[0])?;
    for (i, cue) in spec.cues.iter().enumerate().skip(1) {
        scales(named(&format!(":{}", cue.name)), &|row| row.cues[i])?;
    }
    let counts: BTreeSet<&String> = rows.iter().flat_map(|row| row.counts.keys()).collect();
    for name in counts {
        all.set_item(format!("count:{name}"), rows.iter().map(|row| row.counts.get(name)).collect::<Vec<_>>())?;
    }
    Ok(all)
}
