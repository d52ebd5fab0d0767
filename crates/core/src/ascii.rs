//! Observations as text: what `misgen show --ascii` frames, and what an agent outside this program may ask for.

use crate::{Channel, ObsSpec};
use std::cmp::Reverse;

impl ObsSpec {
    /// What a cell that holds `bits` shows, from top to bottom: the agent, then things, the later declared one above
    /// the earlier, then tints and grounds likewise.
    #[must_use]
    pub fn stack(&self, bits: u16) -> Vec<&'static Channel> {
        let mut there: Vec<_> = self.channels.iter().enumerate().filter(|(k, _)| bits >> k & 1 == 1).collect();
        let depth = |channel: &Channel| (channel.is_ground(), channel.is_tint(), channel.name != "agent");
        there.sort_by_key(|(k, channel)| (depth(channel), Reverse(*k)));
        there.into_iter().map(|(_, channel)| channel).collect()
    }

    /// One lane's observation, a line a row and two characters a cell: the glyph of its topmost thing, then that of what lies
    /// under it. An empty cell is `. `, a wall by itself `##`. What lies deeper than two is not seen.
    ///
    /// # Panics
    /// When `obs` is shorter than [`ObsSpec::bytes`].
    #[must_use]
    pub fn ascii(&self, obs: &[u8]) -> Vec<String> {
        let cell = |index: usize| match self.stack(self.cell(obs, index)).as_slice() {
            [] => ['.', ' '],
            [wall] if wall.is_wall() => [wall.glyph; 2],
            [top] => [top.glyph, ' '],
            [top, under, ..] => [top.glyph, under.glyph],
        };
        let row = |row: usize| (row * self.width..(row + 1) * self.width).flat_map(cell).collect();
        (0..self.height).map(row).collect()
    }
}
