//! Records to what a person reads: terminal tables and sentences, CSV, one self-contained
//! HTML page with inline SVG, levels drawn in the terminal, and families in words.
//!
//! Every function is pure: records and declarations in, text or bytes out, equal input to
//! equal bytes. Nothing here opens a file, asks the terminal or knows how a number came about.

mod across;
mod along;
mod attribution;
mod audit;
mod axis;
mod compare;
mod csv;
mod curves;
mod describe;
mod dose;
mod figure;
mod gate;
mod grid;
mod group;
mod guide;
mod hindsight;
mod html;
mod index;
mod junit;
mod knobs;
mod leaderboard;
mod level;
mod lines;
mod list;
mod markdown;
mod page;
mod picture;
mod places;
mod replication;
mod scalars;
mod sheet;
mod style;
mod svg;
mod table;
mod tensorboard;
mod text;
mod trail;
mod world;

pub use attribution::attribution;
pub use audit::audit;
pub use compare::{comparison, comparison_svg};
pub use csv::csv;
pub use describe::{describe, describe_json};
pub use gate::{gate, gate_markdown};
pub use hindsight::hindsight;
pub use html::html;
pub use index::{family_gallery, family_index, family_sources};
pub use junit::gate_junit;
pub use leaderboard::leaderboard;
pub use level::{draw_level, draw_pair, draw_pair_ways, draw_ways, legend, level_header};
pub use list::{families, families_json, shifts, shifts_json};
pub use page::{PageFacts, family_page, film_name, picture_name};
pub use picture::{Film, Picture, Raster, Reel, View, Way, film_gif, picture_png, picture_svg};
pub use places::figure_svg;
pub use replication::{replication, replication_markdown};
pub use scalars::scalars_csv;
pub use sheet::{Panel, contact_sheet};
pub use style::{Color, Style};
pub use table::{sentences, table};
pub use tensorboard::events;
pub use text::{visible, wrap};
