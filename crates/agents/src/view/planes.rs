//! Planes of the whole grid: as they are, or shifted so that the agent is in the middle.

use super::{ObsShape, Sparse};

/// Planes of one shape of observation.
///
/// Observations are read eight bytes at a time; `at` says which feature each of the 64 bits is.
#[derive(Clone, Debug)]
pub(super) struct Planes {
    /// Whether the agent is in the middle.
    ego: bool,
    height: usize,
    width: usize,
    /// Bytes of an observation.
    bytes: usize,
    /// Bits of eight bytes that become features at their cell's own place.
    mask: u64,
    /// Bits of eight bytes that are the agent.
    agent: u64,
    /// Features a cell.
    per_cell: usize,
    /// Feature of every bit of an observation (ego: while the agent is at the last row and column).
    at: Vec<u32>,
}

impl Planes {
    pub(super) fn new(ego: bool, shape: &ObsShape) -> Self {
        let agent = shape.agent();
        let own: Vec<usize> = (0..shape.channels.len()).filter(|&bit| !ego || bit != agent).collect();
        let stride = if ego { 2 * shape.width - 1 } else { shape.width };
        let bytes = shape.height * shape.width * shape.cell_bytes;
        // Where the bit of a channel stands in a cell of two bytes depends on the machine's byte order.
        let place = |bit: usize| {
            let cell = if shape.cell_bytes == 1 { [1 << bit, 0] } else { (1_u16 << bit).to_ne_bytes() };
            u16::from_le_bytes(cell).trailing_zeros() as usize
        };
        let word = |bit: usize| {
            (0..64).step_by(8 * shape.cell_bytes).fold(0, |word, cell| word | 1_u64 << (cell + place(bit)))
        };
        let mut at = vec![0; bytes.next_multiple_of(8) * 8];
        for cell in 0..shape.height * shape.width {
            let first = (cell / shape.width * stride + cell % shape.width) * own.len();
            for (rank, &bit) in own.iter().enumerate() {
                at[cell * shape.cell_bytes * 8 + place(bit)] = (first + rank) as u32;
            }
        }
        Self {
            ego,
            height: shape.height,
            width: shape.width,
            bytes,
            mask: own.iter().fold(0, |mask, &bit| mask | word(bit)),
            agent: word(agent),
            per_cell: own.len(),
            at,
        }
    }

    pub(super) const fn features(&self) -> usize {
        let cells = self.height * self.width;
        if self.ego {
            (2 * self.height - 1) * (2 * self.width - 1) * self.per_cell + cells
        } else {
            cells * self.per_cell
        }
    }

    pub(super) const fn picture(&self) -> Option<[usize; 3]> {
        if self.ego { None } else { Some([self.height, self.width, self.per_cell]) }
    }

    pub(super) fn push(&self, obs: &[u8], out: &mut Sparse) {
        assert_eq!(obs.len(), self.bytes, "one observation");
        let (whole, rest) = obs.as_chunks::<8>();
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        let words = whole.iter().chain(std::iter::once(&last)).map(|bytes| u64::from_le_bytes(*bytes));

        let mut shift = 0;
        if self.ego {
            let found = words.clone().map(|word| word & self.agent).enumerate().find(|(_, word)| *word != 0);
            let cells = self.height * self.width;
            let place = found.map(|(i, word)| (i * 64 + word.trailing_zeros() as usize) / (self.bytes / cells * 8));
            let middle = (self.height / 2, self.width / 2);
            let (row, column) = place.map_or(middle, |at| (at / self.width, at % self.width));
            let moved = (self.height - 1 - row) * (2 * self.width - 1) + (self.width - 1 - column);
            shift = (moved * self.per_cell) as u32;
            if let Some(at) = place {
                out.set((self.features() - cells + at) as u32);
            }
        }
        for (word, at) in words.zip(self.at.as_chunks::<64>().0) {
            let mut bits = word & self.mask;
            while bits != 0 {
                out.set(at[bits.trailing_zeros() as usize] + shift);
                bits &= bits - 1;
            }
        }
        out.end_row();
    }
}
