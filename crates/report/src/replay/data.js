// Reads the blocks that `pack.rs` writes. A block is unpacked when its world is asked for, once.

const unpacked = new Map();

/** The world at place `index` of the record; a promise. */
function world(index) {
  if (!unpacked.has(index)) unpacked.set(index, unpack(index));
  return unpacked.get(index);
}

async function unpack(index) {
  const block = document.querySelector(`template[data-replays="${index}"]`).content.textContent;
  const bytes = Uint8Array.from(atob(block), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const read = JSON.parse(await new Response(stream).text());
  read.tileOf = new Map(read.bits.map((bits, tile) => [bits, tile]));
  read.agentBit = read.agent === null ? 0 : 1 << read.agent;
  return read;
}

/** The cells of a way, from `from` on, on a level `width` cells wide. */
function pathOf(from, { m: letters, x: jumps = [] }, width) {
  if (from === null) return [];
  const cells = [from];
  let jump = 0;
  for (const letter of letters) {
    const last = cells[cells.length - 1];
    cells.push(letter === "*" ? jumps[jump++] : last + offset(letter, width));
  }
  return cells;
}

function offset(letter, width) {
  return { ".": 0, ">": 1, "<": -1, v: width, "^": -width }[letter];
}

/** An episode as it is watched: `frames[t]` are the tiles of all cells after `t` steps, `places[t]` is the agent's cell or -1. */
function episode(world, track) {
  const level = world.levels[track.l];
  const start = Uint16Array.from(level.cells, (letter) => letter.codePointAt(0) - 48);
  const place = (tiles) => (world.agentBit ? tiles.findIndex((tile) => world.bits[tile] & world.agentBit) : -1);
  const [frames, places] = [[start], [place(start)]];
  let listed = 0;
  for (const letter of track.s.m) {
    const [tiles, from] = [frames[frames.length - 1].slice(), places[places.length - 1]];
    if (letter === "*") {
      const changes = track.s.x[listed++];
      for (let i = 0; i < changes.length; i += 2) tiles[changes[i]] = changes[i + 1];
    } else if (letter !== ".") {
      const to = from + offset(letter, level.w);
      tiles[from] = world.tileOf.get(world.bits[tiles[from]] & ~world.agentBit);
      tiles[to] = world.tileOf.get(world.bits[tiles[to]] | world.agentBit);
    }
    frames.push(tiles);
    places.push(letter === "*" ? place(tiles) : letter === "." ? from : from + offset(letter, level.w));
  }
  const actions = [...track.a].map((letter) => letter.charCodeAt(0) - 97);
  const ways = level.ways.map((way) => ({ ...way, cells: pathOf(way.from, way.steps, level.w) }));
  return { level, track, frames, places, actions, ways, steps: actions.length };
}
