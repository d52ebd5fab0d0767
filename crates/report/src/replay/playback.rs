//! A replay outside the page: its frames as observations, for films and pictures, and in the terminal.

use super::episode::{Episode, Pair, Shown, ending, happened, pursuer, ways};
use crate::picture::{HUES, Reel, View, Way};
use crate::text;
use misgen_core::ObsSpec;
use misgen_evaluate::exhibit::{Replay, WorldExhibits};

/// A replay that can be shown, frame by frame. Frame t is what stands after t steps.
#[derive(Clone, Debug)]
pub struct Playback<'a> {
    pub(crate) world: &'a WorldExhibits,
    pub(crate) spec: ObsSpec,
    /// The twin, if there is one, then the level itself.
    pub(crate) sides: Vec<Side<'a>>,
    steps: usize,
}

/// One of the two episodes.
#[derive(Clone, Debug)]
pub(crate) struct Side<'a> {
    pub(crate) title: &'static str,
    pub(crate) episode: Episode<'a>,
    /// An observation before the first step and after each.
    pub(crate) frames: Vec<Vec<u8>>,
    /// What optimal players do.
    pub(crate) ways: Vec<Way>,
}

/// One level of a frame, as a picture takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Still {
    /// What stands above it.
    pub title: &'static str,
    /// What is seen of it.
    pub obs: Vec<u8>,
    /// The ways of optimal players, and the agent's so far.
    pub ways: Vec<Way>,
    /// The step, and what happened.
    pub below: [String; 2],
}

impl Still {
    /// It, lent to a picture.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View { title: self.title, obs: &self.obs, ways: &self.ways, below: &self.below }
    }
}

impl<'a> Playback<'a> {
    /// `replay` of `world`, seen as `spec` says: the family's channels and bytes a cell (its size is that of the level).
    ///
    /// # Errors
    /// Why it cannot be shown: it contradicts itself, or was recorded with other channels.
    pub fn new(spec: &ObsSpec, world: &'a WorldExhibits, replay: &'a Replay) -> Result<Self, &'static str> {
        let pair = Pair::of(world, replay)?;
        let names = spec.channels.iter().map(|channel| channel.name);
        if !names.eq(world.channels.iter().map(|channel| channel.name.as_str())) {
            return Err("it was recorded with other channels");
        }
        let level = pair.shown.level;
        if pair.titled().any(|(_, side)| (side.level.width, side.level.height) != (level.width, level.height)) {
            return Err("its twin has another size");
        }
        let spec = ObsSpec { width: level.width, height: level.height, ..*spec };
        let sides = pair.titled().map(|(title, episode)| {
            let frames = episode.frames().iter().map(|cells| bytes(&spec, cells)).collect::<Option<_>>();
            let frames = frames.ok_or("a cell holds channels that there are not")?;
            let named = |Shown { cue, cells, words }| Way { cue, name: pursuer(world, cue), cells, words };
            let ways = ways(world, episode.level).map(named);
            Ok(Side { title, episode, frames, ways: ways.collect() })
        });
        Ok(Self { world, spec, sides: sides.collect::<Result<_, _>>()?, steps: pair.steps() })
    }

    /// What its observations look like.
    #[must_use]
    pub const fn spec(&self) -> &ObsSpec {
        &self.spec
    }

    /// The last frame: steps of the longer episode.
    #[must_use]
    pub const fn steps(&self) -> usize {
        self.steps
    }

    /// Both episodes for a film, the twin's first.
    #[must_use]
    pub fn reels(&self) -> Vec<Reel> {
        let reel = |side: &Side<'_>| Reel {
            title: side.title.into(),
            frames: side.frames.clone(),
            words: (0..side.frames.len()).map(|at| self.words(side, at)).collect(),
        };
        self.sides.iter().map(reel).collect()
    }

    /// Both levels as they are in `frame`, the twin first. An episode that is over stays as it ended.
    #[must_use]
    pub fn stills(&self, frame: usize) -> Vec<Still> {
        let still = |side: &Side<'_>| {
            let at = frame.min(side.episode.steps());
            let mut ways = side.ways.clone();
            ways.extend(self.trail(side, at));
            Still { title: side.title, obs: side.frames[at].clone(), ways, below: self.words(side, at) }
        };
        self.sides.iter().map(still).collect()
    }

    /// The agent's own way until `at`, in a colour that no optimal player has here, if there is one.
    fn trail(&self, side: &Side<'_>, at: usize) -> Option<Way> {
        let place = |obs: &Vec<u8>| misgen_core::agent_cell(&self.spec, obs).map(usize::from);
        let cells = side.frames[..=at].iter().filter_map(place).collect();
        let free = |cue: &usize| side.ways.iter().all(|way| way.hue() != *cue);
        let cue = (0..HUES.len()).rfind(free).unwrap_or(HUES.len() - 1);
        let way = Way { cue, name: "the agent".into(), cells, words: text::plural(at, "step") };
        way.moves().then_some(way)
    }

    /// The step, and what happened or came of it.
    fn words(&self, side: &Side<'_>, at: usize) -> [String; 2] {
        let over = at == side.episode.steps();
        [self.step(side, at), if over { ending(self.world, side.episode.track) } else { side.events(at).join(", ") }]
    }

    /// `Step 3 of 12: right`.
    pub(crate) fn step(&self, side: &Side<'_>, at: usize) -> String {
        let steps = side.episode.steps();
        match at {
            0 => format!("Start of {}", text::plural(steps, "step")),
            at => format!("Step {at} of {steps}: {}", self.action(side, at - 1)),
        }
    }

    /// The name of the action of step `step`, counted from 0.
    pub(crate) fn action(&self, side: &Side<'_>, step: usize) -> String {
        text::visible(&self.world.actions[side.episode.action(step)])
    }
}

impl Side<'_> {
    /// What happened in step `at`.
    pub(crate) fn events(&self, at: usize) -> Vec<String> {
        let all = self.episode.events().unwrap_or_default();
        all.into_iter().filter(|(step, _)| *step == at).map(|(_, names)| happened(names)).collect()
    }
}

/// The observation that holds `cells`; `None` where a cell holds more than there are channels.
fn bytes(spec: &ObsSpec, cells: &[u16]) -> Option<Vec<u8>> {
    let known = |bits: &u16| u32::from(*bits) >> spec.channels.len() == 0;
    if !cells.iter().all(known) {
        return None;
    }
    let narrow = || cells.iter().map(|bits| u8::try_from(*bits).ok()).collect();
    if spec.cell_bytes == 1 { narrow() } else { Some(cells.iter().flat_map(|bits| bits.to_ne_bytes()).collect()) }
}
