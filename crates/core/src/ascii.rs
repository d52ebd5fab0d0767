//! Observations as text: what `misgen show --ascii` frames, and what an agent outside this program may ask for.

use crate::{Channel, ObsSpec};
use std::cmp::Reverse;

/// [`ObsSpec::stack`] of any channels, as places in `channels`.
#[must_use]
pub fn stacked(channels: &[Channel], bits: u16) -> Vec<usize> {
    let mut there: Vec<usize> = (0..channels.len()).filter(|k| bits >> k & 1 == 1).collect();
    let depth = |channel: &Channel| (channel.is_ground(), channel.is_tint(), channel.name != "agent");
    there.sort_by_key(|k| (depth(&channels[*k]), Reverse(*k)));
    there
}

impl ObsSpec {
    /// What a cell that holds `bits` shows, from top to bottom: the agent, then things, the later declared one above
    /// the earlier, then tints and grounds likewise.
    #[must_use]
    pub fn stack(&self, bits: u16) -> Vec<&'static Channel> {
        stacked(self.channels, bits).into_iter().map(|k| &self.channels[k]).collect()
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
