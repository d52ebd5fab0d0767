//! The replays of a world as one block of text in the page: JSON with short keys, deflated, in base64.
//!
//! `data.js` is its reader. Steps of an agent over a level that changes nothing else are one letter each; whatever else a
//! step changes is listed. A thousand cells with ten pairs of episodes take about 4 MB this way.

use super::episode::{Episode, Pair, ending, happened, pursuer, ways};
use crate::picture::tile::{Outline, RADIUS, Tile, sample, tile};
use crate::picture::vector::hex;
use crate::{level::readable, text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use misgen_core::Channel;
use misgen_evaluate::exhibit::{AgentExhibits, ChannelLook, Replay, WorldExhibits};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

/// A world whose replays can be watched.
pub(crate) struct Packed {
    /// Its place among the worlds of the record.
    pub(crate) index: usize,
    pub(crate) name: String,
    pub(crate) block: String,
}

/// The worlds of `worlds` that have something to watch, and how many replays were left out because they contradict themselves.
pub(crate) fn pack(worlds: &[WorldExhibits]) -> (Vec<Packed>, usize) {
    let mut left_out = 0;
    let mut packed = Vec::new();
    for (index, world) in worlds.iter().enumerate() {
        let agents: Vec<Vec<Row<'_>>> = world.agents.iter().map(|agent| rows(world, agent, &mut left_out)).collect();
        if agents.iter().any(|rows| !rows.is_empty()) {
            let block = squeezed(&Writer::new(world, &agents).world(&agents));
            packed.push(Packed { index, name: text::visible(&world.world), block });
        }
    }
    (packed, left_out)
}

/// A shift of an agent: its place among the rows of the record, its name, its sound replays with their places.
struct Row<'a> {
    index: usize,
    shift: &'a str,
    replays: Vec<(usize, &'a Replay, Pair<'a>)>,
}

fn rows<'a>(world: &'a WorldExhibits, agent: &'a AgentExhibits, left_out: &mut usize) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    for (index, row) in agent.rows.iter().enumerate() {
        let pairs = row.replays.iter().map(|replay| Pair::of(world, replay)).zip(&row.replays).enumerate();
        let replays: Vec<_> = pairs.filter_map(|(at, (pair, replay))| Some((at, replay, pair.ok()?))).collect();
        *left_out += row.replays.len() - replays.len();
        if !replays.is_empty() {
            rows.push(Row { index, shift: &row.shift, replays });
        }
    }
    rows
}

fn squeezed(world: &Value) -> String {
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let bytes = zlib.write_all(world.to_string().as_bytes()).and_then(|()| zlib.finish());
    STANDARD.encode(bytes.expect("bytes in memory can be written"))
}

/// Steps over a level, as letters and what no letter stands for.
#[derive(Serialize)]
struct Steps<T> {
    /// `.` stays, `<` `>` `^` `v` lead to the neighbour, `*` stands for the next of `x`.
    m: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    x: Vec<T>,
}

/// The letter for a step from cell `from` to cell `to`, if there is one.
fn letter(from: usize, to: usize, width: usize) -> Option<char> {
    let steps = [('.', from), ('>', from + 1), ('v', from + width)];
    let back = [('<', to + 1), ('^', to + width)];
    let forward = steps.into_iter().find(|(_, end)| *end == to);
    forward.or_else(|| back.into_iter().find(|(_, start)| *start == from)).map(|(letter, _)| letter)
}

/// What the blocks of one world refer to.
struct Writer<'a> {
    world: &'a WorldExhibits,
    channels: Vec<Channel>,
    /// Every set of bits that is seen, and its place in the list of tiles.
    tiles: BTreeMap<u16, usize>,
    /// Levels that are played.
    played: BTreeSet<usize>,
}

