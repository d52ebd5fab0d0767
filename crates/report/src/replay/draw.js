// Tiles and ways as SVG: the look of `picture::tile`, `picture::vector` and `picture::route`, in units of ten a cell.

const UNIT = 10;

/** An element of HTML, or of SVG by `svgNode`. Texts are text, never markup. */
function node(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function svgNode(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

const inked = (ink) => (ink === "#000000" ? "dark" : "light");

/** A thing around the origin: outline, and glyph where the outline does not say enough. */
function thing(channel, [fill, ink]) {
  const outline = channel.corners.length
    ? svgNode("path", { class: "thing", fill, d: `M${channel.corners.map((corner) => corner.join(" ")).join("L")}z` })
    : svgNode("circle", { class: "thing", fill, r: channel.radius });
  return [outline, channel.signed ? svgNode("text", { class: `sign ${inked(ink)}`, y: 2.4 }, channel.glyph) : null];
}

/** The parts of a tile whose corner is at (left, top). */
function parts(world, [fills, letters, things], left, top) {
  const channel = (index) => world.channels[index];
  return {
    fills: fills.map(([index, x, width]) => svgNode("rect", { fill: channel(index).fill, x: left + x, y: top, width, height: UNIT })),
    letters: letters.map(([index, x, small, ink]) =>
      svgNode("text", { class: `${small ? "small" : "ground"} ${inked(ink)}`, x: left + x, y: top + (small ? 9 : 7) }, channel(index).glyph)),
    things: things.map(([index, x, y, scale, tint]) => {
      const look = channel(index);
      const place = `translate(${left + x} ${top + y}) scale(${scale})`;
      return svgNode("g", { transform: place }, ...thing(look, tint ?? [look.fill, look.ink]));
    }),
  };
}

/** A level that can be drawn again and again: `svg`, and `show(tiles)`, which touches only cells that changed. */
function board(world, level, name) {
  const [width, height] = [level.w * UNIT, level.h * UNIT];
  const layer = (attributes = {}) => svgNode("g", attributes);
  const layers = { fills: layer({ "shape-rendering": "crispEdges" }), letters: layer(), things: layer() };
  const [ways, trail] = [layer(), layer()];
  let lines = "";
  for (let column = 1; column < level.w; column++) lines += `M${column * UNIT} 0v${height}`;
  for (let row = 1; row < level.h; row++) lines += `M0 ${row * UNIT}h${width}`;
  const size = { width, height };
  const svg = svgNode("svg", { class: "board", viewBox: `-0.5 -0.5 ${width + 1} ${height + 1}`, preserveAspectRatio: "xMinYMin", role: "img", "aria-label": name },
    svgNode("rect", { class: "floor", ...size }), layers.fills, svgNode("path", { class: "lines", d: lines }),
    svgNode("rect", { class: "edge", ...size }), layers.letters, trail, ways, layers.things);
  const seats = level.w * level.h;
  const groups = Object.fromEntries(Object.entries(layers).map(([part, parent]) => {
    const cells = Array.from({ length: seats }, () => layer());
    parent.append(...cells);
    return [part, cells];
  }));
  const shown = new Array(seats).fill(-1);
  const show = (tiles) => {
    for (let cell = 0; cell < seats; cell++) {
      if (tiles[cell] === shown[cell]) continue;
      shown[cell] = tiles[cell];
      const drawn = parts(world, world.tiles[tiles[cell]], (cell % level.w) * UNIT, Math.floor(cell / level.w) * UNIT);
      for (const part of Object.keys(drawn)) groups[part][cell].replaceChildren(...drawn[part]);
    }
  };
  return { svg, show, ways, trail };
}

/** Whether a way leads anywhere. */
const moves = (cells) => cells.some((cell) => cell !== cells[0]);

/** Draws `drawn` (`{cells, hue}`) into `group`, side by side, the first on top: all lines, then all arrow heads. */
function drawWays(group, drawn, width) {
  const routes = drawn.map((way, slot) => ({ hue: way.hue, ...route(way.cells, width, 1.9 * (slot - (drawn.length - 1) / 2)) })).reverse();
  group.replaceChildren(
    ...routes.flatMap(({ line, hue }) => [svgNode("path", { class: "under", d: line }), svgNode("path", { class: `way way${hue}`, d: line })]),
    ...routes.map(({ heads, hue }) => svgNode("path", { class: `head head${hue}`, d: heads })));
}

/** A way as the data of a line and of its arrow heads, if it has any. The line ends where its last head begins. */
function route(cells, width, aside, arrows = true) {
  const middle = (cell) => [((cell % width) + 0.5) * UNIT + aside, (Math.floor(cell / width) + 0.5) * UNIT + aside];
  const steps = cells.slice(1).map((to, at) => [cells[at], to]).filter(([from, to]) => from !== to);
  let [line, heads] = ["", ""];
  steps.forEach(([from, to], index) => {
    const [a, b] = [middle(from), middle(to)];
    const near = Math.abs(a[0] - b[0]) <= 2 * UNIT && Math.abs(a[1] - b[1]) <= 2 * UNIT;
    const last = index + 1 === steps.length;
    let end = b;
    if (arrows && near && (last || index % 2 === 0)) {
      const [tip, left, right] = head(a, b, last);
      heads += `M${[tip, left, right].map((corner) => corner.map(short).join(" ")).join("L")}z`;
      if (last) end = [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2];
    }
    if (!line) line = `M${a.map(short).join(" ")}`;
    line += `${near ? "L" : "M"}${end.map(short).join(" ")}`;
  });
  return { line, heads };
}

/** Corners of an arrow head in the middle between two cells; larger at the end of a way. */
function head([x, y], [toX, toY], last) {
  const length = Math.hypot(toX - x, toY - y);
  const [ux, uy] = [(toX - x) / length, (toY - y) / length];
  const size = last ? 3 : 1.8;
  const tip = [(x + toX) / 2 + (size / 2) * ux, (y + toY) / 2 + (size / 2) * uy];
  const [backX, backY, wing] = [tip[0] - size * ux, tip[1] - size * uy, 0.6 * size];
  return [tip, [backX - wing * uy, backY + wing * ux], [backX + wing * uy, backY - wing * ux]];
}

const short = (value) => Math.round(value * 100) / 100;

/** The line through the cells that the agent has been in, as far as it was in sight. */
function drawTrail(group, cells, width) {
  const { line } = route(cells.filter((cell) => cell >= 0), width, 0, false);
  group.replaceChildren(...(line ? [svgNode("path", { class: "trail", d: line })] : []));
}

/** A piece of a line for a legend. */
function sampleLine(kind) {
  const line = (name) => svgNode("path", { class: name, d: "M1 5h26" });
  return svgNode("svg", { class: "sample-line", viewBox: "0 0 28 10", "aria-hidden": "true" }, line("under"), line(kind));
}

/** What stands for a channel in a legend. */
function sampleTile(world, index) {
  const drawn = parts(world, world.channels[index].sample, 0, 0);
  return svgNode("svg", { class: "sample-tile", viewBox: "0 0 10 10", "aria-hidden": "true" },
    svgNode("rect", { class: "floor", width: UNIT, height: UNIT }), ...drawn.fills, ...drawn.letters, ...drawn.things,
    svgNode("rect", { class: "edge", width: UNIT, height: UNIT }));
}
