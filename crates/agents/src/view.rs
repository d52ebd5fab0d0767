//! Views: what a net sees, made from any family's bit-packed cells.
//!
//! A view turns one observation into a set of features that are 0 or 1. Few of them are set,
//! so the usual form is a list of the set ones; dense rows exist for layers that multiply.

use misgen_core::ObsSpec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name of the channel in which every family draws the agent.
pub const AGENT: &str = "agent";

/// Which view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ViewKind {
    /// Absolute planes: height × width × channels features.
    Grid,
    /// Planes of every channel but the agent's, shifted so that the agent is in the middle,
    /// and the agent's absolute place: (2·height − 1) × (2·width − 1) × (channels − 1) + height × width features.
    #[default]
    Ego,
}

/// What observations look like, owned: the part of [`ObsSpec`] that a checkpoint records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObsShape {
    /// Rows of the grid.
    pub height: usize,
    /// Columns of the grid.
    pub width: usize,
    /// Names of the channels, one a bit.
    pub channels: Vec<String>,
    /// Bytes a cell: 1 or 2.
    pub cell_bytes: usize,
    /// Number of actions.
    pub actions: usize,
}

impl From<&ObsSpec> for ObsShape {
    fn from(spec: &ObsSpec) -> Self {
        Self {
            height: spec.height,
            width: spec.width,
            channels: spec.channels.iter().map(|c| c.name.to_owned()).collect(),
            cell_bytes: spec.cell_bytes,
            actions: spec.actions,
        }
    }
}

impl ObsShape {
    /// Whether `spec` describes the same observations.
    #[must_use]
    pub fn matches(&self, spec: &ObsSpec) -> bool {
        (self.height, self.width, self.cell_bytes, self.actions)
            == (spec.height, spec.width, spec.cell_bytes, spec.actions)
            && self.channels.len() == spec.channels.len()
            && self.channels.iter().zip(spec.channels).all(|(ours, theirs)| ours == theirs.name)
    }

    /// Refuses shapes that no view can be made of. The bounds also keep a hostile checkpoint small.
    ///
    /// # Errors
    /// Says what was found and what was expected.
    pub fn check(&self) -> Result<(), String> {
        let sides = [self.height, self.width].iter().all(|side| (1..=64).contains(side));
        let bits = (1..=8 * self.cell_bytes.min(2)).contains(&self.channels.len());
        if !sides {
            Err(format!("a grid of {}×{} cells, expected sides of 1 to 64", self.height, self.width))
        } else if !matches!(self.cell_bytes, 1 | 2) || !bits {
            Err(format!("{} channels in {} bytes a cell", self.channels.len(), self.cell_bytes))
        } else if !(1..=255).contains(&self.actions) {
            Err(format!("{} actions, expected 1 to 255", self.actions))
        } else if !self.channels.iter().any(|name| name == AGENT) {
            Err(format!("no channel `{AGENT}` among {:?}", self.channels))
        } else {
            Ok(())
        }
    }
}

/// Set features of several rows: row i is `indices[starts[i]..starts[i + 1]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sparse {
    /// `[rows + 1]`, the first 0.
    starts: Vec<u32>,
    /// Feature numbers, each below the view's count.
    indices: Vec<u32>,
}

impl Default for Sparse {
    fn default() -> Self {
        Self { starts: vec![0], indices: Vec::new() }
    }
}

impl Sparse {
    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// Set features of row `i`.
    #[inline]
    #[must_use]
    pub fn row(&self, i: usize) -> &[u32] {
        &self.indices[self.starts[i] as usize..self.starts[i + 1] as usize]
    }

    /// Removes all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.starts.truncate(1);
        self.indices.clear();
    }

    /// Appends a row.
    pub fn push(&mut self, row: &[u32]) {
        self.indices.extend_from_slice(row);
        self.starts.push(self.indices.len() as u32);
    }

    /// The largest feature number, if any is set.
    #[must_use]
    pub fn max(&self) -> Option<u32> {
        self.indices.iter().copied().max()
    }

    /// Rows of zeros and ones, `[rows * features]`.
    #[must_use]
    pub fn dense(&self, features: usize) -> Vec<f32> {
        let mut out = vec![0.0; self.rows() * features];
        for (i, row) in out.chunks_exact_mut(features).enumerate() {
            for &k in self.row(i) {
                row[k as usize] = 1.0;
            }
        }
        out
    }
}

/// A view of one shape of observation.
///
/// Observations are read eight bytes at a time; `at` says which feature each of the 64 bits is.
#[derive(Clone, Debug)]
pub struct View {
    kind: ViewKind,
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

impl View {
    /// The view `kind` of observations of `shape`.
    ///
    /// # Panics
    /// When the shape does not pass [`ObsShape::check`].
    #[must_use]
    pub fn new(kind: ViewKind, shape: &ObsShape) -> Self {
        shape.check().expect("the shape was checked");
        let agent = shape.channels.iter().position(|name| name == AGENT).expect("the check found it");
        let own: Vec<usize> = (0..shape.channels.len()).filter(|&bit| kind == ViewKind::Grid || bit != agent).collect();
        let stride = if kind == ViewKind::Grid { shape.width } else { 2 * shape.width - 1 };
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
            kind,
            height: shape.height,
            width: shape.width,
            bytes,
            mask: own.iter().fold(0, |mask, &bit| mask | word(bit)),
            agent: word(agent),
            per_cell: own.len(),
            at,
        }
    }

