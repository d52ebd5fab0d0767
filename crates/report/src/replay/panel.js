// What is said of an episode: its level, the step, the choice that comes, and what came of it.

/** One of the two episodes as a figure: `element`, `show(frame, lines)` and what it is made of. */
function watched(world, track, title) {
  const played = episode(world, track);
  const { level, steps } = played;
  const drawing = board(world, level, `${title}, ${level.h} rows of ${level.w} cells`);
  const [now, events, end, next, value] = ["now", "events", "end", "next", "value"].map((name) => node("p", { class: name }));
  const bars = track.p.length ? world.actions.map(bar) : [];
  const choice = node("div", { class: "choice" }, node("div", { class: "over" }, next, value),
    bars.length ? node("ul", { class: "chances" }, ...bars.map((made) => made.element)) : node("p", { class: "quiet" }, "Probabilities are not known."));
  const ways = played.ways.map((way) => ({ ...way, hue: way.cue % 4, item: wayItem(world, way) }));
  const where = `level ${level.place} of ${level.shift}${level.id === null ? "" : `, ${level.id}`}`;
  const element = node("figure", { class: "watched" },
    node("figcaption", {}, node("h3", {}, title), node("span", { class: "quiet" }, where)),
    drawing.svg, node("div", { class: "panel" }, now, events, node("div", { class: "outcome" }, end, choice)), node("ul", { class: "ways" }, ...ways.map((way) => way.item)));

  const show = (frame, lines) => {
    const at = Math.min(frame, steps);
    const over = at === steps;
    drawing.show(played.frames[at]);
    const drawn = ways.filter((way) => lines.cues.has(way.cue) && moves(way.cells));
    drawWays(drawing.ways, drawn, level.w);
    drawTrail(drawing.trail, lines.trail ? played.places.slice(0, at + 1) : [], level.w);
    for (const way of ways) way.item.hidden = !lines.cues.has(way.cue);
    now.textContent = at === 0 ? `Start of ${steps} steps` : `Step ${at} of ${steps}: ${world.actions[played.actions[at - 1]]}`;
    events.replaceChildren(...track.e.filter(([step]) => step <= at).map(([step, words]) =>
      node("span", { class: step === at ? "event new" : "event" }, `${step}: ${words}`)));
    end.textContent = over ? `${track.end} Return of the goal's reward: ${decimals(track.g)}, best play ${decimals(track.b)}.` : "";
    choice.classList.toggle("gone", over);
    next.textContent = over ? "It is over." : `Next: ${world.actions[played.actions[at]]}`;
    value.textContent = over || !track.v.length ? "" : `value ${decimals(track.v[at])}`;
    bars.forEach((made, action) => made.show(over ? 0 : track.p[at * bars.length + action], !over && action === played.actions[at]));
  };

  /** What a reader who does not see it is told. */
  const say = (frame) => {
    if (frame === 0) return "";
    if (frame > steps) return `${title}: over.`;
    const happened = track.e.filter(([step]) => step === frame).map(([, words]) => `; ${words}`).join("");
    return `${title}: ${world.actions[played.actions[frame - 1]]}${happened}.${frame === steps ? ` ${end.textContent}` : ""}`;
  };
  const tiles = () => played.frames.flatMap((tiles) => [...tiles]);
  return { element, show, say, tiles, steps, ways };
}

/** The bar of an action: name, length, per cent; the one that is taken is marked. */
function bar(action) {
  const [filled, percent] = [node("span", { class: "filled" }), node("span", { class: "percent" })];
  const element = node("li", {}, node("span", { class: "action" }, action), node("span", { class: "track" }, filled), percent);
  const show = (share, taken) => {
    filled.style.width = `${share}%`;
    percent.textContent = `${share} %`;
    element.classList.toggle("taken", taken);
    if (taken) element.setAttribute("aria-current", "true");
    else element.removeAttribute("aria-current");
  };
  return { element, show };
}

/** A way in words, after a piece of its line. */
function wayItem(world, way) {
  return node("li", {}, sampleLine(`way way${way.cue % 4}`), node("span", {}, `for ${world.pursuers[way.cue]}: ${way.words}`));
}

/** Two decimals, with the sign of minus, never minus nothing. */
function decimals(value) {
  const text = value.toFixed(2);
  return text === "-0.00" ? "0.00" : text.replace("-", "−");
}
