//! The numbers of a run's learners, for experiment trackers: learning curves from `train.csv`, goals from `result.json`.

use crate::cell::RESULT_FILE;
use crate::inputs::CELLS;
use crate::plan::Index;
use crate::summarize::training_seconds;
use crate::train::CURVE_FILE;
use misgen_evaluate::record::CellResult;
use misgen_evaluate::scalars::{CellScalars, Scalar, of_result};
use misgen_store::{Entry, State, Store, StoreError};

/// Columns of `train.csv` and the tags that they are known under, which are CleanRL's.
const TAGS: &[(&str, &str)] = &[
    ("episode_return", "charts/episodic_return"),
    ("episode_length", "charts/episodic_length"),
    ("policy_loss", "losses/policy_loss"),
    ("value_loss", "losses/value_loss"),
    ("entropy", "losses/entropy"),
    ("approx_kl", "losses/approx_kl"),
    ("clip_fraction", "losses/clipfrac"),
    ("grad_norm", "losses/grad_norm"),
    ("explained_variance", "losses/explained_variance"),
];

/// Frames a second over the whole training, at its end.
const SPEED: &str = "charts/SPS";

/// What a run holds for trackers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunScalars {
    /// The learners' cells that have results, in order.
    pub cells: Vec<CellScalars>,
    /// Those that have none, each with why.
    pub missing: Vec<String>,
}

/// Why the numbers of a run could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ScalarsError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record is not what this program writes.
    #[error("{cell}: {file}: {reason}")]
    Record {
        /// Whose.
        cell: String,
        /// Which.
        file: &'static str,
        /// What is wrong.
        reason: String,
    },
}

/// Reads the numbers of every learner's cell of `index` that is complete. Scripted players learn nothing and are left out.
///
/// # Errors
/// When the store fails, or a complete record cannot be read.
pub fn scalars(index: &Index, store: &Store) -> Result<RunScalars, ScalarsError> {
    let mut all = RunScalars::default();
    for group in index.groups.iter().filter(|group| !group.scripted) {
        let mix = group.mix.map_or_else(String::new, |mix| format!(" at mix {mix}"));
        for cell in &group.cells {
            let name = format!("{}{mix} in {}, seed {}", group.agent, group.world, cell.seed);
            let entry = store.entry(CELLS, &cell.address)?;
            match entry.state()? {
                State::Missing => all.missing.push(format!("{name}: no result yet")),
                State::Corrupt { path, what } => all.missing.push(format!("{name}: {}: {what}", path.display())),
                State::Complete => all.cells.push(CellScalars {
                    world: group.world.clone(),
                    agent: group.agent.clone(),
                    mix: group.mix,
                    seed: cell.seed,
                    scalars: of_cell(&entry, &name)?,
                }),
            }
        }
    }
    Ok(all)
}

fn of_cell(entry: &Entry, name: &str) -> Result<Vec<Scalar>, ScalarsError> {
    let wrong = |file, reason: String| ScalarsError::Record { cell: name.to_owned(), file, reason };
    let mut all = match entry.read(CURVE_FILE)? {
        Some(bytes) => curve(&bytes).map_err(|reason| wrong(CURVE_FILE, reason))?,
        // An agent that is a program was trained elsewhere.
        None => Vec::new(),
    };
    let mut frames = 0;
    if let Some(bytes) = entry.read(RESULT_FILE)? {
        let result: CellResult = serde_json::from_slice(&bytes).map_err(|e| wrong(RESULT_FILE, e.to_string()))?;
        frames = result.training.as_ref().map_or(0, |training| training.frames);
        all.extend(of_result(&result));
    }
    let seconds = training_seconds(entry)?.filter(|seconds| *seconds > 0.0);
    if let Some(seconds) = seconds.filter(|_| frames > 0) {
        all.push(Scalar::new(SPEED, frames, frames as f64 / seconds));
        for scalar in &mut all {
            // Steps of one training take equally long.
            scalar.seconds = seconds * scalar.step as f64 / frames as f64;
        }
    }
    all.sort_by_key(|scalar| scalar.step);
    Ok(all)
}

/// The numbers of a `train.csv`. Columns are found by name, those that no tracker asks for are passed over, and an empty field is a
/// number that the update does not have.
///
/// # Errors
/// The line and what is wrong with it.
pub fn curve(csv: &[u8]) -> Result<Vec<Scalar>, String> {
    let text = std::str::from_utf8(csv).map_err(|e| e.to_string())?;
    let mut lines = text.lines().zip(1..);
    let (header, _) = lines.next().ok_or("no line at all")?;
    let columns: Vec<&str> = header.split(',').collect();
    let place = columns.iter().position(|name| *name == "frames").ok_or("line 1: no column `frames`")?;
    let tags: Vec<Option<&str>> =
        columns.iter().map(|name| TAGS.iter().find(|(column, _)| column == name).map(|(_, tag)| *tag)).collect();
    let mut all = Vec::new();
    for (line, number) in lines {
        let fields: Vec<&str> = line.split(',').collect();
        if fields.len() != columns.len() {
            return Err(format!("line {number}: {} fields, expected {}", fields.len(), columns.len()));
        }
        let step = fields[place].parse().map_err(|_| format!("line {number}: `frames` is not a whole number"))?;
        for ((field, tag), column) in fields.iter().zip(&tags).zip(&columns) {
            let Some(tag) = tag.filter(|_| !field.is_empty()) else { continue };
            let value = field.parse::<f64>().ok().filter(|value| value.is_finite());
            let value = value.ok_or_else(|| format!("line {number}: `{column}` is not a number"))?;
            all.push(Scalar::new(tag, step, value));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train;
    use misgen_agents::UpdateStats;

    #[test]
    fn a_learning_curve_reads_back_as_it_was_written() {
        let update = |update, frames, episode_return| UpdateStats {
            update,
            frames,
            trained_frames: frames,
            episodes: 1,
            episode_return,
            discounted_return: episode_return,
            episode_length: None,
            policy_loss: None,
            value_loss: None,
            entropy: 0.1 + 0.2,
            approx_kl: None,
            clip_fraction: None,
            grad_norm: 1e-7,
            explained_variance: None,
        };
        let history = [update(1, 512, None), update(2, 1024, Some(0.25))];
        let read = curve(&train::csv(&history)).unwrap();
        let found: Vec<_> = read.iter().map(|s| (s.step, s.tag.as_str(), s.value)).collect();
        let expected = [
            (512, "losses/entropy", 0.1 + 0.2),
            (512, "losses/grad_norm", 1e-7),
            (1024, "charts/episodic_return", 0.25),
            (1024, "losses/entropy", 0.1 + 0.2),
            (1024, "losses/grad_norm", 1e-7),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn every_tag_has_a_column_of_the_file() {
        let header = String::from_utf8(train::csv(&[])).unwrap();
        for (column, _) in TAGS {
            assert!(header.trim_end().split(',').any(|name| name == *column), "{column}");
        }
    }

    #[test]
    fn what_is_not_a_curve_is_refused_by_line() {
        for (text, why) in [
            ("", "no line"),
            ("update,entropy\n1,2\n", "line 1"),
            ("frames,entropy\n1,2\n1\n", "line 3"),
            ("frames,entropy\n-1,2\n", "`frames`"),
            ("frames,entropy\n1,nan\n", "`entropy`"),
            ("frames,entropy\n1,x\n", "`entropy`"),
        ] {
            let error = curve(text.as_bytes()).unwrap_err();
            assert!(error.contains(why), "{text:?}: {error}");
        }
        assert!(curve(b"frames\n\xff\n").is_err());
    }
}