    /// Number of features.
    #[must_use]
    pub const fn features(&self) -> usize {
        let cells = self.height * self.width;
        match self.kind {
            ViewKind::Grid => cells * self.per_cell,
            ViewKind::Ego => (2 * self.height - 1) * (2 * self.width - 1) * self.per_cell + cells,
        }
    }

    /// Appends the set features of one observation (`height * width * cell_bytes` bytes) as a row of `out`.
    ///
    /// In the ego view an observation without an agent is seen from the middle of the grid, with no place set.
    ///
    /// # Panics
    /// When `obs` has another length.
    pub fn push(&self, obs: &[u8], out: &mut Sparse) {
        assert_eq!(obs.len(), self.bytes, "one observation");
        let (whole, rest) = obs.as_chunks::<8>();
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        let words = whole.iter().chain(std::iter::once(&last)).map(|bytes| u64::from_le_bytes(*bytes));

        let mut shift = 0;
        if self.kind == ViewKind::Ego {
            let found = words.clone().map(|word| word & self.agent).enumerate().find(|(_, word)| *word != 0);
            let cells = self.height * self.width;
            let place = found.map(|(i, word)| (i * 64 + word.trailing_zeros() as usize) / (self.bytes / cells * 8));
            let middle = (self.height / 2, self.width / 2);
            let (row, column) = place.map_or(middle, |at| (at / self.width, at % self.width));
            let moved = (self.height - 1 - row) * (2 * self.width - 1) + (self.width - 1 - column);
            shift = (moved * self.per_cell) as u32;
            out.indices.extend(place.map(|at| (self.features() - cells + at) as u32));
        }
        for (word, at) in words.zip(self.at.as_chunks::<64>().0) {
            let mut bits = word & self.mask;
            while bits != 0 {
                out.indices.push(at[bits.trailing_zeros() as usize] + shift);
                bits &= bits - 1;
            }
        }
        out.starts.push(out.indices.len() as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(height: usize, width: usize, channels: &[&str], cell_bytes: usize) -> ObsShape {
        let channels = channels.iter().map(|&c| c.to_owned()).collect();
        ObsShape { height, width, channels, cell_bytes, actions: 5 }
    }

    fn row(kind: ViewKind, shape: &ObsShape, obs: &[u8]) -> (usize, Vec<u32>) {
        let view = View::new(kind, shape);
        let mut out = Sparse::default();
        view.push(obs, &mut out);
        assert!(out.max().is_none_or(|k| (k as usize) < view.features()));
        let mut row = out.row(0).to_vec();
        row.sort_unstable();
        (view.features(), row)
    }

    #[test]
    fn a_grid_lists_every_bit_at_its_place() {
        // Channels wall, agent, target; agent at (0, 1), wall and target at (1, 2).
        let obs = [0, 2, 0, 0, 0, 5];
        let (features, row) = row(ViewKind::Grid, &shape(2, 3, &["wall", "agent", "target"], 1), &obs);
        assert_eq!((features, row), (18, vec![3 + 1, 15, 17]));
    }

    #[test]
    fn ego_shifts_every_plane_but_the_agents_and_keeps_its_place() {
        let obs = [0, 2, 0, 0, 0, 5];
        let (features, row) = row(ViewKind::Ego, &shape(2, 3, &["wall", "agent", "target"], 1), &obs);
        // 3 rows × 5 columns × 2 channels, then 6 places. One down, one right of the middle (1, 2): (2, 3).
        assert_eq!(features, 36);
        assert_eq!(row, vec![(2 * 5 + 3) * 2, (2 * 5 + 3) * 2 + 1, 30 + 1]);
    }

    #[test]
    fn ego_is_the_same_wherever_the_scene_stands() {
        let shape = shape(5, 5, &["agent", "target"], 2);
        let scene = |row: usize, column: usize| {
            let mut cells = [0_u16; 25];
            cells[row * 5 + column] = 1;
            cells[(row + 1) * 5 + column - 1] = 2;
            let bytes: Vec<u8> = cells.iter().flat_map(|c| c.to_ne_bytes()).collect();
            self::row(ViewKind::Ego, &shape, &bytes).1
        };
        let (a, b) = (scene(0, 1), scene(3, 4));
        assert_eq!(a[0], b[0]);
        assert_eq!((a[1] - 81, b[1] - 81), (1, 19));
    }

    #[test]
    fn an_unseen_agent_is_in_the_middle_without_a_place() {
        let shape = shape(3, 3, &["agent", "target"], 1);
        let with = row(ViewKind::Ego, &shape, &[0, 0, 0, 0, 1, 2, 0, 0, 0]).1;
        let without = row(ViewKind::Ego, &shape, &[0, 0, 0, 0, 0, 2, 0, 0, 0]).1;
        assert_eq!(with[..1], without[..]);
    }

    #[test]
    fn dense_rows_hold_the_listed_features() {
        let mut sparse = Sparse::default();
        sparse.push(&[2, 0]);
        sparse.push(&[]);
        assert_eq!(sparse.dense(3), [1.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn impossible_shapes_are_refused() {
        for bad in [
            shape(0, 3, &["agent"], 1),
            shape(65, 3, &["agent"], 1),
            shape(3, 3, &["wall"], 1),
            shape(3, 3, &["agent"], 3),
            shape(3, 3, &["agent", "b", "c", "d", "e", "f", "g", "h", "i"], 1),
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
        assert!(shape(9, 9, &["wall", "agent"], 1).check().is_ok());
    }
}
