//! Watching recorded episodes: which one, which frame, and whether it runs. Pure; the terminal is elsewhere.

use super::keys::Key;
use misgen_report::{Playback, Style};

/// One episode to watch.
pub(crate) struct Watched<'a> {
    /// What stands above it.
    pub(crate) head: String,
    /// It.
    pub(crate) playback: Playback<'a>,
}

/// Milliseconds that a frame stays at each speed.
const PACES: [(u32, &str); 5] = [(800, "0.5x"), (400, "1x"), (200, "2x"), (100, "4x"), (50, "8x")];

/// What the keys do.
const HELP: &str = "space plays or pauses | left, right: a step | 0, $: start, end | n, p: next, previous episode | +, -: speed | q leaves";

/// A sitting.
pub(super) struct Watch<'a> {
    episodes: &'a [Watched<'a>],
    at: usize,
    frame: usize,
    playing: bool,
    pace: usize,
    /// Milliseconds that the frame has been there.
    shown: u32,
}

impl<'a> Watch<'a> {
    /// Begins to play the first of `episodes`, at least one, from `frame`.
    pub(super) fn new(episodes: &'a [Watched<'a>], frame: usize) -> Self {
        let frame = frame.min(episodes[0].playback.steps());
        Self { episodes, at: 0, frame, playing: true, pace: 1, shown: 0 }
    }

    fn last(&self) -> usize {
        self.episodes[self.at].playback.steps()
    }

    /// So many milliseconds have gone by.
    pub(super) fn wait(&mut self, milliseconds: u32) {
        self.shown = self.shown.saturating_add(milliseconds);
        while self.playing && self.shown >= PACES[self.pace].0 {
            self.shown -= PACES[self.pace].0;
            if self.frame < self.last() {
                self.frame += 1;
            }
            self.playing = self.frame < self.last();
        }
    }

    /// Does what a key asks for; an exit code where it ends the sitting.
    pub(super) fn obey(&mut self, key: Key) -> Option<u8> {
        match key {
            Key::Char('q') | Key::Escape => return Some(0),
            Key::Char('\u{3}') => return Some(130),
            Key::Char(' ') => {
                // At the end there is nothing to go on with: from the start again.
                if !self.playing && self.frame == self.last() {
                    self.frame = 0;
                }
                self.playing = !self.playing && self.last() > 0;
                self.shown = 0;
            }
            Key::Left => self.stop_at(self.frame.saturating_sub(1)),
            Key::Right => self.stop_at(self.frame + 1),
            Key::Char('0') => self.stop_at(0),
            Key::Char('$') => self.stop_at(usize::MAX),
            Key::Char('n') => self.turn_to(self.at + 1),
            Key::Char('p') => self.turn_to(self.at + self.episodes.len() - 1),
            Key::Char('+') => self.pace = (self.pace + 1).min(PACES.len() - 1),
            Key::Char('-') => self.pace = self.pace.saturating_sub(1),
            _ => {}
        }
        None
    }

    fn stop_at(&mut self, frame: usize) {
        (self.frame, self.playing) = (frame.min(self.last()), false);
    }

    fn turn_to(&mut self, at: usize) {
        (self.at, self.frame, self.shown) = (at % self.episodes.len(), 0, 0);
        self.playing = self.last() > 0;
    }

    /// What stands on the screen of `columns` × `rows`.
    pub(super) fn compose(&self, (columns, rows): (u16, u16), style: &Style) -> Vec<String> {
        let style = Style { width: Some(columns), ..*style };
        let episode = &self.episodes[self.at];
        let state = if self.playing { "playing" } else { "paused" };
        let count = format!(
            "episode {} of {}, frame {} of {}, {state}, {}",
            self.at + 1,
            self.episodes.len(),
            self.frame,
            self.last(),
            PACES[self.pace].1
        );
        let cut = |text: &str| style.safe(text).chars().take(usize::from(columns)).collect::<String>();
        let mut lines = vec![cut(&episode.head), cut(&count)];
        let help: Vec<String> = HELP.split(" | ").map(cut).collect();
        let frame = episode.playback.lines(self.frame, &style);
        let room = usize::from(rows).saturating_sub(lines.len());
        let spare = room.saturating_sub(frame.len());
        lines.extend(frame.into_iter().take(room));
        if spare > 1 {
            lines.push(String::new());
            lines.extend(help.into_iter().take(spare - 1));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use misgen_core::Registry;
    use misgen_evaluate::exhibit::Exhibits;
    use misgen_families::REGISTRY;

    const STYLE: Style = Style { unicode: true, ..Style::PLAIN };

    /// The committed example.
    fn exhibits() -> Exhibits {
        serde_json::from_slice(include_bytes!("../../../../results/reference/quickstart/exhibits.json")).unwrap()
    }

    fn watched<'a>(found: &'a Exhibits, registry: Registry) -> Vec<Watched<'a>> {
        let world = found.worlds.iter().find(|world| world.world == "corner").unwrap();
        let spec = registry.get("corner").unwrap().obs_spec(&serde_json::Value::Null).unwrap();
        let row = world.agents[0].rows.iter().find(|row| row.shift == "cheese-anywhere").unwrap();
        let one =
            |replay| Watched { head: "an episode".into(), playback: Playback::new(&spec, world, replay).unwrap() };
        row.replays.iter().map(one).collect()
    }

    fn shows(watch: &Watch<'_>, what: &str) -> bool {
        watch.compose((100, 50), &STYLE)[1].contains(what)
    }

    #[test]
    fn it_plays_to_the_end_and_stops() {
        let found = exhibits();
        let episodes = watched(&found, REGISTRY);
        let last = episodes[0].playback.steps();
        let mut watch = Watch::new(&episodes, 0);
        assert!(shows(&watch, &format!("frame 0 of {last}, playing, 1x")));
        watch.wait(399);
        assert!(shows(&watch, "frame 0 of"));
        watch.wait(1);
        assert!(shows(&watch, "frame 1 of"));
        watch.wait(400 * last as u32);
        assert!(shows(&watch, &format!("frame {last} of {last}, paused")));
        assert_eq!(watch.obey(Key::Char(' ')), None);
        assert!(shows(&watch, "frame 0 of") && shows(&watch, "playing"), "from the start again");
    }

    #[test]
    fn keys_do_what_the_screen_says() {
        let found = exhibits();
        let episodes = watched(&found, REGISTRY);
        let last = episodes[0].playback.steps();
        let mut watch = Watch::new(&episodes, 2);
        for (key, what) in [
            (Key::Right, "frame 3 of"),
            (Key::Left, "frame 2 of"),
            (Key::Char('0'), "frame 0 of"),
            (Key::Left, "frame 0 of"),
            (Key::Char('$'), &format!("frame {last} of")),
            (Key::Right, &format!("frame {last} of")),
            (Key::Char('+'), "2x"),
            (Key::Char('-'), "1x"),
            (Key::Char('n'), "episode 2 of 10, frame 0 of"),
            (Key::Char('p'), "episode 1 of 10, frame 0 of"),
            (Key::Char('p'), "episode 10 of 10"),
        ] {
            assert_eq!(watch.obey(key), None);
            assert!(shows(&watch, what), "{key:?}: {:?}", watch.compose((100, 50), &STYLE));
        }
        assert_eq!(watch.obey(Key::Char('q')), Some(0));
        assert_eq!(watch.obey(Key::Char('\u{3}')), Some(130));
    }

    #[test]
    fn it_fits_into_every_window() {
        let found = exhibits();
        let episodes = watched(&found, REGISTRY);
        let watch = Watch::new(&episodes, 1);
        for (columns, rows) in [(20, 5), (40, 24), (80, 24), (200, 60)] {
            let lines = watch.compose((columns, rows), &STYLE);
            assert!(lines.len() <= usize::from(rows), "{} lines in {rows}", lines.len());
        }
        assert!(watch.compose((200, 60), &STYLE).iter().any(|line| line == "q leaves"));
    }
}
