//! The file that episodes of people are appended to.

use crate::failure::Failure;
use crate::files;
use misgen_core::FamilySpec;
use misgen_evaluate::game::Game;
use misgen_evaluate::human::{MAX_RECORDING, Recorded, is_player, parse};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A recording that grows. Each episode is written with the whole file and renamed over it, so that nothing is ever half there.
pub(super) struct Recorder {
    path: PathBuf,
    /// Everything but the episode.
    blank: Recorded,
    /// Ids of the levels that this player has played under this shift.
    held: BTreeSet<String>,
}

/// The recording at `path`; nothing there is an empty one.
pub(crate) fn read_recording(path: &Path) -> Result<Vec<(usize, Recorded)>, Failure> {
    let bytes = files::read(path, MAX_RECORDING)?.unwrap_or_default();
    parse(&bytes).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

impl Recorder {
    /// Goes on with the recording at `path`. `blank` is a record of the world and the player without an episode.
    pub(super) fn open(path: &Path, spec: &FamilySpec, blank: Recorded) -> Result<Self, Failure> {
        if !is_player(&blank.player) {
            return Err(Failure::usage(
                "--player: expected at most 64 letters, digits, blanks, `.`, `_`, `-`".to_owned(),
            ));
        }
        let mut held = BTreeSet::new();
        for (line, record) in read_recording(path)?.iter().filter(|(_, record)| record.is_of(spec)) {
            let differs = |what: &str, found: String, here: String| {
                let at = format!("{}: line {line}", path.display());
                Err(Failure::usage(format!("{at} has {what} {found}, not {here}: use another file")))
            };
            if record.family != blank.family {
                return differs("version", record.family.clone(), blank.family);
            } else if record.knobs != blank.knobs {
                return differs("knobs", record.knobs.to_string(), blank.knobs.to_string());
            } else if record.law != blank.law {
                return differs("law", record.law.clone(), blank.law);
            } else if record.pool != blank.pool {
                return differs("--levels", record.pool.to_string(), blank.pool.to_string());
            }
            if record.player == blank.player && record.shift == blank.shift {
                held.insert(record.level.clone());
            }
        }
        Ok(Self { path: path.to_owned(), blank, held })
    }

    /// Whether the player has played the level of this id.
    pub(super) fn holds(&self, id: &str) -> bool {
        self.held.contains(id)
    }

    /// Appends a finished episode.
    pub(super) fn add(&mut self, game: &Game, twin: bool, attempt: u32) -> Result<(), Failure> {
        let blank = Recorded { twin, attempt, ..self.blank.clone() };
        let Some(record) = blank.with(game) else { return Ok(()) };
        // Read anew: somebody else may be writing to it too.
        let mut bytes = files::read(&self.path, MAX_RECORDING)?.unwrap_or_default();
        if bytes.last().is_some_and(|last| *last != b'\n') {
            bytes.push(b'\n');
        }
        bytes.extend_from_slice(record.line().as_bytes());
        files::write(&self.path, &bytes)?;
        self.held.insert(record.level);
        Ok(())
    }
}
