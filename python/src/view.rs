//! Views: what Python sees of one lane's observation, as bytes of an array.

use crate::world::wrong;
use misgen_core::{Colors, Look, MAX_TILE, ObsSpec, Tiles, agent_cell, did_you_mean};
use pyo3::PyResult;

const NAMES: [&str; 5] = ["packed", "planes", "ego", "window-7", "pixels"];

/// Least and most rows of a window.
const WINDOWS: std::ops::RangeInclusive<usize> = 3..=31;

/// Which view, and what it needs.
pub(crate) enum View {
    /// The cells as they are, one bit a channel: `[rows, columns]` of u8 or u16.
    Packed,
    /// A plane of 0 and 1 for each channel: `[channels, rows, columns]`.
    Planes,
    /// The channels but the agent's, shifted so that the agent is in the middle, then the agent's place: flat, as `docs/onnx.md` lays it out.
    Ego {
        /// The agent's channel.
        agent: usize,
    },
    /// Planes of the cells around the agent, whose own plane says what lies beyond the grid: `[channels, side, side]`.
    Window {
        /// Rows and columns, odd.
        side: usize,
        /// The agent's channel.
        agent: usize,
    },
    /// A picture: `[rows * tile, columns * tile, 3]`.
    Pixels {
        /// The shapes.
        tiles: Box<Tiles>,
        /// The declared colours.
        colors: Box<Colors>,
        /// Tiles that have been painted, by the bits of their cell.
        painted: Vec<Option<Box<[u8]>>>,
    },
}

impl View {
    pub(crate) fn named(name: &str, spec: &ObsSpec) -> PyResult<Self> {
        let agent = spec.channel("agent").expect("every family has a channel `agent`");
        match name {
            "packed" => Ok(Self::Packed),
            "planes" => Ok(Self::Planes),
            "ego" => Ok(Self::Ego { agent }),
            "pixels" => {
                let looks: Vec<Look> = spec.channels.iter().map(Look::from).collect();
                let tiles = Box::new(Tiles::new(&looks, agent, MAX_TILE));
                let colors = Box::new(tiles.colors(0.0, 0));
                Ok(Self::Pixels { tiles, colors, painted: vec![None; 1 << spec.channels.len()] })
            }
            _ => match name.strip_prefix("window-").map(str::parse::<usize>) {
                Some(Ok(side)) if side % 2 == 1 && WINDOWS.contains(&side) => Ok(Self::Window { side, agent }),
                Some(_) => Err(wrong(format!(
                    "no view `{name}`: windows are odd, window-{} to window-{}",
                    WINDOWS.start(),
                    WINDOWS.end()
                ))),
                None => {
                    let hint = did_you_mean(name, NAMES);
                    Err(wrong(format!("no view `{name}`, there are {}{hint}", NAMES.join(", "))))
                }
            },
        }
    }

    /// Shape of one lane's array, its dtype, and the largest number in it.
    pub(crate) fn form(&self, spec: &ObsSpec) -> (Vec<usize>, &'static str, u32) {
        let (rows, columns, channels) = (spec.height, spec.width, spec.channels.len());
        match self {
            Self::Packed => {
                let dtype = if spec.cell_bytes == 1 { "uint8" } else { "uint16" };
                (vec![rows, columns], dtype, (1 << channels) - 1)
            }
            Self::Planes => (vec![channels, rows, columns], "uint8", 1),
            Self::Ego { .. } => {
                let around = (2 * rows - 1) * (2 * columns - 1) * (channels - 1);
                (vec![around + rows * columns], "uint8", 1)
            }
            Self::Window { side, .. } => (vec![channels, *side, *side], "uint8", 1),
            Self::Pixels { tiles, .. } => (vec![rows * tiles.side(), columns * tiles.side(), 3], "uint8", 255),
        }
    }

    /// Bytes of one lane's array.
    pub(crate) fn bytes(&self, spec: &ObsSpec) -> usize {
        let (shape, dtype, _) = self.form(spec);
        shape.iter().product::<usize>() * if dtype == "uint16" { 2 } else { 1 }
    }