impl<'a> Writer<'a> {
    fn new(world: &'a WorldExhibits, agents: &[Vec<Row<'a>>]) -> Self {
        let (mut seen, mut played) = (BTreeSet::new(), BTreeSet::new());
        let pairs = agents.iter().flatten().flat_map(|row| &row.replays);
        for (_, episode) in pairs.flat_map(|(_, _, pair)| pair.titled()) {
            played.insert(episode.track.level);
            seen.extend(&episode.level.cells);
            seen.extend(episode.track.changes.iter().flatten().map(|(_, bits)| *bits));
        }
        let tiles = seen.into_iter().enumerate().map(|(at, bits)| (bits, at)).collect();
        Self { world, channels: world.channels.iter().map(ChannelLook::channel).collect(), tiles, played }
    }

    fn world(&self, agents: &[Vec<Row<'a>>]) -> Value {
        let world = self.world;
        let visible = |names: &[String]| names.iter().map(|name| text::visible(name)).collect::<Vec<_>>();
        let pursuers: Vec<String> = (0..=world.cues.len()).map(|cue| pursuer(world, cue)).collect();
        let players = world.agents.iter().zip(agents).enumerate().filter(|(_, (_, rows))| !rows.is_empty());
        let players = players.map(|(index, (agent, rows))| {
            let rows: Vec<Value> = rows.iter().map(|row| self.row(row)).collect();
            json!({ "i": index, "name": text::agent(&agent.agent, agent.mix), "rows": rows })
        });
        json!({
            "family": text::visible(&format!("{}-v{}", world.family, world.family_version)),
            "actions": visible(&world.actions),
            "pursuers": pursuers,
            "agent": world.channels.iter().position(|channel| channel.name == "agent"),
            "channels": (0..self.channels.len()).map(|at| self.channel(at)).collect::<Vec<_>>(),
            "bits": self.tiles.keys().collect::<Vec<_>>(),
            "tiles": self.tiles.keys().map(|bits| drawn(&tile(&self.channels, *bits))).collect::<Vec<_>>(),
            "levels": (0..world.levels.len()).map(|at| self.level(at)).collect::<Vec<_>>(),
            "agents": players.collect::<Vec<_>>(),
        })
    }

    fn channel(&self, at: usize) -> Value {
        let channel = &self.channels[at];
        let outline = Outline::of(channel);
        json!({
            "name": text::visible(&self.world.channels[at].name),
            "glyph": text::visible(&channel.glyph.to_string()),
            "fill": hex(channel.color),
            "ink": hex(readable(channel.color)),
            "corners": outline.corners(),
            "radius": RADIUS,
            "signed": outline.has_glyph(),
            "sample": drawn(&sample(&self.channels, at)),
        })
    }

    /// A level that is played; `null` keeps the place of another.
    fn level(&self, at: usize) -> Value {
        let level = &self.world.levels[at];
        if !self.played.contains(&at) {
            return Value::Null;
        }
        // A character a cell: its tile, counted from `0`. There are more tiles than characters in no world of ours.
        let cell = |bits: &u16| char::from_u32('0' as u32 + self.tiles[bits] as u32).unwrap_or('0');
        let cells: String = level.cells.iter().map(cell).collect();
        let ways = ways(self.world, level).map(|way| {
            let mut steps = Steps { m: String::new(), x: Vec::new() };
            for pair in way.cells.windows(2) {
                let letter = letter(pair[0], pair[1], level.width);
                steps.x.extend(letter.is_none().then_some(pair[1]));
                steps.m.push(letter.unwrap_or('*'));
            }
            json!({ "cue": way.cue, "from": way.cells.first(), "steps": steps, "words": way.words })
        });
        json!({
            "shift": text::visible(&level.shift), "place": level.place, "id": level.id.as_deref().map(text::visible),
            "w": level.width, "h": level.height, "cells": cells, "ways": ways.collect::<Vec<_>>(),
        })
    }

    fn row(&self, row: &Row<'_>) -> Value {
        let replays = row.replays.iter().map(|(index, replay, pair)| {
            let twin = pair.twin.map(|twin| self.track(&twin));
            json!({ "i": index, "why": text::visible(&replay.why), "seed": replay.seed, "shown": self.track(&pair.shown), "twin": twin })
        });
        json!({ "i": row.index, "shift": text::visible(row.shift), "replays": replays.collect::<Vec<_>>() })
    }

    fn track(&self, episode: &Episode<'_>) -> Value {
        let track = episode.track;
        let events = episode.events().unwrap_or_default();
        let events: Vec<_> = events.into_iter().map(|(step, names)| (step, happened(names))).collect();
        let values: Vec<f64> = track.values.iter().map(|value| rounded(f64::from(*value))).collect();
        json!({
            "l": track.level, "end": ending(self.world, track), "g": rounded(track.goal_return), "b": rounded(track.goal_best),
            "a": track.actions, "e": events, "s": self.steps(episode), "p": track.percent.concat(), "v": values,
        })
    }

    /// What each step changes: that the agent goes to a neighbour as a letter, anything else as `[cell, tile, cell, tile, …]`.
    fn steps(&self, episode: &Episode<'_>) -> Steps<Vec<usize>> {
        let bit = self.channels.iter().position(|channel| channel.name == "agent").map_or(0, |at| 1u16 << at);
        let frames = episode.frames();
        let place = |cells: &[u16]| cells.iter().position(|bits| bits & bit != 0);
        let mut steps = Steps { m: String::new(), x: Vec::new() };
        for pair in frames.windows(2) {
            let (before, after) = (&pair[0], &pair[1]);
            let moved = match (place(before), place(after)) {
                (Some(from), Some(to)) => {
                    let mut expected = before.clone();
                    expected[from] &= !bit;
                    expected[to] |= bit;
                    letter(from, to, episode.level.width).filter(|_| expected == *after)
                }
                _ => (before == after).then_some('.'),
            };
            if moved.is_none() {
                let changed = (0..after.len()).filter(|cell| before[*cell] != after[*cell]);
                steps.x.push(changed.flat_map(|cell| [cell, self.tiles[&after[cell]]]).collect());
            }
            steps.m.push(moved.unwrap_or('*'));
        }
        steps
    }
}

/// Two decimals, rounded as everywhere in the page.
fn rounded(value: f64) -> f64 {
    text::fixed(value, 2).parse().unwrap_or(0.0)
}

/// A tile as three lists: fills, letters, things.
fn drawn(tile: &Tile) -> Value {
    let fills: Vec<_> =
        tile.fills.iter().map(|fill| json!([fill.channel, rounded(fill.x), rounded(fill.wide)])).collect();
    let letters =
        tile.letters.iter().map(|letter| json!([letter.channel, rounded(letter.x), letter.small, hex(letter.ink)]));
    let things = tile.things.iter().map(|thing| {
        let tint = thing.tint.map(|color| json!([hex(color), hex(readable(color))]));
        json!([thing.channel, rounded(thing.x), rounded(thing.y), rounded(thing.scale), tint])
    });
    json!([fills, letters.collect::<Vec<_>>(), things.collect::<Vec<_>>()])
}
