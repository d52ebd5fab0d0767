//! A window around the agent: all that a partially sighted agent sees.

use super::{ObsShape, Sparse};

/// Planes of every channel but the agent's around the agent, and one for what lies beyond the grid.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// Rows and columns, odd.
    side: usize,
    height: usize,
    width: usize,
    cell_bytes: usize,
    /// Number of the agent's channel.
    agent: usize,
    /// Number of channels, which is also that of features a cell: the agent's becomes "outside".
    channels: usize,
}

impl Window {
    pub(super) fn new(side: usize, shape: &ObsShape) -> Self {
        Self {
            side,
            height: shape.height,
            width: shape.width,
            cell_bytes: shape.cell_bytes,
            agent: shape.agent(),
            channels: shape.channels.len(),
        }
    }

    pub(super) const fn features(&self) -> usize {
        self.side * self.side * self.channels
    }

    pub(super) const fn picture(&self) -> [usize; 3] {
        [self.side, self.side, self.channels]
    }

    /// Feature `(row * side + column) * channels + k` is channel k there; the agent's own number is "outside".
    pub(super) fn push(&self, obs: &[u8], out: &mut Sparse) {
        assert_eq!(obs.len(), self.height * self.width * self.cell_bytes, "one observation");
        let known = u16::MAX >> (16 - self.channels) & !(1 << self.agent);
        let cell = |index: usize| match self.cell_bytes {
            1 => u16::from(obs[index]),
            _ => u16::from_ne_bytes([obs[2 * index], obs[2 * index + 1]]),
        };
        let place = (0..self.height * self.width).find(|&index| cell(index) >> self.agent & 1 == 1);
        let (row, column) =
            place.map_or((self.height / 2, self.width / 2), |index| (index / self.width, index % self.width));
        let reach = self.side / 2;
        for i in 0..self.side {
            for j in 0..self.side {
                let first = ((i * self.side + j) * self.channels) as u32;
                // Grid places count from the window's own corner, which may lie outside.
                let (r, c) = ((row + i).wrapping_sub(reach), (column + j).wrapping_sub(reach));
                if r >= self.height || c >= self.width {
                    out.set(first + self.agent as u32);
                    continue;
                }
                let mut bits = cell(r * self.width + c) & known;
                while bits != 0 {
                    out.set(first + bits.trailing_zeros());
                    bits &= bits - 1;
                }
            }
        }
        out.end_row();
    }
}