    /// Writes the lanes of `obs` one behind the other.
    pub(crate) fn write_all(&mut self, spec: &ObsSpec, obs: &[u8], out: &mut [u8]) {
        if matches!(self, Self::Packed) {
            out.copy_from_slice(obs);
            return;
        }
        for (obs, out) in obs.chunks_exact(spec.bytes()).zip(out.chunks_exact_mut(self.bytes(spec))) {
            self.write(spec, obs, out);
        }
    }

    /// Writes one lane.
    pub(crate) fn write(&mut self, spec: &ObsSpec, obs: &[u8], out: &mut [u8]) {
        let cells = spec.height * spec.width;
        match self {
            Self::Packed => out.copy_from_slice(obs),
            Self::Planes => {
                for (k, plane) in out.chunks_exact_mut(cells).enumerate() {
                    if spec.cell_bytes == 1 {
                        plane.iter_mut().zip(obs).for_each(|(out, cell)| *out = cell >> k & 1);
                    } else {
                        plane.iter_mut().enumerate().for_each(|(i, out)| *out = (spec.cell(obs, i) >> k & 1) as u8);
                    }
                }
            }
            Self::Ego { agent } => ego(spec, *agent, obs, out),
            Self::Window { side, agent } => window(spec, *side, *agent, obs, out),
            Self::Pixels { tiles, colors, painted } => {
                let side = tiles.side();
                let stride = spec.width * side * 3;
                for cell in 0..cells {
                    let bits = spec.cell(obs, cell);
                    let tile = painted[usize::from(bits)].get_or_insert_with(|| paint(tiles, colors, bits));
                    let first = cell / spec.width * side * stride + cell % spec.width * side * 3;
                    for (row, line) in tile.chunks_exact(side * 3).enumerate() {
                        out[first + row * stride..][..side * 3].copy_from_slice(line);
                    }
                }
            }
        }
    }
}

/// Row and column of the agent; the middle where it is not in sight.
fn around(spec: &ObsSpec, place: Option<usize>) -> (usize, usize) {
    place.map_or((spec.height / 2, spec.width / 2), |at| (at / spec.width, at % spec.width))
}

fn window(spec: &ObsSpec, side: usize, agent: usize, obs: &[u8], out: &mut [u8]) {
    let (row, column) = around(spec, agent_cell(spec, obs).map(usize::from));
    let reach = side / 2;
    for i in 0..side * side {
        // Counted from the window's own corner, which may lie outside.
        let (r, c) = ((row + i / side).wrapping_sub(reach), (column + i % side).wrapping_sub(reach));
        let bits = match r < spec.height && c < spec.width {
            true => spec.cell(obs, r * spec.width + c) & !(1 << agent),
            false => 1 << agent,
        };
        for (k, plane) in out.chunks_exact_mut(side * side).enumerate() {
            plane[i] = (bits >> k & 1) as u8;
        }
    }
}

fn ego(spec: &ObsSpec, agent: usize, obs: &[u8], out: &mut [u8]) {
    let (rows, columns) = (spec.height, spec.width);
    out.fill(0);
    let place = agent_cell(spec, obs).map(usize::from);
    let (row, column) = around(spec, place);
    let moved = (rows - 1 - row) * (2 * columns - 1) + (columns - 1 - column);
    let planes = spec.channels.len() - 1;
    for cell in 0..rows * columns {
        let mut bits = spec.cell(obs, cell) & !(1 << agent);
        let first = (cell / columns * (2 * columns - 1) + cell % columns + moved) * planes;
        while bits != 0 {
            let bit = bits.trailing_zeros() as usize;
            out[first + bit - usize::from(bit > agent)] = 1;
            bits &= bits - 1;
        }
    }
    if let Some(at) = place {
        let last = out.len() - rows * columns;
        out[last + at] = 1;
    }
}

/// The tile of a cell, three bytes a pixel.
fn paint(tiles: &Tiles, colors: &Colors, bits: u16) -> Box<[u8]> {
    let side = tiles.side();
    let mut tile = vec![0.0; side * side * 3];
    tiles.draw(bits, colors, &mut tile, side * 3);
    tile.iter().map(|part| (part * 255.0).round() as u8).collect()
}
