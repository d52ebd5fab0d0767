//! A sitting: which level comes next, how often each was begun, and what is known about it once it has been played.

use super::keys::Command;
use super::record::Recorder;
use crate::failure::Failure;
use misgen_core::{Ended, FamilySpec, Pool};
use misgen_evaluate::game::Game;
use misgen_evaluate::human::order;
use misgen_evaluate::pools::EvalPool;
use misgen_evaluate::solution::{Solution, solve};
use misgen_solve::Process;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Levels that are played under one process.
struct Side {
    levels: Arc<dyn Pool>,
    process: Process,
    designated: Vec<usize>,
}

/// What is played.
pub(super) struct Stage {
    /// What it is called: `corner-v0, shift cheese-anywhere`.
    pub(super) title: String,
    levels: Side,
    twins: Option<Side>,
    /// (whether it is the twin, place in the pool).
    order: Vec<(bool, u32)>,
}

impl Stage {
    /// The levels of an evaluation pool, with its twins among them.
    pub(super) fn pool(title: String, pool: &EvalPool) -> Self {
        let levels = Side { levels: Arc::clone(&pool.pool), process: pool.process(), designated: pool.designated() };
        let twins = pool.twins.as_ref().map(|twins| Side {
            levels: Arc::clone(twins),
            process: pool.twin_process(),
            designated: vec![0],
        });
        let order = order(pool.pool.len(), twins.as_ref().map_or(0, |twins| twins.levels.len()));
        Self { title, levels, twins, order }
    }

    /// The level of a file, which nothing but its own rules ends and in which every cue may come first.
    pub(super) fn file(title: String, levels: Arc<dyn Pool>) -> Self {
        let spec = levels.spec();
        let process = Process::new(spec.gamma, levels.limit());
        let designated = (0..spec.cues.len()).collect();
        Self { title, levels: Side { levels, process, designated }, twins: None, order: vec![(false, 0)] }
    }

    fn side(&self, twin: bool) -> &Side {
        self.twins.as_ref().filter(|_| twin).unwrap_or(&self.levels)
    }

    fn game(&self, at: usize) -> Game {
        let (twin, place) = self.order[at];
        let side = self.side(twin);
        Game::new(Arc::clone(&side.levels), place, side.process, &side.designated)
    }
}

/// One sitting of one player.
pub(super) struct Session {
    pub(super) stage: Stage,
    pub(super) game: Game,
    /// Place in the order.
    at: usize,
    /// How often each place was begun.
    attempts: BTreeMap<usize, u32>,
    recorder: Option<Recorder>,
    /// The solved level, once its episode is over.
    pub(super) best: Option<Result<Solution, String>>,
    /// Scroll of the rules, where they are shown.
    pub(super) rules: Option<usize>,
    /// What there is to say about the last key.
    pub(super) note: String,
}

/// What a key led to.
pub(super) enum Then {
    Stay,
    Leave(u8),
}

impl Session {
    /// Begins with the first level that `recorder` does not hold yet.
    pub(super) fn new(stage: Stage, recorder: Option<Recorder>) -> Result<Self, Failure> {
        let held = |at: usize| recorder.as_ref().is_some_and(|recorder| recorder.holds(&id(&stage, at)));
        let Some(at) = (0..stage.order.len()).find(|at| !held(*at)) else {
            return Err(Failure::usage(format!("all {} levels are recorded already", stage.order.len())));
        };
        let game = stage.game(at);
        let attempts = BTreeMap::from([(at, 1)]);
        Ok(Self { stage, game, at, attempts, recorder, best: None, rules: None, note: String::new() })
    }

    pub(super) fn spec(&self) -> &FamilySpec {
        self.game.spec()
    }

    pub(super) fn is_over(&self) -> bool {
        self.game.ended() != Ended::No
    }

    /// Which level this is; its id only after the end, because the ties in it say what the level is for.
    pub(super) fn level(&self) -> String {
        let id = if self.is_over() { id(&self.stage, self.at) } else { String::new() };
        match (self.stage.order.len(), id.is_empty()) {
            (1, true) => "the level of a file".into(),
            (n, true) => format!("level {} of {n}", self.at + 1),
            (1, false) => id,
            (n, false) => format!("level {} of {n}: {id}", self.at + 1),
        }
    }

    /// What the level was for, where twins are among the levels.
    pub(super) fn twin(&self) -> Option<&'static str> {
        self.stage.twins.as_ref()?;
        Some(if self.stage.order[self.at].0 { "an aligned twin: no conflict" } else { "a level of the shift" })
    }

    /// Does what a key asks for.
    pub(super) fn obey(&mut self, command: Command) -> Result<Then, Failure> {
        if matches!(command, Command::Interrupt) {
            return Ok(Then::Leave(130));
        }
        let names = self.spec().actions;
        if let Some(scroll) = &mut self.rules {
            match command {
                Command::Act(action) if names[usize::from(action)] == "up" => *scroll = scroll.saturating_sub(1),
                Command::Act(_) | Command::Next => *scroll += 1,
                Command::Undo => *scroll = scroll.saturating_sub(1),
                _ => self.rules = None,
            }
            return Ok(Then::Stay);
        }
        self.note.clear();
        match command {
            Command::Act(action) => self.act(action)?,
            Command::Undo if self.is_over() && self.recorder.is_some() => {
                self.note = "recorded; n goes on, r plays it again".into();
            }
            Command::Undo => {
                if self.game.undo() {
                    self.best = None;
                } else {
                    self.note = "nothing to undo".into();
                }
            }
            Command::Restart => self.begin(self.at),
            Command::Next => self.next(),
            Command::Rules => self.rules = Some(0),
            Command::Back | Command::Quit => return Ok(Then::Leave(0)),
            Command::Interrupt => {}
        }
        Ok(Then::Stay)
    }

    fn act(&mut self, action: u8) -> Result<(), Failure> {
        if !self.game.act(action) {
            self.note = "the episode is over; n goes on, r plays it again".into();
            return Ok(());
        }
        if self.is_over() {
            if let Some(recorder) = &mut self.recorder {
                let (twin, attempt) = (self.stage.order[self.at].0, self.attempts[&self.at]);
                recorder.add(&self.game, twin, attempt)?;
                self.note = "recorded".into();
            }
            let pool = self.game.pool();
            let solved = solve(&**pool, self.game.place() as usize, self.game.process());
            self.best = Some(solved.map_err(|error| error.to_string()));
        }
        Ok(())
    }

    fn next(&mut self) {
        let held = |at: usize| self.recorder.as_ref().is_some_and(|recorder| recorder.holds(&id(&self.stage, at)));
        match (self.at + 1..self.stage.order.len()).find(|at| !held(*at)) {
            Some(at) => self.begin(at),
            None => self.note = "that was the last level; q leaves, r plays it again".into(),
        }
    }

    fn begin(&mut self, at: usize) {
        self.at = at;
        *self.attempts.entry(at).or_default() += 1;
        self.game = self.stage.game(at);
        self.best = None;
    }
}

/// The id of the level at a place of the order; empty where it comes from a file.
fn id(stage: &Stage, at: usize) -> String {
    let (twin, place) = stage.order[at];
    stage.side(twin).levels.key(place as usize).map_or(String::new(), |key| key.to_string())
}
