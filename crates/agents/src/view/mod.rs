//! Views: what a net sees, made from any family's bit-packed cells.
//!
//! A view turns one observation into a row of features. Planes are features that are 0 or 1, few of them set, so that
//! their usual form is a list of the set ones; dense rows exist for layers that multiply. Pixels are numbers and always dense.

mod features;
mod pixels;
mod planes;
mod shape;
mod window;

pub use features::{Dense, Features, Sparse};
pub use pixels::Palette;
pub use shape::ObsShape;

use misgen_core::MAX_TILE;
use pixels::Pixels;
use planes::Planes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use window::Window;

/// Name of the channel in which every family draws the agent.
pub const AGENT: &str = "agent";

/// Which view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ViewKind {
    /// Absolute planes: height × width × channels features.
    Grid,
    /// Planes of every channel but the agent's, shifted so that the agent is in the middle,
    /// and the agent's absolute place: (2·height − 1) × (2·width − 1) × (channels − 1) + height × width features.
    #[default]
    Ego,
    /// Planes of every channel but the agent's in a window of so many rows and columns (odd) around the agent, and one more
    /// for what lies beyond the grid: rows × columns × channels features. Neither the agent's place nor the rest is seen.
    Window(
        /// Rows and columns of the window, odd.
        #[schemars(range(min = 3, max = 31))]
        usize,
    ),
    /// Nothing: one feature that is never set. What an agent that learns with it can do, it can do blind.
    Blind,
    /// The grid as a picture: height·tile × width·tile × 3 features from 0 to 1.
    Rgb(
        /// What the picture looks like.
        RgbView,
    ),
}

/// A picture of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RgbView {
    /// Pixels a side of a cell's tile; shapes take 3 at least.
    #[schemars(range(min = 1, max = 8))]
    pub tile: usize,
    /// How far each level's palette differs from the declared colours, 0 to 1: the share of the way to random ones.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub palette: f64,
}

impl Default for RgbView {
    fn default() -> Self {
        Self { tile: 3, palette: 0.0 }
    }
}

impl ViewKind {
    /// Least and most rows of a window.
    const WINDOWS: [usize; 2] = [3, 31];

    /// Whether features are numbers rather than set or not set.
    #[must_use]
    pub const fn is_dense(self) -> bool {
        matches!(self, Self::Rgb(_))
    }

    /// The first setting out of range: its path below the view's, and what was found and expected.
    pub(crate) fn flaw(self) -> Option<(&'static str, String)> {
        let [least, most] = Self::WINDOWS;
        match self {
            Self::Window(n) if n % 2 == 0 || !(least..=most).contains(&n) => Some((
                "window",
                format!("{n}, expected an odd number from {least} to {most}, so that the agent has a middle"),
            )),
            Self::Rgb(RgbView { tile, .. }) if !(1..=MAX_TILE).contains(&tile) => {
                Some(("rgb.tile", format!("{tile}, expected 1 to {MAX_TILE} pixels")))
            }
            Self::Rgb(RgbView { palette, .. }) if !(0.0..=1.0).contains(&palette) => {
                Some(("rgb.palette", format!("{palette}, expected at least 0 and at most 1")))
            }
            _ => None,
        }
    }
}

/// A view of one shape of observation.
#[derive(Clone, Debug)]
pub struct View(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Planes(Planes),
    Window(Window),
    Pixels(Box<Pixels>),
    Blind,
}

impl View {
    /// Refuses what no view can be made of.
    ///
    /// # Errors
    /// As [`ObsShape::check`]; also where pixels are asked for of channels whose looks are not known.
    pub fn check(kind: ViewKind, shape: &ObsShape) -> Result<(), String> {
        shape.check()?;
        match kind {
            ViewKind::Rgb(_) if shape.looks.is_none() => {
                Err("no `looks`, expected one a channel for a view in pixels".into())
            }
            _ => Ok(()),
        }
    }

    /// The view `kind` of observations of `shape`.
    ///
    /// # Panics
    /// When they do not pass [`View::check`], or the kind's settings are out of range.
    #[must_use]
    pub fn new(kind: ViewKind, shape: &ObsShape) -> Self {
        Self::check(kind, shape).expect("the shape was checked");
        assert_eq!(kind.flaw(), None, "the settings were checked");
        Self(match kind {
            ViewKind::Grid => Kind::Planes(Planes::new(false, shape)),
            ViewKind::Ego => Kind::Planes(Planes::new(true, shape)),
            ViewKind::Window(n) => Kind::Window(Window::new(n, shape)),
            ViewKind::Blind => Kind::Blind,
            ViewKind::Rgb(rgb) => Kind::Pixels(Box::new(Pixels::new(rgb, shape))),
        })
    }

    /// Number of features.
    #[must_use]
    pub const fn features(&self) -> usize {
        match &self.0 {
            Kind::Planes(planes) => planes.features(),
            Kind::Window(window) => window.features(),
            Kind::Pixels(pixels) => pixels.features(),
            Kind::Blind => 1,
        }
    }

    /// Rows, columns and channels of a picture whose numbers the features are, cell by cell; `None` where cells have no places.
    #[must_use]
    pub const fn picture(&self) -> Option<[usize; 3]> {
        match &self.0 {
            Kind::Planes(planes) => planes.picture(),
            Kind::Window(window) => Some(window.picture()),
            Kind::Pixels(pixels) => Some(pixels.picture()),
            Kind::Blind => None,
        }
    }

    /// No rows yet, in the form that this view writes.
    #[must_use]
    pub fn rows(&self) -> Features {
        match &self.0 {
            Kind::Pixels(pixels) => Features::Dense(Dense::new(pixels.features())),
            Kind::Planes(_) | Kind::Window(_) | Kind::Blind => Features::Sparse(Sparse::default()),
        }
    }

    /// Appends the features of one observation (`height * width * cell_bytes` bytes) as a row of `out`. `palette` colours
    /// pixels; planes do not depend on it.
    ///
    /// Where the agent is in the middle, an observation without one is seen from the middle of the grid, with no place set.
    ///
    /// # Panics
    /// When `obs` has another length, or `out` is not of the form of [`View::rows`].
    pub fn push(&self, obs: &[u8], palette: Palette, out: &mut Features) {
        match (&self.0, out) {
            (Kind::Planes(planes), Features::Sparse(out)) => planes.push(obs, out),
            (Kind::Window(window), Features::Sparse(out)) => window.push(obs, out),
            (Kind::Blind, Features::Sparse(out)) => out.end_row(),
            (Kind::Pixels(pixels), Features::Dense(out)) => pixels.push(obs, palette, out),
            _ => panic!("rows of another view"),
        }
    }
}

#[cfg(test)]
mod tests;
